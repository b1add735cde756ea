// Globs: what they match, what they refuse, and that no pattern can take long.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/abi/errors.ts";
import { compileGlob } from "../../../src/primitives/fs/glob.ts";

function check(pattern: string, yes: readonly string[], no: readonly string[]): void {
  test(pattern, () => {
    const matches = compileGlob(pattern);
    assert.ok(!isFault(matches));
    for (const path of yes) assert.ok(matches(path.split("/")), `${pattern} should match ${path}`);
    for (const path of no) assert.ok(!matches(path.split("/")), `${pattern} should not match ${path}`);
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

for (const bad of ["", "{a", "a}", "[a", "x".repeat(600), "{a,b}".repeat(10)]) {
  test(`${JSON.stringify(bad.slice(0, 20))} is refused`, () => assert.ok(isFault(compileGlob(bad))));
}

test("patterns made to backtrack end at once", () => {
  const start = performance.now();
  const stars = compileGlob(`${"*a".repeat(40)}b`);
  const deep = compileGlob(`${"**/a/".repeat(30)}b`);
  assert.ok(!isFault(stars) && !isFault(deep));
  assert.equal(stars(["a".repeat(250)]), false);
  assert.equal(deep(Array.from({ length: 200 }, () => "a")), false);
  assert.ok(performance.now() - start < 500);
});

test("any pattern compiles or is refused, and matches without throwing", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("*", "a", "/", "?", "[", "]", "{", "}", ",", "-", "!", "\\") }),
      fc.array(fc.string()),
      (pattern, names) => {
        const matches = compileGlob(pattern);
        if (!isFault(matches)) matches(names);
      },
    ),
  );
});
