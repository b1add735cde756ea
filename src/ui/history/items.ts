// Items of the History view: how a day, an agent, a turn and a call look in the tree.
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import { INIT } from "../../kernel/state/life.ts";
import {
  callRowWords,
  dayWords,
  filterWords,
  type HistoryFilter,
  turnName,
  turnSumWords,
  type CallLook,
} from "../../views/history/rows.ts";
import { callName } from "../../views/record/calls.ts";
import { targetOf } from "../../views/record/audit.ts";
import { decisionWords, outcomeWords } from "../../views/words/decisions.ts";
import { agentName, agentStateOf, agentStateWords, iconOf } from "../session/agents.ts";
import { DayRow, type MoreRow, PastAgentRow, PastCallRow, TurnRow, type PastRow } from "./rows.ts";

const { t } = vscode.l10n;
const { Collapsed, None } = vscode.TreeItemCollapsibleState;

const color = (id: string): vscode.ThemeColor => new vscode.ThemeColor(id);
const LOOKS: Readonly<Record<CallLook, vscode.ThemeIcon>> = {
  answer: new vscode.ThemeIcon("comment"),
  denied: new vscode.ThemeIcon("circle-slash", color("charts.red")),
  failed: new vscode.ThemeIcon("error", color("charts.red")),
  unknown: new vscode.ThemeIcon("question", color("charts.yellow")),
  waits: new vscode.ThemeIcon("bell-dot", color("charts.yellow")),
  changed: new vscode.ThemeIcon("edit"),
  looked: new vscode.ThemeIcon("eye"),
  done: new vscode.ThemeIcon("check"),
};

/** The name of an agent that may have left the state: then its number. Init stands for the person. */
export function pastName(kernel: Kernel | undefined, pid: number): string {
  if (pid === INIT) return t("You");
  const process = kernel?.state.processes.get(pid);
  return process === undefined ? t("Agent {0}", pid) : agentName(process);
}

/** The filter in words, as it stands beside the title of the view. */
export function filterTitle(kernel: Kernel | undefined, filter: HistoryFilter): string {
  return filterWords(t, filter, (pid) => pastName(kernel, pid));
}

/** The item of a row. `now` is in milliseconds since the Unix epoch. */
export function pastItem(kernel: Kernel, row: PastRow, now: number): vscode.TreeItem {
  const item = itemOf(kernel, row, now);
  item.id = row.id;
  const label = typeof item.label === "string" ? item.label : "";
  const description = typeof item.description === "string" ? item.description : "";
  const spoken = [label, description].filter((part) => part !== "").join(", ");
  item.accessibilityInformation = { label: spoken, role: "treeitem" };
  return item;
}

function itemOf(kernel: Kernel, row: PastRow, now: number): vscode.TreeItem {
  const { language } = vscode.env;
  if (row instanceof DayRow) return dayItem(row, now);
  if (row instanceof PastAgentRow) return agentItemOf(kernel, row);
  if (row instanceof TurnRow) {
    const item = new vscode.TreeItem(turnName(t, row.sum.turn), Collapsed);
    item.description = turnSumWords(t, language, row.sum);
    item.contextValue = "past.turn";
    return withIcon(item, "list-tree");
  }
  if (row instanceof PastCallRow) return callItemOf(kernel, row);
  return moreItem(row);
}

function dayItem({ day }: DayRow, now: number): vscode.TreeItem {
  const { label, description } = dayWords(t, vscode.env.language, day.start, now);
  const item = new vscode.TreeItem(label, Collapsed);
  item.description = description;
  return withIcon(item, "calendar");
}

function agentItemOf(kernel: Kernel, { pid }: PastAgentRow): vscode.TreeItem {
  const item = new vscode.TreeItem(pastName(kernel, pid), Collapsed);
  item.contextValue = "past.agent";
  const process = kernel.state.processes.get(pid);
  if (pid === INIT || process === undefined)
    return withIcon(item, pid === INIT ? "person" : "circle-outline");
  const state = agentStateOf(kernel, process);
  item.description = agentStateWords(state);
  item.tooltip = `${agentName(process)}\n${t("process {0}", pid)}`;
  item.iconPath = iconOf(state);
  return item;
}

function callItemOf(kernel: Kernel, past: PastCallRow): vscode.TreeItem {
  const { row, below } = past;
  const { json } = row;
  const { label, description, look } = callRowWords(t, kernel.state.kinds, vscode.env.language, row);
  const item = new vscode.TreeItem(label, below.length === 0 ? None : Collapsed);
  const byAgent = past.above === "" ? `${pastName(kernel, json.pid)} · ` : "";
  item.description = byAgent + description;
  item.iconPath = LOOKS[look];
  item.contextValue = "past.call";
  item.tooltip = [
    `${callName(json)}  ${targetOf(t, row)}`,
    `${decisionWords(t, json.decision)}, ${outcomeWords(t, json.outcome)}`,
    t("call {0}, {1}", json.call, new Date(row.time).toLocaleString(vscode.env.language)),
  ].join("\n");
  item.command = { command: "agentlibos.openRecord", title: t("Open Record"), arguments: [past] };
  return item;
}

function moreItem(row: MoreRow): vscode.TreeItem {
  const { reached } = row;
  const label =
    reached === undefined
      ? t("Earlier…")
      : t("Looked back to {0}. Look further…", new Date(reached).toLocaleString(vscode.env.language));
  const item = new vscode.TreeItem(label, None);
  item.command = { command: "agentlibos.earlierHistory", title: t("Earlier…"), arguments: [row] };
  return withIcon(item, "ellipsis");
}

function withIcon(item: vscode.TreeItem, icon: string): vscode.TreeItem {
  item.iconPath = new vscode.ThemeIcon(icon);
  return item;
}
