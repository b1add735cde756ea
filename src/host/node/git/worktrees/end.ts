// The end of a worktree: discarded by somebody who was told how much is lost, or settled when its process has ended.
import { quotedName } from "../../../../abi/quoted.ts";
import type { WorktreeFolder, WorktreeState } from "../../../../primitives/git/worktrees.ts";
import { refuse } from "../../fs/errno.ts";
import type { Roots } from "../../fs/roots.ts";
import { compareWorktree } from "./compare.ts";
import { lookAtWorktree, removeWorktree } from "./state.ts";

/** Removes a worktree with all that is in it, if that is what was planned for. */
export async function discardWorktree(
  roots: Roots,
  at: WorktreeFolder,
  planned: WorktreeState,
  keepsBranch: boolean,
  signal: AbortSignal,
): Promise<void> {
  const now = await lookAtWorktree(roots, at, signal);
  const same = (["gone", "tip", "commits", "changed", "ignored"] as const).every(
    (key) => now[key] === planned[key],
  );
  if (!same)
    refuse("ESTALE", `${quotedName(at.name)} has changed since it was looked at.`, "Look at it again.");
  await removeWorktree(roots, at, { force: true, keepsBranch }, signal);
}

/** Removes the worktree of an ended process if nothing would be lost. True when it is gone. */
export async function settleWorktree(
  roots: Roots,
  at: WorktreeFolder,
  store: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { gone, commits, changed, ignored } = await lookAtWorktree(roots, at, signal);
  if (commits + changed + ignored === 0) {
    await removeWorktree(roots, at, { force: false }, signal);
    return true;
  }
  if (gone) return true; // The folder was taken away; the commits are on its branch.
  if (ignored > 0 || (await compareWorktree(roots, at, store, signal)).length > 0) return false;
  await removeWorktree(roots, at, { force: true, keepsBranch: commits > 0 }, signal);
  return true;
}
