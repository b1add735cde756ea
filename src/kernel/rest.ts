// When nothing goes on by itself any more: everything ended, or waits for a person or for one who does.
import type { Core, LiveCall } from "./core.ts";
import { mayRun } from "./process.ts";

/** True while some process goes on by itself. */
export function restless(core: Core): boolean {
  if (core.sealed !== undefined) return false;
  // One whose wait is over is about to go on, though it has not been told yet.
  const rests = ({ abort }: LiveCall): boolean => core.parked.has(abort.signal);
  const { processes } = core.state;
  for (const pid of core.loops.keys()) {
    const calls = [...core.live.values()].filter((c) => c.pid === pid);
    const process = processes.get(pid);
    if (process !== undefined && !mayRun(process.life) && calls.length === 0) continue;
    if (calls.length === 0 || !calls.every(rests)) return true;
  }
  return false;
}
