// Facts about a question that decide how it is shown and how it may be answered.
import type { Preview, Question } from "../../abi/question.ts";
import type * as vscode from "vscode";
import { l10n } from "vscode";
import { isTree, kindOf } from "../../abi/resource.ts";
import { nowOf } from "../../kernel/core.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Asked, Decided } from "../../kernel/state/rows.ts";
import { narrowRule, type NarrowRule } from "../../views/questions/narrow.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { fileAt } from "./folders.ts";
import { listed, needWords, titleWords } from "../../views/words/resources.ts";

/** What a row of a side bar of usual width, and what a notification, can show without being cut, in characters. */
export const ROW_MAX = 40;
export const TOAST_MAX = 110;

/** The questions that wait, oldest first. */
export function openQuestions(kernel: Kernel | undefined): Question[] {
  const waits = (asked: Asked): boolean => asked.outcome === undefined;
  return [...(kernel?.state.questions.values() ?? [])].filter(waits).map((asked) => asked.question);
}

/** The question if it still waits, as it was when it was shown. */
export function stillOpen(kernel: Kernel, id: string, digest: string): Question | undefined {
  const asked = kernel.state.questions.get(id);
  return asked?.outcome === undefined && asked?.question.digest === digest ? asked.question : undefined;
}

/** Questions answered by words or a choice instead of yes and no. */
export function isFree({ kind }: Question): boolean {
  return kind === "question" || kind === "effect";
}

/** What it wants, in one line, nothing hidden in it. */
export function wish(question: Decided["question"]): string {
  const { kind, preview, asks, text } = question;
  if (kind !== "approval") return visibleLine(text);
  if (preview !== undefined && kindOf(preview.target) === undefined)
    return visibleLine(titleWords(l10n.t, preview.title));
  const byResource = Map.groupBy(asks, (a) => a.need.resource);
  const words = [...byResource].map(([resource, all]) =>
    needWords(l10n.t, [...new Set(all.map((a) => a.need.right))], resource),
  );
  const said = listed(l10n.t, words) || visibleLine(text);
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/**
 * True when one row holds the whole request: no text to compare, nothing hidden, and every argument of the call is
 * there to be read. Only then may it be allowed without a look at its review.
 */
export function fitsRow(question: Question, most = ROW_MAX): boolean {
  const shown = wish(question);
  if (isFree(question) || shown.length > most || hides(question)) return false;
  if (question.kind !== "approval") return true;
  const { preview } = question;
  if (preview?.before !== undefined || preview?.after !== undefined || preview?.detail !== undefined)
    return false;
  return leaves(question.args).every((leaf) => shown.includes(leaf));
}

/** True when showing it had to replace a character: such a request is always reviewed whole. */
function hides({ text, preview }: Question): boolean {
  const parts = [text, preview?.title ?? "", preview?.target ?? ""];
  return parts.some((part) => visibleLine(part) !== part);
}

function leaves(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap((v) => leaves(v));
  return value === undefined || value === null
    ? []
    : [typeof value === "string" ? value : JSON.stringify(value)];
}

/** True when an allow may hold for longer than this once. */
export function isScopable({ kind, asks }: Question): boolean {
  return kind === "permission" || (kind === "approval" && asks.length > 0 && asks.every((a) => !a.once));
}

/** The rule that would have spared a person what they allowed before, and this. */
export function ruleFor(kernel: Kernel | undefined, question: Question): NarrowRule | undefined {
  return kernel === undefined ? undefined : narrowRule(kernel.state, question, nowOf(kernel.core));
}

/** The one file whose text would change, as the editor knows it. */
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
