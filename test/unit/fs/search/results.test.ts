// Results of a search: excerpts hold their match, counts come first, and the rest can be had.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { RESULT_MAX } from "../../../../src/agent/context/results.ts";
import { share } from "../../../support/runs.ts";
import type { Bench, Outcome } from "../../../harness/fs.ts";
import { workspace, searched, found } from "./workspace.ts";

/** The value of a call as its model reads it. */
function told(bench: Bench, name: string, args: object, got: Outcome): string {
  assert.equal(got.code, "ok", JSON.stringify(got.error));
  return bench.operations.get(name)?.told(got.value, args) ?? "";
}

const bits = fc.constantFrom("a", "é", "e\u0301", "😀", "\u0130", "\t", "👩‍👩‍👧", "(", " ", "中");

const line = fc
  .tuple(fc.array(bits, { minLength: 1, maxLength: 30 }), fc.nat(60))
  .map(([all, times]) => all.join("").repeat(times));

test(
  "an excerpt holds its match in whole characters, and the column is that of the match",
  { timeout: 60_000 },
  async () => {
    const bench = workspace({});
    await fc.assert(
      fc.asyncProperty(line, line, fc.boolean(), fc.boolean(), async (before, behind, regex, ignoreCase) => {
        writeFileSync(bench.at("f"), `first\n${before}Needle${behind}\nlast\n`);
        const query = ignoreCase ? "nEEDLE" : "Needle";
        const got = await bench.call("fs.search", { query, path: "f", regex, ignore_case: ignoreCase });
        // On a busy machine the thread of a pattern may not get its second.
        if (regex && got.code === "ETIMEDOUT") return;
        const [hit, ...more] = searched.parse(got.value).matches;
        assert.ok(hit?.line === 2 && more.length === 0);
        assert.ok(hit.text.includes("Needle"), hit.text);
        assert.ok(hit.text.length <= 402 && hit.text.isWellFormed() && !hit.text.includes("\ufffd"));
        assert.equal(
          [...`${before}Needle${behind}`]
            .slice(hit.column - 1)
            .join("")
            .indexOf("Needle"),
          0,
        );
        const whole = `${before}Needle${behind}`;
        assert.ok(whole.includes(hit.text.replace(/^…|…$/gu, "")));
        assert.equal(hit.text.startsWith("…"), !whole.startsWith(hit.text.replace(/…$/u, "")));
      }),
      { numRuns: share(300) },
    );
  },
);

test("a match longer than its excerpt begins in it", async () => {
  const bench = workspace({ f: `${"x".repeat(5000)}${"y".repeat(900)}\n` });
  const got = searched.parse((await bench.call("fs.search", { query: "y+", regex: true })).value);
  assert.deepEqual([got.matches[0]?.column, got.matches[0]?.text.includes("xyyy")], [5001, true]);
});

test("whatever stopped a search, the next call goes on, and every line is told once", async () => {
  const files = { "a/one": 450, "a/two": 30, "b/many": 120, "b/none": 0, c: 201, "d.ts": 1 };
  const bench = workspace(
    Object.fromEntries(Object.entries(files).map(([path, n]) => [path, "needle here\nno\n".repeat(n)])),
  );
  for (const [path, n] of Object.entries(files)) {
    const seen: number[] = [];
    for (let next: object | undefined = {}; next !== undefined;) {
      const got = searched.parse((await bench.call("fs.search", { query: "needle", path, ...next })).value);
      for (const { line: at } of got.matches) seen.push(at);
      next = got.next;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: n }, (_, i) => 2 * i + 1),
      path,
    );
  }
  const all: string[] = [];
  let calls = 0;
  for (let next: object | undefined = {}; next !== undefined; calls++) {
    const got = searched.parse((await bench.call("fs.search", { query: "needle", ...next })).value);
    for (const { path, line: at } of got.matches) all.push(`${path}:${at}`);
    if (calls === 0) assert.match(got.note ?? "", /first 50 lines are shown of "app\/a\/one"/u);
    next = got.next;
  }
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(
    [...new Set(all.map((one) => one.replace(/:\d+$/u, "")))],
    [...["app/a/one", "app/a/two", "app/b/many", "app/c", "app/d.ts"]],
  );
});

test("more matches than one answer holds are counted, and the rest can be had", async () => {
  const bench = workspace({});
  mkdirSync(bench.at("m"));
  for (let i = 0; i < 2300; i++) writeFileSync(bench.at("m", `f${String(i).padStart(4, "0")}.x`), "");
  const seen: string[] = [];
  const totals: (number | undefined)[] = [];
  for (let next: object | undefined = {}; next !== undefined;) {
    const args: object = { pattern: "*.x", ...next };
    const got = await bench.call("fs.find", args);
    const value = found.parse(got.value);
    const [first = "", second = ""] = told(bench, "fs.find", args, got).split("\n");
    if (seen.length === 0)
      assert.deepEqual(
        [first, second],
        [
          "2300 matches in app.",
          "Nothing was filtered: this is no git repository. Only the first 1000 of 2300 are shown.",
        ],
      );
    for (const path of value.matches) seen.push(path);
    totals.push(value.total);
    next = value.next;
  }
  assert.deepEqual([new Set(seen).size, seen.length, totals], [2300, 2300, [2300, 1300, undefined]]);
  const listed: string[] = [];
  for (let args: { path: string; after?: string } | undefined = { path: "m" }; args !== undefined;) {
    const got = await bench.call("fs.list", args);
    const text = told(bench, "fs.list", args, got);
    assert.match(text, /^2300 names in app\/m\./u);
    for (const one of text.matchAll(/^(f\d+\.x) \(0 bytes\)$/gmu)) listed.push(one[1] ?? "");
    const next: string | undefined = /call again with after "([^"]*)"/u.exec(text)?.[1];
    args = next === undefined ? undefined : { path: "m", after: next };
  }
  assert.deepEqual([new Set(listed).size, listed.length], [2300, 2300]);
});

test("a result is never longer than what a model is sent, and the rest can be had", async () => {
  const bench = workspace({ wide: `needle ${"x".repeat(390)}\n`.repeat(300) });
  mkdirSync(bench.at("long"));
  for (let i = 0; i < 900; i++)
    writeFileSync(bench.at("long", `${"n".repeat(240)}${String(i).padStart(3, "0")}.x`), "");
  const lines: number[] = [];
  for (let next: object | undefined = {}; next !== undefined;) {
    const args: object = { query: "needle", path: "wide", ...next };
    const got = await bench.call("fs.search", args);
    assert.ok(told(bench, "fs.search", args, got).length < RESULT_MAX);
    const value = searched.parse(got.value);
    for (const { line: at } of value.matches) lines.push(at);
    next = value.next;
  }
  assert.deepEqual(
    lines,
    Array.from({ length: 300 }, (_, i) => i + 1),
  );
  const paths: string[] = [];
  for (let next: object | undefined = {}; next !== undefined;) {
    const args: object = { pattern: "long/*", ...next };
    const got = await bench.call("fs.find", args);
    assert.ok(told(bench, "fs.find", args, got).length < RESULT_MAX);
    const value = found.parse(got.value);
    for (const path of value.matches) paths.push(path);
    next = value.next;
  }
  assert.deepEqual([paths.length, new Set(paths).size], [900, 900]);
  const list = { path: "long" };
  const text = told(bench, "fs.list", list, await bench.call("fs.list", list));
  assert.ok(text.length < RESULT_MAX);
  assert.match(
    text,
    /^900 names in app\/long\.\nOnly \d+ are shown\. To go on, call again with after "n+\d+\.x"\./u,
  );
});

test("what was left out is told after the counts", async () => {
  const bench = workspace({
    ...{ ".gitignore": "dist/\n", "dist/a.ts": "needle\n", "src/a.ts": "needle one\nx\nneedle two\n" },
    ...{ "src/b.ts": "\tneedle\n", ".env": "needle=1\n", bin: "needle\0" },
  });
  execFileSync("git", ["-C", bench.at(), "init", "-q"]);
  const args = { query: "needle" };
  const text = told(bench, "fs.search", args, await bench.call("fs.search", args));
  assert.equal(
    text,
    [
      "3 matches in 2 files; searched 3 files in app.",
      "Not searched: 1 file that is binary or too large.",
      "Left out: 1 that may not be seen, 2 that git ignores.",
      "",
      "app/src/a.ts:1:1: needle one",
      "app/src/a.ts:3:1: needle two",
      "",
      "app/src/b.ts:1:2: \tneedle",
    ].join("\n"),
  );
  const none = searched.parse((await bench.call("fs.search", { query: "needle", include: "*.js" })).value);
  assert.match(none.note ?? "", /2 names that git ignores were left out; pass ignored/u);
  const list = { path: "." };
  const listed = told(bench, "fs.list", list, await bench.call("fs.list", list));
  assert.match(listed, /^\d names in app\.\n\n(?:.*\n)*src\/$/u);
  const made = { path: "new" };
  assert.equal(told(bench, "fs.mkdir", made, await bench.call("fs.mkdir", made)), "Made the folder app/new.");
  assert.match(told(bench, "fs.mkdir", made, await bench.call("fs.mkdir", made)), /was there already/u);
  const move = { from: "new", to: "newer" };
  assert.equal(
    told(bench, "fs.move", move, await bench.call("fs.move", move)),
    "Moved app/new to app/newer.",
  );
  const gone = { path: "src", recursive: true };
  assert.equal(
    told(bench, "fs.delete", gone, await bench.call("fs.delete", gone)),
    "Deleted app/src, 3 names in all.",
  );
});
