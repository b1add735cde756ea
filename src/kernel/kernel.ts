// The kernel: the façade of a core, with everything that code outside `kernel/` may do with it.
import type { Listed } from "../abi/capability.ts";
import { fault, type Fault, type Result } from "../abi/errors.ts";
import type { Budget } from "../abi/image.ts";
import type { PolicyRule } from "../abi/policy.ts";
import type { Answer } from "../abi/question.ts";
import type { AnyRecord, RootFolder } from "../abi/record.ts";
import type { Slot } from "./call.ts";
import { commit, type Core } from "./core.ts";
import { syscall } from "./door/door.ts";
import type { OutputPiece } from "./door/output.ts";
import { recoverCalls } from "./door/recovery.ts";
import { openCore, type KernelParts } from "./opening.ts";
import { registerOperation, removeOperation, type Registration } from "./operations/register.ts";
import { addToBudget, answerAndSettle, giveCapability, pauseAll } from "./person/acts.ts";
import { revokeCapability, setPolicy } from "./person/acts.ts";
import { order } from "./person/orders.ts";
import { stopCall, stopHandle, stopPausedLater } from "./person/stops.ts";
import type { Executor } from "./ports.ts";
import { launchRoot, type LaunchOrder } from "./processes/birth.ts";
import { endAllHandles } from "./processes/handles.ts";
import { exitProcess, messageProcess, recordMemory } from "./processes/lifecycle.ts";
import { signalProcess, startLoop, wakeProcess } from "./processes/lifecycle.ts";
import { Rest } from "./processes/rest.ts";
import { addRoot, closeWorktree, removeLeftRoots, removeRoot } from "./processes/roots.ts";
import { reservePid, roomForWorktree } from "./processes/worktrees.ts";
import { unwatchDeadlines, watchDeadline } from "./questions/deadlines.ts";
import { SHUTDOWN } from "./questions/questions.ts";
import { Reader } from "./reader.ts";
import { applyRecord } from "./state/fold.ts";
import { mayRun } from "./state/life.ts";
import type { Remembered, State } from "./state/rows.ts";
import { isLoop, isPerson, type Caller, type Person } from "./witness.ts";

/** The façade of the kernel. */
export class Kernel extends Reader {
  readonly #core: Core;
  readonly #rest: Rest;

  /** Offers a core that was opened; only one kernel offers the same. */
  constructor(core: Core) {
    super(core);
    this.#core = core;
    this.#rest = new Rest(core);
    core.idle = () => {
      this.#rest.look();
    };
  }

  /** Joins the parts of a kernel. Nothing runs before {@link begin}. */
  static open(parts: KernelParts): Kernel {
    return new Kernel(openCore(parts));
  }

  /** Why nothing more can be written; undefined while records can be. */
  get sealed(): Fault | undefined {
    return this.#core.sealed;
  }

  /** True when records can be written. */
  get writable(): boolean {
    return this.#core.sealed === undefined;
  }

  /** Calls back for each record as it is applied. Returns a function that stops this. */
  onRecord(listener: (record: AnyRecord) => void): () => void {
    return this.#core.records.add(listener);
  }

  /** Calls back for the output of running calls as it comes. Returns a function that stops this. */
  onOutput(listener: (piece: OutputPiece) => void): () => void {
    return this.#core.output.add(listener);
  }

  /** Applies records of another writer in a viewer. */
  follow(records: readonly AnyRecord[]): void {
    for (const record of records) {
      applyRecord(this.#core.state, record);
      this.#core.records.tell(record);
    }
  }

  /** One syscall by the process that `caller` proves; the only way to an effect. */
  syscall(caller: Caller, name: string, args: unknown, slot?: Slot): Promise<Result<unknown>> {
    return syscall(this.#core, caller, name, args, slot);
  }

  /** Resolves when record `seq` (default: all so far) is on disk. Rejects when the journal failed. */
  durable(seq = this.#core.state.seq): Promise<void> {
    return this.#core.journal.durable(seq);
  }

  /** Writes the opening record of this run, judges the calls that a crash left open, and sets the executor. */
  async begin(
    opening: {
      host: string;
      roots: State["roots"];
      policy: readonly PolicyRule[];
      cut?: { file: string; byte: number; bytes: number };
      follows?: { journal: string; seq: number; hash: string };
    },
    executor: Executor,
  ): Promise<void> {
    const { roots, policy, ...rest } = opening;
    commit(this.#core, "journal.open", { format: 1, ...rest, roots: [...roots], policy: [...policy] });
    removeLeftRoots(this.#core);
    await recoverCalls(this.#core);
    if (this.state.handles.size > 0) await endAllHandles(this.#core, "the runtime was cut off");
    for (const { question, outcome } of this.#core.state.questions.values())
      if (outcome === undefined) watchDeadline(this.#core, question);
    this.#core.executor = executor;
    await this.durable();
  }

  /** Starts the loop of every process that may run. */
  resumeAll(): void {
    for (const process of this.#core.state.processes.values()) startLoop(this.#core, process.pid);
  }

  /**
   * Pauses every living process, for example after a reload, so that no agent continues by itself. If a person does, what
   * runs in the background is stopped after a grace.
   */
  pauseAll(by: "kernel" | "person", reason: string): void {
    pauseAll(this.#core, by, reason);
    if (by === "person") stopPausedLater(this.#core);
  }

  launch(who: Person, order: LaunchOrder): Result<{ pid: number }> {
    return launchRoot(this.#core, who, order);
  }

  /** Answers a question; see `answerAndSettle`. Await {@link durable} before reporting it as answered. */
  answer(who: Person, id: string, given: Answer): Result<{ minted: string[] }> {
    return answerAndSettle(this.#core, who, id, given);
  }

  signal(
    who: Person,
    pid: number,
    name: "pause" | "resume" | "interrupt" | "terminate" | "kill",
    reason: string,
  ): Fault | undefined {
    if (!isPerson(who))
      return fault("EACCES", "Only a person can signal from here.", "Processes use signal_agent.");
    return signalProcess(this.#core, pid, name, who.as, reason);
  }

  message(who: Person, pid: number, text: string): Fault | undefined {
    if (!isPerson(who))
      return fault("EACCES", "Only a person can speak from here.", "Processes use send_message.");
    return messageProcess(this.#core, pid, text, who.as);
  }

  /** Tries a model call again after it failed for good and stopped its process on `model`. */
  retry(who: Person, pid: number): void {
    if (isPerson(who) && this.writable) wakeProcess(this.#core, pid, "model", who.as);
  }

  revoke(who: Person, id: string, reason: string): Result<null> {
    return revokeCapability(this.#core, who, id, reason);
  }

  /** Stops one running call; its process goes on. */
  stopCall(who: Person, id: string): Fault | undefined {
    return stopCall(this.#core, who, id);
  }

  /** Ends something that runs beside the calls of a process. */
  stopHandle(who: Person, pid: number, id: string): Promise<Fault | undefined> {
    return stopHandle(this.#core, who, pid, id);
  }

  /** Gives a living agent a capability that a person chose: an allow, or a deny that restricts it. */
  give(who: Person, pid: number, listed: Listed): Result<{ id: string }> {
    return giveCapability(this.#core, who, pid, listed);
  }

  /** Replaces the policy. With a `problem` the policy is unknown, so all agents pause and nothing runs. */
  setPolicy(who: Person, policy: readonly PolicyRule[], problem?: string): Fault | undefined {
    return setPolicy(this.#core, who, policy, problem);
  }

  /** Adds to an agent's budget and closes the questions that asked for it. */
  raise(who: Person, pid: number, more: Budget): Fault | undefined {
    return addToBudget(this.#core, who, pid, more);
  }

  /** Runs a syscall of init that a person orders, and answers its questions; see {@link order}. */
  order(who: Person, name: string, args: unknown): Promise<Result<unknown>> {
    return order(this.#core, who, name, args);
  }

  /** Registers an operation for all processes; see {@link registerOperation}. */
  registerOperation<S>(who: Person, declared: Registration<S>): Result<{ name: string; hash: string }> {
    return registerOperation(this.#core, who, declared);
  }

  /** Removes a registered operation, whoever registered it. */
  removeOperation(who: Person, name: string, reason: string): Result<null> {
    return removeOperation(this.#core, who, name, reason);
  }

  /** Adds a workspace folder that stays until a person removes it; see {@link addRoot}. */
  addRoot(who: Person, folder: RootFolder): Fault | undefined {
    return addRoot(this.#core, who, folder);
  }

  /** Reserves the pid of an agent and room for its worktree of a folder; see {@link reservePid}. */
  reserveWorktree(who: Person, of: string): number | Fault {
    if (!isPerson(who)) return fault("EACCES", "Only a person can start from here.", "Use spawn_agent.");
    return this.#core.sealed ?? roomForWorktree(this.#core, of) ?? reservePid(this.#core);
  }

  /** Records that the worktree of a process that has ended is gone, by word of the host that swept it. */
  closeWorktree(name: string, reason: string): void {
    closeWorktree(this.#core, name, reason);
  }

  /** Removes a workspace folder that was added at run time, whoever added it. */
  removeRoot(who: Person, name: string, reason: string): Fault | undefined {
    return removeRoot(this.#core, who, name, reason);
  }

  /** Resolves when no process is active: each has ended or waits, in the end for a person. */
  rest(): Promise<void> {
    return this.#rest.come();
  }

  /** Marks the journal as failed: every later call gets `why`. Records that are not durable are lost. */
  seal(why: Fault): void {
    if (this.writable) void endAllHandles(this.#core, "the journal failed");
    this.#core.sealed ??= why;
    unwatchDeadlines(this.#core);
    for (const call of this.#core.live.values()) call.stop(SHUTDOWN);
    this.#core.idle();
  }

  /** Shuts down in order: nothing new starts, waiting calls stop and resume in a later run, and effects finish. */
  async stop(): Promise<void> {
    this.#core.stopping = true;
    unwatchDeadlines(this.#core);
    for (const abort of this.#core.loops.values()) abort.abort(SHUTDOWN);
    for (const call of this.#core.live.values()) call.stop(SHUTDOWN);
    while (this.#core.loops.size > 0) await this.#rest.next();
    if (!this.writable) return;
    await endAllHandles(this.#core, "the runtime stopped");
    await this.durable().catch(() => undefined);
  }

  /** The safe point of a loop: true when its process may take the next step. A terminated process ends now. */
  mayGo(caller: Caller): boolean {
    const process = isLoop(caller) ? this.#core.state.processes.get(caller.pid) : undefined;
    if (process === undefined || !this.writable || this.#core.stopping) return false;
    if (process.ending) exitProcess(this.#core, process.pid, "killed", null, "terminated");
    return mayRun(process.life);
  }

  /** Stops a root agent: after a turn without calls until a `message`, or after a failed `model` call until a retry. */
  block(caller: Caller, on: "message" | "model", detail: string): void {
    if (isLoop(caller) && this.writable)
      commit(this.#core, "process.block", { on, detail }, { pid: caller.pid });
  }

  /** Tells a model something about its last answer, before it is asked again. */
  tell(caller: Caller, text: string): void {
    if (isLoop(caller) && this.writable)
      commit(this.#core, "process.message", { text, by: "kernel" }, { pid: caller.pid });
  }

  /** Ends a process with success, because its loop has nothing more to do. */
  finish(caller: Caller, result: unknown): void {
    if (isLoop(caller) && this.writable)
      exitProcess(this.#core, caller.pid, "finished", result, "its last turn made no calls");
  }

  /** Records what a process is told about its own objects with model call `id`, which it makes in this very tick. */
  remember(caller: Caller, id: string, now: ReadonlyMap<string, Remembered>): void {
    if (isLoop(caller) && this.writable) recordMemory(this.#core, caller.pid, `${caller.pid}.${id}`, now);
  }

  /** Omits the conversation before entry `from` from later model calls; the summary call `id` failed. */
  trim(caller: Caller, from: number, reason: string, id: string): void {
    const at = { pid: caller.pid, call: `${caller.pid}.${id}` };
    if (isLoop(caller) && this.writable) commit(this.#core, "process.trim", { from, reason }, at);
  }
}
