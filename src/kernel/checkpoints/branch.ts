// Branches: new processes that go on from where a process and its descendants stood at a checkpoint.
import { printCap } from "../../abi/capability.ts";
import { fault, type Fault } from "../../abi/errors.ts";
import { mintCapability } from "../questions/questions.ts";
import { commit, living, nowOf, type Core } from "../core.ts";
import { familyLimit } from "../processes/budget.ts";
import { roomFault } from "../processes/limits.ts";
import { messageProcess, signalProcess, startLoop } from "../processes/lifecycle.ts";
import { payers } from "../state/account.ts";
import { RECORDED_ENTRIES, SUMMARY } from "../state/conversation.ts";
import { INIT, questionsOf, type Process, type State, type StoredObject } from "../state/rows.ts";
import { inheritanceOf, type Inheritance, type NewPids } from "./inherit.ts";

/** The order to go on from a checkpoint. */
export interface BranchWish {
  /** Init, for a person, or the process that branches. */
  readonly by: number;
  readonly checkpoint: string;
  /** The process whose tree goes on. */
  readonly pid: number;
  /** True to end that tree, so that the branch takes its place. */
  readonly replaces: boolean;
  /** Said to the branch by whoever orders it. */
  readonly text?: string | undefined;
}

/** A process of the tree: as it was, the branch of it, and what goes over. */
interface Member {
  readonly was: Process;
  readonly to: number;
  /** The entries of its conversation that the branch begins with, and the number of its next turn. */
  readonly entries: number;
  readonly turns: number;
  /** True when its turn was not over. */
  readonly cut: boolean;
  readonly authority: Inheritance;
}

/** A branch before its first record. */
export interface BranchPlan {
  readonly members: readonly Member[];
  readonly order: BranchWish;
  readonly past: Readonly<State>;
}

/** So many branches may lie between a process and the first one that pays for it; each decision walks past them. */
const BRANCHES_MOST = 16;

/** Plans a branch. ENOENT when the process did not live at the checkpoint; EDQUOT when there is no room for it. */
export function planBranches(core: Core, past: Readonly<State>, order: BranchWish): BranchPlan | Fault {
  const { state } = core;
  const { pid, by } = order;
  const trunk = pid === INIT ? undefined : past.processes.get(pid);
  if (trunk === undefined || trunk.life.ended !== undefined)
    return fault("ENOENT", `Agent ${pid} did not live at that checkpoint.`, "Name one that did.");
  // What another family may do is its own: a process would speak with the authority of that one.
  if (by !== INIT && ![...payers(state, pid)].some((payer) => payer.pid === by))
    return fault("EACCES", `Process ${pid} is not of your family.`, "Only a person can branch from it.");
  const tree = [...livingTree(past, trunk)];
  const first = Math.max(state.nextPid, core.freePid);
  const pids = new Map(tree.map((was, i) => [was.pid, first + i]));
  const parent = state.processes.get(parentOf(core, order)) ?? trunk;
  const limit = familyLimit(core, parent) ?? depthFault(core, tree);
  if (limit !== undefined) return limit;
  const members: Member[] = [];
  for (const was of tree) {
    const to = pids.get(was.pid) ?? first;
    const now = { pid: was.pid, at: nowOf(core), replaces: order.replaces, pids };
    const authority = inheritanceOf(past, state, now);
    const room = roomFault(core, to, authority.passed.length + authority.limits.length);
    if (room !== undefined) return room;
    members.push({ was, to, ...cutOf(was), authority });
  }
  return { members, order, past };
}

/** A process and those of its descendants that lived, parents first. */
function* livingTree(past: Readonly<State>, at: Process): IterableIterator<Process> {
  yield at;
  for (const pid of at.children) {
    const child = past.processes.get(pid);
    if (child !== undefined && child.parent === at.pid && child.life.ended === undefined)
      yield* livingTree(past, child);
  }
}

function depthFault({ state }: Core, tree: readonly Process[]): Fault | undefined {
  const deep = tree.some(
    ({ pid }) => [...payers(state, pid)].filter((p) => p.branch !== undefined).length >= BRANCHES_MOST,
  );
  if (!deep) return undefined;
  const why = `There are ${BRANCHES_MOST} branches of branches already.`;
  return fault("EDQUOT", why, "Branch from a checkpoint of an earlier agent.");
}

/** The new parent: a branch that replaces its process has the same one, any other that of whoever ordered it. */
function parentOf({ state }: Core, { pid, replaces, by }: BranchWish): number {
  const parent = replaces ? state.processes.get(pid)?.parent : by;
  return parent !== undefined && state.processes.get(parent)?.life.ended === undefined ? parent : INIT;
}

/** The part of a conversation that was whole: it ends before a turn that was not over, as that of a fork does. */
export function cutOf({
  conversation,
  answering,
  turns,
  pid,
}: Process): Pick<Member, "entries" | "turns" | "cut"> {
  const at = conversation.findLastIndex((entry) => entry.role === "turn");
  const last = conversation[at];
  if (last?.role === "turn" && last.pid === pid) {
    const calls = RECORDED_ENTRIES.answer(last).calls.length;
    if (last.results.size < calls) return { entries: at, turns: last.turn, cut: true };
  }
  return { entries: answering ?? conversation.length, turns, cut: answering !== undefined };
}

/** Carries a plan out in one tick, in a call. Returns the old and the new pids, parents first. */
export function carryOutBranch(core: Core, plan: BranchPlan, seq: number, call: string): NewPids {
  const { members, order } = plan;
  const by = order.by === INIT ? "person" : `pid:${order.by}`;
  const parent = parentOf(core, order);
  const why = `it goes on from checkpoint ${order.checkpoint}`;
  for (const { was } of order.replaces ? members : [])
    if (living(core, was.pid) !== undefined) signalProcess(core, was.pid, "kill", by, why);
  const pids = new Map(members.map(({ was, to }) => [was.pid, to]));
  for (const member of members) {
    const above = member.was.pid === order.pid ? parent : (pids.get(member.was.parent) ?? parent);
    bear(core, plan, member, { above, seq, by, call });
  }
  // The capabilities come when all processes are there, because some lead from one to another.
  for (const { to, authority } of members) {
    for (const { from: _, takes, ...fields } of authority.passed)
      mintCapability(core, { ...fields, holder: to, issuer: by }, takes);
    for (const limit of authority.limits) mintCapability(core, { ...limit, holder: to, issuer: by });
  }
  if (parent !== INIT && order.replaces) giveOver(core, parent, order.pid, pids.get(order.pid) ?? parent);
  for (const member of members)
    commit(core, "process.message", { text: toldOf(plan, member, pids), by: "kernel" }, { pid: member.to });
  const first = pids.get(order.pid);
  if (order.text !== undefined && first !== undefined) messageProcess(core, first, order.text, by);
  for (const { to } of members) startLoop(core, to);
  return pids;
}

/** Writes the birth of one process of a branch, its objects and what had left its conversation. */
function bear(
  core: Core,
  { order: { checkpoint }, past }: BranchPlan,
  { was, to, entries, turns }: Member,
  { above, seq, by, call }: { above: number; seq: number; by: string; call: string },
): void {
  const { image, imageHash, model, goal, cwd, launch, children, childIndex } = was;
  const { state } = core;
  const ended = children.filter((pid) => past.processes.get(pid)?.life.ended !== undefined).length;
  // The script stays where it is: the branch pays through its process, and its answers come from there, too.
  const { script: _, ...own } = launch ?? { interactive: false };
  const born = { parent: above, image, imageHash, model, goal, cwd, by, childIndex };
  const from = { forked: entries, forkOf: was.pid, branch: { checkpoint, seq, turns, ended } };
  const budget = state.processes.get(was.pid)?.budget ?? was.budget;
  const depth = (state.processes.get(above)?.depth ?? 0) + 1;
  const root = launch === undefined && above !== INIT ? {} : { launch: own };
  commit(core, "process.spawn", { ...born, ...from, budget, depth, ...root }, { pid: to, call });
  const objects = [...(past.objects.get(`p${was.pid}`)?.values() ?? [])];
  for (const object of objects) copyObject(core, object, to);
  for (const { name, links } of objects)
    for (const { to: ref, relation } of links) {
      const isOwn = ref.namespace === `p${was.pid}`;
      const there = isOwn ? { ...ref, namespace: `p${to}` } : ref;
      commit(core, "object.link", { namespace: `p${to}`, name, to: there, relation }, { pid: to });
    }
  if (was.trimmed === 0) return;
  const trim = { from: Math.min(was.trimmed, entries), reason: "branched" };
  const summary = was.summary === undefined ? undefined : summaryOf(core, was.summary, objects, to);
  commit(core, "process.trim", { ...trim, ...(summary === undefined ? {} : { summary }) }, { pid: to });
}

/** Copies the version of an object that was the newest into the namespace of a branch, under the same number. */
function copyObject(core: Core, { namespace, name, versions }: StoredObject, to: number): void {
  const newest = versions.at(-1);
  if (newest === undefined) return;
  const { by: _, time: __, seq: ___, call: ____, ...version } = newest;
  const from = [{ namespace, name, version: version.version }];
  commit(core, "object.put", { ...version, namespace: `p${to}`, name, from }, { pid: to });
}

/** The summary in the namespace of a branch. A text whose object was gone is put again. */
function summaryOf(
  core: Core,
  { namespace: _, name, version, to: until, text }: NonNullable<Process["summary"]>,
  objects: readonly StoredObject[],
  to: number,
) {
  const object = objects.find((each) => each.name === name);
  const newest = object?.versions.at(-1)?.version ?? 0;
  const ref = { namespace: `p${to}`, name: SUMMARY, version };
  if (newest === version) return { ...ref, to: until };
  const bytes = new TextEncoder().encode(text);
  const made = { value: text, bytes: bytes.length, sha256: core.digests.sha256(bytes) };
  const again = { ...ref, version: (object?.version ?? 0) + 1 };
  commit(core, "object.put", { ...again, type: "summary", ...made }, { pid: to });
  return { ...again, to: until };
}

/** Gives a parent on the branch of its child what it holds on that child. */
function giveOver(core: Core, parent: number, child: number, to: number): void {
  const { capabilities, kinds } = core.state;
  for (const { birth } of kinds.all) {
    const [old, fresh] = [birth?.overChild?.(child), birth?.overChild?.(to)];
    if (old === undefined || fresh === undefined) continue;
    for (const held of capabilities.heldBy(parent)) {
      const { effect, rights, resource } = held.cap;
      if (effect !== "allow" || resource !== old.resource || !capabilities.live(held, nowOf(core))) continue;
      const given = { effect, rights, resource: fresh.resource };
      mintCapability(core, { ...given, holder: parent, issuer: "kernel", parent: held.cap.id });
    }
  }
}

/** Told to a branch at its start: what it is, what is not as its conversation says, and what was dropped. */
function toldOf({ past, order }: BranchPlan, { was, cut, authority }: Member, pids: NewPids): string {
  const calls = [...past.open.values()].filter(({ pid }) => pid === was.pid);
  const dropped = calls.map(({ id, tool, op }) => `${tool ?? op} (${id})`);
  const asked = questionsOf(past, was.pid).filter(({ outcome }) => outcome === undefined).length;
  const others = [...pids].filter(([old]) => old !== was.pid);
  const lines = [
    `You go on from checkpoint ${order.checkpoint}, as a branch of process ${was.pid}. Nothing that came later is in this conversation.`,
    "Files are as they are now, so read them again before you rely on them. Your budget is shared with that process.",
    ...(cut ? ["Your turn was not over; decide it anew."] : []),
    ...(dropped.length === 0 ? [] : [`Not done by you: ${dropped.join(", ")}.`]),
    ...(asked === 0 ? [] : [`Questions that waited for a person are withdrawn: ${asked}.`]),
    ...(others.length === 0
      ? []
      : [
          `Other processes have new numbers: ${others.map(([old, fresh]) => `${old} is ${fresh}`).join(", ")}.`,
        ]),
    ...(authority.left.length === 0
      ? []
      : [`You do not hold any more: ${authority.left.map(printCap).join(" ")}`]),
  ];
  return lines.join("\n");
}
