// When nothing goes on by itself any more: everything ended, or waits for a person or for one who does.
import type { Core } from "../core.ts";
import type { Call } from "../call.ts";
import { mayRun } from "../state/life.ts";

/**
 * A process that goes on by itself; undefined when none does. `last` is looked at first: who went on a moment ago
 * mostly still does, and then nobody else needs to be looked at.
 */
export function restless(core: Core, last: number | undefined): number | undefined {
  if (core.sealed !== undefined) return undefined;
  if (last !== undefined && core.loops.has(last) && goesOn(core, last)) return last;
  for (const pid of core.loops.keys()) if (goesOn(core, pid)) return pid;
  return undefined;
}

function goesOn(core: Core, pid: number): boolean {
  // One whose wait is over is about to go on, though it has not been told yet.
  const rests = ({ abort }: Call): boolean => core.parked.has(abort.signal);
  const calls = core.live.of(pid);
  const process = core.state.processes.get(pid);
  if (process !== undefined && !mayRun(process.life) && calls.length === 0) return false;
  return calls.length === 0 || !calls.every(rests);
}
