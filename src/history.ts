// History: what is read of a record without starting a kernel over it, shared by the editor and the command line.
import type { AnyRecord } from "./abi/record.ts";
import { nodeDigests, nodeSignatures } from "./host/node/digests.ts";
import { inspectJournal, openIndex, readRecords } from "./host/node/journal/inspect.ts";
import type { InspectOptions, JournalAt, Reading } from "./host/node/journal/inspect.ts";
import { scanner } from "./kernel/record/files/scan.ts";
import { isRecord } from "./kernel/record/line.ts";
import { redactData, Redactor } from "./kernel/record/redact.ts";
import { RecordReader } from "./kernel/record/read-back.ts";
import { RecordHistory, type OpenedHistory } from "./views/history/history.ts";
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

/** Carries out a person's decision about a record that is not obeyed: to fetch it back, to confirm it, to begin anew. */
export async function repairRecord(
  where: JournalAt,
  how: "recover" | "confirm" | "afresh",
): Promise<{ readonly ok: boolean; readonly detail: string }> {
  const { MENDINGS } = await import("./host/node/journal/recover.ts");
  return MENDINGS[how]({ ...where, scan });
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

/** Opens the history of a record. */
export async function openHistory(where: JournalAt): Promise<OpenedHistory> {
  const { lines, table } = await openIndex(where);
  const reader = new RecordReader(lines, nodeDigests);
  const history = new RecordHistory({ table, reader, read: (...how) => readRecord(where, ...how) });
  return { history, close: () => table?.close() };
}

/** Opens the history of a record, asks it by filter and page, and closes it. */
export async function askHistory<T>(
  where: JournalAt,
  ask: (history: RecordHistory) => Promise<T>,
): Promise<T> {
  const opened = await openHistory(where);
  try {
    return await ask(opened.history);
  } finally {
    opened.close();
  }
}

/**
 * Gives a record to `take`, one entry after the other and without what is secret: `secrets`, and every value that was
 * learned as one since an entry was written.
 */
export async function streamRecord(
  where: JournalAt,
  secrets: readonly string[],
  take: (record: AnyRecord, id: string) => Promise<void>,
): ReturnType<RecordHistory["stream"]> {
  const { lines, table, values, id } = await openIndex(where);
  const reader = new RecordReader(lines, nodeDigests);
  const redactor = new Redactor();
  for (const secret of secrets) redactor.addSecret(secret);
  for (const value of values) redactor.learn(value);
  try {
    const history = new RecordHistory({ table, reader, read: (...how) => readRecord(where, ...how) });
    return await history.stream((record) => {
      const shown: unknown = { ...record, data: redactData(record.kind, record.data, redactor) };
      if (!isRecord(shown)) throw new Error(`record ${record.seq} cannot be shown without what is secret`);
      return take(shown, id);
    });
  } finally {
    table?.close();
  }
}

/** Reads the records that a filter wants; with an index nothing else is read. */
export const readHistory = async (at: JournalAt, ...wanted: Parameters<RecordHistory["records"]>) =>
  (await askHistory(at, (history) => history.records(...wanted))).records;
