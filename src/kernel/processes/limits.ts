// Limits: the asks and denies that go with whatever is passed on, and the number of capabilities that a process may hold.
import type { Listed } from "../../abi/capability.ts";
import { fault, type Fault } from "../../abi/errors.ts";
import { covers, foldResource, overlapsFolded, stem, type Right } from "../../abi/resource.ts";
import type { Held, Now } from "../authority/capabilities.ts";
import { nowOf, type Core } from "../core.ts";
import { mintCapability } from "../questions/questions.ts";
import { bindersOf } from "../state/account.ts";
import type { State } from "../state/rows.ts";

/** The most live capabilities that a process may come to hold by its own acts, or by those of other processes. */
export const MAX_CAPABILITIES = 20_000;

/** EDQUOT when a process would hold too many live capabilities with `more` of them. A person's acts have no such limit. */
export function roomFault(core: Core, pid: number, more: number): Fault | undefined {
  if (core.state.capabilities.hasRoom(pid, more, MAX_CAPABILITIES, nowOf(core))) return undefined;
  return fault(
    "EDQUOT",
    `Process ${pid} would hold more than ${MAX_CAPABILITIES} living capabilities.`,
    "Drop those that are no longer used with drop_capability, or list fewer and wider grants.",
  );
}

/** An ask or deny to copy, with the rights and the resource of the copy. */
export interface LimitCopy {
  readonly from: Held;
  readonly rights: Right[];
  readonly resource: string;
}

/** Spells a name below a tree as the tree spells it. In another case it may be another file that nobody listed. */
function respell(resource: string, tree: string): string {
  const at = stem(tree).split("/");
  return [...at, ...resource.split("/").slice(at.length)].join("/");
}

/** The names by which a limit may meet a grant: its own, and in the worktree of a grant the one that it binds there. */
function namesFor(
  limit: string,
  granted: string,
  kinds: State["kinds"],
  roots: State["roots"],
): readonly string[] {
  const origin = kinds.originOf(granted, roots);
  if (origin === undefined || kinds.folderOf(limit) !== kinds.folderOf(origin)) return [limit];
  const there = kinds.inFolder(limit, kinds.folderOf(granted) ?? "");
  return there === undefined ? [limit] : [limit, there];
}

/** The asks and denies that overlap the listed grants and bind the giver, but not yet the receiver. */
export function limitsBetween(
  core: Core,
  giver: number,
  receiver: number,
  grants: readonly Listed[],
): LimitCopy[] {
  const bound = new Set(bindersOf(core.state, receiver));
  const holders = bindersOf(core.state, giver).filter((pid) => !bound.has(pid));
  return limitsOver(core.state, nowOf(core), holders, grants);
}

/**
 * The asks and denies of some holders that overlap grants. A deny is copied whole. An ask is copied only where it
 * overlaps: it also permits asking a person. That must not reach beyond the grants.
 */
export function limitsOver(
  { capabilities, kinds, roots }: Pick<State, "capabilities" | "kinds" | "roots">,
  at: Now,
  holders: readonly number[],
  grants: readonly Listed[],
): LimitCopy[] {
  const copies = new Map<string, LimitCopy>();
  const listing = grants.map((listed) => ({ listed, folded: foldResource(listed.resource, kinds) }));
  for (const from of holders.flatMap((pid) => capabilities.heldBy(pid))) {
    const { cap } = from;
    if (cap.effect === "allow" || !capabilities.live(from, at)) continue;
    if (copies.size > MAX_CAPABILITIES) break; // nobody has room for more
    for (const { listed, folded } of listing) {
      const shared = listed.effect === "deny" ? [] : cap.rights.filter((r) => listed.rights.includes(r));
      if (shared.length === 0) continue;
      for (const name of namesFor(cap.resource, listed.resource, kinds, roots)) {
        const own = foldResource(name, kinds);
        if (!overlapsFolded(folded, own)) continue;
        const resource = covers(own, folded) ? listed.resource : respell(name, listed.resource);
        const part = { from, rights: shared, resource };
        const copy = cap.effect === "deny" ? { from, rights: cap.rights, resource: name } : part;
        copies.set(`${cap.id} ${copy.rights.join()} ${copy.resource}`, copy);
      }
    }
  }
  return [...copies.values()];
}

/** Mints the copied asks and denies for the receiver. */
export function mintCopies(core: Core, giver: number, receiver: number, copies: readonly LimitCopy[]): void {
  for (const { from, rights, resource } of copies) {
    const { effect, until } = from.cap;
    const fields = {
      effect,
      rights,
      resource,
      holder: receiver,
      issuer: `pid:${giver}`,
      parent: from.cap.id,
    };
    mintCapability(core, { ...fields, ...(until === undefined ? {} : { until }) });
  }
}
