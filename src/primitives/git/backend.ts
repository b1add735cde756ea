// The backend of `git`: what the host offers, so that checked calls can read and change repositories.
import type { Fault } from "../../abi/errors.ts";
import type { FileChange } from "../../abi/record/files.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { Place } from "../fs/backend.ts";

/** A file in git, by the place that a person and a model know it by. */
export interface GitFile {
  readonly place: Place;
  /** Its resources: one for each workspace folder that contains it. */
  readonly resources: readonly string[];
  readonly state: FileState;
  /** How much of a change is staged; absent when nothing is. */
  readonly staged?: "all" | "part";
  /** The place before a rename. */
  readonly from?: Place;
}

export type FileState = "added" | "modified" | "deleted" | "renamed" | "untracked" | "conflict";

export interface GitStatus {
  /** Absent on a detached HEAD. */
  readonly branch?: string;
  readonly commit?: string;
  readonly upstream?: string;
  readonly ahead?: number;
  readonly behind?: number;
  readonly files: readonly GitFile[];
  /** Names that the caller may not see. */
  readonly hidden: number;
  readonly truncated: boolean;
}

/** The text of changes, as far as the caller may read the files. */
export interface GitPatch {
  readonly diff: string;
  /** Changed files that the caller may not read. */
  readonly hidden: number;
  /** Changed files that are left out because the text would be too long. */
  readonly left: readonly Place[];
}

export interface GitCommit {
  readonly commit: string;
  readonly author: string;
  readonly date: string;
  readonly subject: string;
}

/** The two sides of a comparison: without `to` the work tree, or the index if `staged`. */
export interface Sides {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly staged: boolean;
}

/** A commit with its message and changes, or the content of one file at a commit. */
export type GitShown =
  | (GitCommit & { readonly message: string; readonly patch: GitPatch })
  | { readonly commit: string; readonly place: Place; readonly content: string };

export interface BlamedLine {
  readonly commit: string;
  readonly author: string;
  readonly date: string;
  readonly line: number;
  readonly text: string;
}

export interface GitBranches {
  readonly current?: string;
  readonly branches: readonly { readonly name: string; readonly commit: string }[];
}

/** What staging would do: the trees of the index before and after, and the files that differ between them. */
export interface Staging {
  readonly before: string;
  readonly after: string;
  readonly files: readonly GitFile[];
  readonly diff: string;
  /** Files below a named folder that may not be read without asking, so they are left out. */
  readonly skipped: number;
}

/** What a commit would be: its tree on top of a commit. An approval binds both. */
export interface Committing {
  /** Absent before the first commit of a branch. */
  readonly head?: string | undefined;
  readonly branch?: string | undefined;
  readonly tree: string;
  readonly files: readonly GitFile[];
  readonly diff: string;
  readonly author: string;
  /** Hooks of the repository that do not run for it. */
  readonly hooks: readonly string[];
}

/** A step from one commit to another branch, with the files that it changes in the work tree. */
export interface Switching {
  readonly from?: string | undefined;
  readonly branch?: string | undefined;
  /** The commit of the target. */
  readonly commit: string;
  /** True when the branch is made. */
  readonly creates: boolean;
  readonly files: readonly GitFile[];
  /** The same files by their contents, which are named `git:` and the object that keeps them. */
  readonly changes: readonly FileChange[];
  readonly hooks: readonly string[];
}

/** A change of one branch: absent sides mean that it is made or deleted. */
export interface BranchChange {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** Another repository, as its address was resolved. */
export interface Remote {
  readonly name: string;
  /** The address that is used, with the rewriting of `insteadOf` done. */
  readonly url: string;
  /** The same without a password. */
  readonly shown: string;
  /** The host that it connects to; `localhost` for another place on this machine. */
  readonly host: string;
  /** Resources of the place, if it lies in workspace folders. */
  readonly inside: readonly string[];
}

/** What a push would send. */
export interface Pushing {
  readonly remote: Remote;
  readonly branch: string;
  readonly commit: string;
  /** The commit that the branch had there when it was last seen; absent when it was never seen. */
  readonly known?: string | undefined;
  /** Commits that go out, the newest first, and how many there are. */
  readonly commits: readonly GitCommit[];
  readonly total: number;
  /** Commits there that a push with force takes away, as far as they are known. */
  readonly lost: number;
  readonly hooks: readonly string[];
}

/** The refs of a repository now, for a probe after a crash. */
export interface Refs {
  readonly head?: string;
  readonly branch?: string;
  /** The tree and the first parent of HEAD. */
  readonly tree?: string;
  readonly parent?: string;
  /** The tree that the index stands for; absent while files are in conflict. */
  readonly index?: string;
  /** Every ref with its object, by its full name. */
  readonly all: ReadonlyMap<string, string>;
}

/**
 * Everything happens in the repository that a place is in. Each step opens it again. Plans take a look-only grant and
 * change nothing in it; acts take a full one, make their plan again, and do nothing unless it is what was prepared.
 */
export interface GitBackend {
  /** Names the record that a commit comes from; undefined when a person wants no commit to name it. */
  readonly origin: string | undefined;

  status(at: Place, grant: Grant, signal: AbortSignal): Promise<GitStatus | Fault>;
  diff(
    at: Place,
    sides: Sides,
    paths: readonly Place[],
    grant: Grant,
    signal: AbortSignal,
  ): Promise<GitPatch | Fault>;
  log(
    at: Place,
    order: { readonly limit: number; readonly ref?: string | undefined; readonly paths: readonly Place[] },
    grant: Grant,
    signal: AbortSignal,
  ): Promise<readonly GitCommit[] | Fault>;
  show(at: Place, ref: string, grant: Grant, signal: AbortSignal): Promise<GitShown | Fault>;
  blame(at: Place, file: Place, grant: Grant, signal: AbortSignal): Promise<readonly BlamedLine[] | Fault>;
  branches(at: Place, grant: Grant, signal: AbortSignal): Promise<GitBranches | Fault>;

  planStage(at: Place, paths: readonly Place[], look: Grant, signal: AbortSignal): Promise<Staging | Fault>;
  planCommit(
    at: Place,
    paths: readonly Place[],
    look: Grant,
    signal: AbortSignal,
  ): Promise<Committing | Fault>;
  planSwitch(
    at: Place,
    branch: string,
    create: boolean,
    look: Grant,
    signal: AbortSignal,
  ): Promise<Switching | Fault>;
  planBranch(
    at: Place,
    name: string,
    change: { readonly from?: string | undefined; readonly delete: boolean },
    look: Grant,
    signal: AbortSignal,
  ): Promise<BranchChange | Fault>;
  planFetch(at: Place, remote: string, look: Grant, signal: AbortSignal): Promise<Remote | Fault>;
  planPush(
    at: Place,
    remote: string,
    branch: string | undefined,
    look: Grant,
    signal: AbortSignal,
  ): Promise<Pushing | Fault>;

  stage(
    at: Place,
    paths: readonly Place[],
    planned: Pick<Staging, "before" | "after">,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Fault | undefined>;
  /** Gives the new commit. */
  commit(
    at: Place,
    paths: readonly Place[],
    planned: Pick<Committing, "head" | "branch" | "tree">,
    message: string,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<string | Fault>;
  switch(
    at: Place,
    branch: string,
    planned: Pick<Switching, "from" | "commit" | "creates">,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Fault | undefined>;
  changeBranch(
    at: Place,
    name: string,
    planned: BranchChange,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Fault | undefined>;
  /** Gives how many refs of the remote came or changed. */
  fetchBranches(at: Place, planned: Remote, grant: Grant, signal: AbortSignal): Promise<number | Fault>;
  push(
    at: Place,
    planned: Pick<Pushing, "remote" | "branch" | "commit" | "known">,
    force: boolean,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Fault | undefined>;

  /** For a probe after a crash, without a grant. */
  refs(at: Place): Promise<Refs | Fault>;
  /** The same for a switch that happened: what it did to files. */
  switched(at: Place, from: string, to: string): Promise<readonly FileChange[] | Fault>;
}
