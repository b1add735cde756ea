// Retries of a model call: the failures that deserve another attempt, the number of attempts, and the waits.
import { setTimeout } from "node:timers/promises";
import { fault, type Fault } from "../../../abi/errors.ts";

/** All attempts. With the waits below, a provider gets about seven seconds to recover. */
const ATTEMPTS = 4;
/** How often one request is changed for its server; each change leaves out or lowers something. */
const CHANGES = 6;
const FIRST_WAIT_MS = 1_000;
/** A provider that asks for a longer wait is out of service for this call. */
const LONGEST_WAIT_MS = 60_000;

/** Waiting and randomness, so that tests need neither. `wait` rejects when its signal is aborted. */
export interface Pace {
  wait(ms: number, signal: AbortSignal): Promise<unknown>;
  /** In [0, 1). */
  random(): number;
  /** Milliseconds since the Unix epoch, for a wait that is told as a date. */
  now(): number;
}

/** The real clock and real randomness. */
export const realPace: Pace = {
  wait: (ms, signal) => setTimeout(ms, undefined, { signal }),
  random: () => Math.random(),
  now: () => Date.now(),
};

/** One failed attempt: its fault, and whether another attempt could help. */
export class Failure {
  readonly fault: Fault;
  readonly again: boolean;
  /** The wait that the provider asked for, if any. */
  readonly afterMs: number | undefined;
  /** True when the request was changed, so that it is sent again at once; such attempts do not count. */
  readonly changed: boolean;
  constructor(of: Fault, again: boolean, afterMs?: number, changed = false) {
    this.fault = of;
    this.again = again;
    this.afterMs = afterMs;
    this.changed = changed;
  }
}

/**
 * The time until which a provider asked not to be called, in milliseconds since the Unix epoch. All calls to
 * it share this.
 */
export interface ProviderPause {
  until: number;
}

/**
 * Runs `attempt` until its result is no {@link Failure} that another attempt could repair. While the provider
 * asks not to be called, no call makes an attempt.
 */
export async function withRetries<T>(
  attempt: () => Promise<T | Failure>,
  pace: Pace,
  signal: AbortSignal,
  rest: ProviderPause = { until: 0 },
): Promise<T | Fault> {
  let changes = 0;
  for (let made = 1; ; made++) {
    const left = await waitOut(rest, pace, signal);
    if (signal.aborted) return interrupted();
    if (left > 0) return later("the provider wants to be left alone", left);
    const result = await attempt();
    if (!(result instanceof Failure)) return result;
    if (signal.aborted) return interrupted();
    if (result.changed && changes++ < CHANGES) {
      made -= 1;
      continue;
    }
    if (result.afterMs !== undefined) rest.until = Math.max(rest.until, pace.now() + result.afterMs);
    if (!result.again) return result.fault;
    const { code, message, hint } = result.fault;
    if (made === ATTEMPTS) return fault(code, `${message} (${ATTEMPTS} attempts)`, hint);
    if (result.afterMs !== undefined && result.afterMs > LONGEST_WAIT_MS)
      return later(message, result.afterMs);
    // All calls wait for the time that the provider set. Without one, the wait doubles from a second.
    if (result.afterMs === undefined) await pause(FIRST_WAIT_MS * 2 ** (made - 1), pace, signal);
  }
}

/** Waits as long as the provider asked. Gives the rest if that is longer than a call waits, else zero. */
async function waitOut(rest: ProviderPause, pace: Pace, signal: AbortSignal): Promise<number> {
  for (;;) {
    const left = rest.until - pace.now();
    if (left <= 0 || signal.aborted) return 0;
    if (left > LONGEST_WAIT_MS) return left;
    await pause(left, pace, signal);
  }
}

/** A random quarter of a second at most keeps agents that failed together from coming back together. */
async function pause(ms: number, pace: Pace, signal: AbortSignal): Promise<void> {
  const wait = Math.round(ms + pace.random() * FIRST_WAIT_MS * 0.25);
  await Promise.resolve(pace.wait(wait, signal)).catch(() => undefined); // the caller sees the abort
}

function later(message: string, ms: number): Fault {
  return fault("EIO", message, `The provider asks to wait ${Math.ceil(ms / 1000)} seconds: try again then.`);
}

function interrupted(): Fault {
  return fault("EINTR", "the model call was interrupted");
}
