// Authority: whose capabilities a call acts under, and the list that a narrowed caller may not go beyond.
import { listedSchema, MAX_GRANTS, type Listed } from "../../abi/capability.ts";
import { fault, type Fault } from "../../abi/errors.ts";
import { covers, type Need } from "../../abi/resource.ts";
import { hasExpired } from "./capabilities.ts";

/**
 * The one value that every judge takes. A need is held only if the holder's capabilities cover it. For a narrowed
 * caller some grant of `within` must cover it, too.
 */
export interface Authority {
  readonly holder: number;
  /** Absent for a caller that has all that its holder has. An empty list covers nothing. */
  readonly within?: readonly Listed[];
}

/** True when the list of a narrowed caller leaves this need out. */
export function isBeyond({ within }: Authority, { right, resource }: Need, now: number): boolean {
  return within?.some((grant) => coversNeed(grant, right, resource, now)) === false;
}

function coversNeed(grant: Listed, right: Need["right"], resource: string, now: number): boolean {
  return grant.rights.includes(right) && covers(grant.resource, resource) && !hasExpired(grant, now);
}

/**
 * The authority of a caller that is narrowed to a list. A narrowed caller that narrows again gets what both lists
 * cover. EINVAL for a list that holds anything but allows, counts uses, or is too long.
 */
export function narrowAuthority(from: Authority, list: readonly Listed[]): Authority | Fault {
  for (const grant of list) {
    if (!listedSchema.safeParse(grant).success || grant.effect !== "allow" || grant.uses !== undefined)
      return fault("EINVAL", "A caller is narrowed to a list of allows.", "Leave uses, asks and denies out.");
  }
  const within = from.within === undefined ? [...list] : intersect(from.within, list);
  if (within.length > MAX_GRANTS)
    return fault("E2BIG", `A narrowed caller holds at most ${MAX_GRANTS} grants.`, "List wider ones.");
  return { holder: from.holder, within };
}

/** The grants that cover exactly what both lists cover. Of two resources that share a name, one covers the other. */
function intersect(outer: readonly Listed[], inner: readonly Listed[]): Listed[] {
  const both = new Map<string, Listed>();
  for (const a of outer)
    for (const b of inner) {
      const resource = sharedResource(a.resource, b.resource);
      const rights = a.rights.filter((right) => b.rights.includes(right));
      if (resource === undefined || rights.length === 0) continue;
      const until = earlierOf(a.until, b.until);
      const grant = { effect: "allow" as const, rights, resource, ...(until === undefined ? {} : { until }) };
      both.set(JSON.stringify(grant), grant);
    }
  return [...both.values()];
}

function sharedResource(a: string, b: string): string | undefined {
  return covers(a, b) ? b : covers(b, a) ? a : undefined;
}

function earlierOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Date.parse(a) <= Date.parse(b) ? a : b;
}
