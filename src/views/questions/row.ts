// Rows: a question in one line of a list, and the facts that decide what its row may offer.
import type { Kinds } from "../../abi/kind.ts";
import type { Question } from "../../abi/question.ts";
import type { Outlined } from "../../kernel/questions/words.ts";
import { isForCall, type QuestionKinds } from "../../kernel/questions/kinds.ts";
import type { Translate } from "../words/translate.ts";
import { quotedText, visibleLine } from "../words/visible.ts";
import { choicesOf, shownKind, type ShownKind } from "./kinds.ts";

/** The most characters that a row of a usual side bar shows in full. */
export const ROW_MAX = 40;

/** Where the kinds of questions and of resources are known. */
export interface KnowsKinds {
  readonly questionKinds: QuestionKinds;
  readonly state: { readonly kinds: Kinds };
}

/** The request in one line, with nothing hidden in it. */
export function lineOf(t: Translate, on: KnowsKinds, question: Outlined): string {
  const kind = shownKind(on, question);
  if (kind.line !== undefined) return visibleLine(kind.line(t, question, on.state.kinds));
  const { text } = question;
  return kind.quoted === true ? quotedText(t, text, text.length) : visibleLine(text);
}

/** The row of a waiting question. */
export class QuestionRow {
  readonly question: Question;
  readonly kind: ShownKind;
  readonly #t: Translate;
  readonly #on: KnowsKinds;

  constructor(t: Translate, on: KnowsKinds, question: Question) {
    this.#t = t;
    this.#on = on;
    this.question = question;
    this.kind = shownKind(on, question);
  }

  /** The kinds of resources that its needs are about. */
  get kinds(): Kinds {
    return this.#on.state.kinds;
  }

  /** The request in one line. */
  get line(): string {
    return lineOf(this.#t, this.#on, this.question);
  }

  /** True when yes and no are not its answers: words answer it, or one answer of a list. */
  get free(): boolean {
    const { by } = this.kind.answering;
    if (by !== "choices") return by === "words";
    const choices = choicesOf(this.kind, this.question);
    return (
      choices.length !== 2 ||
      choices.some(({ answer }) => answer.text !== undefined || answer.scope !== "once")
    );
  }

  /** True when it may be allowed for longer than once. */
  get scopable(): boolean {
    const { answering } = this.kind;
    return (
      answering.by === "offers" && answering.scopes.length > 1 && this.question.asks.every((a) => !a.once)
    );
  }

  /** The state of its menu; `seen` says whether its review was opened. */
  menu(seen: boolean): "budget" | "free" | "whole" | "seen" | "unseen" {
    if (this.kind.menu !== undefined) return this.kind.menu;
    if (this.free) return "free";
    return this.fits() ? "whole" : seen ? "seen" : "unseen";
  }

  /** The name of its icon in the editor; `warning` stands for a high risk. */
  get icon(): string {
    if (this.kind.icon !== undefined) return this.kind.icon;
    const { preview, needs } = this.question;
    if (preview?.risk === "high") return "warning";
    const changes = needs.filter((n) => this.kinds.changes(n));
    if (changes.length > 0 && changes.every((n) => this.kinds.removes(n))) return "trash";
    return preview?.after === undefined ? "key" : "edit";
  }

  /**
   * True when one row shows the whole request: no text to compare, nothing hidden, and every argument of the call
   * readable. Only then may it be allowed without opening its review.
   */
  fits(most = ROW_MAX): boolean {
    const { question, line } = this;
    if (this.free || line.length > most || hidesCharacters(question)) return false;
    if (!isForCall(question)) return true;
    const { preview } = question;
    if (preview?.before !== undefined || preview?.after !== undefined) return false;
    if (preview?.notes !== undefined || preview?.detail !== undefined) return false;
    return leavesOf(question.args).every((leaf) => line.includes(leaf));
  }
}

/** True when a character had to be replaced. Such a request is always reviewed in full. */
function hidesCharacters({ text, preview }: Question): boolean {
  const { verb = "", title = "", target = "", to = "", link = "" } = preview ?? {};
  return [text, verb, title, target, to, link].some((part) => visibleLine(part) !== part);
}

function leavesOf(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap((v) => leavesOf(v));
  return value === undefined || value === null
    ? []
    : [typeof value === "string" ? value : JSON.stringify(value)];
}
