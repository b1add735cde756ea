// The worktrees of this machine: the backend, which checks who calls and loads git's client when it is needed.
import fs from "node:fs";
import type { Fault } from "../../../../abi/errors.ts";
import { gitResource } from "../../../../abi/resource.ts";
import { isPerson, type Grant, type Person } from "../../../../kernel/witness.ts";
import type { WorktreeBackend } from "../../../../primitives/git/worktrees.ts";
import { diskSizeOf } from "../../disk.ts";
import { demand } from "../../fs/grant.ts";
import { groundHere } from "../../fs/node.ts";
import { Roots, type RootsOptions } from "../../fs/roots.ts";

export interface NodeWorktreesOptions extends Omit<RootsOptions, "ground"> {
  /** The folder for the worktrees of one record, beside the data folder. */
  readonly folder: string;
  /** The folder of copies that changes are put from. */
  readonly preImages: string;
}

const load = () => import("./steps.ts");

/** The steps, once loaded. */
type Steps = Awaited<ReturnType<typeof load>>;

/** Builds the backend. Close it to give back the descriptors of the workspace folders. */
export function nodeWorktrees(options: NodeWorktreesOptions): WorktreeBackend & { close(): void } {
  const roots = new Roots({ ...options, ground: groundHere() });
  const { folder, preImages } = options;

  /** Runs one step; what it throws comes back as a fault. */
  async function step<T>(work: (steps: Steps) => Promise<T>): Promise<T | Fault> {
    const steps = await load();
    try {
      return await work(steps);
    } catch (error) {
      return steps.gitFault(error);
    }
  }

  /** A person may; a call must have been granted to change the worktrees of the folder. */
  const check = (who: Grant | Person, right: "read" | "write", of: string): void => {
    if (!isPerson(who)) demand(who, "full", [{ right, resource: gitResource(of, "worktree") }]);
  };
  /** The names that whoever calls may be told. */
  const named = (who: Grant | Person) => (resource: string) => isPerson(who) || who.entry("list", resource);

  /** The folder of a worktree that is being made looks like one that was left, so making one waits for the sweep. */
  let swept = Promise.resolve();
  const sweep = async (...[known, origins]: Parameters<WorktreeBackend["sweep"]>): Promise<void> => {
    if (fs.existsSync(folder)) await step((steps) => steps.sweepWorktrees(roots, folder, known, origins));
  };

  return {
    make: (order, who, signal) =>
      step(async (steps) => {
        await swept;
        check(who, "write", order.of);
        return steps.makeWorktree(roots, folder, order, named(who), signal);
      }),
    look: (at, signal) => step((steps) => steps.lookAtWorktree(roots, at, signal)),
    disk: (at) => diskSizeOf(at.path, Number.MAX_SAFE_INTEGER),
    compare: (at, who, signal) =>
      step((steps) => {
        check(who, "read", at.worktree.of);
        return steps.compareWorktree(roots, at, preImages, signal);
      }),
    async baseText(at, name, _who, signal) {
      const text = await step(async (steps) => {
        const { origin } = await steps.openBoth(roots, at, signal);
        return steps.committedText(origin, at.worktree.base, name, signal);
      });
      return typeof text === "string" ? text : undefined;
    },
    remove: (at, signal) =>
      step(async (steps) => {
        await steps.removeWorktree(roots, at, { force: false }, signal);
        return undefined;
      }),
    discard: (at, planned, keepsBranch, who, signal) =>
      step(async (steps) => {
        check(who, "write", at.worktree.of);
        await steps.discardWorktree(roots, at, planned, keepsBranch, signal);
        return undefined;
      }),
    settle: (at, signal) => step((steps) => steps.settleWorktree(roots, at, preImages, signal)),
    sweep: (known, origins) => (swept = sweep(known, origins)),
    close: () => roots.close(),
  };
}
