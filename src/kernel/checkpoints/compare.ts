// Comparing: what is different between two positions of the record in files, objects and authority.
import { printCap } from "../../abi/capability.ts";
import { placesIn, type Held } from "../authority/capabilities.ts";
import type { State } from "../state/rows.ts";
import { joinChange, type FileSince, type Positions } from "./rows.ts";

/** A file that is different: its content by SHA-256 before and after, or another word for what is no content. */
export interface FileDifference {
  readonly resource: string;
  readonly from: string;
  readonly to: string;
}

/** An object that is different: its version before and after, null where there is none. */
export interface ObjectDifference {
  readonly namespace: string;
  readonly name: string;
  readonly from: number | null;
  readonly to: number | null;
}

/** A capability that came or went, or has fewer uses left. */
export interface AuthorityDifference {
  readonly pid: number;
  readonly id: string;
  readonly cap: string;
  readonly change: "came" | "went" | "narrowed";
}

/** The differences between two positions. */
export interface Differences {
  readonly files: readonly FileDifference[];
  readonly objects: readonly ObjectDifference[];
  readonly authority: readonly AuthorityDifference[];
}

/** Compares two states of one record. `now` holds the changes of files, `ids` the checkpoints; without `to` it is now. */
export function compareStates(
  now: Positions,
  ids: { readonly from: string; readonly to: string | undefined },
  from: Readonly<State>,
  to: Readonly<State>,
): Differences {
  return { files: filesBetween(now, ids), objects: objectsOf(from, to), authority: authorityOf(from, to) };
}

/** The files that changed from one checkpoint to another, or to now, by name. One that is as it was is none of them. */
function filesBetween(
  { checkpoints }: Positions,
  { from, to }: { readonly from: string; readonly to: string | undefined },
): FileDifference[] {
  const joined = new Map<string, FileSince>();
  let isWithin = false;
  for (const { id, changes } of checkpoints.values()) {
    if (id === from) isWithin = true;
    if (id === to) break;
    if (isWithin) for (const change of changes.values()) joinChange(joined, change);
  }
  return [...joined.values()]
    .filter(({ pre, post, ran, runs }) => pre !== post || ran !== runs)
    .map(({ resource, pre, post }) => ({ resource, from: pre, to: post }))
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

function objectsOf(from: Readonly<State>, to: Readonly<State>): ObjectDifference[] {
  const found: ObjectDifference[] = [];
  for (const namespace of new Set([...from.objects.keys(), ...to.objects.keys()])) {
    const [before, after] = [from.objects.get(namespace), to.objects.get(namespace)];
    for (const name of new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])) {
      const versions = [before, after].map((names) => names?.get(name)?.versions.at(-1)?.version ?? null);
      const [was = null, is = null] = versions;
      if (was !== is) found.push({ namespace, name, from: was, to: is });
    }
  }
  return found;
}

/** The capabilities that could be used: none of a process that had ended. */
function usable(state: Readonly<State>): Map<string, Held> {
  const at = { now: Date.parse(state.time), ...placesIn(state) };
  const found = new Map<string, Held>();
  for (const held of state.capabilities.all()) {
    const isAlive = state.processes.get(held.cap.holder)?.life.ended === undefined;
    if (isAlive && state.capabilities.live(held, at)) found.set(held.cap.id, held);
  }
  return found;
}

function authorityOf(from: Readonly<State>, to: Readonly<State>): AuthorityDifference[] {
  const [before, after] = [usable(from), usable(to)];
  const row = ({ cap }: Held, change: AuthorityDifference["change"]): AuthorityDifference => ({
    ...{ pid: cap.holder, id: cap.id, cap: printCap(cap), change },
  });
  const went = [...before.values()].flatMap((held) => {
    const is = after.get(held.cap.id);
    if (is?.cap.holder !== held.cap.holder) return [row(held, "went")];
    return is.left === held.left ? [] : [row(is, "narrowed")];
  });
  const came = [...after.values()].filter((held) => before.get(held.cap.id)?.cap.holder !== held.cap.holder);
  return [...went, ...came.map((held) => row(held, "came"))].sort((a, b) => a.pid - b.pid);
}
