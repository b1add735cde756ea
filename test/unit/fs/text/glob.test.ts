// Globs: what matches, what is refused, and that no pattern takes more than its steps.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import picomatch from "picomatch/posix.js";
import { isFault } from "../../../../src/abi/errors.ts";
import { compileGlob, MAX_STEPS } from "../../../../src/primitives/fs/text/glob.ts";
import { LONG, share } from "../../../support/runs.ts";

function check(pattern: string, yes: readonly string[], no: readonly string[]): void {
  test(pattern, () => {
    const glob = compileGlob(pattern);
    assert.ok(!isFault(glob));
    for (const path of yes) assert.ok(glob.matches(path.split("/")), `${pattern} should match ${path}`);
    for (const path of no) assert.ok(!glob.matches(path.split("/")), `${pattern} should not match ${path}`);
  });
}

check("*.ts", ["a.ts", "src/a.ts", "a/b/.ts"], ["a.tsx", "a.ts/x"]);
check("src/*.ts", ["src/a.ts"], ["a.ts", "src/b/a.ts", "x/src/a.ts"]);
check("./src/*.ts", ["src/a.ts"], ["a.ts"]);
check("src/**/*.ts", ["src/a.ts", "src/b/c/a.ts"], ["a.ts", "lib/src/a.ts"]);
check("**/x", ["x", "a/x", "a/b/x"], ["x/a"]);
check("**", ["a", "a/b"], []);
check("a/**", ["a", "a/b", "a/b/c"], ["b/a"]);
check("a/**/b/**/c", ["a/b/c", "a/x/b/y/z/c"], ["a/c", "b/c"]);
check("?.md", ["a.md", "é.md", "😀.md"], ["ab.md", ".md"]);
check("[a-c]x", ["ax", "cx"], ["dx", "x"]);
check("[!a-c]x", ["dx"], ["ax"]);
check("*.{ts,js}", ["a.ts", "a.js"], ["a.{ts,js}", "a.css"]);
check("{a,b{c,d}}/x", ["a/x", "bc/x", "bd/x"], ["b/x"]);
check("a*b*c", ["abc", "axxbyyc", "abbc"], ["ab", "acb"]);
check("*", ["a", "x/y"], []);
check("a.b", ["a.b"], ["axb"]);
check("a+b(c)|^$", ["a+b(c)|^$"], ["aab"]);
check("\u202e*", ["\u202etxt"], ["txt"]);

const REFUSED = [
  ...["", "{a", "a}", "[a", "x".repeat(600), "{a,b}".repeat(10), "{".repeat(500), "{,".repeat(250)],
  ...[`{${"a,".repeat(120)}a}${"b".repeat(200)}`, "**/a/".repeat(40), "a/".repeat(65)],
];
for (const bad of REFUSED) {
  test(`${JSON.stringify(bad.slice(0, 20))} is refused`, () => assert.ok(isFault(compileGlob(bad))));
}

/** Patterns as expensive as the bounds allow, with names made for them. */
const COSTLY: readonly (readonly [pattern: string, names: (i: number) => string[]])[] = [
  ["**/".repeat(140), (i) => [..."a".repeat(40), `x${i}`]],
  ["**/a*/".repeat(31) + "b", (i) => [..."a".repeat(60), `x${i}`]],
  [`${"*a".repeat(250)}b`, (i) => ["a".repeat(245) + `${i}`]],
  [`[${"b-c".repeat(160)}a]*x`, (i) => ["a".repeat(245) + `${i}`]],
];
/** As costly, and seconds each: for the long run. */
const COSTLIEST: typeof COSTLY = [
  [`${"{*a,*a}".repeat(5)}*a*a*ab`, (i) => ["a".repeat(245) + `${i}`]],
  [`**/{${"*a*a*b,".repeat(60)}x}`, (i) => ["a".repeat(245), "a".repeat(245) + `${i}`]],
];

for (const [pattern, names] of LONG ? [...COSTLY, ...COSTLIEST] : COSTLY) {
  test(`${pattern.slice(0, 24)}… ends within its steps on any number of names (Q15)`, () => {
    const glob = compileGlob(pattern);
    assert.ok(!isFault(glob), JSON.stringify(glob));
    let asked = 0;
    for (; asked < 50_000 && !glob.exhausted; asked++) glob.matches(names(asked));
    assert.ok(asked === 50_000 || glob.exhausted);
    if (glob.exhausted) assert.equal(glob.matches(names(0)), false);
  });
}

test("an ordinary pattern takes a small part of the steps for all names of a walk", () => {
  for (const pattern of ["src/**/*.{test,spec}.{ts,tsx,js,jsx}", "*.md", "**/node_modules/**/package.json"]) {
    const glob = compileGlob(pattern);
    assert.ok(!isFault(glob));
    for (let i = 0; i < share(50_000); i++)
      glob.matches(["src", `folder${i % 300}`, "deeper", `a-usual-name-${i}.ts`]);
    assert.ok(glob.steps < share(MAX_STEPS / 5), `${pattern} took ${glob.steps}`);
  }
});

test("patterns made to backtrack end at once", () => {
  const start = performance.now();
  const stars = compileGlob(`${"*a".repeat(40)}b`);
  const deep = compileGlob(`${"**/a/".repeat(30)}b`);
  assert.ok(!isFault(stars) && !isFault(deep));
  assert.equal(stars.matches(["a".repeat(250)]), false);
  assert.equal(deep.matches(Array.from({ length: 200 }, () => "a")), false);
  assert.ok(performance.now() - start < 500);
});

/** Patterns whose regular expressions backtrack: each takes a library seconds to years on one name. */
const BACKTRACKING: readonly (readonly [pattern: string, path: string])[] = [
  ["*a*a*a*a*ab", "a".repeat(250)],
  ["(a+)+b", "a".repeat(250)],
  ["+(a|aa)b", "a".repeat(250)],
  ["*(a*)b", "a".repeat(250)],
  ["+(+(a*)*)b", "a".repeat(250)],
  ["!(a*b*)c", "a".repeat(250)],
  ["@(a*|a*a*)*b", "a".repeat(250)],
  [`${"{a,*a}".repeat(6)}*a*b`, "a".repeat(250)],
  [`${"[a-z]*".repeat(60)}B`, "a".repeat(250)],
  [`${"[!b]*?".repeat(40)}b`, "a".repeat(250)],
  [`${"**/*a*/".repeat(20)}b`, `${"a".repeat(40)}/`.repeat(60)],
  [`{${"**/a/,".repeat(20)}x}**/b`, "a/".repeat(500)],
];
for (const [pattern, path] of BACKTRACKING)
  test(`${pattern.slice(0, 24)} takes no more than a millionth of the steps that its backtracking would (Q15)`, () => {
    const glob = compileGlob(pattern);
    assert.ok(!isFault(glob), JSON.stringify(glob));
    assert.equal(glob.matches(path.split("/")), false);
    assert.ok(glob.steps < 1_000_000, String(glob.steps));
  });

test("a name with brackets or quantifiers of regular expressions is that name", () => {
  for (const name of ["(auth)", "+(a|b)", "@(a)", "a+", "$id", "^x"]) {
    const glob = compileGlob(`app/${name}/*.ts`);
    assert.ok(!isFault(glob));
    assert.ok(glob.matches(["app", name, "page.ts"]), name);
    assert.ok(!glob.matches(["app", "auth", "page.ts"]), name);
  }
});

test("it means what picomatch means, for the signs that both know", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", ".", "-"), minLength: 1, maxLength: 4 });
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("a", "b", ".", "-") },
    fc.constantFrom("*", "?", "[ab]", "[!a]", "[a-b]", "{a,bb}", "{a,{b,-}}", "{a*,b}"),
  );
  const segment = fc.oneof(
    fc.constant("**"),
    fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join("").replace(/\*{2,}/gu, "*")),
  );
  const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));
  const proper = (path: readonly string[]): boolean => path.every((each) => !/^\.{1,2}$/u.test(each));
  const paths = fc.array(fc.array(name, { minLength: 1, maxLength: 4 }).filter(proper), {
    minLength: 1,
    maxLength: 6,
  });
  // A `**` behind a folder also matches the folder; the library says so for some patterns and not for others.
  const compared = pattern.filter((text) => proper(text.split("/")) && !text.endsWith("/**"));
  let met = 0;
  fc.assert(
    fc.property(compared, paths, (text, all) => {
      const glob = compileGlob(text);
      fc.pre(!isFault(glob)); // it may have too many alternatives
      // A pattern without a `/` matches the last name alone; the library needs an option for that.
      const library = picomatch(text, { dot: true, posix: true, basename: !text.includes("/") });
      for (const path of all) {
        assert.equal(glob.matches(path), library(path.join("/")), `${text} on ${path.join("/")}`);
        if (library(path.join("/"))) met++;
      }
    }),
    { numRuns: share(20000) },
  );
  assert.ok(met > share(2000), `${met} matches`);
});

test("a walk that went elsewhere in between matches the same", () => {
  const glob = compileGlob("src/**/b/*.ts");
  assert.ok(!isFault(glob));
  const paths = ["src/b/a.ts", "src", "src/b", "lib/b/a.ts", "src/x/b/a.ts", "src/b/a.ts", "src/x/b/a.tsx"];
  for (const path of [...paths, ...[...paths].reverse()])
    assert.equal(glob.matches(path.split("/")), /^src\/(?:.*\/)?b\/[^/]*\.ts$/u.test(path), path);
});

test("any pattern compiles or is refused, and matches without throwing", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("*", "a", "/", "?", "[", "]", "{", "}", ",", "-", "!", "\\") }),
      fc.array(fc.string()),
      (pattern, names) => {
        const glob = compileGlob(pattern);
        if (!isFault(glob)) glob.matches(names);
      },
    ),
  );
});
