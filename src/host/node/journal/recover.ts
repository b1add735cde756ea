// What only a person may decide about a journal: to fetch a lost one back, to accept a new place, to start afresh.
import { randomUUID } from "node:crypto";
import { constants, lstatSync, readdirSync, renameSync } from "node:fs";
import { copyFile, link } from "node:fs/promises";
import { join } from "node:path";
import type { Scan } from "../../../kernel/ports/files.ts";
import { createJournal, ignore, placeIdentity } from "./create.ts";
import { trustedHome } from "./home.ts";
import { childPath } from "../fs/node.ts";
import { FOLDER, type HeldRecord } from "./files/hold.ts";
import type { JournalAt } from "./inspect.ts";
import { keptNames, PARTS, scanKept, strayedFiles } from "./kept.ts";
import { knownAt, placeOf, type Followed, type KnownJournal } from "./known.ts";
import { bytesAt, syncFolder } from "./disk.ts";
import { takeLock } from "./lock.ts";
import { examine, holdRecord, survey } from "./survey.ts";

/** The journal that a person decides about. `scan` judges its bytes. */
export interface PlaceOptions extends JournalAt {
  readonly scan: Scan;
}

/** The result of a recovery; `detail` is for the person. The journal is not opened: do that next. */
export interface Done {
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * Fetches a journal back from the second names that the data folder keeps: one that is gone, or whose files others have
 * the place of. Anything in its way under `.agentlibos` is set aside, not deleted. Files that are no better than those
 * in the workspace change nothing.
 */
export async function recoverLost(options: PlaceOptions): Promise<Done> {
  return holding(options, (held) => recover(options, held));
}

async function recover(options: PlaceOptions, held: HeldRecord): Promise<Done> {
  const home = await trustedHome(options.home, false);
  const known = home === undefined ? undefined : knownAt(home, placeOf(held, options.roots));
  const none = { ok: false, detail: "no journal is missed in this folder" };
  if (known === undefined) return none;
  return locked(known, async () => {
    const isBlocked = held.look() !== undefined;
    const identity = known.identityBytes();
    const present = held.folder && bytesAt(childPath(held.folder, "identity.json"));
    const isOwn = !isBlocked && identity !== undefined && present?.equals(identity) === true;
    const strayed = strayedFiles(known, held);
    if (isOwn && strayed.length === 0) return none;
    if (identity === undefined || keptNames(known, "journal").length === 0) {
      return {
        ok: false,
        detail: "the data folder kept no files of it; on this disk a file cannot have two names",
      };
    }
    if (isOwn) {
      const scanned = await scanKept(known, held, options.scan);
      const isWhole = scanned?.defect === undefined && scanned?.expected === "covered";
      if (!isWhole) return { ok: false, detail: "the files that the data folder kept are not whole either" };
    }
    const isComplete = isOwn && strayed.every((file) => !file.replaced);
    const aside = isComplete ? undefined : setAside(held);
    const folder = held.make();
    ignore(folder);
    let files = 0;
    for (const part of PARTS) {
      const there = new Set(readdirSync(held.part(part)?.self ?? folder.self));
      const kept = keptNames(known, part).map((name) => ({ name, from: join(known.folder, part, name) }));
      for (const { name, from } of [...kept, ...(isOwn ? othersIn(aside, part) : [])]) {
        if (there.has(name)) continue;
        there.add(name);
        await again(from, held.pathIn(part, name));
        files += 1;
      }
      await syncFolder(held.part(part)?.self ?? folder.self);
    }
    if (!isComplete) await placeIdentity(folder, known.id, identity);
    await syncFolder(folder.self);
    await syncFolder(held.root.self);
    const rest = aside === undefined ? "" : `; what was there is now ${aside}`;
    return { ok: true, detail: `${files} files are back${rest}` };
  });
}

/** The files of the own journal that were set aside and have no second name. */
function othersIn(aside: string | undefined, part: (typeof PARTS)[number]): { name: string; from: string }[] {
  const folder = aside === undefined ? undefined : join(aside, part);
  if (folder === undefined || lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const names = readdirSync(folder).filter((name) => /^\d{8}(?:\.jsonl)?$/u.test(name));
  return names.map((name) => ({ name, from: join(folder, name) }));
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
 * journal that belonged here is no longer missed. The new journal names the newest head of the old one and takes nothing
 * else over. If the old folder is put back, a person has to confirm it anew.
 */
export async function startAfresh(options: PlaceOptions): Promise<Done> {
  return holding(options, (held) => startNew(options, held));
}

async function startNew(options: PlaceOptions, held: HeldRecord): Promise<Done> {
  const home = await trustedHome(options.home, true);
  if (home === undefined) return { ok: false, detail: "there is no data folder" };
  const here = placeOf(held, options.roots);
  const known = knownAt(home, here);
  const change = async (): Promise<Done> => {
    const follows = await newestOf({ ...options, home }, held, known);
    const aside = setAside(held);
    await known?.forgetPlace();
    if (aside === undefined && known === undefined) return { ok: false, detail: "there is no journal here" };
    await createJournal(home, here, held, follows);
    const after =
      follows === undefined
        ? ""
        : `; the new record names record ${follows.seq} of ${follows.journal} as the last of the old one`;
    return {
      ok: true,
      detail: `${aside === undefined ? "nothing is missed any more" : `what was there is now ${aside}`}${after}`,
    };
  };
  return known === undefined ? settled(change) : locked(known, change);
}

/** The newest head of the journal that lies here, as its own bytes tell; of a lost one, as the data folder knows it. */
async function newestOf(
  options: PlaceOptions,
  held: HeldRecord,
  known: KnownJournal | undefined,
): Promise<Followed | undefined> {
  const found = await survey(options, held);
  const scanned = found.readable ? (await examine(found, options.scan)).scanned : undefined;
  if (scanned !== undefined && scanned.records > 0) return { journal: scanned.id, ...scanned.last };
  const head = known?.head();
  return known === undefined || head === undefined || head.seq === 0
    ? undefined
    : { journal: known.id, ...head };
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
