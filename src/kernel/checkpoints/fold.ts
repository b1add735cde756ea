// The fold of checkpoints: the positions that were asked for, those before turns and commands, and what changed since.
import * as z from "zod";
import type { JournalRecord } from "../../abi/record.ts";
import type { FileChange } from "../../abi/record/files.ts";
import { familyRoot } from "../state/account.ts";
import { madeBy, placeOfChange } from "../state/call-id.ts";
import { INIT, type OpenCall, type Process, type State } from "../state/rows.ts";
import { joinChange, type Checkpoint, type FileSince } from "./rows.ts";

/** How many checkpoints the state holds that nobody asked for. */
export const TAKEN_HELD = 200;

/** How many changes of files all checkpoints hold together; beyond it the oldest that nobody asked for go. */
export const CHANGES_HELD = 100_000;

/** Takes the checkpoint that was asked for. */
export function foldCreate(state: State, { seq, time, pid, data }: JournalRecord<"checkpoint.create">): void {
  const { id, label } = data;
  take(state, { id, seq, time, pid: pid ?? INIT, ...(label === undefined ? {} : { label }) });
  state.nextCheckpoint += 1;
}

/** How many restores the state holds that were cut off. */
const OPEN_HELD = 10;

/** Notes the plan of a restore, and takes the checkpoint by which it can be undone. */
export function foldRestore(state: State, record: JournalRecord<"checkpoint.restore">): void {
  const { seq, time, pid = INIT, data } = record;
  take(state, { id: data.id, seq, time, pid, before: "restore" });
  const open = state.restores.filter((row) => !row.done).slice(-OPEN_HELD);
  state.restores = [...open, { ...data, pid, done: false }];
  state.nextRestore += 1;
}

/** Notes that nothing of a restore is left to do. */
export function foldRestored(state: State, { data }: JournalRecord<"checkpoint.restored">): void {
  state.restores = state.restores.map((row) => (row.id === data.id ? { ...row, done: true } : row));
}

/**
 * Adds the changes of a call to the newest checkpoint. Before the first change of a turn, and of a command, a
 * checkpoint is taken: it is nothing but a position, so no record is written for it, and older records have them, too.
 */
export function foldChanges(
  state: State,
  process: Process | undefined,
  { call, seq, time, data }: JournalRecord<"call.end">,
  open: OpenCall | undefined,
): void {
  if (process === undefined || call === undefined || data.changed !== true) return;
  const changes = data.changes ?? changesInPrestate(open?.prestate);
  const { unlisted = 0 } = data;
  if (changes.length + unlisted === 0) return;
  takeBefore(state, process, call, { seq: seq - 1, time, pid: process.pid });
  const newest = state.checkpoints.get(state.newestCheckpoint);
  if (newest === undefined) return;
  newest.unlisted += unlisted;
  const by = process.pid === INIT ? [] : [familyRoot(state, process.pid)?.pid ?? process.pid];
  for (const change of changes) joinChange(newest.changes, { ...change, first: seq, last: seq, by });
}

/** Takes the checkpoint before a change, unless its turn or its command has one. */
function takeBefore(
  state: State,
  process: Process,
  call: string,
  at: Pick<Checkpoint, "seq" | "time" | "pid">,
): void {
  // A person's order is one act: what it changes is undone by the order itself.
  if (process.pid === INIT && state.checkpoints.size > 0) return;
  const id = placeOfChange(call) ?? call;
  const before = madeBy(call) === undefined ? ("turn" as const) : ("command" as const);
  if (before === "turn" && familyRoot(state, process.pid)?.launch?.checkpointEveryTurn === "off") return;
  const { marks = {} } = process;
  if (marks[before] === id) return;
  process.marks = { ...marks, [before]: id };
  take(state, { ...at, id, before });
}

function take(state: State, row: Omit<Checkpoint, "changes" | "unlisted">): void {
  const { checkpoints } = state;
  // An id that comes again names the new position, which is the last one.
  if (checkpoints.has(row.id)) forget(checkpoints, row.id);
  checkpoints.set(row.id, { ...row, changes: new Map<string, FileSince>(), unlisted: 0 });
  state.newestCheckpoint = row.id;
  const taken = [...checkpoints.values()].filter((each) => each.before !== undefined);
  let held = 0;
  for (const { changes } of checkpoints.values()) held += changes.size;
  for (const [i, { id, changes }] of taken.entries()) {
    if (id === row.id || (taken.length - i <= TAKEN_HELD && held <= CHANGES_HELD)) break;
    held -= changes.size;
    forget(checkpoints, id);
  }
}

/** Forgets a checkpoint. Its changes join those of the one before it; without one nothing goes back over them. */
function forget(checkpoints: Map<string, Checkpoint>, id: string): void {
  let before: Checkpoint | undefined;
  for (const each of checkpoints.values()) {
    if (each.id === id) break;
    before = each;
  }
  const gone = checkpoints.get(id);
  checkpoints.delete(id);
  if (before === undefined || gone === undefined) return;
  for (const change of gone.changes.values()) joinChange(before.changes, change);
  before.unlisted += gone.unlisted;
}

/** A stored prestate of a file that gets another content, of something that goes, and of something that moves. */
const storedPrestate = z.union([
  z.object({ resource: z.string(), pre: z.string(), post: z.string() }),
  z.object({ resource: z.string(), pre: z.string(), names: z.int() }),
  z.object({ from: z.string(), to: z.string(), pre: z.string(), names: z.int() }),
]);

/** The changes of a stored call whose end does not list them, read from its prestate by the shape of that. */
export function changesInPrestate(prestate: unknown): readonly FileChange[] {
  const was = storedPrestate.safeParse(prestate).data;
  if (was === undefined) return [];
  if ("post" in was) return [was];
  // Only a folder has several names, and its mark is no digest of a content.
  const pre = was.names > 1 ? "folder" : was.pre;
  if ("resource" in was) return [{ resource: was.resource, pre, post: "absent" }];
  return [
    { resource: was.from, pre, post: "absent" },
    { resource: was.to, pre: "absent", post: pre },
  ];
}
