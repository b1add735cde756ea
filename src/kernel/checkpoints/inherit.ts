// Inheritance: which authority goes over from a process at a checkpoint to its branch, and which stays behind.
import type { Capability, Listed } from "../../abi/capability.ts";
import type { Kinds } from "../../abi/kind.ts";
import { covers, stem } from "../../abi/resource.ts";
import { placesIn, type Held, type Now } from "../authority/capabilities.ts";
import { rulesIn } from "../authority/rules.ts";
import type { State } from "../state/rows.ts";

/** The new pids of the processes of a tree, by the old ones. */
export type NewPids = ReadonlyMap<number, number>;

/** What a branch is given, without its holder: the part of a capability that it comes from. */
export interface Passed extends Listed {
  readonly from: Held;
  /** Absent for what every process owns by itself: there each has its own. */
  readonly parent?: string;
  /** The uses that are taken from the giver. */
  readonly takes?: number;
}

/** The authority of a branch, and what was held at the checkpoint and is not held any more. */
export interface Inheritance {
  readonly passed: readonly Passed[];
  readonly left: readonly Capability[];
  /** Rules that only bound the launch of that time. */
  readonly limits: readonly Listed[];
}

/**
 * The authority that a process held at the checkpoint and holds now: a revoke, an end of time, a spent use and a gift to
 * another stay what they are. What is for one call is not passed on. Counted uses go over only when the branch replaces
 * the process, so that no use is there twice. Limits need no copy: the branch pays through the process, which binds it.
 */
export function inheritanceOf(
  past: Readonly<State>,
  state: Readonly<State>,
  { pid, at, replaces, pids }: { pid: number; at: Now; replaces: boolean; pids: NewPids },
): Inheritance {
  const then: Now = { now: Date.parse(past.time), ...placesIn(past) };
  const passed: Passed[] = [];
  const left: Capability[] = [];
  for (const was of past.capabilities.heldBy(pid)) {
    if (was.cap.effect === "deny" || !past.capabilities.live(was, then)) continue;
    const held = state.capabilities.get(was.cap.id);
    const isHeld = held !== undefined && held.cap.holder === pid && state.capabilities.live(held, at);
    const uses = Math.min(was.left ?? Infinity, held?.left ?? Infinity);
    if (!isHeld || held.cap.boundTo !== undefined || (uses !== Infinity && !replaces)) {
      left.push(was.cap);
      continue;
    }
    passed.push(passedOf(held, uses, pid, { kinds: state.kinds, pids }));
  }
  return { passed, left, limits: launchLimits(past, state) };
}

function passedOf(
  from: Held,
  uses: number,
  pid: number,
  { kinds, pids }: { kinds: Kinds; pids: NewPids },
): Passed {
  const { effect, rights, resource, until } = from.cap;
  const place = placeIn(kinds, resource, pids);
  const counted = uses === Infinity ? {} : { uses, takes: uses };
  return {
    ...{ from, effect, rights, resource: place?.resource ?? resource, ...counted },
    ...(until === undefined ? {} : { until }),
    ...(place?.owner === pid ? {} : { parent: from.cap.id }),
  };
}

/** The name in the new tree of what belongs to a process of the old tree, and that process; undefined for all else. */
function placeIn(
  kinds: Kinds,
  resource: string,
  pids: NewPids,
): { readonly resource: string; readonly owner: number } | undefined {
  for (const [old, fresh] of pids) {
    const there = portionsOf(kinds, fresh);
    for (const [i, mine] of portionsOf(kinds, old).entries()) {
      const to = there[i];
      if (to === undefined || to === mine || !covers(mine, resource)) continue;
      return { resource: stem(to) + resource.slice(stem(mine).length), owner: old };
    }
  }
  return undefined;
}

/** The resources that come with the birth of a process, its own and those that its parent gets, in a fixed order. */
function portionsOf({ all }: Kinds, pid: number): string[] {
  return all.flatMap(({ birth }) =>
    [birth?.own?.(pid), birth?.overChild?.(pid)].map((portion) => portion?.resource ?? ""),
  );
}

/** The rules of the launch of that time that are in force no more, as limits. They bind without their leading words. */
function launchLimits(past: Readonly<State>, state: Readonly<State>): Listed[] {
  const now = new Set(rulesIn(state).map((rule) => JSON.stringify(rule)));
  return rulesIn(past)
    .filter((rule) => (rule.source?.from ?? "launch") === "launch" && !now.has(JSON.stringify(rule)))
    .map(({ effect, rights, resource }) => ({ effect, rights, resource }));
}
