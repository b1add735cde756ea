// The kernel: joins the parts, and offers everything that code outside `kernel/` may do with them.
import type { PolicyRule } from "../abi/policy.ts";
import type { Answer, Preview, Question } from "../abi/question.ts";
import type { Listed } from "../abi/capability.ts";
import { fault, type Fault, type Result } from "../abi/errors.ts";
import type { Budget } from "../abi/image.ts";
import type { AnyRecord } from "../abi/record.ts";
import { addToBudget, answerAndSettle, giveCapability, pauseAll } from "./person/acts.ts";
import { revokeCapability, setPolicy } from "./person/acts.ts";
import { addKind, type OwnQuestionKind, type QuestionKind } from "./questions/kinds.ts";
import { ACTING } from "./questions/acts.ts";
import { SHUTDOWN } from "./questions/questions.ts";
import { launchRoot, type LaunchOrder } from "./processes/birth.ts";
import { commit, createCore, NO_JOURNAL, standingOf } from "./core.ts";
import type { Core, Executor, JournalPort, OutputPiece } from "./core.ts";
import { unwatchDeadlines, watchDeadline } from "./questions/deadlines.ts";
import { syscall } from "./door/door.ts";
import { applyRecord, type Folded } from "./state/fold.ts";
import { endAllHandles } from "./processes/handles.ts";
import { exitProcess, messageProcess, recordMemory } from "./processes/lifecycle.ts";
import { removeLeftRoots } from "./processes/roots.ts";
import { signalProcess, startLoop, wakeProcess } from "./processes/lifecycle.ts";
import { Rest } from "./processes/rest.ts";
import { Listeners } from "./record/listeners.ts";
import { LiveCalls, type Slot } from "./call.ts";
import type { HandleKind, Primitive } from "./operation.ts";
import { KernelOps } from "./ops.ts";
import { Operations } from "./operations/table.ts";
import type { Clock, Digests } from "./ports.ts";
import { mayRun, type stateOf } from "./state/life.ts";
import { recoverCalls } from "./door/recovery.ts";
import type { Remembered, State } from "./state/rows.ts";
import { isLoop, isPerson, type Caller, type Person } from "./witness.ts";

/** The parts of a kernel. */
export interface KernelParts {
  readonly clock: Clock;
  readonly digests: Digests;
  /** The state folded from the record so far; the kernel continues it. */
  readonly folded: Folded;
  /** Opens the journal for writing; absent for a viewer, which then refuses every change. */
  readonly journal?: (onRecord: (record: AnyRecord) => void) => JournalPort;
  /** Receives what a listener throws; the kernel goes on. */
  readonly onBug?: (bug: unknown) => void;
  /** The cost of the first model call of a new process; without it, no birth is refused for a budget that is too small. */
  readonly firstCall?: Core["firstCall"];
  /** Builds the operations of this kernel. */
  readonly primitives: (ops: KernelOps) => readonly Primitive[];
}

const VIEWER = fault(
  "EUNAVAILABLE",
  "This record is being watched, not run, here.",
  "Act in the window that runs it.",
);

/** The façade of the kernel. */
export class Kernel {
  readonly core: Core;
  readonly #listeners: Listeners<AnyRecord>;
  readonly #rest = new Rest(() => this.core);

  constructor(parts: KernelParts) {
    const { clock, digests, firstCall } = parts;
    const { state, latest } = parts.folded;
    this.#listeners = new Listeners(parts.onBug);
    const journal = parts.journal?.((record) => {
      applyRecord(state, record);
      this.#listeners.tell(record);
    });
    const operations = new Operations(state);
    const questionKinds = new Map<string, QuestionKind | OwnQuestionKind>(
      ACTING.map((kind) => [kind.name, kind]),
    );
    const handleKinds = new Map<string, HandleKind>();
    this.core = createCore({
      ...{ state, clock, digests, firstCall, operations, questionKinds, handleKinds },
      ...{ journal: journal ?? NO_JOURNAL, output: new Listeners<OutputPiece>(parts.onBug) },
      ...{ live: new LiveCalls(), latest: Date.parse(latest) || 0 },
      sealed: journal === undefined ? VIEWER : undefined,
      idle: () => {
        this.#rest.look();
      },
    });
    for (const primitive of parts.primitives(new KernelOps(this.core))) {
      for (const op of primitive.operations) operations.set(op.name, op);
      for (const kind of primitive.questions ?? []) addKind(questionKinds, kind);
      for (const each of primitive.handles ?? []) handleKinds.set(each.kind, each);
    }
  }

  get state(): Readonly<State> {
    return this.core.state;
  }

  /** True when records can be written. */
  get writable(): boolean {
    return this.core.sealed === undefined;
  }

  /** Calls back for each record as it is applied. Returns a function that stops this. */
  onRecord(listener: (record: AnyRecord) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Calls back for the output of running calls as it comes. Returns a function that stops this. */
  onOutput(listener: (piece: OutputPiece) => void): () => void {
    return this.core.output.add(listener);
  }

  /** Applies records of another writer in a viewer. */
  follow(records: readonly AnyRecord[]): void {
    for (const record of records) {
      applyRecord(this.core.state, record);
      this.#listeners.tell(record);
    }
  }

  /** One syscall by the process that `caller` proves; the only way to an effect. */
  syscall(caller: Caller, name: string, args: unknown, slot?: Slot): Promise<Result<unknown>> {
    return syscall(this.core, caller, name, args, slot);
  }

  /** Resolves when record `seq` (default: all so far) is on disk. Rejects when the journal failed. */
  durable(seq = this.core.state.seq): Promise<void> {
    return this.core.journal.durable(seq);
  }

  /** Writes the opening record of this run, judges the calls that a crash left open, and sets the executor. */
  async begin(
    opening: {
      host: string;
      roots: State["roots"];
      policy: readonly PolicyRule[];
      cut?: { file: string; byte: number; bytes: number };
    },
    executor: Executor,
  ): Promise<void> {
    const { roots, policy, ...rest } = opening;
    commit(this.core, "journal.open", { format: 1, ...rest, roots: [...roots], policy: [...policy] });
    removeLeftRoots(this.core);
    await recoverCalls(this.core);
    if (this.state.handles.size > 0) await endAllHandles(this.core, "the runtime was cut off");
    for (const { question, outcome } of this.core.state.questions.values())
      if (outcome === undefined) watchDeadline(this.core, question);
    this.core.executor = executor;
    await this.durable();
  }

  /** Starts the loop of every process that may run. */
  resumeAll(): void {
    for (const process of this.core.state.processes.values()) startLoop(this.core, process.pid);
  }

  /** Pauses every living process, for example after a reload, so that no agent continues by itself. */
  pauseAll(by: "kernel" | "person", reason: string): void {
    pauseAll(this.core, by, reason);
  }

  launch(who: Person, order: LaunchOrder): Result<{ pid: number }> {
    return launchRoot(this.core, who, order);
  }

  /** Answers a question; see `answerAndSettle`. Await {@link durable} before reporting it as answered. */
  answer(who: Person, id: string, given: Answer): Result<{ minted: string[] }> {
    return answerAndSettle(this.core, who, id, given);
  }

  signal(
    who: Person,
    pid: number,
    name: "pause" | "resume" | "interrupt" | "terminate" | "kill",
    reason: string,
  ): Fault | undefined {
    if (!isPerson(who))
      return fault("EACCES", "Only a person can signal from here.", "Processes use signal_agent.");
    return signalProcess(this.core, pid, name, who.as, reason);
  }

  message(who: Person, pid: number, text: string): Fault | undefined {
    if (!isPerson(who))
      return fault("EACCES", "Only a person can speak from here.", "Processes use send_message.");
    return messageProcess(this.core, pid, text, who.as);
  }

  /** Tries a model call again after it failed for good and stopped its process on `model`. */
  retry(who: Person, pid: number): void {
    if (isPerson(who) && this.writable) wakeProcess(this.core, pid, "model", who.as);
  }

  revoke(who: Person, id: string, reason: string): Result<null> {
    return revokeCapability(this.core, who, id, reason);
  }

  /** Gives a living agent a capability that a person chose: an allow, or a deny that restricts it. */
  give(who: Person, pid: number, listed: Listed): Result<{ id: string }> {
    return giveCapability(this.core, who, pid, listed);
  }

  /** Replaces the policy. With a `problem` the policy is unknown, so all agents pause and nothing runs. */
  setPolicy(who: Person, policy: readonly PolicyRule[], problem?: string): Fault | undefined {
    return setPolicy(this.core, who, policy, problem);
  }

  /** Adds to an agent's budget and closes the questions that asked for it. */
  raise(who: Person, pid: number, more: Budget): Fault | undefined {
    return addToBudget(this.core, who, pid, more);
  }

  /** The unredacted preview of an open question if its call is live here, else the recorded preview. */
  previewOf(question: Question): Preview | undefined {
    const call = question.call === undefined ? undefined : this.core.live.get(question.call);
    return call?.preview ?? question.preview;
  }

  /** The state word and wait reasons of a process. */
  standing(pid: number): ReturnType<typeof stateOf> {
    const process = this.core.state.processes.get(pid);
    return process === undefined ? { state: "zombie", on: [] } : standingOf(this.core, process);
  }

  /** Resolves when no process is active: each has ended or waits, in the end for a person. */
  rest(): Promise<void> {
    return this.#rest.come();
  }

  /** Marks the journal as failed: every later call gets `why`. Records that are not durable are lost. */
  seal(why: Fault): void {
    if (this.writable) void endAllHandles(this.core, "the journal failed");
    this.core.sealed ??= why;
    unwatchDeadlines(this.core);
    for (const call of this.core.live.values()) call.stop(SHUTDOWN);
    this.core.idle();
  }

  /** Shuts down in order: nothing new starts, waiting calls stop and resume in a later run, and effects finish. */
  async stop(): Promise<void> {
    this.core.stopping = true;
    unwatchDeadlines(this.core);
    for (const abort of this.core.loops.values()) abort.abort(SHUTDOWN);
    for (const call of this.core.live.values()) call.stop(SHUTDOWN);
    while (this.core.loops.size > 0) await this.#rest.next();
    if (!this.writable) return;
    await endAllHandles(this.core, "the runtime stopped");
    await this.durable().catch(() => undefined);
  }

  /** The safe point of a loop: true when its process may take the next step. A terminated process ends now. */
  mayGo(caller: Caller): boolean {
    const process = isLoop(caller) ? this.core.state.processes.get(caller.pid) : undefined;
    if (process === undefined || !this.writable || this.core.stopping) return false;
    if (process.ending) exitProcess(this.core, process.pid, "killed", null, "terminated");
    return mayRun(process.life);
  }

  /** Stops a root agent: after a turn without calls until a `message`, or after a failed `model` call until a retry. */
  block(caller: Caller, on: "message" | "model", detail: string): void {
    if (isLoop(caller) && this.writable)
      commit(this.core, "process.block", { on, detail }, { pid: caller.pid });
  }

  /** Tells a model something about its last answer, before it is asked again. */
  tell(caller: Caller, text: string): void {
    if (isLoop(caller) && this.writable)
      commit(this.core, "process.message", { text, by: "kernel" }, { pid: caller.pid });
  }

  /** Ends a process with success, because its loop has nothing more to do. */
  finish(caller: Caller, result: unknown): void {
    if (isLoop(caller) && this.writable)
      exitProcess(this.core, caller.pid, "finished", result, "its last turn made no calls");
  }

  /** Records what a process is told about its own objects with model call `id`, which it makes in this very tick. */
  remember(caller: Caller, id: string, now: ReadonlyMap<string, Remembered>): void {
    if (isLoop(caller) && this.writable) recordMemory(this.core, caller.pid, `${caller.pid}.${id}`, now);
  }

  /** Omits the conversation before entry `from` from later model calls; the summary call `id` failed. */
  trim(caller: Caller, from: number, reason: string, id: string): void {
    const at = { pid: caller.pid, call: `${caller.pid}.${id}` };
    if (isLoop(caller) && this.writable) commit(this.core, "process.trim", { from, reason }, at);
  }
}
