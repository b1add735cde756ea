// What a row may stand for: a request is allowed from its row only when the row holds all of it, nothing hidden.
import type { Question } from "../../src/abi/question.ts";
import assert from "node:assert/strict";
import { QUESTIONS } from "../../src/kernel/questions/kinds.ts";
import { TOAST_MAX } from "../../src/ui/session/questions.ts";
import { QuestionRow } from "../../src/views/questions/row.ts";
import { english } from "../../src/views/words/translate.ts";
import { kinds } from "../harness/kinds.ts";
import { AskRow, GroupRow, markRow, ownRow } from "../../src/ui/session/rows.ts";

const ask = {
  key: "cap2@1",
  need: { resource: "fs:/app/a.txt", right: "delete" },
  reason: "",
  once: false,
  secret: false,
};
const row = (question: Question): QuestionRow =>
  new QuestionRow(english, { questionKinds: QUESTIONS, state: { kinds } }, question);
const base: Question = {
  ...{
    id: "q1",
    kind: "approval",
    pid: 2,
    call: "2.0.0",
    op: "fs.delete",
    args: { path: "a.txt" },
    digest: "d",
  },
  ...{ asks: [ask], needs: [ask.need], text: "delete fs:/app/a.txt" },
  preview: { title: "Delete app/a.txt", target: "app/a.txt", risk: "medium" },
};
const titled = (title: string): Question => ({
  ...base,
  preview: { title, target: "app/a.txt", risk: "medium" },
});

const CASES: [what: string, question: Question, fits: boolean][] = [
  ["a short request whose arguments it names", base, true],
  ["one whose arguments it does not name", { ...base, args: { path: "a.txt", recursive: true } }, false],
  [
    "one that changes text",
    { ...base, preview: { title: "Edit app/a.txt", target: "a.txt", risk: "low", after: "" } },
    false,
  ],
  [
    "one with more to tell",
    { ...base, preview: { title: "Delete app/a.txt", target: "a.txt", risk: "low", detail: "x" } },
    false,
  ],
  ["one longer than a row", titled(`Delete app/a.txt ${"x".repeat(40)}`), false],
  ["one padded with spaces", titled(`Delete app/a.txt${" ".repeat(30)}`), false],
  ["one with a zero-width character", titled("Delete app/a.txt\u200b"), false],
  ["one with a bidi override", titled("Delete app/a.txt\u202e"), false],
  ["one with a tab", titled("Delete\tapp/a.txt"), false],
  ["one with a line end", titled("Delete app/a.txt\nand more"), false],
  ["a free question", { ...base, kind: "question", text: "Why?" }, false],
  ["an unknown effect", { ...base, kind: "effect", text: "Did it?" }, false],
  [
    "a short request for authority",
    { ...base, kind: "permission", text: "It asks to hold allow:read:fs:/a/**" },
    true,
  ],
  ["a long request for authority", { ...base, kind: "permission", text: `It asks ${"x".repeat(80)}` }, false],
];

describe("a row and its request", () => {
  for (const [what, question, fits] of CASES)
    it(`${fits ? "holds" : "does not hold"} ${what}`, () => assert.equal(row(question).fits(), fits));

  it("shows everything that would take no ink", () => {
    assert.equal(row(titled("a\u202eb\nc")).line, "a‹U+202E›b‹newline›c");
    assert.equal(
      row({ ...base, kind: "permission", text: `It asks ${"x".repeat(80)}` }).fits(TOAST_MAX),
      true,
    );
  });

  it("is named by what it touches when nothing better is known", () => {
    const bare = {
      ...base,
      preview: { title: "Start something.", target: "fs:/app/a.txt", risk: "medium" as const },
    };
    assert.equal(row(bare).line, "Delete app/a.txt");
  });

  it("may be allowed for longer only when nothing in it is once-only", () => {
    assert.equal(row(base).scopable, true);
    assert.equal(row({ ...base, asks: [ask, { ...ask, once: true }] }).scopable, false);
    assert.equal(row({ ...base, kind: "budget", asks: [] }).scopable, false);
  });

  it("is the very object that was made, not one that looks like it", () => {
    const own = markRow(new AskRow(base));
    assert.equal(ownRow(own, AskRow), own);
    assert.equal(ownRow(own, GroupRow), undefined);
    for (const forged of [
      new AskRow(base),
      { ...own },
      structuredClone(own),
      Object.create(own),
      "q1",
      null,
      undefined,
    ])
      assert.equal(ownRow(forged, AskRow), undefined);
  });
});
