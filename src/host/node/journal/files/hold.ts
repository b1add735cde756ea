// A held record: its folders kept open, so that a name that is swapped meanwhile leads neither a read nor a write astray.
import { mkdirSync } from "node:fs";
import { childPath, groundHere, type Node } from "../../fs/node.ts";
import { tried } from "../disk.ts";

/** The folder of a workspace that its record lies in. */
export const FOLDER = ".agentlibos";

/** The folders inside `.agentlibos` that hold its files. */
export type Part = "journal" | "bodies";

/**
 * The folder `.agentlibos` of a workspace, reached from the workspace folder step by step without following a link. On
 * Linux each step is a descriptor, so nothing that another program swaps in later is touched. Elsewhere it is a path
 * that is compared by identity, which leaves a small window.
 */
export class HeldRecord {
  readonly #ground = groundHere();
  /** The real path of the workspace folder. */
  readonly path: string;
  readonly root: Node;
  #folder: Node | undefined;
  readonly #parts: Partial<Record<Part, Node>> = {};
  #snapshots: Node | undefined;
  #closed = false;

  /** Opens the workspace folder at its real path. Throws the system's error when it cannot be opened. */
  constructor(path: string) {
    this.path = path;
    this.root = this.#ground.root(path);
  }

  /** `.agentlibos`, once it was found or made. */
  get folder(): Node | undefined {
    return this.#folder;
  }

  /** One of its folders, once it was found or made. */
  part(name: Part): Node | undefined {
    return this.#parts[name];
  }

  /** The folder of snapshots, made if wanted. Undefined where it is missing or is no folder: no journal needs it. */
  snapshots(make = false): Node | undefined {
    const folder = this.#folder;
    if (folder === undefined) return undefined;
    const open = make ? this.#made.bind(this) : this.#open.bind(this);
    return (this.#snapshots ??= tried(() => open(folder, "snapshots", `${FOLDER}/snapshots`)));
  }

  /** Opens the folders that are there. Tells what is in the way when one is a link or no folder. */
  look(): string | undefined {
    try {
      this.#folder ??= this.#open(this.root, FOLDER, FOLDER);
      for (const name of ["journal", "bodies"] as const) {
        const found =
          this.#folder && (this.#parts[name] ?? this.#open(this.#folder, name, `${FOLDER}/${name}`));
        if (found !== undefined) this.#parts[name] = found;
      }
      return undefined;
    } catch (error) {
      if (error instanceof InTheWay) return error.message;
      throw error;
    }
  }

  /**
   * Makes the folders that are missing, and gives `.agentlibos`. Throws when one is a link, is no folder, or belongs to
   * somebody else, who could then change what is written there.
   */
  make(): Node {
    const folder = (this.#folder ??= this.#made(this.root, FOLDER, FOLDER));
    checkOwner(folder, FOLDER);
    for (const name of ["journal", "bodies"] as const)
      checkOwner((this.#parts[name] ??= this.#made(folder, name, `${FOLDER}/${name}`)), `${FOLDER}/${name}`);
    return folder;
  }

  /** The path of a file in one of its folders, for calls that do not follow the last name. Throws without that folder. */
  pathIn(part: Part, name: string): string {
    const folder = this.#parts[part];
    if (folder === undefined) throw new InTheWay(`${FOLDER}/${part} is not there`);
    return childPath(folder, name);
  }

  /** Lets go of `.agentlibos`, which was moved away; {@link look} and {@link make} open what is there then. */
  letGo(): void {
    for (const node of [this.#folder, this.#snapshots, ...Object.values(this.#parts)]) node?.close();
    this.#folder = undefined;
    this.#snapshots = undefined;
    for (const name of ["journal", "bodies"] as const) delete this.#parts[name];
  }

  /** Lets go of everything; a second time does nothing. */
  close(): void {
    this.letGo();
    if (!this.#closed) this.root.close();
    this.#closed = true;
  }

  #open(parent: Node, name: string, shown: string): Node | undefined {
    const node = this.#ground.open(parent, name);
    if (node === undefined || node.kind === "folder") return node;
    node.close();
    const what = node.kind === "link" ? "a symbolic link" : "no folder";
    throw new InTheWay(`${shown} is ${what}; a journal is never read or written through one`);
  }

  #made(parent: Node, name: string, shown: string): Node {
    try {
      mkdirSync(childPath(parent, name), { mode: 0o700 });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const node = this.#open(parent, name, shown);
    if (node === undefined) throw new InTheWay(`${shown} was removed while it was made`);
    return node;
  }
}

/** Refuses a folder of another user, who could change what is written in it. Windows has no such owners. */
function checkOwner({ stat }: Node, shown: string): void {
  const me = process.getuid?.();
  if (me !== undefined && stat.uid !== BigInt(me))
    throw new InTheWay(`${shown} belongs to another user; remove it, or work in another folder`);
}

/** Something stands where a folder of the record should be. */
class InTheWay extends Error {
  readonly code = "EIO";
}
