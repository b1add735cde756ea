// Workspace folders held by descriptor: the same folder for as long as we run, or a clear error.
import fs from "node:fs";
import path from "node:path";
import { fsResource } from "../../../abi/resource.ts";
import type { RootFolder } from "../../../abi/record.ts";
import type { Place } from "../../../primitives/fs/backend.ts";
import type { ReservedPlaces } from "../reserved.ts";
import { refuse, codeOf } from "./errno.ts";
import { identityOf, isSame, type Ground, type Node } from "./node.ts";

/** One workspace folder as it was when it was first used. */
export interface Root {
  readonly folder: RootFolder;
  readonly node: Node;
  readonly real: string;
  /** Identities of the folder itself and of all above it. */
  readonly within: ReadonlySet<string>;
}

/** For so many milliseconds a look at the reserved places counts as now; one walk, which looks once, may take longer. */
const FRESH = 1;
/** The same for the program and the editors, which are many places and change when something is installed. */
const FRESH_PROGRAMS = 1000;

const parts = (text: string): string[] => text.split(/[\\/]/u).filter((s) => s !== "");

/** Strips `base` from the front of `whole`; undefined when it is not there. */
function below(base: readonly string[], whole: readonly string[]): string[] | undefined {
  return base.every((s, i) => s === whole[i]) ? whole.slice(base.length) : undefined;
}

/** A workspace folder as it is listed; one with an owner was added, and may go and come again. */
type ListedFolder = RootFolder & { readonly owner?: string };

export interface RootsOptions {
  readonly ground: Ground;
  readonly folders: () => readonly ListedFolder[];
  /** Absolute paths that nothing may enter: the records, and the user's data folder. */
  readonly reserved: () => readonly string[];
  /** The same of the running program and of the editors. */
  readonly programs?: ReservedPlaces | undefined;
}

/** Adds the identities of a name and of what it leads to, as far as there is something. */
function addIdentities(found: Set<string>, at: string, follow: boolean): void {
  for (const look of follow ? [fs.lstatSync, fs.statSync] : [fs.lstatSync]) {
    try {
      const stat = look(at, { bigint: true, throwIfNoEntry: false });
      if (stat !== undefined) found.add(identityOf(stat));
    } catch {
      // Not ours to look into, or a link in a circle: then no agent gets there by this name either.
    }
  }
}

/** The identities of a folder and of everything above it. */
function identitiesAbove(real: string): Set<string> {
  const found = new Set<string>();
  for (let at = real; ; at = path.dirname(at)) {
    addIdentities(found, at, true);
    if (at === path.dirname(at)) return found;
  }
}

const keyOf = ({ name, path }: RootFolder): string => `${name}\n${path}`;

/** Closes the folders that were let go of, once no step stands in them. */
const LEFT = new FinalizationRegistry((close: () => void) => {
  close();
});

/** The workspace folders and the places that are out of reach by identity. */
export class Roots {
  readonly ground: Ground;
  readonly #folders: RootsOptions["folders"];
  readonly #reserved: RootsOptions["reserved"];
  readonly #programs: ReservedPlaces | undefined;
  readonly #pinned = new Map<string, Root>();
  /** The same by the folders as they are listed, which stay the same objects for long. */
  #known = new WeakMap<RootFolder, Root>();
  #listed: readonly ListedFolder[] = [];
  #kept: ReadonlySet<string> = new Set();
  #looked = -Infinity;
  #keptPrograms: ReadonlySet<string> = new Set();
  #lookedPrograms = -Infinity;

  constructor(options: RootsOptions) {
    this.ground = options.ground;
    this.#folders = options.folders;
    this.#reserved = options.reserved;
    this.#programs = options.programs;
  }

  #pin(folder: RootFolder): Root {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const key = keyOf(folder);
    let root = this.#pinned.get(key);
    if (root === undefined) {
      const node = this.ground.root(folder.path);
      const real = this.ground.realPath(node);
      root = { folder, node, real, within: identitiesAbove(real).add(node.identity) };
      this.#pinned.set(key, root);
    }
    this.#known.set(folder, root);
    return root;
  }

  /**
   * Lets go of the folders that are no longer listed. A step that stands in one may still run, so its descriptor is
   * closed when nothing refers to it any more.
   */
  #unpin(): void {
    const folders = this.#folders();
    if (folders === this.#listed) return;
    this.#listed = folders;
    const listed = new Map(folders.map((folder) => [keyOf(folder), folder]));
    for (const [key, root] of this.#pinned) {
      const now = listed.get(key);
      if (now === root.folder || (now !== undefined && now.owner === undefined)) continue;
      this.#pinned.delete(key);
      this.#known = new WeakMap();
      LEFT.register(root.node, root.node.close);
    }
  }

  /** The folder of that name, proven to be what its path still leads to. */
  get(name: string): Root {
    this.#unpin();
    const folder = this.#folders().find((f) => f.name === name);
    if (folder === undefined)
      return refuse("EUNAVAILABLE", `There is no workspace folder "${name}".`, "Name an open folder.");
    try {
      const root = this.#pin(folder);
      if (isSame(fs.statSync(folder.path, { bigint: true }), root.node.stat)) return root;
    } catch (error) {
      if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error;
      return refuse(
        "EUNAVAILABLE",
        `The workspace folder "${name}" is no longer at ${folder.path}.`,
        "Bring it back, or open the folder again.",
      );
    }
    return refuse(
      "ESTALE",
      `Another folder stands at ${folder.path} now than when work began in "${name}".`,
      "Nothing was touched. Open the folder again.",
    );
  }

  /** The folders that can be opened; one that is gone says nothing about the others. */
  #open(): Root[] {
    return this.#folders().flatMap((folder) => {
      try {
        return [this.#pin(folder)];
      } catch {
        return [];
      }
    });
  }

  /** The real paths of all folders. */
  realPaths(): string[] {
    return this.#open().map((root) => root.real);
  }

  /** Where an absolute path of a link leads: a folder and what remains, by its letters; undefined when outside. */
  containing(absolute: readonly string[]): { root: Root; rest: string[] } | undefined {
    let best: { root: Root; rest: string[] } | undefined;
    for (const root of this.#open()) {
      for (const base of [root.real, root.folder.path, root.folder.opened ?? root.real]) {
        const rest = below(parts(base), absolute);
        if (rest !== undefined && (best === undefined || rest.length < best.rest.length))
          best = { root, rest };
      }
    }
    return best && { root: this.get(best.root.folder.name), rest: best.rest };
  }

  /** The same real place as other workspace folders name it, when one lies inside another. */
  aliases(root: Root, segments: readonly string[]): string[] {
    if (this.#folders().length < 2) return [];
    const whole = [...parts(root.real), ...segments];
    return this.#open().flatMap(({ folder, real }) => {
      const rest = folder.name === root.folder.name ? undefined : below(parts(real), whole);
      return rest === undefined ? [] : [fsResource(folder.name, rest)];
    });
  }

  /** Every resource that a real place has; lexical, because the walk to its folder has proven the root. */
  resources(place: Place): string[] {
    const own = fsResource(place.folder, place.segments);
    const folder = this.#folders().find((f) => f.name === place.folder);
    return folder === undefined ? [own] : [own, ...this.aliases(this.#pin(folder), place.segments)];
  }

  /** Identities of the places that are out of reach, as they are now, or were less than {@link FRESH} ago. */
  reserved(): ReadonlySet<string> {
    const now = performance.now();
    if (now - this.#looked < FRESH) return this.#kept;
    const found = new Set(this.#reservedPrograms(now));
    this.#looked = now;
    this.#kept = found;
    for (const at of this.#reserved()) addIdentities(found, at, true);
    return found;
  }

  #reservedPrograms(now: number): ReadonlySet<string> {
    if (now - this.#lookedPrograms < FRESH_PROGRAMS) return this.#keptPrograms;
    const found = new Set<string>();
    for (const at of this.#programs?.folders ?? []) addIdentities(found, at, true);
    for (const at of this.#programs?.links ?? []) addIdentities(found, at, false);
    this.#lookedPrograms = now;
    return (this.#keptPrograms = found);
  }

  /** Refuses a workspace folder that is a reserved place or lies in one. */
  enter(root: Root, reserved: ReadonlySet<string>): Root {
    const closed = [...root.within].some((identity) => reserved.has(identity));
    if (!closed) return root;
    return refuse(
      "EACCES",
      `The workspace folder "${root.folder.name}" is a reserved place or lies in one.`,
      "Open a folder outside it.",
    );
  }

  /** Identities of all workspace folders: none of them is moved or deleted. */
  identities(): Set<string> {
    return new Set(this.#open().map((root) => root.node.identity));
  }

  /** The folders above a root, as segments of an absolute path. */
  static above(root: Root): string[] {
    return parts(path.dirname(root.real));
  }

  close(): void {
    for (const root of this.#pinned.values()) root.node.close();
    this.#pinned.clear();
    this.#known = new WeakMap();
  }
}
