// Exact replacement: line ends match each other and are kept, and a fault says what it could not do.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../../src/abi/errors.ts";
import { countEnds, endsOf, flatten, keepEnds, withEnds } from "../../../../src/primitives/fs/text/ends.ts";
import { replaceText } from "../../../../src/primitives/fs/text/replace.ts";
import { linesOf } from "../../../../src/primitives/fs/text/text.ts";

/** Steps that never need to breathe, within 100 bytes. */
const WITHIN = { max: 100, breath: { due: false, take: () => Promise.resolve() } };

function check(text: string, wanted: string, instead: string, expected: string | RegExp, all = false): void {
  test(`replace ${JSON.stringify(wanted)} by ${JSON.stringify(instead)} in ${JSON.stringify(text)}${all ? ", all" : ""}`, async () => {
    const got = await replaceText(text, { wanted, instead, all }, WITHIN);
    if (typeof expected === "string") assert.equal(isFault(got) ? got.message : got.text, expected);
    else assert.match(isFault(got) ? `${got.code} ${got.message}` : got.text, expected);
  });
}

check("a b c", "b", "B", "a B c");
check("a b b", "b", "B", /^EINVAL old_text is in the file 2 times \(lines 1, 1\)/);
check("a b b", "b", "B", "a B B", true);
check("aaa", "aa", "b", /2 times/);
check("aaaa", "aa", "b", "bb", true);
check("x\nx\nx\nx\nx\nx\n", "x", "y", /6 times \(lines 1, 2, 3, 4, 5, …\)/);
check("abc", "d", "e", /^EINVAL old_text is not in the file\.$/);
check("a\n\tb\nc\n", "1\ta\n2\t\tb\n", "x", /not in the file with the line numbers in front of its lines/);
check("a\nb\n", "2\tb", "x", /line numbers/);
check("a\nb\n", "2\tc", "x", /not in the file\.$/);
check("1\ta\n", "1\ta", "x", "x\n");
check("abc", "", "e", /empty/);
check("abc", "b", "b", /same/);
check("cost", "cost", "$& $1 $$ $`", "$& $1 $$ $`");
check("a.c abc", "a.c", "x", "x abc");
check("alpha\nbeta", "beta", "BETA", "alpha\nBETA");
// One kind of line end.
check("one\r\ntwo\r\n", "one\ntwo", "1\n2", "1\r\n2\r\n");
check("one\r\ntwo\r\n", "one\r\ntwo", "1\r\n2", "1\r\n2\r\n");
check("one\r\ntwo\r\n", "two", "2\n3", "one\r\n2\r\n3\r\n");
check("one\r\ntwo\r\n", "one\n", "one\r\n", /same/);
check("one\rtwo\r", "one\ntwo\n", "1\n", "1\r");
check("one\ntwo\n", "one\r\ntwo\r\n", "1\r\n2\r\n", "1\n2\n");
// Several kinds: each line keeps its own.
check("alpha\nbeta one\r\nbeta two\r\ngamma\n", "beta one\nbeta two\n", "BETA\n", "alpha\nBETA\r\ngamma\n");
check("one\r\ntwo\n", "one\ntwo", "x", "x\n");
check("one\r\ntwo\n", "two", "2\n3", "one\r\n2\n3\n");
check("one\r\ntwo\n", "one", "0\n1", "0\r\n1\r\ntwo\n");
check("a\r\nb\nc\r\n", "a\nb\nc\n", "a\nB\nc\n", "a\r\nB\nc\r\n");
check("a\r\nb\nc\r\n", "a\nb\nc\n", "a\nb\nx\ny\nc\n", "a\r\nb\nx\ny\nc\r\n");
check("a\r\nb\nc\r\n", "a\nb\nc\n", "c\n", "c\r\n");
check("a\r\nb\nend", "b\nend", "b\nnew\nend", "a\r\nb\nnew\nend");
check("x\r\nx\nx\r", "x\n", "y\nz\n", "y\r\nz\r\ny\nz\ny\rz\r", true);
check("x\r\n\r\nx\n\n", "x\n\n", "y\n\n", "y\r\n\r\ny\n\n", true);
check("a\r\nb\na\nb\r\n", "a\nb", "x", /2 times \(lines 1, 3\)/);

/** Texts of short lines with line ends of all kinds. */
const mixed = fc
  .array(fc.tuple(fc.constantFrom("", "a", "b", "ab"), fc.constantFrom("\n", "\r\n", "\r")), {
    maxLength: 12,
  })
  .map((lines) => lines.map((line) => line.join("")).join(""))
  // A CR before an empty line that ends in LF would be one line end with it.
  .filter((text) => !/\r\r\n|\n\r(?!\n)/u.test(text));

test("no replacement touches a line end outside the place, whatever kinds a file has", async () => {
  await fc.assert(
    fc.asyncProperty(mixed, mixed, fc.string({ maxLength: 3 }), async (before, after, instead) => {
      const text = `${before}<old>${after}`;
      const got = await replaceText(text, { wanted: "<old>", instead: `<${instead}>`, all: false }, WITHIN);
      assert.ok(!isFault(got));
      assert.ok(got.text.startsWith(before) && got.text.endsWith(after));
    }),
  );
});

test("a replacement in a mixed file is the one in the file with LF alone, as far as LF can tell", async () => {
  await fc.assert(
    fc.asyncProperty(
      mixed,
      fc.constantFrom("a", "a\n", "\n", "a\nb", "b\n\n"),
      mixed,
      async (text, wanted, next) => {
        const how = { wanted, instead: next, all: true };
        const wide = { max: 10_000, breath: WITHIN.breath };
        const [got, flat] = [await replaceText(text, how, wide), await replaceText(flatten(text), how, wide)];
        if (isFault(got) || isFault(flat)) return assert.equal(isFault(got), isFault(flat));
        assert.equal(flatten(got.text), flat.text);
        assert.equal(got.count, flat.count);
        const kinds = endsOf(countEnds(text));
        const uniform = kinds !== "mixed" && kinds !== "none" && countEnds(got.text);
        if (uniform) assert.ok([kinds, "none"].includes(endsOf(uniform)));
      },
    ),
  );
});

test("the same lines keep their line ends, all of them", () => {
  fc.assert(
    fc.property(mixed, (text) => {
      assert.equal(keepEnds(text, flatten(text), "\n"), text);
    }),
  );
  assert.equal(keepEnds("a\r\nb\n", "a\nb\nc\n", "\r\n"), "a\r\nb\nc\n");
  assert.equal(keepEnds("", "a\nb\n", "\r\n"), "a\r\nb\r\n");
});

test("line ends are counted and changed", () => {
  assert.deepEqual(countEnds("a\r\nb\nc\rd\r\n"), { lf: 1, crlf: 2, cr: 1 });
  for (const [text, ends] of [
    ["a", "none"],
    ["a\n", "lf"],
    ["a\r\n", "crlf"],
    ["a\rb", "cr"],
    ["a\r\nb\n", "mixed"],
  ] as const)
    assert.equal(endsOf(countEnds(text)), ends, JSON.stringify(text));
  assert.equal(withEnds("a\r\nb\nc\r", "crlf"), "a\r\nb\r\nc\r\n");
  assert.deepEqual([...linesOf("a\r\nb\rc\n")], ["a", "b\rc", ""]);
});
