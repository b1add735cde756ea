// Running: the rows of what an agent runs now: calls whose kind has words for them, and what goes on beside its calls.
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import type { RunningCall } from "../../kernel/reader.ts";
import { callWords } from "../../views/words/calls.ts";
import { visibleLine } from "../../views/words/visible.ts";
import type { HandleRow, RunningRow } from "../session/rows.ts";

const { t } = vscode.l10n;

/** The calls of a process that have rows: those that run, and that their kind says in words. */
export function runningCalls(kernel: Kernel, pid: number): RunningCall[] {
  return kernel
    .runningOf(pid)
    .filter((call) => call.waits === undefined && kernel.state.open.has(call.id))
    .filter((call) => callWords(t, kernel.state.kinds, { op: call.name, args: call.args }) !== undefined);
}

/** True when something of a process has a row here. */
export function runsAnything(kernel: Kernel, pid: number): boolean {
  return kernel.state.handles.has(pid) || runningCalls(kernel, pid).length > 0;
}

/** The row of a running call. */
export function runningItem(kernel: Kernel, row: RunningRow): vscode.TreeItem {
  const call = kernel.running(row.call);
  const said = call && callWords(t, kernel.state.kinds, { op: call.name, args: call.args });
  return rowItem(
    row,
    `running ${row.call}`,
    "call",
    said?.line ?? "",
    t("runs"),
    t("It ends with its agent."),
  );
}

/** The row of something that runs beside the calls of an agent. */
export function handleItem(kernel: Kernel, row: HandleRow): vscode.TreeItem {
  const handle = kernel.state.handles.get(row.pid)?.get(row.id);
  const label = visibleLine(handle?.label ?? "");
  const tooltip = t("{0}, since {1}. It ends with its agent.", label, handle?.opened ?? "");
  return rowItem(row, `handle ${row.id}`, "handle", label, t("runs in the background"), tooltip);
}

function rowItem(
  row: RunningRow | HandleRow,
  id: string,
  kind: "call" | "handle",
  label: string,
  description: string,
  tooltip: string,
): vscode.TreeItem {
  const item = new vscode.TreeItem(label);
  item.id = id;
  item.description = description;
  item.tooltip = tooltip;
  item.iconPath = new vscode.ThemeIcon(kind === "call" ? "sync" : "server-process");
  item.contextValue = `running.${kind}`;
  item.accessibilityInformation = { label: [label, description].join(", "), role: "treeitem" };
  item.command = { command: "agentlibos.showOutput", title: t("Show Output"), arguments: [row] };
  return item;
}
