// Families: which processes descend from which, and who gave a capability to whom.
import type { Capability } from "../../abi/capability.ts";
import { INIT } from "../../kernel/state/life.ts";
import type { Process, State } from "../../kernel/state/rows.ts";
import type { CapabilityTable } from "../../kernel/authority/capabilities.ts";
import type { Translate } from "../words/translate.ts";
import { visibleImage } from "../words/visible.ts";
import { forkWords } from "../words/processes.ts";
import { actorWords } from "../words/decisions.ts";

/** The root agents in order: init was their parent from birth. */
export function rootsOf(state: State): Process[] {
  return [...state.processes.values()].filter((p) => p.account === INIT);
}

/** The process below which it is shown: its parent at birth, and for a branch its parent of now. */
export function shownBelow({
  account,
  branch,
  parent,
}: Pick<Process, "account" | "branch" | "parent">): number {
  return branch === undefined ? account : parent;
}

/** The root agent that a process descends from by birth. */
function rootPidOf(state: State, pid: number): number {
  for (let at = state.processes.get(pid); at !== undefined; at = state.processes.get(at.account))
    if (at.account === INIT) return at.pid;
  return pid;
}

/** All processes that descend from these roots by birth, with the roots, in order of pid. */
export function familiesOf(state: State, roots: readonly number[]): Process[] {
  const wanted = new Set(roots);
  return [...state.processes.values()].filter((p) => p.pid !== INIT && wanted.has(rootPidOf(state, p.pid)));
}

/** The roots of families in which any process still lives. */
export function unfinishedRoots(state: State): Process[] {
  const living = new Set<number>();
  for (const p of state.processes.values())
    if (p.pid !== INIT && p.life.ended === undefined) living.add(rootPidOf(state, p.pid));
  return rootsOf(state).filter((p) => living.has(p.pid));
}

/** A process with all its ancestors, youngest first. */
export function chainOf(state: State, pid: number): Process[] {
  const chain: Process[] = [];
  for (
    let at = state.processes.get(pid);
    at !== undefined && at.pid !== INIT;
    at = state.processes.get(at.account)
  )
    chain.push(at);
  return chain;
}

/** The chain as text: `7 reviewer ← 4 coding`. A fork names the agent whose conversation it began with. */
export function chainWords(t: Translate, state: State, pid: number): string {
  return chainOf(state, pid)
    .map((p) =>
      [`${p.pid} ${visibleImage(p.image)}`, ...forkWords(t, p).map((words) => `(${words})`)].join(" "),
    )
    .join(" ← ");
}

/** A capability that agents passed to and fro is followed back so far. */
const GIVERS_SHOWN = 16;

/**
 * The givers of a capability, nearest first, up to the person, command line or kernel that made the first one: `cap9
 * from process 3 (cap4), from the command line`. Of a long line only the nearest are named.
 */
export function lineageOf(t: Translate, table: CapabilityTable, cap: Capability): string {
  const steps: string[] = [];
  for (let at: Capability | undefined = cap; at !== undefined;) {
    if (steps.length === GIVERS_SHOWN) return `${steps.join(", ")}, …`;
    const parent: Capability | undefined = at.parent === undefined ? undefined : table.get(at.parent)?.cap;
    // Init holds a workspace grant. An agent holds its share of it from the person who answered.
    if (parent?.holder === INIT) steps.push(t("for the whole workspace ({0})", parent.id));
    else {
      const from = t("from {0}", actorWords(t, at.issuer));
      steps.push(parent === undefined ? from : `${from} (${parent.id})`);
    }
    at = parent;
  }
  return steps.join(", ");
}
