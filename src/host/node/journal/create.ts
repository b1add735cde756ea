// Making a journal where there is none: first in the user's data folder, then in the workspace, its place last of all.
import { lstatSync } from "node:fs";
import { link, mkdir, open, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeDigests } from "../digests.ts";
import { HeadSlots } from "./head-slots.ts";
import { FOLDER } from "./folder.ts";
import { bytesAt, syncFolder, tried } from "./disk.ts";
import { newIdentity } from "./keys.ts";
import { KnownJournal, type Place } from "./known.ts";

/**
 * Makes an empty journal in this place. A crash in between leaves nothing that is missed later: the data folder misses
 * a journal only when it knows its place. When another program makes one at the same moment, theirs stays.
 */
export async function createJournal(home: string, here: Place): Promise<void> {
  const { identity, privateKey } = newIdentity();
  const bytes = Buffer.from(JSON.stringify(identity) + "\n");
  const known = new KnownJournal(home, identity.id);
  await known.create(bytes, privateKey);
  try {
    const slots = HeadSlots.open(known.headPath);
    slots.write({ seq: 0, hash: nodeDigests.sha256(bytes) });
    await slots.sync();
    slots.close();
    const folder = join(here.path, FOLDER);
    await mkdir(folder, { mode: 0o700 }).catch(unlessThere);
    await ignore(folder);
    for (const name of ["journal", "bodies"])
      await mkdir(join(folder, name), { mode: 0o700 }).catch(unlessThere);
    if (!(await placeIdentity(folder, identity.id, bytes))) return await known.discard();
    await syncFolder(folder);
    await syncFolder(here.path);
    await known.setPlace(here);
  } catch (error) {
    await known.discard();
    throw error;
  }
}

/** Keeps the folder out of every commit, whatever a repository brought along under this name. */
export async function ignore(folder: string): Promise<void> {
  const path = join(folder, ".gitignore");
  if (says(path, "*\n")) return;
  await rm(path, { recursive: true, force: true });
  await writeFile(path, "*\n", { flag: "wx" }).catch(unlessThere); // another program may do the same right now
}

function says(path: string, text: string): boolean {
  return tried(() => lstatSync(path))?.isFile() === true && bytesAt(path)?.toString() === text;
}

/** Puts identity.json there whole or not at all; false when there already is one. */
export async function placeIdentity(folder: string, id: string, bytes: Uint8Array): Promise<boolean> {
  const draft = join(folder, `identity.${id}`);
  const path = join(folder, "identity.json");
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

function unlessThere(error: unknown): void {
  if (!isThere(error)) throw error;
}
