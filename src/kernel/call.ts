// Calls: one syscall between its entry and its end, and the table that finds running calls by id and by process.
import type { CallAsk, Preview } from "../abi/question.ts";
import type { Fault } from "../abi/errors.ts";
import type { Usage } from "../abi/image.ts";
import type { DecisionWord, RecordData } from "../abi/record.ts";
import type { Need } from "../abi/resource.ts";
import type { Authority } from "./authority/authority.ts";
import type { Verdict } from "./authority/decide.ts";
import type { Output } from "./door/output.ts";
import type { Bound, CallEffect, Operation, WaitReason } from "./operation.ts";
import type { QuestionStop } from "./questions/kinds.ts";
import { Changes, CHANGES_MOST } from "./door/changes.ts";
import { NO_USAGE, type OpenCall, type Process } from "./state/rows.ts";
import type { Grant } from "./witness.ts";

/** Which call of a turn this is (`3` the turn's answer, `3.0` its first call), and whether the record replays it. */
export interface Slot {
  readonly id?: string;
  readonly tool?: string;
  /** Indexes of earlier calls of the turn whose changes this one was made for. */
  readonly builtOn?: readonly number[];
  readonly replay?: boolean;
  /** Why the caller's own loop does not want it run; the record shows the refusal. */
  readonly refused?: Fault;
  /** True when the caller can do without it: beyond its budget it is refused, and nobody is asked to raise that. */
  readonly spare?: boolean;
}

/** A verdict and what it rests on. The state is what its newest record made of it, so `seq` stands for all of it. */
export interface Judged {
  readonly verdict: Verdict;
  readonly needs: readonly Need[];
  readonly digest: string | undefined;
  readonly seq: number;
  readonly now: number;
}

/** Counts the time in which a call works, and in which the calls that it made do. */
export interface Stopwatch {
  /** Stops counting until `release` was called as often. */
  hold(): void;
  release(): void;
  /** A call that it made begins to work, which counts although this one is held for it. */
  begin(): void;
  finish(): void;
}

/** One syscall between its entry and its end, with everything the door knows so far. Its end is written from this. */
export class Call {
  readonly id: string;
  readonly name: string;
  readonly process: Process;
  /** The authority that every judge of it takes. */
  readonly authority: Authority;
  /** Undefined when no operation has the name. */
  readonly op: Operation | undefined;
  readonly slot: Slot;
  /** Microseconds of the monotonic clock at its entry. */
  readonly entered: number;
  /** The call that made it; undefined for a call of a loop. */
  readonly maker: Call | undefined;
  /** The digest of its operation and arguments, for a call that another call made. */
  readonly request: string | undefined;
  /** The calls that it made and that run now, and how many it has made. */
  readonly running = new Set<Call>();
  made = 0;
  /** True while it may make calls: from the start of its effect until that is over. */
  makes = false;
  /** True when a shutdown cut a call of it off; it then writes no end, too, and runs again later. */
  cut = false;
  readonly #whenIdle: (() => void)[] = [];
  readonly #abort = new AbortController();

  /** The arguments as the caller gave them; after decoding, the decoded ones. */
  args: unknown;
  /** The arguments that were given in another form than they were understood in; undefined when none were. */
  given: unknown;
  /** The decoded call; undefined until its arguments are known to be right. */
  bound: Bound | undefined;
  /** The lexical needs; those of the real names join them after resolving. */
  needs: readonly Need[] = [];
  /** The needs without the names of links that were followed. */
  real: readonly Need[] = [];
  /** The part of the decoded arguments that names no resource. */
  content: unknown;
  /** The asks of this very call, beside those of its needs. */
  asks: readonly CallAsk[] = [];
  decision: DecisionWord = "none";
  /** The prestate that an approval binds; undefined until the prestate is known. */
  digest: string | undefined;
  /** The capabilities that allow it. */
  by: readonly string[] = [];
  /** The newest verdict, with all that it was told from. */
  judged: Judged | undefined;
  /** Why it was denied. */
  why: string | undefined;
  /** The effect of this very call; until its begin, the most that its operation may do. */
  effect: CallEffect | undefined;
  /** True once the record holds its begin. */
  begun: boolean;
  /** True once the backend was called. */
  invoked = false;
  used: Usage = NO_USAGE;
  /** The reserve of a dispatch that a crash interrupted. It may have happened, and it was not repeated yet. */
  lost: Usage | undefined;
  /** Files as this call read or left them. */
  readonly saw: NonNullable<RecordData<"call.end">["saw"]> = [];
  /** Tools that this call found for its model, the best first. */
  found: readonly string[] = [];
  /** Files that this call changed. */
  readonly changes = new Changes(CHANGES_MOST);

  /** The text that it has put out; undefined while there is none. */
  output: Output | undefined;
  /** True once its end is written: what its operation still reports is ignored. */
  ended = false;

  /** Set while it waits. */
  waits: WaitReason | QuestionStop | undefined;
  /** The process that it waits for, where there is one. */
  about: number | undefined;
  /** The unredacted preview of its open question; the record keeps the redacted one. */
  preview: Preview | undefined;
  /** The grant of its effect while that runs. */
  grant: Grant | undefined;
  /** Its working time, while its effect runs. The calls that it makes have their own. */
  active: Stopwatch | undefined;
  /** The most it may cost, while it runs without a begin that reserves it. */
  pledged: Usage | undefined;

  constructor(
    fixed: Pick<Call, "id" | "name" | "process" | "authority" | "op" | "slot" | "entered" | "args"> &
      Partial<Pick<Call, "maker" | "request">>,
    begun: OpenCall | undefined,
  ) {
    const { id, name, process, authority, op, slot, entered, args } = fixed;
    this.id = id;
    this.name = name;
    this.process = process;
    this.authority = authority;
    this.maker = fixed.maker;
    this.request = fixed.request;
    this.op = op;
    this.slot = slot;
    this.entered = entered;
    this.args = args;
    this.begun = begun !== undefined;
    this.effect = begun?.effect ?? op?.effect;
    const uncertain = begun !== undefined && this.effect === "external" && op?.idempotent === true;
    this.lost = uncertain ? begun.reserve : undefined;
  }

  get pid(): number {
    return this.process.pid;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Stops it, and every call that it made. */
  stop(reason: unknown): void {
    this.#abort.abort(reason);
    this.stopRunning(reason);
  }

  stopRunning(reason: unknown): void {
    for (const each of [...this.running]) each.stop(reason);
  }

  /** Resolves when no call that it made runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.running.size === 0) resolve();
      else this.#whenIdle.push(resolve);
    });
  }

  /** A call that it made begins to run. */
  join(call: Call): void {
    this.running.add(call);
    if (this.running.size === 1) this.active?.hold();
  }

  /** A call that it made has ended. */
  leave(call: Call): void {
    this.running.delete(call);
    if (this.running.size > 0) return;
    this.active?.release();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

/** The running calls, indexed by id and by process. */
export class LiveCalls {
  readonly #byId = new Map<string, Call>();
  readonly #byPid = new Map<number, Set<Call>>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Call | undefined {
    return this.#byId.get(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** The calls of one process, in the order they came in. */
  of(pid: number): readonly Call[] {
    return [...(this.#byPid.get(pid) ?? [])];
  }

  /** Those of them that no other call of theirs holds up. A call that made calls does what these do. */
  innermost(pid: number): readonly Call[] {
    return this.of(pid).filter((call) => call.running.size === 0);
  }

  values(): IterableIterator<Call> {
    return this.#byId.values();
  }

  add(call: Call): void {
    this.#byId.set(call.id, call);
    call.maker?.join(call);
    const own = this.#byPid.get(call.pid) ?? new Set<Call>();
    this.#byPid.set(call.pid, own.add(call));
  }

  remove(call: Call): void {
    this.#byId.delete(call.id);
    const own = this.#byPid.get(call.pid);
    own?.delete(call);
    if (own?.size === 0) this.#byPid.delete(call.pid);
    call.maker?.leave(call);
  }
}
