// Listeners: who hears of each record, in the order of the record, without being able to break what writes it.
import type { AnyRecord } from "../../abi/record.ts";

export class Listeners {
  readonly #all = new Set<(record: AnyRecord) => void>();
  readonly #untold: AnyRecord[] = [];
  readonly #onBug: ((bug: unknown) => void) | undefined;

  /** `onBug` is told what a listener threw. */
  constructor(onBug?: (bug: unknown) => void) {
    this.#onBug = onBug;
  }

  /** Calls back for each record. Returns the way to stop. */
  add(listener: (record: AnyRecord) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /**
   * Tells everybody. One that answers as it hears makes further records: all hear them after this one. What one throws
   * is its own: the record is written and the state is right.
   */
  tell(record: AnyRecord): void {
    this.#untold.push(record);
    if (this.#untold.length > 1) return;
    for (let next = this.#untold[0]; next !== undefined; next = this.#untold[0]) {
      for (const listener of [...this.#all]) {
        try {
          listener(next);
        } catch (bug) {
          this.#onBug?.(bug);
        }
      }
      this.#untold.shift();
    }
  }
}
