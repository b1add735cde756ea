// History: records read from the disk for open documents, and updated while the documents are open.
import type { AnyRecord } from "../../abi/record.ts";
import { isWanted, type RecordFilter } from "../../views/history/filter.ts";

/** Reads records from the disk, at most the newest `most`. */
export type ReadRecords = (filter: RecordFilter, most: number) => Promise<readonly AnyRecord[]>;

interface OpenHistory {
  readonly filter: RecordFilter;
  readonly most: number;
  /** The new records while the disk is read, then all of them. */
  records: AnyRecord[];
  whole: Promise<void>;
}

/** The records of all open documents, by key. */
export class History {
  readonly #read: ReadRecords;
  readonly #open = new Map<string, OpenHistory>();

  constructor(read: ReadRecords) {
    this.#read = read;
  }

  /** The records that a filter wants, oldest first, at most the newest `most`. They are kept under `key`. */
  async of(key: string, filter: RecordFilter, most = Infinity): Promise<readonly AnyRecord[]> {
    let open = this.#open.get(key);
    if (open === undefined) {
      const made: OpenHistory = { filter, most, records: [], whole: Promise.resolve() };
      made.whole = this.#read(filter, most).then((read) => {
        const last = read.at(-1)?.seq ?? 0;
        made.records = [...read, ...made.records.filter((r) => r.seq > last)];
      });
      this.#open.set(key, (open = made));
    }
    try {
      await open.whole;
    } catch (error) {
      this.#open.delete(key);
      throw error;
    }
    return open.records;
  }

  /** Adds a record that was just written. */
  add(record: AnyRecord): void {
    for (const open of this.#open.values()) {
      if (!isWanted(open.filter, record)) continue;
      open.records.push(record);
      if (open.records.length > 2 * open.most) open.records = open.records.slice(-open.most);
    }
  }

  /** Forgets the records of a document that was closed. */
  release(key: string): void {
    this.#open.delete(key);
  }

  clear(): void {
    this.#open.clear();
  }
}
