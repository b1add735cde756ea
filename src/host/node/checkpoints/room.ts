// Room for copies: beyond the bound the oldest go that nothing pins. The record stays whole.
import fs from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { AnyRecord } from "../../../abi/record.ts";
import { TimedBreath } from "../fs/breath.ts";
import { listedFiles } from "../fs/preimage.ts";

/** The bound for all copies of one record by default, in bytes. */
export const COPIES_MOST = 1024 * 1024 * 1024;

/** A copy, or the list of the files of a folder. */
interface Copy {
  readonly name: string;
  readonly bytes: number;
  readonly modified: number;
}

const LIST = /^tree-([0-9a-f]{64})$/u;
const COPY = /^(?:tree-)?[0-9a-f]{64}$/u;

/** The bytes that all copies in this folder take; 0 where there is none. */
export async function roomTaken(folder: string | undefined): Promise<number> {
  return folder === undefined ? 0 : sizeOf(await listCopies(folder));
}

async function listCopies(folder: string): Promise<Copy[]> {
  const copies: Copy[] = [];
  if (!fs.existsSync(folder)) return copies;
  for (const name of await readdir(folder)) {
    const about = COPY.test(name) ? await stat(path.join(folder, name)).catch(() => undefined) : undefined;
    if (about !== undefined) copies.push({ name, bytes: about.size, modified: about.mtimeMs });
  }
  return copies;
}

function sizeOf(copies: readonly Copy[]): number {
  return copies.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Takes away the oldest copies that are not pinned until all of them fit. Gives the bytes before and after. `pinned` is
 * asked after the copies were listed. Whoever needs an old copy again makes it new; such a copy stays, too.
 */
export async function makeRoom(
  folder: string,
  most: number,
  pinned: () => ReadonlySet<string>,
): Promise<{ readonly before: number; readonly after: number }> {
  const copies = await listCopies(folder);
  const before = sizeOf(copies);
  if (before <= most) return { before, after: before };
  const needed = await neededOf(folder, copies, pinned());
  let after = before;
  const breath = new TimedBreath();
  for (const { name, bytes, modified } of copies.sort((a, b) => a.modified - b.modified)) {
    if (after <= most) break;
    if (needed.has(name)) continue;
    if (takeAway(path.join(folder, name), modified)) after -= bytes;
    if (breath.due) await breath.take();
  }
  return { before, after };
}

/** Takes a copy away, unless somebody made it new. Nothing of this program comes between the look and the removal. */
function takeAway(copy: string, modified: number): boolean {
  const about = fs.statSync(copy, { throwIfNoEntry: false });
  if (about !== undefined && about.mtimeMs !== modified) return false;
  fs.rmSync(copy, { force: true });
  return true;
}

/** So many calls that changed files come between two looks at the room. */
const BETWEEN = 100;

/** The copies of a record: their folder, their bound, and those that must stay. */
export interface CopiesRoom {
  readonly folder: string;
  readonly most?: number | undefined;
  readonly pinned: () => ReadonlySet<string>;
}

/** Makes room now, and again as copies come. The calls do not wait for it. Close it to wait for the last time. */
export function keepRoom(
  on: { onRecord(listener: (record: AnyRecord) => void): () => void },
  { folder, most = COPIES_MOST, pinned }: CopiesRoom,
): { close(): Promise<void> } {
  let changed = 0;
  let making: Promise<unknown> = Promise.resolve();
  const make = (): void => {
    changed = 0;
    // A disk that gives no answer keeps its copies; the next look tries again.
    making = making.then(() => makeRoom(folder, most, pinned)).catch(() => undefined);
  };
  const stop = on.onRecord(({ kind, data }) => {
    if (kind !== "call.end" || data.changed !== true) return;
    changed += 1;
    if (changed >= BETWEEN) make();
  });
  make();
  return {
    async close() {
      stop();
      await making;
    },
  };
}

/** The names of what is pinned: the contents, and the lists of folders with all contents that they name. */
async function neededOf(
  folder: string,
  copies: readonly Copy[],
  pinned: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const needed = new Set(pinned);
  for (const { name } of copies) {
    const [, digest = ""] = LIST.exec(name) ?? [];
    if (!pinned.has(digest)) continue;
    needed.add(name);
    for (const { sha256 } of (await listedFiles(folder, digest)) ?? []) needed.add(sha256);
  }
  return needed;
}
