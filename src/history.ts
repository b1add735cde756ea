// History: what is read of a record without starting a kernel over it, shared by the editor and the command line.
import type { AnyRecord } from "./abi/record.ts";
import { nodeDigests, nodeSignatures } from "./host/node/digests.ts";
import { inspectJournal, openIndex, readRecords } from "./host/node/journal/inspect.ts";
import type { InspectOptions, JournalAt, Reading } from "./host/node/journal/inspect.ts";
import { scanner } from "./kernel/record/files/scan.ts";
import { RecordReader } from "./kernel/record/read-back.ts";
import { RecordHistory } from "./views/history/history.ts";
import { judgeJournal, type JournalVerdict } from "./views/record/verdict.ts";
import { english, type Translate } from "./views/words/translate.ts";

const scan = scanner(nodeDigests, nodeSignatures);

/**
 * Judges a record without opening it, in the language of `t`. With a public key it judges the bytes alone,
 * without the user's data folder. Rejects with the reason of the signal when it is stopped.
 */
export async function verifyRecord(
  where: Omit<InspectOptions, "scan">,
  t: Translate = english,
): Promise<JournalVerdict> {
  return judgeJournal(t, await inspectJournal({ ...where, scan }));
}

/** Reads the wanted records of a journal from the disk; nothing else of it stays in memory. */
export function readRecord(
  where: JournalAt,
  keep: (record: AnyRecord) => boolean,
  most?: number,
  since?: Reading["position"],
): Promise<Reading> {
  return readRecords({ ...where, scan }, keep, most, since);
}

/** Opens the history of a record, asks it by filter and page, and closes it. */
export async function askHistory<T>(
  where: JournalAt,
  ask: (history: RecordHistory) => Promise<T>,
): Promise<T> {
  const { lines, table } = await openIndex(where);
  const reader = new RecordReader(lines, nodeDigests);
  try {
    return await ask(new RecordHistory({ table, reader, read: (...how) => readRecord(where, ...how) }));
  } finally {
    table?.close();
  }
}

/** Reads the records that a filter wants; with an index nothing else is read. */
export const readHistory = async (at: JournalAt, ...wanted: Parameters<RecordHistory["records"]>) =>
  (await askHistory(at, (history) => history.records(...wanted))).records;
