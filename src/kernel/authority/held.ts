// Held capabilities: one with its present status, and one holder's lists of them by name.
import type { Capability, Listed } from "../../abi/capability.ts";
import type { Kinds } from "../../abi/kind.ts";
import { foldResource, stem } from "../../abi/resource.ts";

/** A capability with its present status. `left` counts the remaining uses; undefined when they are unlimited. */
export interface Held {
  cap: Capability;
  /** For an ask: `id@hash` of the text a person saw. An approval names this key to answer the ask. Else empty. */
  readonly key: string;
  /** The workspace folder to whose place it is bound. */
  readonly folder: string | undefined;
  /** The capabilities passed on from it; undefined while there are none. */
  children: Held[] | undefined;
  left: number | undefined;
  revoked: boolean;
  /** Counts up with each gift to any holder, so that a holder's are in the order in which it was given them. */
  since: number;
}

/** Capabilities by name: allows by exact name, restrictions by folded name. */
type NameMap = Map<string, Held[]>;

/** One holder's capabilities by name. */
export interface NameIndex {
  readonly allows: NameMap;
  readonly limits: NameMap;
}

/** A list with more that are over for good is shed of them, once they are the greater part. */
const MAX_OVER = 16;

/** Every prefix of a path at its slashes, shortest first, the whole included: `a:/b/c` gives `a:`, `a:/b`, `a:/b/c`. */
export function prefixesOf(resource: string): string[] {
  const found: string[] = [];
  for (let at = resource.indexOf("/"); at >= 0; at = resource.indexOf("/", at + 1))
    found.push(resource.slice(0, at));
  found.push(resource);
  return found;
}

/** True when a capability's time is over. An instant that cannot be parsed counts as passed. */
export function hasExpired({ until }: Pick<Listed, "until">, now: number): boolean {
  return until !== undefined && !(Date.parse(until) > now);
}

export function stemLength({ cap }: Held): number {
  return stem(cap.resource).length;
}

export function addToIndex({ allows, limits }: NameIndex, held: Held, kinds: Kinds): void {
  const { effect, resource } = held.cap;
  const byName = effect === "allow" ? allows : limits;
  const name = effect === "allow" ? stem(resource) : foldResource(stem(resource), kinds);
  const list = byName.get(name);
  if (list === undefined) byName.set(name, [held]);
  else list.push(held);
}

/** True for one that no decision will count again, except an allow whose last use is given back. */
function isOver({ cap, left, revoked }: Held, now: number): boolean {
  return revoked || (cap.effect === "allow" && (left === 0 || hasExpired(cap, now)));
}

/** The list, shed of those that are over for good when there are many of them. Decisions then pass by them no more. */
export function shed(list: Held[] | undefined, now: number): readonly Held[] {
  if (list === undefined || list.length <= MAX_OVER) return list ?? [];
  const over = list.reduce((count, held) => count + (isOver(held, now) ? 1 : 0), 0);
  if (over <= MAX_OVER || 2 * over < list.length) return list;
  let kept = 0;
  for (const held of list) if (!isOver(held, now)) list[kept++] = held;
  list.length = kept;
  return list;
}

/** Puts one back into the list that was shed of it, in its place. */
export function putBack(list: Held[] | undefined, held: Held): void {
  if (list === undefined || list.includes(held)) return;
  const after = list.findIndex((other) => other.since > held.since);
  list.splice(after < 0 ? list.length : after, 0, held);
}

/** The restrictions whose folded names lie above, below or at a folded name. */
export function around(limits: NameMap, root: string): Held[] {
  const found: Held[] = [];
  const isAbove = (above: string, below: string): boolean =>
    below.startsWith(above) && (below.length === above.length || below[above.length] === "/");
  for (const [name, list] of limits)
    if (isAbove(name, root) || isAbove(root, name)) for (const held of list) found.push(held);
  return found;
}
