// Links: an address of the editor may bring a goal into a draft, and nothing else; a person reads it and sends it.
import * as vscode from "vscode";
import type { Drafts } from "./drafts.ts";

/** A goal longer than this is no goal, in characters. */
const LONGEST = 8000;

/** The goal that an address brings; undefined for every address that asks for anything else. */
export function goalIn({ path, query, fragment }: vscode.Uri): string | undefined {
  const asked = new URLSearchParams(query);
  const goal = asked.get("goal") ?? "";
  const plain = path === "/new" && fragment === "" && asked.size === 1;
  return plain && goal.trim() !== "" && goal.length <= LONGEST ? goal : undefined;
}

/** Opens the draft that a link asks for. Nothing runs: not even the steps of New Agent are begun. */
export function registerLinks(drafts: Drafts): vscode.Disposable {
  return vscode.window.registerUriHandler({
    async handleUri(uri) {
      const goal = goalIn(uri);
      if (goal === undefined) {
        const text = vscode.l10n.t(
          "A link asked Agent libOS for something that links may not do. Nothing was done.",
        );
        void vscode.window.showWarningMessage(text);
        return;
      }
      await drafts.open(vscode.l10n.t("Goal from a link"), { kind: "goal" }, goal);
      const text = vscode.l10n.t("A link brought this text. Read it: nothing runs before you send it.");
      void vscode.window.showInformationMessage(text);
    },
  });
}
