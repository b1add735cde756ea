// Status bar: counts agents and waiting requests, and sets the context keys of commands and menus.
import * as vscode from "vscode";
import type { Process } from "../../kernel/state/rows.ts";
import { costWords } from "../../views/words/processes.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { agentsOf, agentName, agentStateOf } from "../session/agents.ts";
import { commandModeWords } from "../session/commands.ts";
import { openQuestions } from "../session/questions.ts";
import { VENDORS } from "./models.ts";
import type { Keys } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";
import { setting } from "../manifest/settings.ts";

/** The least time between two updates, in milliseconds. */
const PACE = 200;

/** The item in the status bar, with the context keys. */
export class StatusBar implements vscode.Disposable {
  readonly #session: Session;
  readonly #item: vscode.StatusBarItem;
  readonly #listening: vscode.Disposable[];
  readonly #keys: Keys;
  #timer: NodeJS.Timeout | undefined;
  #shown = "";

  constructor(session: Session, keys: Keys) {
    this.#session = session;
    this.#keys = keys;
    this.#item = vscode.window.createStatusBarItem("agentlibos.status", vscode.StatusBarAlignment.Left, 10);
    this.#item.name = "Agent libOS";
    const soon = (): void => void (this.#timer ??= setTimeout(() => this.#refresh(), PACE));
    this.#listening = [
      session.onDidChange(soon),
      vscode.workspace.onDidChangeConfiguration((e) => {
        if (e.affectsConfiguration("agentlibos.statusBar.showCost")) soon();
        if (e.affectsConfiguration("agentlibos")) void this.checkModels();
      }),
    ];
    void this.checkModels();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const each of this.#listening.splice(0)) each.dispose();
    this.#item.dispose();
  }

  /** Checks whether a model was set up: by name, by server, or by key. It asks nobody. */
  async checkModels(): Promise<void> {
    const config = vscode.workspace.getConfiguration("agentlibos");
    const named =
      setting(config, "defaultModel") !== "" || setting(config, "openaiCompatible.baseUrl") !== "";
    const given = await Promise.all(VENDORS.map((vendor) => this.#keys.get(vendor)));
    const hasModel = named || given.some((key) => key !== undefined);
    void vscode.commands.executeCommand("setContext", "agentlibos.hasModel", hasModel);
  }

  #refresh(): void {
    this.#timer = undefined;
    const { runtime, phase } = this.#session;
    const kernel = runtime?.kernel;
    const pending = openQuestions(kernel).length;
    const living = agentsOf(kernel).filter((p) => p.life.ended === undefined);
    const running =
      kernel === undefined ? 0 : living.filter((p) => agentStateOf(kernel, p) !== "paused").length;
    this.#context({ state: phase === "none" ? undefined : phase, agents: living.length, running, pending });
    if (living.length === 0 && pending === 0) return this.#item.hide();
    const costs = showsCost() ? costLines(living) : [];
    const bell = pending === 0 ? "" : ` $(bell) ${pending}`;
    const found = runtime?.commands?.found;
    const bare = found?.mode === "unconfined";
    const layer = bare ? [`$(warning) ${vscode.l10n.t("no layer")}`] : [];
    this.#item.text = [`$(pulse) ${living.length}${bell}`, ...layer, ...costs.slice(0, 1)].join(" ");
    this.#item.tooltip = [
      vscode.l10n.t("Agents: {0}. Requests that wait for you: {1}", living.length, pending),
      ...(bare ? [vscode.l10n.t("Commands: {0}", visibleLine(commandModeWords(found)))] : []),
      ...costs.slice(1),
    ].join("\n");
    this.#item.accessibilityInformation = { label: `Agent libOS: ${this.#item.tooltip}` };
    this.#item.command = pending === 0 ? "agentlibos.agents.focus" : "agentlibos.approvals.focus";
    this.#item.backgroundColor =
      pending === 0 ? undefined : new vscode.ThemeColor("statusBarItem.warningBackground");
    this.#item.show();
  }

  /** Sets the context keys that commands and menus depend on. */
  #context(values: Record<string, string | number | undefined>): void {
    const keys = JSON.stringify(values);
    if (keys === this.#shown) return;
    this.#shown = keys;
    for (const [key, value] of Object.entries(values))
      void vscode.commands.executeCommand("setContext", `agentlibos.${key}`, value);
  }
}

function showsCost(): boolean {
  return setting(vscode.workspace.getConfiguration("agentlibos"), "statusBar.showCost");
}

/**
 * The total cost, then the cost of each agent; empty when no price is known. A parent's account includes its
 * children.
 */
function costLines(agents: readonly Process[]): string[] {
  const own = new Set(agents.map((p) => p.pid));
  const roots = agents.filter((p) => !own.has(p.account)).map((p) => p.used);
  const microdollars = roots.reduce((sum, used) => sum + (used.microdollars ?? 0), 0);
  const guessed = roots.some((used) => used.microdollars !== undefined && used.estimated === true);
  const each = agents.flatMap((p) => {
    const cost = costWords(p.used);
    return cost === "" ? [] : [`${agentName(p, 40)}: ${cost}`];
  });
  return each.length === 0
    ? []
    : [costWords({ microdollars, ...(guessed ? { estimated: true } : {}) }), ...each];
}
