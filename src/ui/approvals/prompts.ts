// Prompts: questions to a person before an answer: whether to save changed files, and which answer of a list to give.
import type { Answer, Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import { choicesOf } from "../../views/questions/kinds.ts";
import type { QuestionRow } from "../../views/questions/row.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { choose, warn } from "../session/messages.ts";
import { fileOf } from "../session/questions.ts";

/** The open documents with unsaved changes that these requests would overwrite, each with its request. */
function unsavedTargets(
  kernel: Kernel,
  questions: readonly Question[],
): { document: vscode.TextDocument; question: Question }[] {
  const targets = new Map(questions.map((q) => [fileOf(kernel, q, kernel.previewOf(q))?.toString(), q]));
  return vscode.workspace.textDocuments.flatMap((document) => {
    const question = targets.get(document.uri.toString());
    return document.isDirty && question !== undefined ? [{ document, question }] : [];
  });
}

/**
 * Asks to save the files that these requests would overwrite. `clean`: no file has unsaved changes. `deny` and
 * `later` are the person's choice. Saving a file makes a request for its old text stale.
 */
export async function askToSave(
  kernel: Kernel,
  questions: readonly Question[],
): Promise<"clean" | "deny" | "later" | { readonly stale: readonly Question[] }> {
  const dirty = unsavedTargets(kernel, questions);
  if (dirty.length === 0) return "clean";
  const save = vscode.l10n.t("Save and Recheck");
  const deny = vscode.l10n.t("Deny");
  const text = vscode.l10n.t(
    "{0} has changes that are not saved. The request was made for the saved text.",
    dirty.map(({ document }) => vscode.workspace.asRelativePath(document.uri)).join(", "),
  );
  const chosen = await warn(text, save, deny);
  if (chosen !== save) return chosen === deny ? "deny" : "later";
  for (const { document } of dirty) if (!(await document.save())) return "later";
  const stale = dirty.filter((d) => kernel.previewOf(d.question)?.before !== d.document.getText());
  return { stale: stale.map(({ question }) => question) };
}

/** Asks for one answer of a list. Undefined when a person left without an answer. */
export async function askForChoice({ kind, question, line }: QuestionRow): Promise<Answer | undefined> {
  const choices = choicesOf(kind, question).map((choice) => ({
    label: visibleLine(choice.label(vscode.l10n.t)),
    answer: choice.answer,
  }));
  return (await choose(choices, { title: line }))?.answer;
}
