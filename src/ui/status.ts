// The status bar: how many agents there are, and how many requests wait.
import * as vscode from "vscode";
import { agentsOf, wordOf } from "./agents-words.ts";
import { openQuestions } from "./asking.ts";
import type { Session } from "./session.ts";

/** How often it may change, in milliseconds. */
const PACE = 200;

export class Status implements vscode.Disposable {
  readonly #session: Session;
  readonly #item: vscode.StatusBarItem;
  readonly #listening: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;
  #keys = "";

  constructor(session: Session) {
    this.#session = session;
    this.#item = vscode.window.createStatusBarItem("agentlibos.status", vscode.StatusBarAlignment.Left, 10);
    this.#item.name = "Agent libOS";
    this.#listening = session.onDidChange(() => (this.#timer ??= setTimeout(() => this.#refresh(), PACE)));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listening.dispose();
    this.#item.dispose();
  }

  #refresh(): void {
    this.#timer = undefined;
    const { runtime, phase } = this.#session;
    const kernel = runtime?.kernel;
    const pending = openQuestions(kernel).length;
    const living = agentsOf(kernel).filter((p) => p.life.ended === undefined);
    const running = kernel === undefined ? 0 : living.filter((p) => wordOf(kernel, p) !== "paused").length;
    this.#context({ state: phase === "none" ? undefined : phase, agents: living.length, running, pending });
    if (living.length === 0 && pending === 0) return this.#item.hide();
    const bell = pending === 0 ? "" : ` $(bell) ${pending}`;
    this.#item.text = `$(pulse) ${living.length}${bell}`;
    this.#item.tooltip = vscode.l10n.t(
      "Agents: {0}. Requests that wait for you: {1}",
      living.length,
      pending,
    );
    this.#item.accessibilityInformation = { label: `Agent libOS: ${this.#item.tooltip}` };
    this.#item.command = pending === 0 ? "agentlibos.agents.focus" : "agentlibos.approvals.focus";
    this.#item.backgroundColor =
      pending === 0 ? undefined : new vscode.ThemeColor("statusBarItem.warningBackground");
    this.#item.show();
  }

  /** What conditions of commands and menus look at. */
  #context(values: Record<string, string | number | undefined>): void {
    const keys = JSON.stringify(values);
    if (keys === this.#keys) return;
    this.#keys = keys;
    for (const [key, value] of Object.entries(values))
      void vscode.commands.executeCommand("setContext", `agentlibos.${key}`, value);
  }
}
