// A restore that is killed in the middle: the next start finishes it, and its undo still gives back what was there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { share } from "../../support/runs.ts";
import { Workspace, script } from "../workspace.ts";

const GRANTS = ["--grant", "allow:read,list,write,delete:fs:/app/**"];
const KILLER = pathToFileURL(join(import.meta.dirname, "../../crash/kill-at.mjs")).href;
const NAMES = ["a.txt", "b.txt", "c.txt", "d.txt"];
const POINTS = share(16, 5);

/** A workspace whose agent changed two files, deleted one and made one. */
async function worked(t: TestContext): Promise<Workspace> {
  const on = new Workspace(t);
  for (const name of NAMES.slice(0, 3)) on.write(name, `${name} one\n`);
  const turns = [
    ["write_file", { path: "a.txt", content: "a two\n" }],
    ["write_file", { path: "b.txt", content: "b two\n" }],
    ["delete_file", { path: "c.txt" }],
    ["write_file", { path: "d.txt", content: "d two\n" }],
  ] as const;
  await on.agent(script([turns.map((call) => call), "done"]), GRANTS);
  return on;
}

const contents = (on: Workspace): (string | undefined)[] => NAMES.map((name) => on.read(name));
const BEFORE = ["a.txt one\n", "b.txt one\n", "c.txt one\n", undefined];
const AFTER = ["a two\n", "b two\n", undefined, "d two\n"];

test(`killed at ${POINTS} places, a restore is finished by the next start or has not begun (H10)`, async (t) => {
  const restore = ["restore", "2.0", "--apply"];
  // Only the program itself is watched, and nothing that it starts.
  const under = `node="$1"; shift; set -- "$node" --import "${KILLER}" "$@"`;
  const dry = await worked(t);
  const count = join(dry.scratch, "count");
  const whole = await dry.run(restore, { under, env: { KILL_COUNT: count } });
  assert.equal(whole.code, 0, whole.err);
  assert.deepEqual(contents(dry), BEFORE);
  const total = Number(readFileSync(count, "utf8"));
  assert.ok(total > 10, `only ${total} operations were seen`);
  let finished = 0;
  for (let i = 0; i < POINTS; i++) {
    const point = String(1 + Math.floor(((i + 0.5) * total) / POINTS));
    const on = await worked(t);
    const killed = await on.run(restore, { under, env: { KILL_AT: point } });
    assert.equal(killed.code, null, `${point} of ${total}: ${killed.err}`);
    // Any command that writes the record finishes the restore; this one has nothing else to do.
    await on.agent(script(["done"]), GRANTS);
    const now = contents(on);
    const begun = on.recordText().includes('"kind":"checkpoint.restore"');
    if (begun) finished += 1;
    assert.deepEqual(now, begun ? BEFORE : AFTER, `killed at ${point} of ${total}`);
    if (!begun) continue;
    const undone = await on.run(["undo-restore"]);
    assert.equal(undone.code, 0, undone.err);
    assert.deepEqual(contents(on), AFTER, `undone after the kill at ${point}`);
    assert.equal((await on.verify()).code, 0);
  }
  assert.ok(finished > 0, "no kill came after the plan was recorded");
});
