// Questions: which requests wait, their text in one line, and the facts that decide how they may be answered.
import type { Question, Preview } from "../../abi/question.ts";
import type * as vscode from "vscode";
import { l10n } from "vscode";
import { isTree, kindOf } from "../../abi/resource.ts";
import { nowOf } from "../../kernel/core.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { AskedQuestion, Decided } from "../../kernel/state/rows.ts";
import { narrowRule, type NarrowRule } from "../../views/questions/narrow.ts";
import { quotedText, visibleLine } from "../../views/words/visible.ts";
import { fileAt } from "./folders.ts";
import { needWords, titleWords } from "../../views/words/resources.ts";
import { joinWords } from "../../views/words/translate.ts";

/** The most characters that a row of a usual side bar shows in full. */
export const ROW_MAX = 40;
/** The most characters that a notification shows in full. */
export const TOAST_MAX = 110;

/** The waiting questions, oldest first. */
export function openQuestions(kernel: Kernel | undefined): Question[] {
  const waits = (asked: AskedQuestion): boolean => asked.outcome === undefined;
  return [...(kernel?.state.questions.values() ?? [])].filter(waits).map((asked) => asked.question);
}

/** The question if it still waits and is the one that was shown. */
export function stillOpen(kernel: Kernel, id: string, digest: string): Question | undefined {
  const asked = kernel.state.questions.get(id);
  return asked?.outcome === undefined && asked?.question.digest === digest ? asked.question : undefined;
}

/** True for questions that are answered in words or by a choice instead of yes and no. */
export function isFree({ kind }: Question): boolean {
  return kind === "question" || kind === "effect";
}

/** The request in one line, with nothing hidden in it. */
export function wishOf(question: Decided["question"]): string {
  const { kind, preview, asks, text } = question;
  if (kind === "question") return quotedText(l10n.t, text, text.length);
  if (kind !== "approval") return visibleLine(text);
  if (preview !== undefined && kindOf(preview.target) === undefined)
    return visibleLine(titleWords(l10n.t, preview.title));
  const byResource = Map.groupBy(asks, (a) => a.need.resource);
  const words = [...byResource].map(([resource, all]) =>
    needWords(l10n.t, [...new Set(all.map((a) => a.need.right))], resource),
  );
  const said = joinWords(l10n.t, words) || visibleLine(text);
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/**
 * True when one row shows the whole request: no text to compare, nothing hidden, and every argument of the call
 * readable. Only then may it be allowed without opening its review.
 */
export function fitsRow(question: Question, most = ROW_MAX): boolean {
  const shown = wishOf(question);
  if (isFree(question) || shown.length > most || hidesCharacters(question)) return false;
  if (question.kind !== "approval") return true;
  const { preview } = question;
  if (preview?.before !== undefined || preview?.after !== undefined || preview?.detail !== undefined)
    return false;
  return leavesOf(question.args).every((leaf) => shown.includes(leaf));
}

/** True when a character had to be replaced. Such a request is always reviewed in full. */
function hidesCharacters({ text, preview }: Question): boolean {
  const parts = [text, preview?.title ?? "", preview?.target ?? ""];
  return parts.some((part) => visibleLine(part) !== part);
}

function leavesOf(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap((v) => leavesOf(v));
  return value === undefined || value === null
    ? []
    : [typeof value === "string" ? value : JSON.stringify(value)];
}

/** True when it may be allowed for longer than once. */
export function isScopable({ kind, asks }: Question): boolean {
  return kind === "permission" || (kind === "approval" && asks.length > 0 && asks.every((a) => !a.once));
}

/** The rule that would have covered this request and earlier approvals. */
export function ruleFor(kernel: Kernel | undefined, question: Question): NarrowRule | undefined {
  return kernel === undefined ? undefined : narrowRule(kernel.state, question, nowOf(kernel.core));
}

/** The one file whose text would change, as the editor addresses it. */
export function fileOf(
  kernel: Kernel,
  question: Question,
  preview: Preview | undefined,
): vscode.Uri | undefined {
  if (preview?.after === undefined) return undefined;
  const need = question.needs.find(
    (n) => kindOf(n.resource) === "fs" && !isTree(n.resource) && n.right === "write",
  );
  return need === undefined ? undefined : fileAt(kernel.state.roots, need.resource);
}
