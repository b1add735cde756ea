// Cut-off calls: writing down the end of a call that began in an earlier run and is not live in this one.
import { guessed } from "../state/account.ts";
import { commit, type Core } from "../core.ts";
import type { Probe } from "../operation.ts";
import { NO_USAGE, type OpenCall } from "../state/rows.ts";

/** Ends a call that a crash cut off, as what it was found to be. */
export function endCut(
  core: Core,
  call: OpenCall,
  outcome: "ok" | "not-run" | "unknown",
  value: unknown,
  saw: Extract<Probe, { state: "done" }>["saw"] = [],
): void {
  const error = {
    code: "EINTR" as const,
    message: "The runtime was cut off in the middle of it.",
    hint: "Look before doing it again.",
  };
  const told = outcome === "ok" ? { value } : { error };
  const used =
    outcome === "not-run" ? NO_USAGE : outcome === "unknown" ? guessed(call.reserve) : call.reserve;
  const tool = call.tool === undefined ? {} : { tool: call.tool };
  const fixed = { op: call.op, ...tool, decision: call.decision, outcome, used, micros: 0, recovered: true };
  commit(
    core,
    "call.end",
    { ...fixed, ...told, ...(outcome === "ok" ? { changed: true, saw: [...saw] } : {}) },
    { pid: call.pid, call: call.id },
  );
}

/** Ends the calls of a process that ends before they were taken up again; nobody will dispatch them any more. */
export function abandonCut(core: Core, pid: number): void {
  for (const call of [...core.state.open.values()]) {
    if (call.pid !== pid || core.live.has(call.id)) continue;
    endCut(core, call, core.unstarted.has(call.id) ? "not-run" : "unknown", null);
  }
}
