// Wholes: files and folders that are moved or deleted as a whole, with every name in them.
import type { Note } from "../../abi/question.ts";
import { fsNote } from "./classes/notes.ts";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { bothLooks } from "../../abi/quoted.ts";
import { fsResource, type Need, type Right } from "../../abi/resource.ts";
import { MAX_TREE } from "../../abi/size.ts";
import type { View } from "../../kernel/operation.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { FsBackend, Spot, Tree } from "./backend.ts";
import { placeOfResource, recheckSpot, staleFault } from "./change.ts";
import { missingFault, refuseAmbiguous } from "./near.ts";
import { locateInside, realNeeds, resourceOf, spelledFrom } from "./path.ts";

/** A file or folder that is moved or deleted as a whole, with every name in a folder. */
export interface Whole {
  readonly spot: Spot;
  readonly tree: Tree | undefined;
}

/**
 * Finds a file or folder without following links. Every name inside a folder joins the needs with each right.
 */
export async function reachWhole(
  backend: FsBackend,
  path: string,
  rights: readonly Right[],
  view: View,
  look: Grant,
  signal: AbortSignal,
): Promise<{ needs: readonly Need[]; whole: Whole } | Fault> {
  const place = locateInside(path, view);
  if (isFault(place)) return place;
  const spot = await backend.reach(place, "delete", look);
  if (isFault(spot)) return spot;
  if (spot.kind === "absent") return missingFault(backend, path, spot.place, view, look);
  const unclear = await refuseAmbiguous(backend, path, spot, view, look);
  if (unclear !== undefined) return unclear;
  const own = realNeeds(spot, rights, place, look);
  if (spot.kind !== "folder") return { needs: own, whole: { spot, tree: undefined } };
  // What is in a folder is looked at before its real name is judged, so the path must be that name.
  if (spot.resource !== resourceOf(place)) {
    const real = bothLooks(spelledFrom(spot.place, view));
    return fault("ENOENT", `${resourceOf(place)} is not there by exactly that name.`, `Write ${real}.`);
  }
  const tree = await backend.tree(spot, "delete", MAX_TREE, look, signal);
  if (isFault(tree)) return tree;
  const bases = [spot.resource, ...spot.aliases];
  const inside = bases.flatMap((base) => [
    `${base}/**`,
    ...tree.entries.map((e) => resourceBelow(base, e.segments)),
  ]);
  const needs = inside.flatMap((resource) => rights.map((right) => ({ resource, right })));
  return { needs: [...own, ...needs], whole: { spot, tree } };
}

/** The resource of a name inside the folder that another resource stands for. */
export function resourceBelow(base: string, segments: readonly string[]): string {
  const { folder, segments: above } = placeOfResource(base);
  return fsResource(folder, [...above, ...segments]);
}

/** Reaches it again, and checks that it is the same with the same names in it; `pre` is its mark. */
export async function recheckWhole(
  backend: FsBackend,
  path: string,
  state: Whole | undefined,
  view: View,
  look: Grant,
  signal: AbortSignal,
): Promise<{ spot: Spot; pre: string } | Fault> {
  const spot = await recheckSpot(backend, path, "delete", state?.spot, view, look);
  if (isFault(spot)) return spot;
  if (spot.kind !== "folder") {
    const pre = await backend.mark(spot, "delete", look, signal);
    if (isFault(pre)) return pre;
    return staleFault(view, spot, pre) ?? { spot, pre };
  }
  const tree = await backend.tree(spot, "delete", MAX_TREE, look, signal);
  if (isFault(tree)) return tree;
  if (tree.digest === state?.tree?.digest) return { spot, pre: tree.digest };
  return fault(
    "ESTALE",
    `What is in ${spot.resource} changed since it was looked at.`,
    "List it again, then repeat.",
  );
}

/** The field of a prestate that tells a folder from a file. Its digest must not be taken for one of a content. */
export function folderOf({ kind }: Spot): { folder?: true } {
  return kind === "folder" ? { folder: true } : {};
}

/** The field of a prestate that says whether a file may be run as a program; others need none. */
export function modeOf({ kind, mode }: Spot): { mode?: number } {
  return kind === "file" && (mode & 0o111) !== 0 ? { mode } : {};
}

/** Describes it for a person; with `keeps`, it also says if not all of it can be brought back. */
export function noteWhole(whole: Whole, keeps?: FsBackend["keeps"]): Note[] {
  const { spot, tree } = whole;
  const bound = tree === undefined ? keeps?.file : keeps?.folder;
  const lost = bound !== undefined && (tree?.bytes ?? spot.size) > bound;
  return [noteKind(whole), ...(lost ? [fsNote("notAllKept")] : [])];
}

function noteKind({ spot, tree }: Whole): Note {
  if (tree !== undefined) return fsNote("folder", tree.entries.length, tree.bytes);
  if (spot.kind === "link") return fsNote("link");
  return spot.kind === "file" ? fsNote("file", spot.size) : fsNote("special");
}
