// Rest: tells when no process of the kernel can go on without something from outside.
import type { Call } from "../call.ts";
import type { Core } from "../core.ts";
import { mayRun } from "../state/life.ts";

/**
 * Ticks between the end of a call and the start of one that waited for it. In between, nothing of the turn runs but what
 * waits for a person.
 */
const TICKS = 32;

/** The waits for rest of one kernel. */
export class Rest {
  readonly #core: Core;
  readonly #checks = new Set<() => void>();
  #lastActive: number | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Looks again; the kernel calls it whenever a process may have become idle. */
  look(): void {
    for (const check of [...this.#checks]) check();
  }

  /** Resolves when nothing can go on. */
  async come(): Promise<void> {
    do {
      await this.#when(() => this.#isAtRest());
      for (let tick = 0; tick < TICKS; tick += 1) await Promise.resolve();
    } while (!this.#isAtRest());
  }

  /** Resolves at the next look. */
  async next(): Promise<void> {
    let looked = false;
    await this.#when(() => {
      const was = looked;
      looked = true;
      return was;
    });
  }

  #when(test: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!test()) return;
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }

  #isAtRest(): boolean {
    this.#lastActive = findActive(this.#core, this.#lastActive);
    return this.#lastActive === undefined;
  }
}

/** A process that goes on without outside events, the last one first; undefined when there is none. */
function findActive(core: Core, last: number | undefined): number | undefined {
  if (core.sealed !== undefined) return undefined;
  if (last !== undefined && core.loops.has(last) && isActive(core, last)) return last;
  for (const pid of core.loops.keys()) if (isActive(core, pid)) return pid;
  return undefined;
}

/** True when a process goes on without outside events. */
function isActive(core: Core, pid: number): boolean {
  // A call whose wait is over is not parked any more, even if it was not resumed yet.
  const isParked = ({ signal }: Call): boolean => core.parked.has(signal);
  const calls = core.live.innermost(pid);
  const process = core.state.processes.get(pid);
  if (process !== undefined && !mayRun(process.life) && calls.length === 0) return false;
  return calls.length === 0 || !calls.every(isParked);
}
