// Retries of a model call: which failures deserve another attempt, how many, and how long to wait before it.
import { setTimeout } from "node:timers/promises";
import { fault, type Fault } from "../../../abi/errors.ts";

/** Attempts altogether. With the waits below a provider gets about seven seconds to recover. */
const ATTEMPTS = 4;
const FIRST_WAIT_MS = 1_000;
/** A provider that asks for a longer wait than this is out of service as far as this call is concerned. */
const LONGEST_WAIT_MS = 60_000;

/** Waiting and chance, so that tests need neither time nor luck. `wait` rejects when its signal is aborted. */
export interface Pace {
  wait(ms: number, signal: AbortSignal): Promise<unknown>;
  /** In [0, 1). */
  random(): number;
  /** Milliseconds since the Unix epoch, for a Retry-After that is a date. */
  now(): number;
}

export const realPace: Pace = {
  wait: (ms, signal) => setTimeout(ms, undefined, { signal }),
  random: () => Math.random(),
  now: () => Date.now(),
};

/** One failed attempt: the fault to give when it was the last, and whether another attempt could help. */
export class Failure {
  readonly fault: Fault;
  readonly again: boolean;
  /** What the provider asked for, if it did. */
  readonly afterMs: number | undefined;
  constructor(of: Fault, again: boolean, afterMs?: number) {
    this.fault = of;
    this.again = again;
    this.afterMs = afterMs;
  }
}

/** Runs `attempt` until it gives something else than a {@link Failure} that could be mended by trying again. */
export async function withRetries<T>(
  attempt: () => Promise<T | Failure>,
  pace: Pace,
  signal: AbortSignal,
): Promise<T | Fault> {
  for (let made = 1; ; made++) {
    if (signal.aborted) return interrupted();
    const result = await attempt();
    if (!(result instanceof Failure)) return result;
    if (signal.aborted) return interrupted();
    if (!result.again) return result.fault;
    const { code, message, hint } = result.fault;
    if (made === ATTEMPTS) return fault(code, `${message} (${ATTEMPTS} attempts)`, hint);
    if (result.afterMs !== undefined && result.afterMs > LONGEST_WAIT_MS) {
      const seconds = Math.ceil(result.afterMs / 1000);
      return fault(code, message, `The provider asks to wait ${seconds} seconds: try again then.`);
    }
    try {
      await pace.wait(waitBefore(made, result.afterMs, pace), signal);
    } catch {
      return interrupted();
    }
  }
}

/**
 * The provider's own wait, never undercut; else doubling from a second. Up to a quarter more by chance keeps many
 * agents that failed together from coming back together.
 */
function waitBefore(made: number, afterMs: number | undefined, pace: Pace): number {
  return Math.round((afterMs ?? FIRST_WAIT_MS * 2 ** (made - 1)) + pace.random() * FIRST_WAIT_MS * 0.25);
}

/** Reads a Retry-After header: seconds or an HTTP date. Anything else says nothing. */
export function retryAfter(header: string | null, pace: Pace): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - pace.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function interrupted(): Fault {
  return fault("EINTR", "the model call was interrupted");
}
