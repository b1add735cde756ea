// Changes: the files that calls changed, each once, and by turn as the change that an undo reverts.
import type { FileChange, Operation } from "../../kernel/operation.ts";
import { slotOf } from "../../kernel/state/call-id.ts";
import { type CallRow, callName } from "./calls.ts";

/** The file changes of one turn. */
export interface TurnChanges {
  readonly turn: number;
  /** Each file with its content before its first change in the turn and after the last. */
  readonly files: readonly FileChange[];
  /** Calls with a change that no copy can revert, such as whole folders. */
  readonly beyond: readonly string[];
}

/** The turns of one process that changed files, newest first. `rows` are its calls. */
export function changedTurns(
  rows: readonly CallRow[],
  operations: ReadonlyMap<string, Pick<Operation, "changes">>,
): TurnChanges[] {
  const turns = new Map<number, { files: Map<string, FileChange>; beyond: string[] }>();
  for (const { json, begin, end } of inBeginOrder(rows)) {
    const turn = slotOf(json.call)?.turn;
    if (turn === undefined || begin === undefined || end?.data.changed !== true) continue;
    const found = turns.get(turn) ?? { files: new Map<string, FileChange>(), beyond: [] };
    turns.set(turn, found);
    const changes = operations.get(json.syscall)?.changes(begin.data.prestate);
    if (changes === undefined) found.beyond.push(json.call);
    for (const change of changes ?? []) {
      const before = found.files.get(change.resource);
      // If another writer changed the file in between, only the later change can be reverted without losing theirs.
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

/** Sorted by begin, which is the order of the effects on the disk. */
function inBeginOrder(rows: readonly CallRow[]): CallRow[] {
  return [...rows].sort((a, b) => (a.begin?.seq ?? 0) - (b.begin?.seq ?? 0));
}

/** The last successful change of one file. */
export interface ChangedFile {
  readonly resource: string;
  readonly tool: string;
  readonly call: string;
}

/** The files that calls changed, each once, in the order of their first change. */
export function changedFiles(rows: readonly CallRow[]): ChangedFile[] {
  const found = new Map<string, ChangedFile>();
  for (const { json, end } of rows) {
    if (end?.data.changed !== true) continue;
    for (const { resource, right } of json.needs)
      if (right === "write" || right === "delete")
        found.set(resource, { resource, tool: callName(json), call: json.call });
  }
  return [...found.values()];
}
