// History: what a document shows is everything on the disk and everything since, each once and in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { isWanted } from "../../../src/views/history/filter.ts";
import { History } from "../../../src/ui/session/history.ts";

const record = (seq: number, pid = 2): AnyRecord => ({
  ...{ v: 1, seq, time: "", prev: "", kind: "process.wake", pid },
  data: { from: "message", by: "person" },
});
const of2 = { pids: [2] };
const seqs = (records: readonly AnyRecord[]): number[] => records.map((r) => r.seq);

test("records that come while the disk is read are there once, in order, and those of others are not", async () => {
  let disk: (records: AnyRecord[]) => void = () => undefined;
  const history = new History((filter) =>
    new Promise<AnyRecord[]>((r) => (disk = r)).then((all) => all.filter((r) => isWanted(filter, r))),
  );
  const first = history.of("a", of2);
  for (const r of [record(3), record(4), record(5, 3), record(6)]) history.add(r);
  disk([record(1), record(2, 3), record(3), record(4)]);
  assert.deepEqual(seqs(await first), [1, 3, 4, 6]);
  history.add(record(7));
  assert.deepEqual(seqs(await history.of("a", of2)), [1, 3, 4, 6, 7]);
});

test("what nobody shows any more is forgotten, and read again when it is shown again", async () => {
  let reads = 0;
  const history = new History(() => Promise.resolve((reads++, [record(reads)])));
  assert.deepEqual(seqs(await history.of("a", of2)), [1]);
  assert.deepEqual(seqs(await history.of("a", of2)), [1]);
  history.release("a");
  assert.deepEqual(seqs(await history.of("a", of2)), [2]);
});

test("of a long record the newest part is held, never more than twice that (P81)", async () => {
  const history = new History(() => Promise.resolve([]));
  await history.of("a", of2, 10);
  for (let seq = 1; seq <= 1000; seq++) history.add(record(seq));
  const held = await history.of("a", of2, 10);
  assert.ok(held.length >= 10 && held.length <= 20);
  assert.equal(held.at(-1)?.seq, 1000);
});

test("a record that could not be read is asked for again", async () => {
  let bad = true;
  const history = new History(() => (bad ? Promise.reject(new Error("disk")) : Promise.resolve([record(1)])));
  await assert.rejects(history.of("a", of2));
  bad = false;
  assert.deepEqual(seqs(await history.of("a", of2)), [1]);
});
