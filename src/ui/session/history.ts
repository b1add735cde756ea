// History: records read from the disk for the documents that show them, and kept up with for as long as they do.
import type { AnyRecord } from "../../abi/record.ts";

export type Keep = (record: AnyRecord) => boolean;
export type Read = (keep: Keep, most: number) => Promise<readonly AnyRecord[]>;

interface Open {
  readonly keep: Keep;
  readonly most: number;
  /** What came while the disk was read, then everything. */
  records: AnyRecord[];
  whole: Promise<void>;
}

export class History {
  readonly #read: Read;
  readonly #open = new Map<string, Open>();

  constructor(read: Read) {
    this.#read = read;
  }

  /** The records that `keep` wants, oldest first, of them the newest `most`. They stay known under `key`. */
  async of(key: string, keep: Keep, most = Infinity): Promise<readonly AnyRecord[]> {
    let open = this.#open.get(key);
    if (open === undefined) {
      const made: Open = { keep, most, records: [], whole: Promise.resolve() };
      made.whole = this.#read(keep, most).then((read) => {
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

  /** Adds a record that has just been written. */
  heard(record: AnyRecord): void {
    for (const open of this.#open.values()) {
      if (!open.keep(record)) continue;
      open.records.push(record);
      if (open.records.length > 2 * open.most) open.records = open.records.slice(-open.most);
    }
  }

  /** Nobody shows this any more. */
  release(key: string): void {
    this.#open.delete(key);
  }

  clear(): void {
    this.#open.clear();
  }
}
