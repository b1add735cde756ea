// Explain: one call through the steps of the door, with the authority that allowed it or was missing.
import type { PolicyRule } from "../../abi/policy.ts";
import { printCap } from "../../abi/capability.ts";
import { refText } from "../../abi/object.ts";
import type { AnyRecord, JournalRecord } from "../../abi/record.ts";
import type { Kinds } from "../../abi/kind.ts";
import { binds, type Need } from "../../abi/resource.ts";
import { isBeyond, type Authority } from "../../kernel/authority/authority.ts";
import type { Verdict } from "../../kernel/authority/decide.ts";
import { decideBy } from "../../kernel/authority/verdict.ts";
import { applyRecord } from "../../kernel/state/fold.ts";
import { bindersOf } from "../../kernel/state/account.ts";
import { madeBy, partsOf, slotOf, type CallParts } from "../../kernel/state/call-id.ts";
import { emptyState, type State } from "../../kernel/state/rows.ts";
import type { Held, Now } from "../../kernel/authority/capabilities.ts";
import { approvalsOf } from "../questions/approvals.ts";
import { capText, nowIn } from "../agents/authority.ts";
import { callOfRecord } from "../history/filter.ts";
import { authorityOf, callName, callsOf, type CallRow } from "./calls.ts";
import { doorSteps } from "./door-steps.ts";
import { chainWords, lineageOf } from "../agents/family.ts";
import { memoryLines } from "../agents/memory.ts";
import { ruleScopeText, ruleSourceText } from "../agents/policy.ts";
import type { Translate } from "../words/translate.ts";
import {
  linesText,
  quotedText,
  visibleName,
  withMargin,
  visibleLine,
  visibleText,
  visibleValue,
} from "../words/visible.ts";
import { callWords } from "../words/calls.ts";
import { answerWords, decisionWords, outcomeWords } from "../words/decisions.ts";
import { needWords } from "../words/resources.ts";

/** The most characters shown of an argument or a returned value. */
const VALUE_MAX = 2000;

/** Follows a record to the end of one call. It holds the state and the records of that call, and no others. */
export class Explanation {
  readonly #id: string;
  readonly #state: State;
  readonly #kept: AnyRecord[] = [];
  #end: JournalRecord<"call.end"> | undefined;

  constructor(id: string, sha256: (text: string) => string, kinds: Kinds) {
    this.#id = id;
    this.#state = emptyState(sha256, kinds);
  }

  /** Takes the next record. Those behind the end of the call change nothing any more. */
  take(record: AnyRecord): void {
    if (this.#end !== undefined) return;
    if (this.#tells(record)) this.#kept.push(record);
    if (record.kind === "call.end" && record.call === this.#id) this.#end = record;
    else applyRecord(this.#state, record);
  }

  /** The version that the value of the call refers to and that is not known yet; {@link fill} takes the records again. */
  get lacks(): string | undefined {
    const refers = this.#end?.data.refers;
    const version = refers && refText(refers.to);
    const isHeld = this.#kept.some(({ kind, data }) => kind === "object.put" && refText(data) === version);
    return isHeld ? undefined : version;
  }

  fill(record: AnyRecord): void {
    if (record.kind === "object.put" && refText(record.data) === this.lacks) this.#kept.unshift(record);
  }

  /** The explanation; undefined when no record of the call came. */
  text(t: Translate): string | undefined {
    const row = callsOf(this.#kept).find((r) => r.json.call === this.#id);
    return row && explained(t, row, this.#kept, this.#state);
  }

  /** True for a record of the call, of the answer that listed it, or of the answer to a question of it. */
  #tells(record: AnyRecord): boolean {
    if (callOfRecord(record) === this.#id) return true;
    if (record.kind === "question.close")
      return this.#kept.some(({ kind, data }) => kind === "question.open" && data.id === record.data.id);
    if (record.kind !== "call.end" || record.call === undefined) return false;
    const [own, other] = [partsOf(this.#id), partsOf(record.call)];
    return own?.index !== undefined && other?.index === undefined && isSameTurn(own, other);
  }
}

/** True when both are calls of one turn of one process. */
function isSameTurn(a: CallParts, b: CallParts | undefined): boolean {
  return b?.summary === undefined && a.pid === b?.pid && a.turn === b.turn;
}

/** Explains a call by its id; undefined when the record has no such call. */
export function explainText(
  t: Translate,
  records: readonly AnyRecord[],
  id: string,
  sha256: (text: string) => string,
  kinds: Kinds,
): string | undefined {
  const explanation = new Explanation(id, sha256, kinds);
  for (const record of records) explanation.take(record);
  if (explanation.lacks !== undefined) for (const record of records) explanation.fill(record);
  return explanation.text(t);
}

function explained(t: Translate, row: CallRow, records: readonly AnyRecord[], state: State): string {
  const { kinds } = state;
  const id = row.json.call;
  const { json, begin, end } = row;
  const at = {
    ...nowIn(state, Date.parse(row.time)),
    ...(begin === undefined ? {} : { spent: new Set(begin.data.spends) }),
  };
  const turn = slotOf(json.call)?.turn;
  const given = begin?.data.given ?? end?.data.given;
  const lines = [
    json.tool === undefined
      ? t("Call {0}: {1}", json.call, visibleLine(json.syscall))
      : t("Call {0}: {1} (tool {2})", json.call, visibleLine(json.syscall), callName(json)),
    turn === undefined
      ? t("By process {0}", chainWords(t, state, json.pid))
      : t("By process {0}, in its turn {1}", chainWords(t, state, json.pid), turn + 1),
    ...partLines(t, kinds, row),
    ...saidLines(t, kinds, row),
    t("Arguments {0}", visibleValue(t, json.args, VALUE_MAX)),
    ...(given === undefined ? [] : [t("Given as {0}", visibleValue(t, given, VALUE_MAX))]),
    t("Came out {0}, {1}", decisionWords(t, json.decision), outcomeWords(t, json.outcome)),
    ...(json.error === undefined
      ? []
      : [`  ${json.error.code}: ${visibleLine(json.error.message)}`, `  ${visibleLine(json.error.hint)}`]),
    "",
    t("Steps"),
    ...doorSteps(t, row).map((s) => `  ${s.passed ? "✓" : "✗"} ${s.step.padEnd(10)} ${visibleLine(s.what)}`),
  ];
  const asked = approvalsOf(records).filter((a) => a.call === id);
  if (asked.length > 0) lines.push("", t("Questions"));
  for (const a of asked) {
    lines.push(`  ${visibleName(a.id)} ${answerWords(t, a)}`);
    for (const line of withMargin(visibleText(a.text), "    | ").split("\n")) lines.push(line);
    if (a.grant !== undefined) lines.push(`    ${t("stored: {0}", visibleLine(a.grant))}`);
    if (a.note !== undefined) lines.push(`    ${t("said: {0}", quotedText(t, a.note, VALUE_MAX))}`);
  }
  if (json.needs.length > 0) lines.push("", t("Authority"));
  const shown = [
    ...json.needs.flatMap((need) => needLines(t, state, authorityOf(row, kinds), need, at, end?.data.digest)),
    ...memorySection(t, state, json.call, json.pid),
  ];
  for (const line of shown) lines.push(line);
  const missing = smallestGrant(state, authorityOf(row, kinds), json.needs, at);
  if (missing.length > 0) lines.push("", t("The smallest grant that would do"));
  for (const grant of missing) lines.push(`  ${visibleLine(grant)}`);
  if (row.value !== undefined)
    lines.push("", t("Returned {0}", visibleValue(t, JSON.stringify(row.value), VALUE_MAX)));
  return linesText(lines);
}

/** The call in the words of its kind, where that has some. */
function saidLines(t: Translate, kinds: Kinds, { json: { syscall: op, args }, value }: CallRow): string[] {
  const said = callWords(t, kinds, { op, args, value });
  return said === undefined ? [] : [said.line];
}

/** For a call that another call made: that call, and the list that its caller was narrowed to. */
function partLines(t: Translate, kinds: Kinds, row: CallRow): string[] {
  const maker = madeBy(row.json.call);
  if (maker === undefined) return [];
  const { within } = authorityOf(row, kinds);
  const list = within?.map((grant) => `  ${visibleLine(printCap(grant))}`) ?? [];
  return [
    t("Made by call {0}", maker.call),
    ...(within === undefined ? [] : [t("It may do at most:"), ...list]),
  ];
}

/** For a model call: the objects that its process was told of, and the trimmed part of its conversation. */
function memorySection(t: Translate, state: State, call: string, pid: number): string[] {
  const slot = slotOf(call);
  const process = state.processes.get(pid);
  if (slot === undefined || slot.index !== undefined || process === undefined) return [];
  const lines = memoryLines(t, process);
  return lines.length === 0 ? [] : ["", t("Memory"), ...lines];
}

function decideNeed(state: State, authority: Authority, need: Need, at: Now, digest?: string): Verdict {
  return decideBy(state, { needs: [need], authority, at, ...(digest === undefined ? {} : { digest }) });
}

function needLines(
  t: Translate,
  state: State,
  authority: Authority,
  { resource, right }: { resource: string; right: string },
  at: Now,
  digest: string | undefined,
): string[] {
  const need: Need = { resource, right };
  const pid = authority.holder;
  const verdict = decideNeed(state, authority, need, at, digest);
  const head = `  ${needWords(t, state.kinds, [right], resource)}  (${t("{0} on {1}", right, visibleLine(resource))})`;
  if (verdict.kind === "deny") {
    const lacks = verdict.fault.code === "ENOTCAPABLE" && !isBeyond(authority, need, at.now);
    const near = lacks ? nearestGrants(t, state, pid, need, at) : [];
    return [head, `    ${deniedWords(t, state, pid, need, at, visibleLine(verdict.why))}`, ...near];
  }
  if (verdict.kind === "ask") {
    const reasons = verdict.open.map(({ once, reason, key }) => {
      const rule = state.policy.find((r) => r.key === key);
      const why = [visibleLine(reason), ...ruleNotes(t, rule)].join(" ");
      return `    ${once ? t("must be asked: {0}, each time", why) : t("must be asked: {0}", why)}`;
    });
    return [head, ...reasons];
  }
  const caps = verdict.by.map((id) => state.capabilities.get(id)).filter((h) => h !== undefined);
  return [head, ...caps.map((h) => `    ${t("by {0}", capLine(t, state, h))}`)];
}

function capLine(t: Translate, state: State, held: Held): string {
  return `${held.cap.id} ${visibleLine(capText(held))}, ${lineageOf(t, state.capabilities, held.cap)}`;
}

/** Says why a need was denied, and who gave the deny when a held capability is the reason. */
function deniedWords(t: Translate, state: State, pid: number, need: Need, at: Now, why: string): string {
  const rule = state.policy.find((r) => r.effect === "deny" && binds(r, need, state.kinds, state.roots));
  const [held] = state.capabilities.limits(bindersOf(state, pid), "deny", need, at);
  if (rule !== undefined || held === undefined)
    return t("denied: {0}", [why, ...ruleNotes(t, rule)].join(" "));
  return t("denied: {0} ({1})", why, lineageOf(t, state.capabilities, held.cap));
}

/** The source of a rule in brackets, and its words: the record does not tell whether the call had them. */
function ruleNotes(t: Translate, rule: PolicyRule | undefined): string[] {
  if (rule === undefined) return [];
  const source = ruleSourceText(rule);
  return [
    ...(rule.args === undefined ? [] : [`(${t("only as {0}", ruleScopeText(rule))})`]),
    ...(source === undefined ? [] : [`(${source})`]),
  ];
}

/** Counts the path parts that two resources share from the start. */
function sharedNames(a: string, b: string): number {
  const x = a.split("/");
  const y = b.split("/");
  let n = 0;
  while (n < x.length && x[n] === y[n]) n += 1;
  return n;
}

/** The nearest live allows of the same kind, and what each of them lacks. */
function nearestGrants(t: Translate, state: State, pid: number, need: Need, at: Now): string[] {
  const kind = state.kinds.of(need.resource);
  return state.capabilities
    .heldBy(pid)
    .filter((h) => h.cap.effect === "allow" && h.cap.boundTo === undefined)
    .filter((h) => state.kinds.of(h.cap.resource) === kind && state.capabilities.live(h, at))
    .sort((a, b) => sharedNames(b.cap.resource, need.resource) - sharedNames(a.cap.resource, need.resource))
    .slice(0, 2)
    .map((h) => {
      const near = capLine(t, state, h);
      return `    ${
        h.cap.rights.includes(need.right)
          ? t("nearest: {0}; it does not reach there", near)
          : t("nearest: {0}; it has no right to {1}", near, need.right)
      }`;
    });
}

/**
 * One CAP text for each resource that no held capability covers. Empty when no grant would do: a rule or a deny refuses
 * it, or it is beyond the list of a narrowed caller.
 */
export function smallestGrant(state: State, authority: Authority, needs: readonly Need[], at: Now): string[] {
  const missing = new Map<string, string[]>();
  for (const need of needs) {
    const verdict = decideNeed(state, authority, need, at);
    if (verdict.kind !== "deny") continue;
    if (isBeyond(authority, need, at.now) || verdict.fault.code !== "ENOTCAPABLE") return [];
    missing.set(need.resource, [...(missing.get(need.resource) ?? []), need.right]);
  }
  return [...missing].map(([resource, rights]) => printCap({ effect: "allow", rights, resource }));
}
