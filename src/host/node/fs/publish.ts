// Publishing: a file appears, is replaced, moved or removed whole or not at all, always relative to its open folder.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { promisify } from "node:util";
import { TEMP_PREFIX } from "../../../abi/resource.ts";
import { codeOf, refuse } from "./errno.ts";
import { SharedRuns } from "../shared-run.ts";
import { childPath, openFolder, type Ground, type Node } from "./node.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = fs.constants;
const sync = promisify(fs.fsync);
const write = promisify(fs.write);

/** The name of an effect's temporary file or folder: the same for the same effect, so that a probe can find it. */
export function tempName(key: string): string {
  return `${TEMP_PREFIX}${createHash("sha256").update(key).digest("hex").slice(0, 16)}.tmp`;
}

/** Removes a name that may not be there. */
function drop(at: string): void {
  try {
    fs.unlinkSync(at);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/** The syncs of folders; those of one folder are shared. */
const syncs = new SharedRuns();

/** Makes a folder's names durable. */
export function syncNode(folder: Node): Promise<void> {
  return syncs.run(folder.identity, async () => {
    const fd = openFolder(folder);
    try {
      await sync(fd);
    } finally {
      fs.closeSync(fd);
    }
  });
}

/** True while nothing about the node has changed since it was opened: same inode, size and times. */
function untouched(ground: Ground, parent: Node, name: string, before: Node): boolean {
  const now = ground.open(parent, name);
  try {
    const a = before.stat;
    const b = now?.stat;
    return (
      b !== undefined &&
      now?.identity === before.identity &&
      a.size === b.size &&
      a.mtimeNs === b.mtimeNs &&
      a.ctimeNs === b.ctimeNs
    );
  } finally {
    now?.close();
  }
}

/** A mode with the right to run it for all who may read it, or for nobody; as it is when undefined. */
function runnable(mode: number, executable: boolean | undefined): number {
  if (executable === undefined) return mode;
  return executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
}

/** Writes and syncs the temporary file; what an earlier attempt of the same effect left is removed first. */
async function stage(
  parent: Node,
  temp: string,
  bytes: Uint8Array,
  like: Node | undefined,
  executable: boolean | undefined,
): Promise<void> {
  const at = childPath(parent, temp);
  drop(at);
  const fd = fs.openSync(at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, like === undefined ? 0o666 : 0o600);
  try {
    for (let done = 0; done < bytes.length;)
      done += (await write(fd, bytes, done, bytes.length - done, done)).bytesWritten;
    if (like !== undefined) keepOwner(fd, like);
    const mode = like === undefined ? fs.fstatSync(fd).mode : Number(like.stat.mode);
    if (like !== undefined || executable !== undefined) fs.fchmodSync(fd, runnable(mode & 0o777, executable));
    await sync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Keeps owner and group where this user may; otherwise the new file is its writer's, as with any editor. */
function keepOwner(fd: number, like: Node): void {
  const now = fs.fstatSync(fd, { bigint: true });
  if (now.uid === like.stat.uid && now.gid === like.stat.gid) return;
  try {
    fs.fchownSync(fd, Number(like.stat.uid), Number(like.stat.gid));
  } catch (error) {
    if (codeOf(error) !== "EPERM") throw error;
  }
}

/**
 * Gives a node a second name that must not exist yet, or throws EEXIST. Where the disk has no hard links, an empty file
 * reserves the name and is then replaced. A crash in between leaves the empty file behind. True when the old name is
 * still there.
 */
export function linkOrRename(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(codeOf(error) ?? "")) throw error;
    fs.closeSync(fs.openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    try {
      fs.renameSync(from, to);
    } catch (failed) {
      drop(to);
      throw failed;
    }
    return false;
  }
}

/** Where something is to be put: `folders` are made below `base`, one in the other, and hold `name`. */
export interface Target {
  readonly base: Node;
  readonly folders: readonly string[];
  readonly name: string;
}

/** Makes the folders of a target and returns the innermost; the caller closes `opened`. */
export function makeFolders(ground: Ground, target: Target, opened: Node[]): Node {
  let top = target.base;
  for (const name of target.folders) {
    try {
      fs.mkdirSync(childPath(top, name));
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const made = ground.open(top, name);
    if (made !== undefined) opened.push(made);
    if (made?.kind !== "folder")
      return refuse("ESTALE", `"${name}" was replaced while it was being made.`, "Look again.");
    top = made;
  }
  return top;
}

/** Effects of this process that are under way; the same effect twice at once would share a temporary name. */
const underWay = new Set<string>();

/** Runs one effect under its temporary name. */
export async function exclusively<T>(folder: Node, temp: string, effect: () => Promise<T>): Promise<T> {
  const key = `${folder.identity}/${temp}`;
  if (underWay.has(key)) refuse("EBUSY", "The same change is being made right now.", "Look again.");
  underWay.add(key);
  try {
    return await effect();
  } finally {
    underWay.delete(key);
  }
}

/**
 * Puts `bytes` where `current` stands (undefined: nothing). The caller has checked the mark of `current`. The file is
 * staged in the folder that exists already, so that folders are made, and the file appears, in one tick; `confirm`
 * is asked in that tick whether all still stands where it was decided to stand.
 */
export async function publish(
  ground: Ground,
  target: Target,
  bytes: Uint8Array,
  key: string,
  current: Node | undefined,
  confirm: () => void,
  executable?: boolean,
): Promise<void> {
  const temp = tempName(key);
  const from = childPath(target.base, temp);
  const made: Node[] = [];
  await exclusively(target.base, temp, async () => {
    try {
      await stage(target.base, temp, bytes, current, executable);
      // No await from here to the rename: nothing of ours can come in between.
      confirm();
      const folder = makeFolders(ground, target, made);
      if (current === undefined) linkOrRename(from, childPath(folder, target.name));
      else if (untouched(ground, folder, target.name, current))
        fs.renameSync(from, childPath(folder, target.name));
      else refuse("ESTALE", "It changed while it was being written.", "Read it again, then repeat.");
      drop(from);
      for (const node of [...made, target.base]) await syncNode(node);
    } finally {
      drop(from);
      for (const node of made) node.close();
    }
  });
}
