// Near: a look at a place, and at the names beside it when it is not there, as far as the caller may list them.
import { isLiveGrant, type Grant } from "../../../kernel/witness.ts";
import type { FolderEntry, Glance, NearNames, Place } from "../../../primitives/fs/backend.ts";
import { TimedBreath } from "./breath.ts";
import { Refusal, codeOf } from "./errno.ts";
import { namesIn } from "./folder.ts";
import type { Node } from "./node.ts";
import type { Roots } from "./roots.ts";
import { walkTo, type Stand } from "./walk.ts";

/** So many names of a folder are compared; reading and sorting them takes about 30 ms. */
const MAX_NAMES = 50_000;
/** So many of the nearest names are judged, and so many of them told. */
const MAX_JUDGED = 256;
const MAX_TOLD = 32;

const NEVER = new AbortController().signal;

/** The method `glance` of the backend. It never fails: whoever asks has a reason of its own that nothing is there. */
export async function glanceAt(
  roots: Roots,
  place: Place,
  like: NearNames | undefined,
  grant: Grant,
): Promise<Glance | undefined> {
  if (!isLiveGrant(grant)) return undefined;
  let at: Stand | undefined;
  try {
    const found = walkTo(roots, place, "follow", false, true);
    if (found.kind === "outside") return undefined;
    at = found;
    return await glanceFrom(roots, at, like, grant);
  } catch (error) {
    if (error instanceof Refusal || codeOf(error) !== undefined) return undefined;
    throw error;
  } finally {
    at?.close();
  }
}

async function glanceFrom(
  roots: Roots,
  at: Stand,
  like: NearNames | undefined,
  grant: Grant,
): Promise<Glance | undefined> {
  const may = (real: Place): boolean =>
    roots.resources(real).every((resource) => grant.entry("list", resource));
  const place = { folder: at.root.folder.name, segments: at.segments };
  const { node, parent } = at;
  if (node !== undefined) return may(place) ? { kind: node.kind, place, missing: 0, beside: [] } : undefined;
  const missing = at.beyond.length + 1;
  const folder = { ...place, segments: place.segments.slice(0, -missing) };
  if (parent === undefined || !may(folder)) return undefined;
  const beside: FolderEntry[] = [];
  const near = like === undefined ? [] : await nearestIn(parent, like(at.name));
  for (const named of near.slice(0, MAX_JUDGED)) {
    if (beside.length >= MAX_TOLD) break;
    if (isReserved(roots, parent, named.name)) continue;
    if (may({ ...folder, segments: [...folder.segments, named.name] })) beside.push(named);
  }
  return { kind: undefined, place, missing, beside };
}

/** The names of a folder that are near, the nearest first. */
async function nearestIn(
  folder: Node,
  far: (name: string) => number | undefined,
): Promise<readonly FolderEntry[]> {
  const { names } = await namesIn(folder, MAX_NAMES, NEVER);
  const near: { named: FolderEntry; distance: number }[] = [];
  const breath = new TimedBreath();
  for (const named of names) {
    if (breath.due) await breath.take();
    const distance = far(named.name);
    if (distance !== undefined) near.push({ named, distance });
  }
  return near.sort((a, b) => a.distance - b.distance).map(({ named }) => named);
}

/** True for a reserved place under any name; also when it cannot be looked at. */
function isReserved(roots: Roots, parent: Node, name: string): boolean {
  const node = roots.ground.open(parent, name);
  if (node === undefined) return true;
  const reserved = roots.reserved().has(node.identity);
  node.close();
  return reserved;
}
