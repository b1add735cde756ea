// What was decided lately: the last answers as they come, so that a denial becomes a rule and a grant is taken back.
import * as vscode from "vscode";
import type { Capability } from "../abi/capability.ts";
import { isFault } from "../abi/errors.ts";
import type { AnyRecord, Question } from "../abi/record.ts";
import type { Right } from "../abi/resource.ts";
import { visibleLine } from "../views/visible.ts";
import { DecidedRow, mark, ours } from "./rows.ts";
import type { Runtime } from "./runtime.ts";
import type { Session } from "./session.ts";

/** How many stay in view. */
const KEPT = 20;

export interface Decided {
  readonly question: Question;
  outcome: "allowed" | "granted" | "denied" | "answered" | "expired" | "ruled" | "revoked";
  readonly note: string;
  /** What an allow stored, to the letter. */
  readonly stored: string;
  /** The first capability that the answer made; what others hold of it goes with it. */
  readonly capability: string | undefined;
}

export class RecentDecisions implements vscode.Disposable {
  readonly #session: Session;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #disposables: vscode.Disposable[];
  readonly #asked = new Map<string, Question>();
  readonly #rows = new Map<DecidedRow, Decided>();
  /** What was minted since the last record of another kind: it belongs to the answer that follows. */
  #minted: Capability[] = [];
  #runtime: Runtime | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.#disposables = [
      this.#changed,
      session.onRecord((record) => this.#heard(record)),
      session.onDidChange(() => this.#same()),
    ];
  }

  /** Newest first. */
  get rows(): DecidedRow[] {
    return [...this.#rows.keys()].reverse();
  }

  of(row: DecidedRow): Decided | undefined {
    return this.#rows.get(row);
  }

  /** What one click can still do: forbid what was denied, or take back what was granted for longer than once. */
  undoable({ question, outcome, capability }: Decided): "rule" | "grant" | "" {
    const kernel = this.#session.runtime?.kernel;
    const living = kernel?.state.processes.get(question.pid)?.life.ended === undefined;
    if (outcome === "denied" && living && denyOf(question).length > 0) return "rule";
    const held = capability === undefined ? undefined : kernel?.state.capabilities.get(capability);
    return outcome === "granted" && held?.revoked === false ? "grant" : "";
  }

  /** The agent may never do again what was denied, whatever it holds; only a person can take that back. */
  async forbid(args: readonly unknown[]): Promise<void> {
    await this.#act(args, "rule", ({ kernel, person }, decided) => {
      for (const listed of denyOf(decided.question)) {
        const given = kernel.give(person, decided.question.pid, listed);
        if (isFault(given)) return given;
      }
      decided.outcome = "ruled";
      return undefined;
    });
  }

  async takeBack(args: readonly unknown[]): Promise<void> {
    await this.#act(args, "grant", ({ kernel, person }, decided) => {
      const revoked = kernel.revoke(person, decided.capability ?? "", "taken back by a person");
      if (isFault(revoked)) return revoked;
      decided.outcome = "revoked";
      return undefined;
    });
  }

  dispose(): void {
    for (const each of this.#disposables.splice(0)) each.dispose();
  }

  async #act(
    [first]: readonly unknown[],
    can: "rule" | "grant",
    act: (runtime: Runtime, decided: Decided) => { message: string; hint: string } | undefined,
  ): Promise<void> {
    const row = ours(first, DecidedRow);
    const decided = row === undefined ? undefined : this.#rows.get(row);
    const runtime = decided === undefined ? undefined : await this.#session.take();
    if (runtime === undefined || decided === undefined || this.undoable(decided) !== can) return;
    const refused = act(runtime, decided);
    if (refused !== undefined) void vscode.window.showErrorMessage(`${refused.message} ${refused.hint}`);
    else await runtime.kernel.durable().catch(() => undefined);
    this.#changed.fire();
  }

  /** Another record has other decisions. Questions that waited before it was opened are known from its state. */
  #same(): void {
    const { runtime } = this.#session;
    if (runtime === this.#runtime) return;
    this.#runtime = runtime;
    this.#asked.clear();
    this.#rows.clear();
    for (const { question } of runtime?.kernel.state.questions.values() ?? [])
      this.#asked.set(question.id, question);
    this.#changed.fire();
  }

  #heard(record: AnyRecord): void {
    this.#same();
    if (record.kind === "capability.mint") {
      this.#minted.push(record.data.capability);
      return;
    }
    if (record.kind === "question.open") this.#asked.set(record.data.id, record.data);
    const question = record.kind === "question.close" ? this.#asked.get(record.data.id) : undefined;
    if (record.kind === "question.close" && question !== undefined) {
      this.#asked.delete(question.id);
      const { outcome, answer } = record.data;
      // Taken back by whoever asked: nobody decided anything.
      if (outcome !== "cancelled") {
        const made = this.#minted.find((c) => c.answers !== undefined && c.boundTo === undefined);
        this.#rows.set(mark(new DecidedRow(question)), {
          question,
          outcome: outcome === "allowed" && made !== undefined ? "granted" : outcome,
          note: visibleLine(answer?.note ?? answer?.text ?? ""),
          stored: made === undefined ? "" : visibleLine(answer?.grant ?? ""),
          capability: made?.id,
        });
        const [oldest] = this.#rows.keys();
        if (this.#rows.size > KEPT && oldest !== undefined) this.#rows.delete(oldest);
        this.#changed.fire();
      }
    }
    if (record.kind !== "head") this.#minted = [];
  }
}

/** The denies that would stand in the way of exactly what was asked for. */
function denyOf({ kind, asks }: Question): { effect: "deny"; rights: Right[]; resource: string }[] {
  if (kind !== "approval") return [];
  return [...Map.groupBy(asks, (a) => a.need.resource)].map(([resource, here]) => ({
    effect: "deny",
    rights: [...new Set(here.map((a) => a.need.right as Right))],
    resource,
  }));
}
