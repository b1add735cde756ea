// A root agent apart: the worktree that it gets before it starts, and the words about it on the terminal.
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { fsSegments } from "../../abi/resource.ts";
import type { NewWorktree } from "../../kernel/processes/worktrees.ts";
import type { OpenRecord } from "../runtime.ts";

/**
 * Makes the worktree of an agent that is about to start, of the folder that it would work in. The fault says why there is
 * none: no git, no commit, no room. The caller launches the agent under the pid in it, or removes it again.
 */
export async function placeApart(
  { kernel, launcher, worktrees }: OpenRecord,
  order: { readonly goal: string; readonly cwd: string },
): Promise<NewWorktree | Fault> {
  if (worktrees === undefined)
    return fault("EUNAVAILABLE", "There are no worktrees here.", "Run without --worktree.");
  const of = fsSegments(order.cwd)[0] ?? "";
  const pid = kernel.reserveWorktree(launcher, of);
  if (isFault(pid)) return pid;
  const made = await worktrees.backend.make(
    { of, pid, goal: order.goal },
    launcher,
    new AbortController().signal,
  );
  return isFault(made) ? made : { ...made, pid };
}

/** The place of an agent that works apart, what it lacks, and how its work comes back. */
export function apartText({ name, path, worktree, notes }: NewWorktree): string {
  // The first sentences tell the agent where it is; the person reads that in the lines before.
  const lacks = notes.split(". ").slice(2).join(". ");
  return [
    `the agent works in ${path}, on the branch ${worktree.branch}`,
    ...(lacks === "" ? [] : [lacks]),
    `agentlibos merge ${quotedName(name)} brings its work into the workspace`,
    "",
  ].join("\n");
}
