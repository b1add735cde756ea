// Near misses: the line that nearly matches and in what, so that the next call is right; fast for any text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../../src/abi/errors.ts";
import { replaceText } from "../../../../src/primitives/fs/text/replace.ts";

const breath = { due: false, take: () => Promise.resolve() };

async function missed(text: string, wanted: string): Promise<string> {
  const got = await replaceText(text, { wanted, instead: "", all: false }, { max: 1e7, breath });
  assert.ok(isFault(got), `${wanted} is in ${text}`);
  return got.message;
}

for (const [text, wanted, expected] of [
  [
    "first\nsay “hello” and don’t stop…\n",
    'say "hello" and don\'t stop...',
    /Line 2 differs only in quotation marks \(the file has “ U\+201C, ” U\+201D, ’ U\+2019; old_text has " U\+0022, ' U\+0027\), and in dots \(the file has … U\+2026; old_text has \.\.\.\)\.$/,
  ],
  ["a – b\n", "a - b", /Line 1 differs only in dashes \(the file has – U\+2013; old_text has - U\+002D\)\.$/],
  ["x\na\u00a0b\n", "a b", /Line 2 differs only in kinds of spaces \(the file has U\+00A0\)\.$/],
  ["x\na\u202fb\n", "a b", /Line 2 .*U\+202F/],
  ["x\na\u200bb\n", "ab", /Line 2 differs only in invisible characters \(the file has U\+200B\)\.$/],
  ["ab\n", "a\u200bb", /invisible characters \(old_text has U\+200B\)/],
  [
    "\tif (x) {\n",
    "  if (x) {",
    /Line 1 differs only in white space \(the file's line begins with 1 tabs and 0 spaces; old_text with 0 tabs and 2 spaces\)/,
  ],
  ["a  b\n", "a b", /Line 1 differs only in white space\.$/],
  ["one \ntwo\n", "one\ntwo", /Line 1 differs only in white space \(the file's line ends in white space\)/],
  ["one\ntwo\n", "one \ntwo", /Line 1 .*\(old_text ends in white space\)/],
  ["caf\u00e9\n", "cafe\u0301", /Line 1 differs only in composed and decomposed characters\.$/],
  ["cafe\u0301\n", "caf\u00e9", /Line 1 differs only in composed and decomposed characters\.$/],
  ["Hello World\n", "hello world", /Line 1 differs only in capital letters\.$/],
  ["Say “Hi”\n", 'say "hi"', /quotation marks .*, and in capital letters/],
  // Several lines: the one that differs is named, the others are not.
  [
    "f() {\n  a(“x”)\n  b()\n}\n",
    'f() {\n  a("x")\n  b()\n}\n',
    /^[^.]*\. Line 2 differs only in quotation marks/,
  ],
  [
    "a(\n  one,\n  two,\n  4,\n)\n",
    "a(\n  one,\n  two,\n  3,\n)",
    /Line 4 is another text than in old_text, from column 3 on\.$/,
  ],
  [
    "x(\n  longest line here\n)\n\nx(\n  longest line here\n}\n",
    "x(\n  longest line  here\n}",
    /^[^.]*\. Line 6 differs only/,
  ],
  ["a\nb", "a\nb\nc\nd", /Old_text goes on after line 2, the last one/],
  [
    "one two\nthree four\n",
    "one two\nthree fuor five\n",
    /Line 2 is another text than in old_text, from column 8 on\.$/,
  ],
  ["a\n", "zebra", /not in the file\.$/],
] as const) {
  test(`${JSON.stringify(wanted)} is nearly in ${JSON.stringify(text)}`, async () => {
    assert.match(await missed(text, wanted), expected);
  });
}

test("only single characters of a file are told, and never its lines", async () => {
  const said = await missed("PASSWORD = “hunter2”\n", 'PASSWORD = "hunter2"');
  assert.ok(!said.includes("hunter2"), said);
  assert.ok(!(await missed("key = secret123\n", "key = other text")).includes("secret123"));
});

test("a near miss is looked for in bounded time, whatever the texts are", async () => {
  const marks = "a\u0316\u0301".repeat(150_000);
  for (const [text, wanted] of [
    ["a ".repeat(2_000_000), `${"a ".repeat(1000)}b`],
    ["\n".repeat(4_000_000), "x  y"],
    ["“\n".repeat(1_000_000), `${'"\n'.repeat(30)}x`],
    [marks, "\u0301\u0316".repeat(200)],
    [`${" ".repeat(300_000)}x`, " y"],
    [`${"\t \t".repeat(300_000)}x`, "x\ny"],
    ["ﬁ…—“".repeat(100_000), "x".repeat(1_000_000)],
  ] as const) {
    const start = performance.now();
    await missed(text, wanted);
    assert.ok(performance.now() - start < 3000, `${text.slice(0, 10)} took ${performance.now() - start} ms`);
  }
});
