// Invoking: calls the backend with a full grant, measures its working time, and judges its failure.
import { isFault, ok, type Fault, type Result } from "../../abi/errors.ts";
import type { Usage } from "../../abi/image.ts";
import type { Call, Stopwatch } from "../call.ts";
import { commit, ENDED, living, viewOf, type Core } from "../core.ts";
import type { Bound, Operation, Prepared, WaitReason } from "../operation.ts";
import type { Clock } from "../ports.ts";
import { endHandle, endHandles, openHandle } from "../processes/handles.ts";
import { guessUsage } from "../state/account.ts";
import { NO_USAGE } from "../state/rows.ts";
import { mint, type Caller } from "../witness.ts";
import { emitOutput } from "./emit.ts";
import { entriesOf, watchAuthority } from "./judge.ts";
import { endCall } from "./outcome.ts";
import { learnText } from "./secrets.ts";
import { callerBelow, CUT, endRunning } from "./sub.ts";

/** Enters the door again, for a call that the running call makes. */
type Enter = (core: Core, caller: Caller, name: string, args: unknown) => Promise<Result<unknown>>;

/** Calls the backend with a full grant, and ends the call with its result. */
export async function invokeCall(
  core: Core,
  call: Call,
  bound: Bound,
  op: Operation,
  prepared: Prepared | undefined,
  cost: Usage,
  enter: Enter,
): Promise<Result<unknown>> {
  const { id, pid, authority, needs, process, signal } = call;
  let used = guessUsage(cost);
  call.grant = mint.grant({ mode: "full", call: id, authority, needs, entry: entriesOf(core, authority) });
  call.invoked = true;
  call.makes = true;
  // The time in which a person decides costs nothing, and no timer runs.
  const active = (call.active = new ActiveTime(core.clock, op.byPerson !== true, call.maker?.active));
  const invoked = bound.invoke({
    grant: call.grant,
    signal,
    view: viewOf(core, process),
    prestate: prepared?.prestate ?? null,
    call: id,
    settle: (real) => {
      used = { ...NO_USAGE, ...real };
    },
    once: (act) => {
      const value = living(core, pid) === undefined ? ENDED : call.cut ? CUT : act();
      const { request } = call;
      const did = { value, ...(request === undefined ? {} : { request }) };
      if (!isFault(value)) commit(core, "call.did", did, { pid, call: id });
      return value;
    },
    noted: core.state.open.get(id)?.noted,
    note: (value) => noteFound(core, call, value),
    sub: async (name, args, as) => {
      const caller = as ?? callerBelow(call);
      return isFault(caller) ? caller : enter(core, caller, name, args);
    },
    narrow: (within) => callerBelow(call, within),
    opened: (kind, label) => openHandle(core, call, kind, label),
    closed: async (handle, why) => {
      const row = core.state.handles.get(pid)?.get(handle);
      if (row !== undefined) await endHandle(core, row, why);
    },
    left: (seconds) => timeLeft(core, call, seconds),
    learn: (resource, text) => learnText(core, call, resource, text),
    saw: (resource, sha256) => {
      call.saw.push({ resource, sha256 });
    },
    found: (tools) => {
      call.found = tools;
    },
    changed: (change) => {
      call.changes.add(change);
    },
    emit: (text) => {
      emitOutput(core, call, text);
    },
    waiting: (reason, until, about) => waitFor(core, call, active, reason, until, about),
  });
  let result: Awaited<typeof invoked>;
  try {
    result = await invoked;
    if (isFault(result) && isFault(signal.reason)) result = signal.reason;
  } finally {
    active.end();
    call.makes = false;
    if (call.running.size > 0) await endRunning(call);
    if (core.state.handles.has(pid)) await endHandles(core, pid, "its call ended", id);
  }
  if (call.cut) result = CUT;
  const { modelCalls, toolCalls, tokens, microdollars = 0, bytesWritten = 0, children = 0 } = used;
  call.used = {
    ...{ modelCalls, toolCalls, tokens, activeSeconds: active.seconds },
    ...(microdollars === 0 ? {} : { microdollars }),
    ...(bytesWritten === 0 ? {} : { bytesWritten }),
    ...(children === 0 ? {} : { children }),
    ...(used.estimated === true ? { estimated: true } : {}),
  };
  return isFault(result) ? endFailed(core, call, bound, op, prepared, result) : endCall(core, call, result);
}

/** Records the outcome of a part of a call, once, and waits until that is on disk. */
async function noteFound(core: Core, { id, pid }: Call, value: unknown): Promise<Fault | undefined> {
  const open = core.state.open.get(id);
  if (open === undefined) throw new Error(`call ${id} has no begin, so it notes nothing`);
  if (open.noted !== undefined) throw new Error(`call ${id} has noted something already`);
  await core.journal.durable(commit(core, "call.found", { value }, { pid, call: id }).seq);
  return living(core, pid) === undefined ? ENDED : undefined;
}

/** The value of a call that was done before a crash. The call ends with it and costs what any call costs. */
export function resultBefore(core: Core, call: Call): unknown {
  const begun = core.state.open.get(call.id);
  call.decision = begun?.decision ?? "allow";
  call.invoked = true;
  const bound = call.op?.decode(call.args);
  const cost = bound === undefined || isFault(bound) ? { ...NO_USAGE, toolCalls: 1 } : bound.cost(null);
  call.used = begun?.reserve ?? cost;
  return call.process.did?.get(call.id);
}

/** Ends a failed call. A write that failed on the way may have happened, so it is judged as after a crash. */
async function endFailed(
  core: Core,
  call: Call,
  bound: Bound,
  op: Operation,
  prepared: Prepared | undefined,
  error: Fault,
): Promise<Result<unknown>> {
  if (op.effect !== "write" || !["EIO", "EINTR", "EFAULT", "ENOSPC"].includes(error.code))
    return endCall(core, call, error);
  const probe = await bound.probe(prepared?.prestate ?? null, viewOf(core, call.process));
  if (probe.state === "done") {
    for (const each of probe.saw ?? []) call.saw.push(each);
    for (const change of probe.changes ?? []) call.changes.add(change);
    return endCall(core, call, ok(probe.value));
  }
  return endCall(core, call, error, call.decision, probe.state === "unknown" ? "unknown" : "error");
}

/** The milliseconds a call may still wait. The time of a machine's sleep counts; a clock set back adds nothing. */
function timeLeft(core: Core, { id, process }: Call, seconds: number): number {
  const ms = seconds * 1000;
  const now = core.clock.now();
  if (process.timers?.has(id) !== true) {
    const until = new Date(now + ms).toISOString();
    commit(core, "timer.set", { until }, { pid: process.pid, call: id });
  }
  return Math.min(Math.max((process.timers?.get(id) ?? now) - now, 0), ms);
}

/** Marks a call as waiting until `pending` is settled. It pays for that time only if it works meanwhile. */
async function waitFor<T>(
  core: Core,
  call: Call,
  active: ActiveTime,
  reason: WaitReason,
  pending: Promise<T>,
  about: number | undefined,
): Promise<T> {
  // A model that thinks is work; waiting for a child, a timer or a message is not.
  const works = reason === "model";
  if (!works) active.hold();
  const unwatch = works ? undefined : watchAuthority(core, call);
  call.waits = reason;
  call.about = about;
  core.idle();
  try {
    return await pending;
  } finally {
    call.waits = undefined;
    unwatch?.();
    if (!works) active.release();
  }
}

/** The time between two samples of a working call, in microseconds. */
const SAMPLE = 5_000_000;

/**
 * A stopwatch for one call. Some systems count the hours of a closed laptop in every clock. So it samples the time
 * every few seconds; a sample that comes far too late counts as one interval.
 */
class ActiveTime implements Stopwatch {
  readonly #clock: Clock;
  #micros = 0;
  #since: number | undefined;
  #cancel: (() => void) | undefined;
  /** How many reasons there are not to count now. */
  #held = 0;
  /** The stopwatch of the call that made this one. It counts for both, so calls beside each other count once. */
  readonly #of: Stopwatch | undefined;
  /** How many of the calls that it counts for work now. */
  #working = 0;

  /** Begins to count, if anything counts at all. */
  constructor(clock: Clock, counts: boolean, of: Stopwatch | undefined) {
    this.#clock = clock;
    this.#of = of;
    if (counts) this.#start();
    else this.#held = 1;
  }

  /** Stops counting until {@link release} was called as often. */
  hold(): void {
    this.#held += 1;
    this.#stop();
  }

  release(): void {
    this.#held -= 1;
    if (this.#held === 0) this.#start();
  }

  /** Stops for good. */
  end(): void {
    this.#held = Infinity;
    this.#stop();
  }

  /** Counts while at least one of the calls that it made works, although it is held for them. */
  begin(): void {
    this.#working += 1;
    if (this.#working === 1) this.release();
  }

  finish(): void {
    this.#working -= 1;
    if (this.#working === 0) this.hold();
  }

  /** Counts on; until it stops a timer runs. */
  #start(): void {
    this.#since = this.#clock.micros();
    if (this.#of !== undefined) {
      this.#of.begin();
      return;
    }
    this.#cancel = this.#clock.after(SAMPLE / 1000, () => {
      this.#stop();
      this.#start();
    });
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#since === undefined) return;
    if (this.#of !== undefined) {
      this.#since = undefined;
      this.#of.finish();
      return;
    }
    const passed = this.#clock.micros() - this.#since;
    this.#micros += passed > 2 * SAMPLE ? SAMPLE : passed;
    this.#since = undefined;
  }

  get seconds(): number {
    return this.#micros / 1e6;
  }
}
