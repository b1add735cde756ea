// Records what `stored.test.ts` opens: run `node test/stored/record.ts VERSION` once, with the code of that version.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IMAGES } from "../harness/images.ts";
import { TOUR_FILES, TOUR_GOAL, tourGrants, tourScript } from "../../src/agent/tour.ts";
import { parseGrants } from "../../src/abi/capability.ts";
import { isFault } from "../../src/abi/errors.ts";
import { boot } from "../../src/boot.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { perform, SCENARIOS } from "../golden/perform.ts";
import { told } from "./told.ts";
import { kinds } from "../harness/kinds.ts";

const [version] = process.argv.slice(2);
assert.match(version ?? "", /^[\w.]+$/u, "usage: record.ts VERSION");
const target = join(import.meta.dirname, version ?? "");
const base = realpathSync(mkdtempSync(join(tmpdir(), "stored-")));

/** Runs the tour as a person does who allows the edit and answers the question. */
async function tour(): Promise<void> {
  const app = join(base, "tour", "app");
  for (const [path, text] of Object.entries(TOUR_FILES)) {
    mkdirSync(join(app, path, ".."), { recursive: true });
    writeFileSync(join(app, path), text);
  }
  const root = { name: "app", path: app };
  const models = createModels({ scripted: true });
  const home = join(base, "tour", "home");
  const on = await boot({ root: app, roots: [root], home, host: "tour", mode: "create", policy: [], models });
  const image = IMAGES.get("tour");
  const grants = parseGrants(tourGrants(kinds, root), kinds);
  assert.ok(image && !isFault(grants));
  const launch = { interactive: true, script: tourScript(root) };
  const order = {
    image,
    goal: TOUR_GOAL,
    model: "scripted/tour",
    grants,
    budget: image.budget,
    cwd: "fs:/app",
    launch,
  };
  assert.ok(on.kernel.launch(on.person, order).ok);
  for (;;) {
    await on.kernel.rest();
    const asked = [...on.kernel.state.questions.values()].find((q) => q.outcome === undefined);
    if (asked === undefined) break;
    assert.ok(
      on.kernel.answer(on.person, asked.question.id, { allow: true, scope: "once", text: "Another day." }).ok,
    );
  }
  await on.close();
}

for (const [name, scenario] of Object.entries(SCENARIOS)) await perform(base, name, scenario);
await tour();
rmSync(target, { recursive: true, force: true });
for (const name of [...Object.keys(SCENARIOS), "tour"]) {
  const to = join(target, name);
  mkdirSync(to, { recursive: true });
  const said = await told(join(base, name));
  writeFileSync(join(to, "told.json"), `${JSON.stringify(said)}\n`);
  cpSync(join(base, name, "home"), join(to, "home"), { recursive: true });
  // The two copies of each segment are hard links of each other; one is enough, and the test links them again.
  for (const twice of ["journal", "bodies"])
    rmSync(join(to, "home", "journals", said.id, twice), { recursive: true });
  rmSync(join(to, "home", "journals", said.id, "lock.db"), { force: true });
  const record = join(base, name, "app", ".agentlibos");
  for (const part of ["journal", "bodies", "identity.json"])
    cpSync(join(record, part), join(to, "record", part), { recursive: true });
  renameSync(join(to, "home", "journals", said.id), join(to, "known"));
  rmSync(join(to, "home"), { recursive: true });
}
rmSync(base, { recursive: true, force: true });
