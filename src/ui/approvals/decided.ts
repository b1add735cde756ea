// What was decided lately: the last answers, so that a denial becomes a rule and a grant is taken back.
import * as vscode from "vscode";
import { isFault } from "../../abi/errors.ts";
import type { Right } from "../../abi/resource.ts";
import type { Decided } from "../../kernel/state/rows.ts";
import { refusal } from "../session/messages.ts";
import { DecidedRow, mark, ours } from "../session/rows.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

/** How a decision stands by now. */
export type Standing = "allowed" | "granted" | "denied" | "answered" | "expired" | "ruled" | "revoked";

export class RecentDecisions {
  readonly #session: Session;
  readonly #rows = new WeakMap<Decided, DecidedRow>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Newest first. */
  get rows(): DecidedRow[] {
    return this.#decided()
      .map((decided) => {
        const row = this.#rows.get(decided) ?? mark(new DecidedRow(decided.question));
        this.#rows.set(decided, row);
        return row;
      })
      .reverse();
  }

  /** How all of it stands, to tell whether anything of it changed. */
  words(): string {
    return this.#decided()
      .map((decided) => `${decided.question.id} ${this.standing(decided)}`)
      .join(" ");
  }

  of(row: DecidedRow): Decided | undefined {
    return this.#decided().find((decided) => this.#rows.get(decided) === row);
  }

  /** What has become of it since. */
  standing({ question, outcome, answer, minted }: Decided): Standing {
    const table = this.#session.runtime?.kernel.state.capabilities;
    if (outcome === "denied") {
      const denied = table?.heldBy(question.pid).filter((h) => h.cap.effect === "deny" && !h.revoked) ?? [];
      const ruled = denyOf(question).map((d) => d.resource);
      return ruled.length > 0 && ruled.every((r) => denied.some((h) => h.cap.resource === r))
        ? "ruled"
        : outcome;
    }
    if (outcome !== "allowed" || answer?.scope === "once" || minted[0] === undefined)
      return outcome === "cancelled" ? "expired" : outcome;
    return table?.get(minted[0])?.revoked === true ? "revoked" : "granted";
  }

  /** What one click can still do: forbid what was denied, or take back what was granted for longer than once. */
  undoable(decided: Decided): "rule" | "grant" | "" {
    const { question } = decided;
    const standing = this.standing(decided);
    const process = this.#session.runtime?.kernel.state.processes.get(question.pid);
    const living = process !== undefined && process.life.ended === undefined;
    if (standing === "denied" && living && denyOf(question).length > 0) return "rule";
    return standing === "granted" ? "grant" : "";
  }

  /** The agent may never do again what was denied, whatever it holds; only a person can take that back. */
  async forbid(args: readonly unknown[]): Promise<void> {
    await this.#act(args, "rule", ({ kernel, person }, decided) => {
      for (const listed of denyOf(decided.question)) {
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
    const row = ours(first, DecidedRow);
    const decided = row === undefined ? undefined : this.of(row);
    const runtime = decided === undefined ? undefined : await this.#session.take();
    if (runtime === undefined || decided === undefined || this.undoable(decided) !== can) return;
    const refused = act(runtime, decided);
    if (refused !== undefined) void vscode.window.showErrorMessage(refusal(refused));
    else await runtime.kernel.durable().catch(() => undefined);
  }
}

/** The denies that would stand in the way of exactly what was asked for. */
function denyOf({
  kind,
  asks,
}: Decided["question"]): { effect: "deny"; rights: Right[]; resource: string }[] {
  if (kind !== "approval") return [];
  return [...Map.groupBy(asks, (a) => a.need.resource)].map(([resource, here]) => ({
    effect: "deny",
    rights: [...new Set(here.map((a) => a.need.right as Right))],
    resource,
  }));
}
