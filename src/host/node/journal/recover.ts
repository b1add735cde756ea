// What only a person may decide about a journal: to fetch a lost one back, to accept a new place, to start afresh.
import { randomUUID } from "node:crypto";
import { constants, lstatSync, readdirSync, renameSync } from "node:fs";
import { copyFile, link, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RootFolder } from "../../../abi/record.ts";
import { ignore, placeIdentity } from "./create.ts";
import { trustedHome } from "./home.ts";
import { childPath } from "../fs/node.ts";
import { FOLDER, type HeldRecord, type Part } from "./files/hold.ts";
import { knownAt, placeOf, type KnownJournal } from "./known.ts";
import { bytesAt, syncFolder, tried } from "./disk.ts";
import { takeLock } from "./lock.ts";
import { holdRecord, survey } from "./survey.ts";

export interface PlaceOptions {
  readonly root: string;
  readonly home: string;
  readonly roots: readonly RootFolder[];
}

/** The result of a recovery; `detail` is for the person. The journal is not opened: do that next. */
export interface Done {
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * Fetches a lost journal back from the second names that the data folder keeps. What stands in its way under
 * `.agentlibos` is set aside, not deleted.
 */
export async function recoverLost(options: PlaceOptions): Promise<Done> {
  return holding(options, (held) => recover(options, held));
}

async function recover(options: PlaceOptions, held: HeldRecord): Promise<Done> {
  const found = await ownJournal(options, held);
  if (found === undefined) return { ok: false, detail: "no journal is missed in this folder" };
  const { known } = found;
  return locked(known, async () => {
    const identity = known.identityBytes();
    const segments = await readdir(join(known.folder, "journal"));
    if (identity === undefined || segments.length === 0) {
      return {
        ok: false,
        detail: "the data folder kept no files of it; on this disk a file cannot have two names",
      };
    }
    const aside = found.intact ? undefined : setAside(held);
    const folder = held.make();
    ignore(folder);
    let files = 0;
    for (const part of ["journal", "bodies"] as const) {
      for (const name of await missing(known, held, part)) {
        await again(join(known.folder, part, name), held.pathIn(part, name));
        files += 1;
      }
      await syncFolder(held.part(part)?.self ?? folder.self);
    }
    if (!found.intact) await placeIdentity(folder, known.id, identity);
    await syncFolder(folder.self);
    await syncFolder(held.root.self);
    const rest = aside === undefined ? "" : `; what was there is now ${aside}`;
    return { ok: true, detail: `${files} files are back${rest}` };
  });
}

/** A person says: the journal moved together with this folder, and this is where it lives from now on. */
export async function confirmMoved(options: PlaceOptions): Promise<Done> {
  return holding(options, (held) => confirm(options, held));
}

async function confirm(options: PlaceOptions, held: HeldRecord): Promise<Done> {
  const home = await trustedHome(options.home, false);
  const { here, known, standing } = await survey({ ...options, home }, held);
  if (standing.kind !== "moved" || known === undefined || here === undefined) {
    return { ok: false, detail: `the journal of this folder is not moved: ${standing.kind}` };
  }
  return locked(known, async () => {
    await known.setPlace(here);
    known.keepLinks(held);
    return { ok: true, detail: `the journal now lives in ${here.path}` };
  });
}

/**
 * A person says: begin a new record here. What is there now, foreign, damaged or good, is set aside and not deleted; a
 * journal that belonged here is no longer missed. If its folder is put back, a person has to confirm it anew.
 */
export async function startAfresh(options: PlaceOptions): Promise<Done> {
  return holding(options, (held) => startNew(options, held));
}

async function startNew(options: PlaceOptions, held: HeldRecord): Promise<Done> {
  const home = await trustedHome(options.home, false);
  const known = home === undefined ? undefined : knownAt(home, placeOf(held, options.roots));
  const change = async (): Promise<Done> => {
    const aside = setAside(held);
    await known?.forgetPlace();
    if (aside === undefined && known === undefined) return { ok: false, detail: "there is no journal here" };
    return {
      ok: true,
      detail: aside === undefined ? "nothing is missed any more" : `what was there is now ${aside}`,
    };
  };
  return known === undefined ? settled(change) : locked(known, change);
}

/** The decisions of a person about a journal, by name. */
export const MENDINGS = { recover: recoverLost, confirm: confirmMoved, afresh: startAfresh } as const;

/** Runs a decision with the record of the workspace held, and lets go of it. */
async function holding({ root }: PlaceOptions, decide: (held: HeldRecord) => Promise<Done>): Promise<Done> {
  const held = holdRecord(root);
  if (held === undefined) return { ok: false, detail: `there is no folder ${root}` };
  try {
    return await decide(held);
  } finally {
    held.close();
  }
}

/** The journal that belongs here by the data folder's knowledge, if it or files of it are gone. */
async function ownJournal(
  options: PlaceOptions,
  held: HeldRecord,
): Promise<{ known: KnownJournal; intact: boolean } | undefined> {
  const home = await trustedHome(options.home, false);
  if (home === undefined) return undefined;
  const known = knownAt(home, placeOf(held, options.roots));
  if (known === undefined) return undefined;
  const isBlocked = held.look() !== undefined;
  const written = known.identityBytes();
  const present = held.folder && bytesAt(childPath(held.folder, "identity.json"));
  const intact = !isBlocked && written !== undefined && present?.equals(written) === true;
  const gone = [...(await missing(known, held, "journal")), ...(await missing(known, held, "bodies"))];
  return intact && gone.length === 0 ? undefined : { known, intact };
}

/** The names that the data folder keeps and the workspace no longer has. */
async function missing(known: KnownJournal, held: HeldRecord, part: Part): Promise<string[]> {
  const kept = await readdir(join(known.folder, part)).catch(() => []);
  const folder = held.part(part);
  const there = new Set(folder === undefined ? [] : tried(() => readdirSync(folder.self)));
  return kept.filter((name) => !there.has(name)).sort();
}

/** While the journal is open nobody may decide about it. */
async function locked(known: KnownJournal, change: () => Promise<Done>): Promise<Done> {
  const lock = await takeLock(known.lockPath);
  if ("refused" in lock) return { ok: false, detail: lock.detail };
  try {
    return await settled(change);
  } finally {
    lock.release();
  }
}

async function settled(change: () => Promise<Done>): Promise<Done> {
  try {
    return await change();
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Makes way for a new folder and puts the old one inside it, where agents and commits do not reach. Undefined when there
 * is nothing. A link is set aside, not followed.
 */
function setAside(held: HeldRecord): string | undefined {
  const path = childPath(held.root, FOLDER);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const between = `${path}.${randomUUID()}`;
  held.letGo();
  renameSync(path, between);
  const folder = held.make();
  ignore(folder);
  renameSync(between, childPath(folder, "aside"));
  return join(held.path, FOLDER, "aside");
}

async function again(kept: string, path: string): Promise<void> {
  await link(kept, path).catch(() => copyFile(kept, path, constants.COPYFILE_EXCL));
}
