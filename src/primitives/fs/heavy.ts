// Heavy reads: operations that hold whole files or a thread each. Few run at once, and processes take turns.
import { fault, type Fault } from "../../abi/errors.ts";

/** How many heavy reads run at once, over all processes: each may hold a few files of 4 MB and a thread. */
export const HEAVY_AT_ONCE = 2;

/** The gate of heavy reads. A process with many waiting reads delays another process by one read only. */
export class HeavyReads {
  #running = 0;
  /** Waiting reads by process. The process served last is the last key. */
  readonly #waiting = new Map<number, (() => void)[]>();

  /** Runs `work` when it is the turn of process `pid`; EINTR when it is aborted before. */
  async run<T>(pid: number, signal: AbortSignal, work: () => Promise<T>): Promise<T | Fault> {
    if (this.#running < HEAVY_AT_ONCE) this.#running += 1;
    else if (!(await this.#queue(pid, signal)))
      return fault("EINTR", "Interrupted before its turn to read.", "Call again if it is still wanted.");
    try {
      return await work();
    } finally {
      this.#free();
    }
  }

  #queue(pid: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false);
      const queue = this.#waiting.get(pid) ?? [];
      this.#waiting.set(pid, queue);
      const enter = (): void => {
        signal.removeEventListener("abort", leave);
        resolve(true);
      };
      const leave = (): void => {
        queue.splice(queue.indexOf(enter), 1);
        if (queue.length === 0 && this.#waiting.get(pid) === queue) this.#waiting.delete(pid);
        resolve(false);
      };
      signal.addEventListener("abort", leave, { once: true });
      queue.push(enter);
    });
  }

  /** Gives the place directly to the next process in turn, so that no other read takes it in between. */
  #free(): void {
    const [pid, queue] = this.#waiting.entries().next().value ?? [];
    const next = queue?.shift();
    if (pid === undefined || queue === undefined || next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(pid);
    if (queue.length > 0) this.#waiting.set(pid, queue);
    next();
  }
}
