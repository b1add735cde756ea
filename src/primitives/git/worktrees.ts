// Worktrees: what the host offers, so that an agent has a folder and a branch of its own, and a person gets its work.
import type { Fault } from "../../abi/errors.ts";
import type { Worktree } from "../../abi/record.ts";
import type { Grant, Person } from "../../kernel/witness.ts";
import type { LayerChange } from "../shell/backend.ts";

/** A worktree by its folder, as the state lists it. */
export interface WorktreeFolder {
  readonly name: string;
  readonly path: string;
  readonly worktree: Worktree;
}

/** A worktree that was made, and what a process that works in it must know. */
export interface MadeWorktree extends WorktreeFolder {
  readonly notes: string;
}

/** How much is in a worktree that is nowhere else. */
export interface WorktreeState {
  /** True when the folder is no longer there. */
  readonly gone: boolean;
  /** The commit that its branch is at; absent when the branch is gone, too. */
  readonly tip?: string;
  /** Commits of the branch that the folder it is of does not have. */
  readonly commits: number;
  /** Files that differ from the commit, and files that git ignores. */
  readonly changed: number;
  readonly ignored: number;
}

/** One file that a worktree has otherwise than its base. */
export interface WorktreeChange extends LayerChange {
  /** Its path from the top on. */
  readonly name: string;
}

/** The worktrees of this machine that belong to one record. */
export interface WorktreeBackend {
  /**
   * Makes a folder and a branch at the present commit of a workspace folder. No program of the repository runs. A
   * process needs the right to write `git:/<folder>/worktree`. Whoever calls records the folder, or removes it again.
   */
  make(
    order: { readonly of: string; readonly pid: number; readonly goal: string },
    who: Grant | Person,
    signal: AbortSignal,
  ): Promise<MadeWorktree | Fault>;
  /** Looks at a worktree, without a grant: it tells numbers alone. */
  look(at: WorktreeFolder, signal: AbortSignal): Promise<WorktreeState | Fault>;
  /** The bytes that the folder of a worktree takes on disk; 0 when it is gone. */
  disk(at: WorktreeFolder): Promise<number>;
  /**
   * Compares a worktree with its base and with the folder that it is of, and keeps the bytes that would be put there. A
   * file that both changed is merged, or is a conflict. A process needs the right to read `git:/<folder>/worktree`.
   */
  compare(
    at: WorktreeFolder,
    who: Grant | Person,
    signal: AbortSignal,
  ): Promise<readonly WorktreeChange[] | Fault>;
  /** The text of a file at the base; undefined when it is not there, or no text. */
  baseText(at: WorktreeFolder, name: string, who: Person, signal: AbortSignal): Promise<string | undefined>;
  /** Removes the folder and the branch; EBUSY unless nothing in them would be lost. It needs no grant for that. */
  remove(at: WorktreeFolder, signal: AbortSignal): Promise<Fault | undefined>;
  /**
   * Removes the folder with all that is in it, and the branch unless `keepsBranch`. ESTALE when something else is in it
   * than `planned`.
   */
  discard(
    at: WorktreeFolder,
    planned: WorktreeState,
    keepsBranch: boolean,
    who: Grant,
    signal: AbortSignal,
  ): Promise<Fault | undefined>;
  /**
   * Ends a worktree whose process has ended: it goes if nothing in it would be lost, or if the folder that it is of has
   * all of its files; commits then stay on the branch. True when it is gone.
   */
  settle(at: WorktreeFolder, signal: AbortSignal): Promise<boolean | Fault>;
  /** Removes what a run that was cut off has half made; `known` are the folders on record. */
  sweep(known: readonly WorktreeFolder[], origins: readonly string[]): Promise<void>;
}
