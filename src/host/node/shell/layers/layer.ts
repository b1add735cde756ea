// The layer of one command: a folder for each workspace folder, in which everything lands that the command writes.
import fs from "node:fs";
import path from "node:path";
import type { RootFolder } from "../../../../abi/record.ts";
import { fsSegments } from "../../../../abi/resource.ts";
import { TimedBreath } from "../../fs/breath.ts";
import { refuse } from "../../fs/errno.ts";
import type { LayerFolders } from "./folders.ts";
import { like, makeMask, type Mask, type MaskedRoot, type MaskRules, type Masks } from "./mask.ts";
import type { LayeredRoot } from "./route.ts";
import { isIn } from "./view.ts";
import { repositoryOf } from "./worktrees.ts";

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
export function outerRoots(folders: readonly RootFolder[]): MaskedRoot[] {
  const roots = folders.map(({ name, path: at }) => ({ name, real: fs.realpathSync.native(at) }));
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
  return outer.map(({ name, real }) => ({
    name,
    real,
    inner: roots
      .filter((each) => each.name !== name && isIn(real, each.real))
      .map((each) => ({ name: each.name, segments: segmentsBelow(real, each.real) })),
  }));
}

/** The real path of a folder that a resource names; it must lie in a workspace folder. */
export function folderAt(resource: string, folders: readonly RootFolder[]): string {
  const [name, ...segments] = fsSegments(resource);
  const root = folders.find((folder) => folder.name === name);
  if (root === undefined)
    return refuse("ENOENT", `There is no workspace folder "${name}".`, "Name one of the open folders.");
  return path.join(fs.realpathSync.native(root.path), ...segments);
}

/** The repositories of linked work trees that lie in no workspace folder, each under the name of the folder it is for. */
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
  for (const [i, root] of roots.entries()) {
    const own = path.join(folder, String(i));
    const mask = await masks.of(root, rules, breath);
    // Nothing of this folder is seen, so there is no place for it.
    if (rules.sees(`fs:/${root.name}`) === "none" && root.inner.length === 0) continue;
    makeFolder(root.real, own, mask, at.whiteout);
    const { name, real } = root;
    made.push({ name, real, folder: own, kept: kept(root), mask, isRepository: false });
  }
  for (const [i, { name, real }] of repositoriesOf(roots).entries()) {
    const own = path.join(folder, `git-${i}`);
    makeFolder(real, own, [], at.whiteout);
    made.push({ name, real, folder: own, kept: [], mask: [], isRepository: true });
  }
  return { folder, roots: made };
}
