// The prompt: a person answers a question with one typed line.
import type { Answer, Question } from "../abi/question.ts";
import { ALLOW_ONCE, DENY } from "../kernel/questions/kinds.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Person } from "../kernel/witness.ts";
import { questionText, questionView, type QuestionView } from "../views/questions/question.ts";
import { waysOf } from "../views/questions/ways.ts";
import { english } from "../views/words/translate.ts";

/** The meaning of a typed line: an answer, "show me the rest", or not understood. */
export type Reply = { readonly answer: Answer } | "whole" | "again";

/** The line under a question that says what may be typed. */
export function promptLine(view: QuestionView): string {
  const { answering } = view;
  if (answering.by === "words") return "Your answer (an empty line: no answer): ";
  const keys = waysOf(english, view).map(({ key, words }) => `(${key}) ${words}`);
  if (!view.whole) keys.splice(-1, 0, "(s) show all of it");
  const ask = answering.by === "choices" && answering.ask !== "" ? `${answering.ask} ` : "";
  return `${ask}${keys.join(", ")}: `;
}

/** Reads a typed line. An empty line never allows anything. */
export function readReply(view: QuestionView, line: string): Reply {
  const text = line.trim();
  if (view.answering.by === "words")
    return { answer: text === "" ? DENY : { ...ALLOW_ONCE, text: line.trimEnd() } };
  const typed = text.toLowerCase().replace(/\s+/gu, " ");
  if (typed === "") return "again";
  if (typed === "s" && !view.whole) return "whole";
  const way = waysOf(english, view).find(({ key }) => key.toLowerCase() === typed);
  return way === undefined ? "again" : { answer: way.answer };
}

/**
 * Asks until a line is understood. `readLine` shows a question with the line under it, and gives the typed line. An
 * empty text: the question stands there already. Undefined when nobody answers any more.
 */
export async function askPerson(
  kernel: Kernel,
  question: Question,
  person: Person,
  readLine: (text: string, prompt: string) => Promise<string | undefined>,
): Promise<Answer | undefined> {
  const view = (all: boolean): QuestionView =>
    questionView(english, kernel, question, kernel.previewOf(question), person, all);
  let shown = view(false);
  let text = `\n${questionText(english, shown)}`;
  for (;;) {
    const line = await readLine(text, promptLine(shown));
    if (line === undefined) return undefined;
    const reply = readReply(shown, line);
    if (typeof reply === "object") return reply.answer;
    if (reply === "whole") shown = view(true);
    text = reply === "whole" ? `\n${questionText(english, shown)}` : "";
  }
}
