// A store in memory as a database would be one: rows by number, bodies by hash, and a lease that the append itself checks.
import type { Batch, BodyPlace, BodyRef, HeadMark, JournalStore } from "../../src/kernel/ports/store.ts";
import { digests } from "../support/journal.ts";

/** The tables that all programs share. */
export class RowTables {
  readonly lines = new Map<number, Buffer>();
  readonly bodies = new Map<string, Buffer>();
  head: HeadMark;
  /** Counts the writers there were; only the newest may append. */
  epoch = 0;
  held = false;

  constructor(head: HeadMark) {
    this.head = head;
  }

  /** Takes the lease, or says that somebody holds it. `force` is a writer that was thought dead and is not. */
  open(force = false): RowStore | "locked" {
    if (this.held && !force) return "locked";
    this.held = true;
    this.epoch += 1;
    return new RowStore(this, this.epoch);
  }
}

class RowStore implements JournalStore {
  readonly #tables: RowTables;
  readonly #epoch: number;
  #dead: Error | undefined;

  constructor(tables: RowTables, epoch: number) {
    this.#tables = tables;
    this.#epoch = epoch;
  }

  /** A body is found by its hash, so one place does for all. */
  place(): BodyPlace {
    return { file: "", offset: 0 };
  }

  /** One transaction: it checks epoch and head, and then writes all rows. */
  async append({ after, lines, bodies, head }: Batch): Promise<void> {
    await Promise.resolve();
    const tables = this.#tables;
    if (tables.epoch !== this.#epoch) this.#dead ??= new Error("another writer took the lease");
    else if (after.seq !== tables.head.seq || after.hash !== tables.head.hash)
      this.#dead ??= new Error(`record ${after.seq} is not the newest that is stored`);
    if (this.#dead !== undefined) throw this.#dead;
    for (const [i, line] of lines.entries()) tables.lines.set(after.seq + 1 + i, Buffer.from(line));
    for (const body of bodies) tables.bodies.set(digests.sha256(body), Buffer.from(body));
    tables.head = head;
  }

  async at(seq: number): Promise<Uint8Array | undefined> {
    return this.#tables.lines.get(seq);
  }

  async *read(after: number): AsyncGenerator<readonly Uint8Array[], void, void> {
    for (let seq = after + 1; ; seq += 1) {
      const line = await this.at(seq);
      if (line === undefined) return;
      yield [line];
    }
  }

  async body({ sha256 }: BodyRef): Promise<Uint8Array | undefined> {
    return this.#tables.bodies.get(sha256);
  }

  async close(): Promise<void> {
    if (this.#tables.epoch === this.#epoch) this.#tables.held = false;
    this.#dead ??= new Error("the store is closed");
  }
}
