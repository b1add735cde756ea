// Reading a repository: status, changes, history and blame, as far as the caller may read the files that they are about.
import type { Grant } from "../../../kernel/witness.ts";
import type { Place } from "../../../primitives/fs/backend.ts";
import type {
  BlamedLine,
  FileState,
  GitBranches,
  GitCommit,
  GitFile,
  GitPatch,
  GitShown,
  Refs,
  Sides,
} from "../../../primitives/git/backend.ts";
import { refuse } from "../fs/errno.ts";
import { parsePatch, type Changed } from "./patch.ts";
import type { Repository } from "./repository.ts";
import { PATCH_OPTIONS } from "./environment.ts";

/** The longest text of changes that one call gives, in characters, and the most names. */
const MAX_PATCH = 200_000;
const MAX_NAMES = 2000;
const MAX_CONTENT = 1024 * 1024;
const MAX_LINES = 5000;

/** True when the caller may read, or list, a path of git without asking anybody. A name that is no text never counts. */
export function may(repository: Repository, grant: Grant, right: "read" | "list", name: string): boolean {
  return (
    !name.includes("\ufffd") && repository.resources(name).every((resource) => grant.entry(right, resource))
  );
}

/** A file of git as callers know it. */
export function gitFile(
  repository: Repository,
  name: string,
  state: FileState,
  more: Pick<GitFile, "staged" | "from"> = {},
): GitFile {
  return { place: repository.place(name), resources: repository.resources(name), state, ...more };
}

const STATES: Readonly<Record<string, FileState>> = {
  ...{ A: "added", C: "added", D: "deleted", M: "modified", R: "renamed", T: "modified", U: "conflict" },
};

/** The state of a letter of git's. */
export function stateOfLetter(letter: string): FileState {
  return STATES[letter] ?? "modified";
}

/** The text of those changes that the caller may read, as many as fit. */
function readable(repository: Repository, changes: readonly Changed[], grant: Grant): GitPatch {
  const allowed = changes.filter(({ path, from }) =>
    [path, ...(from === undefined ? [] : [from])].every((name) => may(repository, grant, "read", name)),
  );
  let size = 0;
  const fits = allowed.map(({ text }) => (size += text.length) <= MAX_PATCH);
  return {
    diff: allowed.flatMap(({ text }, i) => (fits[i] === true ? text : [])).join(""),
    hidden: changes.length - allowed.length,
    left: allowed.filter((_, i) => fits[i] !== true).map(({ path }) => repository.place(path)),
  };
}

/** The changes between two sides, each file with its text. */
export async function changesBetween(
  repository: Repository,
  sides: readonly string[],
  names: readonly string[],
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<Changed[]> {
  const args = ["diff", "--raw", "--patch", ...PATCH_OPTIONS, ...sides, "--", ...names];
  return parsePatch(await repository.run(args, signal, { env }));
}

/** The commit that a caller named, or a refusal with what to do. */
export async function requireCommit(
  repository: Repository,
  ref: string,
  signal: AbortSignal,
): Promise<string> {
  const found = await repository.commit(ref, signal);
  const hint = "List commits with git_log and branches with git_branch.";
  return found ?? refuse("ENOENT", `${JSON.stringify(ref)} names no commit here.`, hint);
}

export async function diffOf(
  repository: Repository,
  { from, to, staged }: Sides,
  paths: readonly Place[],
  grant: Grant,
  signal: AbortSignal,
): Promise<GitPatch> {
  const commits: string[] = [];
  for (const ref of [from, to])
    if (ref !== undefined) commits.push(await requireCommit(repository, ref, signal));
  const sides = [...(staged ? ["--cached"] : []), ...commits];
  const names = paths.map((place) => repository.name(place));
  return readable(repository, await changesBetween(repository, sides, names, signal), grant);
}

const LOG_FORMAT = "--format=%H%n%an%n%aI%n%s";

/** The commits of some revisions, the newest first. */
export async function commitsOf(
  repository: Repository,
  revisions: readonly string[],
  limit: number,
  names: readonly string[],
  signal: AbortSignal,
): Promise<GitCommit[]> {
  const options = ["-z", LOG_FORMAT, `--max-count=${limit}`, "--no-decorate", "--no-show-signature"];
  const output = await repository.run(["log", ...options, ...revisions, "--", ...names], signal);
  return output
    .split("\0")
    .filter((text) => text !== "")
    .map((text) => {
      const [commit = "", author = "", date = "", ...subject] = text.split("\n");
      return { commit, author, date, subject: subject.join(" ").trim() };
    });
}

/** The history of a revision; empty before the first commit. */
export async function logOf(
  repository: Repository,
  order: { readonly limit: number; readonly ref?: string | undefined; readonly paths: readonly Place[] },
  signal: AbortSignal,
): Promise<readonly GitCommit[]> {
  const { limit, ref, paths } = order;
  const start = ref === undefined ? await repository.commit("HEAD", signal) : undefined;
  if (ref === undefined && start === undefined) return [];
  const commit = start ?? (await requireCommit(repository, ref ?? "HEAD", signal));
  const names = paths.map((place) => repository.name(place));
  return commitsOf(repository, [commit], limit, names, signal);
}

export async function showOf(
  repository: Repository,
  ref: string,
  grant: Grant,
  signal: AbortSignal,
): Promise<GitShown> {
  const [, named, name] = /^((?:[^:{]|\{[^}]*\})*):(.*)$/su.exec(ref) ?? [];
  if (named !== undefined && name !== undefined) return contentAt(repository, named, name, grant, signal);
  const commit = await requireCommit(repository, ref, signal);
  const [about] = await commitsOf(repository, [commit], 1, [], signal);
  const message = await repository.run(["log", "--max-count=1", "--format=%B", commit, "--"], signal);
  const parent = await repository.commit(`${commit}^1`, signal);
  const none = ["hash-object", "-t", "tree", "/dev/null"];
  const before = parent ?? (await repository.run(none, signal)).trim();
  const patch = readable(repository, await changesBetween(repository, [before, commit], [], signal), grant);
  if (about === undefined) return refuse("ENOENT", `${ref} is no commit.`);
  return { ...about, message: message.trim(), patch };
}

/** The content of a file as a commit has it. The name decides, as for a file of the work tree. */
async function contentAt(
  repository: Repository,
  ref: string,
  name: string,
  grant: Grant,
  signal: AbortSignal,
): Promise<GitShown> {
  const plain = name !== "" && name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (ref === "" || !plain)
    return refuse("EINVAL", `"${ref}:${name}" is not understood.`, "Write COMMIT:path/from/the/top.");
  if (!may(repository, grant, "read", name))
    return refuse(
      "EACCES",
      `"${name}" may not be read without asking, so it is not shown at a commit either.`,
      "Ask a person for what you need from it.",
    );
  const commit = await requireCommit(repository, ref, signal);
  const entry = await repository.run(["ls-tree", "-z", "--full-tree", commit, "--", name], signal);
  const [, mode = "", object = ""] = /^(\d{6}) \w+ ([0-9a-f]+)\t/u.exec(entry) ?? [];
  const missing = `Look with git_show ${commit.slice(0, 10)}.`;
  if (object === "") return refuse("ENOENT", `${ref} has no "${name}".`, missing);
  if (!/^1(?:00|20)/u.test(mode)) return refuse("EINVAL", `"${name}" is no file at ${ref}.`, missing);
  const size = Number(await repository.run(["cat-file", "-s", object], signal));
  if (size > MAX_CONTENT)
    return refuse("E2BIG", `"${name}" has ${size} bytes at ${ref}; at most ${MAX_CONTENT} are shown.`);
  const content = await repository.run(["cat-file", "blob", object], signal);
  return { commit, place: repository.place(name), content };
}

export async function blameOf(
  repository: Repository,
  file: Place,
  signal: AbortSignal,
): Promise<readonly BlamedLine[]> {
  const name = repository.name(file);
  const output = await repository.run(
    ["blame", "--porcelain", "--no-textconv", `-L1,+${MAX_LINES}`, "--", name],
    signal,
  );
  const known = new Map<string, { author: string; date: string }>();
  const lines: BlamedLine[] = [];
  let [commit, line] = ["", 0];
  for (const each of output.split("\n")) {
    const header = /^([0-9a-f]{40,64}) \d+ (\d+)/u.exec(each);
    const about = known.get(commit) ?? { author: "", date: "" };
    if (header !== null) [commit, line] = [header[1] ?? "", Number(header[2])];
    else if (each.startsWith("author ")) known.set(commit, { ...about, author: each.slice(7) });
    else if (each.startsWith("author-time "))
      known.set(commit, {
        ...about,
        date: new Date(Number(each.slice(12)) * 1000).toISOString().slice(0, 10),
      });
    else if (each.startsWith("\t")) lines.push({ commit, ...about, line, text: each.slice(1) });
  }
  return lines;
}

export async function branchesOf(repository: Repository, signal: AbortSignal): Promise<GitBranches> {
  const format = "--format=%(refname:lstrip=2)%00%(objectname)";
  const args = ["for-each-ref", `--count=${MAX_NAMES}`, format, "refs/heads", "refs/remotes"];
  const output = await repository.run(args, signal);
  const current = await repository.branch(signal);
  return {
    ...(current === undefined ? {} : { current }),
    branches: output
      .split("\n")
      .filter((each) => each !== "")
      .map((each) => {
        const [name = "", commit = ""] = each.split("\0");
        return { name, commit };
      }),
  };
}

/** Every ref as it is now. */
export async function refsOf(repository: Repository, signal: AbortSignal): Promise<Refs> {
  const output = await repository.run(["for-each-ref", "--format=%(objectname) %(refname)"], signal);
  const lines = output.split("\n").filter((each) => each !== "");
  const all = new Map(lines.map((each) => [each.slice(each.indexOf(" ") + 1), each.split(" ", 1)[0] ?? ""]));
  const head = await repository.commit("HEAD", signal);
  const branch = await repository.branch(signal);
  if (head === undefined) return { all, ...(branch === undefined ? {} : { branch }) };
  const args = ["log", "--max-count=1", "--format=%T %P", head, "--"];
  const [tree = "", parent = ""] = (await repository.run(args, signal)).trim().split(" ");
  return {
    all,
    head,
    tree,
    ...(branch === undefined ? {} : { branch }),
    ...(parent === "" ? {} : { parent }),
  };
}
