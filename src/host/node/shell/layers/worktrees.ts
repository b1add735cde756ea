// Linked work trees: the repository that a workspace folder belongs to lies elsewhere, and git needs that folder alone.
import fs from "node:fs";
import path from "node:path";
import { realOf } from "./stat.ts";

/** So much of the small files that git links work trees with is read. */
const MAX_LINK = 4096;

function linkIn(at: string): string | undefined {
  try {
    const stat = fs.lstatSync(at);
    return stat.isFile() && stat.size <= MAX_LINK ? fs.readFileSync(at, "utf8").trim() : undefined;
  } catch {
    return undefined; // It is not there, or not ours to read.
  }
}

/**
 * The real path of the repository of a linked work tree, when git's own link back from there names this work tree; a
 * folder that only says so of itself is none. Undefined for every other folder.
 */
export function repositoryOf(worktree: string): string | undefined {
  const link = path.join(worktree, ".git");
  const named = /^gitdir: (.+)$/u.exec(linkIn(link) ?? "")?.[1];
  const own = named === undefined ? undefined : realOf(path.resolve(worktree, named));
  if (own === undefined || path.basename(path.dirname(own)) !== "worktrees") return undefined;
  const back = linkIn(path.join(own, "gitdir"));
  const common = linkIn(path.join(own, "commondir"));
  if (back === undefined || common === undefined) return undefined;
  if (realOf(path.resolve(own, back)) !== realOf(link)) return undefined;
  const repository = realOf(path.resolve(own, common));
  // Its private folder must lie in it, so that no other folder can be named.
  return repository === path.dirname(path.dirname(own)) ? repository : undefined;
}
