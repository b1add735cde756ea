// Folders: bounded listings, and bounded walks below them.
import fs from "node:fs";
import type { Fault } from "../../../abi/errors.ts";
import { TEMP_PREFIX } from "../../../abi/resource.ts";
import type {
  FolderEntry,
  Listing,
  WalkEntry,
  NodeKind,
  Place,
  Walk,
  Walked,
} from "../../../primitives/fs/backend.ts";
import { TimedBreath } from "./breath.ts";
import { readWhole } from "./bytes.ts";
import { guard, refuse } from "./errno.ts";
import { childPath, type Node } from "./node.ts";
import type { Roots } from "./roots.ts";

/** A folder is not counted further than this. Sorting more names would hold the host. */
const MAX_NAMES = 100_000;
/** A walk enters folders to this depth; each holds a descriptor open. */
export const MAX_WALK_DEPTH = 128;
/** So many names are read from the disk at once. */
const READ_AHEAD = 1024;

/** Decides one thing met by itself: true when it may be seen or entered without asking anybody. */
export type Decide = (right: "read" | "list", resource: string) => boolean;

interface Named {
  readonly name: string;
  readonly kind: NodeKind;
}

function kindOf(entry: fs.Dirent): NodeKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "other";
}

const byName = (a: Named, b: Named): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** Ends the step of a call that was aborted. */
export function attend(signal: AbortSignal): void {
  if (signal.aborted) refuse("EINTR", "Interrupted.");
}

/** The names in a folder, in order. `nameless` counts names that are no UTF-8: no resource can stand for them. */
export async function namesIn(
  folder: Node,
  max: number,
  signal: AbortSignal,
): Promise<{ names: Named[]; nameless: number; more: boolean }> {
  const names: Named[] = [];
  let nameless = 0;
  let more = false;
  const breath = new TimedBreath();
  const dir = fs.opendirSync(folder.self, { bufferSize: READ_AHEAD });
  try {
    for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) {
      if (names.length >= max) {
        more = true;
        break;
      }
      // Bytes that are no UTF-8 arrive as U+FFFD; then the name as we know it is not there.
      const lossy =
        entry.name.includes("\ufffd") &&
        fs.lstatSync(childPath(folder, entry.name), { throwIfNoEntry: false }) === undefined;
      if (lossy) nameless++;
      else if (!entry.name.startsWith(TEMP_PREFIX)) names.push({ name: entry.name, kind: kindOf(entry) });
      if (breath.due) {
        await breath.take();
        attend(signal);
      }
    }
  } finally {
    dir.closeSync();
  }
  return { names: names.sort(byName), nameless, more };
}

/** The entries of a folder that the caller may see, at most `limit`, those after the name `after`. */
export async function listFolder(
  roots: Roots,
  folder: Node,
  place: Place,
  limit: number,
  may: Decide,
  signal: AbortSignal,
  after: string | undefined,
): Promise<Listing> {
  const { names, nameless, more } = await namesIn(folder, MAX_NAMES, signal);
  const entries: FolderEntry[] = [];
  let hidden = nameless;
  let looked = 0;
  const breath = new TimedBreath();
  for (const named of names) {
    if (entries.length >= limit) break;
    looked += 1;
    if (after !== undefined && named.name <= after) continue;
    if (breath.due) {
      await breath.take();
      attend(signal);
    }
    const child = { folder: place.folder, segments: [...place.segments, named.name] };
    if (!roots.resources(child).every((resource) => may("list", resource))) {
      hidden++;
      continue;
    }
    if (named.kind !== "file") entries.push(named);
    else {
      const stat = fs.lstatSync(childPath(folder, named.name), { throwIfNoEntry: false });
      if (stat !== undefined) entries.push({ ...named, size: stat.size });
    }
  }
  return { entries, total: names.length + nameless, hidden, truncated: more || looked < names.length };
}

/** A walk in progress, with its counts. */
class Below {
  readonly roots: Roots;
  readonly how: Walk;
  readonly may: Decide;
  readonly signal: AbortSignal;
  readonly visit: (met: WalkEntry) => Promise<boolean>;
  readonly reserved: ReadonlySet<string>;
  readonly breath = new TimedBreath();
  visited = 0;
  hidden = 0;
  ignored = 0;
  truncated = false;
  stopped = false;
  last: Place | undefined;

  constructor(
    roots: Roots,
    how: Walk,
    may: Decide,
    signal: AbortSignal,
    visit: (met: WalkEntry) => Promise<boolean>,
  ) {
    this.roots = roots;
    this.how = how;
    this.may = may;
    this.signal = signal;
    this.visit = visit;
    this.reserved = roots.reserved();
  }

  /** Decides one name under every name its place has. */
  allows(right: "read" | "list", place: Place): boolean {
    return this.roots.resources(place).every((r) => this.may(right, r));
  }

  /** `after` are the names below this folder that lead to the place after which the walk goes on. */
  async folder(node: Node, place: Place, depth: number, after: readonly string[] = []): Promise<void> {
    const { names, nameless, more } = await namesIn(node, MAX_NAMES, this.signal);
    if (after.length === 0) this.hidden += nameless;
    this.truncated ||= more;
    if (names.some(({ name }) => name === ".git")) await this.how.enters?.(place);
    const [first, ...deeper] = after;
    for (const named of names) {
      if (this.stopped) return;
      if (first !== undefined && named.name < first) continue;
      if (named.name === first && !(deeper.length === 0 && this.how.again === true)) {
        const child = { folder: place.folder, segments: [...place.segments, named.name] };
        await this.again(node, named, child, depth, deeper);
        continue;
      }
      if (this.visited >= this.how.maxEntries) {
        this.truncated = true;
        this.stopped = true;
        return;
      }
      this.visited += 1;
      if (this.breath.due) await this.breath.take();
      attend(this.signal);
      const child = { folder: place.folder, segments: [...place.segments, named.name] };
      this.last = child;
      await this.one(node, named, child, depth);
    }
  }

  /** Goes on inside a folder that an earlier walk has met, after the names `after`; without them it was the last met. */
  async again(
    parent: Node,
    named: Named,
    place: Place,
    depth: number,
    after: readonly string[],
  ): Promise<void> {
    if (named.kind !== "folder" || !this.how.shows(place, named.kind) || !this.allows("list", place)) return;
    await this.enter(parent, named, place, depth, after);
  }

  async one(parent: Node, named: Named, place: Place, depth: number): Promise<void> {
    if (!this.how.shows(place, named.kind)) {
      this.ignored++;
      return;
    }
    const right = named.kind === "folder" ? "list" : this.how.right === "read" ? "read" : "list";
    if (!this.allows(right, place)) {
      this.hidden++;
      return;
    }
    await this.meet(parent, named, place);
    if (named.kind === "folder" && !this.stopped) await this.enter(parent, named, place, depth, []);
  }

  async enter(
    parent: Node,
    named: Named,
    place: Place,
    depth: number,
    after: readonly string[],
  ): Promise<void> {
    if (depth >= MAX_WALK_DEPTH) {
      this.truncated = true;
      return;
    }
    const child = this.roots.ground.open(parent, named.name);
    if (child === undefined) return;
    try {
      if (this.reserved.has(child.identity)) this.hidden++;
      else if (child.kind === "folder") await this.folder(child, place, depth + 1, after);
    } finally {
      child.close();
    }
  }

  async meet(parent: Node, named: Named, place: Place): Promise<void> {
    const bytes = (max: number): Promise<Uint8Array | Fault | undefined> =>
      guard(named.name, async () => {
        const node = this.roots.ground.open(parent, named.name);
        if (node === undefined) return undefined;
        try {
          if (node.kind !== "file" || node.stat.size > BigInt(max)) return undefined;
          if (this.reserved.has(node.identity)) return undefined;
          return (await readWhole(node, max, this.signal)).bytes;
        } finally {
          node.close();
        }
      });
    if (!(await this.visit({ name: named.name, kind: named.kind, place, bytes }))) this.stopped = true;
  }
}

/** Meets everything below a folder in name order, folders before what is in them, entering no link. */
export async function walkBelow(
  roots: Roots,
  folder: Node,
  place: Place,
  how: Walk,
  may: Decide,
  signal: AbortSignal,
  visit: (met: WalkEntry) => Promise<boolean>,
): Promise<Walked> {
  const below = new Below(roots, how, may, signal, visit);
  const { after } = how;
  const depth = place.segments.length;
  const inside = after?.folder === place.folder && place.segments.every((s, i) => s === after.segments[i]);
  await below.folder(folder, place, 1, inside ? after.segments.slice(depth) : []);
  const { visited, hidden, ignored, truncated, last } = below;
  return { visited, hidden, ignored, truncated, ...(last === undefined ? {} : { last }) };
}
