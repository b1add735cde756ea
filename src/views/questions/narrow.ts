// Narrow rule: after a person allowed similar requests several times, the one grant that would have covered them.
import type { Question } from "../../abi/question.ts";
import type { Listed } from "../../abi/capability.ts";
import { CLASS, type Kinds } from "../../abi/kind.ts";
import { covers, binds, isTree, overlaps, stem, type Need } from "../../abi/resource.ts";
import { isForCall } from "../../kernel/questions/kinds.ts";
import { bindersOf } from "../../kernel/state/account.ts";
import type { State } from "../../kernel/state/rows.ts";
import type { Now } from "../../kernel/authority/capabilities.ts";

/** The rule is offered after this many approvals. */
export const OFFERED_AFTER = 3;

/** A grant to offer, with the number of approvals that it covers. */
export interface NarrowRule {
  /** How many approvals the grant covers. */
  readonly times: number;
  readonly grant: Listed;
  /** The CAP text of the grant, as it would be stored. */
  readonly text: string;
}

/** The content of an approval that needs the same rights on each of its resources. */
interface Wanted {
  readonly resources: readonly string[];
  readonly rights: readonly string[];
  /** Its rights and the asks that it settles, for comparison. */
  readonly kind: string;
}

/**
 * Finds the smallest grant that covers this question and {@link OFFERED_AFTER} or more approvals of this agent that
 * were given once. It has exactly the rights of those approvals. Undefined for once-only requests, secrets, classes,
 * deletes and a whole workspace folder; where a person denied a part of it; and where it would meet a deny, or an ask
 * that was not answered each time.
 */
export function narrowRule(state: State, question: Question, at: Now): NarrowRule | undefined {
  const { kinds } = state;
  const wanted = wantedOf(question, kinds);
  if (wanted === undefined) return undefined;
  const allowed = state.decided
    .filter((d) => d.question.pid === question.pid && d.outcome === "allowed" && d.by === "person")
    .filter((d) => d.answer?.scope === "once")
    .flatMap((d) => wantedOf(d.question, kinds) ?? [])
    .filter((w) => w.kind === wanted.kind);
  for (const around of treesAround(wanted.resources, kinds)) {
    const counted = allowed.filter((w) => w.resources.every((r) => covers(around, r)));
    const resource = smallestAround(counted.flatMap((w) => w.resources));
    if (counted.length < OFFERED_AFTER || resource === undefined) continue;
    if (!wanted.resources.every((r) => covers(resource, r))) continue;
    const grant: Listed = { effect: "allow", rights: [...wanted.rights], resource };
    const text = `allow:${wanted.rights.join(",")}:${resource}`;
    return meetsLimit(state, question, grant, at) ? undefined : { times: counted.length, grant, text };
  }
  return undefined;
}

function wantedOf({ kind, asks }: Pick<Question, "kind" | "asks">, kinds: Kinds): Wanted | undefined {
  const [first] = asks;
  const of = kinds.of(first?.need.resource ?? "");
  if (!isForCall({ kind }) || of?.narrows === undefined) return undefined;
  if (asks.some((a) => a.once || a.secret || a.key.startsWith(CLASS) || kinds.asksEachTime(a.need)))
    return undefined;
  const byResource = Map.groupBy(asks, (a) => a.need.resource);
  const rightsOf = (all: typeof asks): string[] => [...new Set(all.map((a) => a.need.right))].sort();
  const rights = rightsOf(asks);
  const keys = [...new Set(asks.map((a) => a.key))].sort();
  const even = [...byResource.values()].every((all) => rightsOf(all).length === rights.length);
  if (!even || [...byResource.keys()].some((r) => isTree(r) || kinds.of(r) !== of)) return undefined;
  return {
    resources: [...byResource.keys()],
    rights,
    kind: JSON.stringify([of.name, rights, keys]),
  };
}

/** The widest resources that a rule may use: exactly these, then their folders, inside one workspace folder. */
function* treesAround(resources: readonly string[], kinds: Kinds): IterableIterator<string> {
  const [first = "", ...more] = resources;
  if (more.length === 0) yield first;
  if (kinds.of(first)?.narrows !== "folders") return;
  const shared = commonNames(resources);
  for (let depth = shared.length; depth >= 3; depth--) yield `${shared.slice(0, depth).join("/")}/**`;
}

/** The smallest resource that covers all of these; undefined for an empty list. They must share a tree. */
function smallestAround(resources: readonly string[]): string | undefined {
  const [first, ...more] = resources;
  if (first === undefined || more.every((r) => r === first)) return first;
  return `${commonNames(resources).join("/")}/**`;
}

/** The path parts that all of these begin with: kind, workspace folder, and so on. */
function commonNames(resources: readonly string[]): string[] {
  const [first = [], ...more] = resources.map((r) => stem(r).split("/"));
  const differs = first.findIndex((name, i) => more.some((names) => names[i] !== name));
  return differs < 0 ? first : first.slice(0, differs);
}

/** True when a grant overlaps a deny, a need that a person denied, or an ask that this question does not settle. */
function meetsLimit(state: State, { pid, asks }: Question, grant: Listed, at: Now): boolean {
  const keys = new Set(asks.map((a) => a.key));
  const binders = bindersOf(state, pid);
  const needs: Need[] = grant.rights.map((right) => ({ resource: grant.resource, right }));
  const denied = state.decided
    .filter(({ question: q, outcome }) => q.pid === pid && isForCall(q) && outcome === "denied")
    .flatMap((d) => d.question.asks.map((a) => a.need));
  return needs.some(
    (need) =>
      denied.some((d) => d.right === need.right && overlaps(d.resource, need.resource, state.kinds)) ||
      state.policy.some(
        (r) => binds(r, need, state.kinds, state.roots) && (r.effect === "deny" || !keys.has(r.key)),
      ) ||
      state.capabilities.limits(binders, "deny", need, at).length > 0 ||
      state.capabilities.limits(binders, "ask", need, at).some((held) => !keys.has(held.key)),
  );
}
