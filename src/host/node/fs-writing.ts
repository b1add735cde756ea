// The changing half of the files backend: each method proves what stands there, acts on it, and makes it durable.
import fs from "node:fs";
import type { FsBackend, Place, Spot } from "../../primitives/fs-backend.ts";
import { fsResource, type Right } from "../../abi/resource.ts";
import { readDigest, sha256 } from "./fs-bytes.ts";
import { guard, must, refuse, told } from "./fs-errno.ts";
import { treeOf } from "./fs-folder.ts";
import { demand, each } from "./fs-grant.ts";
import type { Node } from "./fs-node.ts";
import { keepFile, MAX_KEPT } from "./fs-preimage.ts";
import { publish } from "./fs-publish.ts";
import type { Roots } from "./fs-roots.ts";
import { makeFolders, removeFolder, removeName, rename, sweepTemp } from "./fs-structure.ts";
import { spotOf, standAt, walkTo, type Stand } from "./fs-walk.ts";

/** The names inside a folder that one effect may carry along; the primitive counts the same. */
export const MAX_TREE = 10_000;
/** All pre-images of one deleted folder together. */
const MAX_KEPT_TREE = 256 * 1024 * 1024;
const NEVER = new AbortController().signal;

type Writing = Pick<
  FsBackend,
  "reach" | "write" | "makeFolder" | "remove" | "move" | "keeper" | "examine" | "sweep"
>;

const nameOf = (place: Place): string => fsResource(place.folder, place.segments);

/** What a grant must hold for an effect on a spot: a folder is meant with all that is in it. */
function whole(right: Right, spot: Spot): { right: Right; resource: string }[] {
  return each(right, spot).map((n) => (spot.kind === "folder" ? { ...n, resource: `${n.resource}/**` } : n));
}

/** Refuses to move or delete a workspace folder, and anything without a folder around it. */
function inFolder(roots: Roots, at: Stand): { parent: Node; node: Node } {
  if (at.parent === undefined || at.node === undefined || roots.identities().has(at.node.identity)) {
    return refuse(
      "EACCES",
      "A workspace folder itself is neither moved nor deleted.",
      "Work on what is in it.",
    );
  }
  return { parent: at.parent, node: at.node };
}

/** Refuses unless the digest is still `pre`: of a file's bytes, of a folder's tree, of a link's identity. */
async function unchanged(roots: Roots, node: Node, pre: string, signal: AbortSignal): Promise<void> {
  const now =
    node.kind === "file"
      ? await readDigest(node, signal)
      : node.kind === "folder"
        ? (await treeOf(roots, node, MAX_TREE, signal)).digest
        : node.identity;
  if (now !== pre) refuse("ESTALE", "It changed since it was looked at.", "Look again, then repeat.");
}

/** The folder that is to hold the last name, with folders that are missing on the way made. */
function holding(roots: Roots, at: Stand, made: Node[]): { parent: Node; name: string } {
  if (at.parent === undefined) return refuse("EACCES", "It is a workspace folder itself.");
  const all = [at.name, ...at.beyond];
  return { parent: makeFolders(roots.ground, at.parent, all.slice(0, -1), made), name: all.at(-1) ?? "" };
}

async function keepTree(
  roots: Roots,
  directory: string,
  folder: Node,
  left: { bytes: number },
): Promise<void> {
  for (const name of fs.readdirSync(folder.self)) {
    const child = roots.ground.open(folder, name);
    if (child === undefined) continue;
    try {
      if (child.kind === "folder") await keepTree(roots, directory, child, left);
      if (child.kind !== "file") continue;
      left.bytes -= Number(child.stat.size);
      if (left.bytes >= 0) await keepFile(directory, child, undefined, NEVER);
    } finally {
      child.close();
    }
  }
}

/** The methods of {@link FsBackend} that change files, or look at them without following links. */
export function fsWriting(roots: Roots, preImages: string): Writing {
  const { ground } = roots;
  const writable = (): void => {
    if (ground.unwritable !== undefined) must(ground.unwritable);
  };
  return {
    reach: (place, right, look) =>
      guard(nameOf(place), () => {
        demand(look, "look", [{ right, resource: nameOf(place) }]);
        writable();
        const at = walkTo(roots, place, "refuse");
        if (at.kind === "outside") return refuse("EACCES", "It leads outside the workspace folders.");
        try {
          const link =
            at.node?.kind === "link" && at.parent !== undefined
              ? fs.readlinkSync(`${at.parent.self}/${at.name}`)
              : undefined;
          return { ...spotOf(roots, at), ...(link === undefined ? {} : { link }) };
        } finally {
          at.close();
        }
      }),

    write: (spot, bytes, pre, grant, signal) =>
      guard(spot.resource, async () => {
        demand(grant, "full", [
          ...each("write", spot),
          ...spot.missing.map((resource) => ({ right: "write" as const, resource })),
        ]);
        writable();
        const at = standAt(roots, spot);
        const made: Node[] = [];
        try {
          if (at.node !== undefined) {
            if (at.node.kind !== "file") refuse("EINVAL", `${spot.resource} is no regular file.`);
            fs.accessSync(at.node.self, fs.constants.W_OK);
            await unchanged(roots, at.node, pre, signal);
          } else if (pre !== "absent") refuse("ESTALE", `${spot.resource} is gone.`, "Look again.");
          if (signal.aborted) refuse("EINTR", "Interrupted.");
          const { parent, name } = holding(roots, at, made);
          await publish(ground, parent, name, bytes, `${spot.resource}\n${sha256(bytes)}`, at.node);
          roots.get(spot.place.folder);
          return undefined;
        } finally {
          for (const node of made) node.close();
          at.close();
        }
      }),

    makeFolder: (spot, grant) =>
      guard(spot.resource, () => {
        demand(grant, "full", [
          ...each("write", spot),
          ...spot.missing.map((resource) => ({ right: "write" as const, resource })),
        ]);
        writable();
        const at = standAt(roots, spot);
        const made: Node[] = [];
        try {
          if (at.parent === undefined || at.node !== undefined)
            return refuse("EEXIST", `${spot.resource} is there already.`);
          makeFolders(ground, at.parent, [at.name, ...at.beyond], made);
          return undefined;
        } finally {
          for (const node of made) node.close();
          at.close();
        }
      }),

    remove: (spot, pre, grant, signal) =>
      guard(spot.resource, async () => {
        demand(grant, "full", whole("delete", spot));
        writable();
        const at = standAt(roots, spot);
        try {
          const { parent, node } = inFolder(roots, at);
          await unchanged(roots, node, pre, signal);
          if (signal.aborted) refuse("EINTR", "Interrupted.");
          if (node.kind !== "folder") await removeName(parent, at.name);
          else {
            const same = async (aside: Node): Promise<boolean> =>
              aside.identity === node.identity &&
              (await treeOf(roots, aside, MAX_TREE, NEVER)).digest === pre;
            await removeFolder(ground, parent, at.name, `${spot.resource}\n${pre}`, same);
          }
          return undefined;
        } finally {
          at.close();
        }
      }),

    move: (from, to, pre, grant, signal) =>
      guard(`${from.resource} -> ${to.resource}`, async () => {
        const onto = to.missing.map((resource) => ({ right: "write" as const, resource }));
        demand(grant, "full", [
          ...whole("read", from),
          ...whole("delete", from),
          ...each("write", to),
          ...onto,
        ]);
        writable();
        const source = standAt(roots, from);
        let target: Stand | undefined;
        const made: Node[] = [];
        try {
          const { parent, node } = inFolder(roots, source);
          await unchanged(roots, node, pre, signal);
          if (signal.aborted) refuse("EINTR", "Interrupted.");
          target = standAt(roots, to);
          await rename({ parent, name: source.name, node }, holding(roots, target, made));
          return undefined;
        } finally {
          for (const opened of made) opened.close();
          target?.close();
          source.close();
        }
      }),

    keeper(spot, right, pre, look) {
      try {
        demand(look, "look", each(right, spot));
      } catch (error) {
        return told(error, spot.resource);
      }
      return () =>
        guard(`The copy of ${spot.resource}`, async () => {
          if (spot.kind !== "file" && spot.kind !== "folder") return undefined;
          const at = standAt(roots, spot);
          try {
            if (at.node?.kind === "file")
              await keepFile(
                preImages,
                at.node,
                at.node.stat.size > BigInt(MAX_KEPT) ? undefined : pre,
                NEVER,
              );
            else if (at.node?.kind === "folder")
              await keepTree(roots, preImages, at.node, { bytes: MAX_KEPT_TREE });
            return undefined;
          } finally {
            at.close();
          }
        });
    },

    examine: (place) =>
      guard(nameOf(place), async () => {
        const at = walkTo(roots, place, "refuse");
        if (at.kind === "outside") return refuse("EACCES", "It leads outside the workspace folders.");
        try {
          const found = { kind: at.node?.kind ?? ("absent" as const), identity: at.node?.identity ?? "" };
          return at.node?.kind === "file" ? { ...found, sha256: await readDigest(at.node, NEVER) } : found;
        } finally {
          at.close();
        }
      }),

    async sweep(place, key) {
      await guard(nameOf(place), async () => {
        const at = walkTo(roots, place, "refuse");
        if (at.kind === "outside") return undefined;
        try {
          if (at.parent !== undefined && at.beyond.length === 0) await sweepTemp(ground, at.parent, key);
          return undefined;
        } finally {
          at.close();
        }
      });
    },
  };
}
