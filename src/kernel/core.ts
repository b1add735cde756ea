// The core that the kernel's parts share: state, journal, live calls, and the functions that commit and await records.
import type { Grant } from "./witness.ts";
import { fault, type Fault } from "../abi/errors.ts";
import type { Usage } from "../abi/image.ts";
import type { AnyRecord, RecordData, RecordKind } from "../abi/record.ts";
import type { LiveCalls } from "./call.ts";
import type { HandleKind, View } from "./operation.ts";
import type { Operations } from "./operations/table.ts";
import type { OutputPiece } from "./door/output.ts";
import type { BirthOrder, Clock, Digests, Executor } from "./ports.ts";
import type { QuestionKinds } from "./questions/kinds.ts";
import type { Listeners } from "./record/listeners.ts";
import type { ReadRecord } from "./record/recall.ts";
import type { Redactor } from "./record/redact.ts";
import { stateOf, type Activity } from "./state/life.ts";
import type { Process, State } from "./state/rows.ts";
import { placesIn, type Now } from "./authority/capabilities.ts";

/** The part of the journal the kernel needs. */
export interface JournalPort {
  /** Leaves secrets out of every text that is recorded or shown. */
  readonly redactor: Redactor;
  append<K extends RecordKind>(kind: K, data: RecordData<K>, at: { pid?: number; call?: string }): AnyRecord;
  durable(seq: number): Promise<void>;
  learn(values: readonly string[]): Promise<void>;
}

/** The journal of a viewer. */
export const NO_JOURNAL: JournalPort = {
  get redactor(): Redactor {
    throw new Error("a viewer writes no records");
  },
  append: () => {
    throw new Error("a viewer writes no records");
  },
  durable: () => Promise.reject(new Error("a viewer writes no records")),
  learn: () => Promise.reject(new Error("a viewer writes no records")),
};

/** Receives a record as soon as it is applied. */
export type RecordListener = (record: AnyRecord) => void;

/** The shared parts of one running kernel. */
export interface Core {
  readonly state: State;
  readonly clock: Clock;
  readonly digests: Digests;
  readonly journal: JournalPort;
  /** Reads a record back, for texts that the state does not hold. */
  readonly recall: ReadRecord;
  readonly operations: Operations;
  /** The kinds of questions, the kernel's own and those that primitives bring. */
  readonly questionKinds: QuestionKinds;
  readonly live: LiveCalls;
  /** Loops that run now, by pid. */
  readonly loops: Map<number, AbortController>;
  /** The numbers given to calls without a slot, by pid, so that two parallel calls differ. */
  readonly loose: Map<number, number>;
  /** How handles are ended, by kind. */
  readonly handleKinds: ReadonlyMap<string, HandleKind>;
  /** By open handle, the grant of the call that opened it: it alone may say after that call that the thing ended. */
  readonly openers: Map<string, Grant>;
  /** The handles that are being ended now, by id. */
  readonly ending: Map<string, Promise<void>>;
  /** The sums that live calls have set aside, by paying process. */
  readonly pledged: Map<number, Usage>;
  /** Calls of an earlier run that had not started; they are dispatched again when their process goes on. */
  readonly unstarted: Set<string>;
  /** Listeners for records about a process, by its pid. */
  readonly waiters: Map<number, Set<RecordListener>>;
  /** The signals of calls that wait for a record and were not woken. */
  readonly parked: Set<AbortSignal>;
  /** By question, the function that cancels the timer of its deadline. */
  readonly deadlines: Map<string, () => void>;
  /** Processes whose loop was requested while it ran; it runs again when it returns. */
  readonly wanted: Set<number>;
  /** The agent side; absent in a viewer. */
  executor: Executor | undefined;
  /** The cost of the first model call of a process to be born; absent where nobody can tell. */
  readonly firstCall: ((order: BirthOrder) => Partial<Usage>) | undefined;
  /** The lowest pid that no call has reserved for a process that it is about to start. */
  freePid: number;
  /** The latest time seen, in the record or since. So a clock that is set back revives nothing that has expired. */
  latest: number;
  /** True during an orderly shutdown: nothing new starts. */
  stopping: boolean;
  /** Those who watch the records as they are applied. */
  readonly records: Listeners<AnyRecord>;
  /** Those who watch the output of running calls. */
  readonly output: Listeners<OutputPiece>;
  /** Called whenever a process may have become idle. */
  idle: () => void;
  /** Why nothing more can be written; undefined while records can be written. */
  sealed: Fault | undefined;
}

/** A core in which nothing runs yet. */
export function createCore(
  fixed: Pick<Core, "state" | "clock" | "digests" | "journal" | "recall" | "operations" | "live" | "latest"> &
    Pick<Core, "handleKinds" | "questionKinds" | "firstCall" | "sealed" | "records" | "output">,
): Core {
  return {
    ...fixed,
    loops: new Map(),
    loose: new Map(),
    pledged: new Map(),
    unstarted: new Set(),
    openers: new Map(),
    ending: new Map(),
    waiters: new Map(),
    wanted: new Set(),
    parked: new Set(),
    freePid: 0,
    deadlines: new Map(),
    executor: undefined,
    idle: () => undefined,
    stopping: false,
  };
}

/** The kinds of records that may change what anybody is allowed. */
const WIDE: readonly RecordKind[] = ["capability.revoke", "policy.set", "root.add", "root.remove"];

/** Appends one record (which applies it to the state) in one tick. */
export function commit<K extends RecordKind>(
  core: Core,
  kind: K,
  data: RecordData<K>,
  at: { pid?: number; call?: string } = {},
): AnyRecord {
  const record = core.journal.append(kind, data, at);
  if (core.waiters.size === 0) return record;
  // A revoke affects every holder of a passed-on capability, and a rule or a folder everybody: all waiters check again.
  const wide = WIDE.includes(kind);
  // A process that waits for any of its children listens by its own pid.
  const concerned = [at.pid ?? 0, core.state.processes.get(at.pid ?? 0)?.parent ?? 0];
  const woken = wide ? core.waiters.values() : concerned.map((pid) => core.waiters.get(pid) ?? []);
  for (const wake of [...woken].flatMap((set) => [...set])) wake(record);
  return record;
}

/**
 * Waits until `test` holds. It tests again only when a record about `pid` or a child of it is written. False when
 * aborted first, or when `ms` milliseconds have passed. The caller must hold nothing that others wait for. `wakes` is
 * true when a timer, this one or another, ends the wait; then the call counts as active.
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
      unlisten();
      core.parked.delete(signal);
      signal.removeEventListener("abort", stop);
      resolve(met);
    };
    const check = (record: AnyRecord): void => {
      if (test(record)) done(true);
    };
    const stop = (): void => {
      done(false);
    };
    const cancel = ms === undefined ? undefined : core.clock.after(ms, () => done(test()));
    const unlisten = listenToProcess(core, pid, check);
    if (!wakes) core.parked.add(signal);
    signal.addEventListener("abort", stop);
    core.idle();
  });
}

/** Calls back for records about `pid`, its children, or everybody. Returns a function that stops this. */
export function listenToProcess(core: Core, pid: number, listener: RecordListener): () => void {
  const set = core.waiters.get(pid) ?? new Set<RecordListener>();
  core.waiters.set(pid, set);
  set.add(listener);
  return () => {
    set.delete(listener);
    if (set.size === 0 && core.waiters.get(pid) === set) core.waiters.delete(pid);
  };
}

/** Why nothing may run although the record can be written: the policy for everybody cannot be read. */
export function policyFault(core: Core): Fault | undefined {
  const { policyProblem } = core.state;
  return policyProblem === undefined
    ? undefined
    : fault("EACCES", `Nothing may run: ${policyProblem}.`, "Mend the policy file, then resume.");
}

/** The present facts that the liveness of capabilities depends on. */
export function nowOf(core: Core, spent?: readonly string[]): Now {
  core.latest = Math.max(core.latest, core.clock.now());
  const now = core.latest;
  const facts = { now, ...placesIn(core.state) };
  return spent === undefined ? facts : { ...facts, spent: new Set(spent) };
}

/** The view of its process that an operation gets. */
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

/** The present activity of a process, for people. */
export function activityOf(core: Core, pid: number): Activity {
  const calls = core.live.innermost(pid).map((c) => c.waits);
  return { looping: core.loops.has(pid), calls };
}

/** The state word and wait reasons of a process. */
export function standingOf(core: Core, process: Process): ReturnType<typeof stateOf> {
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

/** The fault of a call by a process that has ended. */
export const ENDED = fault("EINTR", "The process has ended.", "Nothing more can be done as this process.");
