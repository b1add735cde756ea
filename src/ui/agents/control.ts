// Control: pauses, resumes and stops agents, always with their families.
import * as vscode from "vscode";
import type { Process, State } from "../../kernel/state/rows.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { agentsOf, chooseAgent, LIVING_STATES, agentName } from "../session/agents.ts";
import { confirm, inform, showError } from "../session/messages.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

/** The commands that pause, resume and end agents. */
export class Control implements vscode.Disposable {
  readonly #session: Session;
  readonly #listening: vscode.Disposable;

  constructor(session: Session) {
    this.#session = session;
    this.#listening = session.onRecord((record) => {
      if (record.kind === "process.block" && record.data.on === "model" && record.pid !== undefined)
        void this.#tellModelFailed(record.pid, record.data.detail);
    });
  }

  dispose(): void {
    this.#listening.dispose();
  }

  async pause(args: readonly unknown[]): Promise<void> {
    const agent = await chooseAgent(this.#session, args, ["working", "needs", "waiting", "turn"]);
    if (agent !== undefined) await this.#signalFamily(agent, "pause", (p) => !p.life.paused);
  }

  /** Resuming an agent resumes its family, because the family was paused with it. */
  async resume(args: readonly unknown[]): Promise<void> {
    if (this.#session.policyStops()) return;
    const agent = await chooseAgent(this.#session, args, ["paused", "needs"]);
    if (agent !== undefined) await this.#signalFamily(agent, "resume", canResume);
  }

  async stop(args: readonly unknown[]): Promise<void> {
    const agent = await chooseAgent(this.#session, args, LIVING_STATES, true);
    if (agent !== undefined) await this.#signalFamily(agent, "terminate", () => true);
  }

  /** Ends an agent and its descendants at once. A running call is interrupted. */
  async kill(args: readonly unknown[]): Promise<void> {
    const agent = await chooseAgent(this.#session, args, LIVING_STATES, true);
    const runtime = agent === undefined ? undefined : await this.#session.takeRuntime();
    if (runtime === undefined || agent === undefined) return;
    this.#signal(runtime, agent.pid, "kill");
    await runtime.kernel.durable();
  }

  async raiseBudget(args: readonly unknown[]): Promise<void> {
    const agent = await chooseAgent(this.#session, args, LIVING_STATES);
    if (agent !== undefined) await (await import("./raise.ts")).raiseBudget(this.#session, agent);
  }

  async resumeAll(): Promise<void> {
    if (this.#session.policyStops()) return;
    const runtime = await this.#session.takeRuntime();
    if (runtime === undefined) return;
    for (const process of [...runtime.kernel.state.processes.values()])
      if (canResume(process)) this.#signal(runtime, process.pid, "resume");
    await runtime.kernel.durable();
  }

  /** A stopped agent cannot continue, so a person confirms it. Pause All needs no confirmation. */
  async stopAll(): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    const living = agentsOf(kernel).filter((p) => p.life.ended === undefined);
    if (living.length === 0) return;
    const stop = vscode.l10n.t("Stop All");
    const question =
      living.length === 1
        ? vscode.l10n.t("Stop the one agent that is not finished?")
        : vscode.l10n.t("Stop all {0} agents that are not finished?", living.length);
    if (!(await confirm(question, stop))) return;
    const runtime = await this.#session.takeRuntime();
    if (runtime === undefined) return;
    for (const { pid } of living.reverse()) this.#signal(runtime, pid, "terminate");
    await runtime.kernel.durable();
  }

  async pauseAll(): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    runtime?.kernel.pauseAll("person", "paused by a person");
    await runtime?.kernel.durable();
  }

  /** After a reload: offers to resume the agents that the reload left paused. */
  async offerResume(paused: number): Promise<void> {
    if (paused === 0) return;
    const all = vscode.l10n.t("Resume All");
    const one = vscode.l10n.t("An unfinished agent is paused since its window was closed.");
    const many = vscode.l10n.t("{0} unfinished agents are paused since their window was closed.", paused);
    const text = paused === 1 ? one : many;
    if ((await inform(text, all)) === all) await this.resumeAll();
  }

  /**
   * Tells that a model failed for good, why, and what a person can do. Windows that only watch are not told: they
   * cannot help.
   */
  async #tellModelFailed(pid: number, detail: string): Promise<void> {
    const runtime = this.#session.runtime;
    const agent = runtime?.kernel.state.processes.get(pid);
    if (runtime?.kernel.writable !== true || agent === undefined) return;
    const again = vscode.l10n.t("Try Again");
    const key = vscode.l10n.t("Set API Key…");
    const text = vscode.l10n.t(
      "The model of “{0}” does not answer. {1}",
      agentName(agent, 30),
      visibleLine(detail.replace(/^[A-Z0-9]+: /u, "")),
    );
    const chosen = await showError(text, again, ...(detail.includes("key") ? [key] : []));
    if (chosen === key) await vscode.commands.executeCommand("agentlibos.setApiKey");
    const taken = chosen === undefined ? undefined : await this.#session.takeRuntime();
    if (taken !== undefined) retryModel(taken, agent);
  }

  /** Children come first, so that no parent waits for an ended child, and no child is orphaned. */
  async #signalFamily(
    agent: Process,
    name: "pause" | "resume" | "terminate",
    wanted: (p: Process) => boolean,
  ): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    if (runtime === undefined) return;
    for (const process of familyOf(runtime.kernel.state, agent.pid).reverse())
      if (process.life.ended === undefined && wanted(process)) this.#signal(runtime, process.pid, name);
    await runtime.kernel.durable();
  }

  #signal(runtime: Runtime, pid: number, name: "pause" | "resume" | "terminate" | "kill"): void {
    const { kernel, person } = runtime;
    const process = kernel.state.processes.get(pid);
    if (name === "resume" && process !== undefined) retryModel(runtime, process);
    kernel.signal(person, pid, name, "a person asked for it");
  }
}

/** True when Resume applies: the agent is paused, or its model failed, for example without a network. */
function canResume({ life }: Process): boolean {
  return life.ended === undefined && (life.paused || life.stops.model !== undefined);
}

/** Asks a failed model again. The editor may now ask the person about the model. */
function retryModel({ kernel, person, allow }: Runtime, { pid, model }: Process): void {
  allow(model);
  kernel.retry(person, pid);
}

/** An agent and its descendants, parents before children. */
function familyOf(state: State, pid: number): Process[] {
  // Parents are older than their children, so one pass finds all descendants.
  const family = new Set([pid]);
  const found: Process[] = [];
  for (const process of state.processes.values()) {
    if (!family.has(process.pid) && !family.has(process.account)) continue;
    family.add(process.pid);
    found.push(process);
  }
  return found;
}
