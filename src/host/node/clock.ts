// The clock of the machine: wall time for records, a monotonic one for durations, and the only timer of the host.
import type { Clock } from "../../kernel/ports.ts";

/** A node timer takes at most this many milliseconds; longer waits are taken in pieces. */
const LONGEST = 2 ** 31 - 1;

/** The real clock. Wall time may jump, also backwards: order comes from sequence numbers, never from it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  micros: () => Math.round(performance.now() * 1000),
  after(ms, callback) {
    let timer: NodeJS.Timeout | undefined;
    const wait = (left: number): void => {
      const piece = Math.min(Math.max(left, 0), LONGEST);
      timer = setTimeout(() => (left > LONGEST ? wait(left - LONGEST) : callback()), piece);
    };
    wait(Number.isNaN(ms) ? 0 : ms);
    return () => clearTimeout(timer);
  },
};
