// Audit: the calls on the record, filtered, as lines for people and as JSON lines for programs.
import type { DecisionWord } from "../../abi/record.ts";
import type { State } from "../../kernel/state/rows.ts";
import type { CallRow } from "./calls.ts";
import { memoryChange } from "../agents/memory.ts";
import type { Translate } from "../words/translate.ts";
import { visibleLine, visibleValue } from "../words/visible.ts";
import { forkWords } from "../words/processes.ts";
import { decisionWords, outcomeWords } from "../words/decisions.ts";

/** Which calls to show; what is absent does not filter. `since` is milliseconds since the Unix epoch. */
export interface AuditFilter {
  readonly pid?: number | undefined;
  /** A syscall's name, or a kind followed by `.*`. */
  readonly syscall?: string | undefined;
  readonly decision?: DecisionWord | undefined;
  readonly since?: number | undefined;
}

export function filterCalls(rows: readonly CallRow[], filter: AuditFilter): CallRow[] {
  const kind = filter.syscall?.endsWith(".*") === true ? filter.syscall.slice(0, -1) : undefined;
  return rows.filter(
    ({ json, time }) =>
      (filter.pid === undefined || json.pid === filter.pid) &&
      (filter.syscall === undefined ||
        (kind === undefined ? json.syscall === filter.syscall : json.syscall.startsWith(kind))) &&
      (filter.decision === undefined || json.decision === filter.decision) &&
      (filter.since === undefined || Date.parse(time) >= filter.since),
  );
}

/** One JSON object a line, each a `calls` entry of the command line's contract. */
export function auditJson(rows: readonly CallRow[]): string {
  return rows.map((r) => JSON.stringify(r.json) + "\n").join("");
}

/** What a call was about, shortly: its first resource, else its arguments. */
export function targetOf(t: Translate, row: CallRow): string {
  const [first, ...more] = row.json.needs;
  if (first === undefined) return visibleValue(t, row.json.args, 80);
  return visibleValue(t, first.resource, 120) + (more.length === 0 ? "" : ` (+${more.length})`);
}

/** How wide the column of what came of a call is at least. */
const CAME = 18;

/** How a call was decided and how it came out. */
function cameOf(t: Translate, row: CallRow): string {
  const waiting = row.end === undefined && row.begin === undefined && row.asked.length > 0;
  if (waiting) return t("waits for an answer");
  return `${decisionWords(t, row.json.decision)}, ${outcomeWords(t, row.json.outcome)}`;
}

/**
 * A line a call for people: when, which call, what, how it was decided and how it came out, on what. Over the first
 * call of a fork stands whose it is.
 */
export function auditText(t: Translate, rows: readonly CallRow[], state: State): string {
  if (rows.length === 0) return `${t("No calls match.")}\n`;
  const all = rows.map((row) => ({ row, came: cameOf(t, row) }));
  const width = all.reduce((most, { came }) => Math.max(most, came.length), CAME);
  const known = new Set<number>();
  return all
    .map(({ row, came }) => {
      const { call, pid, syscall, error } = row.json;
      const process = known.has(pid) ? undefined : state.processes.get(pid);
      known.add(pid);
      const fork = process === undefined ? [] : forkWords(t, process);
      const head = fork.map((words) => `${process?.started ?? ""}  ${t("process {0}", pid)}: ${words}\n`);
      const why = error === undefined ? "" : `  ${error.code}: ${visibleLine(error.message)}`;
      const what = `${call.padEnd(8)}  ${visibleLine(syscall).padEnd(18)}  ${came.padEnd(width)}`;
      const change = row.memory === undefined ? "" : memoryChange(t, row.memory);
      const told = change === "" ? "" : `  ${change}`;
      return `${head.join("")}${row.time}  ${what}  ${targetOf(t, row)}${told}${why}\n`;
    })
    .join("");
}
