// Processes: the tree of agents as a table; children are indented under their parents.
import { INIT, type Process, type State } from "../../kernel/state/rows.ts";
import type { StateWord } from "../../kernel/state/life.ts";
import { english } from "../words/translate.ts";
import { linesText, visibleImage, visibleLine } from "../words/visible.ts";
import { estimateMark, costWords, stateText, forkWords } from "../words/processes.ts";

/** One process with its depth below init. Children follow their parent by birth. */
export interface PsRow {
  readonly process: Process;
  readonly depth: number;
}

/** The processes as rows, in the order of the table. */
export function psRows(state: State): PsRow[] {
  const byParent = new Map<number, Process[]>();
  for (const p of state.processes.values()) {
    if (p.pid === INIT) continue;
    const siblings = byParent.get(p.account);
    if (siblings === undefined) byParent.set(p.account, [p]);
    else siblings.push(p);
  }
  const rows: PsRow[] = [];
  const open = (byParent.get(INIT) ?? []).map((process) => ({ process, depth: 0 })).reverse();
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    rows.push(row);
    const { process, depth } = row;
    for (const child of (byParent.get(process.pid) ?? []).reverse())
      open.push({ process: child, depth: depth + 1 });
  }
  return rows;
}

const HEADINGS = ["PID", "STATE", "IMAGE", "CALLS", "TOKENS", "GOAL"] as const;

/** The table of processes. Without `of`, the states come from the record alone. */
export function psText(state: State, of?: (pid: number) => StateWord): string {
  const cells = psRows(state).map(({ process, depth }) => [
    `${"  ".repeat(depth)}${process.pid}`,
    stateText(english, process, of?.(process.pid)),
    clip([visibleImage(process.image), ...forkWords(english, process)].join(", "), 60),
    `${process.used.modelCalls + process.used.toolCalls}`,
    `${estimateMark(process.used)}${process.used.tokens} ${costWords(process.used)}`.trim(),
    clip(visibleLine(process.goal), 60),
  ]);
  if (cells.length === 0) return "No agents yet.\n";
  const table: (readonly string[])[] = [HEADINGS, ...cells];
  const widths = HEADINGS.map((_, i) =>
    table.reduce((most, row) => Math.max(most, (row[i] ?? "").length), 0),
  );
  const lines = table.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "));
  return linesText(lines.map((line) => line.trimEnd()));
}

function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
