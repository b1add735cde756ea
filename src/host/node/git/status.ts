// Status of a repository: which files differ, between HEAD, index and work tree, as git lists them.
import type { Grant } from "../../../kernel/witness.ts";
import type { GitFile, GitStatus } from "../../../primitives/git/backend.ts";
import { gitFile, may, stateOfLetter } from "./reading.ts";
import type { Repository } from "./repository.ts";

/** The most names that one call gives. */
const MAX_NAMES = 2000;

/** One entry of `status --porcelain=v2`, with the letters of index and work tree. */
export interface StatusEntry {
  readonly name: string;
  readonly from?: string;
  readonly index: string;
  readonly tree: string;
}

/** Parses `status --porcelain=v2 -z`: its header lines by key, and its entries. */
export function parseStatus(output: string): { header: Map<string, string>; entries: StatusEntry[] } {
  const header = new Map<string, string>();
  const entries: StatusEntry[] = [];
  const parts = output.split("\0");
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? "";
    const [kind, first = ""] = part.split(" ", 2);
    if (kind === "#") header.set(first, part.slice(first.length + 3));
    if (kind === "?") entries.push({ name: part.slice(2), index: ".", tree: "?" });
    const before = kind === "1" ? 8 : kind === "2" ? 9 : kind === "u" ? 10 : 0;
    if (before === 0) continue;
    const name = part.split(" ").slice(before).join(" ");
    const [index = ".", tree = "."] = kind === "u" ? ["U", "U"] : first;
    const from = kind === "2" ? parts[++i] : undefined;
    entries.push({ name, index, tree, ...(from === undefined ? {} : { from }) });
  }
  return { header, entries };
}

function statusFile(repository: Repository, { name, from, index, tree }: StatusEntry): GitFile {
  if (tree === "?") return gitFile(repository, name.replace(/\/$/u, ""), "untracked");
  if (tree === "U") return gitFile(repository, name, "conflict");
  const before = from === undefined ? {} : { from: repository.place(from) };
  const state = stateOfLetter(index === "." || (tree === "D" && index !== "R") ? tree : index);
  const staged = index === "." ? {} : { staged: tree === "." ? ("all" as const) : ("part" as const) };
  return gitFile(repository, name, state, { ...before, ...staged });
}

export async function statusOf(
  repository: Repository,
  grant: Grant,
  signal: AbortSignal,
): Promise<GitStatus> {
  const options = ["--porcelain=v2", "-z", "--branch", "--untracked-files=normal", "--ignore-submodules=all"];
  const { header, entries } = parseStatus(
    await repository.run(["status", ...options, "--find-renames"], signal),
  );
  const shown = entries.filter(({ name, from }) =>
    [name, ...(from === undefined ? [] : [from])].every((each) =>
      may(repository, grant, "list", each.replace(/\/$/u, "")),
    ),
  );
  const head = header.get("branch.head");
  const commit = header.get("branch.oid");
  const upstream = header.get("branch.upstream");
  const [, ahead, behind] = /^\+(\d+) -(\d+)$/u.exec(header.get("branch.ab") ?? "") ?? [];
  return {
    ...(head === undefined || head === "(detached)" ? {} : { branch: head }),
    ...(commit === undefined || commit === "(initial)" ? {} : { commit }),
    ...(upstream === undefined ? {} : { upstream }),
    ...(ahead === undefined ? {} : { ahead: Number(ahead), behind: Number(behind) }),
    files: shown.slice(0, MAX_NAMES).map((entry) => statusFile(repository, entry)),
    hidden: entries.length - shown.length,
    truncated: shown.length > MAX_NAMES,
  };
}
