// Repair: what a person may do about a record that is shown but not obeyed. Nothing of the record is ever deleted.
import * as vscode from "vscode";
import type { Standing } from "../../kernel/ports.ts";
import { visibleLine } from "../../views/words/visible.ts";
import type { Repair } from "./runtime.ts";
import { confirm, inform, showError, warn } from "./messages.ts";

/** The repairs that may be offered for a record of this standing: to fetch back comes first where files are kept. */
export function repairsFor(standing: Standing | undefined): readonly Repair[] {
  if (standing === undefined || standing.kind === "obeyed") return [];
  switch (standing.kind) {
    case "moved":
      return ["confirm", "afresh"];
    case "lost":
    case "foreign":
    case "copy":
    case "rolled-back":
    case "damaged":
      return standing.kept === true ? ["recover", "afresh"] : ["afresh"];
    default:
      return [];
  }
}

function repairLabel(how: Repair): string {
  switch (how) {
    case "recover":
      return vscode.l10n.t("Fetch It Back");
    case "confirm":
      return vscode.l10n.t("It Belongs Here");
    case "afresh":
      return vscode.l10n.t("Start a New Record…");
  }
}

/**
 * Tells the problem, with the repairs as buttons. True when a repair was tried and the record must be loaded again.
 */
export async function offerRepairs(
  text: string,
  offers: readonly Repair[],
  carryOut: (how: Repair) => Promise<{ ok: boolean; detail: string }>,
): Promise<boolean> {
  const chosen = await warn(text, ...offers.map(repairLabel));
  const how = offers.find((each) => repairLabel(each) === chosen);
  if (how === undefined || (how === "afresh" && !(await confirmNewRecord()))) return false;
  const { ok, detail } = await carryOut(how);
  if (ok) void inform(vscode.l10n.t("The record: {0}.", visibleLine(detail)));
  else void showError(vscode.l10n.t("The record was left as it was: {0}.", visibleLine(detail)));
  return true;
}

/** Agents of the old record cannot continue, so a person confirms it. */
async function confirmNewRecord(): Promise<boolean> {
  const start = vscode.l10n.t("Start a New Record");
  const detail = vscode.l10n.t(
    "What is here now is kept in .agentlibos/aside. Its agents cannot go on, and their capabilities are not valid in the new record.",
  );
  const question = vscode.l10n.t("Start a new record in this folder?");
  return confirm(question, start, detail);
}
