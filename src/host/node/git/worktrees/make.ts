// Making a worktree: a folder beside the data folder and a branch, checked out without any program of the repository.
import fs from "node:fs";
import path from "node:path";
import { quotedName } from "../../../../abi/quoted.ts";
import type { MadeWorktree } from "../../../../primitives/git/worktrees.ts";
import { WORKTREES_BYTES } from "../../../../abi/record/roots.ts";
import { diskSizeOf } from "../../disk.ts";
import { refuse } from "../../fs/errno.ts";
import type { Roots } from "../../fs/roots.ts";
import { tipOf } from "../branching.ts";
import { openAt, openRepository, type Repository } from "../repository.ts";
import { refuseUnfinished } from "../staging.ts";

/** A checkout of a large repository takes its time. */
const CHECKOUT_MS = 10 * 60_000;
/** One worktree is at most so large, and so much of the disk stays free. */
const MAX_BYTES = 4 * 1024 ** 3;
const FREE_BYTES = 512 * 1024 ** 2;
/** So many names of one kind are told. */
const NAMED = 8;

/** The reason of git's lock on a worktree that is being made; one that has it was never used. */
export const BEING_MADE = "agentlibos: being made";

/** Words of a goal that can stand in the name of a folder and of a branch. */
function slugOf(goal: string): string {
  const words = goal.toLowerCase().match(/[a-z]+/gu) ?? [];
  const slug = words.slice(0, 4).join("-").slice(0, 24).replace(/-+$/u, "");
  return slug === "" ? "work" : slug;
}

/** Makes the folder of all worktrees of a record, private to this user, and proves that it is. */
export function privateFolder(at: string, roots: readonly string[]): string {
  fs.mkdirSync(at, { recursive: true, mode: 0o700 });
  const real = fs.realpathSync.native(at);
  const inside = roots.find((root) => real === root || real.startsWith(root + path.sep));
  if (inside !== undefined)
    return refuse(
      "EUNAVAILABLE",
      "The data folder lies in a workspace folder, and so would the worktree.",
      "Name another data folder with AGENTLIBOS_HOME.",
    );
  const stat = fs.lstatSync(real);
  const me = process.getuid?.();
  if (me !== undefined && (stat.uid !== me || (stat.mode & 0o022) !== 0))
    return refuse(
      "EACCES",
      `${quotedName(real)} is not a folder of this user alone.`,
      "Ask a person to look.",
    );
  return real;
}

/** Refuses what cannot have a worktree. Gives the commit that it begins at. */
async function baseOf(repository: Repository, of: string, signal: AbortSignal): Promise<string> {
  if (repository.top.segments.length > 0)
    refuse(
      "EUNAVAILABLE",
      `The repository begins in ${quotedName(repository.top.segments.join("/"))}, not at the top of ${quotedName(of)}.`,
      "Ask a person to open the folder of the repository.",
    );
  if (repository.value("core.bare") === "true")
    refuse("EUNAVAILABLE", "The repository is bare.", "Work without a worktree.");
  refuseUnfinished(repository);
  const head = await repository.commit("HEAD", signal);
  return head ?? refuse("EUNAVAILABLE", "The repository has no commit yet.", "Commit something first.");
}

/** Refuses a tree that is too large, or that the disk has no room for. */
async function refuseLarge(
  repository: Repository,
  at: string,
  base: string,
  signal: AbortSignal,
): Promise<void> {
  const listing = await repository.run(["ls-tree", "-r", "-l", "-z", base], signal);
  let bytes = 0;
  for (const entry of listing.split("\0")) bytes += Number(/^\S+ blob \S+ +(\d+)\t/u.exec(entry)?.[1] ?? 0);
  const { bavail, bsize } = fs.statfsSync(at);
  const mb = (size: number): string => `${Math.ceil(size / 1024 ** 2)} MB`;
  if (bytes > MAX_BYTES)
    refuse(
      "E2BIG",
      `A worktree would take ${mb(bytes)}, and ${mb(MAX_BYTES)} are the most.`,
      "Work without one.",
    );
  const taken = await diskSizeOf(at, WORKTREES_BYTES);
  if (taken + bytes > WORKTREES_BYTES)
    refuse(
      "EDQUOT",
      `The worktrees take ${mb(taken)}, this one would take ${mb(bytes)}, and ${mb(WORKTREES_BYTES)} are the most for all.`,
      "Merge or discard some, or ask a person to: agentlibos worktrees lists them.",
    );
  if (bytes + FREE_BYTES > bavail * bsize)
    refuse(
      "ENOSPC",
      `A worktree would take ${mb(bytes)}, and the disk has ${mb(bavail * bsize)} left.`,
      "Ask a person to discard other worktrees, or to free some space.",
    );
}

/** A name that neither a branch nor a folder has. */
async function freeName(repository: Repository, at: string, pid: number, goal: string, signal: AbortSignal) {
  const first = `${pid}-${slugOf(goal)}`;
  for (let n = 1; n < 100; n++) {
    const name = n === 1 ? first : `${first}-${n}`;
    const taken = (await tipOf(repository, `agent/${name}`, signal)) !== undefined;
    if (!taken && !fs.existsSync(path.join(at, name))) return name;
  }
  return refuse("EEXIST", `Every branch agent/${first} is taken.`, "Delete some of them with git_branch.");
}

const list = (names: readonly string[]): string =>
  [
    ...names.slice(0, NAMED).map(quotedName),
    ...(names.length > NAMED ? [`${names.length - NAMED} more`] : []),
  ].join(", ");

/** What a worktree lacks, in sentences. `names` says which names of the origin may be told. */
async function lacks(
  origin: Repository,
  tree: Repository,
  names: (name: string) => boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const said: string[] = [];
  const files = await tree.run(["ls-files", "-s", "-z"], signal);
  const entries = files.split("\0").flatMap((line) => {
    const [, mode = "", name = ""] = /^(\d+) [^\t]*\t(.*)$/su.exec(line) ?? [];
    return name === "" ? [] : [{ mode, name }];
  });
  const modules = entries.filter(({ mode }) => mode === "160000").map(({ name }) => name);
  if (modules.length > 0) said.push(`Submodules are empty: ${list(modules)}.`);
  const input = entries.map(({ name }) => `${name}\0`).join("");
  const attributes =
    input === "" ? "" : await tree.run(["check-attr", "-z", "--stdin", "filter"], signal, { input });
  const parts = attributes.split("\0");
  const filtered = parts.filter(
    (_, i) => i % 3 === 0 && !["unspecified", "unset", ""].includes(parts[i + 2] ?? ""),
  );
  if (filtered.length > 0)
    said.push(
      `Files of filters such as Git LFS are as git stores them, not their content: ${list(filtered)}.`,
    );
  const options = [
    "--porcelain=v2",
    "-z",
    "--untracked-files=normal",
    "--ignored",
    "--ignore-submodules=all",
  ];
  const status = (await origin.run(["status", ...options, "--no-renames"], signal)).split("\0");
  const extra = status.filter((line) => /^[?!] (?!\.agentlibos\/)/u.test(line));
  const say = (kind: string, sentence: string): void => {
    const found = extra.filter((line) => line.startsWith(kind)).map((line) => line.slice(2));
    const told = found.filter((name) => names(name.replace(/\/$/u, "")));
    if (found.length > 0)
      said.push(`${sentence}: ${told.length === 0 ? `${found.length} of them` : list(told)}.`);
  };
  say("?", "It has no files that are not in git");
  say(
    "!",
    "Files that git ignores are not in it; commands in a layer see them, copied on write, except secrets",
  );
  const changed = status.filter((line) => /^[12u] /u.test(line)).length;
  if (changed > 0)
    said.push(
      `It begins at the last commit, without ${changed} changed ${changed === 1 ? "file" : "files"} of the workspace.`,
    );
  return said;
}

/** Makes a worktree of a workspace folder. What it has begun it takes back when it fails. */
export async function makeWorktree(
  roots: Roots,
  folder: string,
  { of, pid, goal }: { readonly of: string; readonly pid: number; readonly goal: string },
  names: (resource: string) => boolean,
  signal: AbortSignal,
): Promise<MadeWorktree> {
  const repository = await openRepository(roots, { folder: of, segments: [] }, signal);
  const base = await baseOf(repository, of, signal);
  const at = privateFolder(folder, roots.realPaths());
  await refuseLarge(repository, at, base, signal);
  const name = await freeName(repository, at, pid, goal, signal);
  const branch = `agent/${name}`;
  const whole = path.join(at, name);
  const made = { name, path: whole, worktree: { of, branch, base } };
  const add = ["worktree", "add", "--quiet", "--no-checkout", "--lock", "--reason", BEING_MADE];
  try {
    await repository.run([...add, "--no-track", "-b", branch, whole, base], signal);
    // Its own settings may name programs, too, so it is opened like any repository before a file is written.
    const tree = await openAt(roots, { folder: name, segments: [] }, whole, signal);
    await tree.run(["read-tree", "-m", "-u", "HEAD"], signal, { patience: CHECKOUT_MS });
    const told = await lacks(repository, tree, (each) => repository.resources(each).every(names), signal);
    await repository.run(["worktree", "unlock", whole], signal);
    return { ...made, notes: notesOf(made.worktree, told) };
  } catch (error) {
    await takeBack(repository, whole, branch, base).catch(() => undefined);
    throw error;
  }
}

/** What a process is told at its start in a worktree. */
function notesOf({ of, branch }: MadeWorktree["worktree"], told: readonly string[]): string {
  return [
    `You work in a git worktree of ${quotedName(of)}, on the branch ${branch}. What you do here changes nothing in ${quotedName(of)}; a person merges it.`,
    ...told,
  ].join(" ");
}

/** Removes a worktree that was never used, with its branch if that is where it was made. */
export async function takeBack(
  repository: Repository,
  whole: string,
  branch: string,
  base: string,
): Promise<void> {
  const { signal } = new AbortController();
  const known = await repository.ask(["worktree", "list", "--porcelain"], signal);
  if (known?.split("\n").includes(`worktree ${whole}`) === true)
    await repository.run(["worktree", "remove", "--force", "--force", whole], signal);
  fs.rmSync(whole, { recursive: true, force: true });
  if ((await tipOf(repository, branch, signal)) === base)
    await repository.run(["update-ref", "-d", `refs/heads/${branch}`, base], signal);
}
