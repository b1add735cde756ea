// Names of real files: links, nested workspace folders, reserved places and odd names.
import assert from "node:assert/strict";
import { linkSync, mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { OUTSIDE } from "../../../src/abi/resource.ts";
import { Bench } from "../../harness/fs.ts";

const bench = new Bench(["app", "lib", "app/packages/inner"]);

after(() => bench.close());

const read = (path: string, more: object = {}) => bench.call("fs.read", { path, ...more });

writeFileSync(join(bench.outside, "notes.txt"), "outside\n");
writeFileSync(bench.at("numbered.txt"), "line 1\nline 2\n");

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
  wide.approves = true;
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
