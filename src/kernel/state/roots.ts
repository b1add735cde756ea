// Roots: the workspace folders, those that a person opened and those that were added, and what agents changed in them.
import { lookOf } from "../../abi/quoted.ts";
import type { JournalRecord, RecordData, RootFolder, Worktree } from "../../abi/record.ts";
import { foldCase } from "../../abi/resource.ts";

/** A workspace folder. One that was added has an owner, `person` or `pid:N`; one that was opened has none. */
export interface WorkspaceRoot extends RootFolder {
  readonly owner?: string;
  /** For a git worktree. It stays when the process that owns it ends, until it is empty or a person decides. */
  readonly worktree?: Worktree | undefined;
}

/** The most workspace folders at once. */
export const ROOTS_MOST = 256;
/** The most worktrees among them. */
export const WORKTREES_MOST = 30;

/** Two names with the same key are taken for each other, by a person or by a file system. */
function keyOf(name: string): string {
  return lookOf(foldCase(name)).replace(/[. ]+$/u, "");
}

/** The folder that has this name or one that is taken for it, or that lies in the same place. */
export function clashOf(
  { name, path }: RootFolder,
  roots: readonly WorkspaceRoot[],
): WorkspaceRoot | undefined {
  return roots.find((root) => root.path === path || keyOf(root.name) === keyOf(name));
}

/** The folders that were opened, without those that were added since. */
export function openedRoots(roots: readonly WorkspaceRoot[]): readonly RootFolder[] {
  return roots.filter(({ owner }) => owner === undefined);
}

/** The folders after an opening. One that was added before stays, unless it clashes with one that is opened. */
export function rootsOpened(
  opened: readonly RootFolder[],
  before: readonly WorkspaceRoot[],
): readonly WorkspaceRoot[] {
  const stays = before.filter((root) => root.owner !== undefined && clashOf(root, opened) === undefined);
  return stays.length === 0 ? opened : [...opened, ...stays];
}

/** The folders with one more; a record of one that has no place among them changes nothing. */
export function rootAdded(
  added: RecordData<"root.add">,
  before: readonly WorkspaceRoot[],
): readonly WorkspaceRoot[] {
  if (before.length >= ROOTS_MOST || clashOf(added, before) !== undefined) return before;
  // A worktree of a worktree could lead back to itself, and nobody would know the names that it is judged by.
  const { worktree } = added;
  const of = before.find((root) => root.name === worktree?.of);
  return worktree?.of === added.name || of?.worktree !== undefined ? before : [...before, added];
}

/** The folders without one that was added; one that was opened stays. */
export function rootRemoved(name: string, before: readonly WorkspaceRoot[]): readonly WorkspaceRoot[] {
  const rest = before.filter((root) => root.name !== name || root.owner === undefined);
  return rest.length === before.length ? before : rest;
}

/** A file that an agent changed. */
export interface Written {
  readonly resource: string;
  /** The number of the record that says so. */
  readonly seq: number;
  /** The number that the next capability had then: those with a smaller one are older than the change. */
  readonly next: number;
}

/** How many such files the state holds; with more, the newest. */
export const WRITTEN_HELD = 32;

/** Adds the files that a call changed; if nobody knows what it did, all that it needed. */
export function withWritten(
  written: readonly Written[],
  { seq, data }: Pick<JournalRecord<"call.end">, "seq" | "data">,
  needs: readonly { readonly resource: string }[] | undefined,
  next: number,
): readonly Written[] {
  const { changes = [], outcome } = data;
  const names = new Set([...changes, ...(outcome === "unknown" ? (needs ?? []) : [])].map((c) => c.resource));
  if (names.size === 0) return written;
  const newest = [...names].slice(-WRITTEN_HELD).map((resource) => ({ resource, seq, next }));
  return [...written.filter(({ resource }) => !names.has(resource)), ...newest].slice(-WRITTEN_HELD);
}
