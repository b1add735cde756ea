// The state of a worktree, and its end: nothing is removed that is nowhere else, unless a person says so.
import fs from "node:fs";
import path from "node:path";
import { lostWords } from "../../../../abi/record/roots.ts";
import type { WorktreeFolder, WorktreeState } from "../../../../primitives/git/worktrees.ts";
import { quotedName } from "../../../../abi/quoted.ts";
import { refuse } from "../../fs/errno.ts";
import type { Roots } from "../../fs/roots.ts";
import { refuseInUse, tipOf } from "../branching.ts";
import { openAt, openRepository, type Repository } from "../repository.ts";
import { GitFailed } from "../run.ts";
import { BEING_MADE, takeBack } from "./make.ts";

/** Opens the repository of the folder that a worktree is of, and the worktree in it unless that is gone. */
export async function openBoth(
  roots: Roots,
  { name, path: whole, worktree }: WorktreeFolder,
  signal: AbortSignal,
): Promise<{ readonly origin: Repository; readonly tree?: Repository }> {
  const origin = await openRepository(roots, { folder: worktree.of, segments: [] }, signal);
  if (!fs.existsSync(whole)) return { origin };
  const tree = await openAt(roots, { folder: name, segments: [] }, whole, signal);
  if (tree.commonDir !== origin.commonDir)
    return refuse(
      "ESTALE",
      `${quotedName(name)} is a worktree of another repository than ${quotedName(worktree.of)} has now.`,
      "Nothing was touched. Ask a person to look.",
    );
  return { origin, tree };
}

/** Counts what is in a worktree and nowhere else. */
export async function lookAtWorktree(
  roots: Roots,
  at: WorktreeFolder,
  signal: AbortSignal,
): Promise<WorktreeState> {
  const { origin, tree } = await openBoth(roots, at, signal);
  const { branch, base } = at.worktree;
  const tip = await tipOf(origin, branch, signal);
  const head = await origin.commit("HEAD", signal);
  const own = [tip, await tree?.commit("HEAD", signal)].filter((commit) => commit !== undefined);
  const known = [head, base].filter((commit) => commit !== undefined);
  const counted =
    own.length === 0 ? "0" : await origin.run(["rev-list", "--count", ...own, "--not", ...known], signal);
  const found = { commits: Number(counted), ...(tip === undefined ? {} : { tip }) };
  if (tree === undefined) return { ...found, gone: true, changed: 0, ignored: 0 };
  const options = ["-z", "--untracked-files=all", "--ignored", "--no-renames", "--ignore-submodules=all"];
  const entries = (await tree.run(["status", "--porcelain=v2", ...options], signal)).split("\0");
  return {
    ...found,
    gone: false,
    changed: entries.filter((line) => /^[12u?] /u.test(line)).length,
    ignored: entries.filter((line) => line.startsWith("! ")).length,
  };
}

/** Removes a worktree. Without `force` it does so only if nothing would be lost. */
export async function removeWorktree(
  roots: Roots,
  at: WorktreeFolder,
  { force, keepsBranch = false }: { readonly force: boolean; readonly keepsBranch?: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { origin } = await openBoth(roots, at, signal);
  const state = await lookAtWorktree(roots, at, signal);
  const { commits, changed, ignored, tip } = state;
  if (!force && changed + ignored + (keepsBranch ? 0 : commits) > 0)
    refuse(
      "EBUSY",
      `${quotedName(at.name)} has ${lostWords(state)} that would be lost.`,
      "Merge it, or discard it with all that is in it.",
    );
  await removeFolder(origin, at.path, force || state.gone, signal);
  if (keepsBranch || tip === undefined) return;
  await refuseInUse(origin, at.worktree.branch, signal);
  await origin.run(["update-ref", "-d", `refs/heads/${at.worktree.branch}`, tip], signal);
}

/** Lets git remove a folder of a worktree; it looks again whether that is clean. */
async function removeFolder(
  origin: Repository,
  whole: string,
  force: boolean,
  signal: AbortSignal,
): Promise<void> {
  const known = await origin.run(["worktree", "list", "--porcelain"], signal);
  if (!known.split("\n").includes(`worktree ${whole}`)) return;
  const remove = ["worktree", "remove", ...(force ? ["--force", "--force"] : []), whole];
  try {
    await origin.run(remove, signal);
  } catch (error) {
    // Git removes none with submodules unless it is forced. The files were looked at just now.
    if (force || !(error instanceof GitFailed) || !/submodule/u.test(error.message)) throw error;
    await origin.run(["worktree", "remove", "--force", whole], signal);
  }
}

/** One worktree as git lists it. */
interface ListedTree {
  readonly path: string;
  readonly head: string;
  readonly branch: string;
  readonly locked: string | undefined;
}

function parseList(listing: string): ListedTree[] {
  return listing.split("\n\n").flatMap((block) => {
    const fields = new Map(
      block.split("\n").map((line) => {
        const space = line.indexOf(" ");
        return space < 0 ? ([line, ""] as const) : ([line.slice(0, space), line.slice(space + 1)] as const);
      }),
    );
    const at = fields.get("worktree");
    const branch = fields.get("branch")?.replace(/^refs\/heads\//u, "") ?? "";
    return at === undefined
      ? []
      : [{ path: at, head: fields.get("HEAD") ?? "", branch, locked: fields.get("locked") }];
  });
}

/**
 * Removes worktrees in the folder of a record that the record does not know: a run was cut off while it made them, so
 * nobody has worked there. One that was finished is removed only if it is empty.
 */
export async function sweepWorktrees(
  roots: Roots,
  folder: string,
  known: readonly WorktreeFolder[],
  origins: readonly string[],
): Promise<void> {
  if (!fs.existsSync(folder)) return;
  const { signal } = new AbortController();
  const real = fs.realpathSync.native(folder);
  for (const of of origins) {
    const origin = await openRepository(roots, { folder: of, segments: [] }, signal).catch(() => undefined);
    if (origin === undefined) continue;
    const listed = parseList(await origin.run(["worktree", "list", "--porcelain"], signal));
    for (const { path: whole, head, branch, locked } of listed) {
      const stray = path.dirname(whole) === real && !known.some((each) => each.path === whole);
      if (!stray || !branch.startsWith("agent/")) continue;
      const at = { name: path.basename(whole), path: whole, worktree: { of, branch, base: head } };
      // One that does not go stays where it is; the next opening tries again.
      if (locked === BEING_MADE) await takeBack(origin, whole, branch, head).catch(() => undefined);
      else await removeWorktree(roots, at, { force: false }, signal).catch(() => undefined);
    }
  }
  for (const name of fs.readdirSync(real)) {
    const whole = path.join(real, name);
    const isEmpty = fs.lstatSync(whole).isDirectory() && fs.readdirSync(whole).length === 0;
    if (isEmpty && !known.some((each) => each.path === whole)) fs.rmdirSync(whole);
  }
}
