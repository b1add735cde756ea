// Heavy reads: how many run at once, whose turn it is, and what an abort in the queue leaves behind.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import { HEAVY_AT_ONCE, HeavyReads } from "../../../src/primitives/fs/heavy.ts";
import { fsPrimitive } from "../../../src/primitives/fs/fs.ts";
import { NO_EDITOR } from "../../../src/primitives/fs/diagnostics.ts";
import type { FsBackend } from "../../../src/primitives/fs/backend.ts";
import { Bench } from "../../harness/fs.ts";
import { nodeDigests } from "../../../src/host/node/digests.ts";

const never = new AbortController().signal;

/** A gate with reads that end when they are told to; `order` says whose reads entered. */
function gate() {
  const heavy = new HeavyReads();
  const order: string[] = [];
  const open: (() => void)[] = [];
  const read = (pid: number, name: string, signal = never) =>
    heavy.run(pid, signal, async () => {
      order.push(name);
      await new Promise<void>((resolve) => open.push(resolve));
      return name;
    });
  const next = async (): Promise<void> => {
    open.shift()?.();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return { order, read, next };
}

test("few run at once, and a process with many waiting reads delays another by one", async () => {
  const { order, read, next } = gate();
  const all = Array.from({ length: 6 }, (_, i) => read(2, `a${i}`));
  all.push(read(3, "b0"), read(3, "b1"), read(4, "c0"));
  await Promise.resolve();
  assert.deepEqual(order, ["a0", "a1"]);
  assert.equal(order.length, HEAVY_AT_ONCE);
  for (let i = 0; i < 9; i++) await next();
  assert.deepEqual(order, ["a0", "a1", "a2", "b0", "c0", "a3", "b1", "a4", "a5"]);
  assert.deepEqual(await Promise.all(all), ["a0", "a1", "a2", "a3", "a4", "a5", "b0", "b1", "c0"]);
});

test("an abort in the queue runs nothing and keeps no place", async () => {
  const { order, read, next } = gate();
  const stop = new AbortController();
  const ran = [read(2, "a0"), read(2, "a1")];
  const aborted = read(3, "b0", stop.signal);
  ran.push(read(4, "c0"));
  stop.abort();
  const got = await aborted;
  assert.equal(typeof got !== "string" && isFault(got) && got.code, "EINTR");
  const late = await read(3, "b1", stop.signal);
  assert.equal(typeof late !== "string" && isFault(late) && late.code, "EINTR");
  for (let i = 0; i < 3; i++) await next();
  await Promise.all(ran);
  assert.deepEqual(order, ["a0", "a1", "c0"]);
  const free = read(2, "again");
  await next();
  assert.equal(await free, "again");
});

const bench = new Bench();
after(() => bench.close());
mkdirSync(bench.at("src"));
for (let i = 0; i < 5; i++) writeFileSync(bench.at("src", `f${i}.ts`), "needle\n".repeat(100));

test("thirty searches by pattern hold two threads, and all come to their end (Q15)", async () => {
  let threads = 0;
  let most = 0;
  const backend: FsBackend = {
    ...bench.backend,
    matcher(pattern, ignoreCase) {
      const made = bench.backend.matcher(pattern, ignoreCase);
      if (isFault(made)) return made;
      most = Math.max(most, ++threads);
      return {
        match: (...part) => made.match(...part),
        close: () => {
          threads -= 1;
          made.close();
        },
      };
    },
  };
  const counted = fsPrimitive(backend, { digests: nodeDigests, diagnostics: NO_EDITOR });
  const before = new Map(bench.operations);
  Object.assign(bench, { operations: new Map(counted.operations.map((op) => [op.name, op])) });
  const all = Array.from({ length: 30 }, () =>
    bench.call("fs.search", { query: "n(e+)dle", regex: true, path: "src", ignored: true }),
  );
  assert.deepEqual(new Set((await Promise.all(all)).map((got) => got.code)), new Set(["ok"]));
  assert.deepEqual([most, threads], [HEAVY_AT_ONCE, 0]);
  Object.assign(bench, { operations: before });
});
