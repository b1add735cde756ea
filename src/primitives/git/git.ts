// Primitive `git`: the repositories of the workspace folders, one operation per verb.
import type { Primitive } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import type { GitBackend } from "./backend.ts";
import { branchOperation, switchOperation } from "./branching.ts";
import { discardOperation, mergeOperation } from "./merging.ts";
import { blameOperation, diffOperation, logOperation, showOperation, statusOperation } from "./reading.ts";
import { fetchOperation, pushOperation } from "./remote.ts";
import { addOperation, commitOperation } from "./staging.ts";
import type { WorktreeBackend } from "./worktrees.ts";

/** Builds the primitive over its backends. */
export function gitPrimitive(backend: GitBackend, worktrees: WorktreeBackend, ops: KernelOps): Primitive {
  return {
    kind: "git",
    operations: [
      statusOperation(backend),
      diffOperation(backend),
      logOperation(backend),
      showOperation(backend),
      blameOperation(backend),
      addOperation(backend),
      commitOperation(backend),
      branchOperation(backend),
      switchOperation(backend),
      pushOperation(backend),
      fetchOperation(backend),
      mergeOperation(worktrees, ops),
      discardOperation(worktrees, ops),
    ],
  };
}
