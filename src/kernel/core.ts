// The core that the kernel's parts share: state, journal, live calls, and the one way to change or await anything.
import { fault, type Fault } from "../abi/errors.ts";
import type { Usage } from "../abi/image.ts";
import type { AnyRecord, RecordData, RecordKind } from "../abi/record.ts";
import type { LiveCalls } from "./call.ts";
import type { Operation, View } from "./operation.ts";
import type { Clock, Digests } from "./ports.ts";
import { stateOf, type Activity } from "./state/life.ts";
import type { Process, State } from "./state/rows.ts";
import type { Now } from "./authority/capabilities.ts";
import type { Caller } from "./witness.ts";

/** The part of the journal the kernel needs. */
export interface JournalPort {
  append<K extends RecordKind>(kind: K, data: RecordData<K>, at: { pid?: number; call?: string }): AnyRecord;
  durable(seq: number): Promise<void>;
}

/** Told of a record as soon as it is applied. */
export type RecordListener = (record: AnyRecord) => void;

/** Runs one process until it ends or may not go on. The agent side fills it; it must not throw. */
export interface Executor {
  run(caller: Caller, signal: AbortSignal): Promise<void>;
}

export interface Core {
  readonly state: State;
  readonly clock: Clock;
  readonly digests: Digests;
  readonly journal: JournalPort;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly live: LiveCalls;
  /** Loops that run now, by pid. */
  readonly loops: Map<number, AbortController>;
  /** Numbers handed to calls without a slot, by pid, so that two at once differ. */
  readonly loose: Map<number, number>;
  /** Sums of what live calls have set aside, by paying process. */
  readonly pledged: Map<number, Usage>;
  /** Calls of an earlier run that were found not to have started; they are dispatched again when their turn comes. */
  readonly unstarted: Set<string>;
  /** Who wants to know of records about a process, by its pid. */
  readonly waiters: Map<number, Set<RecordListener>>;
  /** The signals of calls that wait for a record and have not been woken. */
  readonly parked: Set<AbortSignal>;
  /** How to end the watch over the deadline of each open question that has one. */
  readonly deadlines: Map<string, () => void>;
  /** Processes whose loop was asked for while it ran; it runs again when it returns. */
  readonly wanted: Set<number>;
  /** The agent side; absent in a viewer. */
  executor: Executor | undefined;
  /** The latest time seen, in the record or since: a clock that is set back brings nothing back that has expired. */
  latest: number;
  /** True once the runtime goes away in good order: nothing new starts. */
  stopping: boolean;
  /** Called whenever something may have come to rest. */
  idle(): void;
  /** Why nothing more can be written, once that is so. */
  sealed: Fault | undefined;
}

/** Appends one record (which applies it to the state) in one tick. */
export function commit<K extends RecordKind>(
  core: Core,
  kind: K,
  data: RecordData<K>,
  at: { pid?: number; call?: string } = {},
): AnyRecord {
  const record = core.journal.append(kind, data, at);
  if (core.waiters.size === 0) return record;
  // A revoke reaches whoever holds what was passed on, and a rule everybody, so everybody who waits looks again.
  const wide = kind === "capability.revoke" || kind === "policy.set";
  // Whoever waits for any of its children waits as their parent.
  const concerned = [at.pid ?? 0, core.state.processes.get(at.pid ?? 0)?.parent ?? 0];
  const woken = wide ? core.waiters.values() : concerned.map((pid) => core.waiters.get(pid) ?? []);
  for (const wake of [...woken].flatMap((set) => [...set])) wake(record);
  return record;
}

/**
 * Waits until `test` holds, looking again only when a record about `pid` or a child of it is written. False when aborted
 * first, or when `ms` milliseconds have passed. The caller must hold nothing that others wait for. What `wakes` by a
 * timer, this one or another, goes on by itself.
 */
export function until(
  core: Core,
  pid: number,
  test: (record?: AnyRecord) => boolean,
  signal: AbortSignal,
  ms?: number,
  wakes = ms !== undefined,
): Promise<boolean> {
  if (test()) return Promise.resolve(true);
  if (signal.aborted || (ms ?? 1) <= 0) return Promise.resolve(false);
  return new Promise((resolve) => {
    const done = (met: boolean): void => {
      cancel?.();
      deaf();
      core.parked.delete(signal);
      signal.removeEventListener("abort", stop);
      resolve(met);
    };
    const look = (record: AnyRecord): void => {
      if (test(record)) done(true);
    };
    const stop = (): void => {
      done(false);
    };
    const cancel = ms === undefined ? undefined : core.clock.after(ms, () => done(test()));
    const deaf = listenToProcess(core, pid, look);
    if (!wakes) core.parked.add(signal);
    signal.addEventListener("abort", stop);
    core.idle();
  });
}

/** Calls `look` for each record about `pid` or a child of it, and for what concerns everybody. Returns the way to stop. */
export function listenToProcess(core: Core, pid: number, look: RecordListener): () => void {
  const set = core.waiters.get(pid) ?? new Set<RecordListener>();
  core.waiters.set(pid, set);
  set.add(look);
  return () => {
    set.delete(look);
    if (set.size === 0 && core.waiters.get(pid) === set) core.waiters.delete(pid);
  };
}

/** Why nothing may run although the record can be written: what is asked or denied for everybody cannot be known. */
export function policyFault(core: Core): Fault | undefined {
  const { policyProblem } = core.state;
  return policyProblem === undefined
    ? undefined
    : fault("EACCES", `Nothing may run: ${policyProblem}.`, "Mend the policy file, then resume.");
}

/** What liveness of capabilities depends on, now. */
export function nowOf(core: Core, spent?: readonly string[]): Now {
  const places = core.state.roots;
  core.latest = Math.max(core.latest, core.clock.now());
  return {
    now: core.latest,
    placeOf: (folder) => places.find((r) => r.name === folder)?.path,
    ...(spent === undefined ? {} : { spent: new Set(spent) }),
  };
}

/** What an operation may know of its process. */
export function viewOf(core: Core, process: Process): View {
  return {
    pid: process.pid,
    parent: process.parent,
    cwd: process.cwd,
    roots: core.state.roots,
    image: process.image,
    model: process.model,
    seen: (resource) => process.seen?.get(resource),
  };
}

/** What a process is doing right now, for people. */
export function activityOf(core: Core, pid: number): Activity {
  const calls = core.live.of(pid).map((c) => c.waits);
  return { looping: core.loops.has(pid), calls };
}

/** The state word and wait reasons of a process. */
export function stateWordOf(core: Core, process: Process): ReturnType<typeof stateOf> {
  return stateOf(process.life, activityOf(core, process.pid));
}

/** The process of a pid if it lives. */
export function living(core: Core, pid: number): Process | undefined {
  const process = core.state.processes.get(pid);
  return process?.life.ended === undefined ? process : undefined;
}

/** Canonical JSON: keys sorted, undefined dropped, so that equal values give equal text. */
export function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map((v) => canonical(v)).join(",")}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  let text = "";
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key];
    if (field === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonical(field)}`;
  }
  return `{${text}}`;
}

export const ENDED = fault("EINTR", "The process has ended.", "Nothing more can be done as this process.");
