// The backend of `fs`: the methods that the host offers, so that checked calls can read and change files.
import type { Fault } from "../../abi/errors.ts";
import type { Right } from "../../abi/resource.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { LineMatcher } from "./text/excerpt.ts";
import type {
  Conventions,
  DecodedText,
  FileForm,
  LikelyEncodings,
  Lines,
  NoText,
  TextRange,
} from "./text/form.ts";

/** A name inside a workspace folder; segments are raw names without `.` or `..`. No file was touched yet. */
export interface Place {
  readonly folder: string;
  readonly segments: readonly string[];
}

/** The kinds of things in a folder. */
export type NodeKind = "file" | "folder" | "link" | "other";

/**
 * The file, folder or other thing at a place, after every link on the way was followed. It is data; each
 * later step opens it again.
 */
export interface Spot {
  /** The real names; `resource` is the same as a resource. */
  readonly place: Place;
  readonly resource: string;
  /** The same place as seen from other workspace folders that contain it (nested roots). */
  readonly aliases: readonly string[];
  readonly kind: NodeKind | "absent";
  /** `device:inode`; empty when absent. A later action must find the same identity. */
  readonly identity: string;
  readonly size: number;
  /** Permission bits only. */
  readonly mode: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** How many names this file has. With more than one, the other names keep the old content after a write. */
  readonly names: number;
  /** The folder that holds the name, as it was: another text once a name came or went there. Unknown when missing. */
  readonly around?: string;
  /**
   * Resources of folders that do not exist yet on the way to an absent place, outermost first. If the holder
   * may write them without asking, they are made with the place. Otherwise they are needs of the call.
   */
  readonly missing: readonly string[];
  /** The target of a link as written in it, when `kind` is `link` or a link was followed. */
  readonly link?: string;
}

/** A path that a link leads out of every workspace folder. */
export interface OutsideLink {
  readonly kind: "outside";
  readonly link: string;
}

/** The bytes of a file, or a part of them. */
export interface Bytes {
  readonly bytes: Uint8Array;
  /** SHA-256 of the whole file, also when `bytes` is a part of it. */
  readonly sha256: string;
  readonly size: number;
}

/** One name in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: NodeKind;
  readonly size?: number;
}

/** The names in a folder, as far as the caller may see them. */
export interface Listing {
  readonly entries: readonly FolderEntry[];
  /** How many names the folder holds, as far as they were counted. */
  readonly total: number;
  /** Names that the caller may not see. */
  readonly hidden: number;
  readonly truncated: boolean;
}

/**
 * One thing on a walk. `bytes` reads it whole during the visit; undefined when it is too large or no file.
 */
export interface WalkEntry extends FolderEntry {
  readonly place: Place;
  bytes(max: number): Promise<Uint8Array | Fault | undefined>;
}

/** The rules of a walk through a folder. */
export interface Walk {
  /** The right that each entry must have by itself; folders also need `list` to be entered. */
  readonly right: Right;
  readonly maxEntries: number;
  /** True for places that belong to the listing; the others (ignored by git) are skipped. */
  readonly shows: (place: Place, kind: NodeKind) => boolean;
  /** Called before what is in a folder is shown, if the folder holds a name `.git`. */
  readonly enters?: (place: Place) => Promise<void>;
  /** The walk goes on after this place. Everything before it in the order of the walk is passed by uncounted. */
  readonly after?: Place;
  /** True when `after` itself is visited again. */
  readonly again?: boolean;
}

/** The counts of a finished walk. */
export interface Walked {
  readonly visited: number;
  readonly hidden: number;
  readonly ignored: number;
  readonly truncated: boolean;
  /** The last place that was visited, from which another walk can go on. */
  readonly last?: Place;
}

/** Everything inside a folder that is moved or deleted. `digest` changes when any name, size or time does. */
export interface Tree {
  readonly entries: readonly {
    readonly segments: readonly string[];
    readonly kind: NodeKind;
    readonly size: number;
  }[];
  readonly bytes: number;
  readonly digest: string;
}

/** A place as a probe sees it: marks, never content. */
export interface ExaminedPlace {
  readonly kind: NodeKind | "absent";
  readonly identity: string;
  /** As {@link FsBackend.mark}; `absent` and `folder` for those. */
  readonly mark: string;
}

/** The names of a folder that git does not ignore, as {@link Walk} needs it. Known whole only after the walk. */
export interface Ignores extends Required<Pick<Walk, "shows" | "enters">> {
  /** Why something was not filtered; undefined when git spoke for everything that was met. */
  readonly note?: string | undefined;
}

/** How far names are from the missing one, for the missing one: 0 is nearest, undefined is not near at all. */
export type NearNames = (missing: string) => (name: string) => number | undefined;

/** A place at a glance, and the names beside the first of its names that is not there. */
export interface Glance {
  /** What is there; undefined when nothing is. */
  readonly kind: NodeKind | undefined;
  /** The real place, as far as it is there. */
  readonly place: Place;
  /** How many names of `place` are not there, from the end. */
  readonly missing: number;
  /** Names in the folder of the first missing one that are near it, the nearest first. */
  readonly beside: readonly FolderEntry[];
}

/**
 * Lets the event loop run by time during a long step, so that other processes and a person get through. A step asks
 * `due` often and awaits {@link Breath.take} when it is.
 */
export interface Breath {
  readonly due: boolean;
  take(): Promise<void>;
}

/**
 * Files and folders. Each method first checks its grant: it is alive, has the needed mode (`full` for every
 * effect) and permits the right on the real name. Then it walks from the folder's descriptor without
 * following any link. It refuses with ESTALE when the place no longer holds the thing that the spot names. No
 * method throws.
 */
export interface FsBackend {
  /** Undefined when this platform can write safely, else the reason why not. */
  readonly unwritable: Fault | undefined;
  /**
   * The largest sizes of a file, and of all files of a folder, that are copied before a change; larger ones
   * are not copied.
   */
  readonly keeps: { readonly file: number; readonly folder: number };
  /**
   * Follows links, for reading. `right` must be permitted on the place as it was named. A name that is not there finds
   * the one that differs only in composition. It also finds one that differs in case, where the disk makes no
   * difference.
   */
  follow(place: Place, right: Right, look: Grant): Promise<Spot | OutsideLink | Fault>;
  /**
   * Follows no link, for changing. A link before the last component is EACCES and names where it leads; a link as
   * the last component is the spot itself. Missing folders on the way are listed, not created. A composed name finds a
   * decomposed one, as in `follow`; with `exact` it is another name.
   */
  reach(place: Place, right: Right, look: Grant, exact?: boolean): Promise<Spot | Fault>;
  /**
   * Looks at a place, following links. If it is not there, names beside the first missing one are given, the nearest by
   * `like` and at most a few; without it no folder is read. Only names are told that the grant's process may list; undefined when it may not list the
   * folder, or when the place cannot be walked to.
   */
  glance(place: Place, like: NearNames | undefined, grant: Grant): Promise<Glance | undefined>;
  /** A whole file of at most `max` bytes (else E2BIG). */
  content(spot: Spot, right: Right, max: number, grant: Grant, signal: AbortSignal): Promise<Bytes | Fault>;
  /** A part of a text file. Files over 256 MiB are E2BIG; {@link NoText} has `size` and `sha256` of the file. */
  lines(
    spot: Spot,
    range: TextRange,
    likely: () => Promise<LikelyEncodings>,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Lines | (NoText & { readonly size: number; readonly sha256: string }) | Fault>;
  /** Encoding and line ends of a file of any size that is read; with a look-only grant. */
  form(
    spot: Spot,
    right: Right,
    likely: () => Promise<LikelyEncodings>,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<FileForm | NoText | Fault>;
  /** The text of bytes. `likely` is asked only if they are no UTF-8 and no UTF-16 with a mark. */
  decode(bytes: Uint8Array, likely: () => Promise<LikelyEncodings>): Promise<DecodedText | NoText>;
  /**
   * The bytes of a text with the mark of its encoding. If the encoding lacks a character, the position of the first
   * such one.
   */
  encode(text: string, encoding: string): Promise<Uint8Array | { readonly at: number }>;
  /**
   * The rules of the workspace for texts at a place. They are read whatever the holder may read. Only the name of an
   * encoding or a kind of line end comes out of them. Never a fault: a file that cannot be read has no rules.
   */
  conventions(place: Place, grant: Grant): Promise<Conventions>;
  /**
   * The mark that tells this file from any other content: its SHA-256. Very large files have identity, size
   * and time; links and other things have their identity. Folders have {@link FsBackend.tree}.
   */
  mark(spot: Spot, right: Right, grant: Grant, signal: AbortSignal): Promise<string | Fault>;
  /** The names in a folder in their order, at most `limit`, those after the name `after` if it is given. */
  list(
    spot: Spot,
    limit: number,
    grant: Grant,
    signal: AbortSignal,
    after?: string,
  ): Promise<Listing | Fault>;
  /** Visits everything below a folder, by name order, until `visit` says false. Enters no link. */
  walk(
    spot: Spot,
    how: Walk,
    grant: Grant,
    signal: AbortSignal,
    visit: (met: WalkEntry) => Promise<boolean>,
  ): Promise<Walked | Fault>;
  /** Every name inside a folder, without the folder itself; over `max` names is E2BIG. */
  tree(spot: Spot, right: Right, max: number, look: Grant, signal: AbortSignal): Promise<Tree | Fault>;
  ignores(spot: Spot, grant: Grant, signal: AbortSignal): Promise<Ignores | Fault>;
  matcher(pattern: string, ignoreCase: boolean): LineMatcher | Fault;
  /** Begins the breath of one long step. */
  breath(): Breath;

  /**
   * Replaces the file whose mark is `pre` (a SHA-256 or `absent`) by `bytes`, whole or not at all. Makes
   * missing folders. With `executable` the file may or may not be run as a program; without it, that stays as it was.
   */
  write(
    spot: Spot,
    bytes: Uint8Array,
    pre: string,
    grant: Grant,
    signal: AbortSignal,
    executable?: boolean,
  ): Promise<Fault | undefined>;
  makeFolder(spot: Spot, grant: Grant): Promise<Fault | undefined>;
  /** Removes the thing whose mark is `pre`; the mark of a folder is its tree digest. */
  remove(spot: Spot, pre: string, grant: Grant, signal: AbortSignal): Promise<Fault | undefined>;
  /**
   * Renames without ever replacing anything; `pre` as in {@link FsBackend.remove}. If both are names of one
   * file, a crash interrupted this move halfway; then the old name is removed.
   */
  move(from: Spot, to: Spot, pre: string, grant: Grant, signal: AbortSignal): Promise<Fault | undefined>;
  /**
   * Prepares a copy of a file's bytes (of every file in a folder) for undo and restore. The grant is checked
   * now. The returned function is called once the begin is durable, and checks identity and `pre` again.
   */
  keeper(spot: Spot, right: Right, pre: string, look: Grant): (() => Promise<Fault | undefined>) | Fault;
  /**
   * The bytes that a keeper copied before, by their digest, for the file at that spot; ENOENT without a copy.
   */
  kept(spot: Spot, sha256: string, grant: Grant): Promise<Uint8Array | Fault>;

  /** For a probe after a crash, without a grant: the present state of the place. */
  examine(place: Place): Promise<ExaminedPlace | Fault>;
  /**
   * Removes the leftovers of an interrupted effect beside its place; `key` is the effect's {@link tempKey}.
   */
  sweep(place: Place, key: string): Promise<void>;
}

/** Names the temporary file or folder of one effect, so that a probe after a crash finds exactly that one. */
export function tempKey(resource: string, post: string): string {
  return `${resource}\n${post}`;
}
