// Families: which processes belong together, and who gave what to whom.
import type { Capability } from "../../abi/capability.ts";
import { INIT } from "../../kernel/state/life.ts";
import type { Process, State } from "../../kernel/state/rows.ts";
import type { CapabilityTable } from "../../kernel/authority/capabilities.ts";
import type { Translate } from "../words/translate.ts";
import { forkWords } from "../words/processes.ts";
import { actorWords } from "../words/decisions.ts";

/** The root agents: those that init was the parent of from the start, in order. */
export function rootsOf(state: State): Process[] {
  return [...state.processes.values()].filter((p) => p.account === INIT);
}

/** The root agent a process descends from by birth. */
export function rootOf(state: State, pid: number): number {
  for (let at = state.processes.get(pid); at !== undefined; at = state.processes.get(at.account))
    if (at.account === INIT) return at.pid;
  return pid;
}

/** Everybody who descends from these roots by birth, themselves included, in order of pid. */
export function familiesOf(state: State, roots: readonly number[]): Process[] {
  const wanted = new Set(roots);
  return [...state.processes.values()].filter((p) => p.pid !== INIT && wanted.has(rootOf(state, p.pid)));
}

/** The roots of families in which anybody still lives. */
export function unfinishedRoots(state: State): Process[] {
  const living = new Set<number>();
  for (const p of state.processes.values())
    if (p.pid !== INIT && p.life.ended === undefined) living.add(rootOf(state, p.pid));
  return rootsOf(state).filter((p) => living.has(p.pid));
}

/** A process with everybody above it, youngest first. */
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

/** The same as text: `7 reviewer ← 4 coding`. One that began with the conversation of another says so. */
export function chainWords(t: Translate, state: State, pid: number): string {
  return chainOf(state, pid)
    .map((p) => [`${p.pid} ${p.image}`, ...forkWords(t, p).map((words) => `(${words})`)].join(" "))
    .join(" ← ");
}

/**
 * Where a capability came from, nearest giver first, up to the person, the command line or the kernel that made the
 * first of them: `cap9 from process 3 (cap4), from the command line`.
 */
export function lineageOf(t: Translate, table: CapabilityTable, cap: Capability): string {
  const steps: string[] = [];
  for (let at: Capability | undefined = cap; at !== undefined;) {
    const parent: Capability | undefined = at.parent === undefined ? undefined : table.get(at.parent)?.cap;
    // A workspace grant is init's; what the agents hold of it was given by whoever answered.
    if (parent?.holder === INIT) steps.push(t("for the whole workspace ({0})", parent.id));
    else {
      const from = t("from {0}", actorWords(t, at.issuer));
      steps.push(parent === undefined ? from : `${from} (${parent.id})`);
    }
    at = parent;
  }
  return steps.join(", ");
}
