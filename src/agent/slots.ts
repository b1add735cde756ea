// Slots: how many model calls run at once. Calls that a person waits for come first, then first come, first
// served.

interface Waiting {
  readonly enter: () => void;
  readonly awaited: boolean;
}

/** The slots of all providers, each provider with its own queue. */
export class Slots {
  readonly #limit: number;
  readonly #used = new Map<string, number>();
  readonly #queues = new Map<string, Waiting[]>();

  /** `limit` is per provider. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Runs `work` in a slot of the provider. Awaited calls enter before all others. An abort in the queue gives
   * up the place and runs nothing.
   */
  async run<T>(
    provider: string,
    signal: AbortSignal,
    work: () => Promise<T>,
    awaited = false,
  ): Promise<T | undefined> {
    if ((this.#used.get(provider) ?? 0) < this.#limit)
      this.#used.set(provider, (this.#used.get(provider) ?? 0) + 1);
    else if (!(await this.#queue(provider, signal, awaited))) return undefined;
    try {
      return await work();
    } finally {
      this.#free(provider);
    }
  }

  #queue(provider: string, signal: AbortSignal, awaited: boolean): Promise<boolean> {
    const queue = this.#queues.get(provider) ?? [];
    this.#queues.set(provider, queue);
    return new Promise((resolve) => {
      const enter = (): void => {
        signal.removeEventListener("abort", leave);
        resolve(true);
      };
      const waiting = { enter, awaited };
      const leave = (): void => {
        const at = queue.indexOf(waiting);
        if (at >= 0) queue.splice(at, 1);
        resolve(false);
      };
      if (signal.aborted) leave();
      else {
        const behind = awaited ? queue.findIndex((other) => !other.awaited) : -1;
        queue.splice(behind < 0 ? queue.length : behind, 0, waiting);
        signal.addEventListener("abort", leave, { once: true });
      }
    });
  }

  /** Gives the slot directly to the next in the queue, so that no other call can take it in between. */
  #free(provider: string): void {
    const next = this.#queues.get(provider)?.shift();
    if (next !== undefined) next.enter();
    else this.#used.set(provider, Math.max(0, (this.#used.get(provider) ?? 1) - 1));
  }
}
