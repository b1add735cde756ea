// Question words: how people see a kind of question, and the ways in which they can answer it.
import type { Answer, PreviewNames, Question } from "../../abi/question.ts";
import type { Kinds, Translate } from "../../abi/kind.ts";

/** One answer of a list. */
export interface AnswerChoice {
  /** The word that gives it on the command line. */
  readonly id: string;
  /** The key that gives it in a terminal. */
  readonly key: string;
  /** The answer in a list of the editor. */
  label(t: Translate): string;
  /** The answer beside its key; without it, the label. */
  short?(t: Translate): string;
  /** A remark behind the command that gives it. */
  remark?(t: Translate): string;
  readonly answer: Answer;
}

/** The ways to answer: by what would be stored, in the words of a person, or by one answer of a list. */
export type AnswerForm =
  | { readonly by: "offers"; readonly scopes: readonly Answer["scope"][] }
  | { readonly by: "words" }
  | {
      readonly by: "choices";
      /** The request to choose, in a terminal. */
      ask?(t: Translate): string;
      /** The answers, in the order in which they are offered. Where none denies, a plain no is added. */
      choices(question: Question): readonly AnswerChoice[];
    };

/** The parts of a question that the state keeps for people after its answer. */
export type Outlined = Pick<Question, "id" | "pid" | "kind" | "asks" | "text"> & {
  readonly preview?: PreviewNames | undefined;
};

/** A kind of question for people. Strings of an agent in its texts are made visible by whoever shows them. */
export interface QuestionWords {
  /** The words behind the name of the agent: `asks`. */
  heading(t: Translate): string;
  /** The icon of its row, by its name in the editor; without it, the request decides. */
  readonly icon?: string;
  /** The request in one line; without it, the text of the question. */
  line?(t: Translate, question: Outlined, kinds: Kinds): string;
  /** True when the text is an agent's own, so that it stands in quotation marks. */
  readonly quoted?: true;
  /** True when the request shows what it touches: action, target, risk, reasons and notes. */
  readonly facts?: true;
  /** Further facts, each with its name. */
  rows?(t: Translate, question: Question): readonly (readonly [name: string, value: string])[];
  /** The main part of the request; without it, the text. `detail` is that of the preview. */
  readonly content?: "arguments" | "detail";
  readonly answering: AnswerForm;
}
