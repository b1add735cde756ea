// History: reads records and calls of a journal by filter and page, through an index where there is one.
import type { AnyRecord } from "../../abi/record.ts";
import type { ReadPosition } from "../../kernel/ports/files.ts";
import type { CallFilter, HistoryTable, Span, TurnSum } from "../../kernel/ports/history.ts";
import type { Standing } from "../../kernel/ports.ts";
import type { RecordReader } from "../../kernel/record/read-back.ts";
import type { CallRow } from "../record/calls.ts";
import { Indexer } from "./entries.ts";
import { isWanted, type RecordFilter } from "./filter.ts";
import { recordsAt, callOfEntry, says, spansOf } from "./lookup.ts";
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

/** The history of a record, until it is closed. */
export interface OpenedHistory {
  readonly history: RecordHistory;
  close(): void;
}

/** A page of calls, newest first. */
export interface CallPage {
  readonly standing: Standing;
  readonly rows: readonly CallRow[];
  /** The calls before this record are on the next page; absent on the last one. */
  readonly before?: number;
  /** The time of the oldest call that was looked at, in milliseconds since the Unix epoch. */
  readonly reached?: number;
}

/** Which page of calls is wanted. */
export interface PageOrder {
  /** The calls before this record; absent for the first page. */
  readonly before?: number | undefined;
  readonly most: number;
  /** So many calls are looked through for a text; then the page ends, also with fewer rows. */
  readonly looks?: number | undefined;
}

/** A day with calls. `start` and `end` are in milliseconds since the Unix epoch; the end is not part of it. */
export interface Day {
  readonly start: number;
  readonly end: number;
}

/** So many calls are looked up at once, and so many when a text is looked for. */
const LOOK = 50;
const LOOK_FOR_TEXT = 500;

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

  /** Asks the table and the records once the table was read on to the end; `reading` tells up to where they count. */
  asked<T>(
    question: (table: HistoryTable, reading: VerifiedReading, reader: RecordReader) => Promise<T>,
  ): Promise<T> {
    return this.#ask(async (table) => {
      const { reading } = await this.#readOn(table, () => false);
      return question(table, reading, this.#parts.reader);
    });
  }

  /** A page of the wanted calls. `text` is looked for in their arguments, their values and their errors. */
  calls(filter: CallFilter & { readonly text?: string | undefined }, page: PageOrder): Promise<CallPage> {
    return this.#ask(async (table) => {
      const { reading } = await this.#readOn(table, () => false);
      const { standing, last } = reading;
      const rows: CallRow[] = [];
      let before = page.before ?? Infinity;
      let reached: number | undefined;
      const look = filter.text === undefined ? Math.min(LOOK, page.most) : LOOK_FOR_TEXT;
      for (let looked = 0; ; looked += look) {
        if (looked >= (page.looks ?? Infinity) && reached !== undefined)
          return { standing, rows, before, reached };
        const entries = table.calls(filter, before, look);
        const records = await recordsAt(
          this.#parts.reader,
          entries.flatMap(({ seqs }) => seqs),
        );
        for (const entry of entries) {
          before = entry.first;
          reached = entry.time;
          if (entry.last > last) continue; // no good head covers it
          const row = callOfEntry(entry, records);
          if (row === undefined || (filter.text !== undefined && !says(row, filter.text))) continue;
          rows.push(row);
          if (rows.length === page.most) return { standing, rows, before, reached };
        }
        if (entries.length < look) return { standing, rows, ...(reached === undefined ? {} : { reached }) };
      }
    });
  }

  /** The processes with a wanted call, by falling pid from below `before` on. */
  pids(filter: CallFilter, most: number, before = Infinity): Promise<readonly number[]> {
    return this.#ask(async (table) => {
      await this.#readOn(table, () => false);
      return table.pids(filter, before, most);
    });
  }

  /** The turns of a process with a wanted call, by falling number from below `before` on. */
  turns(
    filter: CallFilter & { readonly pid: number },
    most: number,
    before = Infinity,
  ): Promise<readonly TurnSum[]> {
    return this.#ask(async (table) => {
      await this.#readOn(table, () => false);
      return table.turns(filter, before, most);
    });
  }

  /**
   * The newest days before `before` that have a wanted call, newest first. `startOf` gives the first moment of the day of
   * a moment; both are in milliseconds since the Unix epoch.
   */
  days(
    filter: CallFilter,
    startOf: (time: number) => number,
    most: number,
    before?: number,
  ): Promise<readonly Day[]> {
    return this.#ask(async (table) => {
      await this.#readOn(table, () => false);
      const days: Day[] = [];
      let end = Math.min(before ?? Infinity, filter.until ?? Infinity);
      while (days.length < most) {
        const newest = table.newest({ ...filter, until: end === Infinity ? undefined : end });
        if (newest === undefined) break;
        const start = startOf(newest);
        // No day is longer than 25 hours, and the next one begins at its own start.
        const next = Math.min(end, startOf(start + 26 * 3_600_000));
        days.push({ start, end: next });
        end = start;
      }
      return days;
    });
  }

  /** A record by its number, with its line as it is stored; undefined when there is none. */
  line(seq: number): Promise<{ readonly record: AnyRecord; readonly line: string } | undefined> {
    return this.#parts.reader.line(seq);
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
}
