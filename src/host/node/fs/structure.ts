// Structural effects: things renamed or removed, always by name inside an open folder, never through a link.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { setImmediate as breathe } from "node:timers/promises";
import type { NodeKind, Tree } from "../../../primitives/fs/backend.ts";
import { TimedBreath } from "./breath.ts";
import { codeOf, refuse } from "./errno.ts";
import { attend, MAX_WALK_DEPTH, namesIn } from "./folder.ts";
import { childPath, type Ground, type Node } from "./node.ts";
import { exclusively, linkOrRename, makeFolders, syncNode, tempName, type Target } from "./publish.ts";
import type { Roots } from "./roots.ts";

/** Something that stands in an open folder. */
export interface Placed {
  readonly parent: Node;
  readonly name: string;
  readonly node: Node;
}

/** Removes everything in an open folder, entering no link. */
async function empty(ground: Ground, folder: Node): Promise<void> {
  let gone = 0;
  for (const name of fs.readdirSync(folder.self)) {
    const child = ground.open(folder, name);
    if (child === undefined) continue;
    try {
      if (child.kind !== "folder") fs.unlinkSync(childPath(folder, name));
      else {
        await empty(ground, child);
        fs.rmdirSync(childPath(folder, name));
      }
      if (++gone % 256 === 0) await breathe();
    } finally {
      child.close();
    }
  }
}

/** Removes one name that is no folder. */
export async function removeName(at: Placed): Promise<void> {
  fs.unlinkSync(childPath(at.parent, at.name));
  await syncNode(at.parent);
}

/**
 * Removes a folder: it is renamed aside in one step (from then on it is gone), judged once more by `same`, and only
 * then emptied. If it is not the one that was judged, it goes back.
 */
export async function removeFolder(
  ground: Ground,
  at: Placed,
  key: string,
  same: (aside: Node) => Promise<boolean>,
): Promise<void> {
  const aside = tempName(key);
  await exclusively(at.parent, aside, async () => {
    fs.renameSync(childPath(at.parent, at.name), childPath(at.parent, aside));
    const node = ground.open(at.parent, aside);
    try {
      if (node === undefined || !(await same(node))) {
        fs.renameSync(childPath(at.parent, aside), childPath(at.parent, at.name));
        refuse(
          "ESTALE",
          "It changed while it was being deleted; it is back in its place.",
          "List it again, then repeat.",
        );
      }
      await syncNode(at.parent);
      await discard(ground, at.parent, aside, node);
    } finally {
      node?.close();
    }
  });
}

async function discard(ground: Ground, parent: Node, aside: string, node: Node): Promise<void> {
  try {
    await empty(ground, node);
    fs.rmdirSync(childPath(parent, aside));
  } catch (error) {
    const code = codeOf(error) ?? "an error";
    refuse(
      "EIO",
      `Not all of it could be removed (${code}); the rest is in "${aside}" beside it.`,
      "A person has to remove the rest.",
    );
  }
}

/**
 * Renames without replacing. A file gets its new name first and loses the old one then, so nothing can be lost in
 * between; a folder is renamed in one step, which the system refuses onto anything but an empty folder.
 */
export async function rename(ground: Ground, from: Placed, to: Target): Promise<void> {
  const made: Node[] = [];
  try {
    const folder = makeFolders(ground, to, made);
    const a = childPath(from.parent, from.name);
    const b = childPath(folder, to.name);
    const there = ground.open(folder, to.name);
    const halfway =
      there !== undefined && there.identity === from.node.identity && from.node.kind !== "folder";
    there?.close();
    if (there !== undefined && !halfway)
      refuse("EEXIST", "Something stands there already.", "Choose another name.");
    if (halfway) fs.unlinkSync(a);
    else if (from.node.kind === "folder") fs.renameSync(a, b);
    else if (linkOrRename(a, b)) fs.unlinkSync(a);
    for (const node of [...made, to.base, from.parent]) await syncNode(node);
  } finally {
    for (const node of made) node.close();
  }
}

/** Removes what an effect that was cut off left in `parent`. */
export async function sweepTemp(ground: Ground, parent: Node, key: string): Promise<void> {
  const name = tempName(key);
  const node = ground.open(parent, name);
  if (node === undefined) return;
  try {
    if (node.kind === "folder") await discard(ground, parent, name, node);
    else fs.unlinkSync(childPath(parent, name));
  } finally {
    node.close();
  }
}

/**
 * Every name inside a folder, for an effect on the whole of it. Refuses what cannot be judged by name, and more than
 * `max` names. Reserved places and workspace folders inside are EACCES, and names that are no UTF-8 are EINVAL.
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
    if (more || above.length >= MAX_WALK_DEPTH)
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
