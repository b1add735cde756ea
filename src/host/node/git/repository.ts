// Repositories: the one that a place of a workspace folder is in, proven to belong to it, with its settings.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Fault } from "../../../abi/errors.ts";
import type { Place } from "../../../primitives/fs/backend.ts";
import { codeOf, refuse, told } from "../fs/errno.ts";
import type { Roots } from "../fs/roots.ts";
import { GitFailed, runGit, type GitRun } from "./run.ts";
import { overrides, type Entry, type Configured } from "./environment.ts";

/** Reads a small file of git's own; undefined when it is not there. */
function line(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8").trim();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

function realPath(at: string): string | undefined {
  try {
    return fs.realpathSync.native(at);
  } catch {
    return undefined;
  }
}

/** True for a path that is one of the folders or lies in one; all are real paths. */
function liesIn(at: string, folders: readonly string[]): boolean {
  return folders.some((folder) => at === folder || at.startsWith(folder + path.sep));
}

/** One opened repository: every command in it gets the whole table, and the names that its settings bring. */
export class Repository {
  /** The top of its work tree as a place, and by its real path. */
  readonly top: Place;
  readonly path: string;
  readonly gitDir: string;
  readonly commonDir: string;
  readonly settings: readonly Configured[];
  readonly roots: Roots;
  readonly #overrides: readonly Entry[];

  constructor(
    found: Pick<Repository, "top" | "path" | "gitDir" | "commonDir" | "roots">,
    settings: readonly Configured[],
  ) {
    this.top = found.top;
    this.path = found.path;
    this.gitDir = found.gitDir;
    this.commonDir = found.commonDir;
    this.roots = found.roots;
    this.settings = settings;
    this.#overrides = overrides(settings);
  }

  /** The place of a path as git names it, from the top on. */
  place(name: string): Place {
    return { folder: this.top.folder, segments: [...this.top.segments, ...name.split("/")] };
  }

  /** Every resource that a path of git has: one for each workspace folder that contains it. */
  resources(name: string): string[] {
    return this.roots.resources(this.place(name));
  }

  /** A place as git names it, from the top on; the top itself is `.`. A place outside is refused. */
  name({ folder, segments }: Place): string {
    const { top } = this;
    if (folder !== top.folder || !top.segments.every((segment, i) => segments[i] === segment)) {
      const other = [folder, ...segments].join("/");
      return refuse("EINVAL", `"${other}" is in another repository.`, "Change the directory into that one.");
    }
    const rest = segments.slice(top.segments.length);
    return rest.length === 0 ? "." : rest.join("/");
  }

  /** The last value of a key; later files win, as in git itself. */
  value(key: string): string | undefined {
    return this.settings.findLast((each) => each.key === key)?.value;
  }

  run(args: readonly string[], signal: AbortSignal, more: Partial<GitRun> = {}): Promise<string> {
    const where = [`--git-dir=${this.gitDir}`, `--work-tree=${this.path}`];
    const settings = [...this.#overrides, ...(more.settings ?? [])];
    const run = { at: this.path, ...more, settings, args: [...where, ...args] };
    return runGit(run, this.roots.realPaths(), signal);
  }

  /** The same for a question to git that may have no answer: undefined then. */
  async ask(args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
    try {
      const said = (await this.run(args, signal)).trim();
      return said === "" ? undefined : said;
    } catch (error) {
      if (error instanceof GitFailed) return undefined;
      throw error;
    }
  }

  /** The commit that a revision names; undefined when there is none. */
  commit(ref: string, signal: AbortSignal): Promise<string | undefined> {
    return this.ask(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`], signal);
  }

  /** The name of the current branch, also before its first commit; undefined on a detached HEAD. */
  async branch(signal: AbortSignal): Promise<string | undefined> {
    const ref = await this.ask(["symbolic-ref", "--quiet", "HEAD"], signal);
    return ref?.startsWith("refs/heads/") === true ? ref.slice("refs/heads/".length) : ref;
  }
}

/** The folder of a place and those above it, up to the workspace folder, the innermost first. */
function placesAbove({ folder, segments }: Place): Place[] {
  return segments
    .map((_, i) => ({ folder, segments: segments.slice(0, segments.length - i) }))
    .concat({ folder, segments: [] });
}

function noRepository({ folder }: Place, root: string): never {
  for (let at = path.dirname(root); at !== path.dirname(at); at = path.dirname(at))
    if (fs.existsSync(path.join(at, ".git")))
      return refuse(
        "EUNAVAILABLE",
        `The repository around "${folder}" begins above the workspace folder.`,
        "Ask a person to open the folder of the repository.",
      );
  return refuse(
    "ENOENT",
    `There is no git repository in or around the working directory in "${folder}".`,
    "Work without git, or ask a person to make one.",
  );
}

/**
 * Refuses a repository whose data lie outside every workspace folder, unless git's own back link names this work tree:
 * then `git worktree` or `git submodule` made it. Any other pointer would open a stranger's repository (M6).
 */
function proveOwn(top: string, gitDir: string, commonDir: string, roots: readonly string[]): void {
  if (liesIn(gitDir, roots) && liesIn(commonDir, roots)) return;
  const back = line(path.join(gitDir, "gitdir"));
  const linked = back !== undefined && realPath(path.dirname(path.resolve(gitDir, back))) === top;
  const inOrder = commonDir === path.dirname(path.dirname(gitDir));
  const named = /^\s*worktree\s*=\s*"?([^"\n]+?)"?\s*$/mu.exec(line(path.join(gitDir, "config")) ?? "")?.[1];
  const submodule = named !== undefined && realPath(path.resolve(gitDir, named)) === top;
  if ((linked && inOrder) || (submodule && commonDir === gitDir)) return;
  refuse(
    "EACCES",
    "The .git here points to a repository outside every workspace folder, which does not know this folder.",
    "Nothing was read from it. Ask a person to look at .git.",
  );
}

/** The parts of git's data from which it takes names and contents. */
const PARTS = [
  "HEAD",
  "config",
  "config.worktree",
  "objects",
  "refs",
  "packed-refs",
  "index",
  "logs",
  "info",
];

/** Refuses a repository a part of which is a link: it would be read from, or written to, another place. */
function proveWhole(data: string): void {
  for (const part of PARTS) {
    const at = path.join(data, part);
    if (fs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue;
    if (part === "HEAD" && !path.isAbsolute(fs.readlinkSync(at))) continue; // The old form of a branch.
    refuse("EACCES", `In the .git here, "${part}" is a link.`, "Ask a person to look at .git.");
  }
}

/** True when this user made the folder. Otherwise git itself decides, by the person's `safe.directory`. */
function isOwn(at: string): boolean {
  return process.getuid !== undefined && fs.statSync(at).uid === process.getuid();
}

async function proveOwner(top: string, gitDir: string, roots: Roots, signal: AbortSignal): Promise<void> {
  if (isOwn(top) && isOwn(gitDir)) return;
  const env = { GIT_CEILING_DIRECTORIES: path.dirname(top) };
  await runGit({ at: top, args: ["rev-parse", "--git-dir"], env }, roots.realPaths(), signal);
}

/** The folder of git's data that a `.git` is or names. */
function dataOf(dotGit: string): string {
  const text = fs.statSync(dotGit).isDirectory() ? undefined : line(dotGit);
  const named = text === undefined ? dotGit : /^gitdir: ([^\n]+)$/u.exec(text)?.[1];
  const real = named === undefined ? undefined : realPath(path.resolve(path.dirname(dotGit), named));
  return real ?? lost();
}

function lost(): never {
  return refuse("EIO", "The .git here names a repository that is not there.", "Ask a person to look.");
}

/** Opens the repository that a place is in. */
export async function openRepository(roots: Roots, at: Place, signal: AbortSignal): Promise<Repository> {
  const root = roots.enter(roots.get(at.folder), roots.reserved());
  const real = (place: Place): string => path.join(root.real, ...place.segments);
  const top = placesAbove(at).find((place) => fs.existsSync(path.join(real(place), ".git")));
  if (top === undefined) return noRepository(at, root.real);
  return openAt(roots, top, real(top), signal);
}

/** Opens the repository whose work tree begins at a real path. `top` is the place by which its files are known. */
export async function openAt(
  roots: Roots,
  top: Place,
  whole: string,
  signal: AbortSignal,
): Promise<Repository> {
  if (realPath(whole) !== whole)
    return refuse("EACCES", "The way to this repository leads through a link.", "Name the real folder.");
  const gitDir = dataOf(path.join(whole, ".git"));
  const shared = line(path.join(gitDir, "commondir"));
  const commonDir = shared === undefined ? gitDir : realPath(path.resolve(gitDir, shared));
  if (commonDir === undefined) return lost();
  proveOwn(whole, gitDir, commonDir, roots.realPaths());
  for (const data of new Set([gitDir, commonDir])) proveWhole(data);
  await proveOwner(whole, gitDir, roots, signal);
  const found = { top, path: whole, gitDir, commonDir, roots };
  const bare = new Repository(found, []);
  const listing = await bare.run(["config", "--list", "--show-scope", "-z", "--includes"], signal);
  return new Repository(found, parseSettings(listing));
}

/** Parses `config --list --show-scope -z`: the scope, then the key, a line end and the value. */
function parseSettings(listing: string): Configured[] {
  const parts = listing.split("\0");
  const listed: Configured[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [scope = "", entry = ""] = [parts[i], parts[i + 1]];
    const end = entry.indexOf("\n");
    // A key without a value means true.
    const [key, value] = end < 0 ? [entry, "true"] : [entry.slice(0, end), entry.slice(end + 1)];
    if (scope !== "command") listed.push({ scope, key, value });
  }
  return listed;
}

/** The meaning of something thrown by git. Other errors are bugs and go on. */
export function gitFault(error: unknown): Fault {
  if (!(error instanceof GitFailed)) return told(error, "The repository");
  const [first = ""] = error.message.split("\n").filter((said) => !said.startsWith("hint:"));
  const said = first.slice(0, 300);
  const at = (code: Fault["code"], hint: string): Fault => ({
    ok: false,
    code,
    message: `git refused: ${said}`,
    hint,
  });
  if (/dubious ownership/u.test(error.message))
    return at("EACCES", "Another user owns this repository; a person may add it to safe.directory.");
  if (/\.lock'?: File exists|index\.lock/u.test(error.message))
    return at("EBUSY", "Another git command is at work here. Try again; a person may remove a stale lock.");
  if (/no such path|did not match any|does not have a commit/u.test(error.message))
    return at("ENOENT", "Look with git_status what is there.");
  return at("EIO", "Look with git_status, then try again in another way.");
}

/** The hooks of each act, as githooks(5) has them. */
const HOOKS = {
  commit: [
    ...["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"],
    ...["reference-transaction", "post-index-change"],
  ],
  switch: ["post-checkout", "reference-transaction", "post-index-change"],
  push: ["pre-push", "reference-transaction"],
} as const;

function isProgram(at: string): boolean {
  try {
    fs.accessSync(at, fs.constants.X_OK);
    return fs.statSync(at).isFile();
  } catch {
    return false;
  }
}

/** The names of the hooks that an act leaves out, of those that are set up. */
export function hooksOf(repository: Repository, act: keyof typeof HOOKS): string[] {
  const set = repository.value("core.hookspath") ?? path.join(repository.commonDir, "hooks");
  const folder = path.resolve(
    repository.path,
    set.replace(/^~(?=\/)/u, () => os.homedir()),
  );
  const files = HOOKS[act].filter((name) => isProgram(path.join(folder, name)));
  // Newer versions of git take hooks from settings, too.
  const named = repository.settings.flatMap(({ key, value }) =>
    /^hook\..+\.event$/su.test(key) ? value : [],
  );
  return [...files, ...HOOKS[act].filter((name) => named.includes(name) && !files.includes(name))];
}
