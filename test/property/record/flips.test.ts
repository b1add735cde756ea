// Every byte of a small journal flipped in turn, and its tail cut at every byte: each change is found, or shown to do no harm.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { openIndex, readRecords } from "../../../src/host/node/journal/inspect.ts";
import { openJournal } from "../../../src/host/node/journal/open.ts";
import { RecordReader } from "../../../src/kernel/record/read-back.ts";
import { RecordHistory } from "../../../src/views/history/history.ts";
import { DiskPlace, say, scan } from "../../harness/journal.ts";
import { LONG } from "../../support/runs.ts";

/** Every byte in a long run; else every so-manieth, beginning at another one each time. */
const STRIDE = LONG ? 1 : 29;

/** The index is mostly empty pages, and each question of it opens a database. */
const INDEX_STRIDE = LONG ? 11 : 97;

/** What became of a change. */
type Fate = "found" | "harmless" | "missed";

interface Small {
  readonly place: DiskPlace;
  readonly known: string;
  readonly snapshot: string;
  readonly where: { root: string; home: string; roots: { name: string; path: string }[]; scan: typeof scan };
  readonly records: number;
}

/** A journal of some batches with two bodies, a snapshot of it, and an index of its history. */
async function small(t: TestContext): Promise<Small> {
  const place = new DiskPlace();
  t.after(() => place.remove());
  const { journal, opened } = await place.start("create");
  for (let i = 0; i < 12; i++) {
    say(journal, i % 6 === 2 ? `long ${i} `.repeat(600) : `short ${i}`);
    if (i % 3 === 2) await journal.durable();
  }
  await journal.durable();
  await opened.store?.keep?.(journal.head, JSON.stringify({ rows: "of the state" }));
  await journal.close();
  const [id = ""] = readdirSync(join(place.home, "journals"));
  const [name = ""] = readdirSync(join(place.folder, "snapshots"));
  const where = { root: place.root, home: place.home, roots: [{ name: "w", path: place.root }], scan };
  const snapshot = join(place.folder, "snapshots", name);
  return { place, known: join(place.home, "journals", id), snapshot, where, records: journal.head.seq };
}

/** Flips a bit of each byte in turn, judges, and puts the byte back. Gives how many of each fate there were. */
async function sweep(
  path: string,
  judge: (byte: number) => Promise<Fate>,
  stride = STRIDE,
): Promise<Record<Fate, number>> {
  const good = readFileSync(path);
  const fates = { found: 0, harmless: 0, missed: 0 };
  const missed: number[] = [];
  for (let byte = Math.floor(Math.random() * stride); byte < good.length; byte += stride) {
    const bad = Buffer.from(good);
    bad[byte] = (bad[byte] ?? 0) ^ (1 << (byte % 8));
    writeFileSync(path, bad);
    const fate = await judge(byte);
    fates[fate] += 1;
    if (fate === "missed") missed.push(byte);
    writeFileSync(path, good);
  }
  assert.deepEqual(missed, [], `${path}: changes that nobody noticed`);
  return fates;
}

suite("a flipped bit", () => {
  for (const [file, pathOf] of [
    ["lines", ({ place }: Small) => join(place.folder, "journal/00000001.jsonl")],
    ["bodies", ({ place }: Small) => join(place.folder, "bodies/00000001")],
    ["identity.json", ({ place }: Small) => join(place.folder, "identity.json")],
    ["the known identity", ({ known }: Small) => join(known, "identity.json")],
  ] as const)
    test(`in ${file} is found, wherever it is`, async (t) => {
      const on = await small(t);
      const fates = await sweep(pathOf(on), async () => {
        const { ok, text } = await on.place.verify();
        return ok || text[0] === "" ? "missed" : "found";
      });
      assert.equal(fates.harmless, 0);
      assert.equal((await on.place.verify()).ok, true);
      t.diagnostic(`${file}: ${fates.found} of ${fates.found} found`);
    });

  test("in a snapshot leaves it unread, and the opening reads every record", async (t) => {
    const on = await small(t);
    let used = 0;
    const opening = async (): Promise<number> => {
      let folded = 0;
      const take = (): void => void (folded += 1);
      const resume = (): (() => void) => ((used += 1), take);
      await openJournal({ ...on.where, mode: "view", anew: () => take, resume });
      return folded;
    };
    assert.deepEqual([await opening(), used], [0, 1], "the whole snapshot is used");
    const fates = await sweep(on.snapshot, async () =>
      (await opening()) === on.records && used === 1 ? "harmless" : "missed",
    );
    t.diagnostic(`a snapshot: ${fates.harmless} of ${fates.harmless} harmless`);
  });

  test("in the place, the key or the head of the data folder is found, or changes nothing that counts", async (t) => {
    const on = await small(t);
    for (const name of ["place", "key", "head"]) {
      const fates = await sweep(join(on.known, name), async () => {
        const opened = await on.place.open("write");
        const kept = readFileSync(join(on.place.folder, "journal/00000001.jsonl"));
        await opened.store?.close();
        if (opened.store === undefined) {
          const { standing } = opened;
          assert.ok(["moved", "read-only", "damaged"].includes(standing.kind), standing.kind);
          return "detail" in standing && standing.detail !== "" ? "found" : "missed";
        }
        // It was obeyed: then all of it was there, and nothing of it was cut.
        const whole =
          opened.records.length === on.records && kept.toString().split("\n").length - 1 === on.records;
        return whole && (await on.place.verify()).ok ? "harmless" : "missed";
      });
      t.diagnostic(`${name}: ${fates.found} found, ${fates.harmless} harmless`);
      if (name === "head")
        assert.equal(fates.found, 0, "one torn slot is never missed: the other one tells enough");
      else assert.ok(fates.found > 0);
    }
  });

  test("in index.db shows no record that is not in the journal, and without the file every answer is back", async (t) => {
    const on = await small(t);
    const ask = async (): Promise<string[]> => {
      const { lines, table } = await openIndex(on.where);
      const history = new RecordHistory({
        ...{ table, reader: new RecordReader(lines, nodeDigests) },
        read: (keep, most, since) => readRecords(on.where, keep, most, since),
      });
      try {
        return (await history.records({ pids: [2] })).records.map((record) => JSON.stringify(record));
      } finally {
        table?.close();
      }
    };
    const right = await ask();
    const path = join(on.known, "index.db");
    let short = 0;
    const fates = await sweep(
      path,
      async () => {
        const got = await ask();
        if (got.length < right.length) short += 1;
        return got.every((record) => right.includes(record)) ? "harmless" : "missed";
      },
      INDEX_STRIDE,
    );
    // SQLite has no checksums: a flipped number of a span hides what lies there. No decision reads the index.
    assert.ok(short <= fates.harmless / 20, `${short} answers were too short`);
    rmSync(path);
    assert.deepEqual(await ask(), right);
    t.diagnostic(
      `index.db: ${fates.harmless - short} harmless, ${short} times the history showed too little`,
    );
  });
});

test("a journal cut at any byte is found, and so is one whose bodies are", async (t) => {
  const on = await small(t);
  for (const file of ["journal/00000001.jsonl", "bodies/00000001"]) {
    const path = join(on.place.folder, file);
    const good = readFileSync(path);
    const missed: number[] = [];
    for (let cut = good.length - 1; cut >= 0; cut -= cut > good.length - 600 && LONG ? 1 : STRIDE) {
      truncateSync(path, cut);
      const { ok, text } = await on.place.verify();
      if (ok || text[0] === "") missed.push(cut);
      writeFileSync(path, good);
    }
    assert.deepEqual(missed, [], file);
  }
});

test("a batch that a crash cut at any of its bytes counts wholly or not at all, and the next writer goes on", async (t) => {
  const on = await small(t);
  const { place, known } = on;
  const paths = [
    ...["journal/00000001.jsonl", "bodies/00000001"].map((name) => join(place.folder, name)),
    join(known, "head"),
  ];
  const read = (): Buffer[] => paths.map((path) => readFileSync(path));
  const put = (files: readonly (Buffer | undefined)[]): void => {
    for (const [i, path] of paths.entries()) writeFileSync(path, files[i] ?? "");
  };
  const before = read();
  const { journal } = await place.start("write");
  say(journal, "short, and the last");
  say(journal, "long, and the last ".repeat(300));
  await journal.close();
  const after = read();
  const records = journal.head.seq;
  const [from = 0, to = 0] = [before[0]?.length, after[0]?.length];
  const [bodyFrom = 0, bodyTo = 0] = [before[1]?.length, after[1]?.length];
  // The bodies come first, then the lines, then the stored head.
  const states = [
    ...Array.from({ length: bodyTo - bodyFrom }, (_, i) => [from, bodyFrom + i] as const),
    ...Array.from({ length: to - from + 1 }, (_, i) => [from + i, bodyTo] as const),
  ];
  const last = states.length - 1;
  let whole = 0;
  for (let i = last; i >= 0; i -= i > last - 3 ? 1 : STRIDE) {
    const [lines = 0, bodies = 0] = states[i] ?? [];
    put([after[0]?.subarray(0, lines), after[1]?.subarray(0, bodies), before[2]]);
    const what = `cut at ${lines} of ${to} and ${bodies} of ${bodyTo}`;
    const again = await place.start("write");
    const counts = again.applied.length;
    assert.ok(counts === on.records || (lines === to && counts === records), `${what}: ${counts} records`);
    if (counts === records) whole += 1;
    await again.journal.durable(say(again.journal, "goes on").seq);
    await again.journal.close();
    assert.equal((await place.verify()).ok, true, what);
  }
  assert.equal(whole, 1, "only the whole batch counts");
});
