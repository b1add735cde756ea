// The tour on the terminal: the beats that the editor shows, each asserted on the files and on the record.
// It answers as a person would, through the person's witness, and checks the record with the built command line.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCap } from "../src/abi/capability.ts";
import { isFault } from "../src/abi/errors.ts";
import { builtInImage } from "../src/agent/images.ts";
import {
  TOUR_EDIT,
  TOUR_FILES,
  TOUR_GOAL,
  TOUR_QUESTION,
  tourGrants,
  tourScript,
} from "../src/agent/tour.ts";
import { boot } from "../src/boot.ts";
import { checkCommand } from "../src/host/node/check-command.ts";
import { createModels } from "../src/host/node/models/providers.ts";
import { makeTourFolder, withDamagedCopy } from "../src/host/node/tour-folder.ts";
import { recordSourceOf, runJson, runText } from "../src/views/record/run.ts";
import { kinds } from "../src/primitives/index.ts";
import { ranSchema } from "../src/primitives/shell/told.ts";

const cli = join(import.meta.dirname, "../dist/cli.js");
const workspace = await makeTourFolder(TOUR_FILES);
const home = process.env["AGENTLIBOS_HOME"] ?? mkdtempSync(join(tmpdir(), "agentlibos-home-"));
const root = { name: "price-list", path: workspace };
const at = (/** @type {string} */ path) => readFileSync(join(workspace, path), "utf8");
const original = at(TOUR_EDIT.path);
const changed = original.replace(TOUR_EDIT.before, TOUR_EDIT.after);
let beat = 0;
const say = (/** @type {string} */ text) => console.log(`${++beat}. ${text}`);

const runtime = await boot({
  remembers: true,
  ...{ root: workspace, roots: [root], home, host: "agentlibos tour", mode: "create", policy: [] },
  models: createModels({ scripted: true }),
});
const { kernel, person } = runtime;
assert.equal(runtime.opened.standing.kind, "obeyed");

/** The call with this id, as the record tells it. */
const call = (/** @type {string} */ id) => {
  const found = runJson(recordSourceOf(runtime), [2]).calls.find((c) => c.call === id);
  assert.ok(found, `call ${id} is not on the record`);
  return found;
};
/** The result of a command. */
const ran = (/** @type {string} */ id) => {
  const end = runtime.records().find((record) => record.kind === "call.end" && record.call === id);
  assert.ok(end?.kind === "call.end");
  return ranSchema.parse(end.data.value);
};
/** The one question that waits. */
const asked = () => {
  const open = [...kernel.state.questions.values()].filter((a) => a.outcome === undefined);
  assert.equal(open.length, 1);
  assert.ok(open[0]);
  return open[0].question;
};
const answer = async (/** @type {import("../src/abi/question.ts").Answer} */ given) => {
  assert.ok(kernel.answer(person, asked().id, given).ok);
  await kernel.durable();
  await kernel.rest();
};

try {
  const image = builtInImage(kinds, "tour");
  const grants = tourGrants(kinds, root).map((text) => {
    const grant = parseCap(text, kinds);
    if (isFault(grant)) throw new Error(grant.message);
    return grant;
  });
  const launched = kernel.launch(person, {
    ...{
      image,
      goal: TOUR_GOAL,
      model: "scripted/tour",
      grants,
      budget: image.budget,
      cwd: "fs:/price-list",
    },
    launch: { interactive: true, script: tourScript(root) },
  });
  assert.ok(launched.ok && launched.value.pid === 2);
  await kernel.rest();

  for (const id of ["2.0.0", "2.0.1", "2.0.2"])
    assert.deepEqual([call(id).decision, call(id).outcome], ["allow", "ok"]);
  say("It read what it was given to read; nobody was asked.");

  const first = ran("2.1.0");
  assert.deepEqual([call("2.1.0").decision, first.exit, first.changes], ["allow", 1, []]);
  say("It ran the tests in a layer over the folder, without a question; one of them fails.");

  const edit = asked();
  assert.equal(edit.kind, "approval");
  assert.equal(kernel.previewOf(edit)?.before, original);
  assert.equal(kernel.previewOf(edit)?.after, changed);
  assert.equal(at(TOUR_EDIT.path), original);
  say(`It proposed an edit of ${TOUR_EDIT.path} and waits; nothing is written.`);

  await answer({ allow: true, scope: "once" });
  assert.equal(at(TOUR_EDIT.path), changed);
  assert.deepEqual([call("2.2.0").decision, call("2.2.0").outcome], ["approved", "ok"]);
  say("Allowed once: exactly the bytes that were shown are on the disk.");

  assert.deepEqual([ran("2.3.0").exit, ran("2.3.0").changes], [0, []]);
  say("It ran the tests again: all of them pass.");

  const { path = "", outcome } = ran("2.4.0").changes[0] ?? {};
  assert.deepEqual([path, outcome], ["price-list/test/basket.test.js", "denied"]);
  assert.equal(at("test/basket.test.js"), TOUR_FILES["test/basket.test.js"]);
  say(`A command that rewrites ${path} ran, and changed nothing: that change was denied.`);

  const secret = call("2.5.0");
  assert.deepEqual([secret.decision, secret.error?.code], ["deny", "EACCES"]);
  assert.equal(at(".env"), TOUR_FILES[".env"]);
  say(`Reading .env was denied: ${secret.error?.message ?? ""}`);

  assert.deepEqual([asked().kind, asked().text], ["question", TOUR_QUESTION]);
  await answer({ allow: true, scope: "once", text: "Yes, another day." });
  const answered = call("2.6.0");
  assert.deepEqual([answered.decision, answered.outcome], ["approved", "ok"]);
  say("It asked a question and got an answer.");

  const family = runJson(recordSourceOf(runtime), [2]).processes;
  assert.deepEqual(
    family.map((p) => [p.image, p.exit]),
    [
      ["tour", "finished"],
      ["reviewer", "finished"],
    ],
  );
  const beyond = call("3.0.1");
  assert.deepEqual([beyond.decision, beyond.error?.code], ["deny", "ENOTCAPABLE"]);
  say("It started a reviewer with a part of what it holds; reading beyond that part was denied.");
} finally {
  await runtime.close();
}

const recorded = readdirSync(join(workspace, ".agentlibos"), { recursive: true, withFileTypes: true });
for (const entry of recorded.filter((e) => e.isFile()))
  assert.ok(!readFileSync(join(entry.parentPath, entry.name), "utf8").includes("demo-secret-that-no-agent"));

const verify = (/** @type {string} */ folder) => {
  const env = { ...process.env, AGENTLIBOS_HOME: home };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "verify", "--workspace", folder], {
    env,
  });
  return { status, text: `${stdout.toString()}${stderr.toString()}`.trim() };
};
const good = verify(workspace);
assert.equal(good.status, 0, good.text);
say(`The record verifies: ${good.text.split("\n")[0] ?? ""}`);

const bad = await withDamagedCopy(workspace, async (copy) => verify(copy));
assert.equal(bad.status, 3, bad.text);
assert.match(bad.text, /journal\/00000001\.jsonl, line \d+, byte \d+/u);
say(`A copy with one byte flipped does not: ${bad.text.split("\n")[0] ?? ""}`);

const check = checkCommand(join(import.meta.dirname, "../dist"), workspace, {
  ...process.env,
  AGENTLIBOS_HOME: home,
});
const account = runText(recordSourceOf(runtime), [2], workspace, check);
assert.match(account, /2\.4\.0\.1 +fs\.put .*basket\.test\.js/u, "the denied change of the command is told");
console.log(`\n${account}`);
if (process.argv.includes("--clean")) {
  rmSync(join(workspace, ".."), { recursive: true, force: true });
  if (process.env["AGENTLIBOS_HOME"] === undefined) rmSync(home, { recursive: true, force: true });
}
