// The survey of a journal: what lies in the workspace against what the user's data folder knows of it.
import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { AnyRecord, RootFolder } from "../../../abi/record.ts";
import { identitySchema } from "../../../abi/record/identity.ts";
import type { Standing } from "../../../kernel/ports.ts";
import type { ReadPosition, Scan, Scanned } from "../../../kernel/ports/files.ts";
import type { HeadMark } from "../../../kernel/ports/store.ts";
import { systemClock } from "../clock.ts";
import { lookAt } from "./files/folder.ts";
import { FOLDER, HeldRecord } from "./files/hold.ts";
import { strayedFiles } from "./kept.ts";
import { knownAt, KnownJournal, placeOf, type RecordPlace } from "./known.ts";
import { bytesAt, tried } from "./disk.ts";

/** Where to look. `home` is the real path of a trusted data folder, if there is one. */
export interface Where {
  readonly root: string;
  readonly roots: readonly RootFolder[];
  readonly home: string | undefined;
}

/** The facts that are told without reading the records. `standing` is `obeyed` while nothing speaks against it. */
export interface Survey {
  readonly here: RecordPlace | undefined;
  /** The record's folders; absent when there is no such workspace folder. */
  readonly held: HeldRecord | undefined;
  readonly id: string;
  readonly known: KnownJournal | undefined;
  readonly standing: Standing;
  /** True when there are records to read. */
  readonly readable: boolean;
  /** Tells whether the data folder keeps files of the journal that belongs here and that are gone from here. */
  readonly keeps: () => boolean;
}

/** The same facts with those that the records tell. */
export interface Examined {
  readonly standing: Standing;
  /** Absent when the disk did not let it be read. */
  readonly scanned?: Scanned;
  /** How many records may be shown: those up to the last good head; none of a foreign record with a defect. */
  readonly shown: number;
}

/** The time in which a record that is not obeyed is read, in microseconds; then its place is told instead. */
const FOREIGN_TIME = 1_500_000;

/** The format of identity.json that is read. */
const READS = 1;

const OBEYED: Standing = { kind: "obeyed" };

/** Opens a workspace folder to look for its record; undefined when there is none. The caller must close it. */
export function holdRecord(root: string): HeldRecord | undefined {
  const real = tried(() => realpathSync.native(root));
  return real === undefined ? undefined : tried(() => new HeldRecord(real));
}

/** Runs a function with the record of a workspace held. Rejects when there is no such folder. */
export async function holdingRecord<T>(root: string, use: (held: HeldRecord) => Promise<T>): Promise<T> {
  const held = new HeldRecord(realpathSync.native(root));
  try {
    held.look();
    return await use(held);
  } finally {
    held.close();
  }
}

/** Looks at identity and place. */
export async function survey({ root, roots, home }: Where, held: HeldRecord | undefined): Promise<Survey> {
  const facts = await surveyed({ root, roots, home }, held);
  const { here, standing } = facts;
  const keeps = (): boolean => {
    const own = home === undefined || here === undefined ? undefined : knownAt(home, here);
    return own !== undefined && held !== undefined && strayedFiles(own, held).length > 0;
  };
  return { ...facts, standing: withKept(standing, keeps), held, keeps };
}

/** The standings of a record that is all there. */
const NOT_LOST: readonly string[] = ["moved", "copy", "newer"];

/** A standing, with the word that files are kept if a person can fetch them back. */
function withKept(standing: Standing, keeps: () => boolean): Standing {
  const { kind } = standing;
  const isOther = kind === "obeyed" || kind === "absent" || NOT_LOST.includes(kind);
  return isOther || standing.kept === true || !keeps() ? standing : { ...standing, kept: true };
}

async function surveyed(
  { root, roots, home }: Where,
  held: HeldRecord | undefined,
): Promise<Omit<Survey, "held" | "keeps">> {
  const none = { id: "", known: undefined, readable: false, here: undefined };
  if (held === undefined)
    return { ...none, standing: { kind: "absent", detail: `there is no folder ${root}` } };
  const here = placeOf(held, roots);
  const found = await lookAt(held).catch(unreadable);
  const missing = (): KnownJournal | undefined => (home === undefined ? undefined : knownAt(home, here));
  if (found.kind === "nothing") {
    const missed = missing();
    if (missed === undefined)
      return { ...none, here, standing: { kind: "absent", detail: "there is no journal here yet" } };
    const detail = `the journal ${missed.id} of this folder is gone`;
    return { ...none, here, id: missed.id, known: missed, standing: { kind: "lost", detail } };
  }
  if (found.kind === "refused") {
    return { ...none, here, known: missing(), standing: { kind: "damaged", detail: found.detail } };
  }
  const format = found.identity === undefined ? 0 : formatOf(found.identity);
  if (format > READS) {
    const detail = `identity.json has format ${format}, and this version reads format ${READS}`;
    return { ...none, here, standing: { kind: "newer", detail } };
  }
  const id = found.identity === undefined ? "" : idOf(found.identity);
  const named = id === "" || home === undefined ? undefined : new KnownJournal(home, id);
  const known = named?.exists() === true ? named : undefined;
  const missed = known === undefined ? missing() : undefined;
  const written = (known ?? missed)?.identityBytes();
  const readable = found.identity !== undefined;
  if (written !== undefined && known === undefined) {
    const detail = `this folder's journal is ${missed?.id ?? ""}, but identity.json is ${readable ? "not its own" : "missing"}`;
    return {
      here,
      id,
      known: missed,
      readable,
      standing: { kind: id === "" ? "damaged" : "foreign", detail },
    };
  }
  if (known === undefined) {
    const detail = "it was not made on this machine by this user, or the data folder was lost";
    return { here, id, known, readable, standing: { kind: "foreign", detail } };
  }
  if (written === undefined || found.identity === undefined || !written.equals(found.identity)) {
    const detail = "identity.json is not what was written";
    return { here, id, known, readable, standing: { kind: "damaged", detail } };
  }
  return { here, id, known, readable, standing: placed(known, here) };
}

/**
 * Reads the records and judges the whole. Takes the stored head before the files, which a writer may still extend. With
 * `since` only what was written after it is read, if the newest head known to the data folder is not before it.
 *
 * A record that is not obeyed here is read within bounds; `record` must do nothing more once `late` is true.
 */
export async function examine(
  { held, known, standing, keeps }: Survey,
  scan: Scan,
  record?: (record: AnyRecord, late: () => boolean) => void,
  since?: ReadPosition,
): Promise<Examined> {
  const expect = known === undefined ? undefined : known.head();
  const isForeign = standing.kind !== "obeyed";
  const end = systemClock.micros() + FOREIGN_TIME;
  const late = (): boolean => isForeign && systemClock.micros() > end;
  try {
    const found = held === undefined ? undefined : await lookAt(held);
    if (found?.kind !== "there")
      return { standing: { kind: "damaged", detail: "it is no longer there" }, shown: 0 };
    const scanned = await scan(found.source, {
      ...(isForeign ? { foreign: { late } } : {}),
      ...(expect === undefined ? {} : { expect }),
      ...(record === undefined ? {} : { record: (each) => record(each, late) }),
      ...(since === undefined || (expect?.seq ?? 0) < since.last.seq ? {} : { since }),
    });
    const shown = isForeign && scanned.defect !== undefined ? 0 : scanned.records;
    const judged = judge(standing, scanned, known !== undefined, expect);
    return { scanned, standing: withKept(judged, keeps), shown };
  } catch (error) {
    const { detail } = unreadable(error);
    return { standing: withKept({ kind: "damaged", detail }, keeps), shown: 0 };
  }
}

function judge(
  standing: Standing,
  scanned: Scanned,
  isKnown: boolean,
  expect: HeadMark | undefined,
): Standing {
  const { defect } = scanned;
  const where = defect && `${defect.file}, line ${defect.line}, byte ${defect.byte}: ${defect.what}`;
  const stays = standing.kind !== "obeyed" && (standing.kind === "foreign" || defect?.refused === true);
  if (stays && where !== undefined) return { ...standing, hidden: where };
  if (standing.kind === "foreign" || (standing.kind === "damaged" && where === undefined)) return standing;
  if (where !== undefined && defect?.newer === true) return { kind: "newer", detail: where };
  if (where !== undefined)
    return { kind: "damaged", detail: where, ...(standing.kind === "obeyed" ? {} : { hidden: where }) };
  if (standing.kind === "copy") return standing;
  if (isKnown && expect === undefined) {
    return {
      kind: "damaged",
      detail: "the data folder no longer knows the newest head, so nothing tells whether records are missing",
    };
  }
  if (scanned.expected === "beyond") {
    const detail = `it ends at record ${scanned.last.seq}, but record ${expect?.seq ?? 0} was written`;
    return { kind: "rolled-back", detail };
  }
  if (scanned.expected === "differs") {
    return { kind: "rolled-back", detail: `record ${expect?.seq ?? 0} is not the one that was written` };
  }
  return standing;
}

function placed(known: KnownJournal, here: RecordPlace): Standing {
  const place = known.place();
  if (place === undefined) {
    if (known.head()?.seq === 0) return OBEYED; // its making was cut short
    return { kind: "moved", detail: "the data folder no longer knows where it belongs" };
  }
  if (place.host === here.host && place.path === here.path && place.inode === here.inode) return OBEYED;
  const elsewhere = place.host === here.host && place.path !== here.path;
  const there = elsewhere ? bytesAt(join(place.path, FOLDER, "identity.json")) : undefined;
  if (there !== undefined && idOf(there) === known.id) {
    return { kind: "copy", detail: `the journal itself is in ${place.path}` };
  }
  return { kind: "moved", detail: `it was in ${place.path} on ${place.host}, in another folder than this` };
}

function idOf(bytes: Uint8Array): string {
  try {
    return identitySchema.safeParse(JSON.parse(Buffer.from(bytes).toString())).data?.id ?? "";
  } catch {
    return "";
  }
}

/** The format that an identity names; 0 when it names none. */
function formatOf(bytes: Uint8Array): number {
  const json = tried((): unknown => JSON.parse(Buffer.from(bytes).toString()));
  const named = typeof json === "object" && json !== null && "format" in json ? json.format : 0;
  return typeof named === "number" ? named : 0;
}

function unreadable(error: unknown): { readonly kind: "refused"; readonly detail: string } {
  return {
    kind: "refused",
    detail: `it cannot be read: ${error instanceof Error ? error.message : String(error)}`,
  };
}
