// Questions: which requests wait, their rows, and what an answer to one may mean beside it.
import type { Question, Preview } from "../../abi/question.ts";
import type { Outlined } from "../../kernel/questions/words.ts";
import type * as vscode from "vscode";
import { l10n } from "vscode";
import { Kinds } from "../../abi/kind.ts";
import { isTree, stem } from "../../abi/resource.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { AskedQuestion } from "../../kernel/state/rows.ts";
import { narrowRule, type NarrowRule } from "../../views/questions/narrow.ts";
import { lineOf, QuestionRow } from "../../views/questions/row.ts";
import { fileAt } from "./folders.ts";

/** The most characters that a notification shows in full. */
export const TOAST_MAX = 110;

const NO_KINDS = new Kinds([]);

/** The kinds of resources that a kernel knows; none without a kernel, and then nothing is asked. */
export function kindsOf(kernel: Kernel | undefined): Kinds {
  return kernel?.state.kinds ?? NO_KINDS;
}

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

/** A question as a row, with the facts that decide what may be offered for it. */
export function rowOf(kernel: Kernel, question: Question): QuestionRow {
  return new QuestionRow(l10n.t, kernel, question);
}

/** The request in one line, with nothing hidden in it. */
export function lineIn(kernel: Kernel, question: Outlined): string {
  return lineOf(l10n.t, kernel, question);
}

/** The rule that would have covered this request and earlier approvals. */
export function ruleFor(kernel: Kernel | undefined, question: Question): NarrowRule | undefined {
  return kernel === undefined ? undefined : narrowRule(kernel.state, question, kernel.now());
}

/** The first file or folder that a call would change, as the editor addresses it. */
export function changedFileOf(kernel: Kernel, { needs }: Question): vscode.Uri | undefined {
  const need = needs.find((n) => kernel.state.kinds.changesFile(n));
  return need === undefined ? undefined : fileAt(kernel.state.roots, stem(need.resource));
}

/** The one file whose text would change, as the editor addresses it. */
export function fileOf(
  kernel: Kernel,
  question: Question,
  preview: Preview | undefined,
): vscode.Uri | undefined {
  if (preview?.after === undefined) return undefined;
  const need = question.needs.find(
    (n) => !isTree(n.resource) && kernel.state.kinds.of(n.resource)?.editedBy === n.right,
  );
  return need === undefined ? undefined : fileAt(kernel.state.roots, need.resource);
}
