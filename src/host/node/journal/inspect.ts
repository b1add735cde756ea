// Inspecting a journal without opening it: for `verify`, on any journal, whoever wrote it and whoever holds it.
import type { AnyRecord, RootFolder } from "../../../abi/record.ts";
import type { Standing } from "../../../kernel/ports.ts";
import type { ReadPosition, Scan, Scanned } from "../../../kernel/ports/files.ts";
import { trustedHome } from "./home.ts";
import type { HistoryTable } from "../../../kernel/ports/history.ts";
import type { StoredLines } from "../../../kernel/ports/store.ts";
import { Check, type CheckedBefore } from "./checked.ts";
import type { Waiting } from "./files/meter.ts";
import { FileLines } from "./files/lines.ts";
import { openHistoryTable } from "./history-table.ts";
import { lookAt } from "./files/folder.ts";
import type { HeldRecord } from "./files/hold.ts";
import { examine, holdingRecord, holdRecord, survey, type Where } from "./survey.ts";

/** Where a journal is looked for. */
export interface JournalAt {
  readonly root: string;
  readonly home: string;
  readonly roots: readonly RootFolder[];
}

export interface InspectOptions extends JournalAt, Waiting {
  readonly scan: Scan;
  /** Reads every line, also of the part that an earlier check has read. */
  readonly full?: boolean | undefined;
  /** Given (as the PEM text of identity.json), the bytes are judged alone, without the data folder. */
  readonly publicKey?: string;
}

/** The facts by which `views/verdict.ts` judges. */
export interface Inspection {
  readonly mode: "whole" | "bytes-alone";
  readonly standing: Standing;
  readonly scanned?: Scanned;
  /** Why signatures of the journal's key prove nothing. */
  readonly exposure?: string;
  /** The part that an earlier check has read line by line, and whose bytes are still the same. */
  readonly before?: CheckedBefore;
}

/**
 * Inspects. Keeps no record in memory and changes nothing of the record. The data folder remembers which part is good.
 * Rejects with the reason of the signal when it is stopped; then nothing is remembered.
 */
export async function inspectJournal(options: InspectOptions): Promise<Inspection> {
  const { publicKey, scan, progress, signal, full = false } = options;
  const waiting = { progress, signal };
  if (publicKey !== undefined) {
    const check = new Check({ ...waiting, scan, full, known: undefined });
    const inspection = await alone(options.root, check.scan, publicKey);
    signal?.throwIfAborted();
    return inspection;
  }
  const home = await trustedHome(options.home, false);
  return holding(options.root, async (held) => {
    const found = await survey({ root: options.root, roots: options.roots, home }, held);
    const exposure = found.known?.exposure();
    const isOurs = found.standing.kind === "obeyed" && exposure === undefined;
    const check = new Check({ ...waiting, scan, full, known: isOurs ? found.known : undefined });
    const examined = found.readable ? await examine(found, check.scan) : undefined;
    signal?.throwIfAborted();
    const { standing } = examined ?? found;
    const scanned = examined?.scanned;
    // A data folder that cannot be written forgets, and the next check reads more.
    if (standing.kind === "obeyed" && scanned?.defect === undefined)
      await check.remember().catch(() => undefined);
    const { before } = check;
    return {
      ...{ mode: "whole", standing },
      ...(scanned === undefined ? {} : { scanned }),
      ...(exposure === undefined ? {} : { exposure }),
      ...(before === undefined || standing.kind !== "obeyed" ? {} : { before }),
    };
  });
}

/** Runs `look` with the record of a workspace held, and lets go of it. */
async function holding<T>(root: string, look: (held: HeldRecord | undefined) => Promise<T>): Promise<T> {
  const held = holdRecord(root);
  try {
    return await look(held);
  } finally {
    held?.close();
  }
}

/** Records of a journal that somebody wants to look at, with how it stands as a whole. */
export interface Reading {
  readonly standing: Standing;
  readonly id: string;
  /** Those that were to be kept, up to the last good head, oldest first. */
  readonly records: readonly AnyRecord[];
  /** The last good head's place in the sequence. */
  readonly last: number;
  /** Where this reading stopped, if all was good: the next one can go on from here. */
  readonly position: ReadPosition | undefined;
}

/**
 * Reads a journal and keeps of it only what is wanted, and of that only the newest `most`. With `since`, the position of
 * an earlier reading, it begins there, unless what follows does not fit it: then the whole is read.
 */
export async function readRecords(
  options: Omit<InspectOptions, "publicKey">,
  keep: (record: AnyRecord) => boolean,
  most = Infinity,
  since?: ReadPosition,
): Promise<Reading> {
  const home = await trustedHome(options.home, false);
  const reading = await holding(options.root, (held) =>
    readHeld({ ...options, home }, held, keep, most, since),
  );
  return reading ?? readRecords(options, keep, most);
}

/** The same of a held record; undefined when what follows `since` does not fit it. */
async function readHeld(
  { root, roots, home, scan }: Where & Pick<InspectOptions, "scan">,
  held: HeldRecord | undefined,
  keep: (record: AnyRecord) => boolean,
  most: number,
  since: ReadPosition | undefined,
): Promise<Reading | undefined> {
  const found = await survey({ root, roots, home }, held);
  let records: AnyRecord[] = [];
  const take = (record: AnyRecord): void => {
    if (!keep(record)) return;
    records.push(record);
    if (records.length > 2 * most) records = records.slice(-most);
  };
  const examined = found.readable ? await examine(found, scan, take, since) : undefined;
  const standing = examined?.standing ?? found.standing;
  const good = standing.kind === "obeyed";
  if (since !== undefined && !good) return undefined;
  const scanned = examined?.scanned;
  const last = examined?.shown ?? 0;
  records = records.filter((r) => r.seq <= last).slice(most === Infinity ? 0 : -most);
  return { standing, id: found.id, records, last, position: good ? scanned : undefined };
}

/**
 * Opens the lines of a journal, and the index of its history where the data folder knows the journal in this place. The
 * caller closes the index.
 */
export async function openIndex(options: JournalAt): Promise<{
  readonly lines: StoredLines;
  readonly table: HistoryTable | undefined;
  /** The values of secret files that the data folder keeps for this record. */
  readonly values: readonly string[];
  readonly id: string;
}> {
  const home = await trustedHome(options.home, false);
  const { known, standing, id } = await holding(options.root, (held) => survey({ ...options, home }, held));
  const isOurs = known !== undefined && standing.kind === "obeyed";
  return {
    lines: new FileLines((use) => holdingRecord(options.root, use)),
    table: isOurs ? await openHistoryTable(known.indexPath) : undefined,
    values: known?.values.read() ?? [],
    id,
  };
}

async function alone(root: string, scan: Scan, publicKey: string): Promise<Inspection> {
  const mode = "bytes-alone";
  try {
    return await holding(root, async (held): Promise<Inspection> => {
      const found = held === undefined ? undefined : await lookAt(held);
      if (found === undefined || found.kind === "nothing")
        return { mode, standing: { kind: "absent", detail: "there is no journal here" } };
      if (found.kind === "refused") return { mode, standing: { kind: "damaged", detail: found.detail } };
      return { mode, standing: { kind: "obeyed" }, scanned: await scan(found.source, { publicKey }) };
    });
  } catch (error) {
    const detail = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { mode, standing: { kind: "damaged", detail } };
  }
}
