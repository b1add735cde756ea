// Dirty editors: nothing is written over changes that are not saved; saving them makes a request for other text stale.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import { unlinked } from "../session/messages.ts";
import { fileOf, wish } from "../session/questions.ts";

/** The editors whose unsaved changes these requests would write over, with the request of each. */
function over(
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
 * `clean` when nothing stands in the way of allowing these; else what a person chose: to deny, to do nothing yet, or to
 * save, which makes some of them stale.
 */
export async function saveFirst(
  kernel: Kernel,
  questions: readonly Question[],
): Promise<"clean" | "deny" | "later" | { readonly stale: readonly Question[] }> {
  const dirty = over(kernel, questions);
  if (dirty.length === 0) return "clean";
  const save = vscode.l10n.t("Save and Recheck");
  const deny = vscode.l10n.t("Deny");
  const text = vscode.l10n.t(
    "{0} has changes that are not saved. The request was made for the saved text.",
    dirty.map(({ document }) => vscode.workspace.asRelativePath(document.uri)).join(", "),
  );
  const chosen = await vscode.window.showWarningMessage(unlinked(text), save, deny);
  if (chosen !== save) return chosen === deny ? "deny" : "later";
  for (const { document } of dirty) if (!(await document.save())) return "later";
  const stale = dirty.filter((d) => kernel.previewOf(d.question)?.before !== d.document.getText());
  return { stale: stale.map(({ question }) => question) };
}

/** Undefined when it was left without a word. */
export async function whatHappened(question: Question): Promise<string | undefined> {
  const choices = [
    { label: vscode.l10n.t("It happened"), text: "happened" },
    { label: vscode.l10n.t("It did not happen: do it"), text: "did not" },
    { label: vscode.l10n.t("I do not know: leave it, and tell the agent"), text: "abandon" },
  ];
  return (await vscode.window.showQuickPick(choices, { title: wish(question) }))?.text;
}
