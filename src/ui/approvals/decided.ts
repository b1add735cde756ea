// Recent decisions: the last answers of a person, with a way to forbid what was denied and to revoke a grant.
import { isFault } from "../../abi/errors.ts";
import type { Outlined } from "../../kernel/questions/words.ts";
import { isForCall } from "../../kernel/questions/kinds.ts";
import type { Decided } from "../../kernel/state/rows.ts";
import { showFault } from "../session/messages.ts";
import { DecidedRow, markRow, ownRow } from "../session/rows.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

/** The present state of a decision. */
export type DecisionState = "allowed" | "granted" | "denied" | "answered" | "expired" | "ruled" | "revoked";

/** The decisions that the record keeps as recent, with their rows. */
export class RecentDecisions {
  readonly #session: Session;
  readonly #rows = new WeakMap<Decided, DecidedRow>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** The rows, newest first. */
  get rows(): DecidedRow[] {
    return this.#decided()
      .map((decided) => {
        const row = this.#rows.get(decided) ?? markRow(new DecidedRow(decided.question));
        this.#rows.set(decided, row);
        return row;
      })
      .reverse();
  }

  /** The states of all decisions as one text, to tell whether any changed. */
  fingerprint(): string {
    return this.#decided()
      .map((decided) => `${decided.question.id} ${this.stateOf(decided)}`)
      .join(" ");
  }

  of(row: DecidedRow): Decided | undefined {
    return this.#decided().find((decided) => this.#rows.get(decided) === row);
  }

  /** The present state of a decision. */
  stateOf({ question, outcome, answer, minted }: Decided): DecisionState {
    const table = this.#session.runtime?.kernel.state.capabilities;
    if (outcome === "denied") {
      const denied = table?.heldBy(question.pid).filter((h) => h.cap.effect === "deny" && !h.revoked) ?? [];
      const ruled = deniesFor(question).map((d) => d.resource);
      return ruled.length > 0 && ruled.every((r) => denied.some((h) => h.cap.resource === r))
        ? "ruled"
        : outcome;
    }
    if (outcome !== "allowed" || answer?.scope === "once" || minted[0] === undefined)
      return outcome === "cancelled" ? "expired" : outcome;
    return table?.get(minted[0])?.revoked === true ? "revoked" : "granted";
  }

  /** The one thing that a click can still do: forbid a denied request, or revoke a grant that lasts. */
  undoable(decided: Decided): "rule" | "grant" | "" {
    const { question } = decided;
    const state = this.stateOf(decided);
    const process = this.#session.runtime?.kernel.state.processes.get(question.pid);
    const living = process !== undefined && process.life.ended === undefined;
    if (state === "denied" && living && deniesFor(question).length > 0) return "rule";
    return state === "granted" ? "grant" : "";
  }

  /** Forbids a denied request for this agent, whatever it holds. Only a person can revoke that. */
  async forbid(args: readonly unknown[]): Promise<void> {
    await this.#act(args, "rule", ({ kernel, person }, decided) => {
      for (const listed of deniesFor(decided.question)) {
        const given = kernel.give(person, decided.question.pid, listed);
        if (isFault(given)) return given;
      }
      return undefined;
    });
  }

  async takeBack(args: readonly unknown[]): Promise<void> {
    await this.#act(args, "grant", ({ kernel, person }, decided) => {
      const revoked = kernel.revoke(person, decided.minted[0] ?? "", "taken back by a person");
      return isFault(revoked) ? revoked : undefined;
    });
  }

  #decided(): readonly Decided[] {
    return this.#session.runtime?.kernel.state.decided ?? [];
  }

  async #act(
    [first]: readonly unknown[],
    can: "rule" | "grant",
    act: (runtime: Runtime, decided: Decided) => { message: string; hint: string } | undefined,
  ): Promise<void> {
    const row = ownRow(first, DecidedRow);
    const decided = row === undefined ? undefined : this.of(row);
    const runtime = decided === undefined ? undefined : await this.#session.takeRuntime();
    if (runtime === undefined || decided === undefined || this.undoable(decided) !== can) return;
    const refused = act(runtime, decided);
    if (refused !== undefined) showFault(refused);
    else await runtime.kernel.durable().catch(() => undefined);
  }
}

/** The denies that match exactly what was asked for. */
function deniesFor(question: Outlined): { effect: "deny"; rights: string[]; resource: string }[] {
  if (!isForCall(question)) return [];
  return [...Map.groupBy(question.asks, (a) => a.need.resource)].map(([resource, here]) => ({
    effect: "deny",
    rights: [...new Set(here.map((a) => a.need.right))],
    resource,
  }));
}
