// Birth: launches a process for a person or spawns one for another process, with the capabilities it starts with.
import type { Listed } from "../../abi/capability.ts";
import { fault, isFault, ok, type Fault, type Result } from "../../abi/errors.ts";
import type { Image } from "../../abi/image.ts";
import type { Kinds, Portion } from "../../abi/kind.ts";
import { fsResource } from "../../abi/resource.ts";
import type { Launch } from "../../abi/script.ts";
import type { Authority } from "../authority/authority.ts";
import { mintCapability } from "../questions/questions.ts";
import { budgetFault, familyLimit } from "./budget.ts";
import { policyFault, canonical, commit, nowOf, type Core } from "../core.ts";
import type { BirthOrder } from "../ports.ts";
import { delegateGrants, planGrants } from "./delegate.ts";
import { roomFault } from "./limits.ts";
import { signalProcess, startLoop } from "./lifecycle.ts";
import { SUMMARY } from "../state/conversation.ts";
import { INIT, type Process } from "../state/rows.ts";
import { isPerson, type Person } from "../witness.ts";
import { addWorktree, inWorktree, worktreeFault, type NewWorktree } from "./worktrees.ts";

/** The order of a person, or of the command line for them, to start an agent. */
export interface LaunchOrder extends BirthOrder {
  readonly grants: readonly Listed[];
  readonly launch: Launch;
  /** The worktree that it works in. Its grants name the folder that the worktree is of; it gets them there alone. */
  readonly worktree?: NewWorktree;
}

/** The order of a process to start a child. */
export type SpawnOrder = Omit<LaunchOrder, "launch">;

/** The hash that names the exact content of an image in the record. */
export function imageHash({ digests }: Pick<Core, "digests">, image: Image): string {
  const known = hashes.get(image);
  if (known !== undefined) return known;
  const hash = digests.sha256(canonical(image));
  hashes.set(image, hash);
  return hash;
}

/** Images do not change: another text is another image. */
const hashes = new WeakMap<Image, string>();

/** Hashes an image and records its content before anything runs it, because its file may differ after a reload. */
export function keepImage(core: Core, image: Image): string {
  const hash = imageHash(core, image);
  if (image.from !== undefined && !core.state.images.has(hash))
    commit(core, "image.register", { image, hash, by: "kernel" });
  return hash;
}

/**
 * Starts a root agent under init. It holds its model, the right to ask and its own object namespace. It also holds the
 * grants of the order, and those a person allowed for this workspace before. ENOENT when the agent to fork does not
 * exist; EBUSY while that agent lives or a call of it still runs.
 */
export function launchRoot(core: Core, who: Person, order: LaunchOrder): Result<{ pid: number }> {
  if (!isPerson(who))
    return fault("EACCES", "Only a person can start a root agent.", "Agents start others with spawn_agent.");
  const no = core.sealed ?? policyFault(core);
  if (no !== undefined) return no;
  const init = core.state.processes.get(INIT);
  const limit =
    (init === undefined ? undefined : familyLimit(core, init)) ??
    roomFault(core, core.state.nextPid, order.grants.length);
  if (limit !== undefined) return limit;
  const forked = order.forkOf === undefined ? 0 : entriesOfEnded(core, order.forkOf);
  if (isFault(forked)) return forked;
  const grants = [...order.grants, ...givenAtStart(core.state.kinds, order)];
  const poor = budgetFault(core, order) ?? worktreeFault(core, order.worktree, grants);
  if (poor !== undefined) return poor;
  const pid = createProcess(core, INIT, order, who.as, { forked });
  for (const { resource, ...listed } of grants)
    mintCapability(core, {
      ...{ ...listed, resource: inWorktree(core, order.worktree, resource) },
      ...{ holder: pid, issuer: who.as },
    });
  mintBaseline(core, pid);
  inheritWorkspace(core, pid, order.worktree !== undefined);
  startLoop(core, pid);
  return ok({ pid });
}

/** The number of conversation entries of an ended agent; a fault while entries may still be added. */
function entriesOfEnded(core: Core, pid: number): number | Fault {
  const process = pid === INIT ? undefined : core.state.processes.get(pid);
  if (process === undefined) return fault("ENOENT", `There is no agent ${pid}.`, "See the list of agents.");
  if (process.life.ended === undefined)
    return fault("EBUSY", `Agent ${pid} has not ended.`, "Send it a message.");
  for (const call of core.live.values())
    if (call.pid === pid) return fault("EBUSY", `Agent ${pid} is just ending.`, "Try again.");
  return process.conversation.length;
}

/** Writes the spawn of a process, and for a fork its inherited summary. Returns the pid. */
function createProcess(
  core: Core,
  parent: number,
  order: Omit<LaunchOrder, "grants">,
  by: string,
  { call, forked = 0 }: { call?: string; forked?: number } = {},
): number {
  const { image, goal, model, budget, worktree } = order;
  const pid = worktree?.pid ?? Math.max(core.state.nextPid, core.freePid);
  const cwd = worktree === undefined ? order.cwd : fsResource(worktree.name, []);
  const parentProcess = core.state.processes.get(parent);
  const born = { parent, image: image.name, imageHash: keepImage(core, image), model, goal, cwd, budget, by };
  const earlier = (parentProcess?.children.length ?? 0) + (parentProcess?.branch?.ended ?? 0);
  const place = { depth: (parentProcess?.depth ?? 0) + 1, childIndex: earlier };
  const own = parent === INIT ? { launch: order.launch } : {};
  const from = order.forkOf === undefined ? { forked } : { forked, forkOf: order.forkOf };
  commit(
    core,
    "process.spawn",
    { ...born, ...place, ...own, ...(forked === 0 ? {} : from) },
    { pid, ...(call === undefined ? {} : { call }) },
  );
  if (worktree !== undefined) addWorktree(core, worktree);
  for (const object of forked === 0 ? (image.boot?.objects ?? []) : [])
    commit(core, "object.put", { ...object, namespace: `p${pid}` }, { pid });
  const whose = forked === 0 ? undefined : core.state.processes.get(order.forkOf ?? parent);
  if (whose !== undefined) inheritSummary(core, whose, pid, forked);
  return pid;
}

/** Copies the summary in a fork's conversation into an object of its own. */
function inheritSummary(core: Core, { summary, trimmed }: Process, pid: number, forked: number): void {
  if (summary === undefined || summary.to > forked) return;
  const { to, text: value, ...ref } = summary;
  const bytes = new TextEncoder().encode(value);
  const made = { value, bytes: bytes.length, sha256: core.digests.sha256(bytes), from: [ref] };
  const own = { namespace: `p${pid}`, name: SUMMARY, version: 1 };
  commit(core, "object.put", { ...own, type: "summary", ...made }, { pid });
  const from = Math.min(trimmed, forked);
  commit(core, "process.trim", { from, reason: "forked", summary: { ...own, to } }, { pid });
}

/** The allows that whoever starts a process gives it beside the listed ones: the model that it runs on. */
export function givenAtStart(kinds: Kinds, start: { readonly model: string }): Listed[] {
  return allowsOf(kinds.all.map(({ birth }) => birth?.given?.(start)));
}

/** Mints the capabilities that every process holds by itself (DESIGN 6). */
function mintBaseline(core: Core, pid: number): void {
  for (const listed of allowsOf(core.state.kinds.all.map(({ birth }) => birth?.own?.(pid))))
    mintCapability(core, { ...listed, holder: pid, issuer: "kernel" });
}

function allowsOf(portions: readonly (Portion | undefined)[]): Listed[] {
  return portions
    .filter((portion) => portion !== undefined)
    .map(({ rights, resource }) => ({ effect: "allow", rights: [...rights], resource }));
}

/**
 * Passes on the grants for the workspace. They also answer the new agent's asks with the same text. An agent in a
 * worktree gets none that is about the folders of the workspace.
 */
function inheritWorkspace(core: Core, pid: number, apart: boolean): void {
  const table = core.state.capabilities;
  const own = table
    .heldBy(pid)
    .filter((h) => h.cap.effect === "ask")
    .map((h) => h.key);
  for (const held of table.heldBy(INIT)) {
    const allows = held.cap.effect === "allow" && held.cap.boundTo === undefined;
    if (!allows || !table.live(held, nowOf(core))) continue;
    if (apart && core.state.kinds.inFolder(held.cap.resource, "") !== undefined) continue;
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
 * Spawns a child of `parent` with listed grants, which `giver` passes on. The door checked the authority; this function
 * checks the limits. A fork begins with the first `forked` entries of its parent's conversation.
 */
export function spawnChild(
  core: Core,
  parent: Process,
  giver: Authority,
  call: string,
  order: SpawnOrder,
  forked = 0,
): Result<{ pid: number }> {
  const grants = [...order.grants, ...givenAtStart(core.state.kinds, order)];
  const planned = planGrants(core, giver, grants);
  // The parent gets a capability on its child.
  const limit = isFault(planned)
    ? planned
    : (budgetFault(core, forked === 0 ? order : { ...order, forkOf: parent.pid }) ??
      familyLimit(core, parent) ??
      roomFault(core, parent.pid, 1) ??
      worktreeFault(core, order.worktree, grants));
  if (limit !== undefined) return limit;
  const pid = createProcess(
    core,
    parent.pid,
    { ...order, launch: { interactive: false } },
    `pid:${parent.pid}`,
    {
      call,
      forked,
    },
  );
  delegateGrants(core, giver, pid, grants, (resource) => inWorktree(core, order.worktree, resource));
  mintBaseline(core, pid);
  for (const listed of allowsOf(core.state.kinds.all.map(({ birth }) => birth?.overChild?.(pid))))
    mintCapability(core, { ...listed, holder: parent.pid, issuer: "kernel" });
  // A pause of a family includes a child that is being spawned; they are resumed together.
  if (parent.life.paused)
    signalProcess(core, pid, "pause", parent.pausedBy ?? "kernel", "its parent was paused");
  startLoop(core, pid);
  return ok({ pid });
}
