// History: reads records and calls of a journal by filter and page, through an index where there is one.
import type { AnyRecord } from "../../abi/record.ts";
import type { ReadPosition } from "../../kernel/ports/files.ts";
import type { CallEntry, CallFilter, HistoryTable, Span } from "../../kernel/ports/history.ts";
import type { Standing } from "../../kernel/ports.ts";
import type { RecordReader } from "../../kernel/record/read-back.ts";
import { callsOf, type CallRow } from "../record/calls.ts";
import { Indexer } from "./entries.ts";
import { isWanted, type RecordFilter } from "./filter.ts";
import { MemoryTable } from "./memory-table.ts";

/** A reading of a journal that verifies what it reads. */
export interface VerifiedReading {
  readonly standing: Standing;
  readonly id: string;
  /** Those that were to be kept, oldest first. */
  readonly records: readonly AnyRecord[];
  /** The number of the last record that a good head covers. */
  readonly last: number;
  /** Where it stopped, if all was good. */
  readonly position: ReadPosition | undefined;
}

/** The parts of a history. */
export interface HistoryParts {
  /** The index; without one the record itself is read for each question. */
  readonly table: HistoryTable | undefined;
  /** Reads single records again. */
  readonly reader: RecordReader;
  /**
   * Reads what was written behind `since`, or the whole from the first record on when that no longer fits. It keeps the
   * newest `most` of the records for which `keep` is true.
   */
  readonly read: (
    keep: (record: AnyRecord) => boolean,
    most?: number,
    since?: ReadPosition,
  ) => Promise<VerifiedReading>;
}

/** A page of calls, newest first. */
export interface CallPage {
  readonly standing: Standing;
  readonly rows: readonly CallRow[];
  /** The calls before this record are on the next page; absent on the last one. */
  readonly before?: number;
}

/** So many calls are looked up at once. */
const LOOK = 50;

/**
 * The history of one journal. Every question first reads on to the end of the journal, with all checks, so an answer
 * covers what is written. What the index held before that was checked when it was read; `verify` reads it again.
 */
export class RecordHistory {
  readonly #parts: HistoryParts;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  /** The wanted records, oldest first, and of these the newest `most`. */
  async records(filter: RecordFilter, most = Infinity): Promise<VerifiedReading> {
    const { table, read } = this.#parts;
    const keep = (record: AnyRecord): boolean => isWanted(filter, record);
    try {
      if (table !== undefined) return await this.#recordsBy(table, filter, keep, most);
    } catch {
      // The reading of the whole record tells what is wrong with it, and what of it is good.
    }
    return read(keep, most);
  }

  async #recordsBy(
    table: HistoryTable,
    filter: RecordFilter,
    keep: (record: AnyRecord) => boolean,
    most: number,
  ): Promise<VerifiedReading> {
    const { reading, from } = await this.#readOn(table, keep, most);
    const room = most - reading.records.length;
    if (from === 0 || room <= 0) return reading;
    const older = await this.#older(table, filter, from, room);
    return { ...reading, records: [...older, ...reading.records] };
  }

  /**
   * Gives every record that a good head covers to `take`, in order and one at a time. Rejects where a line is not as it
   * was written.
   */
  async stream(
    take: (record: AnyRecord) => Promise<void>,
  ): Promise<Pick<VerifiedReading, "standing" | "id" | "last">> {
    const { standing, id, last } = await this.records({ pids: [] });
    for await (const { record } of this.#parts.reader.read(0)) {
      if (record.seq > last) break;
      await take(record);
    }
    return { standing, id, last };
  }

  /** A page of the wanted calls. `text` is looked for in their arguments, their values and their errors. */
  calls(
    filter: CallFilter & { readonly text?: string | undefined },
    page: { readonly before?: number | undefined; readonly most: number },
  ): Promise<CallPage> {
    return this.#ask(async (table) => {
      const { reading } = await this.#readOn(table, () => false);
      const { standing, last } = reading;
      const rows: CallRow[] = [];
      let before = page.before ?? Infinity;
      for (;;) {
        const entries = table.calls(filter, before, LOOK);
        for (const entry of entries) {
          before = entry.first;
          if (entry.last > last) continue; // no good head covers it
          const row = await this.#row(entry);
          if (row === undefined || (filter.text !== undefined && !says(row, filter.text))) continue;
          rows.push(row);
          if (rows.length === page.most) return { standing, rows, before };
        }
        if (entries.length < LOOK) return { standing, rows };
      }
    });
  }

  /** All records about the processes of the wanted calls; by them the calls are the same as in the whole record. */
  recordsOfCalls(filter: CallFilter): Promise<readonly AnyRecord[]> {
    return this.#ask(async (table) => {
      const { reading, from } = await this.#readOn(table, () => false);
      const pids = new Set(table.calls(filter, Infinity, Infinity).map(({ pid }) => pid));
      const last = Math.max(from, reading.last);
      return this.#older(table, { pids: [...pids] }, last, Infinity);
    });
  }

  /** Asks the index, and where that fails a table that is made of the record for this question alone. */
  async #ask<T>(question: (table: HistoryTable) => Promise<T>): Promise<T> {
    const { table } = this.#parts;
    try {
      if (table !== undefined) return await question(table);
    } catch {
      // A table in memory is made of what is good of the record.
    }
    return question(new MemoryTable());
  }

  /** Reads on to the end. `from` is the number of the record behind which it began to read; 0 when it read the whole. */
  async #readOn(
    table: HistoryTable,
    keep: (record: AnyRecord) => boolean,
    most?: number,
  ): Promise<{ readonly reading: VerifiedReading; readonly from: number }> {
    const since = table.position();
    let from = since?.last.seq ?? 0;
    const indexer = new Indexer(table);
    // An error of the table must not reach the reading, which would call the record damaged.
    let failed: { readonly why: unknown } | undefined;
    const take = (record: AnyRecord): boolean => {
      if (record.seq === 1) from = 0;
      try {
        if (failed === undefined) indexer.take(record);
      } catch (why) {
        failed = { why };
      }
      return keep(record);
    };
    const reading = await this.#parts.read(take, most, since);
    if (failed !== undefined) throw failed.why;
    indexer.flush();
    if (reading.position !== undefined) table.reach(reading.position);
    return { reading, from: reading.position === undefined ? 0 : from };
  }

  /** The newest `most` of the wanted records up to this one. */
  async #older(table: HistoryTable, filter: RecordFilter, last: number, most: number): Promise<AnyRecord[]> {
    const found: AnyRecord[][] = [];
    let room = most;
    for (const span of spansOf(table, filter, last, most).reverse()) {
      if (room <= 0) break;
      const records = await this.#span(filter, span);
      room -= records.length;
      found.push(room < 0 ? records.slice(-room) : records);
    }
    return found.reverse().flat();
  }

  async #span(filter: RecordFilter, { first, last }: Span): Promise<AnyRecord[]> {
    const records: AnyRecord[] = [];
    if (first > last) return records;
    for await (const { record } of this.#parts.reader.read(first - 1)) {
      if (record.seq > last) break;
      if (isWanted(filter, record)) records.push(record);
    }
    return records;
  }

  async #row({ call, seqs }: CallEntry): Promise<CallRow | undefined> {
    const records: AnyRecord[] = [];
    for (const seq of seqs) {
      const read = await this.#parts.reader.at(seq);
      if (read !== undefined) records.push(read.record);
    }
    return callsOf(records).find((row) => row.json.call === call);
  }
}

/** The spans in which the wanted records lie, in order and apart from each other. */
function spansOf(
  table: HistoryTable,
  { pids, call, after = 0 }: RecordFilter,
  last: number,
  most: number,
): Span[] {
  const entry = call === undefined ? undefined : table.entry(call);
  const all = { pid: 0, first: Math.max(after + 1, last - most + 1), last };
  const found =
    call === undefined ? (pids === undefined ? [all] : table.spans(pids)) : entry && [{ ...entry }];
  const apart: Span[] = [];
  for (const span of [...(found ?? [])].sort((a, b) => a.first - b.first)) {
    const cut = { ...span, last: Math.min(span.last, last) };
    const before = apart.at(-1);
    if (before !== undefined && cut.first <= before.last + 1)
      apart.splice(-1, 1, { ...before, last: Math.max(before.last, cut.last) });
    else apart.push(cut);
  }
  return apart;
}

function says({ json, value }: CallRow, text: string): boolean {
  return JSON.stringify([json, value]).toLowerCase().includes(text.toLowerCase());
}
