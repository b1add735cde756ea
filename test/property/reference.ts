// The decision of DESIGN 6 as a naive reference over plain lists, without an index.
import type { PolicyRule } from "../../src/abi/policy.ts";
import { createHash } from "node:crypto";
import { printCap, type Capability } from "../../src/abi/capability.ts";
import { covers, fsSegments, OUTSIDE, overlaps, type Need } from "../../src/abi/resource.ts";
import { classify } from "../../src/primitives/fs/classes/classes.ts";
import { kinds } from "../harness/kinds.ts";

export interface World {
  readonly caps: readonly Capability[];
  readonly revoked: ReadonlySet<string>;
  /** What is left of counted uses; absent means as minted. */
  readonly left: ReadonlyMap<string, number>;
  readonly policy: readonly PolicyRule[];
  readonly now: number;
  readonly places: Readonly<Record<string, string>>;
  /** Who answers for a process, by its pid; absent for one that only a person answers for. */
  readonly accounts?: ReadonlyMap<number, number>;
}

/** A process and all that answer for it. */
export function answerable(world: World, pid: number): number[] {
  const account = world.accounts?.get(pid);
  return account === undefined ? [pid] : [pid, ...answerable(world, account)];
}

export interface Asked {
  readonly key: string;
  readonly need: Need;
}

export type Answer =
  | { readonly kind: "deny"; readonly code: "EACCES" | "ENOTCAPABLE" }
  | { readonly kind: "ask"; readonly open: readonly string[] }
  | { readonly kind: "allow"; readonly candidates: readonly (readonly Capability[])[] };

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export const keyOf = (cap: Capability): string => `${cap.id}@${sha256(printCap(cap)).slice(0, 16)}`;

export const policyKey = (r: PolicyRule): string =>
  `policy:${r.effect}:${r.rights.join(",")}:${r.resource}:${r.reason}`;

/** A capability lives while it and all it came from are unrevoked, and it has time, uses and its folder's old place. */
export function isLive(world: World, cap: Capability): boolean {
  for (
    let at: Capability | undefined = cap;
    at !== undefined;
    at = world.caps.find((c) => c.id === at?.parent)
  ) {
    if (world.revoked.has(at.id)) return false;
    if (at.parent !== undefined && !world.caps.some((c) => c.id === at?.parent)) return false;
  }
  if (cap.until !== undefined && Date.parse(cap.until) <= world.now) return false;
  if ((world.left.get(cap.id) ?? cap.uses ?? 1) <= 0) return false;
  return cap.place === undefined || world.places[fsSegments(cap.resource)[0] ?? ""] === cap.place;
}

/** True when one capability was passed on from another, at any distance. */
function cameFrom(world: World, cap: Capability, from: Capability): boolean {
  const parent = world.caps.find((c) => c.id === cap.parent);
  return parent !== undefined && (parent.id === from.id || cameFrom(world, parent, from));
}

/** The algorithm of DESIGN 6, one line after the other. */
export function reference(world: World, holder: number, needs: readonly Need[], digest?: string): Answer {
  const open: string[] = [];
  const candidates: Capability[][] = [];
  for (const n of needs) {
    const isFs = n.resource.startsWith("fs:");
    const cls =
      isFs && n.resource !== OUTSIDE ? classify(fsSegments(n.resource).slice(1), n.right) : undefined;
    if (n.resource === OUTSIDE || cls?.reserved !== undefined) return { kind: "deny", code: "EACCES" };
    const about = world.caps.filter((c) => c.rights.includes(n.right) && isLive(world, c));
    const mine = about.filter((c) => c.holder === holder);
    const bind = about.filter((c) => answerable(world, holder).includes(c.holder));
    const rules = world.policy.filter(
      (r) => r.rights.includes(n.right) && overlaps(r.resource, n.resource, kinds),
    );
    const denies =
      rules.some((r) => r.effect === "deny") ||
      bind.some((c) => c.effect === "deny" && overlaps(c.resource, n.resource, kinds));
    if (denies) return { kind: "deny", code: "EACCES" };
    const A = mine.filter(
      (c) =>
        c.effect === "allow" &&
        covers(c.resource, n.resource) &&
        (c.boundTo === undefined || c.boundTo === digest),
    );
    const H = mine.filter((c) => c.effect === "ask" && covers(c.resource, n.resource));
    if (A.length === 0 && H.length === 0) return { kind: "deny", code: "ENOTCAPABLE" };
    const asks = [
      ...bind
        .filter((c) => c.effect === "ask" && overlaps(c.resource, n.resource, kinds))
        .filter((c, _, all) => c.holder === holder || !all.some((other) => cameFrom(world, other, c)))
        .map((c) => ({ key: keyOf(c), once: n.right === "delete", build: false })),
      ...rules.map((r) => ({ key: policyKey(r), once: false, build: false })),
      ...(cls?.asks ?? []).map((a) => ({ key: `class:${a.id}`, once: a.once, build: a.id === "build" })),
    ];
    for (const q of asks) {
      const met = A.some((a) =>
        q.build
          ? a.resource === n.resource
          : a.answers?.includes(q.key) === true &&
            (!q.once || (digest !== undefined && a.boundTo === digest)),
      );
      if (!met) open.push(`${q.key} ${n.right} ${n.resource}`);
    }
    candidates.push(A);
  }
  return open.length > 0 ? { kind: "ask", open } : { kind: "allow", candidates };
}
