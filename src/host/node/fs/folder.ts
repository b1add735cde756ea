// Folders: bounded listings, bounded walks below them, and the whole tree of names before a move or delete.
import { createHash } from "node:crypto";
import fs from "node:fs";
import type { Fault } from "../../../abi/errors.ts";
import type {
  FolderEntry,
  Listing,
  WalkEntry,
  NodeKind,
  Place,
  Tree,
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
const MAX_DEPTH = 128;
/** So many names are read from the disk at once. */
const READ_AHEAD = 1024;
/** The start of the names of our unpublished effects; nobody else sees or names them. */
export const TEMP_PREFIX = ".~agentlibos-";

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

function attend(signal: AbortSignal): void {
  if (signal.aborted) refuse("EINTR", "Interrupted.");
}

/** The names in a folder, sorted. `nameless` counts names that are no UTF-8: no resource can stand for them. */
async function namesIn(
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

/** The entries of a folder that the caller may see, at most `limit`. */
export async function listFolder(
  roots: Roots,
  folder: Node,
  place: Place,
  limit: number,
  may: Decide,
  signal: AbortSignal,
): Promise<Listing> {
  const { names, nameless, more } = await namesIn(folder, MAX_NAMES, signal);
  const entries: FolderEntry[] = [];
  let hidden = nameless;
  let looked = 0;
  const breath = new TimedBreath();
  for (const named of names) {
    if (entries.length >= limit) break;
    looked += 1;
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

  async folder(node: Node, place: Place, depth: number): Promise<void> {
    const { names, nameless, more } = await namesIn(node, MAX_NAMES, this.signal);
    this.hidden += nameless;
    this.truncated ||= more;
    for (const named of names) {
      if (this.stopped) return;
      if (this.visited >= this.how.maxEntries) {
        this.truncated = true;
        this.stopped = true;
        return;
      }
      this.visited += 1;
      if (this.breath.due) await this.breath.take();
      attend(this.signal);
      await this.one(node, named, { folder: place.folder, segments: [...place.segments, named.name] }, depth);
    }
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
    if (named.kind !== "folder") return this.meet(parent, named, place);
    await this.meet(parent, named, place);
    if (this.stopped) return;
    if (depth >= MAX_DEPTH) {
      this.truncated = true;
      return;
    }
    const child = this.roots.ground.open(parent, named.name);
    if (child === undefined) return;
    try {
      if (this.reserved.has(child.identity)) this.hidden++;
      else if (child.kind === "folder") await this.folder(child, place, depth + 1);
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
  await below.folder(folder, place, 1);
  const { visited, hidden, ignored, truncated } = below;
  return { visited, hidden, ignored, truncated };
}

/**
 * Every name inside a folder, for an effect on the whole of it. Refuses what cannot be judged by name (EACCES for
 * reserved places and workspace folders inside, EINVAL for names that are no UTF-8) and more than `max` names.
 */
export async function treeOf(roots: Roots, folder: Node, max: number, signal: AbortSignal): Promise<Tree> {
  const out: { segments: readonly string[]; kind: NodeKind; size: number }[] = [];
  const hash = createHash("sha256");
  const closed = new Set([...roots.reserved(), ...roots.identities()]);
  const breath = new TimedBreath();
  let bytes = 0;
  const enter = async (node: Node, above: readonly string[]): Promise<void> => {
    const { names, nameless, more } = await namesIn(node, max - out.length, signal);
    if (nameless > 0)
      refuse("EINVAL", "It holds a name that is no UTF-8.", "A person has to remove that file first.");
    if (more || above.length >= MAX_DEPTH)
      refuse("E2BIG", `It holds more than ${max} names.`, "Work on its subfolders one by one.");
    for (const { name } of names) {
      if (breath.due) await breath.take();
      attend(signal);
      const child = roots.ground.open(node, name);
      if (child === undefined) return refuse("ESTALE", "It changed while it was looked at.", "Look again.");
      try {
        if (closed.has(child.identity))
          refuse("EACCES", `It holds a reserved place or a workspace folder, "${name}".`);
        const segments = [...above, name];
        const { kind, identity, stat } = child;
        const size = kind === "file" ? Number(stat.size) : 0;
        out.push({ segments, kind, size });
        bytes += size;
        hash.update(
          JSON.stringify([segments, kind, identity, size, kind === "folder" ? 0 : Number(stat.mtimeMs)]),
        );
        if (kind === "folder") await enter(child, segments);
      } finally {
        child.close();
      }
    }
  };
  await enter(folder, []);
  return { entries: out, bytes, digest: hash.digest("hex") };
}
