// Ways to answer: each answer that a question offers, with its key in a terminal and its word on the command line.
import type { Answer } from "../../abi/question.ts";
import { ALLOW_ONCE, DENY } from "../../kernel/questions/kinds.ts";
import type { Translate } from "../../abi/kind.ts";
import { visibleLine } from "../words/visible.ts";
import type { QuestionView } from "./question.ts";

/** One way to answer, in words that are safe to show. */
export interface Way {
  readonly id: string;
  /** The keys to type for it. A yes to a strict request needs the id of the question, too. */
  readonly key: string;
  readonly words: string;
  readonly remark?: string;
  readonly answer: Answer;
}

/** The ways to answer a question, the no last unless its kind has another order. Empty when words answer it. */
export function waysOf(t: Translate, view: QuestionView): Way[] {
  const { answering, offers, strict, id } = view;
  if (answering.by === "words") return [];
  if (answering.by === "choices")
    return answering.choices.map((choice) => ({
      id: choice.id,
      key: strict && choice.answer.allow ? `${choice.key} ${id}` : choice.key,
      words: visibleLine(choice.short?.(t) ?? choice.label(t)),
      ...(choice.remark === undefined ? {} : { remark: visibleLine(choice.remark(t)) }),
      answer: choice.answer,
    }));
  const scopes = new Set(offers.map((offer) => offer.scope));
  const rule = offers.find((offer) => offer.grant !== undefined)?.grant;
  const ways: Way[] = [];
  // A slip of one key must not allow what runs later or shows a secret.
  if (scopes.has("once"))
    ways.push({ id: "allow", key: strict ? `yes ${id}` : "y", words: t("once"), answer: ALLOW_ONCE });
  if (strict) return [...ways, no(t)];
  if (rule !== undefined)
    ways.push({
      ...{ id: "rule", key: "r", words: t("the rule that stands first") },
      answer: { allow: true, scope: "agent", grant: rule },
    });
  if (scopes.has("agent"))
    ways.push({ id: "agent", key: "a", words: t("this agent"), answer: { allow: true, scope: "agent" } });
  if (scopes.has("workspace"))
    ways.push({
      ...{ id: "workspace", key: "w", words: t("this workspace") },
      answer: { allow: true, scope: "workspace" },
    });
  return [...ways, no(t)];
}

const no = (t: Translate): Way => ({ id: "deny", key: "n", words: t("no"), answer: DENY });
