// Staging and committing: plans that show exactly the tree that is to be, and acts that make that tree or nothing.
import fs from "node:fs";
import path from "node:path";
import { quotedName } from "../../../abi/quoted.ts";
import type { Grant } from "../../../kernel/witness.ts";
import type { Place } from "../../../primitives/fs/backend.ts";
import type { Committing, GitFile, Staging } from "../../../primitives/git/backend.ts";
import { refuse, Refusal } from "../fs/errno.ts";
import type { Changed } from "./patch.ts";
import { gitFile, may, stateOfLetter } from "./reading.ts";
import { parseStatus } from "./status.ts";
import { hooksOf, type Repository } from "./repository.ts";
import { GitFailed } from "./run.ts";
import { putIntoIndex, Scratch } from "./scratch.ts";

/** The most files of one call, and the most bytes that it stores. */
export const MAX_FILES = 5000;
const MAX_BYTES = 256 * 1024 * 1024;
/** The longest text of changes that a person is shown, in characters. */
const MAX_SHOWN = 1_000_000;

/** The changed files at some places. */
interface Found {
  readonly names: readonly string[];
  readonly skipped: number;
}

/**
 * Finds the changed files at places. A file that is named itself is taken, and its read is decided. One below a named
 * folder is left out if it could not be read without asking.
 */
async function changedAt(
  repository: Repository,
  paths: readonly Place[],
  grant: Grant,
  signal: AbortSignal,
): Promise<Found> {
  const named = new Set(paths.map((place) => repository.name(place)));
  const options = [
    "--porcelain=v2",
    "-z",
    "--untracked-files=all",
    "--ignore-submodules=all",
    "--no-renames",
  ];
  const { entries } = parseStatus(await repository.run(["status", ...options, "--", ...named], signal));
  const changed = entries.filter(({ tree }) => tree !== ".");
  if (changed.length === 0) await refuseIgnored(repository, [...named], signal);
  // A folder with a repository of its own ends in a stroke; it is that one's business.
  const own = changed.filter(({ name }) => named.has(name) && !name.endsWith("/"));
  const below = changed.filter(({ name }) => !named.has(name));
  const taken = below.filter(({ name }) => !name.endsWith("/") && may(repository, grant, "read", name));
  const names = [...own, ...taken].map(({ name }) => name);
  if (names.length > MAX_FILES)
    return refuse("E2BIG", `${names.length} files changed; one call takes ${MAX_FILES}.`, "Name paths.");
  boundBytes(repository, names);
  await refuseFilters(repository, names, signal);
  return { names, skipped: below.length - taken.length };
}

/** Says of files that seem unchanged when git ignores one of them. */
async function refuseIgnored(
  repository: Repository,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const options = ["-z", "--others", "--ignored", "--exclude-standard", "--directory"];
  const [ignored = ""] = (await repository.run(["ls-files", ...options, "--", ...names], signal)).split("\0");
  if (ignored !== "")
    refuse("EINVAL", `git ignores ${quotedName(ignored)}, so it is not staged.`, "Leave it out.");
}

function sizeOf(at: string): number {
  try {
    const stat = fs.lstatSync(at);
    return stat.isFile() ? stat.size : 0;
  } catch {
    return 0; // Gone, or below something that is a file now.
  }
}

function boundBytes(repository: Repository, names: readonly string[]): void {
  let bytes = 0;
  for (const name of names) {
    bytes += sizeOf(path.join(repository.path, name));
  }
  if (bytes > MAX_BYTES) refuse("E2BIG", `The files have ${bytes} bytes; one call stores ${MAX_BYTES}.`);
}

/** Refuses files whose content a program of the configuration would change, such as Git LFS: it does not run. */
export async function refuseFilters(
  repository: Repository,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const filters = new Set(
    repository.settings.flatMap(
      ({ key }) => /^filter\.(.+)\.(?:clean|smudge|process)$/su.exec(key)?.[1] ?? [],
    ),
  );
  if (filters.size === 0 || names.length === 0) return;
  const input = names.map((name) => `${name}\0`).join("");
  const said = await repository.run(["check-attr", "-z", "--stdin", "filter"], signal, { input });
  const parts = said.split("\0");
  for (let i = 0; i + 2 < parts.length; i += 3)
    if (filters.has(parts[i + 2] ?? ""))
      refuse(
        "EUNAVAILABLE",
        `${JSON.stringify(parts[i])} goes through the filter "${parts[i + 2]}", a program that does not run for agents.`,
        "Leave the file out, or ask a person to do this step.",
      );
}

/** States in which HEAD is not all that a commit stands on. */
const UNFINISHED: Readonly<Record<string, string>> = {
  MERGE_HEAD: "merge",
  CHERRY_PICK_HEAD: "cherry-pick",
  REVERT_HEAD: "revert",
  "rebase-merge": "rebase",
  "rebase-apply": "rebase",
};

/** Refuses to go on in the middle of another operation, which only a person can finish. */
export function refuseUnfinished({ gitDir }: Repository): void {
  const [, what] = Object.entries(UNFINISHED).find(([name]) => fs.existsSync(path.join(gitDir, name))) ?? [];
  if (what !== undefined)
    refuse("EBUSY", `A ${what} is under way here.`, "Ask a person to finish or abort it.");
}

function filesOf(repository: Repository, changes: readonly Changed[]): GitFile[] {
  return changes.map(({ path: name, state }) => gitFile(repository, name, stateOfLetter(state)));
}

function shownDiff(changes: readonly Changed[]): string {
  const all = changes.map(({ text }) => text).join("");
  return all.length <= MAX_SHOWN ? all : `${all.slice(0, MAX_SHOWN)}\n… ${all.length} characters in all\n`;
}

/** The trees before and after staging, and the changes between them. The scratch index is left as after it. */
async function tryStage(scratch: Scratch, found: Found, patch: boolean) {
  const before = await scratch.tree();
  await scratch.add(found.names);
  const after = await scratch.tree();
  const changes = await scratch.changes(before, after, patch);
  // A file that became a folder meanwhile brings what is in it.
  const names = new Set(found.names);
  if (changes.some((each) => !names.has(each.path)))
    return refuse("ESTALE", "The files changed while they were looked at.", "Try again.");
  return { before, after, changes };
}

export async function planStage(
  repository: Repository,
  paths: readonly Place[],
  look: Grant,
  signal: AbortSignal,
): Promise<Staging> {
  const found = await changedAt(repository, paths, look, signal);
  return Scratch.use(repository, false, signal, async (scratch) => {
    const { before, after, changes } = await tryStage(scratch, found, true);
    const files = filesOf(repository, changes);
    return { before, after, files, diff: shownDiff(changes), skipped: found.skipped };
  });
}

/** Fails unless a plan that was made again is what was prepared. */
function same(planned: readonly (string | undefined)[], now: readonly (string | undefined)[]): void {
  if (planned.some((each, i) => each !== now[i]))
    refuse("ESTALE", "It is not what was prepared: the repository or the files changed.", "Try again.");
}

export async function stage(
  repository: Repository,
  paths: readonly Place[],
  planned: Pick<Staging, "before" | "after">,
  grant: Grant,
  permit: (files: readonly GitFile[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const found = await changedAt(repository, paths, grant, signal);
  return Scratch.use(repository, true, signal, async (scratch) => {
    const { before, after, changes } = await tryStage(scratch, found, false);
    same([planned.before, planned.after], [before, after]);
    permit(filesOf(repository, changes));
    await putIntoIndex(repository, changes, signal);
  });
}

/** The tree that the index stands for now; undefined while files are in conflict. */
export async function indexTree(repository: Repository, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await Scratch.use(repository, false, signal, (scratch) => scratch.tree());
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** The commit that HEAD is, and the tree that a commit of these paths, or of the index, would have. */
async function tryCommit(
  repository: Repository,
  paths: readonly Place[],
  grant: Grant,
  keeps: boolean,
  signal: AbortSignal,
) {
  refuseUnfinished(repository);
  const head = await repository.commit("HEAD", signal);
  const branch = await repository.branch(signal);
  const found = paths.length === 0 ? undefined : await committedAt(repository, paths, grant, signal);
  return Scratch.use(repository, keeps, signal, async (scratch) => {
    if (found !== undefined) {
      await scratch.tree(); // Refuses conflicts, which a commit of other paths would hide.
      await scratch.read(head);
      await scratch.add(found);
    }
    const tree = await scratch.tree();
    const base = head ?? (await scratch.emptyTree());
    const changes = await scratch.changes(base, tree, !keeps);
    if (changes.length === 0)
      refuse("EINVAL", "Nothing is staged, so there is nothing to commit.", "Stage files with git_add.");
    if (changes.length > MAX_FILES)
      refuse("E2BIG", `${changes.length} files changed; one commit takes ${MAX_FILES}.`, "Name paths.");
    return { head, branch, tree, changes };
  });
}

/** The files at some places that differ from HEAD, in the index or in the work tree. */
async function committedAt(
  repository: Repository,
  paths: readonly Place[],
  grant: Grant,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { names } = await changedAt(repository, paths, grant, signal);
  const named = paths.map((place) => repository.name(place));
  const options = ["--porcelain=v2", "-z", "--untracked-files=no", "--ignore-submodules=all", "--no-renames"];
  const { entries } = parseStatus(await repository.run(["status", ...options, "--", ...named], signal));
  const staged = entries.filter(({ index, tree }) => index !== "." && tree === ".");
  return [...new Set([...names, ...staged.map(({ name }) => name)])];
}

export async function planCommit(
  repository: Repository,
  paths: readonly Place[],
  look: Grant,
  signal: AbortSignal,
): Promise<Committing> {
  const author = await authorOf(repository, signal);
  const { head, branch, tree, changes } = await tryCommit(repository, paths, look, false, signal);
  return {
    ...(head === undefined ? {} : { head }),
    ...(branch === undefined ? {} : { branch }),
    tree,
    files: filesOf(repository, changes),
    diff: shownDiff(changes),
    author,
    hooks: hooksOf(repository, "commit"),
  };
}

/** The person as git knows them; never a guess from the names of user and machine. */
async function authorOf(repository: Repository, signal: AbortSignal): Promise<string> {
  try {
    const ident = await repository.run(["var", "GIT_AUTHOR_IDENT"], signal);
    return ident.trim().replace(/ \d+ [+-]\d+$/u, "");
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    const hint = "A person sets it: git config --global user.name NAME, and user.email.";
    return refuse("EUNAVAILABLE", "git does not know whose commits these are.", hint);
  }
}

export async function makeCommit(
  repository: Repository,
  paths: readonly Place[],
  planned: Pick<Committing, "head" | "branch" | "tree">,
  message: string,
  grant: Grant,
  permit: (files: readonly GitFile[]) => void,
  signal: AbortSignal,
): Promise<string> {
  const { head, branch, tree, changes } = await tryCommit(repository, paths, grant, true, signal);
  same([planned.head, planned.branch, planned.tree], [head, branch, tree]);
  permit(filesOf(repository, changes));
  const parent = head === undefined ? [] : ["-p", head];
  const args = ["commit-tree", tree, ...parent, "-F", "-"];
  const made = (await repository.run(args, signal, { input: message })).trim();
  // The index first: a crash in between leaves files staged, and the commit can be made again.
  if (paths.length > 0) await putIntoIndex(repository, changes, signal);
  const [subject = ""] = message.split("\n");
  const zero = "0".repeat(made.length);
  await repository.run(["update-ref", "-m", `commit: ${subject}`, "HEAD", made, head ?? zero], signal);
  return made;
}
