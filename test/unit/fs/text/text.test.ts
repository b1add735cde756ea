// Texts: encodings told apart without guessing, and exact replacement that says what it could not do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../../src/abi/errors.ts";
import {
  decodeText,
  splitLines,
  replaceBytes,
  replaceText,
} from "../../../../src/primitives/fs/text/text.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const of = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

test("encodings", () => {
  assert.deepEqual(decodeText(utf8("héllo\r\n")), { text: "héllo\r\n", encoding: "utf-8" });
  assert.deepEqual(decodeText(of(0xef, 0xbb, 0xbf, 0x61)), { text: "a", encoding: "utf-8-bom" });
  assert.deepEqual(decodeText(of(0xff, 0xfe, 0x61, 0)), { text: "a", encoding: "utf-16le" });
  assert.deepEqual(decodeText(of(0xfe, 0xff, 0, 0x61)), { text: "a", encoding: "utf-16be" });
  assert.deepEqual(decodeText(of()), { text: "", encoding: "utf-8" });
  assert.deepEqual(decodeText(of(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf)), {
    text: "\ufeff",
    encoding: "utf-8-bom",
  });
});

test("what is no text is not called text", () => {
  const bytes = [
    of(0x61, 0, 0x62),
    of(0xff, 0xd8, 0xff, 0xe0),
    of(0xc3),
    of(0xed, 0xa0, 0x80),
    of(0xff, 0xfe, 0x61),
    of(0xff, 0xfe, 0, 0xd8),
  ];
  for (const b of bytes) assert.equal(decodeText(b), undefined, b.join(" "));
});

test("lines", () => {
  assert.deepEqual(splitLines(""), []);
  assert.deepEqual(splitLines("a"), ["a"]);
  assert.deepEqual(splitLines("a\n\nb\n"), ["a\n", "\n", "b\n"]);
});

/** Steps that never need to breathe, within 100 bytes. */
const WITHIN = { max: 100, breath: { due: false, take: () => Promise.resolve() } };
const AB = { wanted: "a", instead: "b", all: false };

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
check("\tif (x) {\n", "  if (x) {", "y", /Line 1 differs only in white space/);
check("abc", "", "e", /empty/);
check("abc", "b", "b", /same/);
check("cost", "cost", "$& $1 $$ $`", "$& $1 $$ $`");
check("a.c abc", "a.c", "x", "x abc");
check("one\r\ntwo\r\n", "one\ntwo", "1\n2", "1\r\n2\r\n");
check("one\r\ntwo\r\n", "one\r\ntwo", "1\r\n2", "1\r\n2\r\n");
check("one\r\ntwo\r\n", "two", "2\n3", "one\r\n2\r\n3\r\n");
check("one\r\ntwo\n", "one\ntwo", "x", /not in the file/);
check("one\r\ntwo\n", "two", "2\n3", "one\r\n2\n3\n");
check("one\r\ntwo\r\n", "one\n", "one\r\n", /same/);
check("e\u0301", "é", "x", /not in the file/);

test("an edit keeps the byte order mark and refuses what it cannot write back", async () => {
  const got = await replaceBytes(of(0xef, 0xbb, 0xbf, 0x61), AB, WITHIN);
  assert.ok(!isFault(got));
  assert.deepEqual([...got.bytes], [0xef, 0xbb, 0xbf, 0x62]);
  const wide = await replaceBytes(of(0xff, 0xfe, 0x61, 0), AB, WITHIN);
  assert.match(isFault(wide) ? wide.message : "", /utf-16le/);
  const binary = await replaceBytes(of(0, 1), AB, WITHIN);
  assert.match(isFault(binary) ? binary.message : "", /binary/);
});
