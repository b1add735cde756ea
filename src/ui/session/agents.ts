// Agents: the agents of the record, with their state in words and icons, and the choice of one for a command.
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Process } from "../../kernel/state/rows.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { choose, inform } from "./messages.ts";
import { AgentRow, AskRow, ownRow } from "./rows.ts";
import type { Runtime } from "./runtime.ts";

/** The states of agents that have not ended. */
export const LIVING_STATES = ["working", "needs", "waiting", "turn", "paused"] as const;
/** The states of agents that have ended. */
export const ENDED_STATES = ["finished", "failed", "stopped"] as const;
/** All states of agents. */
export const AGENT_STATES = [...LIVING_STATES, ...ENDED_STATES] as const;

/** The state of an agent as people see it. `needs`: it needs a person's answer. `turn`: it is the person's turn. */
export type AgentState = (typeof AGENT_STATES)[number];

/** Every agent of the record, in order. Init represents the workspace; it is no agent and has no account. */
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

/** The icon of a state. */
export function iconOf(word: AgentState): vscode.ThemeIcon {
  return ICONS[word];
}

/** The state of an agent. The stops that need a person come before the kernel's own state. */
export function agentStateOf(kernel: Kernel, process: Process): AgentState {
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

/** The state in words. */
export function agentStateWords(word: AgentState): string {
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

/** Shortens a text to a number of characters, with an ellipsis. */
export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/**
 * The first line of the goal, as the name of the agent. Sentences put it in quotation marks, so it holds none that
 * could end them.
 */
export function agentName(process: Process, most = 60): string {
  const line = visibleLine(process.goal.split("\n").find((l) => l.trim() !== "") ?? "").trim();
  return clip(line.replace(/\p{Quotation_Mark}/gu, "'"), most);
}

/**
 * Finds the agent that a command means: that of its row, or one that a person chooses among those in these states.
 * With `named`, even the only agent must be chosen: a command that ends an agent names it first.
 */
export async function chooseAgent(
  { runtime }: { readonly runtime: Runtime | undefined },
  args: readonly unknown[],
  states: readonly AgentState[],
  named = false,
): Promise<Process | undefined> {
  const kernel = runtime?.kernel;
  const row = ownRow(args[0], AgentRow) ?? ownRow(args[0], AskRow);
  if (kernel === undefined) return undefined;
  if (row !== undefined) return kernel.state.processes.get(row.pid);
  const agents = agentsOf(kernel).filter((p) => states.includes(agentStateOf(kernel, p)));
  if (agents.length === 1 && !named) return agents[0];
  if (agents.length === 0) {
    void inform(vscode.l10n.t("There is no agent to do this with."));
    return undefined;
  }
  const items = agents.reverse().map((process) => ({
    label: agentName(process),
    description: `${agentStateWords(agentStateOf(kernel, process))} · ${vscode.l10n.t("process {0}", process.pid)}`,
    process,
  }));
  const title = vscode.l10n.t("Which agent?");
  return (await choose(items, { title }))?.process;
}
