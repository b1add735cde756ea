// The life cycle: how processes are launched, spawned, signalled, waited for and ended.
import { parseCap, type Listed } from "../abi/capability.ts";
import { fault, isFault, ok, type Fault, type Result } from "../abi/errors.ts";
import type { Budget, Image } from "../abi/image.ts";
import type { ExitWord, Launch } from "../abi/record.ts";
import { mintCapability, withdraw } from "./approvals.ts";
import { familyLimit } from "./budget.ts";
import { canonical, commit, living, nowOf, until, type Core } from "./core.ts";
import { delegate } from "./delegation.ts";
import { mayRun, type Stop } from "./process.ts";
import { INIT, type Process } from "./state.ts";
import { isPerson, mint, type Person } from "./witness.ts";

/** The reason given to calls that a signal interrupts. */
const SIGNAL = "signal";

/** What a person (or the command line for them) starts an agent with. */
export interface LaunchOrder {
  readonly image: Image;
  readonly goal: string;
  /** `vendor/family`. */
  readonly model: string;
  readonly grants: readonly Listed[];
  readonly budget: Budget;
  readonly cwd: string;
  readonly launch: Launch;
}

/** The hash by which the record names an image's exact content. */
export function imageHash(core: Core, image: Image): string {
  return core.digests.sha256(canonical(image));
}

/**
 * Starts a root agent under init. It holds its model, the right to ask, its own object namespace, what the order
 * lists, and what a person allowed for this workspace before.
 */
export function launch(core: Core, who: Person, order: LaunchOrder): Result<{ pid: number }> {
  if (!isPerson(who))
    return fault("EACCES", "Only a person can start a root agent.", "Agents start others with spawn_agent.");
  if (core.sealed !== undefined) return core.sealed;
  const pid = create(core, INIT, order, who.as);
  for (const listed of order.grants) mintCapability(core, { ...listed, holder: pid, issuer: who.as });
  mintCapability(core, {
    effect: "allow",
    rights: ["call"],
    resource: `model:/${order.model}`,
    holder: pid,
    issuer: who.as,
  });
  baseline(core, pid);
  inheritWorkspace(core, pid);
  start(core, pid);
  return ok({ pid });
}

function create(
  core: Core,
  parent: number,
  order: Omit<LaunchOrder, "grants">,
  by: string,
  call?: string,
): number {
  const pid = core.state.nextPid;
  const above = core.state.processes.get(parent);
  const { image, goal, model, budget, cwd } = order;
  const born = { parent, image: image.name, imageHash: imageHash(core, image), model, goal, cwd, budget, by };
  const place = { depth: (above?.depth ?? 0) + 1, childIndex: above?.children.length ?? 0 };
  const own = parent === INIT ? { launch: order.launch } : {};
  commit(
    core,
    "process.spawn",
    { ...born, ...place, ...own },
    { pid, ...(call === undefined ? {} : { call }) },
  );
  return pid;
}

/** What every process holds by being one (DESIGN 6): the right to ask, and its own objects. */
function baseline(core: Core, pid: number): void {
  mintCapability(core, {
    effect: "allow",
    rights: ["ask"],
    resource: "human:/ask",
    holder: pid,
    issuer: "kernel",
  });
  mintCapability(core, {
    effect: "allow",
    rights: ["read", "write", "link"],
    resource: `object:/p${pid}/**`,
    holder: pid,
    issuer: "kernel",
  });
}

/** Passes on what a person allowed for the workspace, answering those asks of the new agent that read the same. */
function inheritWorkspace(core: Core, pid: number): void {
  const table = core.state.capabilities;
  const own = table
    .heldBy(pid)
    .filter((h) => h.cap.effect === "ask")
    .map((h) => h.key);
  for (const held of table.heldBy(INIT)) {
    if (!table.live(held, nowOf(core)) || held.cap.boundTo !== undefined) continue;
    const hashes = new Set((held.cap.answers ?? []).map((k) => k.split("@")[1]));
    const answers = [
      ...(held.cap.answers ?? []).filter((k) => !k.startsWith("cap")),
      ...own.filter((k) => hashes.has(k.split("@")[1])),
    ];
    const { id, place: _, ...fields } = held.cap;
    mintCapability(core, { ...fields, holder: pid, answers, parent: id });
  }
}

/**
 * Spawns a child of `parent` with listed grants; authority was checked by the door, limits are checked here. `call`
 * names the spawning call: dispatched again after a crash it returns the child it already has.
 */
export function spawn(
  core: Core,
  parent: Process,
  call: string,
  order: Omit<LaunchOrder, "launch">,
): Result<{ pid: number }> {
  const born = parent.children.find((pid) => core.state.processes.get(pid)?.born === call);
  if (born !== undefined) return ok({ pid: born });
  const limit = familyLimit(core, parent);
  if (limit !== undefined) return limit;
  const pid = create(
    core,
    parent.pid,
    { ...order, launch: { interactive: false } },
    `pid:${parent.pid}`,
    call,
  );
  const model: Listed = { effect: "allow", rights: ["call"], resource: `model:/${order.model}` };
  const refused = delegate(core, parent.pid, pid, [...order.grants, model]);
  if (refused !== undefined) {
    exit(core, pid, "failed", null, refused.message);
    return refused;
  }
  baseline(core, pid);
  mintCapability(core, {
    effect: "allow",
    rights: ["wait", "signal", "message"],
    resource: `process:/${pid}`,
    holder: parent.pid,
    issuer: "kernel",
  });
  start(core, pid);
  return ok({ pid });
}

/** Lets the loop of a process run, if it may and does not already. */
export function start(core: Core, pid: number): void {
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
    // Something may have happened between the loop's last look and its return; a loop with nothing to do ends at once.
    if (living(core, pid) !== undefined && core.sealed === undefined && core.wanted.delete(pid))
      start(core, pid);
    core.idle();
  };
  const bug = (error: unknown): void => {
    if (core.sealed !== undefined) return;
    exit(
      core,
      pid,
      "failed",
      null,
      `a fault in its loop: ${error instanceof Error ? error.message : String(error)}`,
    );
  };
  void core.executor.run(mint.caller(pid), abort.signal).catch(bug).finally(ended);
}

/** Asks for the loop of a process; one that is just ending runs again. */
export function want(core: Core, pid: number): void {
  if (core.loops.has(pid)) core.wanted.add(pid);
  else start(core, pid);
}

/** Ends a process: open questions are withdrawn, calls that wait are interrupted, init's children are reaped at once. */
export function exit(core: Core, pid: number, how: ExitWord, result: unknown, reason: string): void {
  const process = living(core, pid);
  if (process === undefined || pid === INIT) return;
  commit(core, "process.exit", { exit: how, result: result ?? null, reason }, { pid });
  for (const asked of core.state.questions.values()) {
    if (asked.question.pid === pid && asked.outcome === undefined) withdraw(core, asked.question);
  }
  interrupt(core, pid);
  // Children that nobody will wait for any more are init's, and init reaps at once.
  for (const child of process.children) {
    const life = core.state.processes.get(child)?.life;
    if (life?.ended !== undefined && !life.reaped)
      commit(core, "process.reap", { by: "kernel" }, { pid: child });
  }
  if (process.parent === INIT) commit(core, "process.reap", { by: "kernel" }, { pid });
  core.idle();
}

/** Interrupts what a process is doing: calls that wait or listen to their signal end with EINTR. */
export function interrupt(core: Core, pid: number): void {
  for (const call of core.live.values()) if (call.pid === pid) call.abort.abort(SIGNAL);
}

function* subtree(core: Core, pid: number): IterableIterator<number> {
  for (const child of core.state.processes.get(pid)?.children ?? []) {
    if (core.state.processes.get(child)?.parent === pid) yield* subtree(core, child);
  }
  yield pid;
}

/** Signals a process on behalf of `by`. Kill reaches the whole subtree; terminate ends at the next safe point. */
export function signal(
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
  const legal = name === "pause" ? !process.life.paused : name === "resume" ? process.life.paused : true;
  if (!legal) return undefined;
  commit(core, "process.signal", { signal: name, by, reason }, { pid });
  if (name === "resume") want(core, pid);
  if (name === "interrupt") interrupt(core, pid);
  if (name === "kill") for (const each of [...subtree(core, pid)]) exit(core, each, "killed", null, reason);
  if (name === "terminate") {
    const writing = [...core.live.values()].some(
      (c) => c.pid === pid && c.grant !== undefined && c.waits === undefined,
    );
    if (writing) core.terminating.add(pid);
    interrupt(core, pid);
    if (!writing) exit(core, pid, "killed", null, reason);
  }
  return undefined;
}

/** A message to a process, from a person or another process: data, never authority. It ends "your turn". */
export function message(core: Core, pid: number, text: string, by: string): Fault | undefined {
  if (core.sealed !== undefined) return core.sealed;
  const process = living(core, pid);
  if (process === undefined || pid === INIT)
    return fault("ENOENT", `No living process ${pid}.`, "Start a new agent instead.");
  commit(core, "process.message", { text, by }, { pid });
  wake(core, pid, "message", by);
  return undefined;
}

/** Wakes a process from a durable stop, if it is in that stop. */
export function wake(core: Core, pid: number, from: "message" | "model", by: string): void {
  const process = living(core, pid);
  if (process === undefined) return;
  const stop: Stop = from;
  if (process.life.stops[stop] !== undefined) commit(core, "process.wake", { from, by }, { pid });
  want(core, pid);
}

/** Waits for a child to end and reaps it. */
export async function waitFor(
  core: Core,
  parent: number,
  pid: number,
  abort: AbortSignal,
): Promise<Result<{ pid: number; exit: ExitWord; result: unknown }>> {
  const child = core.state.processes.get(pid);
  if (child === undefined)
    return fault("ENOENT", `There is no process ${pid}.`, "Wait for a pid that spawn_agent returned.");
  if (!(await until(core, pid, () => child.life.ended !== undefined, abort)))
    return fault("EINTR", "Interrupted while waiting for a child.", "");
  if (!child.life.reaped && child.parent === parent)
    commit(core, "process.reap", { by: `pid:${parent}` }, { pid });
  return ok({ pid, exit: child.life.ended ?? "failed", result: child.result ?? null });
}

/** Reads a list of CAP texts; the first malformed one is the fault. */
export function parseGrants(texts: readonly string[]): Listed[] | Fault {
  const grants: Listed[] = [];
  for (const text of texts) {
    const listed = parseCap(text);
    if (isFault(listed)) return listed;
    grants.push(listed);
  }
  return grants;
}
