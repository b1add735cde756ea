// Finding and searching real files: globs, what is ignored, what is denied, and bounds on patterns, files and matches.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Bench, type Outcome } from "../../../harness/fs.ts";
import { z } from "zod";
import { share } from "../../../support/runs.ts";

const bench = new Bench(["app", "plain"]);
after(() => bench.close());
const git = (...args: string[]): void => {
  execFileSync("git", ["-C", bench.at(), ...args], { stdio: "ignore" });
};
const find = (pattern: string, more: object = {}) => bench.call("fs.find", { pattern, ...more });
const search = (query: string, more: object = {}) => bench.call("fs.search", { query, ...more });

const match = z.object({ path: z.string(), line: z.int().optional() });

/** The matches of a search as `path:line`. */
function hits(got: Outcome): string[] {
  const matches = got.value?.["matches"];
  assert.ok(Array.isArray(matches), got.error?.message);
  return matches.map((m: unknown) => {
    const { path, line } = match.parse(typeof m === "string" ? { path: m } : m);
    return line === undefined ? path : `${path}:${line}`;
  });
}

git("init", "-q");
writeFileSync(bench.at(".gitignore"), "dist/\n*.log\n");
mkdirSync(bench.at("src/deep"), { recursive: true });
mkdirSync(bench.at("dist"));
mkdirSync(bench.at("nested"));
writeFileSync(bench.at("src/a.ts"), "one\nneedle two\nthree needle\n");
writeFileSync(bench.at("src/deep/b.ts"), "NEEDLE\r\nneedle.\r\n");
writeFileSync(bench.at("dist/out.ts"), "needle\n");
writeFileSync(bench.at("x.log"), "needle\n");
writeFileSync(bench.at(".env"), "needle=1\n");
writeFileSync(bench.at("bin"), Buffer.from("needle\0"));
symlinkSync("src/a.ts", bench.at("link.ts"));
symlinkSync(bench.outside, bench.at("out"));
writeFileSync(join(bench.outside, "z.ts"), "needle\n");
execFileSync("git", ["-C", bench.at("nested"), "init", "-q"]);
writeFileSync(bench.at("nested/n.ts"), "needle\n");
git("add", "src/a.ts");

test("find goes by glob, skips what git ignores, enters no link", async () => {
  const got = await find("*.ts");
  assert.deepEqual(hits(got), ["app/link.ts", "app/nested/n.ts", "app/src/a.ts", "app/src/deep/b.ts"]);
  assert.equal(got.value?.["note"], undefined);
  assert.ok(Number(got.value?.["ignored"]) >= 3);
  assert.deepEqual(hits(await find("src/**")), [
    "app/src/",
    "app/src/a.ts",
    "app/src/deep/",
    "app/src/deep/b.ts",
  ]);
  assert.deepEqual(hits(await find("*.ts", { path: "src/deep" })), ["app/src/deep/b.ts"]);
  assert.deepEqual(hits(await find("out.ts", { ignored: true })), ["app/dist/out.ts"]);
  assert.equal((await find("{")).code, "EINVAL");
});

test("search finds lines, skips binaries, secrets, ignored files and links", async () => {
  const got = await search("needle");
  assert.deepEqual(hits(got), [
    "app/nested/n.ts:1",
    "app/src/a.ts:2",
    "app/src/a.ts:3",
    "app/src/deep/b.ts:2",
  ]);
  assert.deepEqual([got.value?.["skipped"], got.value?.["hidden"]], [1, 1]);
  assert.deepEqual(hits(await search("needle", { path: "src", ignore_case: true, include: "*/b.ts" })), [
    "app/src/deep/b.ts:1",
    "app/src/deep/b.ts:2",
  ]);
  assert.deepEqual(hits(await search("^NEE?DLE$|\\.$", { regex: true, path: "src" })), [
    "app/src/deep/b.ts:1",
    "app/src/deep/b.ts:2",
  ]);
  assert.deepEqual(hits(await search("needle.", { path: "src" })), ["app/src/deep/b.ts:2"]);
  assert.deepEqual(hits(await search("nowhere")), []);
});

test("one file is searched when reading it is allowed", async () => {
  const got = await search("needle", { path: "src/a.ts" });
  assert.deepEqual(hits(got), ["app/src/a.ts:2", "app/src/a.ts:3"]);
  assert.ok(got.needs.some((n) => n.right === "read" && n.resource === "fs:/app/src/a.ts"));
  assert.equal((await search("needle", { path: ".env" })).code, "ENOTCAPABLE");
});

test("a denied folder is passed by and counted", async () => {
  bench.denied = (need) => need.resource.startsWith("fs:/app/src/deep");
  assert.deepEqual(hits(await search("needle", { path: "src" })), ["app/src/a.ts:2", "app/src/a.ts:3"]);
  const got = await find("*.ts", { path: "src" });
  assert.deepEqual([hits(got), got.value?.["hidden"]], [["app/src/a.ts"], 1]);
  bench.denied = () => false;
});

test("without git nothing is filtered, and it is said", async () => {
  mkdirSync(join(bench.roots[1]?.path ?? "", "dist"));
  writeFileSync(join(bench.roots[1]?.path ?? "", "dist/x.ts"), "needle\n");
  const got = await search("needle", { path: "plain" });
  assert.deepEqual(hits(got), ["plain/dist/x.ts:1"]);
  assert.match(String(got.value?.["note"]), /Nothing was filtered: this is no git repository/);
  const path = process.env["PATH"];
  process.env["PATH"] = bench.at();
  const missing = await search("needle", { path: "src" });
  process.env["PATH"] = path;
  assert.match(String(missing.value?.["note"]), /git is not installed/);
});

test("a pattern that would never end is given up", async () => {
  writeFileSync(bench.at("src/evil"), `${"a".repeat(40)}!\n`);
  const start = performance.now();
  const got = await search("^(a+)+$", { regex: true, path: "src" });
  assert.equal(got.code, "ETIMEDOUT");
  assert.ok(performance.now() - start < 3000);
  rmSync(bench.at("src/evil"));
  assert.equal((await search("(", { regex: true })).code, "EINVAL");
});

test("many matches and long lines are bounded", async () => {
  writeFileSync(bench.at("src/long"), `${"needle ".repeat(1000)}\n`.repeat(500));
  const got = await search("needle", { path: "src/long" });
  // Fewer lines than 200, because all of them must fit into what a model is sent.
  assert.ok(hits(got).length > 100 && hits(got).length < 200, `${hits(got).length} lines`);
  assert.equal(got.value?.["truncated"], true);
  assert.ok(JSON.stringify(got.value).length < 60_000);
  for (let i = 0; i < 10; i++) writeFileSync(bench.at(`src/long${i}`), "needle\n".repeat(100));
  const all = await search("needle", { path: "src" });
  assert.deepEqual([hits(all).length, all.value?.["truncated"]], [200, true]);
});

test("a pattern that takes all its steps says that not everything was looked at", async () => {
  mkdirSync(bench.at("costly"));
  const name = "a".repeat(200);
  for (let i = 0; i < 3000; i++) writeFileSync(bench.at("costly", `${name}${i}`), "needle\n");
  const pattern = `${"{*,*}".repeat(5)}${"a".repeat(95)}b`;
  const found = await find(pattern, { path: "costly", ignored: true });
  assert.deepEqual([found.code, found.value?.["truncated"]], ["ok", true]);
  assert.match(String(found.value?.["note"]), /Narrow the path or the pattern/u);
  const searched = await search("needle", { path: "costly", include: pattern, ignored: true });
  assert.deepEqual([searched.code, searched.value?.["truncated"]], ["ok", true]);
  rmSync(bench.at("costly"), { recursive: true });
});

test("lines of a regular expression are those of a plain search", async () => {
  writeFileSync(bench.at("src/ends"), "one\r\n\ntwo\n\r\nthree");
  const lines = async (query: string) => hits(await search(query, { path: "src/ends", regex: true }));
  assert.deepEqual(await lines("^$"), ["app/src/ends:2", "app/src/ends:4"]);
  assert.deepEqual(await lines("e$"), ["app/src/ends:1", "app/src/ends:5"]);
  writeFileSync(bench.at("src/ends"), "\n".repeat(share(2_000_000)));
  assert.equal((await lines("^$")).length, 200);
  assert.deepEqual(await lines("x"), []);
  rmSync(bench.at("src/ends"));
});
