// The walk of a search: in parts as whole, with the rules of repositories inside and of patterns that name what is there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../../src/abi/errors.ts";
import type { Place } from "../../../../src/primitives/fs/backend.ts";
import { share } from "../../../support/runs.ts";
import { Bench } from "../../../harness/fs.ts";
import { workspace, searched, found } from "./workspace.ts";

test("a walk in parts visits what a whole walk visits, in the same order", async () => {
  const names = fc.constantFrom("a", "b", "a.b", "c", "A", "z");
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.array(names, { minLength: 1, maxLength: 4 }), {
        maxLength: 25,
        selector: (p) => p.join("/"),
      }),
      fc.integer({ min: 1, max: 4 }),
      async (paths, maxEntries) => {
        const bench = new Bench();
        try {
          for (const path of paths) mkdirSync(bench.at(...path), { recursive: true });
          const whole = found.parse(
            (await bench.call("fs.find", { pattern: "**", ignored: true })).value,
          ).matches;
          const spot = await bench.backend.follow(
            { folder: "app", segments: [] },
            "list",
            bench.grant("look", [{ right: "list", resource: "fs:/app" }]),
          );
          assert.ok(!isFault(spot) && spot.kind !== "outside");
          const grant = bench.grant("full", [{ right: "list", resource: "fs:/app" }]);
          const parts: string[] = [];
          for (let last: Place | undefined, more = true; more;) {
            const how = {
              right: "list" as const,
              maxEntries,
              shows: () => true,
              ...(last && { after: last }),
            };
            const walked = await bench.backend.walk(
              spot,
              how,
              grant,
              new AbortController().signal,
              async (met) => {
                parts.push(`app/${met.place.segments.join("/")}/`);
                return true;
              },
            );
            assert.ok(!isFault(walked));
            last = walked.last ?? last;
            more = walked.truncated;
          }
          assert.deepEqual(parts, whole);
        } finally {
          bench.close();
        }
      },
    ),
    { numRuns: share(200) },
  );
});

test("a repository inside keeps its own rules in every search from above", async () => {
  const bench = workspace({
    ...{ "top.txt": "needle\n", "nested/.gitignore": "out/\n", "nested/in.txt": "needle\n" },
    "nested/out/made.txt": "needle\n",
  });
  for (const folder of ["", "nested"]) execFileSync("git", ["-C", bench.at(folder), "init", "-q"]);
  const got = searched.parse((await bench.call("fs.search", { query: "needle" })).value);
  assert.deepEqual(
    got.matches.map((m) => m.path),
    ["app/nested/in.txt", "app/top.txt"],
  );
  const names = found.parse((await bench.call("fs.find", { pattern: "*.txt" })).value).matches;
  assert.deepEqual(names, ["app/nested/in.txt", "app/top.txt"]);
});

test("a folder that is named and ignored is looked into, by path and by pattern", async () => {
  const bench = workspace({ ".gitignore": "build/\n", "build/in/out.txt": "needle\n", "x.txt": "no\n" });
  execFileSync("git", ["-C", bench.at(), "init", "-q"]);
  const paths = async (args: object): Promise<string[]> =>
    searched
      .parse((await bench.call("fs.search", { query: "needle", ...args })).value)
      .matches.map((m) => m.path);
  assert.deepEqual(await paths({ path: "build" }), ["app/build/in/out.txt"]);
  for (const include of ["build/**", "build/in/out.txt", "app/build/**/*.txt"])
    assert.deepEqual(await paths({ include }), ["app/build/in/out.txt"], include);
  assert.deepEqual(await paths({ include: "*.txt" }), []);
  for (const pattern of ["build", "build/**/*.txt", "build/in/out.txt"]) {
    const got = found.parse((await bench.call("fs.find", { pattern })).value);
    assert.equal(got.matches.length, 1, pattern);
    assert.match(got.note ?? "", /Git ignores "app\/build.*the pattern names it/u);
  }
});

const ODD = [
  ...[
    "src/[id]/page.tsx",
    "src/i/page.tsx",
    "src/[...all]/x.ts",
    "src/[[opt]]/y.ts",
    "(group)/p.ts",
    "@slot/s.ts",
  ],
  ...["{a,b}.txt", "a.txt", "b.txt", "odd{/z.ts", "re\u0301/e\u0301.md", "c [1].txt"],
];

/** Patterns and the files that they name; the first of a row is taken literally where it is there. */
const NAMED: readonly (readonly [pattern: string, ...paths: string[]])[] = [
  ...ODD.filter((path) => path.includes("/")).map((path) => [path, path] as const),
  ...ODD.filter((path) => path.includes("/")).map((path) => [`app/${path}`, path] as const),
  ["src/[id]/*.tsx", "src/[id]/page.tsx"],
  ["src/[id]/**", "src/[id]/page.tsx"],
  ["src/[i]/page.tsx", "src/i/page.tsx"],
  ["**/[id]/page.tsx", "src/[id]/page.tsx", "src/i/page.tsx"],
  ["src/\\[id\\]/page.tsx", "src/[id]/page.tsx"],
  ["src\\i\\page.tsx", "src/i/page.tsx"],
  ["{a,b}.txt", "{a,b}.txt"],
  ["./{a,b}.txt", "{a,b}.txt"],
  ["[ab].txt", "a.txt", "b.txt"],
  ["c [1].txt", "c [1].txt"],
  ["r\u00e9/\u00e9.md", "re\u0301/e\u0301.md"],
  ["r\u00e9/*.md", "re\u0301/e\u0301.md"],
  ["(group)/*", "(group)/p.ts"],
  ["app/**/*.tsx", "src/[id]/page.tsx", "src/i/page.tsx"],
];

test("a pattern that names what is there matches it, whatever signs its name has", async () => {
  const bench = workspace(Object.fromEntries(ODD.map((path) => [path, "needle\n"])));
  const absolute = NAMED.map(([pattern, ...paths]) => [`${bench.at()}/${pattern}`, ...paths] as const);
  for (const [pattern, ...paths] of [...NAMED, ...absolute.filter(([p]) => !/app\/app|[\\]|\.\//u.test(p))]) {
    const expected = paths.map((path) => `app/${path}`).sort();
    const got = await bench.call("fs.find", { pattern });
    const files = found.parse(got.value ?? {}).matches.filter((path) => !path.endsWith("/"));
    assert.deepEqual(files.sort(), expected, pattern);
    const search = await bench.call("fs.search", { query: "needle", include: pattern });
    assert.deepEqual(
      searched
        .parse(search.value)
        .matches.map((m) => m.path)
        .sort(),
      expected,
      pattern,
    );
  }
});
