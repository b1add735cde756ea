// Prompts: questions to a person before an answer: whether to save changed files, and what an unknown effect did.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import { choose, warn } from "../session/messages.ts";
import { fileOf, wishOf } from "../session/questions.ts";

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

/**
 * Asks what a call did that was interrupted, when nobody knows whether it happened. Undefined when a person left
 * without an answer.
 */
export async function askWhatHappened(question: Question): Promise<string | undefined> {
  const choices = [
    { label: vscode.l10n.t("It happened"), text: "happened" },
    { label: vscode.l10n.t("It did not happen: do it"), text: "did not" },
    { label: vscode.l10n.t("I do not know: leave it, and tell the agent"), text: "abandon" },
  ];
  return (await choose(choices, { title: wishOf(question) }))?.text;
}
