// Delegation: passing on less than one holds, and never the asks and denies that bind it left behind.
import { printCap, type Listed } from "../../abi/capability.ts";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { covers, foldCase, kindOf, overlaps, RIGHTS, stem, type Right } from "../../abi/resource.ts";
import { mintCapability } from "../questions/questions.ts";
import { commit, nowOf, type Core } from "../core.ts";
import { decide } from "../authority/decide.ts";
import type { Held } from "../authority/capabilities.ts";

/** The held capabilities a listed grant would come from, with the rights each gives; one per right at most. */
export type Sources = ReadonlyMap<Held, Right[]>;

/** Uses already promised from finite capabilities within one delegation, so that a list cannot pass one on twice. */
type PromisedUses = Map<Held, number>;

/**
 * Where a kind of resource has this right, only who holds it may pass on any other: who was shown an object does not
 * decide who else sees it. It is held without a count, or not at all.
 */
const SHARE: Right = "share";

/** Why the giver may neither pass this on nor give it away, where its kind has to be shared by right. */
export function shareFault(core: Core, giver: number, listed: Listed): Fault | undefined {
  const kind = kindOf(listed.resource);
  if (kind === undefined || !RIGHTS[kind].some((right) => right === SHARE)) return undefined;
  const { capabilities: table, policy } = core.state;
  const needs = [{ resource: listed.resource, right: SHARE }];
  const verdict = decide({ needs, holder: giver, table, policy, at: nowOf(core), uncounted: true });
  if (verdict.kind === "allow") return undefined;
  return fault(
    "ENOTCAPABLE",
    `${printCap(listed)} cannot be passed on: share on ${listed.resource} is not held.`,
    "A process shares what is in its own namespace; ask its owner to share this.",
  );
}

/**
 * Finds what a listed grant would be passed on from. ENOTCAPABLE when any of its rights is not held as widely as it is
 * listed, for as many uses, unbound. An ask may come from an ask, because then the giver may be asked for as well. A
 * deny only tightens and needs no source.
 */
function sourcesOf(core: Core, giver: number, listed: Listed, taken: PromisedUses): Sources | Fault {
  const sources = new Map<Held, Right[]>();
  if (listed.effect === "deny") return sources;
  const { capabilities } = core.state;
  const at = nowOf(core);
  const kept = shareFault(core, giver, listed);
  if (kept !== undefined) return kept;
  const counted = listed.effect === "allow" ? listed.uses : undefined;
  for (const right of listed.rights) {
    const need = { resource: listed.resource, right };
    if (ownsMailbox(giver, listed, right)) continue;
    const asks =
      listed.effect === "allow"
        ? []
        : capabilities.limits(giver, "ask", need, at).filter((h) => covers(h.cap.resource, need.resource));
    const held = [...capabilities.allows(giver, need, at), ...asks]
      .filter((h) => h.cap.boundTo === undefined)
      .find(
        (h) => h.left === undefined || (counted !== undefined && counted + (taken.get(h) ?? 0) <= h.left),
      );
    if (held === undefined) {
      return fault(
        "ENOTCAPABLE",
        `${printCap(listed)} cannot be passed on: ${right} on ${listed.resource} is not held that widely.`,
        "List only what list_capabilities shows as yours; a grant with uses must be listed with uses.",
      );
    }
    sources.set(held, [...(sources.get(held) ?? []), right]);
  }
  for (const held of sources.keys())
    if (held.left !== undefined) taken.set(held, (taken.get(held) ?? 0) + (counted ?? 0));
  return sources;
}

/** A process may let others speak to itself: its mailbox is its own, as its objects are. */
function ownsMailbox(giver: number, { effect, resource }: Listed, right: Right): boolean {
  return effect === "allow" && right === "message" && resource === `process:/${giver}`;
}

/** Where each listed grant would come from, or the fault of the first that the giver could not pass on. */
export function planGrants(
  core: Core,
  giver: number,
  grants: readonly Listed[],
): (readonly [Listed, Sources])[] | Fault {
  const taken: PromisedUses = new Map<Held, number>();
  const planned: (readonly [Listed, Sources])[] = [];
  for (const listed of grants) {
    const sources = sourcesOf(core, giver, listed, taken);
    if (isFault(sources)) return sources;
    planned.push([listed, sources]);
  }
  return planned;
}

/**
 * Mints what is passed on to `receiver`: each grant from its sources with the earlier expiry, passed-on uses taken off
 * the giver, `answers` dropped; and a copy of every ask and deny of the giver that overlaps any of it (DESIGN 6).
 */
export function delegateGrants(
  core: Core,
  giver: number,
  receiver: number,
  grants: readonly Listed[],
): Fault | undefined {
  const planned = planGrants(core, giver, grants);
  if (isFault(planned)) return planned;
  // Both before anything is minted, because minting takes uses off what the giver holds.
  const copies = limitsOver(core, giver, grants);
  const issuer = `pid:${giver}`;
  for (const [listed, sources] of planned) {
    for (const [held, rights] of sources) {
      const until = [listed.until, held.cap.until]
        .filter((t) => t !== undefined)
        .sort((a, b) => Date.parse(a) - Date.parse(b))[0];
      const fields = {
        effect: listed.effect,
        rights,
        resource: listed.resource,
        holder: receiver,
        issuer,
        parent: held.cap.id,
        ...(listed.uses === undefined ? {} : { uses: listed.uses }),
        ...(until === undefined ? {} : { until }),
      };
      mintCapability(core, fields, held.left === undefined ? undefined : listed.uses);
    }
    if (listed.effect === "deny") mintCapability(core, { ...listed, holder: receiver, issuer });
    const own = listed.rights.filter((right) => ownsMailbox(giver, listed, right));
    if (own.length > 0) mintCapability(core, { ...listed, rights: own, holder: receiver, issuer });
  }
  mintCopies(core, giver, receiver, copies);
  return undefined;
}

/**
 * Gives a whole capability to another process, with what was passed on from it; the asks and denies of the giver that
 * overlap it go along as copies, as with any delegation.
 */
export function transferCapability(core: Core, held: Held, receiver: number): void {
  const { id, holder } = held.cap;
  const copies = limitsOver(core, holder, [held.cap]);
  commit(core, "capability.move", { id, to: receiver }, { pid: holder });
  mintCopies(core, holder, receiver, copies);
}

function mintCopies(core: Core, giver: number, receiver: number, copies: readonly LimitCopy[]): void {
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

interface LimitCopy {
  readonly from: Held;
  readonly rights: Right[];
  readonly resource: string;
}

/** A name below a tree in the spelling of the tree: in another case it may be another file, which nobody listed. */
function respell(resource: string, tree: string): string {
  const at = stem(tree).split("/");
  return [...at, ...resource.split("/").slice(at.length)].join("/");
}

/**
 * The giver's asks and denies over what is passed on. A deny is copied whole. Of an ask the part that overlaps, because
 * an ask also says what a person may be asked for, and that must not reach past the list.
 */
function limitsOver(core: Core, giver: number, grants: readonly Listed[]): LimitCopy[] {
  const { capabilities } = core.state;
  const copies = new Map<string, LimitCopy>();
  for (const from of capabilities.heldBy(giver)) {
    const { cap } = from;
    if (cap.effect === "allow" || !capabilities.live(from, nowOf(core))) continue;
    for (const listed of grants) {
      const shared = cap.rights.filter((r) => listed.rights.includes(r));
      if (listed.effect === "deny" || shared.length === 0 || !overlaps(listed.resource, cap.resource))
        continue;
      const within = covers(foldCase(cap.resource), foldCase(listed.resource));
      const resource = within ? listed.resource : respell(cap.resource, listed.resource);
      const part = { from, rights: shared, resource };
      const copy = cap.effect === "deny" ? { from, rights: cap.rights, resource: cap.resource } : part;
      copies.set(`${cap.id} ${copy.rights.join()} ${copy.resource}`, copy);
    }
  }
  return [...copies.values()];
}
