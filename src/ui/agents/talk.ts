// Talk: sends a person's text to an agent: a message for its next turn, an interruption, or the first message to a
// fork.
import * as vscode from "vscode";
import type { Process } from "../../kernel/state/rows.ts";
import {
  agentsOf,
  chooseAgent,
  ENDED_STATES,
  LIVING_STATES,
  agentName,
  agentStateOf,
} from "../session/agents.ts";
import type { Drafts, DraftTarget } from "../documents/drafts.ts";
import { showError, showFault } from "../session/messages.ts";
import type { Session } from "../session/session.ts";

/** Forks an ended agent with a first message. True once the fork was started. */
type Fork = (agent: Process, text: string) => Promise<boolean>;

/** Sends messages to agents, from an input line or a draft. */
export class Messages {
  readonly #session: Session;
  readonly #drafts: Drafts;
  readonly #fork: Fork;

  constructor(session: Session, drafts: Drafts, fork: Fork) {
    this.#session = session;
    this.#drafts = drafts;
    this.#fork = fork;
    for (const kind of ["message", "interrupt"] as const)
      drafts.add(kind, {
        hint: (target) => this.#hint(target),
        send: (target, text) => this.#send(target, text),
      });
  }

  /** Sends a message for the agent's next turn. When no agent lives, ended ones are offered for a fork. */
  async message(args: readonly unknown[]): Promise<void> {
    const lives = agentsOf(this.#session.runtime?.kernel).some((p) => p.life.ended === undefined);
    const agent = await chooseAgent(this.#session, args, lives ? LIVING_STATES : ENDED_STATES);
    if (agent !== undefined) await this.#say(agent, "message");
  }

  /** Sends a message that the agent reads at once. First its model call or its open question is cancelled. */
  async interrupt(args: readonly unknown[]): Promise<void> {
    const agent = await chooseAgent(this.#session, args, ["working", "needs", "waiting"]);
    if (agent !== undefined) await this.#say(agent, "interrupt");
  }

  async #say(agent: Process, kind: "message" | "interrupt"): Promise<void> {
    const { pid, started } = agent;
    const target: DraftTarget = { kind, pid, started };
    const whom = agentName(agent, 40);
    const name =
      agent.life.ended !== undefined
        ? vscode.l10n.t("Fork of {0}", whom)
        : kind === "message"
          ? vscode.l10n.t("Message to {0}", whom)
          : vscode.l10n.t("Interrupt {0}", whom);
    const text = await this.#drafts.askLine({ title: name, name, prompt: this.#hint(target) }, target);
    if (text === undefined || (await this.#send(target, text))) return;
    // A step of the fork was left, so the written text is kept as a draft.
    if (this.#agent(target)?.life.ended !== undefined) await this.#drafts.open(name, target, text);
  }

  #hint(target: DraftTarget): string {
    const agent = this.#agent(target);
    const kernel = this.#session.runtime?.kernel;
    if (agent === undefined || kernel === undefined) return "";
    const name = agentName(agent, 40);
    if (agent.life.ended !== undefined)
      return vscode.l10n.t(
        "“{0}” has ended. Send shows what a fork of it would hold; it knows all that was said, and reads this.",
        name,
      );
    if (target.kind === "interrupt")
      return vscode.l10n.t("Send stops what “{0}” is doing or asking now, and it reads this first.", name);
    return agentStateOf(kernel, agent) === "turn"
      ? vscode.l10n.t("It is your turn: Send lets “{0}” go on with this.", name)
      : vscode.l10n.t("Send gives this to “{0}”, which reads it with its next turn.", name);
  }

  /** The same agent that the text was written for. In another record the same pid is another agent. */
  #agent(target: DraftTarget): Process | undefined {
    if (!("pid" in target)) return undefined;
    const agent = this.#session.runtime?.kernel.state.processes.get(target.pid);
    return agent?.started === target.started ? agent : undefined;
  }

  async #send(target: DraftTarget, text: string): Promise<boolean> {
    const runtime = await this.#session.takeRuntime();
    const agent = this.#agent(target);
    if (runtime === undefined) return false;
    if (agent === undefined) {
      const gone = vscode.l10n.t("The agent that this is for is not in this record.");
      void showError(gone);
      return false;
    }
    if (agent.life.ended !== undefined) return this.#fork(agent, text);
    const { kernel, person } = runtime;
    if (target.kind === "interrupt") kernel.signal(person, agent.pid, "interrupt", "a person speaks");
    const refused = kernel.message(person, agent.pid, text);
    if (refused !== undefined) {
      showFault(refused);
      return false;
    }
    return kernel.durable().then(
      () => true,
      () => false, // The session reports the sealed record. Nothing was sent.
    );
  }
}
