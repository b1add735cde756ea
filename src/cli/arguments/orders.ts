// Orders: what a person typed about checkpoints and worktrees, before anything of it is looked up.
import { pidOf, text, UsageError, type Options } from "./values.ts";

/** A restore as typed. Without `apply` it only shows what it would do. */
export interface RestoreOrder {
  readonly checkpoint: string;
  readonly paths: readonly string[];
  readonly apply: boolean;
}

/** A branch as typed: a checkpoint, the agent whose tree goes on from it, and what it is told. */
export interface BranchOrder {
  readonly checkpoint: string;
  readonly agent: number | undefined;
  readonly replace: boolean;
  readonly text: string | undefined;
}

/** A merge as typed: a worktree, and the files of it that are wanted. */
export interface MergeOrder {
  readonly worktree: string;
  readonly paths: readonly string[];
}

/** A discard as typed. */
export interface DiscardOrder {
  readonly worktree: string;
  readonly force: boolean;
  readonly keepsBranch: boolean;
}

/** A comparison as typed: two checkpoints, or one and what is now. */
export interface CompareOrder {
  readonly from: string;
  readonly to: string | undefined;
}

/** Reads the order of `branch`. */
export function branchOrder(values: Options, [checkpoint, ...more]: readonly string[]): BranchOrder {
  if (checkpoint === undefined || more.length > 0)
    throw new UsageError("branch takes one CHECKPOINT; see agentlibos checkpoints");
  const agent = text(values, "agent");
  return {
    checkpoint,
    agent: agent === undefined ? undefined : pidOf("--agent", agent),
    replace: values["replace"] === true,
    text: text(values, "say"),
  };
}

/** Reads the order of `compare`. */
export function compareOrder([from, to, ...more]: readonly string[]): CompareOrder {
  if (from === undefined || more.length > 0)
    throw new UsageError("compare takes one or two of CHECKPOINT; see agentlibos checkpoints");
  return { from, to };
}
