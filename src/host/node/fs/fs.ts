// The files of this machine: the backend of `fs` over descriptors, with every check repeated at the place of the effect.
import path from "node:path";
import { isFault } from "../../../abi/errors.ts";
import type { RootFolder } from "../../../abi/record.ts";
import type { FsBackend, Place, Spot } from "../../../primitives/fs/backend.ts";
import { TimedBreath } from "./breath.ts";
import { markOf, readWhole } from "./bytes.ts";
import { guard, refuse, told } from "./errno.ts";
import { listFolder, walkBelow } from "./folder.ts";
import type { ReservedPlaces } from "../reserved.ts";
import { demand, each } from "./grant.ts";
import { groundHere, type Ground, type Node } from "./node.ts";
import { KEEPS, openPreImages } from "./preimage.ts";
import { glanceAt } from "./near.ts";
import { lineMatcher } from "./regex.ts";
import { Roots } from "./roots.ts";
import { treeOf } from "./structure.ts";
import { conventionsAt, type TextSettings } from "./text/conventions.ts";
import { decode, encode } from "./text/encoding.ts";
import { formOf, readLines } from "./text/lines.ts";
import { spotOf, standAt, walkTo, type Stand } from "./walk.ts";
import { fsWriting } from "./writing.ts";
import { fsResource } from "../../../abi/resource.ts";

export interface NodeFsOptions {
  /** The open workspace folders, as they are at each call. */
  readonly folders: () => readonly RootFolder[];
  /** Absolute paths that no call may enter, whatever it holds; each folder's record is always among them. */
  readonly reserved: () => readonly string[];
  /** The places of the running program and of the editors, out of reach in the same way. */
  readonly programs?: ReservedPlaces | undefined;
  /** Where pre-images go; made when it is missing. */
  readonly preImages: string;
  /** The editor's settings for texts; without an editor those that a workspace folder holds. */
  readonly textSettings?: TextSettings | undefined;
  /** How the disk is walked; the default is what this machine offers. */
  readonly ground?: Ground;
}

const nameOf = (place: Place): string => fsResource(place.folder, place.segments);

/** Runs a step at a spot that is proven to be what it was, and closes it after. */
export async function atSpot<T>(
  roots: Roots,
  spot: Spot,
  step: (at: Stand, node: Node) => Promise<T>,
): Promise<T> {
  const at = standAt(roots, spot);
  try {
    if (at.node === undefined)
      return refuse("ENOENT", `${spot.resource} is not there.`, "List its folder to see what is.");
    return await step(at, at.node);
  } finally {
    at.close();
  }
}

/** Builds the backend. Close it to give back the descriptors of the workspace folders. */
export function nodeFs(options: NodeFsOptions): FsBackend & { close(): void } {
  const ground = options.ground ?? groundHere();
  const records = (): string[] => options.folders().map((folder) => path.join(folder.path, ".agentlibos"));
  const roots = new Roots({
    ground,
    folders: options.folders,
    reserved: () => [...options.reserved(), options.preImages, ...records()],
    programs: options.programs,
  });
  openPreImages(options.preImages);
  return {
    unwritable: ground.unwritable,
    keeps: KEEPS,
    ...fsWriting(roots, options.preImages),

    follow(place, right, look) {
      const resource = nameOf(place);
      return guard(resource, () => {
        demand(look, "look", [{ right, resource }]);
        const at = walkTo(roots, place, "follow");
        if (at.kind === "outside") return at;
        try {
          return spotOf(roots, at);
        } finally {
          at.close();
        }
      });
    },

    content: (spot, right, max, grant, signal) =>
      guard(spot.resource, () => {
        demand(grant, "look", each(right, spot));
        return atSpot(roots, spot, (_at, node) => readWhole(node, max, signal));
      }),

    lines: (spot, range, likely, grant, signal) =>
      guard(spot.resource, () => {
        demand(grant, "full", each("read", spot));
        return atSpot(roots, spot, (_at, node) => readLines(node, range, likely, signal));
      }),

    form: (spot, right, likely, grant, signal) =>
      guard(spot.resource, () => {
        demand(grant, "look", each(right, spot));
        return atSpot(roots, spot, (_at, node) => formOf(node, likely, signal));
      }),

    decode,
    encode,
    async conventions(place, grant) {
      const found = await guard(nameOf(place), () => {
        demand(grant, "look", []);
        return conventionsAt(roots, place, options.textSettings);
      });
      return isFault(found) ? { editorconfig: [] } : found;
    },

    mark: (spot, right, grant, signal) =>
      guard(spot.resource, () => {
        demand(grant, "look", each(right, spot));
        return atSpot(roots, spot, (_at, node) => markOf(node, signal));
      }),

    glance: (place, like, grant) => glanceAt(roots, place, like, grant),

    list: (spot, limit, grant, signal, after) =>
      guard(spot.resource, () => {
        demand(grant, "full", each("list", spot));
        return atSpot(roots, spot, (_at, node) =>
          listFolder(roots, node, spot.place, limit, (r, res) => grant.entry(r, res), signal, after),
        );
      }),

    walk: (spot, how, grant, signal, visit) =>
      guard(spot.resource, () => {
        demand(grant, "full", each("list", spot));
        return atSpot(roots, spot, (_at, node) =>
          walkBelow(roots, node, spot.place, how, (r, res) => grant.entry(r, res), signal, visit),
        );
      }),

    tree: (spot, right, max, look, signal) =>
      guard(spot.resource, () => {
        demand(look, "look", each(right, spot));
        return atSpot(roots, spot, (_at, node) => treeOf(roots, node, max, signal));
      }),

    matcher: lineMatcher,
    breath: () => new TimedBreath(),

    async ignores(spot, grant, signal) {
      try {
        demand(grant, "full", each("list", spot));
        const root = roots.get(spot.place.folder);
        // Loaded when used: git's client is heavy, and many runs never search.
        const { gitIgnores } = await import("../git/ignore.ts");
        return await gitIgnores(root.real, roots.realPaths(), spot.place.segments, signal);
      } catch (error) {
        return told(error, spot.resource);
      }
    },

    close: () => roots.close(),
  };
}
