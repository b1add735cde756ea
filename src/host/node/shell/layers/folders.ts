// The folders of layers in the user's data folder: one for each running command, and the kept ones of each process.
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { PIPE, Pipes } from "../pipe.ts";
import { keyFilter } from "./filter.ts";
import { isFolder, statOf } from "./stat.ts";

const RUN = "run-";
/** The one whiteout; every hidden name is a hard link to it. */
const WHITEOUT = "whiteout";
/** An empty folder, which covers folders. */
const EMPTY = "empty";
const KEPT = "kept";
/** The filter of system calls. */
const FILTER = "filter";

/** The folders that one user's layers of one record lie in. Only this user may enter them. */
export class LayerFolders {
  readonly at: string;
  readonly pipes: Pipes;

  /** Makes the folder where it is missing; throws when another user could have made it. */
  constructor(at: string) {
    this.at = at;
    this.pipes = new Pipes(at);
    fs.mkdirSync(at, { recursive: true, mode: 0o700 });
    const stat = fs.lstatSync(at);
    if (!stat.isDirectory() || stat.uid !== process.getuid?.() || (stat.mode & 0o077) !== 0)
      throw new Error(`${at} is not a folder of this user alone`);
    for (const name of [EMPTY, KEPT]) fs.mkdirSync(path.join(at, name), { recursive: true, mode: 0o755 });
    fs.writeFileSync(path.join(at, FILTER), keyFilter());
  }

  get whiteout(): string {
    return path.join(this.at, WHITEOUT);
  }

  get filter(): string {
    return path.join(this.at, FILTER);
  }

  get empty(): string {
    return path.join(this.at, EMPTY);
  }

  /** The layers of one process. */
  keptOf(pid: number): string {
    return path.join(this.at, KEPT, String(pid));
  }

  /** The processes that have kept layers. */
  keepers(): number[] {
    return fs.readdirSync(path.join(this.at, KEPT)).map(Number);
  }

  /** Makes the folder of one command. */
  begin(): string {
    const folder = path.join(this.at, RUN + randomBytes(6).toString("hex"));
    fs.mkdirSync(folder, { mode: 0o700 });
    return folder;
  }

  /** Removes what commands of a run that was cut off have left. */
  async sweep(): Promise<void> {
    for (const name of fs.readdirSync(this.at))
      if (name.startsWith(RUN) || name.startsWith(PIPE)) await removeTree(path.join(this.at, name));
  }
}

/** Removes a tree of this user's, whatever modes a command or the kernel gave to its folders. */
export async function removeTree(at: string): Promise<void> {
  // Before, not after a failure: then parts of the removal would still be under way.
  if (process.getuid?.() !== 0) await open(at);
  await fs.promises.rm(at, { recursive: true, force: true });
}

/** Lets this user into every folder of a tree. Root is let in anyway. */
async function open(at: string): Promise<void> {
  const stat = statOf(at);
  if (!isFolder(stat)) return;
  if (((stat?.mode ?? 0n) & 0o700n) !== 0o700n) await fs.promises.chmod(at, 0o700);
  for (const entry of await fs.promises.readdir(at, { withFileTypes: true }))
    if (entry.isDirectory()) await open(path.join(at, entry.name));
}
