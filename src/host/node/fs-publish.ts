// Publishing: a file appears, is replaced, moved or removed whole or not at all, always relative to its open folder.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { promisify } from "node:util";
import { codeOf, refuse } from "./fs-errno.ts";
import { childPath, openFolder, type Ground, type Node } from "./fs-node.ts";
import { TEMP_PREFIX } from "./fs-folder.ts";

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

/** Makes a folder's names durable. */
export async function syncFolder(folder: Node): Promise<void> {
  const fd = openFolder(folder);
  try {
    await sync(fd);
  } finally {
    fs.closeSync(fd);
  }
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

/** Writes and syncs the temporary file; what an earlier attempt of the same effect left is removed first. */
async function stage(parent: Node, temp: string, bytes: Uint8Array, like: Node | undefined): Promise<void> {
  const at = childPath(parent, temp);
  drop(at);
  const fd = fs.openSync(at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, like === undefined ? 0o666 : 0o600);
  try {
    for (let done = 0; done < bytes.length;)
      done += (await write(fd, bytes, done, bytes.length - done, done)).bytesWritten;
    if (like !== undefined) {
      keepOwner(fd, like);
      fs.fchmodSync(fd, Number(like.stat.mode & 0o777n));
    }
    await sync(fd);
  } catch (error) {
    drop(at);
    throw error;
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
 * Gives a node a second name that must not exist yet, or throws EEXIST. Where the disk has no hard links the name is
 * reserved by an empty file and then replaced, which a crash in between leaves behind as an empty file. True when
 * the old name is still there.
 */
export function linkOrRename(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(codeOf(error) ?? "")) throw error;
    fs.closeSync(fs.openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    fs.renameSync(from, to);
    return false;
  }
}

/** Puts `bytes` where `current` stands (undefined: nothing). The caller has checked the digest of `current`. */
export async function publish(
  ground: Ground,
  parent: Node,
  name: string,
  bytes: Uint8Array,
  key: string,
  current: Node | undefined,
): Promise<void> {
  const temp = tempName(key);
  const from = childPath(parent, temp);
  const to = childPath(parent, name);
  await stage(parent, temp, bytes, current);
  try {
    // No await between this check and the rename: nothing of ours can come in between.
    if (current === undefined) {
      linkOrRename(from, to);
    } else {
      if (!untouched(ground, parent, name, current))
        refuse("ESTALE", "It changed while it was being written.", "Read it again, then repeat.");
      fs.renameSync(from, to);
    }
  } catch (error) {
    drop(from);
    if (current === undefined && codeOf(error) === "EEXIST")
      refuse("ESTALE", "Somebody created it just now.", "Read it first, then repeat.");
    throw error;
  }
  drop(from);
  await syncFolder(parent);
}
