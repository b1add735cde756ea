// Room for copies (O4): the oldest go that nothing pins, and never what a named checkpoint needs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeRoom } from "../../../src/host/node/checkpoints/room.ts";

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
  const all = await makeRoom(folder, 1_000_000, new Set());
  assert.equal(all.after, all.before);
  const { after } = await makeRoom(folder, all.before - 700, new Set([pinned, tree]));
  assert.deepEqual(readdirSync(folder).sort(), [pinned, listed, newest, `tree-${tree}`, "tmp-half"].sort());
  assert.equal(after, all.before - "oldest".length * 100 - "older".length * 100);
  for (const gone of [oldest, older]) assert.ok(!readdirSync(folder).includes(gone));
});
