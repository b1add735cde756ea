// Linked work trees: their repository lies elsewhere, and git ignores files in the folder that they are of.
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fsResource, fsSegments } from "../../../../abi/resource.ts";
import type { Breath } from "../../../../primitives/fs/backend.ts";
import { gitEnvironment } from "../../git/environment.ts";
import { programsOnPath } from "../../programs.ts";
import type { Mask, MaskedRoot, MaskRules, Masks } from "./mask.ts";
import { direntsOf, isFolder, realOf, statOf } from "./stat.ts";
import { changesMore } from "./upper.ts";

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

/** git has so long to tell what it ignores, and so many bytes for it. */
const LISTING = { timeout: 20_000, maxBuffer: 16 * 1024 * 1024 };

/** The names that git ignores in a folder, wholly ignored folders as one name. None without git. */
function ignoredNames(real: string, folders: readonly string[]): Promise<string[][]> {
  const [git] = programsOnPath("git", folders);
  if (git === undefined) return Promise.resolve([]);
  const config = ["-c", "core.fsmonitor=false", "-c", `core.hooksPath=${os.devNull}`];
  const where = ["--git-dir=.git", "--work-tree=."];
  const list = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"];
  return new Promise((resolve) => {
    execFile(
      git,
      ["--no-pager", ...config, ...where, ...list],
      { cwd: real, env: gitEnvironment(), ...LISTING },
      // Where git fails, nothing is shown.
      (error, out) =>
        resolve(
          error === null ? out.split("\0").flatMap((name) => (name === "" ? [] : [partsOf(name)])) : [],
        ),
    );
  });
}

const partsOf = (name: string): string[] => name.replace(/\/$/u, "").split("/");

/**
 * The names of the folder that a worktree is of which commands in the worktree must not see: all that git does not
 * ignore, and what the rules hide by its name in the worktree, credential files always. Undefined when nothing is left.
 */
export async function originMask(
  tree: MaskedRoot,
  masks: Masks,
  rules: MaskRules,
  folders: readonly string[],
  breath: Breath,
): Promise<Mask | undefined> {
  const { origin } = tree;
  if (origin === undefined) return undefined;
  const ignored = (await ignoredNames(origin.real, folders)).filter((segments) =>
    segments
      .slice(0, -1)
      .every((_, i) => isFolder(statOf(path.join(tree.real, ...segments.slice(0, i + 1))))),
  );
  if (ignored.length === 0) return undefined;
  const shown = new Set(ignored.map((segments) => segments.join("/")));
  const entered = new Map(
    ignored.flatMap((segments) =>
      segments.map((_, i) => [segments.slice(0, i).join("/"), segments.slice(0, i)]),
    ),
  );
  const others = [...entered.values()].flatMap((above) =>
    direntsOf(path.join(origin.real, ...above))
      .map(({ name }) => [...above, name])
      .filter((each) => !shown.has(each.join("/")) && !entered.has(each.join("/"))),
  );
  const named = { name: tree.name, real: origin.real, inner: origin.inner };
  const hidden = await masks.of(named, { ...rules, reads: new Set() }, breath);
  return outermost([...others, ...hidden]);
}

/** The names of a mask without those that lie in another of them. */
function outermost(names: Mask): Mask {
  const found = new Set<string>();
  return [...names]
    .toSorted((a, b) => a.length - b.length)
    .filter((segments) => {
      if (segments.some((_, i) => found.has(segments.slice(0, i + 1).join("/")))) return false;
      found.add(segments.join("/"));
      return true;
    });
}

/** The mask of the repository of a worktree, by the names that it has there: below `.git`. Undefined when that is hidden. */
export function repositoryMask(
  tree: string,
  real: string,
  masks: Masks,
  rules: MaskRules,
  breath: Breath,
): Promise<Mask> | undefined {
  const inTree = (resource: string): string => fsResource(tree, [".git", ...fsSegments(resource).slice(1)]);
  if (rules.sees(fsResource(tree, [".git"])) === "none") return undefined;
  const sees: MaskRules["sees"] = (resource) => rules.sees(inTree(resource));
  return masks.of({ name: tree, real, inner: [] }, { ...rules, sees, reads: new Set() }, breath);
}

/** Whether the layer of a repository holds more than what git only remembers about the files of its work trees. */
export function repositoryChanges(up: string, real: string): boolean {
  return direntsOf(up).some(
    ({ name }) =>
      name !== "worktrees" ||
      direntsOf(path.join(up, name)).some((tree) =>
        changesMore(path.join(up, name, tree.name), path.join(real, name, tree.name)),
      ),
  );
}
