// The changing half of the files backend: each method proves what stands there, acts on it, and makes it durable.
import fs from "node:fs";
import { fsResource, type Right } from "../../../abi/resource.ts";
import { MAX_TREE } from "../../../abi/size.ts";
import type { FsBackend, Place, Spot } from "../../../primitives/fs/backend.ts";
import { markOf, sha256 } from "./bytes.ts";
import { guard, must, refuse, told } from "./errno.ts";
import { demand, demandFolders, each } from "./grant.ts";
import { childPath, type Node } from "./node.ts";
import { keepFile, keepTree, keptFile } from "./preimage.ts";
import { makeFolders, publish, syncNode, type Target } from "./publish.ts";
import type { Roots } from "./roots.ts";
import { removeFolder, removeName, rename, sweepTemp, treeOf, type Placed } from "./structure.ts";
import { confirmStand, spotOf, standAt, walkTo, type Stand } from "./walk.ts";

/** A write that began is finished or undone; an interrupt in the middle would do neither. */
const NEVER = new AbortController().signal;

type Writing = Pick<
  FsBackend,
  "reach" | "write" | "makeFolder" | "remove" | "move" | "keeper" | "kept" | "examine" | "sweep"
>;

const nameOf = (place: Place): string => fsResource(place.folder, place.segments);

/** The resource that a grant must hold for an effect on a whole thing: a folder with all that is in it. */
function whole(right: Right, spot: Spot): { right: Right; resource: string }[] {
  const tree = spot.kind === "folder" ? "/**" : "";
  return each(right, spot).map((n) => ({ right, resource: n.resource + tree }));
}

/** The thing that stands there, in its folder. A workspace folder itself is neither moved nor deleted. */
function placed(roots: Roots, at: Stand): Placed {
  if (at.parent === undefined || at.node === undefined || roots.identities().has(at.node.identity)) {
    return refuse(
      "EACCES",
      "A workspace folder itself is neither moved nor deleted.",
      "Work on what is in it.",
    );
  }
  return { parent: at.parent, name: at.name, node: at.node };
}

/** Where an absent thing is to appear. */
function target(at: Stand): Target {
  if (at.parent === undefined) return refuse("EEXIST", "It is a workspace folder itself.");
  const all = [at.name, ...at.beyond];
  return { base: at.parent, folders: all.slice(0, -1), name: all.at(-1) ?? "" };
}

/** Refuses unless the thing still has the mark it was judged by. */
async function unchanged(roots: Roots, node: Node, pre: string, signal: AbortSignal): Promise<void> {
  const now =
    node.kind === "folder"
      ? (await treeOf(roots, node, MAX_TREE, signal)).digest
      : await markOf(node, signal);
  if (now !== pre) refuse("ESTALE", "It changed since it was looked at.", "Look again, then repeat.");
  if (signal.aborted) refuse("EINTR", "Interrupted.");
}

/** The methods of {@link FsBackend} that change files, or look at them without following links. */
export function fsWriting(roots: Roots, preImages: string): Writing {
  const { ground } = roots;
  const writable = (signal: AbortSignal = NEVER): void => {
    if (ground.unwritable !== undefined) must(ground.unwritable);
    if (signal.aborted) refuse("EINTR", "Interrupted.");
  };
  /** Runs a step at a spot that is proven to be what it was. */
  const at = async <T>(spot: Spot, signal: AbortSignal, step: (stand: Stand) => Promise<T>): Promise<T> => {
    writable(signal);
    const stand = standAt(roots, spot);
    try {
      return await step(stand);
    } finally {
      stand.close();
    }
  };
  /** Runs a step where a place is now, following nothing. */
  const look = async <T>(place: Place, step: (stand: Stand) => T | Promise<T>, exact = true): Promise<T> => {
    const stand = walkTo(roots, place, "refuse", exact, true);
    if (stand.kind === "outside") return refuse("EACCES", "It leads outside the workspace folders.");
    try {
      return await step(stand);
    } finally {
      stand.close();
    }
  };
  return {
    reach: (place, right, grant, exact = false) =>
      guard(nameOf(place), () => {
        demand(grant, "look", [{ right, resource: nameOf(place) }]);
        writable();
        const step = (stand: Stand): Spot => {
          const spot = spotOf(roots, stand);
          if (stand.node?.kind !== "link" || stand.parent === undefined) return spot;
          return { ...spot, link: fs.readlinkSync(childPath(stand.parent, stand.name)) };
        };
        return look(place, step, exact);
      }),

    write: (spot, bytes, pre, grant, signal, executable) =>
      guard(spot.resource, async () => {
        demand(grant, "full", each("write", spot));
        demandFolders(grant, spot.missing);
        return at(spot, signal, async (stand) => {
          if (stand.node !== undefined) {
            if (stand.node.kind !== "file") refuse("EINVAL", `${spot.resource} is no regular file.`);
            fs.accessSync(stand.node.self, fs.constants.W_OK);
            await unchanged(roots, stand.node, pre, signal);
          } else if (pre !== "absent") refuse("ESTALE", `${spot.resource} is gone.`, "Look again.");
          await publish(
            ground,
            target(stand),
            bytes,
            `${spot.resource}\n${sha256(bytes)}`,
            stand.node,
            () => {
              confirmStand(roots, spot, stand);
            },
            executable,
          );
          return undefined;
        });
      }),

    makeFolder: (spot, grant) =>
      guard(spot.resource, () => {
        demand(grant, "full", each("write", spot));
        demandFolders(grant, spot.missing);
        return at(spot, NEVER, async (stand) => {
          if (stand.node !== undefined) refuse("EEXIST", `${spot.resource} is there already.`);
          const to = target(stand);
          const made: Node[] = [];
          try {
            makeFolders(ground, { ...to, folders: [...to.folders, to.name] }, made);
            for (const node of [to.base, ...made]) await syncNode(node);
            return undefined;
          } finally {
            for (const node of made) node.close();
          }
        });
      }),

    remove: (spot, pre, grant, signal) =>
      guard(spot.resource, () => {
        demand(grant, "full", whole("delete", spot));
        return at(spot, signal, async (stand) => {
          const thing = placed(roots, stand);
          await unchanged(roots, thing.node, pre, signal);
          confirmStand(roots, spot, stand);
          if (thing.node.kind !== "folder") await removeName(thing);
          else {
            const same = async (aside: Node): Promise<boolean> =>
              aside.identity === thing.node.identity &&
              (await treeOf(roots, aside, MAX_TREE, NEVER)).digest === pre;
            await removeFolder(ground, thing, `${spot.resource}\n${pre}`, same);
          }
          return undefined;
        });
      }),

    move: (from, to, pre, grant, signal) =>
      guard(`${from.resource} to ${to.resource}`, () => {
        demand(grant, "full", [...whole("read", from), ...whole("delete", from), ...each("write", to)]);
        demandFolders(grant, to.missing);
        return at(from, signal, async (source) => {
          const thing = placed(roots, source);
          await unchanged(roots, thing.node, pre, signal);
          return at(to, signal, async (stand) => {
            confirmStand(roots, from, source);
            await rename(ground, thing, target(stand));
            return undefined;
          });
        });
      }),

    keeper(spot, right, pre, grant) {
      try {
        demand(grant, "look", each(right, spot));
      } catch (error) {
        return told(error, spot.resource);
      }
      return () =>
        guard(`The copy of ${spot.resource}`, () =>
          at(spot, NEVER, async ({ node }) => {
            if (node?.kind === "file") await keepFile(preImages, node, pre, NEVER);
            if (node?.kind === "folder") await keepTree(ground, preImages, node, pre, NEVER);
            return undefined;
          }),
        );
    },

    kept: (spot, digest, grant) =>
      guard(`The copy of ${spot.resource}`, () => {
        demand(grant, "look", each("write", spot));
        return keptFile(preImages, digest);
      }),

    examine: (place) =>
      guard(nameOf(place), () =>
        look(place, async ({ node }) => {
          if (node === undefined) return { kind: "absent" as const, identity: "", mark: "absent" };
          const mark = node.kind === "folder" ? "folder" : await markOf(node, NEVER);
          return { kind: node.kind, identity: node.identity, mark };
        }),
      ),

    async sweep(place, key) {
      // What was staged may lie in any folder above, because folders on the way are made last.
      for (let depth = place.segments.length - 1; depth >= 0; depth--) {
        const above = { folder: place.folder, segments: place.segments.slice(0, depth) };
        await guard(nameOf(above), () =>
          look(above, async ({ node }) => {
            if (node?.kind === "folder") await sweepTemp(ground, node, key);
            return undefined;
          }),
        );
      }
    },
  };
}
