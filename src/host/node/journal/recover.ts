// What only a person may decide about a journal: to fetch a lost one back, to accept a new place, to start afresh.
import { randomUUID } from "node:crypto";
import { copyFile, link, lstat, mkdir, readdir, realpath, rename } from "node:fs/promises";
import { join } from "node:path";
import type { RootFolder } from "../../../abi/record.ts";
import { ignore, placeIdentity } from "./create.ts";
import { trustedHome } from "./home.ts";
import { FOLDER } from "./folder.ts";
import { knownAt, placeOf, type KnownJournal, type Place } from "./known.ts";
import { bytesAt, syncFolder } from "./disk.ts";
import { takeLock } from "./lock.ts";
import { survey } from "./survey.ts";

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
  const found = await ownJournal(options);
  if (found === undefined) return { ok: false, detail: "no journal is missed in this folder" };
  const { known, here } = found;
  return locked(known, async () => {
    const identity = known.identityBytes();
    const segments = await readdir(join(known.folder, "journal"));
    if (identity === undefined || segments.length === 0) {
      return {
        ok: false,
        detail: "the data folder kept no files of it; on this disk a file cannot have two names",
      };
    }
    const folder = join(here.path, FOLDER);
    const aside = found.intact ? undefined : await setAside(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await ignore(folder);
    let files = 0;
    for (const kind of ["journal", "bodies"] as const) {
      await mkdir(join(folder, kind), { recursive: true, mode: 0o700 });
      for (const name of await missing(known, folder, kind)) {
        await again(join(known.folder, kind, name), join(folder, kind, name));
        files += 1;
      }
      await syncFolder(join(folder, kind));
    }
    if (!found.intact) await placeIdentity(folder, known.id, identity);
    await syncFolder(folder);
    await syncFolder(here.path);
    const rest = aside === undefined ? "" : `; what was there is now ${aside}`;
    return { ok: true, detail: `${files} files are back${rest}` };
  });
}

/** A person says: the journal moved together with this folder, and this is where it lives from now on. */
export async function confirmMoved(options: PlaceOptions): Promise<Done> {
  const home = await trustedHome(options.home, false);
  const { here, known, standing } = await survey({ ...options, home });
  if (standing.kind !== "moved" || known === undefined || here === undefined) {
    return { ok: false, detail: `the journal of this folder is not moved: ${standing.kind}` };
  }
  return locked(known, async () => {
    await known.setPlace(here);
    known.keepLinks(join(here.path, FOLDER));
    return { ok: true, detail: `the journal now lives in ${here.path}` };
  });
}

/**
 * A person says: begin a new record here. What is there now, foreign, damaged or good, is set aside and not deleted; a
 * journal that belonged here is no longer missed, and if its folder is put back a person has to confirm it anew.
 */
export async function startAfresh(options: PlaceOptions): Promise<Done> {
  const home = await trustedHome(options.home, false);
  const root = await realpath(options.root).catch(() => undefined);
  if (root === undefined) return { ok: false, detail: `there is no folder ${options.root}` };
  const known = home === undefined ? undefined : knownAt(home, placeOf(root, options.roots));
  const change = async (): Promise<Done> => {
    const aside = await setAside(join(root, FOLDER));
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

/** The journal that belongs here by the data folder's knowledge, if it or files of it are gone. */
async function ownJournal(
  options: PlaceOptions,
): Promise<{ known: KnownJournal; here: Place; intact: boolean } | undefined> {
  const home = await trustedHome(options.home, false);
  const root = await realpath(options.root).catch(() => undefined);
  if (home === undefined || root === undefined) return undefined;
  const here = placeOf(root, options.roots);
  const known = knownAt(home, here);
  if (known === undefined) return undefined;
  const folder = join(root, FOLDER);
  const written = known.identityBytes();
  const present = bytesAt(join(folder, "identity.json"));
  const intact = written !== undefined && present !== undefined && present.equals(written);
  const gone = [...(await missing(known, folder, "journal")), ...(await missing(known, folder, "bodies"))];
  return intact && gone.length === 0 ? undefined : { known, here, intact };
}

/** The names that the data folder keeps and the workspace no longer has. */
async function missing(known: KnownJournal, folder: string, kind: "journal" | "bodies"): Promise<string[]> {
  const kept = await readdir(join(known.folder, kind)).catch(() => []);
  const there = new Set(await readdir(join(folder, kind)).catch(() => []));
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
async function setAside(folder: string): Promise<string | undefined> {
  if ((await lstat(folder).catch(() => undefined)) === undefined) return undefined;
  const between = `${folder}.${randomUUID()}`;
  await rename(folder, between);
  await mkdir(folder, { mode: 0o700 });
  await ignore(folder);
  const name = join(folder, "aside");
  await rename(between, name);
  return name;
}

async function again(kept: string, path: string): Promise<void> {
  await link(kept, path).catch(() => copyFile(kept, path));
}
