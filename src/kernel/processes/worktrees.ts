// Worktrees: a process that works in a git worktree has the grants of its order there, and nowhere else.
import type { Listed } from "../../abi/capability.ts";
import { fault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import type { RootFolder, Worktree } from "../../abi/record.ts";
import { commit, type Core } from "../core.ts";
import { WORKTREES_MOST } from "../state/roots.ts";
import { crowdFault, rootFault } from "./roots.ts";

/** A worktree that the host has made for a process that is about to start, under the pid that was reserved for it. */
export interface NewWorktree extends RootFolder {
  readonly pid: number;
  readonly worktree: Worktree;
  /** Told to the process at its start. */
  readonly notes: string;
}

/** Reserves a pid, so that a worktree can be named after a process before there is one. It is not reused in this run. */
export function reservePid(core: Core): number {
  const pid = Math.max(core.state.nextPid, core.freePid);
  core.freePid = pid + 1;
  return pid;
}

/** Why there can be no further worktree of a folder. Whoever makes one asks first. */
export function roomForWorktree({ state: { roots } }: Core, of: string): Fault | undefined {
  const origin = roots.find(({ name }) => name === of);
  if (origin === undefined)
    return fault("ENOENT", `There is no workspace folder ${quotedName(of)}.`, "Name an open folder.");
  if (origin.worktree !== undefined)
    return fault(
      "EINVAL",
      `${quotedName(of)} is a worktree, and a worktree has none of its own.`,
      "Work in it, or let the agent that started you start the other one.",
    );
  if (roots.filter(({ worktree }) => worktree !== undefined).length < WORKTREES_MOST) return undefined;
  return fault(
    "EDQUOT",
    `There are ${WORKTREES_MOST} worktrees.`,
    "Merge or discard some, or ask a person to: agentlibos worktrees lists them.",
  );
}

/** Why a process cannot start in a worktree with these grants; a process that starts elsewhere needs none. */
export function worktreeFault(
  core: Core,
  made: NewWorktree | undefined,
  grants: readonly Listed[],
): Fault | undefined {
  if (made === undefined) return undefined;
  const { of } = made.worktree;
  const full = rootFault(core, { name: made.name, path: made.path }) ?? roomForWorktree(core, of);
  if (full !== undefined) return full;
  const taken = core.state.processes.has(made.pid)
    ? fault("ESTALE", `There is a process ${made.pid} already.`, "Try again.")
    : crowdFault(core, made);
  if (taken !== undefined) return taken;
  const { kinds } = core.state;
  const stray = grants.find(({ resource }) => (kinds.folderOf(resource) ?? of) !== of);
  return stray === undefined
    ? undefined
    : fault(
        "EINVAL",
        `${stray.resource} is outside the worktree of ${quotedName(of)}.`,
        `List grants on ${quotedName(of)} alone; they hold in the worktree instead.`,
      );
}

/** The name of a resource in a worktree; what lies in no workspace folder stays what it is. */
export function inWorktree(
  { state: { kinds } }: Core,
  made: NewWorktree | undefined,
  resource: string,
): string {
  return (made === undefined ? undefined : kinds.inFolder(resource, made.name)) ?? resource;
}

/** Adds the worktree of a process that was just created, in the same tick, and tells the process of it. */
export function addWorktree(core: Core, { pid, name, path, worktree, notes }: NewWorktree): void {
  commit(core, "root.add", { name, path, worktree, owner: `pid:${pid}` }, { pid });
  if (notes !== "") commit(core, "process.message", { text: notes, by: "kernel" }, { pid });
}
