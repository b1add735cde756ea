// Runs that are shared: whoever asks while one is under way gets the next one, together with all others who ask.

/**
 * Runs an act for each key, one at a time. An act that begins after a call came counts for that call. So a folder into which a
 * thousand files come at once is synced a few times, and each writer still waits for a sync that began after its own write.
 */
export class SharedRuns {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  /** Resolves when a run has ended that began after this call; rejects as that run does. */
  run(key: string, act: () => Promise<void>): Promise<void> {
    const next = this.#next.get(key);
    if (next !== undefined) return next;
    const running = this.#running.get(key);
    if (running === undefined) return this.#start(key, act);
    const later = running
      .catch(() => undefined)
      .then(() => {
        this.#next.delete(key);
        return this.#start(key, act);
      });
    this.#next.set(key, later);
    return later;
  }

  #start(key: string, act: () => Promise<void>): Promise<void> {
    const running = act().finally(() => {
      if (this.#running.get(key) === running) this.#running.delete(key);
    });
    this.#running.set(key, running);
    return running;
  }
}
