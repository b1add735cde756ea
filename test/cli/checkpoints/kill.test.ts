// A restore that is killed in the middle: the next start finishes it, and its undo still gives back what was there.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { DISK_POINTS, kindOf, pointsIn, somePoints, stepsOf } from "../../crash/points.ts";
import { Workspace, script } from "../workspace.ts";

const GRANTS = ["--grant", "allow:read,list,write,delete:fs:/app/**"];
const NAMES = ["a.txt", "b.txt", "c.txt", "d.txt"];
const POINTS = 5;

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

test("killed at its copies, renames, links and syncs, a restore is finished by the next start or has not begun (H10)", async (t) => {
  const restore = ["restore", "2.0", "--apply"];
  // Only the program itself is watched, and nothing that it starts.
  const under = `node="$1"; shift; set -- "$node" --import "${DISK_POINTS}" "$@"`;
  const dry = await worked(t);
  const steps = await stepsOf(async (env) => {
    const whole = await dry.run(restore, { under, env });
    assert.equal(whole.code, 0, whole.err);
  });
  assert.deepEqual(contents(dry), BEFORE);
  const kinds = new Set(steps.map(kindOf));
  for (const kind of ["write lines", "rename copy", "rename file", "link file", "unlink file"])
    assert.ok(kinds.has(kind), `no "${kind}" was seen`);
  let finished = 0;
  const points = somePoints(pointsIn(steps), POINTS);
  for (const point of points) {
    const on = await worked(t);
    const killed = await on.run(restore, { under, env: { DISK_KILL: point } });
    assert.equal(killed.code, null, `${point}: ${killed.err}`);
    // Any command that writes the record finishes the restore; this one has nothing else to do.
    await on.agent(script(["done"]), GRANTS);
    const now = contents(on);
    const begun = on.recordText().includes('"kind":"checkpoint.restore"');
    if (begun) finished += 1;
    assert.deepEqual(now, begun ? BEFORE : AFTER, `killed at "${point}"`);
    if (!begun) continue;
    const undone = await on.run(["undo-restore"]);
    assert.equal(undone.code, 0, undone.err);
    assert.deepEqual(contents(on), AFTER, `undone after the kill at "${point}"`);
    assert.equal((await on.verify()).code, 0);
  }
  assert.ok(finished > 0, "no kill came after the plan was recorded");
  t.diagnostic(`${points.length} points, ${finished} of them behind the plan`);
});
