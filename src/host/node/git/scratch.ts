// Scratch indexes: what staging and committing would give, tried on a copy of the index that lies outside the repository.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { refuse } from "../fs/errno.ts";
import { parsePatch, type Changed } from "./patch.ts";
import type { Repository } from "./repository.ts";
import { GitFailed } from "./run.ts";

/**
 * A copy of the index, or one that holds a commit, in a folder of its own. A plan keeps new objects there, too, so it
 * leaves nothing in the repository; an act stores them there for good.
 */
export class Scratch {
  readonly repository: Repository;
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #signal: AbortSignal;

  private constructor(repository: Repository, folder: string, keeps: boolean, signal: AbortSignal) {
    this.repository = repository;
    this.#folder = folder;
    this.#signal = signal;
    const objects = path.join(repository.commonDir, "objects");
    const own = path.join(folder, "objects");
    const index = { GIT_INDEX_FILE: path.join(folder, "index") };
    this.env = keeps
      ? index
      : { ...index, GIT_OBJECT_DIRECTORY: own, GIT_ALTERNATE_OBJECT_DIRECTORIES: quotedPath(objects) };
  }

  /** Runs `work` on a scratch index; `keeps` for an act. */
  static async use<T>(
    repository: Repository,
    keeps: boolean,
    signal: AbortSignal,
    work: (scratch: Scratch) => Promise<T>,
  ): Promise<T> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "agentlibos-index-"));
    try {
      fs.mkdirSync(path.join(folder, "objects"));
      const scratch = new Scratch(repository, folder, keeps, signal);
      scratch.#copyIndex();
      return await work(scratch);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  /**
   * Copies the index with its time. By that time git knows which files may have changed in the very moment they were
   * staged, and looks at their content; a time that is rounded down makes it look at more of them.
   */
  #copyIndex(): void {
    const index = path.join(this.repository.gitDir, "index");
    const copy = path.join(this.#folder, "index");
    const stat = fs.statSync(index, { throwIfNoEntry: false });
    if (stat === undefined) return; // Nothing was ever staged.
    fs.copyFileSync(index, copy);
    const seconds = Math.floor(stat.mtimeMs) / 1000;
    fs.utimesSync(copy, seconds, seconds);
  }

  #run(args: readonly string[], input?: string): Promise<string> {
    const { env } = this;
    return this.repository.run(args, this.#signal, input === undefined ? { env } : { env, input });
  }

  /** Holds what a commit holds, in the place of the index; nothing without a commit. */
  async read(commit: string | undefined): Promise<void> {
    await this.#run(commit === undefined ? ["read-tree", "--empty"] : ["read-tree", commit]);
  }

  /** Takes exactly these files as they are in the work tree now; what is gone there is gone here, too. */
  async add(names: readonly string[]): Promise<void> {
    const input = names.map((name) => `${name}\0`).join("");
    if (names.length > 0) await this.#run(["update-index", "--add", "--remove", "-z", "--stdin"], input);
  }

  /** The tree that the index stands for. */
  async tree(): Promise<string> {
    try {
      return (await this.#run(["write-tree"])).trim();
    } catch (error) {
      if (!(error instanceof GitFailed) || !/unmerged|error building trees/u.test(error.message)) throw error;
      return refuse(
        "EBUSY",
        "A merge left files in conflict, so nothing can be committed here yet.",
        "Ask a person to finish or abort the merge.",
      );
    }
  }

  /** The tree without a file. The index is empty afterwards. */
  async emptyTree(): Promise<string> {
    await this.read(undefined);
    return this.tree();
  }

  /** The changes from one tree to another, each with its text. */
  async changes(before: string, after: string, patch: boolean): Promise<Changed[]> {
    const form = patch ? ["--raw", "--patch", "--no-ext-diff", "--no-textconv", "--no-color"] : ["--raw"];
    const args = ["diff", "--no-renames", "--full-index", "--no-abbrev", ...form, before, after, "--"];
    return parsePatch(await this.#run(args));
  }
}

/** A path as git takes it in a list of folders. */
function quotedPath(at: string): string {
  return `"${at.replace(/["\\]/gu, "\\$&")}"`;
}

/**
 * Puts exactly these changes into the index of the repository. The objects are there already, so nothing that the work
 * tree became meanwhile can get in.
 */
export async function putIntoIndex(
  repository: Repository,
  changes: readonly Changed[],
  signal: AbortSignal,
): Promise<void> {
  const gone = (mode: string): boolean => /^0+$/u.test(mode);
  // A file can take the place of a folder only once that is gone.
  const order = [...changes.filter(({ mode }) => gone(mode)), ...changes.filter(({ mode }) => !gone(mode))];
  const lines = order.map(({ mode, object, path: name }) => `${mode} ${object}\t${name}\0`);
  if (lines.length === 0) return;
  await repository.run(["update-index", "-z", "--index-info"], signal, { input: lines.join("") });
  // The index then knows times and sizes again; files that changed since are none of its business.
  await repository.run(["update-index", "-q", "--refresh"], signal, { answers: [1] });
}
