// Kinds of questions for people: one table that says how each kind is shown and answered.
import type { Question } from "../../abi/question.ts";
import type { AnswerChoice, QuestionWords } from "../../kernel/questions/words.ts";
import { ALLOW_ONCE, DENY, EFFECT_ANSWERS, type QuestionKinds } from "../../kernel/questions/kinds.ts";
import { callLine } from "../words/previews.ts";

/** A kind as it is shown. `menu` names the menu of its rows in the editor, where it has one of its own. */
export interface ShownKind extends QuestionWords {
  readonly menu?: "budget";
}

const { happened: HAPPENED, not: NOT } = EFFECT_ANSWERS;

const DENIAL: AnswerChoice = {
  id: "deny",
  key: "n",
  label: (t) => t("Deny"),
  short: (t) => t("no"),
  answer: DENY,
};

const TABLE: Readonly<Record<string, ShownKind>> = {
  approval: {
    heading: (t) => t("wants to do something that must be asked for"),
    line: callLine,
    facts: true,
    content: "arguments",
    answering: { by: "offers", scopes: ["once", "agent", "workspace"] },
  },
  permission: {
    heading: (t) => t("asks for authority it does not hold"),
    facts: true,
    content: "detail",
    answering: { by: "offers", scopes: ["once", "agent"] },
  },
  question: {
    heading: (t) => t("asks"),
    icon: "question",
    quoted: true,
    answering: { by: "words" },
  },
  budget: {
    heading: (t) => t("has used up its budget"),
    icon: "credit-card",
    menu: "budget",
    answering: {
      by: "choices",
      choices: () => [
        { id: "allow", key: "y", label: (t) => t("raise it"), answer: ALLOW_ONCE },
        { ...DENIAL, short: (t) => t("end the agent") },
      ],
    },
  },
  effect: {
    heading: (t) => t("was cut off, and nobody knows whether this happened"),
    answering: {
      by: "choices",
      ask: (t) => t("Did it happen?"),
      choices: () => [
        {
          ...{ id: HAPPENED, key: "y", answer: { ...ALLOW_ONCE, text: HAPPENED } },
          label: (t) => t("It happened"),
          short: (t) => t("it did"),
        },
        {
          ...{ id: NOT, key: "n", answer: { ...ALLOW_ONCE, text: NOT } },
          label: (t) => t("It did not happen: do it"),
          short: (t) => t("it did not"),
        },
        {
          ...{ id: "deny", key: "x", answer: DENY },
          label: (t) => t("I do not know: leave it, and tell the agent"),
          short: (t) => t("give it up"),
          remark: (t) => t("to give it up"),
        },
      ],
    },
  },
};

/** A kind that nothing here knows. Nobody can tell what a yes would do, so there is none. */
const UNKNOWN: ShownKind = {
  heading: (t) => t("asks something that this version does not understand; it can only be denied"),
  icon: "question",
  quoted: true,
  answering: { by: "choices", choices: () => [] },
};

/** How a question is shown: from the table, from the primitive that brought its kind, or plainly. */
export function shownKind(
  { questionKinds }: { readonly questionKinds: QuestionKinds },
  { kind }: Pick<Question, "kind">,
): ShownKind {
  const own = Object.hasOwn(TABLE, kind) ? TABLE[kind] : questionKinds.get(kind)?.shown;
  return own ?? UNKNOWN;
}

/** The answers of a list. There is always a no. */
export function choicesOf({ answering }: ShownKind, question: Question): readonly AnswerChoice[] {
  const choices = answering.by === "choices" ? answering.choices(question) : [];
  return choices.some((choice) => !choice.answer.allow) ? choices : [...choices, DENIAL];
}
