// How an agent stands, in the words, icons and menus that people see.
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Process } from "../../kernel/state/rows.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { lettered } from "./messages.ts";
import { AgentRow, AskRow, ours } from "./rows.ts";
import type { Runtime } from "./runtime.ts";

/** The states of agents that have not ended, and of those that have. */
export const LIVING_STATES = ["working", "needs", "waiting", "turn", "paused"] as const;
export const ENDED_STATES = ["finished", "failed", "stopped"] as const;
export const AGENT_STATES = [...LIVING_STATES, ...ENDED_STATES] as const;

/** The state of an agent as people see it. `needs`: a person is needed. `turn`: it is the person's turn. */
export type AgentState = (typeof AGENT_STATES)[number];

/** Every agent of the record, in order; init, which stands for the workspace, is none and has no account. */
export function agentsOf(kernel: Kernel | undefined): Process[] {
  return [...(kernel?.state.processes.values() ?? [])].filter((p) => p.account !== 0);
}

const ICONS: Readonly<Record<AgentState, vscode.ThemeIcon>> = {
  working: new vscode.ThemeIcon("sync", new vscode.ThemeColor("charts.blue")),
  needs: new vscode.ThemeIcon("bell-dot", new vscode.ThemeColor("charts.yellow")),
  waiting: new vscode.ThemeIcon("watch"),
  turn: new vscode.ThemeIcon("comment-discussion", new vscode.ThemeColor("charts.yellow")),
  paused: new vscode.ThemeIcon("debug-pause"),
  finished: new vscode.ThemeIcon("pass", new vscode.ThemeColor("charts.green")),
  failed: new vscode.ThemeIcon("error", new vscode.ThemeColor("charts.red")),
  stopped: new vscode.ThemeIcon("circle-slash"),
};

export function iconOf(word: AgentState): vscode.ThemeIcon {
  return ICONS[word];
}

export function wordOf(kernel: Kernel, process: Process): AgentState {
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

export function spoken(word: AgentState): string {
  const { t } = vscode.l10n;
  const words: Readonly<Record<AgentState, string>> = {
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

export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** The goal's first line, as the name of the agent. */
export function nameOf(process: Process, most = 60): string {
  const line = visibleLine(process.goal.split("\n").find((l) => l.trim() !== "") ?? "").trim();
  return clip(line, most);
}

/**
 * Finds the agent that a command means: that of its row, or one that a person chooses among those in these states.
 * With `named`, the only agent there is must be chosen too: a command that ends an agent names it first.
 */
export async function chooseAgent(
  { runtime }: { readonly runtime: Runtime | undefined },
  args: readonly unknown[],
  states: readonly AgentState[],
  named = false,
): Promise<Process | undefined> {
  const kernel = runtime?.kernel;
  const row = ours(args[0], AgentRow) ?? ours(args[0], AskRow);
  if (kernel === undefined) return undefined;
  if (row !== undefined) return kernel.state.processes.get(row.pid);
  const agents = agentsOf(kernel).filter((p) => states.includes(wordOf(kernel, p)));
  if (agents.length === 1 && !named) return agents[0];
  if (agents.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t("There is no agent to do this with."));
    return undefined;
  }
  const items = agents.reverse().map((process) => ({
    label: nameOf(process),
    description: `${spoken(wordOf(kernel, process))} · ${vscode.l10n.t("process {0}", process.pid)}`,
    process,
  }));
  const title = vscode.l10n.t("Which agent?");
  return (await vscode.window.showQuickPick(lettered(items), { title }))?.process;
}
