// Workspace folders as records name them: those that were opened, and worktrees of their repositories.
import * as z from "zod";

/** A workspace folder: its name, its real path, and the path by which it was opened if that leads through a link. */
export const rootFolderSchema = z.strictObject({
  name: z.string(),
  path: z.string(),
  opened: z.string().optional(),
});
export type RootFolder = z.infer<typeof rootFolderSchema>;

/** The origin of a git worktree: the workspace folder that it is of, its own branch, and the commit that it began at. */
export const worktreeSchema = z.strictObject({ of: z.string(), branch: z.string(), base: z.string() });
export type Worktree = z.infer<typeof worktreeSchema>;

/** The bytes on disk that all worktrees of one record may take together. */
export const WORKTREES_BYTES = 16 * 1024 ** 3;

/** What came of a merge, as far as a reader of the record or of its value knows. */
export const mergedSchema = z.object({
  changes: z.array(
    z.object({ path: z.string(), change: z.string(), outcome: z.string(), why: z.string().optional() }),
  ),
  complete: z.boolean(),
});

/** The counts of what would be lost with a worktree. */
interface Lost {
  readonly commits: number;
  readonly changed: number;
  readonly ignored: number;
}

/** All that is in a worktree and nowhere else, in words; empty when there is nothing. */
export function lostWords({ commits, changed, ignored }: Lost): string {
  const counted = [
    [commits, "commit", "commits"],
    [changed, "changed file", "changed files"],
    [ignored, "ignored file", "ignored files"],
  ] as const;
  return counted
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`)
    .join(", ");
}
