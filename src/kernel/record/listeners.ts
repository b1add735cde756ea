// Listeners: passes each record to every listener in order; a listener that throws does not break the writer.
import type { AnyRecord } from "../../abi/record.ts";

/** The listeners of one journal. */
export class Listeners {
  readonly #all = new Set<(record: AnyRecord) => void>();
  readonly #untold: AnyRecord[] = [];
  readonly #onBug: ((bug: unknown) => void) | undefined;

  /** `onBug` receives what a listener throws. */
  constructor(onBug?: (bug: unknown) => void) {
    this.#onBug = onBug;
  }

  /** Calls back for each record. Returns a function that stops this. */
  add(listener: (record: AnyRecord) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /**
   * Passes a record to all listeners. A listener may cause further records; all listeners get those after this one.
   * An error of a listener changes nothing: the record is written and the state is right.
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
