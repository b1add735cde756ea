// Reading on: what was written since an earlier reading is read alone, and gives what reading all of it gives.
import assert from "node:assert/strict";
import { truncateSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { readRecords } from "../../../src/host/node/journal/inspect.ts";
import type { JournalFile, JournalSource, Scanned } from "../../../src/kernel/ports/files.ts";
import { DiskPlace, inMemory, MemoryStore, readAll, say, scan } from "../../harness/journal.ts";

/** A source that counts the bytes that are read from it. */
function counting(source: JournalSource): { source: JournalSource; bytes: () => number } {
  let bytes = 0;
  const counted = (file: JournalFile): JournalFile => ({
    ...file,
    read: async (from, to) => {
      const block = await file.read(from, to);
      bytes += block.length;
      return block;
    },
  });
  const segments = source.segments.map(counted);
  return { source: { ...source, segments, bodies: source.bodies.map(counted) }, bytes: () => bytes };
}

async function since(
  source: JournalSource,
  from: Scanned,
): Promise<{ scanned: Scanned; records: AnyRecord[] }> {
  const records: AnyRecord[] = [];
  const scanned = await scan(source, { since: from, record: (r) => void records.push(r) });
  return { scanned, records: records.filter((r) => r.seq <= scanned.records) };
}

test("from any earlier head on, the same records and the same end are found, and nothing before is read", async () => {
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.nat(9000).map((n) => "body ".repeat(n / 5)),
  );
  const batches = fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(batches, fc.nat(), fc.integer({ min: 600, max: 30_000 }), async (all, where, size) => {
      const store = new MemoryStore();
      const { journal } = inMemory(store, { segmentBytes: size });
      const stop = where % (all.length - 1);
      let before: Scanned | undefined;
      for (const [i, batch] of all.entries()) {
        for (const each of batch) say(journal, each);
        await journal.durable();
        if (i === stop) before = (await readAll(store.source)).scanned;
      }
      assert.ok(before !== undefined);
      const whole = await readAll(store.source);
      const counted = counting(store.source);
      const later = await since(counted.source, before);
      assert.deepEqual(later.scanned, whole.scanned);
      assert.deepEqual(later.records, whole.records.slice(before.records));
      const files = [...store.segments, ...store.bodies];
      const total = files.reduce((sum, [, bytes]) => sum + bytes.length, 0);
      assert.ok(counted.bytes() <= total - before.end.bytes - before.end.bodyBytes);
      await journal.close();
    }),
    { numRuns: 200 },
  );
});

const spoilt: readonly [string, (store: MemoryStore) => void][] = [
  [
    "a file that became shorter",
    (store) =>
      store.segments.set("00000001", (store.segments.get("00000001") ?? Buffer.alloc(0)).subarray(0, 100)),
  ],
  ["a file that is gone", (store) => void store.segments.delete("00000001")],
  [
    "lines that continue something else",
    (store) => {
      const bytes = store.segments.get("00000001") ?? Buffer.alloc(0);
      store.segments.set("00000001", Buffer.from(bytes.toString().replace("later", "LATER")));
    },
  ],
];
for (const [what, spoil] of spoilt)
  test(`${what}: what comes since does not fit`, async () => {
    const store = new MemoryStore();
    const { journal } = inMemory(store);
    say(journal, "early");
    await journal.durable();
    const before = (await readAll(store.source)).scanned;
    for (let i = 0; i < 3; i++) say(journal, `later ${i}`);
    await journal.close();
    assert.equal((await since(store.source, before)).scanned.defect, undefined);
    spoil(store);
    assert.notEqual((await since(store.source, before)).scanned.defect, undefined);
  });

test("on the disk a reading goes on where the last one stopped, and starts over when that no longer fits", async () => {
  const place = new DiskPlace();
  try {
    const { journal } = await place.start();
    const where = { root: place.root, home: place.home, roots: [{ name: "w", path: place.root }], scan };
    const all = (): boolean => true;
    say(journal, "one");
    await journal.durable();
    const first = await readRecords(where, all);
    assert.deepEqual([first.standing.kind, first.last, first.records.length], ["obeyed", 2, 2]);
    say(journal, "two");
    await journal.durable();
    const next = await readRecords(where, all, undefined, first.position);
    assert.deepEqual(
      next.records.map((r) => r.seq),
      [3, 4],
    );
    assert.deepEqual([next.standing.kind, next.last], ["obeyed", 4]);
    assert.deepEqual((await readRecords(where, all, undefined, next.position)).records, []);
    await journal.close();
    const file = join(place.folder, "journal/00000001.jsonl");
    const lines = readFileSync(file, "utf8").split("\n");
    truncateSync(file, lines.slice(0, 2).join("\n").length + 1);
    const cut = await readRecords(where, all, undefined, next.position);
    assert.deepEqual([cut.standing.kind, cut.last, cut.position], ["rolled-back", 2, undefined]);
    writeFileSync(file, lines.join("\n").replace('"two"', '"TWO"'));
    const changed = await readRecords(where, all, undefined, first.position);
    assert.equal(changed.standing.kind, "damaged");
    assert.match("detail" in changed.standing ? changed.standing.detail : "", /line 3/);
  } finally {
    place.remove();
  }
});
