// Undo: what the calls of one turn did to files, each file once, as the change that an undo takes back.
import type { FileChange, Operation } from "../../kernel/operation.ts";
import { slotOf } from "../../kernel/state/call-id.ts";
import { type CallRow, callName } from "./calls.ts";

export interface TurnChanges {
  readonly turn: number;
  /** Each file with its content before the turn's first change of it and after the last. */
  readonly files: readonly FileChange[];
  /** Calls that changed something which no copy brings back, such as whole folders. */
  readonly beyond: readonly string[];
}

/** The turns of one process that changed files, newest first. `rows` are its calls. */
export function changedTurns(
  rows: readonly CallRow[],
  operations: ReadonlyMap<string, Pick<Operation, "changes">>,
): TurnChanges[] {
  const turns = new Map<number, { files: Map<string, FileChange>; beyond: string[] }>();
  for (const { json, begin, end } of inOrder(rows)) {
    const turn = slotOf(json.call)?.turn;
    if (turn === undefined || begin === undefined || end?.data.changed !== true) continue;
    const found = turns.get(turn) ?? { files: new Map<string, FileChange>(), beyond: [] };
    turns.set(turn, found);
    const changes = operations.get(json.syscall)?.changes(begin.data.prestate);
    if (changes === undefined) found.beyond.push(json.call);
    for (const change of changes ?? []) {
      const before = found.files.get(change.resource);
      // Where somebody else wrote in between, only what came after can be taken back without losing theirs.
      const pre = before?.post === change.pre ? before.pre : change.pre;
      found.files.set(change.resource, { ...change, pre });
    }
  }
  return [...turns]
    .map(([turn, { files, beyond }]) => ({
      turn,
      files: [...files.values()]
        .filter((f) => f.pre !== f.post)
        .sort((a, b) => (a.resource < b.resource ? -1 : 1)),
      beyond,
    }))
    .filter((t) => t.files.length + t.beyond.length > 0)
    .sort((a, b) => b.turn - a.turn);
}

/** In the order in which the effects were begun, which is the order on the disk. */
function inOrder(rows: readonly CallRow[]): CallRow[] {
  return [...rows].sort((a, b) => (a.begin?.seq ?? 0) - (b.begin?.seq ?? 0));
}

/** What happened to one file, in the end: the last successful change of each resource counts. */
export interface Change {
  readonly resource: string;
  readonly tool: string;
  readonly call: string;
}

/** Files that calls changed, each once, in the order of their first change. */
export function changesOf(rows: readonly CallRow[]): Change[] {
  const found = new Map<string, Change>();
  for (const { json, end } of rows) {
    if (end?.data.changed !== true) continue;
    for (const { resource, right } of json.needs)
      if (right === "write" || right === "delete")
        found.set(resource, { resource, tool: callName(json), call: json.call });
  }
  return [...found.values()];
}
