// Snapshots: when the state is written down, so that an opening folds only the records behind the newest one.
import type { HeadMark, JournalStore } from "../ports/store.ts";

/** After so many records the state is written down as soon as nothing waits to be written. */
const EVERY = 10_000;

/** At the end it is written down after fewer; folding less than this takes no time that anybody notices. */
const AT_END = 1_000;

/**
 * Writes the state down when it is due. It does so only when every record of the state is durable, and never while a
 * call waits for a record. A snapshot that cannot be kept costs only time, so its failure is no failure of the journal.
 */
export class Snapshots {
  readonly #store: JournalStore;
  readonly #rows: () => string;
  #kept: number;
  /** Settled when no snapshot is being written. */
  settled: Promise<void> = Promise.resolve();

  /** `kept` is the number of the head whose snapshot the state was read from, 0 for none. */
  constructor(store: JournalStore, kept: number, rows: () => string) {
    this.#store = store;
    this.#kept = kept;
    this.#rows = rows;
  }

  /** Called whenever everything is written. */
  keepAtRest(head: HeadMark): void {
    this.#keep(head, EVERY);
  }

  /** Called before the store closes. */
  keepAtEnd(head: HeadMark): void {
    this.#keep(head, AT_END);
  }

  #keep(head: HeadMark, least: number): void {
    if (this.#store.keep === undefined || head.seq - this.#kept < least) return;
    this.#kept = head.seq;
    const kept = this.#store.keep(head, this.#rows());
    this.settled = Promise.allSettled([this.settled, kept]).then(() => undefined);
  }
}
