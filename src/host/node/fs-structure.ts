// Structural effects: folders are made, things renamed or removed, always by name inside an open folder.
import fs from "node:fs";
import { setImmediate as breathe } from "node:timers/promises";
import { codeOf, refuse } from "./fs-errno.ts";
import { childPath, type Ground, type Node } from "./fs-node.ts";
import { linkOrRename, syncFolder, tempName } from "./fs-publish.ts";

/** Makes the folders `names` below `parent`, one in the other, and returns the innermost; the caller closes all. */
export function makeFolders(ground: Ground, parent: Node, names: readonly string[], opened: Node[]): Node {
  let top = parent;
  for (const name of names) {
    try {
      fs.mkdirSync(childPath(top, name));
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const made = ground.open(top, name);
    if (made !== undefined) opened.push(made);
    if (made?.kind !== "folder")
      return refuse("ESTALE", `"${name}" was replaced while it was being made.`, "Look again.");
    top = made;
  }
  return top;
}

/** Removes everything in an open folder, entering no link. Returns how many things were removed. */
async function empty(ground: Ground, folder: Node): Promise<number> {
  let gone = 0;
  for (const name of fs.readdirSync(folder.self, { encoding: "buffer" })) {
    const text = name.toString("utf8");
    const child = ground.open(folder, text);
    if (child === undefined) continue;
    try {
      if (child.kind !== "folder") fs.unlinkSync(childPath(folder, text));
      else {
        gone += await empty(ground, child);
        fs.rmdirSync(childPath(folder, text));
      }
      if (++gone % 256 === 0) await breathe();
    } finally {
      child.close();
    }
  }
  return gone;
}

/** Removes one name that is no folder. */
export async function removeName(parent: Node, name: string): Promise<void> {
  fs.unlinkSync(childPath(parent, name));
  await syncFolder(parent);
}

/**
 * Removes a folder: it is renamed aside in one step (from then on it is gone), judged once more by `same`, and only
 * then emptied. If it is not the one that was judged, it goes back.
 */
export async function removeFolder(
  ground: Ground,
  parent: Node,
  name: string,
  key: string,
  same: (aside: Node) => Promise<boolean>,
): Promise<void> {
  const aside = tempName(key);
  fs.renameSync(childPath(parent, name), childPath(parent, aside));
  const node = ground.open(parent, aside);
  try {
    if (node === undefined || !(await same(node))) {
      fs.renameSync(childPath(parent, aside), childPath(parent, name));
      refuse(
        "ESTALE",
        "It changed while it was being deleted; it is back in its place.",
        "List it again, then repeat.",
      );
    }
    await syncFolder(parent);
    await sweepFolder(ground, parent, aside, node);
  } finally {
    node?.close();
  }
}

async function sweepFolder(ground: Ground, parent: Node, aside: string, node: Node): Promise<void> {
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

/** Renames without replacing: `to` must not exist. A file gets its second name first, so that there is no window. */
export async function rename(
  from: { parent: Node; name: string; node: Node },
  to: { parent: Node; name: string },
): Promise<void> {
  const a = childPath(from.parent, from.name);
  const b = childPath(to.parent, to.name);
  if (from.node.kind === "folder") fs.renameSync(a, b);
  else if (linkOrRename(a, b)) fs.unlinkSync(a);
  await syncFolder(to.parent);
  if (to.parent.identity !== from.parent.identity) await syncFolder(from.parent);
}

/** Removes what an effect that was cut off left in `parent`. */
export async function sweepTemp(ground: Ground, parent: Node, key: string): Promise<void> {
  const name = tempName(key);
  const node = ground.open(parent, name);
  if (node === undefined) return;
  try {
    if (node.kind === "folder") await sweepFolder(ground, parent, name, node);
    else fs.unlinkSync(childPath(parent, name));
  } finally {
    node.close();
  }
}
