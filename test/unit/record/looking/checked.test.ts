// Checks that go on from an earlier one: they read little, and still find every changed byte.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspectJournal, type InspectOptions } from "../../../../src/host/node/journal/inspect.ts";
import { english } from "../../../../src/views/words/translate.ts";
import { judgeJournal, type JournalVerdict } from "../../../../src/views/record/verdict.ts";
import { DiskPlace, say, scan } from "../../../harness/journal.ts";

/** A record of several segments, and a check of it that counts the records it reads line by line. */
async function place(count = 60): Promise<{
  at: DiskPlace;
  mark: string;
  check: (how?: Partial<InspectOptions>) => Promise<JournalVerdict & { readonly lines: number }>;
}> {
  const at = new DiskPlace();
  await at.filled(count, 12_000);
  const [id = ""] = readdirSync(join(at.home, "journals"));
  return {
    at,
    mark: join(at.home, "journals", id, "checked"),
    async check(how = {}) {
      let lines = 0;
      const counted: typeof scan = (source, options) =>
        scan(source, { ...options, record: () => void (lines += 1) });
      const where = { root: at.root, home: at.home, roots: [{ name: "w", path: at.root }] };
      const found = await inspectJournal({ ...where, scan: counted, ...how });
      return { ...judgeJournal(english, found), lines };
    },
  };
}

test("a second check reads only the newest segment line by line, and says what it promises of the rest", async (t) => {
  const { at, check, mark } = await place();
  t.after(() => at.remove());
  const first = await check();
  assert.ok(first.ok);
  assert.equal(first.lines, first.records);
  assert.equal(first.before, undefined);
  const second = await check();
  assert.ok(second.ok);
  assert.deepEqual([second.records, second.last], [first.records, first.last]);
  assert.ok(second.before !== undefined && second.before.seq > 20);
  assert.equal(second.lines, second.records - second.before.seq);
  assert.match(second.text.join("\n"), /records 1 to \d+ were read line by line on 20\d\d-/u);
  const full = await check({ full: true });
  assert.deepEqual([full.lines, full.before], [full.records, undefined]);
  // What is written later is read, and joins the part that is known.
  const { journal } = await at.start("write", 12_000);
  for (let i = 0; i < 40; i++) {
    say(journal, `more ${i} `.repeat(600));
    await journal.durable();
  }
  await journal.close();
  const later = await check();
  assert.ok(later.ok && later.before?.seq === second.before.seq);
  const last = await check();
  assert.ok((last.before?.seq ?? 0) > second.before.seq && last.ok);
  // Without the mark, or with one that another key signed, all is read.
  const other = await place();
  t.after(() => other.at.remove());
  await other.check();
  const own = readFileSync(mark);
  writeFileSync(mark, readFileSync(other.mark));
  assert.equal((await check()).before, undefined);
  writeFileSync(mark, own.subarray(0, own.length - 9));
  assert.equal((await check()).before, undefined);
});

test("a byte that was changed in the part that was checked before is found, whatever its times say", async (t) => {
  const { at, check } = await place();
  t.after(() => at.remove());
  const { before } = (await check(), await check());
  assert.ok(before !== undefined);
  for (const file of ["journal/00000001.jsonl", "bodies/00000001", "journal/00000002.jsonl"]) {
    const path = join(at.folder, file);
    const good = readFileSync(path);
    const { atime, mtime } = statSync(path);
    for (const place of [7, Math.floor(good.length / 2), good.length - 2]) {
      const bad = Buffer.from(good);
      bad[place] = (bad[place] ?? 0) ^ 1;
      writeFileSync(path, bad);
      utimesSync(path, atime, mtime);
      const [found, full] = [await check(), await check({ full: true })];
      assert.equal(found.ok, false, `${file} ${place}`);
      assert.deepEqual(found.defect, full.defect);
      assert.equal(found.defect?.file, file);
    }
    writeFileSync(path, good);
    assert.equal((await check()).before?.seq, before.seq);
  }
  rmSync(join(at.folder, "bodies/00000001"));
  assert.equal((await check()).ok, false);
});

test("a check tells how far it is, and one that is stopped judges nothing and remembers nothing", async (t) => {
  const { at, check, mark } = await place();
  t.after(() => at.remove());
  const stop = new AbortController();
  const told: number[] = [];
  const progress = (done: number, total: number): void => {
    told.push(done / total);
    if (told.length === 4) stop.abort(new Error("enough"));
  };
  await assert.rejects(check({ progress, signal: stop.signal }), /enough/u);
  assert.equal(told.length, 4);
  assert.equal(existsSync(mark), false);
  told.splice(0, 4, 0, 0, 0, 0);
  assert.ok((await check({ progress, signal: new AbortController().signal })).ok);
  assert.equal(told.at(-1), 1);
  assert.deepEqual(
    told,
    [...told].sort((a, b) => a - b),
  );
  assert.ok(existsSync(mark));
});
