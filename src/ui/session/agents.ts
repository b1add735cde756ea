// How an agent stands, in the words, icons and menus that people see.
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import { queued } from "../../kernel/state/conversation.ts";
import { INIT } from "../../kernel/state/life.ts";
import type { Process } from "../../kernel/state/rows.ts";
import { holdsObjects } from "../../views/objects/objects.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { usageWords } from "../../views/words/usage.ts";
import { unreadWords, waitWords } from "../../views/words/processes.ts";
import { forkWords, processWords } from "../../views/words/resources.ts";
import { openQuestions, wish } from "./questions.ts";

export type Word = "working" | "needs" | "waiting" | "turn" | "paused" | "finished" | "failed" | "stopped";

/** Every agent of the record, in order; init, which stands for the workspace, is none and has no account. */
export function agentsOf(kernel: Kernel | undefined): Process[] {
  return [...(kernel?.state.processes.values() ?? [])].filter((p) => p.account !== 0);
}

const ICONS: Readonly<Record<Word, vscode.ThemeIcon>> = {
  working: new vscode.ThemeIcon("sync", new vscode.ThemeColor("charts.blue")),
  needs: new vscode.ThemeIcon("bell-dot", new vscode.ThemeColor("charts.yellow")),
  waiting: new vscode.ThemeIcon("watch"),
  turn: new vscode.ThemeIcon("comment-discussion", new vscode.ThemeColor("charts.yellow")),
  paused: new vscode.ThemeIcon("debug-pause"),
  finished: new vscode.ThemeIcon("pass", new vscode.ThemeColor("charts.green")),
  failed: new vscode.ThemeIcon("error", new vscode.ThemeColor("charts.red")),
  stopped: new vscode.ThemeIcon("circle-slash"),
};

/** What menus offer on a row in this state. `stuck`: its model failed, and Resume tries again. */
const MENU: Readonly<Record<Word, string>> = {
  working: "live",
  needs: "live",
  waiting: "live",
  turn: "turn",
  paused: "paused",
  finished: "ended",
  failed: "ended",
  stopped: "ended",
};

export function iconOf(word: Word): vscode.ThemeIcon {
  return ICONS[word];
}

export function wordOf(kernel: Kernel, process: Process): Word {
  const { life } = process;
  if (life.ended === "finished") return "finished";
  if (life.ended !== undefined) return life.ended === "failed" ? "failed" : "stopped";
  if (life.paused) return "paused";
  const { approval, question, budget, effect, model, message } = life.stops;
  if ([approval, question, budget, effect, model].some((n) => n !== undefined)) return "needs";
  if (message !== undefined) return "turn";
  const { state, on } = kernel.standing(process.pid);
  return state === "blocked" && !on.includes("model") ? "waiting" : "working";
}

export function spoken(word: Word): string {
  const { t } = vscode.l10n;
  const words: Readonly<Record<Word, string>> = {
    working: t("working"),
    needs: t("needs you"),
    waiting: t("waiting"),
    turn: t("your turn"),
    paused: t("paused"),
    finished: t("finished"),
    failed: t("failed"),
    stopped: t("stopped"),
  };
  return words[word];
}

/** What it waits for or came to, shortly. */
export function wantOf(kernel: Kernel, process: Process): string {
  const asked = openQuestions(kernel).filter((q) => q.pid === process.pid);
  if (asked[0] !== undefined)
    return asked.length === 1 ? wish(asked[0]) : vscode.l10n.t("{0} requests", asked.length);
  if (process.life.stops.model !== undefined) return stuckWords(process);
  if (process.life.ended !== undefined)
    return process.life.ended === "failed" ? visibleLine(process.reason ?? "") : "";
  const waits = waitWords(vscode.l10n.t, kernel.core, process.pid, moment);
  const said = queued(process) === 0 ? "" : vscode.l10n.t("{0} queued", queued(process));
  return joined([waits, unreadWords(vscode.l10n.t, kernel.core, process.pid), said], ", ");
}

function joined(parts: readonly string[], by: string): string {
  return parts.filter((part) => part !== "").join(by);
}

/** The time of day, and which day where it is another one than today. */
function moment(ms: number): string {
  const at = new Date(ms);
  const today = at.toDateString() === new Date().toDateString();
  const day = today ? {} : ({ dateStyle: "medium" } as const);
  return at.toLocaleString(vscode.env.language, { ...day, timeStyle: "short" });
}

/** Why its model does not answer; the code before the words is for programs. */
function stuckWords(process: Process): string {
  const why = visibleLine((process.reason ?? "").replace(/^[A-Z0-9]+: (?:needs you: )?/u, ""));
  return why === "" ? vscode.l10n.t("its model does not answer") : clip(why, 80);
}

function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** The goal's first line, as the name of the agent. */
export function nameOf(process: Process, most = 60): string {
  const line = visibleLine(process.goal.split("\n").find((l) => l.trim() !== "") ?? "").trim();
  return clip(line, most);
}

/** The row of an agent, whole. */
export function agentItem(kernel: Kernel, process: Process): vscode.TreeItem {
  const word = wordOf(kernel, process);
  const want = wantOf(kernel, process);
  const item = new vscode.TreeItem(nameOf(process));
  const children = process.children.some((pid) => kernel.state.processes.get(pid)?.account === process.pid);
  const under = children ? " family" : holdsObjects(kernel.state, process.pid) ? " objects" : "";
  item.collapsibleState = vscode.TreeItemCollapsibleState[under === "" ? "None" : "Expanded"];
  // The editor remembers by id whether a row is open; one that gets its first child opens like a new row.
  item.id = `agent ${process.pid}${under}`;
  // Others speak of a child by what it runs and its number; what it waits for says that it waits.
  const who = process.account === INIT ? "" : processWords(vscode.l10n.t, kernel.state, process.pid);
  const waits = word === "waiting" && waitWords(vscode.l10n.t, kernel.core, process.pid, moment) !== "";
  const fork = forkWords(vscode.l10n.t, process);
  item.description = joined([who, waits ? "" : spoken(word), want, ...fork], " · ");
  item.iconPath = ICONS[word];
  item.contextValue = `agent.${process.life.stops.model === undefined ? MENU[word] : "stuck"}`;
  item.tooltip = [
    visibleLine(process.goal).slice(0, 500),
    `${spoken(word)}${want === "" ? "" : `: ${want}`}`,
    vscode.l10n.t(
      "process {0}, image {1}, model {2}, started {3}",
      process.pid,
      process.image,
      process.model,
      process.started,
    ),
    usageWords(vscode.l10n.t, process.used, process.budget),
  ].join("\n");
  const label = joined([nameOf(process), spoken(word), want, ...fork, who], ", ");
  item.accessibilityInformation = { label, role: "treeitem" };
  return item;
}
