// Reading real files: ranges, bounds, encodings, links everywhere, and things that are no files at all.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { OUTSIDE } from "../../../src/abi/resource.ts";
import { Bench } from "../../harness/fs.ts";

const bench = new Bench(["app", "lib", "app/packages/inner"]);
after(() => bench.close());
const read = (path: string, more: object = {}) => bench.call("fs.read", { path, ...more });
const sha = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

writeFileSync(join(bench.outside, "notes.txt"), "outside\n");
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

test("a large file wants a range, and the answer is bounded", async () => {
  const line = `${"x".repeat(99)}\n`;
  writeFileSync(bench.at("large.txt"), line.repeat(30_000));
  const whole = await read("large.txt");
  assert.equal(whole.code, "E2BIG");
  assert.match(whole.error?.hint ?? "", /start_line/);
  const part = await read("large.txt", { start_line: 29_999 });
  assert.equal(part.value?.["content"], line + line);
  assert.equal(part.value?.["sha256"], sha(line.repeat(30_000)));
  const cut = await read("large.txt", { start_line: 1 });
  assert.equal(cut.value?.["truncated"], true);
  assert.ok(String(cut.value?.["content"]).length <= 1024 * 1024);
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
  writeFileSync(bench.at("latin1"), Buffer.from([0xe9, 0x0a]));
  assert.match((await read("latin1")).error?.message ?? "", /binary/);
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

test("links are followed to their real name, which joins the needs", async () => {
  mkdirSync(bench.at("real/deep"), { recursive: true });
  writeFileSync(bench.at("real/deep/f"), "inside\n");
  symlinkSync("real", bench.at("l1"));
  symlinkSync("../l1/deep", bench.at("real/l2"));
  symlinkSync(bench.at("real"), bench.at("absolute"));
  symlinkSync("../lib/x", bench.at("across"));
  writeFileSync(join(bench.roots[1]?.path ?? "", "x"), "lib\n");
  for (const path of ["l1/deep/f", "l1/l2/f", "absolute/deep/f", "l1/../l1/deep/f"]) {
    const got = await read(path);
    assert.equal(got.value?.["content"], "inside\n", path);
    assert.deepEqual(got.needs.at(-1), { resource: "fs:/app/real/deep/f", right: "read" });
  }
  const across = await read("across");
  assert.equal(across.value?.["content"], "lib\n");
  assert.equal(across.value?.["path"], "lib/x");
  assert.equal((await read("l1/gone")).code, "ENOENT");
});

test("a deny on the real name holds through every link to it", async () => {
  bench.denied = (need) => need.resource.startsWith("fs:/app/real/");
  for (const path of ["l1/deep/f", "l1/l2/f", "absolute/deep/f"])
    assert.equal((await read(path)).code, "ENOTCAPABLE", path);
  bench.denied = () => false;
});

test("a link out of the folders needs the outside, at any component and however it is spelled", async () => {
  const { outside } = bench;
  const targets = [
    outside,
    "../../outside",
    "../../../outside/../outside",
    "../../outside/.",
    "/etc",
    "/proc/self/root",
    "//etc",
  ];
  for (const [i, target] of targets.entries()) {
    symlinkSync(target, bench.at(`out${i}`));
    symlinkSync(`out${i}`, bench.at(`again${i}`));
    for (const path of [
      `out${i}/notes.txt`,
      `out${i}`,
      `again${i}/notes.txt`,
      `out${i}/../x`.replace("/../x", "/a/b/c"),
    ]) {
      const got = await read(path);
      assert.equal(got.code, "EACCES", `${target} ${path}`);
      assert.deepEqual(got.needs.at(-1), { resource: OUTSIDE, right: "read" });
    }
    for (const name of ["fs.list", "fs.stat", "fs.find", "fs.search"]) {
      const more = name === "fs.find" ? { pattern: "*" } : name === "fs.search" ? { query: "outside" } : {};
      assert.equal(
        (await bench.call(name, { path: `again${i}`, ...more })).code,
        "EACCES",
        `${name} ${target}`,
      );
    }
  }
});

test("a link back into a root that passes above it is inside", async () => {
  symlinkSync("../../w/app/real/deep/f", bench.at("roundabout"));
  assert.equal((await read("roundabout")).value?.["path"], "app/real/deep/f");
});

test("links in circles end", async () => {
  symlinkSync("loop", bench.at("loop"));
  symlinkSync("pong", bench.at("ping"));
  symlinkSync("ping/x", bench.at("pong"));
  for (const path of ["loop", "ping", "ping/a"]) assert.equal((await read(path)).code, "EINVAL", path);
});

test("a link or file swapped between the decision and the read is noticed", async () => {
  for (const swap of [join(bench.outside, "notes.txt"), "real/deep/f", "numbered.txt"]) {
    writeFileSync(bench.at("victim"), "first\n");
    const got = await bench.call(
      "fs.read",
      { path: "victim" },
      {
        afterResolve: () => {
          unlinkSync(bench.at("victim"));
          symlinkSync(swap, bench.at("victim"));
        },
      },
    );
    assert.equal(got.code, "ESTALE", swap);
    unlinkSync(bench.at("victim"));
  }
  mkdirSync(bench.at("dir"));
  writeFileSync(bench.at("dir/notes.txt"), "first\n");
  const got = await bench.call(
    "fs.read",
    { path: "dir/notes.txt" },
    {
      afterResolve: () => {
        rmSync(bench.at("dir"), { recursive: true });
        symlinkSync(bench.outside, bench.at("dir"));
      },
    },
  );
  assert.equal(got.code, "EACCES");
  assert.match(got.error?.message ?? "", /link/);
});

test("nested roots: every name of a place is a need", async () => {
  writeFileSync(bench.at("packages/inner/f"), "inner\n");
  const outer = await read("app/packages/inner/f");
  assert.deepEqual(
    outer.needs.map((n) => n.resource),
    ["fs:/app/packages/inner/f", "fs:/inner/f"],
  );
  const inner = await read("inner/f");
  assert.deepEqual(
    inner.needs.map((n) => n.resource),
    ["fs:/inner/f", "fs:/app/packages/inner/f"],
  );
  bench.denied = (need) => need.resource.startsWith("fs:/inner");
  assert.equal((await read("app/packages/inner/f")).code, "ENOTCAPABLE");
  const listed = await bench.call("fs.list", { path: "app/packages" });
  assert.deepEqual([listed.value?.["entries"], listed.value?.["hidden"]], [[], 1]);
  bench.denied = () => false;
});

test("reserved places are out of reach by identity, under any name", async () => {
  mkdirSync(bench.at(".agentlibos/journal"), { recursive: true });
  writeFileSync(bench.at(".agentlibos/journal/1"), "record\n");
  writeFileSync(join(bench.home, "key"), "key\n");
  symlinkSync(".agentlibos", bench.at("innocent"));
  assert.equal((await read("innocent/journal/1")).code, "EACCES");
  assert.equal((await read(".agentlibos/journal/1")).code, "ENOTCAPABLE");
});

test("a workspace that contains the user's data folder and another root opens neither", async () => {
  const wide = new Bench(["app"]);
  wide.roots.push({ name: "all", path: wide.base });
  writeFileSync(join(wide.home, "key"), "key\n");
  mkdirSync(wide.at("inside"));
  try {
    assert.equal((await wide.call("fs.read", { path: "all/home/key" })).code, "EACCES");
    assert.equal((await wide.call("fs.list", { path: "all/home" })).code, "EACCES");
    assert.equal((await wide.call("fs.write", { path: "all/home/x", content: "" })).code, "EACCES");
    assert.equal((await wide.call("fs.delete", { path: "all/home", recursive: true })).code, "EACCES");
    assert.equal((await wide.call("fs.delete", { path: "all/w", recursive: true })).code, "EACCES");
    assert.equal((await wide.call("fs.delete", { path: "all/w/app", recursive: true })).code, "EACCES");
    assert.equal((await wide.call("fs.delete", { path: "app", recursive: true })).code, "EACCES");
    assert.equal((await wide.call("fs.move", { from: "all/w", to: "all/v" })).code, "EACCES");
    assert.equal((await wide.call("fs.delete", { path: "all", recursive: true })).code, "EACCES");
    const found = await wide.call("fs.find", { path: "all", pattern: "key" });
    assert.deepEqual(found.value?.["matches"], []);
  } finally {
    wide.close();
  }
});

test("odd names are read by the name that their folder lists", async () => {
  const names = [
    "new\nline",
    "tab\t",
    "\u202egnp.exe",
    "😀",
    "é".repeat(127),
    "x".repeat(255),
    "a;b*c%d",
    "-rf",
    "...",
    "con",
  ];
  mkdirSync(bench.at("odd"));
  for (const name of names) writeFileSync(bench.at("odd", name), name);
  const listed = await bench.call("fs.list", { path: "odd" });
  const entries = listed.value?.["entries"];
  assert.ok(Array.isArray(entries) && entries.length === names.length);
  for (const name of names)
    assert.equal((await read(`odd/${name}`)).value?.["content"], name, JSON.stringify(name));
  assert.equal((await read(`odd/${"x".repeat(256)}`)).code, "EINVAL");
  writeFileSync(Buffer.concat([Buffer.from(bench.at("odd") + "/"), Buffer.from([0xff, 0x61])]), "bytes");
  assert.equal((await bench.call("fs.list", { path: "odd" })).value?.["hidden"], 1);
});

test("a hard link cannot be told apart from a file", async () => {
  linkSync(join(bench.outside, "notes.txt"), bench.at("hard"));
  assert.equal((await read("hard")).value?.["content"], "outside\n");
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
