// Opening a workspace's journal: finds how it stands, and only where it is to be obeyed makes it writable.
import { realpathSync } from "node:fs";
import type { AnyRecord, RootFolder } from "../../../abi/record.ts";
import type { OpenedJournal, Standing } from "../../../kernel/ports.ts";
import type { Scan, Scanned } from "../../../kernel/ports/files.ts";
import { createJournal, ignore } from "./create.ts";
import { tried } from "./disk.ts";
import { trustedHome } from "./home.ts";
import type { HeldRecord } from "./files/hold.ts";
import { FileLines } from "./files/lines.ts";
import { fittingSnapshots } from "./files/snapshots.ts";
import { DiskStore } from "./files/store.ts";
import { nodeSignatures } from "../digests.ts";
import { takeLock, type Lock } from "./lock.ts";
import { examine, holdingRecord, holdRecord, survey, type Examined, type Survey } from "./survey.ts";

export interface OpenOptions {
  /** The workspace folder that `.agentlibos` lies in. */
  readonly root: string;
  /** The user's data folder (`homePath` finds it). */
  readonly home: string;
  readonly roots: readonly RootFolder[];
  readonly scan: Scan;
  /**
   * Takes the records as they are read, so that no list of them is made. It is asked for again, to begin anew, when some
   * that were taken turn out not to be good.
   */
  readonly anew?: () => (record: AnyRecord) => void;
  /**
   * Takes the records behind a snapshot with these rows; throws when it cannot begin there. Without it every record is
   * read. `anew` is asked when the records behind the snapshot turn out not to be good.
   */
  readonly resume?: (rows: unknown) => (record: AnyRecord) => void;
  /** `create` makes a journal where none is and none is missed; `write` goes on with one; `view` changes nothing. */
  readonly mode: "create" | "write" | "view";
  /** The bytes at which the next segment begins. */
  readonly segmentBytes?: number;
}

/**
 * Opens the journal of a workspace. It throws only a `HomeError`, when the data folder cannot be trusted; whatever is
 * wrong with the journal is its standing. Only `obeyed` comes with a store, which the caller must close.
 */
export async function openJournal(options: OpenOptions): Promise<OpenedJournal> {
  const home = await trustedHome(options.home, options.mode === "create");
  const held = holdRecord(options.root);
  let kept = false;
  try {
    const opened = await openHeld(options, home, held);
    kept = opened.store !== undefined; // the store closes it
    return opened;
  } finally {
    if (!kept) held?.close();
  }
}

async function openHeld(
  options: OpenOptions,
  home: string | undefined,
  held: HeldRecord | undefined,
): Promise<OpenedJournal> {
  const roots = options.roots.map(real);
  const where = { root: options.root, roots, home };
  let found = await survey(where, held);
  if (
    found.standing.kind === "absent" &&
    options.mode === "create" &&
    home !== undefined &&
    held !== undefined &&
    found.here !== undefined
  ) {
    const failed = await createJournal(home, found.here, held).then(() => undefined, textOf);
    if (failed !== undefined) {
      const standing = { kind: "read-only", detail: `no journal can be made here: ${failed}` } as const;
      return { standing, id: "", records: [], last: { seq: 0, hash: "" }, roots };
    }
    found = await survey(where, held);
  }
  const { known } = found;
  const mayWrite = options.mode !== "view" && found.standing.kind === "obeyed" && known !== undefined;
  const lock = mayWrite ? await takeLock(known.lockPath) : undefined;
  if (lock === undefined) {
    const looking: Standing = { kind: "read-only", detail: "opened to look" };
    return (await read(found, options, roots, looking)).opened;
  }
  if ("refused" in lock) {
    const kind = lock.refused === "locked" ? "locked" : "read-only";
    return (await read(found, options, roots, { kind, detail: lock.detail })).opened;
  }
  const opened = await write(found, lock, options, roots).catch((error: unknown) => {
    lock.release();
    throw error;
  });
  if (opened.store === undefined) lock.release();
  return opened;
}

/**
 * Reads all records; each is taken once a head covers it. `instead` is how a journal stands that only its opening keeps
 * from being obeyed.
 */
async function read(
  found: Survey,
  { scan, anew, resume, root }: Pick<OpenOptions, "scan" | "anew" | "resume" | "root">,
  roots: readonly RootFolder[],
  instead: Standing,
): Promise<{ opened: OpenedJournal; scanned?: Scanned }> {
  let records: AnyRecord[] = [];
  const begin = anew ?? (() => ((records = []), (record: AnyRecord) => void records.push(record)));
  const fromSnapshot = resume && (await readTail(found, scan, resume));
  const covered = new Covered(fromSnapshot === undefined ? begin() : () => undefined);
  const examined = fromSnapshot ?? (found.readable ? await examine(found, scan, covered.record) : undefined);
  const standing = examined?.standing ?? found.standing;
  const scanned = examined?.scanned;
  const good = examined?.shown ?? 0;
  // The chain vouched for a head whose signature turned out to be wrong, or a foreign record for what is not shown.
  if (covered.upTo > good) {
    const take = begin();
    if (good > 0) await examine(found, scan, (record) => void (record.seq <= good && take(record)));
  }
  const opened: OpenedJournal = {
    standing: standing.kind === "obeyed" ? instead : standing,
    id: found.id,
    records,
    last: scanned === undefined || good < scanned.records ? { seq: 0, hash: "" } : scanned.last,
    ...(scanned?.defect === undefined ? {} : { defect: scanned.defect }),
    roots,
    ...(good === 0 ? {} : { lines: new FileLines((use) => holdingRecord(root, use)) }),
    ...(found.known === undefined ? {} : { preimages: found.known.preimages, values: found.known.values }),
  };
  return scanned === undefined ? { opened } : { opened, scanned };
}

/** Hands records on once a head covers them. */
class Covered {
  readonly #take: (record: AnyRecord) => void;
  #waiting: AnyRecord[] = [];
  /** The newest head whose records were handed on. */
  upTo = 0;

  constructor(take: (record: AnyRecord) => void) {
    this.#take = take;
  }

  readonly record = (record: AnyRecord, late: () => boolean): void => {
    this.#waiting.push(record);
    if (record.kind !== "head") return;
    for (const each of this.#waiting) if (!late()) this.#take(each);
    this.#waiting = [];
    this.upTo = record.seq;
  };
}

/**
 * Reads only what stands behind the newest snapshot that fits. Undefined when none does, or when something is wrong with
 * the records behind it: then all are read, and that reading judges.
 */
async function readTail(
  found: Survey,
  scan: Scan,
  resume: NonNullable<OpenOptions["resume"]>,
): Promise<Examined | undefined> {
  const { held, known } = found;
  const identity = known?.identity();
  const newest = known?.head()?.seq ?? 0;
  if (!found.readable || found.standing.kind !== "obeyed" || held === undefined) return undefined;
  if (identity === undefined || known?.exposure() !== undefined) return undefined;
  for await (const { at, rows } of fittingSnapshots(held, { ...identity, newest }, nodeSignatures)) {
    const take = tried(() => resume(rows));
    if (take === undefined) continue;
    const covered = new Covered(take);
    const examined = await examine(found, scan, covered.record, at);
    if (examined.standing.kind !== "obeyed" || examined.scanned?.defect !== undefined) return undefined;
    return covered.upTo > examined.shown ? undefined : examined;
  }
  return undefined;
}

async function write(
  found: Survey,
  lock: Lock,
  options: OpenOptions,
  roots: readonly RootFolder[],
): Promise<OpenedJournal> {
  const { known, here, held } = found;
  const { opened, scanned } = await read(found, options, roots, { kind: "obeyed" });
  if (opened.standing.kind !== "obeyed" || scanned === undefined) return opened;
  if (known === undefined || here === undefined || held === undefined) return opened;
  let store: DiskStore | undefined;
  try {
    const signer = known.signer();
    if ("detail" in signer) return { ...opened, standing: { kind: "read-only", detail: signer.detail } };
    ignore(held.make());
    store = await DiskStore.open(
      { held, known, end: scanned.end, lock, segmentBytes: options.segmentBytes, signer },
      scanned.last,
    );
    await known.setPlace(here);
    const cut = scanned.tail ?? scanned.bodyTail;
    const follows = scanned.last.seq === 0 ? known.follows() : undefined;
    return {
      ...opened,
      ...{ store, lines: store, signer },
      ...(cut === undefined ? {} : { cut }),
      ...(follows === undefined ? {} : { follows }),
    };
  } catch (error) {
    await store?.close();
    return { ...opened, standing: { kind: "read-only", detail: `it cannot be written: ${textOf(error)}` } };
  }
}

/** The folder by its real path. The path that it was opened by stays known, because people and agents write that one. */
function real({ name, path, opened = path }: RootFolder): RootFolder {
  const found = tried(() => realpathSync.native(path)) ?? path;
  return { name, path: found, ...(opened === found ? {} : { opened }) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
