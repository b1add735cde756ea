// The prompt: a person answers a question with one typed line.
import type { Answer, Question } from "../abi/question.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Person } from "../kernel/witness.ts";
import { questionText, questionView, type QuestionView } from "../views/questions/question.ts";
import { english } from "../views/words/translate.ts";

/** The meaning of a typed line: an answer, "show me the rest", or not understood. */
export type Reply = { readonly answer: Answer } | "whole" | "again";

const NO: Reply = { answer: { allow: false, scope: "once" } };

/** The line under a question that says what may be typed. */
export function promptLine(view: QuestionView): string {
  switch (view.kind) {
    case "question":
      return "Your answer (an empty line: no answer): ";
    case "effect":
      return "Did it happen? (y) it did, (n) it did not, (x) give it up: ";
    case "budget":
      return "(y) raise it, (n) end the agent: ";
    case "approval":
    case "permission": {
      const scopes = view.offers.map((o) => o.scope);
      const keys = [
        ...(scopes.includes("once") ? [view.strict ? `(yes ${view.id}) once` : "(y) once"] : []),
        ...(view.offers.some((o) => o.grant !== undefined) ? ["(r) the rule that stands first"] : []),
        ...(scopes.includes("agent") ? ["(a) this agent"] : []),
        ...(scopes.includes("workspace") ? ["(w) this workspace"] : []),
        ...(view.whole ? [] : ["(s) show all of it"]),
        "(n) no",
      ];
      return `${keys.join(", ")}: `;
    }
  }
}

/** Reads a typed line. An empty line never allows anything. */
export function readReply(view: QuestionView, line: string): Reply {
  const text = line.trim();
  const key = text.toLowerCase();
  if (view.kind === "question")
    return text === "" ? NO : { answer: { allow: true, scope: "once", text: line.trimEnd() } };
  if (view.kind === "effect") {
    if (key === "y") return { answer: { allow: true, scope: "once", text: "happened" } };
    if (key === "n") return { answer: { allow: true, scope: "once", text: "did not" } };
    return key === "x" ? NO : "again";
  }
  if (key === "n") return NO;
  if (key === "s" && !view.whole) return "whole";
  if (view.kind === "budget") return key === "y" ? { answer: { allow: true, scope: "once" } } : "again";
  // A slip of one key must not allow what runs later or shows a secret.
  if (view.strict)
    return key.replace(/\s+/gu, " ") === `yes ${view.id}`
      ? { answer: { allow: true, scope: "once" } }
      : "again";
  const rule = view.offers.find((o) => o.grant !== undefined)?.grant;
  if (key === "r" && rule !== undefined) return { answer: { allow: true, scope: "agent", grant: rule } };
  const scope = key === "y" ? "once" : key === "a" ? "agent" : key === "w" ? "workspace" : undefined;
  const offered = view.offers.some((o) => o.scope === scope);
  return scope !== undefined && offered ? { answer: { allow: true, scope } } : "again";
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
    questionView(english, kernel.core, question, kernel.previewOf(question), person, all);
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
