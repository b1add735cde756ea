// The decision: judges a call by held capabilities, the policy and the classes of its resources.
import type { PolicyRule } from "../../abi/policy.ts";
import type { OpenAsk } from "../../abi/question.ts";
import type { RootFolder } from "../../abi/record.ts";
import { fault, type Fault } from "../../abi/errors.ts";
import { CLASS, type Classification, type Kinds } from "../../abi/kind.ts";
import { escapedLook } from "../../abi/quoted.ts";
import { binds, covers, type Need } from "../../abi/resource.ts";
import { isBeyond, type Authority } from "./authority.ts";
import type { CapabilityTable, Held, Now } from "./capabilities.ts";
import { kernelReason } from "./reasons.ts";

/** A policy rule with the key by which an approval answers it. */
export interface KeyedRule extends PolicyRule {
  readonly key: string;
}

/** Makes a rule's key from its content, so that moving the rule to another line asks nobody again. */
export function keyRule(rule: PolicyRule): KeyedRule {
  const { effect, rights, resource, args, reason } = rule;
  const words = args === undefined ? "" : ` ${JSON.stringify(args)}`;
  return { ...rule, key: `policy:${effect}:${rights.join(",")}:${resource}${words}:${reason}` };
}

/** Everything a decision depends on. */
export interface DecisionInput {
  readonly needs: readonly Need[];
  readonly authority: Authority;
  /** The processes whose asks and denies bind the holder, nearest first and the holder among them (`bindersOf`). */
  readonly binders: readonly number[];
  readonly table: CapabilityTable;
  readonly policy: readonly KeyedRule[];
  readonly kinds: Kinds;
  /** The workspace folders: a folder's own name and place decide about the classes of what is in it. */
  readonly roots: readonly RootFolder[];
  readonly at: Now;
  /** The digest of this call, once known; before that, capabilities bound to a digest do not count. */
  readonly digest?: string;
  /** True for something met on the way of a recursive read: a shape hides none of it. Names of the lists do. */
  readonly met?: boolean;
  /** True when no begin will spend a use; then capabilities with counted uses do not count. */
  readonly uncounted?: boolean;
  /** Further asks of this very call, beside those of capabilities, policy and classes; each names one of its needs. */
  readonly extra?: readonly OpenAsk[];
}

/** `by` names the capability used for each need, in order; `spends` those of them whose uses are counted. */
export type Verdict =
  | { readonly kind: "allow"; readonly by: readonly string[]; readonly spends: readonly string[] }
  | { readonly kind: "ask"; readonly open: readonly OpenAsk[] }
  | { readonly kind: "deny"; readonly fault: Fault; readonly why: string };

const NO_CLASS: Classification = { asks: [] };

/** Classifies a need by its name alone; backends check the same by identity. */
function classOf({ resource, right }: Need, { kinds, roots }: DecisionInput): Classification {
  return kinds.of(resource)?.classify?.(resource, right, roots) ?? NO_CLASS;
}

function asksOfClass(need: Need, { asks }: Classification, { met, kinds }: DecisionInput): OpenAsk[] {
  const counted = met === true && kinds.reads(need) ? asks.filter((a) => a.shape !== true) : asks;
  return counted.map((a) => ({
    key: CLASS + a.id,
    need,
    reason: a.reason,
    ...(a.why === undefined ? {} : { why: a.why }),
    once: a.once,
    secret: a.secret,
  }));
}

function denyNeed(code: "EACCES" | "ENOTCAPABLE", need: Need, why: string, hint: string): Verdict {
  return {
    kind: "deny",
    why,
    fault: fault(code, `${need.right} on ${need.resource} is denied: ${why}.`, hint),
  };
}

/** The advice where a class has none: no spelling helps. */
const NO_SPELLING = "No capability opens it; do not try another spelling.";

/** Says if an allow is held for the same name in its other composition, because both look the same to a person. */
function alikeWords(table: CapabilityTable, holder: number, need: Need, at: Now): string {
  const { resource, right } = need;
  const other = [resource.normalize("NFC"), resource.normalize("NFD")].find(
    (form) => form !== resource && table.allows(holder, { resource: form, right }, at).length > 0,
  );
  if (other === undefined) return "";
  return `, only ${escapedLook(other)}, which looks the same as ${escapedLook(resource)}`;
}

/** Names a capability, and whose it is when the holder is bound by that of an ancestor. */
export function capOf({ cap }: Held, holder: number): string {
  return cap.holder === holder ? cap.id : `${cap.id} of process ${cap.holder}`;
}

/** Leaves out asks of others from which one here was passed on: a person who answers that one answers both. */
function withoutSources(table: CapabilityTable, holder: number, asks: readonly Held[]): readonly Held[] {
  if (asks.length < 2) return asks;
  const sources = new Set<string>();
  for (const { cap } of asks)
    for (let of = cap.parent; of !== undefined; of = table.get(of)?.cap.parent) {
      if (sources.has(of)) break;
      sources.add(of);
    }
  return asks.filter(({ cap }) => cap.holder === holder || !sources.has(cap.id));
}

/** Says where a rule is written; never the names in it, which the caller may not know. */
function ruleHint({ source }: PolicyRule): string {
  const only = "Only a person can change the policy.";
  if (source === undefined) return only;
  const file = source.from === "launch" ? "the file given with --policy" : `the policy of the ${source.from}`;
  return `The rule is line ${source.line} of ${file}. ${only}`;
}

const BEYOND = "it is beyond the part of its agent's authority that this caller was given";
const BEYOND_HINT = "It can do only what that part covers; the agent itself may be able to.";

/** True when `a` names the key of the ask. A once-only ask also needs `a` bound to exactly this call. */
function settlesAsk(a: Held, ask: OpenAsk, { kinds, digest }: DecisionInput): boolean {
  const bound = digest !== undefined && a.cap.boundTo === digest;
  if (kinds.settlesExactly(ask)) return a.cap.resource === ask.need.resource;
  return a.cap.answers?.includes(ask.key) === true && (!ask.once || bound);
}

/**
 * Decides by the whole algorithm of DESIGN 6, pure and in one tick. Any deny wins. Several open asks become one
 * question. Else the verdict names the narrowest capability that covers each need and settles its asks.
 */
export function decide(input: DecisionInput): Verdict {
  const { table, authority, binders, at, kinds, digest, uncounted = false } = input;
  const { holder } = authority;
  const open: OpenAsk[] = [];
  const by: string[] = [];
  const spends = new Set<string>();
  for (const need of input.needs) {
    const found = classOf(need, input);
    if (found.reserved !== undefined)
      return denyNeed("EACCES", need, found.reserved, found.hint ?? NO_SPELLING);
    const rules = input.policy.filter((r) => binds(r, need, kinds, input.roots));
    const rule = rules.find((r) => r.effect === "deny");
    if (rule !== undefined) return denyNeed("EACCES", need, `policy: ${rule.reason}`, ruleHint(rule));
    const held = table.limits(binders, "deny", need, at)[0];
    if (held !== undefined)
      return denyNeed(
        "EACCES",
        need,
        `deny ${capOf(held, holder)} on ${held.cap.resource}`,
        "Only a person can revoke a deny.",
      );
    const allows = table
      .allows(holder, need, at)
      .filter((a) => a.cap.boundTo === undefined || (digest !== undefined && a.cap.boundTo === digest))
      .filter((a) => !uncounted || a.left === undefined);
    if (isBeyond(authority, need, at.now)) return denyNeed("ENOTCAPABLE", need, BEYOND, BEYOND_HINT);
    const asks = withoutSources(table, holder, table.limits(binders, "ask", need, at));
    const mayAsk = (q: Held): boolean => q.cap.holder === holder && covers(q.cap.resource, need.resource);
    if (allows.length === 0 && !asks.some(mayAsk)) {
      return denyNeed(
        "ENOTCAPABLE",
        need,
        `no capability held covers it${alikeWords(table, holder, need, at)}`,
        `Ask for it with request_capability: allow:${need.right}:${need.resource}`,
      );
    }
    const wanted: OpenAsk[] = [
      ...asks.map((q) => ({
        key: q.key,
        need,
        ...kernelReason("heldAsk", capOf(q, holder), q.cap.resource),
        once: kinds.asksEachTime(need),
        secret: false,
      })),
      ...rules.map((r) => ({ key: r.key, need, reason: r.reason, once: false, secret: false })),
      ...asksOfClass(need, found, input),
      ...(input.extra ?? []).filter((ask) => ask.need === need),
    ];
    // Some allow must settle each ask. Every allow that settles one is used, so that a single use is spent.
    const users = wanted.map((ask) => allows.find((a) => settlesAsk(a, ask, input)));
    for (const [i, ask] of wanted.entries()) if (users[i] === undefined) open.push(ask);
    for (const a of new Set(wanted.length === 0 ? allows.slice(0, 1) : users)) {
      if (a === undefined) continue;
      by.push(a.cap.id);
      if (a.left !== undefined) spends.add(a.cap.id);
    }
  }
  return open.length > 0 ? { kind: "ask", open } : { kind: "allow", by, spends: [...spends] };
}
