// An unknown effect: what a person says of a call that was cut off, and nobody knows whether it happened.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import type { Question } from "../../abi/record.ts";
import { wish } from "../session/questions.ts";

/** Undefined when it was left without a word. */
export async function whatHappened(question: Question): Promise<string | undefined> {
  const choices = [
    { label: vscode.l10n.t("It happened"), text: "happened" },
    { label: vscode.l10n.t("It did not happen: do it"), text: "did not" },
    { label: vscode.l10n.t("I do not know: leave it, and tell the agent"), text: "abandon" },
  ];
  return (await vscode.window.showQuickPick(choices, { title: wish(question) }))?.text;
}
