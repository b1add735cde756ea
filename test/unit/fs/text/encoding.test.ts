// Encodings: what is decoded comes back as the same bytes, and what an encoding does not have is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decode, encode } from "../../../../src/host/node/fs/text/encoding.ts";
import {
  encodingNamed,
  holdsAscii,
  noteEncodingChange,
} from "../../../../src/primitives/fs/text/encodings.ts";
import { said } from "../../../harness/notes.ts";

const none = () => Promise.resolve({ names: [], guessFirst: false });
const named = (...names: string[]) => ({ likely: () => Promise.resolve({ names, guessFirst: false }) });
const of = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

async function bytesOf(text: string, encoding: string): Promise<Uint8Array> {
  const bytes = await encode(text, encoding);
  assert.ok(bytes instanceof Uint8Array, `${encoding} does not have ${text}`);
  return bytes;
}

test("UTF-8 and UTF-16 with a mark are told by their bytes alone", async () => {
  const never = () => assert.fail("no rule is asked");
  for (const [bytes, text, encoding] of [
    [new TextEncoder().encode("héllo\r\n"), "héllo\r\n", "utf-8"],
    [of(0xef, 0xbb, 0xbf, 0x61), "a", "utf-8-bom"],
    [of(0xff, 0xfe, 0x61, 0), "a", "utf-16le"],
    [of(0xfe, 0xff, 0, 0x61), "a", "utf-16be"],
    [of(), "", "utf-8"],
    [of(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf), "\ufeff", "utf-8-bom"],
  ] as const) {
    assert.deepEqual(await decode(bytes, never), { text, encoding });
    assert.deepEqual(Buffer.from(await bytesOf(text, encoding)), Buffer.from(bytes));
  }
});

test("what is no text is not called text", async () => {
  const random = Uint8Array.from({ length: 400 }, (_, i) => (i * 7919 + (i >> 3) * 104729) & 0xff);
  for (const bytes of [
    of(0x61, 0, 0x62),
    of(0x61, 0, 0, 0x62),
    of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d),
    of(0x1f, 0x8b, 8, 0xe9),
    of(0xff, 0xfe, 0x61),
    of(0xff, 0xfe, 0, 0xd8),
    of(1, 0, 2, 0, 3, 0),
    Buffer.from("PK\u0003\u0004\u00e9\u00e8", "latin1"),
    random,
  ])
    assert.ok("why" in (await decode(bytes, none)), Buffer.from(bytes).toString("hex").slice(0, 40));
});

test("UTF-8 with a broken byte is not taken for another encoding", async () => {
  const bytes = Buffer.concat([Buffer.from("été\nnaïve\n"), of(0xe9, 0x0a), Buffer.from("où\n")]);
  assert.deepEqual(await decode(bytes, none), { why: "is UTF-8 except for some bytes, first in line 3" });
});

for (const [encoding, text] of [
  ["windows-1252", "café = 1\nnaïve = 2\n"],
  ["windows-1252", "“hello” – it’s 5 €\n"],
  ["windows-1252", "// Größe für Übergänge\n"],
  ["gbk", "你好，世界\n"],
  ["gbk", "// 这是一个测试文件\nint main() {}\n"],
  ["gb18030", "测试😀字符\n"],
  ["big5", "這是一個測試檔案\n"],
  ["shift_jis", "これはテストです。\n"],
  ["euc-jp", "これはテストです。\n"],
  ["euc-kr", "안녕하세요 세계\n"],
  ["windows-1251", "// Это комментарий\nint x;\n"],
  ["koi8-r", "// Это комментарий\nint x;\n"],
  ["cp866", "Привет, мир\n"],
  ["windows-1253", "Καλημέρα κόσμε\n"],
  ["windows-1255", "שלום עולם\n"],
  ["windows-1256", "مرحبا بالعالم\n"],
  ["windows-874", "สวัสดีชาวโลก\n"],
  ["windows-1250", "Příliš žluťoučký kůň\n"],
  ["iso-8859-2", "zażółć gęślą jaźń\n"],
  ["windows-1254", "İstanbul'da güneşli bir gün ışığı\n"],
  ["utf-16le-unmarked", "hello\nwörld\n"],
  ["utf-16be-unmarked", "hello\nwörld\n"],
] as const) {
  test(`${encoding} is guessed for ${JSON.stringify(text)}`, async () => {
    const bytes = await bytesOf(text, encoding);
    assert.deepEqual(await decode(bytes, none), { text, encoding });
    // The same in a long file, whose beginning is ASCII.
    const long = await bytesOf("plain ASCII line\n".repeat(8000) + text, encoding);
    const got = await decode(long, none);
    assert.equal("encoding" in got ? got.encoding : got.why, encoding);
  });
}

const ENCODINGS =
  `windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 windows-1258
  windows-874 iso-8859-1 iso-8859-2 iso-8859-3 iso-8859-5 iso-8859-7 iso-8859-9 iso-8859-15 macroman koi8-r koi8-u cp437
  cp850 cp852 cp866 gbk gb18030 big5 shift_jis euc-jp euc-kr`.split(/\s+/u);

test("bytes that are decoded, in whatever encoding, are encoded to the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ENCODINGS),
      fc.uint8Array({ maxLength: 40 }),
      async (encoding, bytes) => {
        const got = await decode(bytes, named(encoding).likely);
        if ("why" in got) return;
        assert.deepEqual(Buffer.from(await bytesOf(got.text, got.encoding)), Buffer.from(bytes));
      },
    ),
    { numRuns: 2000 },
  );
});

test("an encoding that is named comes before the guess, unless the bytes are not in it", async () => {
  const bytes = await bytesOf("Приветы\n", "koi8-r");
  const read = async (name: string) => {
    const got = await decode(bytes, named(name).likely);
    return "encoding" in got ? got.encoding : got.why;
  };
  assert.equal(await read("iso-8859-15"), "iso-8859-15");
  assert.equal(await read("euc-jp"), "koi8-r");
  const guessed = await decode(bytes, () => Promise.resolve({ names: ["iso-8859-15"], guessFirst: true }));
  assert.equal("encoding" in guessed ? guessed.encoding : "", "koi8-r");
});

test("the first character that an encoding does not have is told by its place", async () => {
  for (const [text, encoding, at] of [
    ["abc→", "windows-1252", 3],
    ["é😀", "windows-1252", 1],
    ["é😀", "gbk", 1],
    ["你好😀", "gbk", 2],
    ["日本语", "shift_jis", 2],
    ["ж?", "koi8-r", -1],
    ["€", "iso-8859-1", 0],
    ["€", "iso-8859-15", -1],
    ["😀你é", "gb18030", -1],
  ] as const) {
    const got = await encode(text, encoding);
    assert.equal(got instanceof Uint8Array ? -1 : got.at, at, `${text} in ${encoding}`);
  }
});

test("names of encodings are known in the spellings of editors and programs", () => {
  for (const [name, encoding] of [
    ["latin1", "iso-8859-1"],
    ["windows1252", "windows-1252"],
    ["Windows-1252", "windows-1252"],
    ["cp1251", "windows-1251"],
    ["iso885915", "iso-8859-15"],
    ["utf8bom", "utf-8-bom"],
    ["shiftjis", "shift_jis"],
    ["gb2312", "gbk"],
    ["utf-7", undefined],
    ["ebcdic", undefined],
    ["x".repeat(1000), undefined],
  ] as const)
    assert.equal(encodingNamed(name), encoding);
  assert.ok(ENCODINGS.every((name) => encodingNamed(name) === name && holdsAscii(name)));
  assert.deepEqual(said(noteEncodingChange("windows-1252", "utf-8")), [
    "The encoding changes from windows-1252 to UTF-8.",
  ]);
  assert.deepEqual(said(noteEncodingChange("utf-8-bom", "utf-8")), ["The byte order mark is removed."]);
  assert.deepEqual(noteEncodingChange("gbk", "gbk"), []);
});
