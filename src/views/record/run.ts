// Run: a report on some families of processes, as the `--json` object and as a short text.
import type { CliProcess, CliRun } from "../../abi/cli.ts";
import type { Usage } from "../../abi/image.ts";
import type { AnyRecord } from "../../abi/record.ts";
import type { HeadMark } from "../../kernel/ports/store.ts";
import type { StateWord } from "../../kernel/state/life.ts";
import { addUsage } from "../../kernel/state/account.ts";
import { INIT, NO_USAGE, type Process, type State } from "../../kernel/state/rows.ts";
import { QUESTIONS } from "../../kernel/questions/kinds.ts";
import { approvalsOf } from "../questions/approvals.ts";
import { shownKind } from "../questions/kinds.ts";
import { targetOf } from "./audit.ts";
import { callName, callsOf } from "./calls.ts";
import { familiesOf } from "../agents/family.ts";
import { english, joinWords } from "../words/translate.ts";
import { linesText, quotedText, visibleImage, visibleName, visibleValue } from "../words/visible.ts";
import { usageWords, exitWords, stateWordOf } from "../words/processes.ts";
import { answerWords } from "../words/decisions.ts";

/**
 * The input of a projection of a whole record. `words` are the last known live states; without them the record alone
 * tells the state.
 */
export interface RecordSource {
  readonly records: readonly AnyRecord[];
  readonly state: State;
  readonly words?: ReadonlyMap<number, StateWord> | undefined;
  readonly journal: { readonly id: string; readonly head: HeadMark };
}

/** The source of a booted runtime. */
export function recordSourceOf(on: {
  readonly kernel: { readonly state: State };
  readonly opened: { readonly id: string };
  readonly records: () => readonly AnyRecord[];
  readonly head: () => HeadMark;
}): RecordSource {
  const journal = { id: on.opened.id, head: on.head() };
  return { records: on.records(), state: on.kernel.state, journal };
}

/** The parent to show. A process that ended before its parent keeps it; an orphan is shown under init. */
function shownParentOf(source: RecordSource): (process: Process) => number {
  const ended = new Map<number, number>();
  for (const r of source.records)
    if (r.kind === "process.exit" && r.pid !== undefined) ended.set(r.pid, r.seq);
  return (p) => {
    const own = ended.get(p.pid);
    const above = ended.get(p.account);
    return p.parent === INIT && own !== undefined && above !== undefined && own < above
      ? p.account
      : p.parent;
  };
}

/** These processes in the shape of the command line's contract. */
export function processesOf(source: RecordSource, processes: readonly Process[]): CliProcess[] {
  const parentOf = shownParentOf(source);
  return processes.map((p) => ({
    pid: p.pid,
    parent: parentOf(p),
    image: p.image,
    state: source.words?.get(p.pid) ?? stateWordOf(p),
    exit: p.life.ended ?? null,
    result: p.result ?? null,
  }));
}

/** Children charge their parents, so the sum of the roots' accounts is the sum of all. */
function usageOf(state: State, roots: readonly number[]): Usage {
  return roots.reduce((sum, pid) => addUsage(sum, state.processes.get(pid)?.used ?? NO_USAGE), NO_USAGE);
}

/** The families of these roots, in the shape of the command line's contract. */
export function runJson(source: RecordSource, roots: readonly number[]): CliRun {
  const family = familiesOf(source.state, roots);
  const pids = new Set(family.map((p) => p.pid));
  const { id, head } = source.journal;
  const { estimated: _, ...usage } = usageOf(source.state, roots);
  return {
    processes: processesOf(source, family),
    calls: callsOf(source.records)
      .filter((row) => pids.has(row.json.pid))
      .map((row) => row.json),
    approvals: approvalsOf(source.records).filter((a) => pids.has(a.pid)),
    usage,
    journal: { id, records: head.seq, head: head.hash },
  };
}

/**
 * The report for people: outcome, calls by result, answers and usage, and how to continue. `check` is the command that
 * checks the record in `folder`.
 */
export function runText(
  source: RecordSource,
  roots: readonly number[],
  folder: string,
  check: string,
): string {
  const run = runJson(source, roots);
  const pids = new Set(run.processes.map((p) => p.pid));
  const all = callsOf(source.records).filter((row) => pids.has(row.json.pid));
  const rows = all.filter((row) => row.json.tool !== undefined);
  const lines: string[] = [];
  for (const root of run.processes.filter((p) => roots.includes(p.pid)))
    lines.push(outcomeLine(source, root));
  if (run.processes.length === 0) lines.push("Nothing of this run is on record.");
  const children = run.processes.length - roots.length;
  if (children > 0) lines.push(`  with ${children} child ${children === 1 ? "agent" : "agents"}`);
  const part = (title: string, wanted: (typeof rows)[number][]): void => {
    if (wanted.length === 0) return;
    lines.push("", `${title} (${wanted.length})`);
    for (const row of wanted.slice(0, SHOWN)) {
      const { call, outcome, error } = row.json;
      const came =
        outcome === "ok"
          ? ""
          : `  ${error?.code ?? outcome}: ${visibleValue(english, error?.message ?? "", 400)}`;
      lines.push(
        `  ${visibleName(call).padEnd(8)} ${callName(row.json).padEnd(16)} ${targetOf(english, row)}${came}`,
      );
    }
    if (wanted.length > SHOWN) lines.push(`  … and ${wanted.length - SHOWN} more`);
  };
  part(
    "Done",
    rows.filter((r) => r.json.outcome === "ok"),
  );
  part(
    "Denied",
    // A change of a command has no tool of its own, and its denial counts like any.
    all.filter((r) => r.json.decision === "deny"),
  );
  part(
    "Failed",
    rows.filter(
      (r) => r.end !== undefined && r.json.outcome !== "ok" && r.json.decision !== "deny" && !wasRefused(r),
    ),
  );
  addAsked(lines, run);
  lines.push("", `Used: ${usageWords(english, usageOf(source.state, roots))}`);
  const { id, records, head } = run.journal;
  lines.push(`Record: ${folder}/.agentlibos (journal ${id}, ${records} records, head ${head.slice(0, 16)}…)`);
  lines.push(`Check it: ${check}`);
  return linesText(lines);
}

/** The most calls of one kind in the text. `audit` lists all. */
const SHOWN = 40;

function wasRefused(row: { readonly json: { readonly decision: string } }): boolean {
  return row.json.decision === "refused" || row.json.decision === "expired";
}

function outcomeLine(source: RecordSource, root: CliProcess): string {
  const process = source.state.processes.get(root.pid);
  const name = `Agent ${root.pid} (${visibleImage(root.image)})`;
  if (root.exit === null) {
    const on = process === undefined ? [] : Object.keys(process.life.stops);
    const said = on.includes("model") ? modelFault(source.records, root.pid) : "";
    const why = on.length === 0 ? root.state : `${root.state}, waits for ${joinWords(english, on)}${said}`;
    return `${name} is not finished: ${why}. Go on with: agentlibos resume`;
  }
  const said = root.result === null || root.result === "" ? "" : `: ${resultText(root.result)}`;
  const reason = root.exit === "finished" ? "" : ` (${visibleValue(english, process?.reason ?? "", 400)})`;
  return `${name} ${exitWords(english, root.exit)}${reason}${said}`;
}

/** The result of an agent: its words in quotation marks, or a value as JSON. */
function resultText(result: unknown): string {
  return typeof result === "string" ? quotedText(english, result, 400) : visibleValue(english, result, 400);
}

/** The message of the model or its provider when it last blocked the process. */
function modelFault(records: readonly AnyRecord[], pid: number): string {
  const last = records.findLast((r) => r.pid === pid && r.kind === "process.block" && r.data.on === "model");
  return last?.kind === "process.block" ? ` (${visibleValue(english, last.data.detail, 400)})` : "";
}

/** The text of a request, in quotation marks where it may be the words of an agent. */
function askedText({ kind, text }: CliRun["approvals"][number]): string {
  const { quoted } = shownKind({ questionKinds: QUESTIONS }, { kind });
  return quoted === true ? quotedText(english, text) : visibleValue(english, text, 200);
}

function addAsked(lines: string[], run: CliRun): void {
  if (run.approvals.length === 0) return;
  lines.push("", `Asked (${run.approvals.length})`);
  for (const a of run.approvals.slice(0, SHOWN)) {
    lines.push(
      `  ${visibleName(a.call ?? "").padEnd(8)} ${visibleName(a.syscall).padEnd(16)} ${answerWords(english, a)}: ${askedText(a)}`,
    );
  }
  if (run.approvals.length > SHOWN) lines.push(`  … and ${run.approvals.length - SHOWN} more`);
  const open = run.approvals.find((a) => a.outcome === "open");
  if (open !== undefined)
    lines.push("", `See what waits with: agentlibos answer ${visibleName(open.id)}, then: agentlibos resume`);
}
