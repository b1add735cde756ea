// Audit: the calls of a record, filtered, as lines for people and as JSON lines for programs.
import type { DecisionWord, JournalRecord } from "../../abi/record.ts";
import type { Process } from "../../kernel/state/rows.ts";
import type { CallRow } from "./calls.ts";
import { memoryChangeWords } from "../agents/memory.ts";
import type { Translate } from "../words/translate.ts";
import {
  escapedJson,
  linesText,
  quotedText,
  visibleLine,
  visibleName,
  visibleValue,
} from "../words/visible.ts";
import { forkWords } from "../words/processes.ts";
import { decisionWords, outcomeWords } from "../words/decisions.ts";

/** Which calls to show; an absent field does not filter. `since` is in milliseconds since the Unix epoch. */
export interface AuditFilter {
  readonly pid?: number | undefined;
  /** The name of a syscall, or a kind followed by `.*`. */
  readonly syscall?: string | undefined;
  readonly decision?: DecisionWord | undefined;
  readonly since?: number | undefined;
}

/** The calls that pass a filter. */
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

/** One JSON object a line, with no hidden character in it. Each is a `calls` entry of the command line's contract. */
export function auditJson(rows: readonly CallRow[]): string {
  return rows.map((r) => escapedJson(JSON.stringify(r.json)) + "\n").join("");
}

/** The target of a call in short: its first resource, or its arguments. */
export function targetOf(t: Translate, row: CallRow): string {
  const [first, ...more] = row.json.needs;
  if (first === undefined) return visibleValue(t, row.json.args, 80);
  return clippedName(t, first.resource) + (more.length === 0 ? "" : ` (+${more.length})`);
}

function clippedName(t: Translate, resource: string): string {
  const name = visibleName(resource);
  return name.length <= 120 ? name : quotedText(t, resource, 120);
}

/** The least width of the column with decision and outcome. */
const OUTCOME_WIDTH = 18;

/** The decision on a call and its outcome. */
function resultWords(t: Translate, row: CallRow): string {
  const waiting = row.end === undefined && row.begin === undefined && row.asked.length > 0;
  if (waiting) return t("waits for an answer");
  return `${decisionWords(t, row.json.decision)}, ${outcomeWords(t, row.json.outcome)}`;
}

/** What the audit tells of a process. */
type Born = Pick<Process, "started" | "forkOf" | "branch">;

/** The processes of a history, found when they are first wanted. */
export class Births {
  readonly #birth: (pid: number) => Promise<JournalRecord<"process.spawn"> | undefined>;
  readonly #known = new Set<number>();

  constructor(birth: (pid: number) => Promise<JournalRecord<"process.spawn"> | undefined>) {
    this.#birth = birth;
  }

  /** Those that come for the first time among these rows. */
  async of(rows: readonly CallRow[]): Promise<{ readonly processes: ReadonlyMap<number, Born> }> {
    const processes = new Map<number, Born>();
    for (const { json } of rows) {
      if (this.#known.has(json.pid)) continue;
      this.#known.add(json.pid);
      const born = await this.#birth(json.pid);
      if (born === undefined) continue;
      const { forked = 0, parent, forkOf = forked > 0 ? parent : undefined, branch } = born.data;
      processes.set(json.pid, {
        started: born.time,
        ...(forkOf === undefined ? {} : { forkOf }),
        ...(branch === undefined ? {} : { branch }),
      });
    }
    return { processes };
  }
}

/**
 * One line a call for people: time, call, syscall, decision, outcome and target. A line above the first call of a
 * fork names the agent it was forked from.
 */
export function auditText(
  t: Translate,
  rows: readonly CallRow[],
  state: { readonly processes: ReadonlyMap<number, Born> },
): string {
  if (rows.length === 0) return `${t("No calls match.")}\n`;
  const all = rows.map((row) => ({ row, came: resultWords(t, row) }));
  const width = all.reduce((most, { came }) => Math.max(most, came.length), OUTCOME_WIDTH);
  const known = new Set<number>();
  return linesText(
    all.flatMap(({ row, came }) => {
      const { call, pid, syscall, error } = row.json;
      const process = known.has(pid) ? undefined : state.processes.get(pid);
      known.add(pid);
      const fork = process === undefined ? [] : forkWords(t, process);
      const head = fork.map((words) => `${process?.started ?? ""}  ${t("process {0}", pid)}: ${words}`);
      const why = error === undefined ? "" : `  ${error.code}: ${visibleLine(error.message)}`;
      const what = `${visibleName(call).padEnd(8)}  ${visibleName(syscall).padEnd(18)}  ${came.padEnd(width)}`;
      const change = row.memory === undefined ? "" : memoryChangeWords(t, row.memory);
      const told = change === "" ? "" : `  ${change}`;
      return [...head, `${row.time}  ${what}  ${targetOf(t, row)}${told}${why}`];
    }),
  );
}
