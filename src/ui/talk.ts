// Talk: what a person says to an agent: a message for its next turn, an interruption, or a new goal where it ended.
import * as vscode from "vscode";
import type { Process } from "../kernel/state.ts";
import { quoted } from "../views/visible.ts";
import { nameOf, wordOf, type Word } from "./agents-words.ts";
import type { Control } from "./control.ts";
import type { Drafts, Target } from "./drafts.ts";
import { refusal, unlinked } from "./plain.ts";
import type { Session } from "./session.ts";

const LIVING: readonly Word[] = ["working", "needs", "waiting", "turn", "paused"];
/** How much of an ended agent's goal and result goes into the goal of the next one, in characters. */
const QUOTED = 4000;

export class Talk {
  readonly #session: Session;
  readonly #control: Control;
  readonly #drafts: Drafts;

  constructor(session: Session, control: Control, drafts: Drafts) {
    this.#session = session;
    this.#control = control;
    this.#drafts = drafts;
    for (const kind of ["message", "interrupt"] as const)
      drafts.add(kind, {
        hint: (target) => this.#hint(target),
        send: (target, text) => this.#send(target, text),
      });
  }

  /** A message that the agent reads with its next turn. */
  async message(args: readonly unknown[]): Promise<void> {
    const agent = await this.#control.pick(args, LIVING);
    if (agent?.life.ended !== undefined) return this.#ended(agent);
    if (agent !== undefined) await this.#say(agent, "message");
  }

  /** A message that is read at once: its model call or the question it waits on is cancelled first. */
  async interrupt(args: readonly unknown[]): Promise<void> {
    const agent = await this.#control.pick(args, ["working", "needs", "waiting"]);
    if (agent?.life.ended !== undefined) return this.#ended(agent);
    if (agent !== undefined) await this.#say(agent, "interrupt");
  }

  async #say(agent: Process, kind: "message" | "interrupt"): Promise<void> {
    const { pid, started } = agent;
    const target: Target = { kind, pid, started };
    const name =
      kind === "message"
        ? vscode.l10n.t("Message to {0}", nameOf(agent, 40))
        : vscode.l10n.t("Interrupt {0}", nameOf(agent, 40));
    const text = await this.#drafts.line({ title: name, name, prompt: this.#hint(target) }, target);
    if (text !== undefined) await this.#send(target, text);
  }

  #hint(target: Target): string {
    const agent = this.#agent(target);
    const kernel = this.#session.runtime?.kernel;
    if (agent === undefined || kernel === undefined) return "";
    const name = nameOf(agent, 40);
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
    if (runtime === undefined || agent === undefined) return false;
    if (agent.life.ended !== undefined) {
      void this.#ended(agent);
      return false;
    }
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

  /** Nobody is there to read it: a new agent may go on where this one ended. */
  async #ended(agent: Process): Promise<void> {
    const start = vscode.l10n.t("New Agent…");
    const text = vscode.l10n.t("“{0}” has ended and reads nothing any more.", nameOf(agent, 40));
    if ((await vscode.window.showInformationMessage(unlinked(text), start)) !== start) return;
    const { goal, result } = agent;
    const came = typeof result === "string" ? result : JSON.stringify(result ?? null);
    const parts = [
      vscode.l10n.t("An earlier agent had this goal:"),
      quoted(goal.slice(0, QUOTED), "> "),
      vscode.l10n.t("It ended with this result:"),
      quoted(came.slice(0, QUOTED), "> "),
      vscode.l10n.t("Go on from there:"),
    ];
    await this.#drafts.open(vscode.l10n.t("New agent"), { kind: "goal" }, `${parts.join("\n\n")}\n`);
  }
}
