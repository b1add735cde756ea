// Mend: what a person may do about a record that is shown, not obeyed; nothing of it is ever deleted.
import * as vscode from "vscode";
import type { Standing } from "../../kernel/ports.ts";
import type { Mending } from "./runtime.ts";

/** What may be offered for a record of this standing. */
export function mendings(kind: Standing["kind"] | undefined): readonly Mending[] {
  switch (kind) {
    case "lost":
      return ["recover", "afresh"];
    case "moved":
      return ["confirm", "afresh"];
    case "foreign":
    case "copy":
    case "rolled-back":
    case "damaged":
      return ["afresh"];
    default:
      return [];
  }
}

function label(how: Mending): string {
  switch (how) {
    case "recover":
      return vscode.l10n.t("Fetch It Back");
    case "confirm":
      return vscode.l10n.t("It Belongs Here");
    case "afresh":
      return vscode.l10n.t("Start a New Record…");
  }
}

/** Tells what is wrong, with the ways out as buttons. True when the record was changed and is to be looked at again. */
export async function mend(
  text: string,
  offers: readonly Mending[],
  carryOut: (how: Mending) => Promise<{ ok: boolean; detail: string }>,
): Promise<boolean> {
  const chosen = await vscode.window.showWarningMessage(text, ...offers.map(label));
  const how = offers.find((each) => label(each) === chosen);
  if (how === undefined || (how === "afresh" && !(await sure()))) return false;
  const { ok, detail } = await carryOut(how);
  if (ok) void vscode.window.showInformationMessage(vscode.l10n.t("The record: {0}.", detail));
  else void vscode.window.showErrorMessage(vscode.l10n.t("The record was left as it was: {0}.", detail));
  return true;
}

/** Agents of the old record cannot go on, so a person says it twice. */
async function sure(): Promise<boolean> {
  const start = vscode.l10n.t("Start a New Record");
  const detail = vscode.l10n.t(
    "What is here now is kept in .agentlibos/aside. Its agents cannot go on, and their capabilities are not valid in the new record.",
  );
  const question = vscode.l10n.t("Start a new record in this folder?");
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, start)) === start;
}
