// Delegation: passes on a part of what a process holds, always with the asks and denies that restrict it.
import { printCap, type Capability, type Listed } from "../../abi/capability.ts";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { covers, type Right } from "../../abi/resource.ts";
import { mintCapability } from "../questions/questions.ts";
import { commit, living, nowOf, type Core } from "../core.ts";
import { isBeyond, type Authority } from "../authority/authority.ts";
import { decideBy } from "../authority/verdict.ts";
import { payers } from "../state/account.ts";
import type { Held } from "../authority/capabilities.ts";
import { INIT } from "../state/rows.ts";
import { limitsBetween, mintCopies, roomFault } from "./limits.ts";

/** The held capabilities that a listed grant would come from, with the rights from each; at most one for each right. */
export type Sources = ReadonlyMap<Held, Right[]>;

/** Uses promised from finite capabilities within one delegation, so that a list cannot pass on a use twice. */
type PromisedUses = Map<Held, number>;

/**
 * Why the giver may not pass this on or transfer it, if its kind has a right for sharing. A holder of that right with
 * counted uses does not count.
 */
function shareFault(core: Core, giver: Authority, listed: Listed): Fault | undefined {
  const right = core.state.kinds.of(listed.resource)?.sharedBy;
  if (right === undefined) return undefined;
  const needs = [{ resource: listed.resource, right }];
  const verdict = decideBy(core.state, { needs, authority: giver, at: nowOf(core), uncounted: true });
  if (verdict.kind === "allow") return undefined;
  return fault(
    "ENOTCAPABLE",
    `${printCap(listed)} cannot be passed on: ${right} on ${listed.resource} is not held.`,
    "A process shares what is in its own namespace; ask its owner to share this.",
  );
}

/**
 * Finds the capabilities that a listed grant would come from. ENOTCAPABLE when a right is not held as widely as listed,
 * for as many uses, unbound. An ask may come from an ask, because a person may be asked for the giver as well. A deny
 * only restricts and needs no source.
 */
function sourcesOf(core: Core, giver: Authority, listed: Listed, taken: PromisedUses): Sources | Fault {
  const sources = new Map<Held, Right[]>();
  if (listed.effect === "deny") return sources;
  const { capabilities } = core.state;
  const { holder } = giver;
  const at = nowOf(core);
  const kept = shareFault(core, giver, listed);
  if (kept !== undefined) return kept;
  const counted = listed.effect === "allow" ? listed.uses : undefined;
  for (const right of listed.rights) {
    const need = { resource: listed.resource, right };
    const beyond = isBeyond(giver, need, at.now);
    if (!beyond && owns(core, holder, listed, right)) continue;
    const asks =
      listed.effect === "allow"
        ? []
        : capabilities.limits([holder], "ask", need, at).filter((h) => covers(h.cap.resource, need.resource));
    const held = (beyond ? [] : [...capabilities.allows(holder, need, at), ...asks])
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

/** True for an allow on what the giver owns by itself. */
function owns({ state }: Core, giver: number, { effect, resource }: Listed, right: Right): boolean {
  return effect === "allow" && state.kinds.of(resource)?.owns?.(giver, right, resource) === true;
}

/** Finds the sources of each listed grant, or returns the fault of the first that the giver cannot pass on. */
export function planGrants(
  core: Core,
  giver: Authority,
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
 * Mints the listed grants for `receiver`: each from its sources, with the earlier expiry and without `answers`. The
 * uses are taken from the giver. Asks and denies that bind the giver and overlap the list are copied to a receiver whom
 * they do not bind already: one that is no descendant (DESIGN 6). `there` names each resource in the worktree of a
 * receiver that works in one.
 */
export function delegateGrants(
  core: Core,
  from: Authority,
  receiver: number,
  grants: readonly Listed[],
  there: (resource: string) => string = (resource) => resource,
): Fault | undefined {
  const planned = planGrants(core, from, grants);
  if (isFault(planned)) return planned;
  const giver = from.holder;
  // Plan and copies come before any mint, because minting takes uses from the giver's capabilities.
  const copies = limitsBetween(core, giver, receiver, grants);
  const ownOf = (listed: Listed): Right[] => listed.rights.filter((r) => owns(core, giver, listed, r));
  const countOf = (listed: Listed, { size }: Sources): number =>
    size + (listed.effect === "deny" ? 1 : 0) + (ownOf(listed).length > 0 ? 1 : 0);
  const minted = planned.reduce((sum, [listed, sources]) => sum + countOf(listed, sources), copies.length);
  const full = roomFault(core, receiver, minted);
  if (full !== undefined) return full;
  const issuer = `pid:${giver}`;
  for (const [listed, sources] of planned) {
    for (const [held, rights] of sources) {
      const until = [listed.until, held.cap.until]
        .filter((t) => t !== undefined)
        .sort((a, b) => Date.parse(a) - Date.parse(b))[0];
      const fields = {
        effect: listed.effect,
        rights,
        resource: there(listed.resource),
        holder: receiver,
        issuer,
        parent: held.cap.id,
        ...(listed.uses === undefined ? {} : { uses: listed.uses }),
        ...(until === undefined ? {} : { until }),
      };
      mintCapability(core, fields, held.left === undefined ? undefined : listed.uses);
    }
    const passed = { ...listed, resource: there(listed.resource), holder: receiver, issuer };
    if (listed.effect === "deny") mintCapability(core, passed);
    const own = ownOf(listed);
    if (own.length > 0) mintCapability(core, { ...passed, rights: own });
  }
  mintCopies(core, giver, receiver, copies);
  return undefined;
}

/**
 * Moves a whole allow, with everything passed on from it, to another process. Overlapping asks and denies are copied,
 * as with any delegation. EDQUOT when the receiver has no room for them.
 */
export function transferCapability(
  core: Core,
  giver: Authority,
  id: string,
  receiver: number,
): Capability | Fault {
  const { holder } = giver;
  const held = ownAllow(core, holder, id);
  if (held === undefined || !core.state.capabilities.live(held, nowOf(core)))
    return fault("ENOENT", `You hold no living allow ${id}.`, "See list_capabilities.");
  if (held.cap.boundTo !== undefined)
    return fault("EINVAL", `${id} is for exactly one call of yours.`, "It cannot be given away.");
  const refused = receiverFault(core, holder, receiver) ?? shareFault(core, giver, held.cap);
  if (refused !== undefined) return refused;
  const copies = limitsBetween(core, holder, receiver, [held.cap]);
  const full = roomFault(core, receiver, 1 + copies.length);
  if (full !== undefined) return full;
  commit(core, "capability.move", { id, to: receiver }, { pid: holder });
  mintCopies(core, holder, receiver, copies);
  return held.cap;
}

/** Gives up an allow of a process. Asks and denies stay: they restrict their holder. */
export function dropCapability(core: Core, pid: number, id: string): Fault | undefined {
  if (ownAllow(core, pid, id) === undefined)
    return fault("ENOENT", `You hold no allow ${id}.`, "See list_capabilities.");
  commit(core, "capability.revoke", { id, by: `pid:${pid}`, reason: "dropped by its holder" }, { pid });
  return undefined;
}

/** The capability of an id if it is an allow that this process holds. */
function ownAllow({ state }: Core, holder: number, id: string): Held | undefined {
  const held = state.capabilities.get(id);
  return held?.cap.holder === holder && held.cap.effect === "allow" ? held : undefined;
}

/** Why nothing can be given to a process: it must be another one that lives. */
function receiverFault(core: Core, giver: number, receiver: number): Fault | undefined {
  return receiver === INIT || receiver === giver || living(core, receiver) === undefined
    ? fault(
        "ENOENT",
        `There is no other living process ${receiver}.`,
        "See the pids that spawn_agent returned.",
      )
    : undefined;
}

/**
 * Passes listed grants on to another living process; see {@link delegateGrants}. Asks and denies restrict the receiver,
 * so only its ancestors may list them: the right to send messages is no right to restrict.
 */
export function passGrants(
  core: Core,
  from: Authority,
  receiver: number,
  grants: readonly Listed[],
): Fault | undefined {
  const nobody = receiverFault(core, from.holder, receiver);
  if (nobody !== undefined) return nobody;
  const limit = grants.find((listed) => listed.effect !== "allow");
  const answersFor = [...payers(core.state, receiver)].some(({ pid }) => pid === from.holder);
  return limit === undefined || answersFor
    ? delegateGrants(core, from, receiver, grants)
    : fault(
        "EACCES",
        `${printCap(limit)} would bind process ${receiver}.`,
        "Only its ancestors may do that.",
      );
}
