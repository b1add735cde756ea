// The index of a history: whatever becomes of the file, the record's answers are given, and nothing else.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { openHistoryTable } from "../../../src/host/node/journal/history-table.ts";
import { openIndex, readRecords } from "../../../src/host/node/journal/inspect.ts";
import { RecordReader } from "../../../src/kernel/record/read-back.ts";
import { RecordHistory, type VerifiedReading } from "../../../src/views/history/history.ts";
import { DiskPlace, scan, say } from "../../harness/journal.ts";

interface Counted extends VerifiedReading {
  /** How many records the reading verified. */
  readonly verified: number;
}

async function begun(t: TestContext): Promise<{
  place: DiskPlace;
  index: string;
  readonly ask: () => Promise<Counted>;
  readonly write: (texts: readonly string[]) => Promise<void>;
}> {
  const place = new DiskPlace();
  t.after(() => place.remove());
  await place.filled(30);
  const [id = ""] = readdirSync(join(place.home, "journals"));
  const where = { root: place.root, home: place.home, roots: [{ name: "w", path: place.root }] };
  return {
    place,
    index: join(place.home, "journals", id, "index.db"),
    async ask() {
      let verified = 0;
      const { lines, table } = await openIndex(where);
      const history = new RecordHistory({
        table,
        reader: new RecordReader(lines, nodeDigests),
        read: (keep, most, since) =>
          readRecords({ ...where, scan }, (r) => ((verified += 1), keep(r)), most, since),
      });
      try {
        return { ...(await history.records({ pids: [2] })), verified };
      } finally {
        table?.close();
      }
    },
    async write(texts) {
      const { journal } = await place.start("write");
      for (const text of texts) say(journal, text);
      await journal.close();
    },
  };
}

const texts = ({ records }: Counted): string[] =>
  records.map((r) => (r.kind === "process.message" ? r.data.text.slice(0, 12) : r.kind));

test("the second question reads on from where the first one stopped", async (t) => {
  const { ask, write, index } = await begun(t);
  const first = await ask();
  assert.equal(first.records.length, 30);
  assert.ok(first.verified > 30);
  assert.ok(statSync(index).size > 0);
  assert.equal((await ask()).verified, 0);
  await write(["one", "two"]);
  const next = await ask();
  assert.equal(next.verified, 3, "two messages and a head");
  assert.deepEqual(texts(next), [...texts(first), "one", "two"]);
});

for (const [what, spoil] of [
  ["deleted", (path: string) => rmSync(path)],
  ["no database", (path: string) => writeFileSync(path, "not a table ".repeat(1000))],
  ["empty", (path: string) => writeFileSync(path, "")],
  [
    "damaged in the middle",
    (path: string) => {
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0xa5, 5000, bytes.length - 100));
    },
  ],
  [
    "a folder with something in it",
    (path: string) => (rmSync(path), mkdirSync(join(path, "in"), { recursive: true })),
  ],
] as const)
  test(`an index that is ${what} costs only time`, async (t) => {
    const { ask, index } = await begun(t);
    const first = await ask();
    for (const end of ["-wal", "-shm"]) rmSync(index + end, { force: true });
    spoil(index);
    const second = await ask();
    assert.deepEqual(second.records, first.records);
    assert.ok(second.verified > 0);
    assert.deepEqual((await ask()).records, first.records);
  });

test("an index of another version is made anew", async (t) => {
  const { ask, index } = await begun(t);
  const first = await ask();
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(index);
  db.exec("UPDATE spans SET last = 1; PRAGMA user_version = 99");
  db.close();
  assert.deepEqual((await ask()).records, first.records);
});

test("a record that was changed behind the index is told, and its index is not used", async (t) => {
  const { ask, place, write } = await begun(t);
  await ask();
  await write(["later"]);
  const file = join(place.folder, "journal/00000001.jsonl");
  const good = readFileSync(file, "utf8");
  writeFileSync(file, good.replace('"later"', '"LATER"'));
  const damaged = await ask();
  assert.equal(damaged.standing.kind, "damaged");
  writeFileSync(file, good);
  const again = await ask();
  assert.deepEqual([again.standing.kind, texts(again).at(-1)], ["obeyed", "later"]);
  // What the index covers is read again, too: a line that was changed no longer fits the next one.
  writeFileSync(file, good.replace('"short 1"', '"SHORT 1"'));
  assert.equal((await ask()).standing.kind, "damaged");
  assert.equal((await place.verify()).ok, false);
});

test("a program that fills a table which another one empties stops", async (t) => {
  const { ask, index } = await begun(t);
  await ask();
  const [one, other] = await Promise.all([openHistoryTable(index), openHistoryTable(index)]);
  assert.ok(one !== undefined && other !== undefined);
  const position = one.position();
  assert.ok(position !== undefined);
  other.clear();
  assert.throws(() => one.put([], [{ pid: 2, first: 1, last: 1 }]), /makes this table anew/u);
  assert.throws(() => one.reach(position), /makes this table anew/u);
  other.put([], [{ pid: 2, first: 1, last: 1 }]);
  assert.equal(one.position(), undefined);
  one.close();
  other.close();
});
