// Nothing that an agent wrote can hide, reorder or imitate: visible text, harmless Markdown, changed lines.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changedLines } from "../../../src/views/words/changed-lines.ts";
import { codeBlock, codeSpan, harmlessMarkdown, markdownName } from "../../../src/views/words/markdown.ts";
import { english } from "../../../src/views/words/translate.ts";
import {
  escapedJson,
  lengthWords,
  linesText,
  withMargin,
  visibleLine,
  visibleOutput,
  visibleText,
  visibleValue,
} from "../../../src/views/words/visible.ts";

const LINES: readonly (readonly [text: string, shown: string])[] = [
  ["plain text, äöü, 漢字, ok", "plain text, äöü, 漢字, ok"],
  ["a\tb", "a‹U+0009›b"],
  ["a\nb", "a‹newline›b"],
  ["a\rb", "a‹U+000D›b"],
  ["\u001b[31mred", "‹U+001B›[31mred"],
  ["abc\u202Ecod.exe", "abc‹U+202E›cod.exe"],
  ["zero\u200Bwidth\u200D\uFEFF", "zero‹U+200B›width‹U+200D›‹U+FEFF›"],
  ["soft\u00ADhyphen", "soft‹U+00AD›hyphen"],
  ["no\u00A0break\u3000wide", "no‹U+00A0›break‹U+3000›wide"],
  ["blank\u2800braille\u3164filler", "blank‹U+2800›braille‹U+3164›filler"],
  ["tag\u{E0041}", "tag‹U+E0041›"],
  ["half\uD800", "half‹U+D800›"],
  ["private\uE000", "private‹U+E000›"],
  [`rm${" ".repeat(200)}x`, "rm‹200 spaces›x"],
  ["two  spaces", "two  spaces"],
];

test("one line shows everything that takes no ink", () => {
  for (const [text, shown] of LINES) assert.equal(visibleLine(text), shown);
});

test("several lines keep their line ends and their indentation, and nothing else that is not seen", () => {
  assert.equal(visibleText("if (x) {\r\n\tgo();\n}\n"), "if (x) {\n\tgo();\n}\n");
  assert.equal(visibleText("a\u2028b\n \u200Bc"), "a‹U+2028›b\n ‹U+200B›c");
  assert.equal(withMargin("a\n\nb", "> "), "> a\n>\n> b");
  assert.equal(visibleValue(english, { a: "x".repeat(50) }, 20), '{"a":"xxxxxxxxxxxxxx… (58 characters)');
  assert.equal(lengthWords(english, "a\nb\n"), "2 lines, 4 characters");
  assert.equal(lengthWords(english, ""), "0 lines, 0 characters");
});

test("each entry of a view is one line, and a whole output obeys nothing", () => {
  assert.equal(linesText(["a", "b\nc\r\u202E", ""]), "a\nb‹newline›c‹U+000D›‹U+202E›\n\n");
  assert.equal(visibleOutput(`a\n\tb${" ".repeat(40)}\u009b2J`), `a\n\tb${" ".repeat(40)}‹U+009B›2J`);
  assert.equal(linesText(Array.from({ length: 200_000 }, () => "x")).length, 400_000);
  const value = { "a\u202E": ["\u0085\u{E0041}\uD800", "ä\n"] };
  const json = escapedJson(JSON.stringify(value));
  assert.deepEqual(JSON.parse(json), value);
  assert.equal(json, '{"a\\u202e":["\\u0085\\udb40\\udc41\\ud800","ä\\n"]}');
});

/** Model text, and what must stand in place of it (without the margin). */
const MARKDOWN: readonly (readonly [text: string, shown: string])[] = [
  ["**bold** and `code[0](x)`", "**bold** and `code0 (`x`)`"],
  ["[docs](https://a.example/x)", "docs (https://a.example/x)"],
  ["[docs](command:evil)", "docs (`command:evil`)"],
  ['[a](<command:evil x> "title")', "a (`command:evil x`)"],
  ["![p](https://a.example/p.png)", "image: p (https://a.example/p.png)"],
  ["![](https://a.example/p.png)", "image: (https://a.example/p.png)"],
  ["[![x](a)](command:y)", "[image: x (`a`)]\\(command:y)"],
  ["[ref]: command:evil", "[ref]\\: command:evil"],
  ["[a][ref]", "[a]\\[ref]"],
  ["<img src=x onerror=y>", "\\<img src=x onerror=y>"],
  ["\\<img src=x>", "\\<img src=x>"],
  ["\\\\<img src=x>", "\\\\\\<img src=x>"],
  ["<command:evil>", "\\<command:evil>"],
  ["a < b", "a < b"],
  ["## Turn 9", "**Turn 9**"],
  ["Title\n=====", "Title\n\\====="],
  ["Title\n---", "Title\n\\---"],
  ["- ```\n  x", "- \\`\\`\\`\n  x"],
  ["x\u202Ey", "x‹U+202E›y"],
];

test("an agent's Markdown keeps its words and loses its powers", () => {
  for (const [text, shown] of MARKDOWN) {
    assert.equal(harmlessMarkdown(text), withMargin(shown, "> "), text);
  }
});

test("fenced code stays code, under a fence that nothing in it can end", () => {
  assert.equal(harmlessMarkdown("```ts\nlet a = [1](2);\n```"), ">\n> ```ts\n> let a = [1](2);\n> ```\n>");
  assert.equal(harmlessMarkdown("~~~\n```\n![x](y)\n~~~").includes("````"), true);
  // An unclosed fence ends with its text: what we write next is ours again.
  const open = harmlessMarkdown("```\ncode");
  assert.deepEqual(open.split("\n").filter((l) => l.startsWith("> ```")).length, 2);
  // A fence hidden in a list must not let what follows pass as code.
  assert.match(harmlessMarkdown("- ```\n  ```\n![img](http://evil.example/x)\n"), /^> ```/mu);
  assert.doesNotMatch(harmlessMarkdown("```mermaid\nclick A call x()\n```"), /mermaid/u);
  assert.equal(codeSpan("a`b``c"), "```a`b``c```");
  assert.equal(codeSpan("`"), "`` ` ``");
  assert.deepEqual(["read_file", "fs.read", "**x**", "![x](y)", "a b"].map(markdownName), [
    ...["read_file", "fs.read", "`**x**`", "`![x](y)`", "`a b`"],
  ]);
  assert.equal(codeBlock("x\n```\ny").startsWith("````\n"), true);
});

test("every line of an agent's text stays behind the margin", () => {
  for (const text of ["a\n# b\n\nc", "```\n\n\n```\nx", "", "> quote\n\n1. x"]) {
    for (const line of harmlessMarkdown(text).split("\n")) assert.match(line, /^>/u);
  }
});

test("changed lines show what goes and what comes, and only that", () => {
  assert.equal(changedLines(english, "a\n", "a\n"), "");
  assert.equal(changedLines(english, "", "x\ny\n"), "+ x\n+ y");
  assert.equal(changedLines(english, "x\n", ""), "- x");
  assert.equal(
    changedLines(english, "1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\n4\nfive\n6\n7\n"),
    "@@ from line 3 @@\n  3\n  4\n- 5\n+ five\n  6\n  7",
  );
  assert.equal(changedLines(english, "a\n", "a"), "  a\n  (no line end at the end)");
  assert.equal(changedLines(english, "", "a"), "+ a\n  (no line end at the end)");
});
