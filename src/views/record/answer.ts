// Answer: the parts of a model's answer as the record has it, which may have lost its shape, and texts as they are shown.
import type { AnyRecord } from "../../abi/record.ts";
import type { ConversationEntry } from "../../kernel/state/rows.ts";
import { LeftText } from "../../kernel/state/texts.ts";
import { harmlessMarkdown } from "../words/markdown.ts";
import type { Translate } from "../words/translate.ts";
import { lengthWords } from "../words/visible.ts";

/** The most characters of one text of an agent or a person that are shown. The record has the whole. */
export const SAID_MOST = 100_000;

/** The most characters of a turn's reasoning that are shown. The record has the whole. */
const THOUGHT_MOST = 4_000;

/** The parts of a recorded answer. A redacted answer may have lost its shape. */
export function answerParts(answer: unknown): { text: string; thought: string; calls: number } {
  if (typeof answer !== "object" || answer === null) return { text: "", thought: "", calls: 0 };
  const thoughts: unknown[] =
    "reasoning" in answer && Array.isArray(answer.reasoning) ? answer.reasoning : [];
  const thought = thoughts.map(textOf).filter((text) => text.trim() !== "");
  return {
    text: textOf(answer),
    thought: thought.join("\n\n").slice(0, THOUGHT_MOST),
    calls: "calls" in answer && Array.isArray(answer.calls) ? answer.calls.length : 0,
  };
}

function textOf(said: unknown): string {
  const has = typeof said === "object" && said !== null && "text" in said;
  return has && typeof said.text === "string" ? said.text : "";
}

/** The answer of a turn: as the state holds it, else as its record says. */
export function answerIn(
  t: Translate,
  entry: ConversationEntry & { readonly role: "turn" },
  records: readonly AnyRecord[],
): unknown {
  if (!(entry.answer instanceof LeftText)) return entry.answer;
  const { seq } = entry.answer.at;
  const record = records.find((each) => each.seq === seq);
  if (record?.kind === "call.end") return record.data.value;
  return { text: t("(Record {0}, which says this, is not among those that were read.)", seq), calls: [] };
}

/** A text as a quotation, and its length when only its beginning is shown. */
export function saidWords(t: Translate, text: string): string {
  return harmlessMarkdown(text.slice(0, SAID_MOST)) + restWords(t, text);
}

/** The length of a text of which only the beginning is shown; nothing for a shorter one. */
export function restWords(t: Translate, text: string): string {
  return text.length <= SAID_MOST ? "" : `\n\n… ${t("{0} in all", lengthWords(t, text))}`;
}
