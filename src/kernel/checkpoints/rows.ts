// Checkpoints: positions of the record to which files can go back, each with the files that changed from there on.
import type { RecordData } from "../../abi/record.ts";
import type { FileChange } from "../../abi/record/files.ts";

/** The change of one file between two positions, joined from all changes in between. */
export interface FileSince extends FileChange {
  /** The numbers of the records of its first and its last change. */
  readonly first: number;
  readonly last: number;
  /** The families that changed it, by the pid of their root. A person's restore is nobody's change. */
  readonly by: readonly number[];
  /** True when somebody outside of the record changed it in between; their work would go, too. */
  readonly mixed?: true;
}

/** Why a checkpoint was taken without anybody asking for it. */
export type Occasion = "turn" | "command" | "restore";

/** A position of the record. */
export interface Checkpoint {
  readonly id: string;
  /** The number of the last record before it. */
  readonly seq: number;
  readonly time: string;
  /** The process that took it, or whose turn it precedes. */
  readonly pid: number;
  readonly label?: string;
  /** Absent for one that was asked for. Only such ones are kept for good. */
  readonly before?: Occasion;
  /** The files that changed from here to the next checkpoint, in the order of their first changes. */
  readonly changes: Map<string, FileSince>;
  /** How many changes since then no record lists. */
  unlisted: number;
}

/** A restore: its plan, and whether all of it was carried out or told. */
export interface RestoreRow extends RecordData<"checkpoint.restore"> {
  readonly pid: number;
  readonly done: boolean;
}

/** The part of the state that checkpoints are held in. */
export interface Positions {
  /** By id, the oldest first. */
  readonly checkpoints: Map<string, Checkpoint>;
  /** The id of the newest one; empty while there is none. */
  newestCheckpoint: string;
  /** The newest restore, and those that are not done, the oldest first. */
  restores: readonly RestoreRow[];
  nextCheckpoint: number;
  nextRestore: number;
}

/** The positions before any record. */
export function noPositions(): Positions {
  const checkpoints = new Map<string, Checkpoint>();
  return { checkpoints, newestCheckpoint: "", restores: [], nextCheckpoint: 1, nextRestore: 1 };
}

/** Adds a later change to the joined ones. */
export function joinChange(to: Map<string, FileSince>, later: FileSince): void {
  const before = to.get(later.resource);
  if (before === undefined) {
    to.set(later.resource, later);
    return;
  }
  const mixed = before.mixed === true || later.mixed === true || before.post !== later.pre;
  const { resource, post, last, runs } = later;
  to.set(resource, {
    ...{ resource, pre: before.pre, post, first: before.first, last },
    by: [...new Set([...before.by, ...later.by])],
    ...(before.ran === undefined ? {} : { ran: before.ran }),
    ...(runs === undefined ? {} : { runs }),
    ...(mixed ? { mixed } : {}),
  });
}

/** The files that changed since a checkpoint, in the order of their first changes; undefined when there is none. */
export function changesSince(
  { checkpoints }: Pick<Positions, "checkpoints">,
  id: string,
): { readonly files: ReadonlyMap<string, FileSince>; readonly unlisted: number } | undefined {
  if (!checkpoints.has(id)) return undefined;
  const files = new Map<string, FileSince>();
  let unlisted = 0;
  let reached = false;
  for (const each of checkpoints.values()) {
    reached ||= each.id === id;
    if (!reached) continue;
    for (const change of each.changes.values()) joinChange(files, change);
    unlisted += each.unlisted;
  }
  return { files, unlisted };
}

/** Each checkpoint with the number of files that changed since it, the newest first. */
export function listCheckpoints({
  checkpoints,
}: Pick<Positions, "checkpoints">): { readonly checkpoint: Checkpoint; readonly files: number }[] {
  const changed = new Set<string>();
  return [...checkpoints.values()].reverse().map((checkpoint) => {
    for (const resource of checkpoint.changes.keys()) changed.add(resource);
    return { checkpoint, files: changed.size };
  });
}
