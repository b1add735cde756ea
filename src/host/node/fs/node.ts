// Opened nodes: how one component of a path is opened without following it, on Linux by descriptor, elsewhere by path.
import fs, { type BigIntStats } from "node:fs";
import path from "node:path";
import { fault, type Fault } from "../../../abi/errors.ts";
import type { NodeKind } from "../../../primitives/fs/backend.ts";
import { codeOf, refuse } from "./errno.ts";

const O_PATH = 0o10000000;
const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0, O_RDONLY, O_DIRECTORY = 0 } = fs.constants;

/**
 * One file, folder, link or other thing, held open so that its name may change without us acting on another one.
 * `self` is a path that reaches exactly this node; a child is `self/name`, opened by {@link Ground.open} only.
 */
export interface Node {
  readonly self: string;
  readonly kind: NodeKind;
  readonly identity: string;
  readonly stat: BigIntStats;
  readonly close: () => void;
}

/** The two ways to stand on a disk. */
export interface Ground {
  /** Why writing is refused here, if it is. */
  readonly unwritable: Fault | undefined;
  /** Opens a workspace folder by its path, links included: a person chose it. */
  root(path: string): Node;
  /** The path a root really has. */
  realPath(root: Node): string;
  /** Opens a child without following it; undefined when there is none. Never blocks, never reads. */
  open(parent: Node, name: string): Node | undefined;
  /**
   * The identity of a child that `open` would reach by this name, without opening it; undefined when there is none. Absent
   * where `open` lets no other spelling of a name pass.
   */
  readonly identity?: (parent: Node, name: string) => string | undefined;
}

export function identityOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}`;
}

/** True when both are of the same thing. */
export function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

function kindOf(stat: BigIntStats): NodeKind {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "folder";
  return stat.isSymbolicLink() ? "link" : "other";
}

/** The path of a child for calls that act on the name itself (lstat, readlink, link, rename, unlink, mkdir). */
export function childPath(parent: Node, name: string): string {
  return `${parent.self}/${name}`;
}

/** A descriptor that reads a regular file: exactly the node, never blocking on a pipe or device. */
export function openToRead(node: Node): number {
  if (node.kind === "folder") refuse("EINVAL", "It is a folder.", "Use list_directory.");
  if (node.kind !== "file")
    refuse(
      "EINVAL",
      "It is no regular file (a pipe, socket or device).",
      "Only regular files can be read and written.",
    );
  const fd = fs.openSync(node.self, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  const same = isSame(fs.fstatSync(fd, { bigint: true }), node.stat);
  if (same) return fd;
  fs.closeSync(fd);
  return refuse("ESTALE", "It was replaced while it was opened.", "Look again.");
}

/** A descriptor of a folder that can be synced and listed. */
export function openFolder(node: Node): number {
  return fs.openSync(node.self, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
}

function held(fd: number): Node {
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    return {
      self: `/proc/self/fd/${fd}`,
      kind: kindOf(stat),
      identity: identityOf(stat),
      stat,
      close: () => fs.closeSync(fd),
    };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

function absent(error: unknown): undefined {
  if (codeOf(error) === "ENOENT") return undefined;
  throw error;
}

/** Linux: an `O_PATH` descriptor per component, so that nothing can be swapped between a look and an act. */
export const linuxGround: Ground = {
  unwritable: undefined,
  root: (at) => held(fs.openSync(at, O_PATH | O_DIRECTORY)),
  realPath: (root) => fs.readlinkSync(root.self),
  open(parent, name) {
    try {
      return held(fs.openSync(childPath(parent, name), O_PATH | O_NOFOLLOW));
    } catch (error) {
      return absent(error);
    }
  },
  identity(parent, name) {
    // Most names have no twin, and an open that fails costs more than the look of all others together.
    const stat = fs.lstatSync(childPath(parent, name), { bigint: true, throwIfNoEntry: false });
    return stat && identityOf(stat);
  },
};

function named(at: string): Node {
  const stat = fs.lstatSync(at, { bigint: true });
  return { self: at, kind: kindOf(stat), identity: identityOf(stat), stat, close: () => undefined };
}

/**
 * True when `at` still passes through no link. Its last name may differ from that of the disk in case and composition.
 * The walk then takes the name that the folder lists.
 */
function genuine(at: string): boolean {
  const real = fs.realpathSync.native(at);
  const fold = (name: string): string => name.normalize("NFC").toLowerCase().normalize("NFC");
  return (
    path.dirname(real).normalize("NFC") === path.dirname(at).normalize("NFC") &&
    fold(path.basename(real)) === fold(path.basename(at))
  );
}

/** macOS and Windows: paths, compared by identity before and after. The window between is why writing is refused. */
export const portableGround: Ground = {
  unwritable: fault(
    "EUNAVAILABLE",
    "Agents cannot write files on this operating system yet: a path cannot be walked without a window there.",
    "Reading works. Writing needs Linux (a remote, a container or WSL).",
  ),
  root: (at) => named(fs.realpathSync.native(at)),
  realPath: (root) => root.self,
  open(parent, name) {
    // On Windows these name devices, streams and other spellings of the same file.
    const odd =
      process.platform === "win32" &&
      /[:*?"<>|\\]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/iu.test(name);
    if (odd)
      refuse("EINVAL", `"${name}" is no plain name on Windows.`, "Use the name that its folder lists.");
    try {
      const at = path.join(parent.self, name);
      const node = named(at);
      if (node.kind === "link" || genuine(at)) return node;
      return refuse(
        "EACCES",
        `"${name}" is another spelling of a name, or its folder was replaced.`,
        "Use the name that its folder lists.",
      );
    } catch (error) {
      return absent(error);
    }
  },
};

/** The ground of this machine. Without `/proc` Linux is no better off than the others. */
export function groundHere(): Ground {
  return process.platform === "linux" && fs.existsSync("/proc/self/fd") ? linuxGround : portableGround;
}
