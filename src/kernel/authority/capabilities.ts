// The capability table: every capability ever minted in this journal, indexed by holder and name.
import { printCap, type Capability } from "../../abi/capability.ts";
import type { Folder, Kinds } from "../../abi/kind.ts";
import {
  covers,
  foldResource,
  isTree,
  overlapsFolded,
  stem,
  type Need,
  type Right,
} from "../../abi/resource.ts";
import { addToIndex, around, stemLength, hasExpired, prefixesOf, putBack, shed } from "./held.ts";
import type { Held, NameIndex } from "./held.ts";
import { Leading } from "./namespace.ts";

export { hasExpired, type Held } from "./held.ts";

/** With at most this many, a holder has no index: checking each one takes less time and memory. */
const MAX_UNINDEXED = 16;

const NONE = { of: 0, live: 0 } as const;

const NOTHING: readonly Held[] = [];

/** All capabilities one holder was given, in order of minting; indexed when more than {@link MAX_UNINDEXED}. */
interface Holding {
  readonly all: Held[];
  /** How many of the first `of` were live when they were last counted. */
  counted: { readonly of: number; readonly live: number };
  index: NameIndex | undefined;
  /** True once there was an ask or a deny among them; most hold none. */
  limited: boolean;
}

/** The facts that liveness depends on beside the table: the time, and the place of each workspace folder. */
export interface Now {
  readonly now: number;
  placeOf(folder: string): string | undefined;
  /** For a name in a worktree, the same name in the folder that the worktree is of; absent where there is no worktree. */
  readonly originOf?: ((resource: string) => string | undefined) | undefined;
  /** Capabilities whose last use the begin of this very call spent; they count as held for the call. */
  readonly spent?: ReadonlySet<string>;
}

/** The facts about workspace folders. */
export function placesIn({ roots, kinds }: { roots: readonly Folder[]; kinds: Kinds }): Omit<Now, "now"> {
  const placeOf = (folder: string): string | undefined => roots.find((r) => r.name === folder)?.path;
  if (!roots.some(({ worktree }) => worktree !== undefined)) return { placeOf };
  return { placeOf, originOf: (resource) => kinds.originOf(resource, roots) };
}

/** All capabilities of a journal. */
export class CapabilityTable {
  readonly #byId = new Map<string, Held>();
  readonly #byHolder = new Map<number, Holding>();
  /** One shared list for all capabilities with the same rights. */
  readonly #rights = new Map<string, Right[]>();
  /** Those that lead into the private namespaces of other processes. */
  readonly leading: Leading<Held>;
  readonly #sha256: (text: string) => string;
  readonly #kinds: Kinds;
  #gifts = 0;

  constructor(sha256: (text: string) => string, kinds: Kinds) {
    this.#sha256 = sha256;
    this.#kinds = kinds;
    this.leading = new Leading<Held>(kinds);
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Held | undefined {
    return this.#byId.get(id);
  }

  /**
   * Adds a capability. A parent that is revoked makes it revoked from the start, and so does one that is unknown, which
   * is forgotten: every parent here is older than its children. An id that was given before stays what it was.
   */
  add(minted: Capability): Held {
    const before = this.#byId.get(minted.id);
    if (before !== undefined) return before;
    const parent = minted.parent === undefined ? undefined : this.#byId.get(minted.parent);
    const orphaned = minted.parent !== undefined && parent === undefined;
    const cap = { ...minted };
    if (orphaned) delete cap.parent;
    const held = this.#put({ cap, left: minted.uses, revoked: orphaned || parent?.revoked === true });
    this.#addToHolder(held);
    return held;
  }

  /** Fills an empty table with capabilities as they stood, and keeps them; each parent comes before its children. */
  restore(rows: readonly Pick<Held, "cap" | "left" | "revoked" | "since">[]): void {
    const all = rows.map((row) => ({ held: this.#put(row), since: row.since }));
    if (all.some(({ since }, i) => since < (all[i - 1]?.since ?? 0))) all.sort((a, b) => a.since - b.since);
    for (const { held } of all) {
      this.#addToHolder(held);
      if (held.revoked) this.leading.drop(held);
    }
  }

  /** Puts one into the table, which keeps this very object. */
  #put({ cap, left, revoked }: Pick<Held, "cap" | "left" | "revoked">): Held {
    cap.rights = this.#shareRights(cap.rights);
    const held: Held = {
      cap,
      key: cap.effect === "ask" ? `${cap.id}@${this.#sha256(printCap(cap)).slice(0, 16)}` : "",
      folder: cap.place === undefined ? undefined : (this.#kinds.folderOf(cap.resource) ?? ""),
      children: undefined,
      left,
      revoked,
      since: 0,
    };
    const parent = cap.parent === undefined ? undefined : this.#byId.get(cap.parent);
    if (parent !== undefined) (parent.children ??= []).push(held);
    this.#byId.set(cap.id, held);
    return held;
  }

  #addToHolder(held: Held): void {
    const { cap } = held;
    held.since = this.#gifts++;
    this.leading.add(held);
    const holding = this.#byHolder.get(cap.holder);
    const limited = cap.effect !== "allow";
    if (holding === undefined) {
      this.#byHolder.set(cap.holder, { all: [held], counted: NONE, index: undefined, limited });
      return;
    }
    holding.limited ||= limited;
    holding.all.push(held);
    if (holding.index !== undefined) addToIndex(holding.index, held, this.#kinds);
    else if (holding.all.length > MAX_UNINDEXED) {
      holding.index = { allows: new Map<string, Held[]>(), limits: new Map<string, Held[]>() };
      for (const each of holding.all) addToIndex(holding.index, each, this.#kinds);
    }
  }

  #shareRights(rights: Right[]): Right[] {
    const name = rights.join();
    const same = this.#rights.get(name);
    if (same === undefined) this.#rights.set(name, rights);
    return same ?? rights;
  }

  /**
   * Revokes a capability and everything passed on from it. Returns how many were not revoked before. Below a revoked
   * one all are revoked, so a second revoke looks no further.
   */
  revoke(id: string): number {
    let count = 0;
    const open = [this.#byId.get(id)];
    for (let held = open.pop(); held !== undefined; held = open.pop()) {
      if (held.revoked) continue;
      held.revoked = true;
      count += 1;
      this.leading.drop(held);
      for (const child of held.children ?? []) open.push(child);
    }
    return count;
  }

  /** Moves a capability to another holder; its children stay its children. */
  move(id: string, to: number): void {
    const held = this.#byId.get(id);
    if (held === undefined) return;
    const { holder, resource } = held.cap;
    const holding = this.#byHolder.get(holder);
    const { allows, limits } = holding?.index ?? {};
    const folded = foldResource(stem(resource), this.#kinds);
    for (const from of [holding?.all, allows?.get(stem(resource)), limits?.get(folded)]) {
      const at = from?.indexOf(held) ?? -1;
      if (at >= 0) from?.splice(at, 1);
    }
    this.leading.leave(held);
    held.cap = { ...held.cap, holder: to };
    this.#addToHolder(held);
  }

  /** Takes uses from a finite capability, or returns them with a negative count. */
  spend(id: string, count: number): void {
    const held = this.#byId.get(id);
    if (held?.left === undefined) return;
    const { left } = held;
    held.left = Math.max(0, left - count);
    if (left === 0 && held.left > 0)
      putBack(this.#byHolder.get(held.cap.holder)?.index?.allows.get(stem(held.cap.resource)), held);
  }

  /** Live allows of the holder that cover the need, narrowest first. The caller must check those bound to a call. */
  allows(holder: number, need: Need, at: Now): Held[] {
    const holding = this.#byHolder.get(holder);
    if (holding === undefined) return [];
    const found: Held[] = [];
    const take = (list: readonly Held[]): void => {
      for (const held of list)
        if (
          held.cap.effect === "allow" &&
          covers(held.cap.resource, need.resource) &&
          this.#fits(held, need, at)
        )
          found.push(held);
    };
    const byName = holding.index?.allows;
    if (byName === undefined) take(holding.all);
    else for (const name of prefixesOf(stem(need.resource))) take(shed(byName.get(name), at.now));
    take(this.#spentBy(holder, at, found));
    return found.length < 2
      ? found
      : found.sort((a, b) => stemLength(b) - stemLength(a) || a.since - b.since);
  }

  /** Those of the holder whose last use the begin of this very call spent, where a list was shed of them. */
  #spentBy(holder: number, { spent }: Now, candidates: readonly Held[]): readonly Held[] {
    if (spent === undefined || spent.size === 0) return NOTHING;
    return [...spent].flatMap((id) => {
      const held = this.#byId.get(id);
      return held === undefined || held.cap.holder !== holder || candidates.includes(held) ? [] : [held];
    });
  }

  /**
   * Live asks or denies of these holders that overlap the need, or what it is a copy of: in the order of the holders,
   * widest first for each.
   */
  limits(holders: readonly number[], effect: "ask" | "deny", need: Need, at: Now): Held[] {
    const [first, ...more] = holders;
    const own = first === undefined ? [] : this.#limitsOf(first, effect, need, at);
    return more.length === 0 ? own : [...own, ...this.limits(more, effect, need, at)];
  }

  #limitsOf(holder: number, effect: "ask" | "deny", need: Need, at: Now): Held[] {
    const named = this.#limitsOn(holder, effect, need, at);
    const origin = at.originOf?.(need.resource);
    if (origin === undefined) return named;
    const more = this.#limitsOn(holder, effect, { ...need, resource: origin }, at);
    return [...named, ...more.filter((held) => !named.includes(held))];
  }

  #limitsOn(holder: number, effect: "ask" | "deny", need: Need, at: Now): Held[] {
    const holding = this.#byHolder.get(holder);
    if (holding?.limited !== true) return [];
    const byName = holding.index?.limits;
    const folded = foldResource(need.resource, this.#kinds);
    const candidates =
      byName === undefined
        ? holding.all
        : isTree(folded)
          ? around(byName, stem(folded))
          : prefixesOf(folded).flatMap((name) => shed(byName.get(name), at.now));
    return candidates
      .filter(
        (held) =>
          held.cap.effect === effect &&
          this.#fits(held, need, at) &&
          overlapsFolded(foldResource(held.cap.resource, this.#kinds), folded),
      )
      .sort((a, b) => stemLength(a) - stemLength(b));
  }

  /** All capabilities the holder was given, in order of minting. For views and delegation, never for a decision. */
  heldBy(holder: number): readonly Held[] {
    return this.#byHolder.get(holder)?.all ?? [];
  }

  /** True when the holder could hold `more` capabilities and still have at most `most` live ones. */
  hasRoom(holder: number, more: number, most: number, at: Now): boolean {
    const holding = this.#byHolder.get(holder);
    if (holding === undefined) return more <= most;
    // Those that came since count as live, so that a long history is seldom counted.
    const atMost = holding.counted.live + holding.all.length - holding.counted.of;
    if (atMost + more <= most) return true;
    const live = holding.all.reduce((sum, held) => sum + (this.live(held, at) ? 1 : 0), 0);
    holding.counted = { of: holding.all.length, live };
    return live + more <= most;
  }

  /** Every capability, in order of minting. */
  all(): IterableIterator<Held> {
    return this.#byId.values();
  }

  /** True for a live capability: not revoked, not expired, uses left, and its folder still in its place. */
  live(held: Held, at: Now): boolean {
    if (held.revoked || hasExpired(held.cap, at.now)) return false;
    if (held.left === 0 && at.spent?.has(held.cap.id) !== true) return false;
    return held.folder === undefined || at.placeOf(held.folder) === held.cap.place;
  }

  #fits(held: Held, need: Need, at: Now): boolean {
    return held.cap.rights.includes(need.right) && this.live(held, at);
  }
}
