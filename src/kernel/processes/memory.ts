// Memory: writing down what a process is told of its own objects with each model call.
import { commit, type Core } from "../core.ts";
import type { Remembered } from "../state/rows.ts";

/** Writes down what a process is told of its own objects with the call that it is about to make, as far as it changed. */
export function remember(core: Core, pid: number, call: string, now: ReadonlyMap<string, Remembered>): void {
  const known = core.state.processes.get(pid)?.memory ?? new Map<string, Remembered>();
  const set = [...now].flatMap(([name, entry]) => {
    const before = known.get(name);
    const same =
      before?.version === entry.version && before.reason === entry.reason && before.tokens === entry.tokens;
    return same ? [] : [{ name, ...entry }];
  });
  const gone = [...known.keys()].filter((name) => !now.has(name));
  if (set.length > 0 || gone.length > 0) commit(core, "process.memory", { set, gone }, { pid, call });
}
