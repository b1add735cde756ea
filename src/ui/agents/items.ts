// How objects look in the Agents view: the row that holds them, and each of them.
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import { INIT } from "../../kernel/state/life.ts";
import type { StoredObject } from "../../kernel/state/rows.ts";
import { countWords, objectRow, objectsOf } from "../../views/objects/objects.ts";
import { nameOf } from "../session/agents.ts";
import type { ObjectRow, ObjectsRow } from "../session/rows.ts";

const { t } = vscode.l10n;

/** The row that the objects of an agent, or those of the workspace, stand under. */
export function objectsItem(kernel: Kernel, { pid }: ObjectsRow): vscode.TreeItem {
  const process = kernel.state.processes.get(pid);
  const label = pid === INIT ? t("Shared objects") : t("Objects");
  const count = countWords(t, objectsOf(kernel.state, pid).length);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `objects ${pid}`;
  item.description = count;
  item.iconPath = new vscode.ThemeIcon("library");
  item.contextValue = "objects";
  const whose = pid === INIT || process === undefined ? [] : [nameOf(process)];
  item.accessibilityInformation = { label: [label, ...whose, count].join(", "), role: "treeitem" };
  return item;
}

export function objectItem(kernel: Kernel, object: StoredObject, row: ObjectRow): vscode.TreeItem {
  const { name, description, label, tooltip } = objectRow(t, kernel.state, object);
  const item = new vscode.TreeItem(name);
  item.id = `object ${object.namespace}/${object.name}`;
  item.description = description;
  item.tooltip = tooltip;
  item.iconPath = new vscode.ThemeIcon("symbol-object");
  item.contextValue = object.versions.length > 1 ? "object.versions" : "object.single";
  item.accessibilityInformation = { label, role: "treeitem" };
  item.command = { command: "agentlibos.openObject", title: t("Open Object…"), arguments: [row] };
  return item;
}
