// Reading real files: ranges, bounds, encodings, and things that are no files at all.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { OUTSIDE } from "../../../src/abi/resource.ts";
import { Bench } from "../../harness/fs.ts";

const bench = new Bench(["app", "lib", "app/packages/inner"]);

after(() => bench.close());

const read = (path: string, more: object = {}) => bench.call("fs.read", { path, ...more });

const sha = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

const numbered = Array.from({ length: 1000 }, (_, i) => `line ${i + 1}`).join("\n") + "\n";

writeFileSync(bench.at("numbered.txt"), numbered);

test("ranges count lines from one and report the whole", async () => {
  const got = await read("numbered.txt", { start_line: 10, end_line: 12 });
  assert.equal(got.value?.["content"], "line 10\nline 11\nline 12\n");
  assert.deepEqual([got.value?.["first"], got.value?.["last"], got.value?.["total"]], [10, 12, 1000]);
  assert.equal(got.value?.["sha256"], sha(numbered));
  assert.equal((await read("numbered.txt", { start_line: 999 })).value?.["content"], "line 999\nline 1000\n");
  assert.equal((await read("numbered.txt", { start_line: 1001 })).code, "EINVAL");
  assert.equal((await read("numbered.txt", { start_line: 5, end_line: 4 })).code, "EINVAL");
  assert.equal((await read("numbered.txt", { start_line: 0 })).code, "EINVAL");
});

test("an empty file and a file without a final line end", async () => {
  writeFileSync(bench.at("empty"), "");
  const empty = await read("empty");
  assert.deepEqual([empty.value?.["content"], empty.value?.["total"], empty.value?.["first"]], ["", 0, 0]);
  writeFileSync(bench.at("bare"), "a\nb");
  const bare = await read("bare", { start_line: 2 });
  assert.deepEqual([bare.value?.["content"], bare.value?.["total"], bare.value?.["last"]], ["b", 2, 2]);
});

test("an answer is bounded to whole lines, and says where the next part begins", async () => {
  const line = `${"x".repeat(99)}\n`;
  writeFileSync(bench.at("large.txt"), line.repeat(30_000));
  const whole = await read("large.txt");
  const { content, last, next, characters, truncated } = whole.value ?? {};
  assert.equal(content, line.repeat(Number(last)));
  assert.ok(String(content).length > 40_000 && String(content).length <= 48_000);
  assert.deepEqual([next, characters, truncated], [{ start_line: Number(last) + 1 }, 3_000_000, true]);
  const part = await read("large.txt", { start_line: 29_999 });
  assert.equal(part.value?.["content"], line + line);
  assert.equal(part.value?.["sha256"], sha(line.repeat(30_000)));
  assert.deepEqual([part.value?.["truncated"], part.value?.["next"]], [false, undefined]);
});

test("one endless line is cut between characters", async () => {
  writeFileSync(bench.at("endless"), "é".repeat(2_000_000));
  const got = await read("endless", { start_line: 1 });
  assert.equal(got.value?.["truncated"], true);
  assert.match(String(got.value?.["content"]), /^é+$/u);
});

test("a huge file is refused before it is read", async () => {
  writeFileSync(bench.at("huge"), "");
  truncateSync(bench.at("huge"), 300 * 1024 * 1024);
  const start = performance.now();
  assert.equal((await read("huge", { start_line: 1 })).code, "E2BIG");
  assert.ok(performance.now() - start < 200);
  rmSync(bench.at("huge"));
});

test("binary is said, with size and digest; UTF-16 with a mark is read", async () => {
  const binary = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 1]);
  writeFileSync(bench.at("x.png"), binary);
  const got = await read("x.png");
  assert.equal(got.code, "EINVAL");
  assert.match(got.error?.message ?? "", new RegExp(`binary: 7 bytes, sha256 ${sha(binary)}`));
  writeFileSync(
    bench.at("wide"),
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("a\nb\nc\n", "utf16le")]),
  );
  const wide = await read("wide", { start_line: 2, end_line: 2 });
  assert.deepEqual(
    [wide.value?.["content"], wide.value?.["encoding"], wide.value?.["total"]],
    ["b\n", "utf-16le", 3],
  );
});

test("folders, pipes, sockets and devices are refused at once", async () => {
  assert.match((await read(".")).error?.message ?? "", /folder/);
  execFileSync("mkfifo", [bench.at("pipe")]);
  symlinkSync("/dev/zero", bench.at("zero"));
  const server = createServer().listen(bench.at("socket"));
  const start = performance.now();
  for (let i = 0; i < 8; i++) assert.equal((await read("pipe")).code, "EINVAL");
  assert.equal((await read("socket")).code, "EINVAL");
  const zero = await read("zero");
  assert.equal(zero.code, "EACCES");
  assert.deepEqual(zero.needs.at(-1), { resource: OUTSIDE, right: "read" });
  assert.ok(performance.now() - start < 500);
  server.close();
  assert.equal((await bench.call("fs.write", { path: "pipe", content: "x" })).code, "EINVAL");
  assert.equal((await bench.call("fs.search", { query: "x", path: "." })).code, "ok");
});

test("stat tells kind, size, mode and time", async () => {
  const got = await bench.call("fs.stat", { path: "numbered.txt" });
  assert.deepEqual([got.value?.["kind"], got.value?.["bytes"]], ["file", numbered.length]);
  assert.match(String(got.value?.["modified"]), /^\d{4}-.*Z$/);
  assert.equal((await bench.call("fs.stat", { path: "gone" })).code, "ENOENT");
  assert.equal((await bench.call("fs.stat", { path: "numbered.txt/x" })).code, "ENOENT");
});

test("whether a secret exists is told no earlier than its content (P5)", async () => {
  symlinkSync(".env.gone", bench.at("innocent-link"));
  writeFileSync(bench.at(".env"), "A=1\n");
  for (const path of [
    ".env",
    ".ENV",
    ".env.gone",
    ".env/x",
    "innocent-link",
    "numbered.txt/../.env",
    ".env::$DATA",
  ]) {
    assert.equal((await read(path)).code, "ENOTCAPABLE", path);
  }
  bench.approves = true;
  assert.equal((await read(".env")).code, "ok");
  assert.equal((await read(".ENV")).code, "ENOENT");
  bench.approves = false;
});
