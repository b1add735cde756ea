// Long hostile texts: each view of an agent's text comes to its end on them, and its length stays in proportion.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changedLines } from "../../../src/views/words/changed-lines.ts";
import {
  codeBlock,
  codeSpan,
  harmlessMarkdown,
  indentLines,
  markdownName,
} from "../../../src/views/words/markdown.ts";
import { resourceWords } from "../../../src/views/words/resources.ts";
import { english } from "../../../src/views/words/translate.ts";
import {
  columns,
  lengthWords,
  visibleLine,
  visibleText,
  visibleValue,
  withMargin,
} from "../../../src/views/words/visible.ts";
import { transcriptText } from "../../../src/views/record/transcript.ts";
import { TestKernel } from "../../support/kernel.ts";
import { answerOf } from "../../support/kernel/turns.ts";
import { kinds } from "../../harness/kinds.ts";

/** The length of each text. A step that is not linear takes minutes on each of them. */
const LONG = 256 * 1024;

/** The pieces that texts are made of: everything that some rule looks for. */
const UNITS = [
  ...["`", "~", "\n", "[", "]", " ", "\t", "*", "\\", "#", "=", "-", "_", "<", "(", ")", "!", "a"],
  ...["[a](", "[[](", "](", "<a", "# ", " #", "```\n", "~~~\n", "``` ", "\r\n", "\\`", "a\n", "\u202e", "> "],
];
/** The beginnings and the end that make a rule look on. */
const BEGINNINGS = ["", "# ", "[a](", "[a](<", "![", "\\", "``", "  ", "```\n"];
const END = "b";

/** Each view by name, and how many times longer than the text its result may be. */
const VIEWS: Readonly<Record<string, readonly [times: number, view: (text: string) => string]>> = {
  codeSpan: [10, codeSpan],
  codeBlock: [10, codeBlock],
  harmlessMarkdown: [10, harmlessMarkdown],
  indentLines: [3, indentLines],
  markdownName: [10, markdownName],
  visibleLine: [10, visibleLine],
  visibleText: [10, visibleText],
  visibleValue: [1, (text) => visibleValue(english, text, 300)],
  lengthWords: [1, (text) => lengthWords(english, text)],
  withMargin: [6, (text) => withMargin(text, "  | ")],
  columns: [12, (text) => columns(text.split("\n").map((line) => [line, line])).join("\n")],
  changedLines: [4, (text) => changedLines(english, text, `${text}c`)],
  resourceWords: [10, (text) => resourceWords(english, kinds, text)],
};

for (const [name, [times, view]] of Object.entries(VIEWS)) {
  test(`${name} of a long text of anything`, () => {
    for (const unit of UNITS)
      for (const beginning of name === "harmlessMarkdown" ? BEGINNINGS : BEGINNINGS.slice(0, 2)) {
        const text = beginning + unit.repeat(LONG / unit.length) + END;
        const { length } = view(text);
        assert.ok(length <= times * text.length, `${JSON.stringify(beginning + unit)}: ${length}`);
      }
  });
}

test("a fence of any number of backticks or lines stays inside ours, and a long text says its length", async () => {
  assert.equal(codeSpan("`".repeat(150_000)), "`‹U+0060 ×150000›`");
  assert.equal(codeBlock(`a${"`".repeat(17)}b`), "```\na‹U+0060 ×17›b\n```");
  assert.equal(codeBlock("`".repeat(16)), `${"`".repeat(17)}\n${"`".repeat(16)}\n${"`".repeat(17)}`);
  const said = [
    `\`\`\`\n${"line\n".repeat(150_000)}\`\`\`\nafter`,
    "`".repeat(150_000),
    `~~~\n${"`".repeat(90_000)}\n~~~`,
  ];
  const model = async ({ turn }: { turn: number }) => ({
    ...answerOf(turn + 1 < said.length ? [["tell_human", { message: `${turn}` }]] : "end"),
    text: said[turn] ?? "",
  });
  const on = await TestKernel.open({ model });
  on.launch([], { launch: { interactive: true } });
  for (let left = 100; left > 0; left--) await on.settle();
  const text = transcriptText(english, on.kernel.state, on.records, 2);
  assert.match(text, /… 150003 lines, 750013 characters in all/u);
  assert.ok(text.includes("‹U+0060 ×90000›"));
  assert.ok(text.length < 500_000, `${text.length}`);
  assert.doesNotMatch(text, /`{18}/u);
});
