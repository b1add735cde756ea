// Items: how an agent and its objects look in the Agents view.
import { queued } from "../../kernel/state/unheard.ts";
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import { INIT } from "../../kernel/state/life.ts";
import type { StoredObject, Process } from "../../kernel/state/rows.ts";
import { shownBelow } from "../../views/agents/family.ts";
import { objectCountWords, objectRow, objectsOf, holdsObjects } from "../../views/objects/objects.ts";
import { usageWords, unreadWords, waitWords, forkWords, processWords } from "../../views/words/processes.ts";
import { visibleImage, visibleLine, visibleName } from "../../views/words/visible.ts";
import {
  iconOf,
  type AgentState,
  agentStateOf,
  agentStateWords,
  clip,
  agentName,
} from "../session/agents.ts";
import { lineIn, openQuestions } from "../session/questions.ts";
import { runsAnything } from "./running.ts";
import type { ObjectRow, ObjectsRow } from "../session/rows.ts";

const { t } = vscode.l10n;

/** The row above the objects of an agent or of the workspace. */
export function objectsItem(kernel: Kernel, { pid }: ObjectsRow): vscode.TreeItem {
  const process = kernel.state.processes.get(pid);
  const label = pid === INIT ? t("Shared objects") : t("Objects");
  const count = objectCountWords(t, objectsOf(kernel.state, pid).length);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `objects ${pid}`;
  item.description = count;
  item.iconPath = new vscode.ThemeIcon("library");
  item.contextValue = "objects";
  const whose = pid === INIT || process === undefined ? [] : [agentName(process)];
  item.accessibilityInformation = { label: [label, ...whose, count].join(", "), role: "treeitem" };
  return item;
}

/** The row of one object. */
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

/** The menu state of each agent state. On `stuck` the model failed, and Resume tries again. */
const MENU_STATE: Readonly<Record<AgentState, string>> = {
  working: "live",
  needs: "live",
  waiting: "live",
  turn: "turn",
  paused: "paused",
  finished: "ended",
  failed: "ended",
  stopped: "ended",
};

/** Says in short what an agent waits for, or why it failed. */
export function waitsForWords(kernel: Kernel, process: Process): string {
  const asked = openQuestions(kernel).filter((q) => q.pid === process.pid);
  if (asked[0] !== undefined)
    return asked.length === 1 ? lineIn(kernel, asked[0]) : vscode.l10n.t("{0} requests", asked.length);
  if (process.life.stops.model !== undefined) return stuckWords(process);
  if (process.life.ended !== undefined)
    return process.life.ended === "failed" ? visibleLine(process.reason ?? "") : "";
  const waits = waitWords(vscode.l10n.t, kernel, process.pid, sayMoment);
  const said = queued(process) === 0 ? "" : vscode.l10n.t("{0} queued", queued(process));
  return joinParts([waits, unreadWords(vscode.l10n.t, kernel, process.pid), said], ", ");
}

function joinParts(parts: readonly string[], by: string): string {
  return parts.filter((part) => part !== "").join(by);
}

/** The time of day, with the date when it is another day. */
function sayMoment(ms: number): string {
  const at = new Date(ms);
  const today = at.toDateString() === new Date().toDateString();
  const day = today ? {} : ({ dateStyle: "medium" } as const);
  return at.toLocaleString(vscode.env.language, { ...day, timeStyle: "short" });
}

/** Why the model does not answer. The code before the words is for programs. */
function stuckWords(process: Process): string {
  const why = visibleLine((process.reason ?? "").replace(/^[A-Z0-9]+: (?:needs you: )?/u, ""));
  return why === "" ? vscode.l10n.t("its model does not answer") : clip(why, 80);
}

/** The branch of the worktree that an agent works in, or worked in as long as it is there. */
function branchOf({ state }: Kernel, pid: number): string | undefined {
  return state.roots.find((root) => root.owner === `pid:${pid}` && root.worktree !== undefined)?.worktree
    ?.branch;
}

/** The row of an agent. */
export function agentItem(kernel: Kernel, process: Process): vscode.TreeItem {
  const word = agentStateOf(kernel, process);
  const want = waitsForWords(kernel, process);
  const item = new vscode.TreeItem(agentName(process));
  const children = process.children
    .map((pid) => kernel.state.processes.get(pid))
    .some((child) => child !== undefined && shownBelow(child) === process.pid);
  const beside = holdsObjects(kernel.state, process.pid) || runsAnything(kernel, process.pid);
  const under = children ? " family" : beside ? " objects" : "";
  item.collapsibleState = vscode.TreeItemCollapsibleState[under === "" ? "None" : "Expanded"];
  // The editor remembers by id whether a row is open. A new id opens the row of a first child.
  item.id = `agent ${process.pid}${under}`;
  // Others name a child by its image and pid. The words of a wait already say that it waits.
  const who = process.account === INIT ? "" : processWords(vscode.l10n.t, kernel.state, process.pid);
  const waits = word === "waiting" && waitWords(vscode.l10n.t, kernel, process.pid, sayMoment) !== "";
  const fork = forkWords(vscode.l10n.t, process);
  const branch = branchOf(kernel, process.pid);
  // The whole branch does not fit beside a goal in a narrow side bar.
  const place = branch === undefined ? [] : [t("in worktree")];
  const named = branch === undefined ? [] : [t("branch {0}", visibleName(branch))];
  item.description = joinParts([who, waits ? "" : agentStateWords(word), want, ...fork, ...place], " · ");
  item.iconPath = iconOf(word);
  item.contextValue = `agent.${process.life.stops.model === undefined ? MENU_STATE[word] : "stuck"}${branch === undefined ? "" : ".apart"}`;
  item.tooltip = [
    visibleLine(process.goal).slice(0, 500),
    `${agentStateWords(word)}${want === "" ? "" : `: ${want}`}`,
    vscode.l10n.t(
      "process {0}, image {1}, model {2}, started {3}",
      process.pid,
      visibleImage(process.image),
      visibleName(process.model),
      process.started,
    ),
    ...named,
    usageWords(vscode.l10n.t, process.used, process.budget),
  ].join("\n");
  const label = joinParts(
    [agentName(process), agentStateWords(word), want, ...fork, who, ...place, ...named],
    ", ",
  );
  item.accessibilityInformation = { label, role: "treeitem" };
  return item;
}
