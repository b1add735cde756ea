// Live calls: those between their entry and their end, found by their id and by their process.
import type { Usage } from "../abi/image.ts";
import type { Preview } from "../abi/record.ts";
import type { WaitReason } from "./operation.ts";
import type { Grant } from "./witness.ts";

/** A call between its entry and its end. `waits` is set while it waits for something; `asking` while a person is. */
export interface LiveCall {
  readonly id: string;
  readonly pid: number;
  readonly name: string;
  readonly tool: string | undefined;
  /** Indexes of earlier changes of the same turn that this call is built on. */
  readonly builtOn: readonly number[];
  readonly abort: AbortController;
  waits: WaitReason | "approval" | "question" | undefined;
  /** Whom it waits for, where that is one process. */
  about: number | undefined;
  /** The unredacted preview of an open question; the record keeps the redacted one. */
  preview: Preview | undefined;
  grant: Grant | undefined;
  /** What it may cost, while it runs without a begin that reserves it. */
  pledged: Usage | undefined;
}

const NONE: readonly LiveCall[] = [];

/** However many processes live, what one of them is doing is told without a look at the others. */
export class LiveCalls {
  readonly #byId = new Map<string, LiveCall>();
  readonly #byPid = new Map<number, readonly LiveCall[]>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): LiveCall | undefined {
    return this.#byId.get(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** The calls of one process, in the order they came in. */
  of(pid: number): readonly LiveCall[] {
    return this.#byPid.get(pid) ?? NONE;
  }

  values(): IterableIterator<LiveCall> {
    return this.#byId.values();
  }

  add(call: LiveCall): void {
    this.#byId.set(call.id, call);
    this.#byPid.set(call.pid, [...this.of(call.pid), call]);
  }

  remove(call: LiveCall): void {
    this.#byId.delete(call.id);
    const rest = this.of(call.pid).filter((other) => other !== call);
    if (rest.length === 0) this.#byPid.delete(call.pid);
    else this.#byPid.set(call.pid, rest);
  }
}
