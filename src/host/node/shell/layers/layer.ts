// The layer of one command: a folder for each workspace folder, in which everything lands that the command writes.
import fs from "node:fs";
import path from "node:path";
import type { RootFolder } from "../../../../abi/record.ts";
import type { CommandFolder } from "../../../../primitives/shell/backend.ts";
import { fsSegments } from "../../../../abi/resource.ts";
import { TimedBreath } from "../../fs/breath.ts";
import { refuse } from "../../fs/errno.ts";
import type { LayerFolders } from "./folders.ts";
import { like, makeMask, type Mask, type MaskedRoot, type MaskRules, type Masks } from "./mask.ts";
import type { LayeredRoot } from "./route.ts";
import { isIn } from "./view.ts";
import { originMask, repositoryMask, repositoryOf } from "./worktrees.ts";

/** One workspace folder of a layer, with the names that the command does not see. */
export interface LayerRoot extends LayeredRoot {
  readonly mask: Mask;
  /** True for the repository of a linked work tree. It is no workspace folder; nothing that a command writes there stays. */
  readonly isRepository: boolean;
}

/** Folders that hold the system cannot lie under a layer, because the command itself comes from them. */
const TOO_WIDE = ["/", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/proc", "/dev", "/tmp", "/opt"];

/** A part of a real path below a folder, as segments. */
function segmentsBelow(folder: string, at: string): string[] {
  return path.relative(folder, at).split(path.sep).filter(Boolean);
}

/** The workspace folders to mount, by their real paths; those inside others are seen through these. */
export function outerRoots(folders: readonly CommandFolder[]): MaskedRoot[] {
  const roots = folders.map(({ name, path: at, worktree }) => ({
    ...{ name, real: fs.realpathSync.native(at), of: worktree?.of },
  }));
  const wide = roots.find((root) => TOO_WIDE.includes(root.real));
  if (wide !== undefined)
    refuse(
      "EINVAL",
      `The workspace folder "${wide.name}" is ${wide.real}, which the system's programs lie in.`,
      "Open a folder of a project.",
    );
  const outer = roots.filter(
    ({ real }, i) =>
      !roots.some((other, j) => i !== j && isIn(other.real, real) && (other.real !== real || j < i)),
  );
  const named = ({ name, real }: { readonly name: string; readonly real: string }): MaskedRoot => ({
    name,
    real,
    inner: roots
      .filter((each) => each.name !== name && isIn(real, each.real))
      .map((each) => ({ name: each.name, segments: segmentsBelow(real, each.real) })),
  });
  return outer.map((root) => {
    const of = root.of === undefined ? undefined : roots.find(({ name }) => name === root.of);
    return of === undefined ? named(root) : { ...named(root), origin: named(of) };
  });
}

/** The real path of a folder that a resource names; it must lie in a workspace folder. */
export function folderAt(resource: string, folders: readonly RootFolder[]): string {
  const [name, ...segments] = fsSegments(resource);
  const root = folders.find((folder) => folder.name === name);
  if (root === undefined)
    return refuse("ENOENT", `There is no workspace folder "${name}".`, "Name one of the open folders.");
  return path.join(fs.realpathSync.native(root.path), ...segments);
}

/** The repositories of linked work trees that lie in none of these folders, each under the name of the folder it is for. */
function repositoriesOf(roots: readonly MaskedRoot[]): { name: string; real: string }[] {
  const trees = roots.flatMap(({ name, real, inner }) => [
    { name, real },
    ...inner.map((each) => ({ name: each.name, real: path.join(real, ...each.segments) })),
  ]);
  const found = new Map<string, string>();
  for (const { name, real } of trees) {
    const repository = repositoryOf(real);
    if (repository !== undefined && !roots.some((root) => isIn(root.real, repository)))
      found.set(repository, name);
  }
  return [...found].map(([real, name]) => ({ name, real }));
}

/** Makes the folders of the layer over one place. */
function makeFolder(real: string, own: string, mask: Mask, whiteout: string): void {
  fs.mkdirSync(own);
  for (const name of ["up", "work", "merged"]) fs.mkdirSync(path.join(own, name));
  fs.symlinkSync(real, path.join(own, "lower"));
  makeMask(real, mask, path.join(own, "mask"), whiteout);
  // The folder of a layer lends the place under it its mode and times.
  like(real, path.join(own, "up"));
}

/** Puts the folder that a worktree is of below its layer, with a mask over it. */
function addOrigin(real: string, own: string, hides: Mask, whiteout: string): void {
  fs.symlinkSync(real, path.join(own, "origin"));
  makeMask(real, hides, path.join(own, "hides"), whiteout);
}

/** A command's layer on disk. */
export interface Layer {
  readonly folder: string;
  readonly roots: readonly LayerRoot[];
}

/** Makes the layer of one command. `kept` gives the kept layers of a root, the newest first. */
export async function makeLayer(
  at: LayerFolders,
  roots: readonly MaskedRoot[],
  masks: Masks,
  rules: MaskRules,
  kept: (root: MaskedRoot) => readonly string[],
): Promise<Layer> {
  const folder = at.begin();
  const breath = new TimedBreath();
  const made: LayerRoot[] = [];
  const mounted: MaskedRoot[] = [];
  const reals = roots.map(({ real }) => real);
  for (const [i, root] of roots.entries()) {
    const own = path.join(folder, String(i));
    const mask = await masks.of(root, rules, breath);
    // Nothing of this folder is seen, so there is no place for it.
    if (rules.sees(`fs:/${root.name}`) === "none" && root.inner.length === 0) continue;
    makeFolder(root.real, own, mask, at.whiteout);
    const { name, real } = root;
    const hides = await originMask(root, masks, rules, reals, breath);
    if (hides !== undefined) addOrigin(root.origin?.real ?? "", own, hides, at.whiteout);
    const hasOrigin = hides !== undefined;
    made.push({ name, real, folder: own, kept: kept(root), hasOrigin, mask, isRepository: false });
    mounted.push(root);
  }
  // The folder that a worktree is of may not be seen at all, and its repository still is.
  for (const [i, { name, real }] of repositoriesOf(mounted).entries()) {
    const own = path.join(folder, `git-${i}`);
    const mask = await repositoryMask(name, real, masks, rules, breath);
    if (mask === undefined) continue;
    makeFolder(real, own, mask, at.whiteout);
    made.push({ name, real, folder: own, kept: [], hasOrigin: false, mask, isRepository: true });
  }
  return { folder, roots: made };
}
