// Steps of worktrees: what the backend loads, in one part, when a worktree is made or looked at for the first time.
export { gitFault } from "../repository.ts";
export { committedText, compareWorktree } from "./compare.ts";
export { discardWorktree, settleWorktree } from "./end.ts";
export { makeWorktree } from "./make.ts";
export { lookAtWorktree, openBoth, removeWorktree, sweepWorktrees } from "./state.ts";
