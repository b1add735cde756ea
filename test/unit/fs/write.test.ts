// Writing real files: whole or not at all, exactly what was shown, and never over what somebody else just did.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Bench, picture } from "../../harness/fs.ts";
import { notesOf } from "../../harness/notes.ts";

const bench = new Bench();

after(() => bench.close());

const write = (path: string, content: string, between = {}) =>
  bench.call("fs.write", { path, content }, between);

const edit = (path: string, old_text: string, new_text: string, between = {}) =>
  bench.call("fs.edit", { path, old_text, new_text }, between);

const preImages = (): string[] => readdirSync(join(bench.home, "pre"));

test("bytes are written as given, and the preview shows both texts", async () => {
  const text = "\ufeffa\r\nb\n\u0000\u202e😀";
  const made = await write("exact", text);
  assert.equal(made.code, "ok");
  assert.deepEqual(readFileSync(bench.at("exact")), Buffer.from(text));
  assert.deepEqual([made.preview?.verb, made.preview?.target], ["create", "app/exact"]);
  assert.deepEqual([made.preview?.before, made.preview?.after, made.preview?.risk], ["", text, "low"]);
  assert.equal(statSync(bench.at("exact")).mode & 0o777, 0o666 & ~process.umask());
  assert.equal((await write("exact", "\ud800")).code, "EINVAL");
});

test("an edit keeps CRLF, the byte order mark and the mode", async () => {
  writeFileSync(bench.at("dos.txt"), "\ufeffone\r\ntwo\r\n");
  chmodSync(bench.at("dos.txt"), 0o755);
  assert.equal((await edit("dos.txt", "one\ntwo", "1\n2\n3")).code, "ok");
  assert.equal(bench.text("dos.txt"), "\ufeff1\r\n2\r\n3\r\n");
  assert.equal(statSync(bench.at("dos.txt")).mode & 0o777, 0o755);
});

test("setuid bits do not survive a write", async () => {
  writeFileSync(bench.at("tool"), "x");
  chmodSync(bench.at("tool"), 0o4755);
  assert.equal((await write("tool", "y")).code, "ok");
  assert.equal(statSync(bench.at("tool")).mode & 0o7777, 0o755);
});

test("nothing is written through a link, at the end or on the way, and the error says where it leads", async () => {
  mkdirSync(bench.at("folder"));
  writeFileSync(bench.at("folder/f"), "kept\n");
  symlinkSync("folder", bench.at("lfolder"));
  symlinkSync("folder/f", bench.at("lfile"));
  symlinkSync(join(bench.outside, "new"), bench.at("ldangling"));
  symlinkSync(bench.outside, bench.at("lout"));
  const before = picture(bench.base);
  for (const path of [
    "lfile",
    "ldangling",
    "lfolder/f",
    "lfolder/new",
    "lout/new",
    "lout",
    "lout/a/b/c",
    "lfolder/../lfile",
  ]) {
    for (const got of [
      await write(path, "x"),
      await edit(path, "kept", "x"),
      await bench.call("fs.mkdir", { path }),
    ]) {
      assert.ok(["EACCES", "EEXIST"].includes(got.code), `${path} ${got.code}`);
      assert.match(got.error?.message ?? "", /link|no folder/, path);
    }
  }
  assert.deepEqual(picture(bench.base), before);
  assert.match((await write("lfile", "x")).error?.message ?? "", /folder\/f/);
});

test("a hard link is broken, not written through, and the preview says so", async () => {
  writeFileSync(join(bench.outside, "shared"), "theirs\n");
  linkSync(join(bench.outside, "shared"), bench.at("hard"));
  const got = await write("hard", "mine\n");
  assert.equal(got.code, "ok");
  assert.match(notesOf(got.preview), /2 names/);
  assert.equal(readFileSync(join(bench.outside, "shared"), "utf8"), "theirs\n");
});

test("read-only files and folders are refused before anybody is asked", async () => {
  writeFileSync(bench.at("ro"), "x");
  chmodSync(bench.at("ro"), 0o444);
  const got = await write("ro", "y");
  assert.equal(got.code, "EACCES");
  assert.match(got.error?.message ?? "", /mode 444/);
});

test("folders, bounds and bad arguments", async () => {
  assert.equal((await write("folder", "x")).code, "EINVAL");
  assert.equal((await write(".", "x")).code, "EINVAL");
  assert.equal((await write("exact/x", "x")).code, "ENOENT");
  assert.equal((await write("big", "x".repeat(5 * 1024 * 1024))).code, "E2BIG");
  assert.equal((await write("x".repeat(256), "x")).code, "EINVAL");
  assert.equal((await edit("gone", "a", "b")).code, "ENOENT");
  assert.equal((await write("a/b", "x")).code, "ok");
  assert.equal((await bench.call("fs.write", { path: ["a", "b"], content: "x" })).code, "EINVAL");
  assert.equal((await bench.call("fs.write", { path: "x" })).code, "EINVAL");
  assert.equal((await bench.call("fs.write", { path: "x", content: "", more: 1 })).code, "EINVAL");
});

test("a folder that may not be made is a need, and then nothing is made", async () => {
  bench.denied = (need) => need.resource === "fs:/app/no";
  assert.equal((await write("no/deep/f", "x")).code, "ENOTCAPABLE");
  assert.equal((await bench.call("fs.mkdir", { path: "no/deep" })).code, "ENOTCAPABLE");
  bench.denied = () => false;
  assert.ok(!existsSync(bench.at("no")));
});

test("the old content is kept, privately, before it goes", async () => {
  writeFileSync(bench.at("kept"), "precious\n");
  const count = preImages().length;
  assert.equal(
    (await write("kept", "new\n", { beforeInvoke: () => assert.equal(preImages().length, count + 1) })).code,
    "ok",
  );
  const copies = preImages().filter(
    (name) => readFileSync(join(bench.home, "pre", name), "utf8") === "precious\n",
  );
  assert.equal(copies.length, 1);
  assert.equal(lstatSync(join(bench.home, "pre", copies[0] ?? "")).mode & 0o777, 0o600);
  assert.equal(lstatSync(join(bench.home, "pre")).mode & 0o777, 0o700);
});

test("a change of a secret file is shown whole and of high risk, and its prestate holds no text", async () => {
  bench.approves = true;
  writeFileSync(bench.at(".env"), "TOKEN=hunter2\n");
  for (const got of [await edit(".env", "TOKEN", "KEY"), await write(".env", "A=1\n")]) {
    assert.equal(got.code, "ok");
    assert.match(got.preview?.before ?? "", /hunter2/);
    assert.ok(!JSON.stringify(got.prestate).includes("hunter2"));
    assert.equal(got.preview?.risk, "high");
    writeFileSync(bench.at(".env"), "TOKEN=hunter2\n");
  }
  bench.seen.clear();
  const gone = await bench.call("fs.delete", { path: ".env" });
  assert.match(gone.preview?.before ?? "", /hunter2/);
  assert.ok(!JSON.stringify(gone.prestate).includes("hunter2"));
  bench.approves = false;
});

test("binary content is replaced with sizes and digests instead of texts", async () => {
  writeFileSync(bench.at("bin"), Buffer.from([0, 1, 2]));
  const got = await write("bin", "text\n");
  assert.equal(got.preview?.before, undefined);
  assert.match(notesOf(got.preview), /Replaces 3 bytes \(sha256 [0-9a-f]{64}\) by 5 bytes/);
  assert.match((await edit("bin2", "a", "b")).code, /ENOENT/);
});

test(
  "a full disk and a read-only disk are said, and leave nothing behind",
  { skip: process.getuid?.() !== 0 },
  async () => {
    const small = bench.at("small");
    mkdirSync(small);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]);
    } catch {
      return;
    }
    try {
      writeFileSync(join(small, "f"), "old\n");
      const full = await write("small/f", "x".repeat(1_000_000));
      assert.equal(full.code, "ENOSPC");
      assert.equal(readFileSync(join(small, "f"), "utf8"), "old\n");
      assert.deepEqual(readdirSync(small), ["f"]);
      execFileSync("mount", ["-o", "remount,ro", small]);
      const ro = await write("small/f", "y");
      assert.equal(ro.code, "EACCES");
      assert.match(ro.error?.message ?? "", /read-only disk/);
      assert.equal((await bench.call("fs.delete", { path: "small/f" })).code, "EACCES");
    } finally {
      execFileSync("umount", [small]);
    }
  },
);

test("a replacement that grows the file beyond its bound is never made, and no text makes the search slow (Q15)", async () => {
  const edit = async (text: string, args: object) => {
    bench.seen.clear();
    writeFileSync(bench.at("grows.txt"), text);
    const got = await bench.call("fs.edit", { path: "grows.txt", ...args });
    return got.code === "ok" ? got.code : `${got.code} ${got.error?.message ?? ""}`;
  };
  const grown = await edit("a".repeat(100_000), { old_text: "a", new_text: "b".repeat(3900), all: true });
  assert.match(grown, /^E2BIG .*would have 390000000 bytes after 100000 replacements; .* holds 4194304/u);
  assert.match(
    await edit("x", { old_text: "x", new_text: "é".repeat(3_000_000) }),
    /^E2BIG .*6000000 bytes/u,
  );
  const dos = await edit("\r\n".repeat(2_000_000), { old_text: "\n", new_text: "\n\n", all: true });
  assert.match(dos, /^E2BIG/u);
  const half = "a".repeat(1_000_000);
  const text = "a".repeat(4_000_000);
  assert.match(
    await edit(text, { old_text: `${half}b${half}`, new_text: "", all: true }),
    /^EINVAL .*not in/u,
  );
  assert.match(await edit(text, { old_text: half, new_text: "" }), /^EINVAL .*1000 or more times/u);
  assert.match(await edit("\n".repeat(4_000_000), { old_text: "x  y", new_text: "" }), /^EINVAL/u);
  assert.match(
    await edit("😀", { old_text: "\ud83d", new_text: "" }),
    /^EINVAL old_text has half a character/u,
  );
  assert.equal(await edit(text, { old_text: "a", new_text: "b", all: true }), "ok");
  assert.equal(bench.text("grows.txt"), "b".repeat(4_000_000));
});
