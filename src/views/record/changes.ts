// Changes: the files that calls changed, each once, and by turn as the change that an undo reverts.
import type { Kinds } from "../../abi/kind.ts";
import type { FileChange } from "../../abi/record/files.ts";
import { slotOf } from "../../kernel/state/call-id.ts";
import { changesInPrestate } from "../../kernel/checkpoints/fold.ts";
import { Changes } from "../../kernel/door/changes.ts";
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
export function changedTurns(rows: readonly CallRow[]): TurnChanges[] {
  const turns = new Map<number, { files: Changes; beyond: string[] }>();
  for (const row of inBeginOrder(rows)) {
    const { call } = row.json;
    const turn = slotOf(call)?.turn;
    if (turn === undefined || row.end?.data.changed !== true) continue;
    const found = turns.get(turn) ?? { files: new Changes(), beyond: [] };
    turns.set(turn, found);
    const changes = changesOf(row);
    const isWhole = changes.length > 0 && row.end.data.unlisted === undefined;
    if (!isWhole || !changes.every(isOfFile)) found.beyond.push(call);
    for (const change of changes.filter(isOfFile)) found.files.add(change);
  }
  return [...turns]
    .map(([turn, { files, beyond }]) => ({
      turn,
      files: files.listed.filter((f) => f.pre !== f.post).sort((a, b) => (a.resource < b.resource ? -1 : 1)),
      beyond,
    }))
    .filter((t) => t.files.length + t.beyond.length > 0)
    .sort((a, b) => b.turn - a.turn);
}

const CONTENT = /^(?:[0-9a-f]{64}|absent)$/u;

/** True for a change between contents, or between a content and nothing; a copy of the old content reverts it. */
function isOfFile({ pre, post }: FileChange): boolean {
  return CONTENT.test(pre) && CONTENT.test(post);
}

/** The changes that a call made; none when the record does not tell. */
function changesOf({ begin, end }: CallRow): readonly FileChange[] {
  return end?.data.changes ?? changesInPrestate(begin?.data.prestate);
}

/** Sorted by begin, which is the order of the effects on the disk. */
function inBeginOrder(rows: readonly CallRow[]): CallRow[] {
  const at = ({ begin, end }: CallRow): number => begin?.seq ?? end?.seq ?? 0;
  return [...rows].sort((a, b) => at(a) - at(b));
}

/** The last successful change of one file. */
export interface ChangedFile {
  readonly resource: string;
  readonly tool: string;
  readonly call: string;
}

/** The files and folders that calls changed, each once, in the order of their first change. */
export function changedFiles(kinds: Kinds, rows: readonly CallRow[]): ChangedFile[] {
  const found = new Map<string, ChangedFile>();
  for (const { json, end } of rows) {
    if (end?.data.changed !== true) continue;
    const asked = json.needs.filter((need) => kinds.changesFile(need));
    // A call that knew its changes only afterwards did not ask for each of them.
    for (const { resource } of [...asked, ...(end.data.changes ?? [])])
      found.set(resource, { resource, tool: callName(json), call: json.call });
  }
  return [...found.values()];
}
