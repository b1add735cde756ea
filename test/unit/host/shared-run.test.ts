// Shared runs: who asks while one is under way gets the next one, and nobody one that began before.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedRuns } from "../../../src/host/node/shared-run.ts";

/** Runs that end when a test says so; each has the number of its beginning. */
function begun() {
  const ends: PromiseWithResolvers<void>[] = [];
  const act = (): Promise<void> => {
    const end = Promise.withResolvers<void>();
    ends.push(end);
    return end.promise;
  };
  return { ends, act };
}

test("calls that come during a run share one that begins after it", async () => {
  const { ends, act } = begun();
  const runs = new SharedRuns();
  const first = runs.run("a", act);
  const ended: number[] = [];
  const later = Array.from({ length: 50 }, (_, i) => runs.run("a", act).then(() => ended.push(i)));
  assert.equal(ends.length, 1);
  ends[0]?.resolve();
  await first;
  await Promise.resolve().then(() => Promise.resolve());
  assert.deepEqual(
    [ends.length, ended.length],
    [2, 0],
    "a run that began before them does not count for them",
  );
  const third = runs.run("a", act);
  ends[1]?.resolve();
  await Promise.all(later);
  assert.equal(ended.length, 50);
  ends[2]?.resolve();
  await third;
  assert.equal(ends.length, 3);
});

test("other keys do not wait, and a run that failed fails its own callers alone", async () => {
  const { ends, act } = begun();
  const runs = new SharedRuns();
  const failing = runs.run("a", act);
  const next = runs.run("a", act);
  const other = runs.run("b", act);
  assert.equal(ends.length, 2);
  ends[1]?.resolve();
  await other;
  ends[0]?.reject(new Error("EIO"));
  await assert.rejects(failing, /EIO/u);
  while (ends.length < 3) await Promise.resolve();
  ends[2]?.resolve();
  await next;
});
