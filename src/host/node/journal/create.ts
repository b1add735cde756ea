// Making a journal where there is none: first in the user's data folder, then in the workspace, its place last of all.
import { randomUUID } from "node:crypto";
import { lstatSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { link, open, unlink, writeFile } from "node:fs/promises";
import { nodeDigests } from "../digests.ts";
import { childPath, type Node } from "../fs/node.ts";
import { HeadSlots } from "./files/head-slots.ts";
import type { HeldRecord } from "./files/hold.ts";
import { bytesAt, syncFolder } from "./disk.ts";
import { newIdentity } from "./keys.ts";
import { KnownJournal, type Followed, type RecordPlace } from "./known.ts";

/**
 * Makes an empty journal in this place. A crash in between leaves nothing that is missed later: the data folder misses
 * a journal only when it knows its place. When another program makes one at the same moment, theirs stays. `follows` is
 * the journal in whose place a person begins this one.
 */
export async function createJournal(
  home: string,
  here: RecordPlace,
  held: HeldRecord,
  follows?: Followed,
): Promise<void> {
  const { identity, privateKey } = newIdentity();
  const bytes = Buffer.from(JSON.stringify(identity) + "\n");
  const known = new KnownJournal(home, identity.id);
  await known.create(bytes, privateKey);
  try {
    if (follows !== undefined) await known.setFollows(follows);
    const slots = HeadSlots.open(known.headPath);
    slots.write({ seq: 0, hash: nodeDigests.sha256(bytes) });
    await slots.sync();
    slots.close();
    const folder = held.make();
    ignore(folder);
    if (!(await placeIdentity(folder, identity.id, bytes))) return await known.discard();
    await syncFolder(folder.self);
    await syncFolder(held.root.self);
    await known.setPlace(here);
  } catch (error) {
    // With its identity in the workspace it is a journal already; without the data folder it would be a foreign one.
    const placed = held.folder && bytesAt(childPath(held.folder, "identity.json"));
    if (placed?.equals(bytes) !== true) await known.discard();
    throw error;
  }
}

/** Keeps the folder out of every commit. Another text or folder that a repository brought under this name makes way. */
export function ignore(folder: Node): void {
  const path = childPath(folder, ".gitignore");
  const about = lstatSync(path, { throwIfNoEntry: false });
  if (about?.isFile() === true && bytesAt(path)?.toString() === "*\n") return;
  if (about?.isDirectory() === true) renameSync(path, `${path}.${randomUUID()}`);
  else if (about !== undefined) unlinkSync(path);
  try {
    writeFileSync(path, "*\n", { flag: "wx" });
  } catch (error) {
    if (!isThere(error)) throw error; // another program may do the same right now
  }
}

/** Puts identity.json there whole or not at all; false when there already is one. */
export async function placeIdentity(folder: Node, id: string, bytes: Uint8Array): Promise<boolean> {
  const draft = childPath(folder, `identity.${id}`);
  const path = childPath(folder, "identity.json");
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") throw error;
      await writeFile(path, bytes, { flag: "wx", mode: 0o600 }); // a disk without links
    });
    return true;
  } catch (error) {
    if (isThere(error)) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

function isThere(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}
