// Breathing: a long step lets the event loop run by time, so that other agents and a person get through.
import { setImmediate as nextRound } from "node:timers/promises";
import type { Breath } from "../../../primitives/fs/backend.ts";

/** The longest that a step holds the event loop, in milliseconds; a person notices about ten times that. */
const HOLD_MS = 10;

/** The breath of one step that may be long. */
export class TimedBreath implements Breath {
  #since = performance.now();

  /** True when the step has held the event loop long enough. */
  get due(): boolean {
    return performance.now() - this.#since >= HOLD_MS;
  }

  /** Lets everything run that waits, and begins a new breath. */
  async take(): Promise<void> {
    await nextRound();
    this.#since = performance.now();
  }
}
