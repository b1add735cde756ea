// Delegation: passing on less than one holds, and never the asks and denies that bind it left behind.
import { printCap, type Listed } from "../abi/capability.ts";
import { fault, isFault, type Fault } from "../abi/errors.ts";
import { overlaps, type Right } from "../abi/resource.ts";
import { mintCapability } from "./approvals.ts";
import { nowOf, type Core } from "./core.ts";
import type { Held } from "./table.ts";

/** The held capabilities a listed allow would come from, with the rights each gives; one per right at most. */
export type Sources = ReadonlyMap<Held, Right[]>;

/** Uses already promised from finite capabilities within one delegation, so that a list cannot pass one on twice. */
type Taken = Map<Held, number>;

/**
 * Finds what a listed grant would be passed on from. ENOTCAPABLE when any of its rights is not held as widely as it is
 * listed, for as many uses, unbound. Listed asks and denies only tighten and need no source.
 */
function sourcesOf(core: Core, giver: number, listed: Listed, taken: Taken): Sources | Fault {
  const sources = new Map<Held, Right[]>();
  if (listed.effect !== "allow") return sources;
  for (const right of listed.rights) {
    const held = core.state.capabilities
      .allows(giver, { resource: listed.resource, right }, nowOf(core))
      .filter((h) => h.cap.boundTo === undefined)
      .find(
        (h) =>
          h.left === undefined || (listed.uses !== undefined && listed.uses + (taken.get(h) ?? 0) <= h.left),
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
    if (held.left !== undefined) taken.set(held, (taken.get(held) ?? 0) + (listed.uses ?? 0));
  return sources;
}

/** Where each listed grant would come from, or the fault of the first that the giver could not pass on. */
export function plan(
  core: Core,
  giver: number,
  grants: readonly Listed[],
): (readonly [Listed, Sources])[] | Fault {
  const taken: Taken = new Map<Held, number>();
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
export function delegate(
  core: Core,
  giver: number,
  receiver: number,
  grants: readonly Listed[],
): Fault | undefined {
  const planned = plan(core, giver, grants);
  if (isFault(planned)) return planned;
  const issuer = `pid:${giver}`;
  const limits = new Map<string, Held>();
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
    if (listed.effect !== "allow") mintCapability(core, { ...listed, holder: receiver, issuer });
  }
  for (const held of core.state.capabilities.heldBy(giver)) {
    const binds = grants.some(
      (g) =>
        g.effect === "allow" &&
        overlaps(g.resource, held.cap.resource) &&
        g.rights.some((r) => held.cap.rights.includes(r)),
    );
    if (held.cap.effect !== "allow" && binds && core.state.capabilities.live(held, nowOf(core)))
      limits.set(held.cap.id, held);
  }
  for (const { cap } of limits.values()) {
    const { id, holder: _, boundTo: __, answers: ___, place: ____, ...copied } = cap;
    mintCapability(core, { ...copied, holder: receiver, issuer, parent: id });
  }
  return undefined;
}
