// The backend of `fs`: what the host must offer so that checked calls can look at and change files.
import type { Fault } from "../../abi/errors.ts";
import type { Right } from "../../abi/resource.ts";
import type { Grant } from "../../kernel/witness.ts";

/** A name inside a workspace folder; segments are raw names without `.` or `..`. Nothing has been touched yet. */
export interface Place {
  readonly folder: string;
  readonly segments: readonly string[];
}

export type NodeKind = "file" | "folder" | "link" | "other";

/** What stands at a place once every link on the way was followed. It is data; each later step opens it anew. */
export interface Spot {
  /** The real names; `resource` is the same as a resource. */
  readonly place: Place;
  readonly resource: string;
  /** The same place as seen from other workspace folders that contain it (nested roots). */
  readonly aliases: readonly string[];
  readonly kind: NodeKind | "absent";
  /** `device:inode`; empty when absent. Whatever acts later must find the same identity. */
  readonly identity: string;
  readonly size: number;
  /** Permission bits only. */
  readonly mode: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** How many names this file has; more than one means that other names keep the old content after a write. */
  readonly names: number;
  /**
   * Resources of folders that do not exist yet on the way to an absent place, outermost first. They are made with it
   * when the holder may write them without asking; else they are needs of the call.
   */
  readonly missing: readonly string[];
  /** Where a link leads, as written in it, when `kind` is `link` or a link was followed. */
  readonly link?: string;
}

/** A path that a link leads out of every workspace folder. */
export interface OutsideLink {
  readonly kind: "outside";
  readonly link: string;
}

export interface Bytes {
  readonly bytes: Uint8Array;
  /** SHA-256 of the whole file, also when `bytes` is a part of it. */
  readonly sha256: string;
  readonly size: number;
}

/** Some lines of a file, cut at line ends. `total` counts lines of the whole file. */
export interface Lines extends Bytes {
  readonly first: number;
  readonly last: number;
  readonly total: number;
  readonly truncated: boolean;
}

export interface FolderEntry {
  readonly name: string;
  readonly kind: NodeKind;
  readonly size?: number;
}

export interface Listing {
  readonly entries: readonly FolderEntry[];
  /** How many names the folder holds, as far as they were counted. */
  readonly total: number;
  /** Names that the caller may not see. */
  readonly hidden: number;
  readonly truncated: boolean;
}

/** One thing met on a walk. `bytes` reads it whole, while the walk stands there; undefined when too large or not a file. */
export interface WalkEntry extends FolderEntry {
  readonly place: Place;
  bytes(max: number): Promise<Uint8Array | Fault | undefined>;
}

export interface Walk {
  /** The right that each thing met must have by itself; folders also need `list` to be entered. */
  readonly right: Right;
  readonly maxEntries: number;
  /** True for places that belong to the listing; the others (ignored by git) are passed by. */
  readonly shows: (place: Place, kind: NodeKind) => boolean;
}

export interface Walked {
  readonly visited: number;
  readonly hidden: number;
  readonly ignored: number;
  readonly truncated: boolean;
}

/** Everything inside a folder that is to be moved or deleted; `digest` changes when any name, size or time does. */
export interface Tree {
  readonly entries: readonly {
    readonly segments: readonly string[];
    readonly kind: NodeKind;
    readonly size: number;
  }[];
  readonly bytes: number;
  readonly digest: string;
}

/** What a place looks like to a probe: marks, never content. */
export interface ExaminedPlace {
  readonly kind: NodeKind | "absent";
  readonly identity: string;
  /** As {@link FsBackend.mark}; `absent` and `folder` for those. */
  readonly mark: string;
}

/** Which names of a folder git does not ignore; `note` says why nothing was filtered. */
export interface Ignores {
  readonly shows: (place: Place, kind: NodeKind) => boolean;
  readonly note?: string;
}

/** Finds a pattern in lines without ever holding up the host; ETIMEDOUT when a pattern takes too long. */
export interface LineMatcher {
  match(text: string, limit: number): Promise<readonly { line: number; text: string }[] | Fault>;
  close(): void;
}

/**
 * Files and folders. Each method first checks that its grant is alive, has the mode that it needs (`full` for every
 * effect) and permits the right on the real name; then it walks from the folder's descriptor without following any
 * link and refuses with ESTALE when another thing stands there than the spot says. None of them throws.
 */
export interface FsBackend {
  /** Undefined when this platform can write safely, else why not. */
  readonly unwritable: Fault | undefined;
  /** How many bytes of a file, and of all files of a folder, are copied before they go; the rest is not. */
  readonly keeps: { readonly file: number; readonly folder: number };
  /** Follows links, for reading. `right` must be permitted on the place as it was named. */
  follow(place: Place, right: Right, look: Grant): Promise<Spot | OutsideLink | Fault>;
  /**
   * Follows no link, for changing. A link before the last component is EACCES and names where it leads; a link as
   * the last component is the spot itself. Missing folders on the way are listed, not created.
   */
  reach(place: Place, right: Right, look: Grant): Promise<Spot | Fault>;
  /** A whole file of at most `max` bytes (else E2BIG). */
  content(spot: Spot, right: Right, max: number, grant: Grant, signal: AbortSignal): Promise<Bytes | Fault>;
  /** Lines `first` to `last` (from 1) in at most `max` bytes; UTF-16 comes back whole. */
  lines(
    spot: Spot,
    range: { readonly first: number; readonly last: number; readonly max: number },
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Lines | Fault>;
  /**
   * What tells this file from any other content: its SHA-256; for very large ones identity, size and time; for links
   * and other things their identity. Folders have {@link FsBackend.tree}.
   */
  mark(spot: Spot, right: Right, grant: Grant, signal: AbortSignal): Promise<string | Fault>;
  list(spot: Spot, limit: number, grant: Grant, signal: AbortSignal): Promise<Listing | Fault>;
  /** Meets everything below a folder, by name order, until `visit` says false. Enters no link. */
  walk(
    spot: Spot,
    how: Walk,
    grant: Grant,
    signal: AbortSignal,
    visit: (met: WalkEntry) => Promise<boolean>,
  ): Promise<Walked | Fault>;
  /** Every name inside a folder, itself not; over `max` names is E2BIG. */
  tree(spot: Spot, right: Right, max: number, look: Grant, signal: AbortSignal): Promise<Tree | Fault>;
  ignores(spot: Spot, grant: Grant, signal: AbortSignal): Promise<Ignores | Fault>;
  matcher(pattern: string, ignoreCase: boolean): LineMatcher | Fault;

  /** Publishes `bytes` where `pre` (a SHA-256 or `absent`) stands, whole or not at all; makes missing folders. */
  write(
    spot: Spot,
    bytes: Uint8Array,
    pre: string,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Fault | undefined>;
  makeFolder(spot: Spot, grant: Grant): Promise<Fault | undefined>;
  /** Removes what has the mark `pre`: a folder's is its tree digest. */
  remove(spot: Spot, pre: string, grant: Grant, signal: AbortSignal): Promise<Fault | undefined>;
  /**
   * Renames without ever replacing anything; `pre` as in {@link FsBackend.remove}. When both are names of one file
   * already, a crash cut this move off halfway: the old name goes.
   */
  move(from: Spot, to: Spot, pre: string, grant: Grant, signal: AbortSignal): Promise<Fault | undefined>;
  /**
   * Prepares to copy a file's bytes (every file's of a folder) to where undo and restore will look for them. The
   * grant is judged now; what is returned is called once the begin is durable, and judges identity and `pre` again.
   */
  keeper(spot: Spot, right: Right, pre: string, look: Grant): (() => Promise<Fault | undefined>) | Fault;
  /** What a keeper copied before, by its digest, for the file at that spot; ENOENT when no copy was kept. */
  kept(spot: Spot, sha256: string, grant: Grant): Promise<Uint8Array | Fault>;

  /** For a probe after a crash, without a grant: what stands there now. */
  examine(place: Place): Promise<ExaminedPlace | Fault>;
  /** Removes what an effect that was cut off left beside its place; `key` is the effect's {@link tempKey}. */
  sweep(place: Place, key: string): Promise<void>;
}

/** Names the temporary file or folder of one effect, so that a probe after a crash finds exactly that one. */
export function tempKey(resource: string, post: string): string {
  return `${resource}\n${post}`;
}
