// Looks at names in layers and workspaces without following a link.
import fs from "node:fs";

/** What is at a place; undefined when nothing is, or when a part of the path is no folder. */
export function statOf(at: string | Buffer): fs.BigIntStats | undefined {
  try {
    return fs.lstatSync(at, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** True for a folder. */
export function isFolder(stat: fs.BigIntStats | undefined): boolean {
  return stat?.isDirectory() === true;
}

/** True for a name that a layer says is gone. */
export function isWhiteout(stat: fs.BigIntStats | undefined): boolean {
  return stat?.isCharacterDevice() === true && stat.rdev === 0n;
}

/** The names in a folder; none when it went meanwhile, or is not ours to list. */
export function direntsOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** The real path of a place; undefined when it is not there, not ours to see, or a link in a circle. */
export function realOf(at: string): string | undefined {
  try {
    return fs.realpathSync.native(at);
  } catch {
    return undefined;
  }
}
