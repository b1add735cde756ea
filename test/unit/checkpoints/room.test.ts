// Room for copies (O4): the oldest go that nothing pins, and never what a named checkpoint needs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { keptFile, storeFile } from "../../../src/host/node/fs/preimage.ts";
import { makeRoom, roomTaken } from "../../../src/host/node/checkpoints/room.ts";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

test("the oldest copies go until the rest fits; pinned ones and the files of a pinned folder stay", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "room-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const put = (name: string, content: string, age: number): void => {
    writeFileSync(join(folder, name), content);
    utimesSync(join(folder, name), 1000 - age, 1000 - age);
  };
  const texts = ["oldest", "pinned", "listed", "older", "newest"].map((text) => text.repeat(100));
  for (const [i, text] of texts.entries()) put(digest(text), text, 100 - i);
  const [oldest = "", pinned = "", listed = "", older = "", newest = ""] = texts.map(digest);
  const tree = digest("a folder");
  put(`tree-${tree}`, JSON.stringify([{ segments: ["a"], sha256: listed, runs: false }]), 500);
  put("tmp-half", "half", 900);
  const all = await makeRoom(folder, 1_000_000, () => new Set());
  assert.equal(all.after, all.before);
  assert.equal(await roomTaken(folder), all.before);
  assert.equal(await roomTaken(join(folder, "none")), 0);
  const { after } = await makeRoom(folder, all.before - 700, () => new Set([pinned, tree]));
  assert.deepEqual(readdirSync(folder).sort(), [pinned, listed, newest, `tree-${tree}`, "tmp-half"].sort());
  assert.equal(after, all.before - "oldest".length * 100 - "older".length * 100);
  for (const gone of [oldest, older]) assert.ok(!readdirSync(folder).includes(gone));
});

test("a copy that is needed again while room is made stays, and is asked for after the copies were listed", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "room-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const content = "needed again".repeat(100);
  const old = digest(content);
  writeFileSync(join(folder, old), content);
  utimesSync(join(folder, old), 1, 1);
  const from = join(folder, "file.txt");
  writeFileSync(from, content);
  // A call finds its old copy there and keeps no other one, just when the pins are read for the last time.
  let keeping: Promise<void> | undefined;
  const { after } = await makeRoom(folder, 0, () => {
    assert.ok(readdirSync(folder).includes(old), "the pins are read before anything goes");
    keeping = storeFile(folder, from, old);
    return new Set();
  });
  await keeping;
  assert.equal(after, content.length);
  assert.equal((await keptFile(folder, old)).length, content.length);
});

test("a copy is a file of its own: nothing that is done to the original reaches it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "room-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const content = Buffer.alloc(2 * 1024 * 1024, "x");
  const sha256 = createHash("sha256").update(content).digest("hex");
  const from = join(folder, "large.bin");
  writeFileSync(from, content, { mode: 0o644 });
  await storeFile(folder, from, sha256);
  const kept = statSync(join(folder, sha256));
  assert.deepEqual([kept.nlink, kept.mode & 0o777], [1, 0o600]);
  writeFileSync(from, "changed in place");
  assert.equal((await keptFile(folder, sha256)).length, content.length);
  await assert.rejects(storeFile(folder, from, "0".repeat(64)), /has changed/u);
  assert.deepEqual(readdirSync(folder).sort(), [sha256, "large.bin"].sort(), "nothing half is left");
});
