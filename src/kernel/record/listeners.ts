// Listeners: passes each event to every listener in order; a listener that throws does not break the writer.

/** The listeners to one kind of event: the records of a journal, or the output of its calls. */
export class Listeners<T> {
  readonly #all = new Set<(event: T) => void>();
  readonly #untold: T[] = [];
  readonly #onBug: ((bug: unknown) => void) | undefined;

  /** `onBug` receives what a listener throws. */
  constructor(onBug?: (bug: unknown) => void) {
    this.#onBug = onBug;
  }

  /** Calls back for each event. Returns a function that stops this. */
  add(listener: (event: T) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /**
   * Passes an event to all listeners. A listener may cause further events; all listeners get those after this one.
   * An error of a listener changes nothing: the record is written and the state is right.
   */
  tell(event: T): void {
    this.#untold.push(event);
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
