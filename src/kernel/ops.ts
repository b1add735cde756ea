// The operations' side of a kernel: what a primitive may change, each act under the full grant of a running call.
import type { Capability, Listed } from "../abi/capability.ts";
import { fault, isFault, type Fault, type Result } from "../abi/errors.ts";
import type { Image } from "../abi/image.ts";
import { quotedName } from "../abi/quoted.ts";
import { objectResource } from "../abi/object.ts";
import type { OpenAsk } from "../abi/question.ts";
import type { AnyRecord, ExitWord, RecordData, RootFolder } from "../abi/record.ts";
import { CHILDREN, imageResource, OWN_CHECKPOINTS, processResource, type Need } from "../abi/resource.ts";
import type { Call } from "./call.ts";
import { canonical, commit, ENDED, living, until, type Core } from "./core.ts";
import { registerOperation, removeOperation, type Registration } from "./operations/register.ts";
import { imageHash, keepImage, spawnChild, type SpawnOrder } from "./processes/birth.ts";
import { carryOutBranch, planBranches, type BranchWish, type BranchPlan } from "./checkpoints/branch.ts";
import type { NewPids } from "./checkpoints/inherit.ts";
import { dropCapability, passGrants, transferCapability } from "./processes/delegate.ts";
import { roomFault } from "./processes/limits.ts";
import { closeHandle } from "./processes/handles.ts";
import { collectEnded, execImage, exitProcess, signalProcess } from "./processes/lifecycle.ts";
import { sendLetter, type Letter } from "./processes/mail.ts";
import { addRoot, closeWorktree, removeRoot } from "./processes/roots.ts";
import { reservePid, roomForWorktree } from "./processes/worktrees.ts";
import { asksOver, askQuestion, faultBeforeAsking, type Asking } from "./questions/questions.ts";
import { isForCall } from "./questions/kinds.ts";
import { Reader } from "./reader.ts";
import { INIT, type AskedQuestion, type Process, type State } from "./state/rows.ts";
import { isLiveGrant, type Grant } from "./witness.ts";

/** The kinds of records that a primitive writes, all about its own process. */
type OwnKind =
  | "object.put"
  | "object.link"
  | "object.delete"
  | "process.cwd"
  | "message.take"
  | "checkpoint.create"
  | "checkpoint.restore"
  | "checkpoint.restored";

/** The needs that a call must have been granted to write such a record. */
const OWN: { readonly [K in OwnKind]: (data: RecordData<K>) => readonly Need[] } = {
  "object.put": ({ namespace, name }) => [{ right: "write", resource: objectResource(namespace, name) }],
  "object.link": ({ namespace, name, to }) => [
    { right: "link", resource: objectResource(namespace, name) },
    { right: "read", resource: objectResource(to.namespace, to.name) },
  ],
  "object.delete": ({ namespace, name }) => [{ right: "write", resource: objectResource(namespace, name) }],
  "process.cwd": ({ cwd }) => [{ right: "list", resource: cwd }],
  "message.take": () => [],
  "checkpoint.create": () => [{ right: "create", resource: OWN_CHECKPOINTS }],
  // The calls that change the files are decided by themselves.
  "checkpoint.restore": () => [],
  "checkpoint.restored": () => [],
};

/** A signal from one process to another. */
type Signal = RecordData<"process.signal">["signal"];

const NOT_RUNNING = fault("EACCES", "Only a running call can do this.", "Call through the door.");

function notNeeded({ right, resource }: Need): Fault {
  return fault("EACCES", `The call did not need ${right} on ${resource}.`, "Declare it in its needs.");
}

/** Everything that primitives get of a kernel. A grant that is forged, over or only for looking changes nothing. */
export class KernelOps extends Reader {
  readonly #core: Core;

  constructor(core: Core) {
    super(core);
    this.#core = core;
  }

  /** The digest of a value: equal values have equal digests, whatever the order of their fields. */
  digest(value: unknown): string {
    return this.#core.digests.sha256(canonical(value));
  }

  /** The hash that names the exact content of an image in the record. */
  imageHash(image: Image): string {
    return imageHash(this.#core, image);
  }

  /** EDQUOT when a process would hold too many live capabilities with `more` of them. */
  roomFault(pid: number, more: number): Fault | undefined {
    return roomFault(this.#core, pid, more);
  }

  /** The asks that a wish for a grant shows, and that its answer settles. */
  asksOver(holder: number, listed: Listed): OpenAsk[] {
    return asksOver(this.#core, holder, listed);
  }

  /**
   * Waits until `test` holds; it tests again when a record about `pid` or a child of it is written. False when aborted
   * first, or when `ms` milliseconds have passed.
   */
  until(pid: number, test: () => boolean, signal: AbortSignal, ms?: number): Promise<boolean> {
    return until(this.#core, pid, () => test(), signal, ms);
  }

  /** Records an act of the call's own process, of a kind that primitives write. */
  write<K extends OwnKind>(grant: Grant, kind: K, data: RecordData<K>): AnyRecord | Fault {
    const call = this.#callOf(grant, OWN[kind](data));
    return isFault(call) ? call : commit(this.#core, kind, data, { pid: call.pid });
  }

  /** Lets the beginning of the own conversation leave; the summary stands for it. */
  trim(grant: Grant, data: RecordData<"process.trim">): Fault | undefined {
    const call = this.#callOf(grant);
    if (isFault(call)) return call;
    commit(this.#core, "process.trim", data, { pid: call.pid, call: call.id });
    return undefined;
  }

  /** Asks a person for the call and waits for the answer; undefined when interrupted before there was a question. */
  async ask(grant: Grant, asking: Asking): Promise<AskedQuestion | Fault | undefined> {
    const call = this.#callOf(grant);
    if (isFault(call)) return call;
    if (isForCall(asking)) return fault("EACCES", "Only the door asks this.", "Ask with Prepared.asks.");
    return faultBeforeAsking(this.#core, call, asking.wish) ?? askQuestion(this.#core, call, asking);
  }

  /** Starts a child with a part of the call's authority. A fork begins with `forked` entries of the conversation. */
  spawn(grant: Grant, order: SpawnOrder, forked = 0): { pid: number } | Fault {
    const execute = { right: "execute", resource: imageResource(order.image.name) };
    const call = this.#callOf(grant, [{ right: "spawn", resource: CHILDREN }, execute]);
    if (isFault(call)) return call;
    const born = spawnChild(this.#core, call.process, call.authority, call.id, order, forked);
    return born.ok ? born.value : born;
  }

  /** Plans a branch; see {@link planBranches}. It changes nothing. */
  planBranches(past: Readonly<State>, order: BranchWish): BranchPlan | Fault {
    return planBranches(this.#core, past, order);
  }

  /** Lets new processes go on from a checkpoint at record `seq`, whose owner `need` names. */
  branch(grant: Grant, plan: BranchPlan, seq: number, need: Need): NewPids | Fault {
    const mine = plan.order.by === INIT ? [] : [{ right: "spawn", resource: CHILDREN }];
    const call = this.#callOf(grant, [need, ...mine]);
    if (isFault(call)) return call;
    if (call.pid !== plan.order.by) return fault("EACCES", "The plan is of another process.", "Plan it.");
    return carryOutBranch(this.#core, plan, seq, call.id);
  }

  /** Lets the own process go on as another image, with a goal if one is given. */
  exec(grant: Grant, image: Image, goal?: string): Fault | undefined {
    const call = this.#callOf(grant, [{ right: "execute", resource: imageResource(image.name) }]);
    if (isFault(call)) return call;
    const { pid, process } = call;
    execImage(this.#core, process, image.name, keepImage(this.#core, image));
    if (goal !== undefined) commit(this.#core, "process.message", { text: goal, by: `pid:${pid}` }, { pid });
    return undefined;
  }

  /** Ends the own process. */
  exit(grant: Grant, how: ExitWord, result: unknown, reason: string): Fault | undefined {
    const call = this.#callOf(grant);
    if (isFault(call)) return call;
    exitProcess(this.#core, call.pid, how, result, reason);
    return undefined;
  }

  /** Signals a process. */
  signal(grant: Grant, pid: number, name: Signal, reason: string): Fault | undefined {
    const call = this.#callOf(grant, [{ right: "signal", resource: processResource(pid) }]);
    return isFault(call) ? call : signalProcess(this.#core, pid, name, `pid:${call.pid}`, reason);
  }

  /** Reads the end of a process that was waited for; an own child is reaped. */
  collect(grant: Grant, ended: Process): ReturnType<typeof collectEnded> | Fault {
    const call = this.#callOf(grant);
    if (isFault(call)) return call;
    const need = { right: "wait", resource: processResource(ended.pid) };
    // A call that waits for any child decides each one by itself.
    const may = grant.permits(need.right, need.resource) || grant.entry(need.right, need.resource);
    return may ? collectEnded(this.#core, call.pid, ended) : notNeeded(need);
  }

  /** Sends a message to another process. Returns its id. */
  send(grant: Grant, letter: Letter): { id: string } | Fault {
    const call = this.#callOf(grant, [{ right: "message", resource: processResource(letter.to) }]);
    return isFault(call) ? call : sendLetter(this.#core, call.authority, letter);
  }

  /** Passes a part of the call's authority on to another process. */
  delegate(grant: Grant, pid: number, grants: readonly Listed[]): Fault | undefined {
    const call = this.#callOf(grant, [{ right: "message", resource: processResource(pid) }]);
    return isFault(call) ? call : passGrants(this.#core, call.authority, pid, grants);
  }

  /** Gives an allow of the own process away to another one. Returns what was given. */
  transfer(grant: Grant, id: string, pid: number): Capability | Fault {
    const call = this.#callOf(grant, [{ right: "message", resource: processResource(pid) }]);
    return isFault(call) ? call : transferCapability(this.#core, call.authority, id, pid);
  }

  /** Gives up an allow of the own process. ENOENT when it holds no such allow. */
  drop(grant: Grant, id: string): Fault | undefined {
    const call = this.#callOf(grant);
    return isFault(call) ? call : dropCapability(this.#core, call.pid, id);
  }

  /** Registers an image of the call's process under its name. Returns the hash of its content. */
  registerImage(grant: Grant, said: Omit<Image, "from">): { hash: string } | Fault {
    const resource = imageResource(said.name);
    const replaces = this.#core.state.registered.has(said.name);
    const rights = replaces ? ["register", "replace"] : ["register"];
    const call = this.#callOf(
      grant,
      rights.map((right) => ({ right, resource })),
    );
    if (isFault(call)) return call;
    const by = `pid:${call.pid}`;
    const image = { ...said, from: by };
    const hash = imageHash(this.#core, image);
    commit(this.#core, "image.register", { image, hash, by }, { pid: call.pid });
    return { hash };
  }

  /** Registers an operation for the family of the call's process; see {@link registerOperation}. */
  registerOperation<S>(grant: Grant, declared: Registration<S>): Result<{ name: string; hash: string }> {
    const call = this.#callOf(grant);
    return isFault(call) ? call : registerOperation(this.#core, grant, declared);
  }

  /** Removes an operation that the call's process registered. */
  removeOperation(grant: Grant, name: string, reason: string): Result<null> {
    const call = this.#callOf(grant);
    return isFault(call) ? call : removeOperation(this.#core, grant, name, reason);
  }

  /** Adds a workspace folder that goes with the call's process; see {@link addRoot}. */
  addRoot(grant: Grant, folder: RootFolder): Fault | undefined {
    const call = this.#callOf(grant);
    return isFault(call) ? call : addRoot(this.#core, grant, folder);
  }

  /** Removes a workspace folder that the call's process added. */
  removeRoot(grant: Grant, name: string, reason: string): Fault | undefined {
    const call = this.#callOf(grant);
    return isFault(call) ? call : removeRoot(this.#core, grant, name, reason);
  }

  /** Reserves the pid of a child and room for its worktree of a folder; see {@link reservePid}. */
  reserveWorktree(grant: Grant, of: string): number | Fault {
    const call = this.#callOf(grant, [{ right: "spawn", resource: CHILDREN }]);
    return isFault(call) ? call : (roomForWorktree(this.#core, of) ?? reservePid(this.#core));
  }

  /** Records that a worktree is gone, after a call on the folder that it is of; see {@link closeWorktree}. */
  closeWorktree(grant: Grant, name: string, reason: string): Fault | undefined {
    const call = this.#callOf(grant);
    if (isFault(call)) return call;
    const { roots, kinds } = this.#core.state;
    const of = roots.find((root) => root.name === name)?.worktree?.of;
    if (of === undefined) return undefined;
    if (!call.needs.some(({ resource }) => kinds.folderOf(resource) === of))
      return fault("EACCES", `The call needed nothing in ${quotedName(of)}.`, "Declare it in its needs.");
    closeWorktree(this.#core, name, reason);
    return undefined;
  }

  /**
   * Records that the thing behind a handle has ended. A thing may end by itself, beside any call; then the grant of the
   * call that opened it says so, also when that call is over. An id that is not open is no error.
   */
  closeHandle(grant: Grant, id: string, why: string): Fault | undefined {
    const opened = this.#core.openers.get(id) === grant;
    const call = opened ? undefined : this.#callOf(grant);
    if (isFault(call)) return call;
    const row = this.#core.state.handles.get(grant.pid)?.get(id);
    if (row !== undefined) closeHandle(this.#core, row, why);
    return undefined;
  }

  /** The running call whose full grant this is, if that grant permits all of these needs and its process lives. */
  #callOf(grant: Grant, needs: readonly Need[] = []): Call | Fault {
    const core = this.#core;
    if (core.sealed !== undefined) return core.sealed;
    const call = isLiveGrant(grant) ? core.live.get(grant.call) : undefined;
    if (call?.grant !== grant) return NOT_RUNNING;
    if (living(core, call.pid) === undefined) return ENDED;
    const stray = needs.find(({ right, resource }) => !grant.permits(right, resource));
    return stray === undefined ? call : notNeeded(stray);
  }
}
