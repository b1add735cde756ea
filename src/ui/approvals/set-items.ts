// Items of change sets: how the rows of a set and of its folders look.
import * as vscode from "vscode";
import type { Kinds } from "../../abi/kind.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { partsOf } from "../../kernel/state/call-id.ts";
import { folderTitle, setTitle } from "../../views/questions/sets.ts";
import { callWords } from "../../views/words/calls.ts";
import { resourceWords } from "../../views/words/resources.ts";
import type { FolderRow, SetRow } from "../session/rows.ts";
import type { ChangeSets, PartRow } from "./sets.ts";

const { t } = vscode.l10n;

/** The row of the changes of one turn or of one call. Beside it stands what the call does, in the words of its kind. */
export function setItem(kernel: Kernel, row: SetRow, sets: ChangeSets): vscode.TreeItem {
  const { turn, index } = partsOf(row.place) ?? {};
  const count = countWords(sets.members(row).length);
  // The text is short, because the agent's row is above it and buttons are beside it.
  const item = partItem(
    row,
    sets,
    turn !== undefined && index === undefined
      ? t("{0} of turn {1}", count, turn + 1)
      : t("{0} of call {1}", count, row.place),
  );
  item.id = `set ${row.place}`;
  item.collapsibleState = vscode.TreeItemCollapsibleState.Expanded;
  item.iconPath = new vscode.ThemeIcon("diff-multiple");
  const maker = kernel.running(row.place);
  const said = maker && callWords(t, kernel.state.kinds, { op: maker.name, args: maker.args });
  if (said !== undefined) item.description = said.line;
  const label = `${setTitle(t, row.place)} (${count})`;
  item.accessibilityInformation = { label: said === undefined ? label : `${label}, ${said.line}` };
  return item;
}

/** The row of the changes of a large set in one folder. */
export function folderItem(kinds: Kinds, row: FolderRow, sets: ChangeSets): vscode.TreeItem {
  const { set, folder, removes } = row;
  const members = sets.members(row);
  const checked = members.filter((q) => sets.isChecked(q)).length;
  const words = resourceWords(t, kinds, folder);
  const label = removes ? t("Removed from {0}", words) : words;
  const item = partItem(row, sets, label);
  item.id = `folder ${set.place} ${removes ? "-" : "+"} ${folder}`;
  item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
  item.iconPath = new vscode.ThemeIcon(removes ? "trash" : "folder");
  const count = countWords(members.length);
  item.description = checked === members.length ? count : t("{0} of {1} checked", checked, members.length);
  item.accessibilityInformation = { label: `${folderTitle(t, kinds, set.place, row)} (${item.description})` };
  const all = checked === members.length;
  item.checkboxState = {
    state: vscode.TreeItemCheckboxState[all ? "Checked" : "Unchecked"],
    tooltip: t("The box of a folder checks or unchecks all its files."),
    // A screen reader can reach the box without reading its row.
    accessibilityInformation: { label: `${label}, ${item.description}` },
  };
  return item;
}

/** The menu and the review that a set and its parts share. */
function partItem(row: PartRow, sets: ChangeSets, label: string): vscode.TreeItem {
  const covered = sets.mayAllow(sets.members(row));
  const item = new vscode.TreeItem(label);
  item.contextValue = `set.${covered ? "seen" : "unseen"}`;
  item.tooltip = covered
    ? t("Allow Checked allows what is checked, and denies what is not.")
    : t("Review it first: then what is checked can be allowed.");
  item.command = { command: "agentlibos.review", title: t("Review"), arguments: [row] };
  return item;
}

function countWords(members: number): string {
  return members === 1 ? t("1 file") : t("{0} files", members);
}
