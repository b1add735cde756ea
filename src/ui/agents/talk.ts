// Talk: what a person says to an agent: a message for its next turn, an interruption, or the first word to its fork.
import * as vscode from "vscode";
import type { Process } from "../../kernel/state/rows.ts";
import { agentsOf, chooseAgent, ENDED_STATES, LIVING_STATES, nameOf, wordOf } from "../session/agents.ts";
import type { Drafts, Target } from "../documents/drafts.ts";
import { refusal } from "../session/messages.ts";
import type { Session } from "../session/session.ts";

/** Starts a fork of an ended agent with what is said to it; true once that is done. */
type Fork = (agent: Process, text: string) => Promise<boolean>;

export class Talk {
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

  /** A message that the agent reads with its next turn. Where none lives, those that ended can be forked. */
  async message(args: readonly unknown[]): Promise<void> {
    const lives = agentsOf(this.#session.runtime?.kernel).some((p) => p.life.ended === undefined);
    const agent = await chooseAgent(this.#session, args, lives ? LIVING_STATES : ENDED_STATES);
    if (agent !== undefined) await this.#say(agent, "message");
  }

  /** A message that is read at once: its model call or the question it waits on is cancelled first. */
  async interrupt(args: readonly unknown[]): Promise<void> {
    const agent = await chooseAgent(this.#session, args, ["working", "needs", "waiting"]);
    if (agent !== undefined) await this.#say(agent, "interrupt");
  }

  async #say(agent: Process, kind: "message" | "interrupt"): Promise<void> {
    const { pid, started } = agent;
    const target: Target = { kind, pid, started };
    const whom = nameOf(agent, 40);
    const name =
      agent.life.ended !== undefined
        ? vscode.l10n.t("Fork of {0}", whom)
        : kind === "message"
          ? vscode.l10n.t("Message to {0}", whom)
          : vscode.l10n.t("Interrupt {0}", whom);
    const text = await this.#drafts.line({ title: name, name, prompt: this.#hint(target) }, target);
    if (text === undefined || (await this.#send(target, text))) return;
    // Nothing that was written is lost because a step was left.
    if (this.#agent(target)?.life.ended !== undefined) await this.#drafts.open(name, target, text);
  }

  #hint(target: Target): string {
    const agent = this.#agent(target);
    const kernel = this.#session.runtime?.kernel;
    if (agent === undefined || kernel === undefined) return "";
    const name = nameOf(agent, 40);
    if (agent.life.ended !== undefined)
      return vscode.l10n.t(
        "“{0}” has ended. Send shows what a fork of it would hold; it knows all that was said, and reads this.",
        name,
      );
    if (target.kind === "interrupt")
      return vscode.l10n.t("Send stops what “{0}” is doing or asking now, and it reads this first.", name);
    return wordOf(kernel, agent) === "turn"
      ? vscode.l10n.t("It is your turn: Send lets “{0}” go on with this.", name)
      : vscode.l10n.t("Send gives this to “{0}”, which reads it with its next turn.", name);
  }

  /** The very agent that was meant: in another record the same number is another agent. */
  #agent(target: Target): Process | undefined {
    if (!("pid" in target)) return undefined;
    const agent = this.#session.runtime?.kernel.state.processes.get(target.pid);
    return agent?.started === target.started ? agent : undefined;
  }

  async #send(target: Target, text: string): Promise<boolean> {
    const runtime = await this.#session.take();
    const agent = this.#agent(target);
    if (runtime === undefined) return false;
    if (agent === undefined) {
      const gone = vscode.l10n.t("The agent that this is for is not in this record.");
      void vscode.window.showErrorMessage(gone);
      return false;
    }
    if (agent.life.ended !== undefined) return this.#fork(agent, text);
    const { kernel, person } = runtime;
    if (target.kind === "interrupt") kernel.signal(person, agent.pid, "interrupt", "a person speaks");
    const refused = kernel.message(person, agent.pid, text);
    if (refused !== undefined) {
      void vscode.window.showErrorMessage(refusal(refused));
      return false;
    }
    return kernel.durable().then(
      () => true,
      () => false, // The session says that the record was sealed; nothing was said.
    );
  }
}
