// The capability table: every capability ever minted in this journal, indexed by holder and name.
import { printCap, type Capability } from "../../abi/capability.ts";
import {
  covers,
  foldCase,
  fsSegments,
  isTree,
  overlaps,
  stem,
  type Need,
  type Right,
} from "../../abi/resource.ts";
import { EVERY_NAMESPACE, objectNamespaceOf, ownerOf } from "./namespace.ts";

/** A capability with what happened to it since. `left` is undefined when uses are unlimited. */
export interface Held {
  cap: Capability;
  /** `id@hash` of the text a person saw, of an ask: what an approval must name to answer it. Empty else. */
  readonly key: string;
  /** The workspace folder whose place it is bound to. */
  readonly folder: string | undefined;
  /** What was passed on from it; undefined while nothing was. */
  children: Held[] | undefined;
  left: number | undefined;
  revoked: boolean;
}

/** Capabilities by name: allows by exact name, restrictions by folded name. */
type NameMap = Map<string, Held[]>;

/** How many one holder may have before they are found by name: of fewer each is looked at, which takes less of both. */
const MAX_UNINDEXED = 16;

interface NameIndex {
  readonly allows: NameMap;
  readonly limits: NameMap;
}

/** What one holder was ever given, in order of minting, and by name once there are more than {@link MAX_UNINDEXED}. */
interface Holding {
  readonly all: Held[];
  index: NameIndex | undefined;
}

/** What liveness depends on beside the table: the time, and where each workspace folder is now. */
export interface Now {
  readonly now: number;
  placeOf(folder: string): string | undefined;
  /** Capabilities whose last use this very call has already spent, in its begin: they count as held for it. */
  readonly spent?: ReadonlySet<string>;
}

/** Every prefix of a path at its slashes, shortest first, the whole included: `a:/b/c` gives `a:`, `a:/b`, `a:/b/c`. */
function prefixesOf(resource: string): string[] {
  const found: string[] = [];
  for (let at = resource.indexOf("/"); at >= 0; at = resource.indexOf("/", at + 1))
    found.push(resource.slice(0, at));
  found.push(resource);
  return found;
}

/** True when its time is over. An instant that cannot be read has passed. */
export function hasExpired({ until }: Capability, now: number): boolean {
  return until !== undefined && !(Date.parse(until) > now);
}

function depthOf({ cap }: Held): number {
  return stem(cap.resource).length;
}

function addToIndex({ allows, limits }: NameIndex, held: Held): void {
  const { effect, resource } = held.cap;
  const shelf = effect === "allow" ? allows : limits;
  const name = effect === "allow" ? stem(resource) : foldCase(stem(resource));
  const list = shelf.get(name);
  if (list === undefined) shelf.set(name, [held]);
  else list.push(held);
}

/** A way into everything, or into the private namespace of another: what keeps a namespace beyond its process. */
function isForeign(namespace: string, holder: number): boolean {
  const owner = ownerOf(namespace);
  return namespace === EVERY_NAMESPACE || (owner !== undefined && owner !== holder);
}

export class CapabilityTable {
  readonly #byId = new Map<string, Held>();
  readonly #byHolder = new Map<number, Holding>();
  /** One list for all that have the same rights. */
  readonly #rights = new Map<string, Right[]>();
  /** What leads into the private namespace of another process, by that namespace. */
  readonly #byNamespace = new Map<string, Set<Held>>();
  readonly #sha256: (text: string) => string;

  constructor(sha256: (text: string) => string) {
    this.#sha256 = sha256;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Held | undefined {
    return this.#byId.get(id);
  }

  /** Adds a capability. A parent that is unknown or revoked makes it revoked from the start. */
  add(minted: Capability): Held {
    const cap = { ...minted, rights: this.#shareRights(minted.rights) };
    const held: Held = {
      cap,
      key: cap.effect === "ask" ? `${cap.id}@${this.#sha256(printCap(cap)).slice(0, 16)}` : "",
      folder: cap.place === undefined ? undefined : (fsSegments(cap.resource)[0] ?? ""),
      children: undefined,
      left: cap.uses,
      revoked: false,
    };
    if (cap.parent !== undefined) {
      const parent = this.#byId.get(cap.parent);
      if (parent === undefined || parent.revoked) held.revoked = true;
      if (parent !== undefined) (parent.children ??= []).push(held);
    }
    this.#byId.set(cap.id, held);
    this.#addToHolder(held);
    return held;
  }

  #addToHolder(held: Held): void {
    const { cap } = held;
    const namespace = cap.effect === "deny" ? undefined : objectNamespaceOf(cap.resource);
    if (namespace !== undefined && isForeign(namespace, cap.holder)) {
      const ways = this.#byNamespace.get(namespace);
      if (ways === undefined) this.#byNamespace.set(namespace, new Set([held]));
      else ways.add(held);
    }
    const hand = this.#byHolder.get(cap.holder);
    if (hand === undefined) {
      this.#byHolder.set(cap.holder, { all: [held], index: undefined });
      return;
    }
    hand.all.push(held);
    if (hand.index !== undefined) addToIndex(hand.index, held);
    else if (hand.all.length > MAX_UNINDEXED) {
      hand.index = { allows: new Map<string, Held[]>(), limits: new Map<string, Held[]>() };
      for (const each of hand.all) addToIndex(hand.index, each);
    }
  }

  #shareRights(rights: Right[]): Right[] {
    const name = rights.join();
    const same = this.#rights.get(name);
    if (same === undefined) this.#rights.set(name, rights);
    return same ?? rights;
  }

  /** Revokes a capability and everything passed on from it. Returns how many were live before. */
  revoke(id: string): number {
    let count = 0;
    const open = [this.#byId.get(id)];
    for (let held = open.pop(); held !== undefined; held = open.pop()) {
      if (!held.revoked) count += 1;
      held.revoked = true;
      open.push(...(held.children ?? []));
    }
    return count;
  }

  /** Gives a capability to another holder; what was passed on from it stays its own. */
  move(id: string, to: number): void {
    const held = this.#byId.get(id);
    if (held === undefined) return;
    const { holder, resource } = held.cap;
    const hand = this.#byHolder.get(holder);
    for (const from of [hand?.all, hand?.index?.allows.get(stem(resource))]) {
      const at = from?.indexOf(held) ?? -1;
      if (at >= 0) from?.splice(at, 1);
    }
    held.cap = { ...held.cap, holder: to };
    this.#addToHolder(held);
  }

  /** Takes uses off a finite capability, or gives them back with a negative count. */
  spend(id: string, count: number): void {
    const held = this.#byId.get(id);
    if (held?.left !== undefined) held.left = Math.max(0, held.left - count);
  }

  /** Live allows of the holder that cover the need, narrowest first. Bound ones are included; the caller checks them. */
  allows(holder: number, need: Need, at: Now): Held[] {
    const hand = this.#byHolder.get(holder);
    if (hand === undefined) return [];
    const shelf = hand.index?.allows;
    const candidates =
      shelf === undefined
        ? hand.all
        : prefixesOf(stem(need.resource)).flatMap((name) => shelf.get(name) ?? []);
    return candidates
      .filter(
        (held) =>
          held.cap.effect === "allow" &&
          covers(held.cap.resource, need.resource) &&
          this.#fits(held, need, at),
      )
      .sort((a, b) => depthOf(b) - depthOf(a));
  }

  /** Live asks or denies of the holder that overlap the need, the widest first. */
  limits(holder: number, effect: "ask" | "deny", need: Need, at: Now): Held[] {
    const hand = this.#byHolder.get(holder);
    if (hand === undefined) return [];
    const shelf = hand.index?.limits;
    const candidates =
      shelf === undefined
        ? hand.all
        : isTree(need.resource)
          ? [...shelf.values()].flat()
          : prefixesOf(foldCase(need.resource)).flatMap((name) => shelf.get(name) ?? []);
    return candidates
      .filter(
        (held) =>
          held.cap.effect === effect &&
          this.#fits(held, need, at) &&
          overlaps(held.cap.resource, need.resource),
      )
      .sort((a, b) => depthOf(a) - depthOf(b));
  }

  /** Everything the holder was ever given, in order of minting. For views and delegation, never for a decision. */
  heldBy(holder: number): readonly Held[] {
    return this.#byHolder.get(holder)?.all ?? [];
  }

  /** What leads into the private namespace of a process and is not its own, whoever was given it. */
  *capabilitiesInto(namespace: string): IterableIterator<Held> {
    for (const name of [namespace, EVERY_NAMESPACE]) yield* this.#byNamespace.get(name) ?? [];
  }

  /** Forgets the ways that led elsewhere from a process that was reaped: it goes none of them any more. */
  forgetHolder(holder: number): void {
    for (const held of this.heldBy(holder)) {
      const namespace = objectNamespaceOf(held.cap.resource);
      if (namespace === undefined || this.#byNamespace.get(namespace)?.delete(held) !== true) continue;
      if (this.#byNamespace.get(namespace)?.size === 0) this.#byNamespace.delete(namespace);
    }
  }

  all(): IterableIterator<Held> {
    return this.#byId.values();
  }

  /** True when nothing has ended it: not revoked, uses left, not expired, and its folder still where it was. */
  live(held: Held, at: Now): boolean {
    if (held.revoked || hasExpired(held.cap, at.now)) return false;
    if (held.left === 0 && at.spent?.has(held.cap.id) !== true) return false;
    return held.folder === undefined || at.placeOf(held.folder) === held.cap.place;
  }

  #fits(held: Held, need: Need, at: Now): boolean {
    return held.cap.rights.includes(need.right) && this.live(held, at);
  }
}
