// Records of a version that does not exist yet: they are refused unchanged, with the advice to update, and are not damage.
import assert from "node:assert/strict";
import { appendFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nodeDigests } from "../../src/host/node/digests.ts";
import { standingText } from "../../src/views/record/standing.ts";
import { english } from "../../src/views/words/translate.ts";
import { DiskPlace, say } from "../harness/journal.ts";

interface Future {
  readonly place: DiskPlace;
  readonly segment: string;
  /** Appends lines that continue the chain, as another version writes them, and stores their head where the key is. */
  write(...lines: ((prev: string, seq: number) => object)[]): void;
}

async function future(t: TestContext): Promise<Future> {
  const place = new DiskPlace();
  t.after(() => place.remove());
  const { journal } = await place.start("create");
  for (let i = 0; i < 5; i++) say(journal, `${i}`);
  await journal.close();
  let { seq, hash } = journal.head;
  const segment = join(place.folder, "journal/00000001.jsonl");
  return {
    ...{ place, segment },
    write(...lines) {
      for (const line of lines) {
        const text = JSON.stringify(line(hash, (seq += 1)));
        hash = nodeDigests.sha256(text);
        appendFileSync(segment, `${text}\n`);
      }
    },
  };
}

const TIME = "2031-01-01T00:00:00.000Z";
/** Any line behind the first unknown one, which shows that it is as it was written. */
const after = (prev: string, seq: number): object => ({
  v: 2,
  seq,
  time: TIME,
  kind: "head",
  data: {},
  prev,
});

const NEWER: readonly (readonly [string, (prev: string, seq: number) => object, RegExp])[] = [
  [
    "another format",
    (prev, seq) => ({ v: 2, at: seq, what: ["new"], prev }),
    /record of format 2, .* reads format 1/u,
  ],
  [
    "an unknown kind",
    (prev, seq) => ({ v: 1, seq, time: TIME, kind: "future.act", data: {}, prev }),
    /no kind of record/u,
  ],
  [
    "an unknown field",
    (prev, seq) => ({
      v: 1,
      seq,
      time: TIME,
      kind: "process.message",
      pid: 2,
      data: { text: "x", by: "person", mood: "good" },
      prev,
    }),
    /process\.message: .*as it was written/u,
  ],
];

for (const [what, line, said] of NEWER)
  test(`${what}: the record is refused as newer, shown up to there, and not changed`, async (t) => {
    const on = await future(t);
    on.write(line, after);
    const bytes = readFileSync(on.segment);
    for (const mode of ["view", "write", "create"] as const) {
      const { standing, store, records } = await on.place.open(mode);
      assert.equal(standing.kind, "newer");
      assert.match("detail" in standing ? standing.detail : "", said);
      assert.match(
        standingText(english, standing),
        /newer version .*\n.*Update the extension or the command line/u,
      );
      assert.equal(store, undefined);
      assert.equal(records.length, 6, "five messages and a head");
    }
    const judged = await on.place.verify();
    assert.deepEqual([judged.ok, judged.standing], [false, "newer"]);
    assert.match(
      judged.text[0] ?? "",
      /^written by a newer version: journal\/00000001\.jsonl, line 7, byte \d+: /u,
    );
    assert.deepEqual(readFileSync(on.segment), bytes);
  });

test("the same line with a flipped bit is damage, and so is one that no other line continues", async (t) => {
  for (const spoil of [
    (text: string) => text.replace('"what":["new"]', '"what":["nev"]'),
    (text: string) =>
      text.replace(/"prev":"(.)/gu, (_, digit: string) => `"prev":"${digit === "0" ? "1" : "0"}`),
  ]) {
    const on = await future(t);
    const before = readFileSync(on.segment, "utf8");
    on.write((prev, seq) => ({ v: 2, at: seq, what: ["new"], prev }), after);
    const added = readFileSync(on.segment, "utf8").slice(before.length);
    writeFileSync(on.segment, before + spoil(added));
    assert.equal((await on.place.verify()).standing, "damaged");
  }
});

test("an identity of a later format is newer too, wherever the record was made", async (t) => {
  const on = await future(t);
  const other = new DiskPlace();
  t.after(() => other.remove());
  const path = join(on.place.folder, "identity.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"format":1', '"format":3'));
  cpSync(on.place.folder, other.folder, { recursive: true });
  for (const place of [on.place, other]) {
    const { standing, store } = await place.open("create");
    assert.equal(standing.kind, "newer");
    assert.match("detail" in standing ? standing.detail : "", /format 3, and this version reads format 1/u);
    assert.equal(store, undefined);
    assert.equal((await place.verify()).standing, "newer");
  }
  assert.deepEqual(readdirSync(other.home), [], "no journal was begun in its place");
});
