// Goals: the beginning of a goal from a selection in the editor or explorer, or from a link. A person reads it and
// sends it.
import * as vscode from "vscode";
import type { Drafts } from "../documents/drafts.ts";
import { codeBlock } from "../../views/words/markdown.ts";
import { inform, warn } from "../session/messages.ts";

/** The most characters of a selection that are quoted. The agent can read the file. */
const QUOTED_MOST = 8000;

/** The beginning of a goal; undefined when nothing is selected. `args` are the addresses that a menu passes. */
export function goalFromSelection([first, several]: readonly unknown[]): string | undefined {
  const listed = Array.isArray(several) ? several.filter((uri) => uri instanceof vscode.Uri) : [];
  if (listed.length > 0) return `${listed.map((uri) => `- \`${pathOf(uri)}\``).join("\n")}\n\n`;
  const editor = vscode.window.activeTextEditor;
  const inEditor = first === undefined || (first instanceof vscode.Uri && isIn(editor, first));
  if (editor !== undefined && inEditor && !editor.selection.isEmpty) return quotation(editor);
  return first instanceof vscode.Uri ? `- \`${pathOf(first)}\`\n\n` : undefined;
}

function quotation({ document, selection }: vscode.TextEditor): string {
  const { start, end } = selection;
  // A selection that ends before the first character of a line does not include that line.
  const last = end.character === 0 && end.line > start.line ? end.line : end.line + 1;
  const path = pathOf(document.uri);
  const where =
    last === start.line + 1
      ? vscode.l10n.t("In `{0}`, line {1}:", path, last)
      : vscode.l10n.t("In `{0}`, lines {1} to {2}:", path, start.line + 1, last);
  const text = document.getText(selection);
  const rest =
    text.length <= QUOTED_MOST ? "" : `\n\n${vscode.l10n.t("({0} characters in all)", text.length)}`;
  const language = /^[\w+#-]{1,20}$/u.exec(document.languageId)?.[0] ?? "";
  return `${where}\n\n${codeBlock(text.slice(0, QUOTED_MOST), language)}${rest}\n\n`;
}

function isIn(editor: vscode.TextEditor | undefined, uri: vscode.Uri): boolean {
  return editor?.document.uri.toString() === uri.toString();
}

function pathOf(uri: vscode.Uri): string {
  return vscode.workspace.asRelativePath(uri).replaceAll("`", "'");
}

/** The most characters of a goal from a link. */
const GOAL_MOST = 8000;

/** The goal in a link; undefined for a link that asks for anything else. */
export function goalFromLink({ path, query, fragment }: vscode.Uri): string | undefined {
  const asked = new URLSearchParams(query);
  const goal = asked.get("goal") ?? "";
  const wellFormed = path === "/new" && fragment === "" && asked.size === 1;
  return wellFormed && goal.trim() !== "" && goal.length <= GOAL_MOST ? goal : undefined;
}

/** Opens the draft that a link asks for, and nothing else. Not even the steps of New Agent begin. */
export function registerLinks(drafts: Drafts): vscode.Disposable {
  return vscode.window.registerUriHandler({
    async handleUri(uri) {
      const goal = goalFromLink(uri);
      if (goal === undefined) {
        const text = vscode.l10n.t(
          "A link asked Agent libOS for something that links may not do. Nothing was done.",
        );
        void warn(text);
        return;
      }
      await drafts.open(vscode.l10n.t("Goal from a link"), { kind: "goal" }, goal);
      const text = vscode.l10n.t("A link brought this text. Read it: nothing runs before you send it.");
      void inform(text);
    },
  });
}
