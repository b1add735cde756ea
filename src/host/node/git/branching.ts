// Branches: making, deleting and switching to them, with the files that a switch changes known beforehand.
import type { FileChange } from "../../../abi/record/files.ts";
import type { BranchChange, GitFile, Switching } from "../../../primitives/git/backend.ts";
import { refuse } from "../fs/errno.ts";
import { parsePatch, type Changed } from "./patch.ts";
import { gitFile, requireCommit, stateOfLetter } from "./reading.ts";
import { parseStatus } from "./status.ts";
import { hooksOf, type Repository } from "./repository.ts";
import { MAX_FILES, refuseFilters, refuseUnfinished } from "./staging.ts";

const HEADS = "refs/heads/";

/** Refuses a name that no branch can have, or that a command could take for an option. */
export async function proveName(repository: Repository, name: string, signal: AbortSignal): Promise<void> {
  const ref = `${HEADS}${name}`;
  const plain = !name.startsWith("-") && !name.includes("\0") && name !== "HEAD";
  const kept = plain && (await repository.ask(["check-ref-format", "--normalize", ref], signal)) === ref;
  if (!kept)
    refuse("EINVAL", `${JSON.stringify(name)} is no name for a branch.`, "Use letters, digits, -, _ and /.");
}

/** The commit of a local branch; undefined when there is no such branch. */
export function tipOf(
  repository: Repository,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return repository.ask(["rev-parse", "--verify", "--quiet", `${HEADS}${name}`], signal);
}

async function requireTip(repository: Repository, name: string, signal: AbortSignal): Promise<string> {
  const tip = await tipOf(repository, name, signal);
  return tip ?? refuse("ENOENT", `There is no branch ${JSON.stringify(name)}.`, "List them with git_branch.");
}

async function refuseTaken(repository: Repository, name: string, signal: AbortSignal): Promise<void> {
  if ((await tipOf(repository, name, signal)) !== undefined)
    refuse("EEXIST", `The branch ${JSON.stringify(name)} is there already.`, "Choose another name.");
}

/** Refuses to delete a branch on which some work tree stands. */
export async function refuseInUse(repository: Repository, name: string, signal: AbortSignal): Promise<void> {
  const trees = await repository.run(["worktree", "list", "--porcelain"], signal);
  if (trees.split("\n").includes(`branch ${HEADS}${name}`))
    refuse("EBUSY", `A work tree stands on the branch ${JSON.stringify(name)}.`, "Switch to another first.");
}

export async function planBranch(
  repository: Repository,
  name: string,
  change: { readonly from?: string | undefined; readonly delete: boolean },
  signal: AbortSignal,
): Promise<BranchChange> {
  await proveName(repository, name, signal);
  if (change.delete) {
    const before = await requireTip(repository, name, signal);
    await refuseInUse(repository, name, signal);
    return { before };
  }
  await refuseTaken(repository, name, signal);
  return { after: await requireCommit(repository, change.from ?? "HEAD", signal) };
}

/** Makes or deletes a branch. Git compares what it was before, so nothing newer is lost. */
export async function changeBranch(
  repository: Repository,
  name: string,
  { before, after }: BranchChange,
  signal: AbortSignal,
): Promise<void> {
  await proveName(repository, name, signal);
  const ref = `${HEADS}${name}`;
  if (after !== undefined) {
    await refuseTaken(repository, name, signal);
    const none = "0".repeat(after.length);
    await repository.run(["update-ref", "-m", "branch: Created", ref, after, none], signal);
  } else if (before !== undefined) {
    await refuseInUse(repository, name, signal);
    await repository.run(["update-ref", "-d", ref, before], signal);
  }
}

/** Refuses to leave a work tree with changes: they would come along, or be in the way. */
async function refuseDirty(repository: Repository, signal: AbortSignal): Promise<void> {
  const options = ["--porcelain=v2", "-z", "--untracked-files=no", "--ignore-submodules=all"];
  const { entries } = parseStatus(await repository.run(["status", ...options], signal));
  if (entries.length > 0)
    refuse(
      "EBUSY",
      `${entries.length} ${entries.length === 1 ? "file has changes" : "files have changes"} that are not committed.`,
      "Commit them with git_commit first, or start an agent with worktree: true for the other branch.",
    );
}

/** The changes of going from one commit to another in the work tree. */
async function filesBetween(
  repository: Repository,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<readonly Changed[]> {
  const args = ["diff", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=all", from, to, "--"];
  const changes = parsePatch(await repository.run(args, signal));
  if (changes.length > MAX_FILES)
    refuse("E2BIG", `${changes.length} files differ; one switch changes ${MAX_FILES}.`, "Ask a person.");
  return changes;
}

/** The name of a content by its object; git keeps the content itself. */
function contentOf(object: string): string {
  return /^0+$/u.test(object) ? "absent" : `git:${object}`;
}

function fileChanges(repository: Repository, changes: readonly Changed[]): FileChange[] {
  return changes.flatMap(({ path, before, object }) =>
    repository
      .resources(path)
      .map((resource) => ({ resource, pre: contentOf(before), post: contentOf(object) })),
  );
}

/** What going from one commit to another did to the files of the work tree. */
export async function switched(
  repository: Repository,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<readonly FileChange[]> {
  return fileChanges(repository, await filesBetween(repository, from, to, signal));
}

export async function planSwitch(
  repository: Repository,
  name: string,
  create: boolean,
  signal: AbortSignal,
): Promise<Switching> {
  await proveName(repository, name, signal);
  refuseUnfinished(repository);
  const from = await repository.commit("HEAD", signal);
  const branch = await repository.branch(signal);
  if (create) await refuseTaken(repository, name, signal);
  const commit = create
    ? await requireCommit(repository, "HEAD", signal)
    : await requireTip(repository, name, signal);
  if (commit !== from) await refuseDirty(repository, signal);
  const changed =
    from === undefined || from === commit ? [] : await filesBetween(repository, from, commit, signal);
  const names = changed.map(({ path }) => path);
  await refuseFilters(repository, names, signal);
  const files = changed.map(({ path, state }) => gitFile(repository, path, stateOfLetter(state)));
  return {
    ...(from === undefined ? {} : { from }),
    ...(branch === undefined ? {} : { branch }),
    commit,
    creates: create,
    files,
    changes: fileChanges(repository, changed),
    hooks: hooksOf(repository, "switch"),
  };
}

export async function switchTo(
  repository: Repository,
  name: string,
  planned: Pick<Switching, "from" | "commit" | "creates">,
  permit: (files: readonly GitFile[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const now = await planSwitch(repository, name, planned.creates, signal);
  if (now.from !== planned.from || now.commit !== planned.commit)
    refuse("ESTALE", "It is not what was prepared: a branch has moved.", "Try again.");
  permit(now.files);
  if (planned.creates) {
    const none = "0".repeat(planned.commit.length);
    await repository.run(
      ["update-ref", "-m", "branch: Created from HEAD", `${HEADS}${name}`, planned.commit, none],
      signal,
    );
    const message = `checkout: moving from ${now.branch ?? planned.commit} to ${name}`;
    await repository.run(["symbolic-ref", "-m", message, "HEAD", `${HEADS}${name}`], signal);
    return;
  }
  // An ignored file in the way is a person's; git would overwrite it silently.
  const options = ["--no-guess", "--no-progress", "--no-recurse-submodules", "--no-overwrite-ignore"];
  await repository.run(["switch", "--quiet", ...options, name], signal);
}
