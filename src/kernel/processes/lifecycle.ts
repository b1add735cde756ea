// The life cycle: runs processes, signals them, sends them messages, waits for them and ends them.
import { fault, type Fault } from "../../abi/errors.ts";
import type { ExitWord } from "../../abi/record.ts";
import { policyFault, commit, living, type Core } from "../core.ts";
import type { Probe } from "../operation.ts";
import { removeOwned } from "../operations/register.ts";
import { withdrawQuestion } from "../questions/questions.ts";
import { endHandles } from "./handles.ts";
import { guessUsage } from "../state/account.ts";
import { depthOf, isBelow } from "../state/call-id.ts";
import { Changes, CHANGES_MOST } from "../door/changes.ts";
import { mayRun, type Stop } from "../state/life.ts";
import { INIT, questionsOf, type Process, type Remembered, NO_USAGE, type OpenCall } from "../state/rows.ts";
import { mint } from "../witness.ts";
import { removeRootsOf } from "./roots.ts";

/** The abort reason of a call that a signal interrupts. */
const SIGNAL = "signal";

/** Starts the loop of a process, if it may run and does not run already. */
export function startLoop(core: Core, pid: number): void {
  const process = living(core, pid);
  if (
    process === undefined ||
    pid === INIT ||
    core.executor === undefined ||
    core.stopping ||
    core.loops.has(pid) ||
    !mayRun(process.life)
  )
    return;
  const abort = new AbortController();
  core.loops.set(pid, abort);
  const ended = (): void => {
    core.loops.delete(pid);
    const process = living(core, pid);
    if (process?.ending === true && core.sealed === undefined && !core.stopping)
      exitProcess(core, pid, "killed", null, "terminated");
    // Something may have happened between the loop's last check and its return. A loop with nothing to do ends at once.
    if (living(core, pid) !== undefined && core.sealed === undefined && core.wanted.delete(pid))
      startLoop(core, pid);
    core.idle();
  };
  const bug = (error: unknown): void => {
    if (core.sealed !== undefined) return;
    exitProcess(
      core,
      pid,
      "failed",
      null,
      `a fault in its loop: ${error instanceof Error ? error.message : String(error)}`,
    );
  };
  void core.executor.run(mint.caller(pid), abort.signal).catch(bug).finally(ended);
}

/** Starts the loop of a process, or lets a loop that is just ending run again. */
export function wantLoop(core: Core, pid: number): void {
  if (core.loops.has(pid)) core.wanted.add(pid);
  else startLoop(core, pid);
}

/** Ends a process, withdraws its open questions and interrupts its calls. A child of init is reaped at once. */
export function exitProcess(core: Core, pid: number, how: ExitWord, result: unknown, reason: string): void {
  const process = living(core, pid);
  if (process === undefined || pid === INIT) return;
  commit(core, "process.exit", { exit: how, result: result ?? null, reason }, { pid });
  for (const asked of questionsOf(core.state, pid))
    if (asked.outcome === undefined) withdrawQuestion(core, asked.question);
  interruptCalls(core, pid);
  // Its loop may wait in a queue behind a process with a long model call.
  core.loops.get(pid)?.abort(SIGNAL);
  abandonCrashedCalls(core, pid);
  removeOwned(core, pid);
  removeRootsOf(core, pid, "its process ended");
  void endHandles(core, pid, "its agent ended");
  // Its remaining children now belong to init, and init reaps ended children at once.
  for (const child of process.children) {
    const life = core.state.processes.get(child)?.life;
    if (life?.ended !== undefined && !life.reaped)
      commit(core, "process.reap", { by: "kernel" }, { pid: child });
  }
  if (process.parent === INIT) commit(core, "process.reap", { by: "kernel" }, { pid });
  core.idle();
}

/** Interrupts the calls of a process: those that wait or listen to their signal end with EINTR. */
export function interruptCalls(core: Core, pid: number): void {
  for (const call of core.live.of(pid)) call.stop(SIGNAL);
}

/** A process and its descendants, children first. */
function* subtree(core: Core, pid: number): IterableIterator<number> {
  for (const child of core.state.processes.get(pid)?.children ?? []) {
    if (core.state.processes.get(child)?.parent === pid) yield* subtree(core, child);
  }
  yield pid;
}

/** Signals a process for `by`. Kill ends the whole subtree; terminate ends a process at its next safe point. */
export function signalProcess(
  core: Core,
  pid: number,
  name: "pause" | "resume" | "interrupt" | "terminate" | "kill",
  by: string,
  reason: string,
): Fault | undefined {
  if (core.sealed !== undefined) return core.sealed;
  const process = living(core, pid);
  if (process === undefined || pid === INIT)
    return fault("ENOENT", `No living process ${pid}.`, "See the list of processes.");
  const { paused } = process.life;
  const blocked = name === "resume" ? policyFault(core) : undefined;
  if (blocked !== undefined) return blocked;
  const agent = (who = ""): boolean => who.startsWith("pid:");
  if (name === "resume" && paused && agent(by) && !agent(process.pausedBy))
    return fault("EACCES", "A person paused it.", "Only a person can let it go on.");
  // A person's pause outranks an agent's, so it is recorded also when the agent paused first.
  const outranks = agent(process.pausedBy) && !agent(by);
  const legal = name === "pause" ? !paused || outranks : name === "resume" ? paused : true;
  if (!legal) return undefined;
  commit(core, "process.signal", { signal: name, by, reason }, { pid });
  if (name === "resume") wantLoop(core, pid);
  if (name === "interrupt") interruptCalls(core, pid);
  if (name === "kill")
    for (const each of [...subtree(core, pid)]) exitProcess(core, each, "killed", null, reason);
  if (name === "terminate") {
    const writing = core.live.of(pid).some((c) => c.grant !== undefined && c.waits === undefined);
    interruptCalls(core, pid);
    if (!writing) exitProcess(core, pid, "killed", null, reason);
  }
  return undefined;
}

/** Sends a message to a process: data, never authority. It ends a stop for a message. */
export function messageProcess(core: Core, pid: number, text: string, by: string): Fault | undefined {
  if (core.sealed !== undefined) return core.sealed;
  const process = living(core, pid);
  if (process === undefined || pid === INIT)
    return fault("ENOENT", `No living process ${pid}.`, "Start a new agent instead.");
  commit(core, "process.message", { text, by }, { pid });
  wakeProcess(core, pid, "message", by);
  return undefined;
}

/** Wakes a process from a durable stop, if it has that stop. */
export function wakeProcess(core: Core, pid: number, from: "message" | "model", by: string): void {
  const process = living(core, pid);
  if (process === undefined) return;
  const stop: Stop = from;
  if (process.life.stops[stop] !== undefined) commit(core, "process.wake", { from, by }, { pid });
  wantLoop(core, pid);
}

/** Reads the end of a process for one that waited for it; an own child is reaped. */
export function collectEnded(
  core: Core,
  parent: number,
  ended: Process,
): { pid: number; exit: ExitWord; result: unknown } {
  const { pid, life, result = null } = ended;
  if (!life.reaped && ended.parent === parent) commit(core, "process.reap", { by: `pid:${parent}` }, { pid });
  return { pid, exit: life.ended ?? "failed", result };
}

/** Lets a process go on as another image. It gets no new capability, and its one-time allows are revoked. */
export function execImage(core: Core, process: Process, image: string, imageHash: string): void {
  const { pid, model } = process;
  for (const asked of questionsOf(core.state, pid))
    if (asked.outcome === undefined) withdrawQuestion(core, asked.question);
  const reason = "it went on as another image";
  for (const { cap, revoked } of core.state.capabilities.heldBy(pid))
    if (!revoked && (cap.boundTo !== undefined || cap.uses === 1) && cap.effect === "allow")
      commit(core, "capability.revoke", { id: cap.id, by: "kernel", reason }, { pid });
  commit(core, "process.exec", { image, imageHash, model }, { pid });
}

/** Records the changes in what a process is told about its own objects with the call it is about to make. */
export function recordMemory(
  core: Core,
  pid: number,
  call: string,
  now: ReadonlyMap<string, Remembered>,
): void {
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

/** Ends a call that a crash interrupted, with the outcome that was found and, if it was done, all that it did. */
export function endCrashedCall(
  core: Core,
  call: OpenCall,
  outcome: "ok" | "not-run" | "unknown",
  { value, saw = [], changes = [] }: Omit<Extract<Probe, { state: "done" }>, "state"> = { value: null },
): void {
  const process = core.state.processes.get(call.pid);
  if (process !== undefined) endUnfinished(core, process, call.id);
  const error = {
    code: "EINTR" as const,
    message: "The runtime was cut off in the middle of it.",
    hint: "Look before doing it again.",
  };
  const result = outcome === "ok" ? { value } : { error };
  const made = new Changes(CHANGES_MOST);
  for (const change of changes) made.add(change);
  const used =
    outcome === "not-run" ? NO_USAGE : outcome === "unknown" ? guessUsage(call.reserve) : call.reserve;
  const tool = call.tool === undefined ? {} : { tool: call.tool };
  const fixed = { op: call.op, ...tool, decision: call.decision, outcome, used, micros: 0, recovered: true };
  commit(
    core,
    "call.end",
    { ...fixed, ...result, ...(outcome === "ok" ? { changed: true, saw: [...saw], ...made.fields } : {}) },
    { pid: call.pid, call: call.id },
  );
}

/** Ends the interrupted calls of an ended process that nothing resumed; nothing dispatches them any more. */
export function abandonCrashedCalls(core: Core, pid: number): void {
  for (const call of deepestFirst(core)) if (call.pid === pid) abandonCall(core, call);
}

/** Ends a call that nothing resumed, if it still is open. */
function abandonCall(core: Core, call: OpenCall): void {
  if (core.live.has(call.id) || !core.state.open.has(call.id)) return;
  endCrashedCall(core, call, core.unstarted.has(call.id) ? "not-run" : "unknown");
}

/** The open calls; the calls of a call come before it, because they end before it. */
export function deepestFirst(core: Core): OpenCall[] {
  return [...core.state.open.values()].sort((a, b) => depthOf(b.id) - depthOf(a.id));
}

/**
 * Ends what a call began before a crash and did not take up again: its calls, and their questions. So every call has
 * its end before the call that made it.
 */
export function endUnfinished(core: Core, { pid, made }: Process, maker: string): void {
  if (made?.has(maker) !== true) return;
  for (const { question, outcome } of questionsOf(core.state, pid))
    if (outcome === undefined && question.call !== undefined && isBelow(question.call, maker))
      withdrawQuestion(core, question);
  for (const call of deepestFirst(core)) if (isBelow(call.id, maker)) abandonCall(core, call);
}
