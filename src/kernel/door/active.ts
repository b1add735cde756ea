// Active time: how long a call worked, without what it waited for and without what the machine slept.
import type { LiveCall } from "../call.ts";
import type { Invocation, WaitReason } from "../operation.ts";
import type { Clock } from "../ports.ts";

/** How often a call that works is looked at, in microseconds. */
const LOOK = 5_000_000;

/**
 * A stopwatch for one call. Some systems count the hours of a closed laptop in every clock they have, so it looks at
 * the time every few seconds; a look that comes far too late was slept through, and counts as one.
 */
export class ActiveTime {
  readonly #clock: Clock;
  #micros = 0;
  #since: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Goes on counting; until {@link stop} a timer runs. */
  start(): void {
    this.#since = this.#clock.micros();
    this.#cancel = this.#clock.after(LOOK / 1000, () => {
      this.stop();
      this.start();
    });
  }

  /** Stops counting; a second time does nothing. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#since === undefined) return;
    const passed = this.#clock.micros() - this.#since;
    this.#micros += passed > 2 * LOOK ? LOOK : passed;
    this.#since = undefined;
  }

  get seconds(): number {
    return this.#micros / 1e6;
  }
}

/**
 * How a call waits: it says for what while it does, `idle` is told, and nobody pays for it unless it works meanwhile.
 * While it does not, `held` looks whether it still may, and returns the way to stop.
 */
export function waitingOf(
  call: LiveCall,
  active: ActiveTime,
  idle: () => void,
  held: () => () => void,
): Invocation<unknown>["waiting"] {
  return async (reason, pending, about) => {
    // A model that thinks is work; waiting for a child, a timer or a message is not.
    const works = reason === ("model" satisfies WaitReason);
    if (!works) active.stop();
    const free = works ? undefined : held();
    call.waits = reason;
    call.about = about;
    idle();
    try {
      return await pending;
    } finally {
      call.waits = undefined;
      free?.();
      if (!works) active.start();
    }
  };
}
