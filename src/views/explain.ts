// Explain: one call, step by step through the door, and which authority let it pass or was missing.
import { printCap } from "../abi/capability.ts";
import type { AnyRecord } from "../abi/record.ts";
import { kindOf, type Need, type Right } from "../abi/resource.ts";
import { decide, type Verdict } from "../kernel/decide.ts";
import { apply } from "../kernel/fold.ts";
import { emptyState, type State } from "../kernel/state.ts";
import type { Held, Now } from "../kernel/table.ts";
import { approvalsOf } from "./approvals.ts";
import { capText, nowIn } from "./authority.ts";
import { callsOf, type CallRow } from "./calls.ts";
import { doorSteps } from "./door-steps.ts";
import { chainOf, lineageOf } from "./family.ts";
import { quoted, visibleLine, visibleText, visibleValue } from "./visible.ts";
import { actorWords, decisionWords, outcomeWords, resourceWords, rightWords } from "./words.ts";

/** The longest value shown of what a call returned or was given, in characters. */
const VALUE_MAX = 2000;

/** The state just before a call came to its end, as the record told it then. */
function stateBefore(records: readonly AnyRecord[], row: CallRow, sha256: (text: string) => string): State {
  const state = emptyState(sha256);
  for (const record of records) {
    if (row.end !== undefined && record.seq >= row.end.seq) break;
    apply(state, record);
  }
  return state;
}

/** Explains a call by its id; undefined when the record knows no such call. */
export function explainText(
  records: readonly AnyRecord[],
  id: string,
  sha256: (text: string) => string,
): string | undefined {
  const row = callsOf(records).find((r) => r.json.call === id);
  if (row === undefined) return undefined;
  const state = stateBefore(records, row, sha256);
  const { json, begin, end } = row;
  const at = {
    ...nowIn(state, Date.parse(row.time)),
    ...(begin === undefined ? {} : { spent: new Set(begin.data.spends) }),
  };
  const chain = chainOf(state, json.pid).map((p) => `${p.pid} ${p.image}`);
  const lines = [
    `Call ${json.call}: ${json.syscall}${json.tool === undefined ? "" : ` (tool ${json.tool})`}`,
    `By process ${chain.join(" ← ")}`,
    `Arguments ${visibleValue(json.args, VALUE_MAX)}`,
    `Came out ${decisionWords(json.decision)}, ${outcomeWords(json.outcome)}`,
    ...(json.error === undefined
      ? []
      : [`  ${json.error.code}: ${visibleLine(json.error.message)}`, `  ${visibleLine(json.error.hint)}`]),
    "",
    "Steps",
    ...doorSteps(row).map((s) => `  ${s.passed ? "✓" : "✗"} ${s.step.padEnd(10)} ${visibleLine(s.what)}`),
  ];
  const asked = approvalsOf(records).filter((a) => a.call === id);
  if (asked.length > 0) lines.push("", "Questions");
  for (const a of asked) {
    const by = a.by === undefined ? "" : ` by ${actorWords(a.by)}`;
    lines.push(`  ${a.id} ${a.outcome}${by}`, quoted(visibleText(a.text), "    | "));
    if (a.grant !== undefined) lines.push(`    stored: ${visibleLine(a.grant)}`);
    if (a.note !== undefined) lines.push(`    said: ${visibleLine(a.note)}`);
  }
  if (json.needs.length > 0) lines.push("", "Authority");
  for (const need of json.needs) lines.push(...needLines(state, json.pid, need, at, end?.data.digest));
  const missing = smallestGrant(state, json.pid, json.needs, at);
  if (missing.length > 0)
    lines.push("", "The smallest grant that would do", ...missing.map((m) => `  ${visibleLine(m)}`));
  if (end?.data.value !== undefined) lines.push("", `Returned ${visibleValue(end.data.value, VALUE_MAX)}`);
  return lines.join("\n") + "\n";
}

function judged(state: State, holder: number, need: Need, at: Now, digest?: string): Verdict {
  const { capabilities: table, policy } = state;
  return decide({ needs: [need], holder, table, policy, at, ...(digest === undefined ? {} : { digest }) });
}

function needLines(
  state: State,
  pid: number,
  { resource, right }: { resource: string; right: string },
  at: Now,
  digest: string | undefined,
): string[] {
  const need: Need = { resource, right: right as Right };
  const verdict = judged(state, pid, need, at, digest);
  const head = `  ${rightWords([right])} ${resourceWords(resource)}  (${right} on ${visibleLine(resource)})`;
  if (verdict.kind === "deny") {
    const near = verdict.fault.code === "ENOTCAPABLE" ? nearest(state, pid, need, at) : [];
    const source = denier(state, pid, need, at);
    return [head, `    denied: ${visibleLine(verdict.why)}${source}`, ...near];
  }
  if (verdict.kind === "ask") {
    const reasons = verdict.open.map(
      (q) => `    must be asked: ${visibleLine(q.reason)}${q.once ? ", each time" : ""}`,
    );
    return [head, ...reasons];
  }
  const caps = verdict.by.map((id) => state.capabilities.get(id)).filter((h) => h !== undefined);
  return [head, ...caps.map((h) => `    by ${capLine(state, h)}`)];
}

function capLine(state: State, held: Held): string {
  return `${held.cap.id} ${visibleLine(capText(held))}, ${lineageOf(state.capabilities, held.cap)}`;
}

/** When a held deny is the reason: where it came from. */
function denier(state: State, pid: number, need: Need, at: Now): string {
  const [held] = state.capabilities.limits(pid, "deny", need, at);
  return held === undefined ? "" : ` (${lineageOf(state.capabilities, held.cap)})`;
}

/** How many names two resources have in common from the start. */
function shared(a: string, b: string): number {
  const x = a.split("/");
  const y = b.split("/");
  let n = 0;
  while (n < x.length && x[n] === y[n]) n += 1;
  return n;
}

/** The live allows of the same kind that come nearest, and what each of them lacks. */
function nearest(state: State, pid: number, need: Need, at: Now): string[] {
  const kind = kindOf(need.resource);
  return state.capabilities
    .heldBy(pid)
    .filter((h) => h.cap.effect === "allow" && h.cap.boundTo === undefined)
    .filter((h) => kindOf(h.cap.resource) === kind && state.capabilities.live(h, at))
    .sort((a, b) => shared(b.cap.resource, need.resource) - shared(a.cap.resource, need.resource))
    .slice(0, 2)
    .map((h) => {
      const lacks = h.cap.rights.includes(need.right)
        ? "does not reach there"
        : `has no right to ${need.right}`;
      return `    nearest: ${capLine(state, h)}; it ${lacks}`;
    });
}

/** One CAP text for each resource that nothing held covers; empty when a rule or a deny stands in the way. */
export function smallestGrant(
  state: State,
  pid: number,
  needs: readonly { resource: string; right: string }[],
  at: Now,
): string[] {
  const missing = new Map<string, Right[]>();
  for (const each of needs) {
    const need: Need = { resource: each.resource, right: each.right as Right };
    const verdict = judged(state, pid, need, at);
    if (verdict.kind !== "deny") continue;
    if (verdict.fault.code !== "ENOTCAPABLE") return [];
    missing.set(need.resource, [...(missing.get(need.resource) ?? []), need.right]);
  }
  return [...missing].map(([resource, rights]) => printCap({ effect: "allow", rights, resource }));
}
