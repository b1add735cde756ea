// Tokens: each script counts as much as it takes, and texts are cut at whole characters.
import { ok, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { estimateTokens, firstTokens, wholeStart } from "../../../src/abi/size.ts";

/** Texts with the tokens that cl100k_base, the least favourable common tokenizer, makes of them. */
const TEXTS: readonly (readonly [name: string, text: string, tokens: number])[] = [
  ["English", "The quick brown fox jumps over the lazy dog.", 10],
  ["German", "Öffne die Datei und ändere die Größe der Tabelle.", 15],
  ["Russian", "Открой файл и исправь ошибку в таблице.", 19],
  ["Chinese", "中文内容很多，请打开文件。", 15],
  ["Japanese", "ファイルを開いてください。", 12],
  ["Korean", "파일을 열어 주세요.", 12],
  ["Thai", "เปิดไฟล์แล้วแก้ไขตาราง", 25],
  ["Hindi", "फ़ाइल खोलें और तालिका ठीक करें।", 32],
  ["emoji", "🙂🚀🎉", 7],
];
for (const [name, text, tokens] of TEXTS)
  test(`${name} is not counted as less than about what it takes`, () => {
    const estimate = estimateTokens(text);
    ok(estimate >= tokens * 0.7 && estimate <= tokens * 1.8, `${estimate} for ${tokens}`);
  });

test("ASCII is a quarter of a token a character, and mixed text the sum of its scripts", () => {
  strictEqual(estimateTokens(""), 0);
  strictEqual(estimateTokens("abcde"), 2);
  strictEqual(estimateTokens("abcd中文"), 3);
});

test("a beginning has no more tokens than it may, and ends with a whole character", () => {
  for (const text of [
    "a".repeat(1000),
    "中".repeat(1000),
    "🙂".repeat(1000),
    `${"a".repeat(900)}${"中".repeat(900)}`,
  ])
    for (const most of [0, 1, 7, 100, 999, 5000]) {
      const start = firstTokens(text, most);
      ok(
        estimateTokens(start) <= most && text.startsWith(start) && start.isWellFormed(),
        `${text[0]} ${most}`,
      );
      ok(start === text || estimateTokens(start) >= most * 0.5 - 4, `${text[0]} ${most}: ${start.length}`);
    }
  strictEqual(wholeStart("a🙂b", 2), "a");
  strictEqual(wholeStart("a🙂b", 3), "a🙂");
});
