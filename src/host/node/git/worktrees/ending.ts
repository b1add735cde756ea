// Ending worktrees: watches the ends of processes, and after each one lets its worktree go if nothing in it would be lost.
import path from "node:path";
import { isFault } from "../../../../abi/errors.ts";
import type { WorktreeBackend, WorktreeFolder } from "../../../../primitives/git/worktrees.ts";
import { nodeWorktrees, type NodeWorktreesOptions } from "./worktrees.ts";

/** A workspace folder as a kernel lists it. */
interface Row {
  readonly name: string;
  readonly path: string;
  readonly owner?: string;
  readonly worktree?: WorktreeFolder["worktree"] | undefined;
}

/** The part of a kernel that tells of worktrees and of the ends of their processes, and records that one is gone. */
interface Ends {
  readonly state: { readonly roots: readonly Row[] };
  living(pid: number): unknown;
  runningOf(pid: number): readonly unknown[];
  onRecord(listener: (record: { readonly kind: string; readonly pid?: number }) => void): unknown;
  closeWorktree(name: string, reason: string): void;
}

function treesOf({ state }: Pick<Ends, "state">): (Row & WorktreeFolder)[] {
  return state.roots.flatMap((root) => {
    const { worktree } = root;
    return worktree === undefined ? [] : [{ ...root, worktree }];
  });
}

/** The worktrees of one record, which lie beside the data folder, because no workspace may see into that. */
export class Worktrees {
  readonly backend: WorktreeBackend & { close(): void };
  readonly #settling = new Map<string, Promise<void>>();

  constructor({
    home,
    record,
    ...more
  }: Omit<NodeWorktreesOptions, "folder"> & { home: string; record: string }) {
    const folder = path.join(`${path.resolve(home)}-worktrees`, record);
    this.backend = nodeWorktrees({ ...more, folder });
  }

  /** Clears what an earlier run left, and watches. Without any worktree it does not even load git. */
  begin(kernel: Ends): void {
    kernel.onRecord(({ kind, pid }) => {
      if (kind !== "process.exit" && kind !== "call.end") return;
      if (treesOf(kernel).some(({ owner }) => owner === `pid:${pid}`))
        setImmediate(() => this.#look(kernel, pid ?? 0));
    });
    const trees = treesOf(kernel);
    const origins = kernel.state.roots.filter((root) => root.owner === undefined).map(({ name }) => name);
    const look = (): void => {
      for (const { owner = "" } of trees) this.#look(kernel, Number(owner.replace("pid:", "")));
    };
    // The next opening sweeps what this one could not.
    this.#settling.set("", this.backend.sweep(trees, origins).then(look, look));
  }

  /** Resolves when all that is under way has ended. */
  async settled(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    // The first look, after the sweep, may begin further ones.
    await this.#settling.get("");
    await Promise.all(this.#settling.values());
  }

  /** Settles the worktrees of a process that has ended, once no call of it runs any more. */
  #look(kernel: Ends, pid: number): void {
    if (kernel.living(pid) !== undefined || kernel.runningOf(pid).length > 0) return;
    for (const tree of treesOf(kernel))
      if (tree.owner === `pid:${pid}` && !this.#settling.has(tree.name))
        this.#settling.set(
          tree.name,
          this.#settle(kernel, tree).finally(() => this.#settling.delete(tree.name)),
        );
  }

  /** One that cannot be looked at stays on record; the next opening, or a person, looks again. */
  async #settle(kernel: Ends, tree: WorktreeFolder): Promise<void> {
    const gone = await this.backend.settle(tree, new AbortController().signal).catch(() => false);
    if (!isFault(gone) && gone) kernel.closeWorktree(tree.name, "nothing in it would be lost");
  }
}
