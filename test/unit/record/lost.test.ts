// Records whose files are gone: they come back from their second names, or a new journal begins and misses nothing.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { confirmMoved, startAfresh, recoverLost } from "../../../src/host/node/journal/recover.ts";
import { standingText } from "../../../src/views/record/standing.ts";
import { english } from "../../../src/views/words/translate.ts";
import { DiskPlace, say, scan } from "../../harness/journal.ts";

function place(t: TestContext): DiskPlace {
  const made = new DiskPlace();
  t.after(() => made.remove());
  return made;
}

const where = (p: DiskPlace, root = p.root) => ({
  ...{ root, home: p.home, roots: [{ name: "w", path: root }], scan },
});

test("lost: the files come back from their second names", async (t) => {
  const p = place(t);
  const applied = await p.filled(30, 4000);
  rmSync(p.folder, { recursive: true });
  for (const mode of ["create", "write", "view"] as const) {
    assert.equal((await p.open(mode)).standing.kind, "lost");
    assert.ok(!existsSync(p.folder));
  }
  assert.equal((await p.verify()).standing, "lost");
  assert.equal((await recoverLost(where(p))).ok, true);
  const again = await p.start("write");
  assert.deepEqual(again.applied, applied);
  await again.journal.close();
  assert.ok((await p.verify()).ok);
  assert.equal((await recoverLost(where(p))).ok, false, "nothing is missed any more");
});

test("lost to a repository that brings its own .agentlibos: set aside, not deleted", async (t) => {
  const p = place(t);
  const q = place(t);
  const applied = await p.filled(10);
  await q.filled(10);
  rmSync(p.folder, { recursive: true });
  cpSync(q.folder, p.folder, { recursive: true });
  assert.equal((await p.open("create")).standing.kind, "foreign");
  assert.equal((await recoverLost(where(p))).ok, true);
  assert.ok(existsSync(join(p.folder, "aside/identity.json")));
  assert.deepEqual((await p.open("view")).records, applied);
});

test("a single file that is gone comes back, too", async (t) => {
  const p = place(t);
  const applied = await p.filled(30, 4000);
  rmSync(join(p.folder, "journal/00000002.jsonl"));
  const opened = await p.open("write");
  assert.deepEqual([opened.standing.kind, opened.defect?.file], ["damaged", "journal/00000002.jsonl"]);
  assert.equal((await recoverLost(where(p))).ok, true);
  assert.deepEqual((await p.open("view")).records, applied);
});

test("a new journal, when a person says so: what was there is set aside, and nothing is missed", async (t) => {
  const lost = place(t);
  const lostHead = (await lost.filled(10)).length;
  rmSync(lost.folder, { recursive: true });
  const damaged = place(t);
  await damaged.filled(10);
  const foreign = place(t);
  cpSync(damaged.folder, foreign.folder, { recursive: true });
  damaged.append("identity.json", "x");
  for (const [p, aside] of [
    [lost, false],
    [damaged, true],
    [foreign, true],
  ] as const) {
    const old = await p.open("view");
    assert.notEqual(old.standing.kind, "read-only");
    assert.equal((await startAfresh(where(p))).ok, true);
    assert.equal(existsSync(join(p.folder, "aside")), aside);
    const fresh = await p.open("create");
    assert.deepEqual([fresh.standing.kind, fresh.records.length], ["obeyed", 0]);
    // The new journal names the newest head of the old one; of a foreign one, as its own bytes tell.
    assert.equal(fresh.follows?.seq, old.last.seq === 0 ? lostHead : old.last.seq);
    assert.equal((await startAfresh(where(p))).ok, false, "not while it is open");
    await fresh.store?.close();
  }
  const none = place(t);
  assert.equal((await startAfresh(where(none))).ok, false);
});

test("a good journal that was set aside comes back only through a person", async (t) => {
  const p = place(t);
  const applied = await p.filled(10);
  assert.equal((await startAfresh(where(p))).ok, true);
  renameSync(join(p.folder, "aside"), p.folder + "2");
  rmSync(p.folder, { recursive: true });
  renameSync(p.folder + "2", p.folder);
  assert.equal((await p.open("create")).standing.kind, "moved");
  assert.equal((await confirmMoved(where(p))).ok, true);
  const again = await p.start("write");
  assert.deepEqual(again.applied, applied);
  await again.journal.close();
});

test("a new folder of an old name misses nothing", async (t) => {
  const p = place(t);
  await p.filled(10);
  const kept = join(p.base, "kept");
  renameSync(p.root, kept);
  mkdirSync(p.root);
  const fresh = await p.open("create");
  assert.equal(fresh.standing.kind, "obeyed");
  await fresh.store?.close();
});

test("a large journal that moved is hidden, not damaged, until a person confirms that it belongs here", async (t) => {
  const p = place(t);
  const { journal } = await p.start("create", 16_000_000);
  const applied: unknown[] = [];
  for (let i = 0; i < 34; i++) {
    applied.push(say(journal, `${i}`.padEnd(1_000_000, " x")));
    await journal.durable();
  }
  await journal.close();
  const root = join(p.base, "elsewhere");
  renameSync(p.root, root);
  const { standing, records } = await p.open("view", root);
  assert.deepEqual([standing.kind, records.length], ["moved", 0]);
  assert.match("hidden" in standing ? (standing.hidden ?? "") : "", /^bodies\/\d{8}, line 0, byte \d+: /u);
  assert.match(standingText(english, standing), /Nothing of it is shown until a person confirms/u);
  assert.equal((await confirmMoved(where(p, root))).ok, true);
  const again = await p.open("view", root);
  assert.equal(again.standing.kind, "read-only");
  assert.equal(again.records.filter((r) => r.kind === "process.message").length, applied.length);
});
