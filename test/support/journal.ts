// An in-memory journal for kernel tests: real records, redaction and fold, and a disk that the test controls.
import type { AnyRecord, RecordData, RecordKind } from "../../src/abi/record.ts";
import { nodeDigests } from "../../src/host/node/digests.ts";
import type { JournalPort } from "../../src/kernel/core.ts";
import type { StoredLines } from "../../src/kernel/ports/store.ts";
import { isRecord, whyNoRecord } from "../../src/kernel/record/line.ts";
import type { Clock, Digests } from "../../src/kernel/ports.ts";
import { Redactor, redactData } from "../../src/kernel/record/redact.ts";

export const digests: Digests = nodeDigests;

/** A clock that moves only when told; `micros` grows by ten at each look. */
export class FakeClock implements Clock {
  #now = Date.parse("2026-01-01T00:00:00.000Z");
  #micros = 0;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  micros(): number {
    this.#micros += 10;
    return this.#micros;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((t) => t !== timer);
    };
  }

  /** Timers that would still fire; a test may ask that none are left. */
  get pending(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    this.#now += ms;
    this.#micros += ms * 1000;
    const due = this.#timers.filter((t) => t.at <= this.#now);
    this.#timers = this.#timers.filter((t) => t.at > this.#now);
    for (const timer of due) timer.callback();
  }

  /** Spends working time, as a slow backend would, without moving the calendar. */
  work(ms: number): void {
    this.#micros += ms * 1000;
  }
}

/** Appends as the real journal does: redaction, the schema of the kind, a private copy, state in the same tick. */
export class MemoryJournal implements JournalPort {
  readonly records: AnyRecord[];
  readonly redactor = new Redactor();
  /** True while the disk is slow: nothing becomes durable before {@link release}. */
  held = false;
  /** Where a batch could have ended, oldest first: a crash keeps everything up to one of these. */
  readonly cuts: number[];
  readonly #apply: (record: AnyRecord) => void;
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];
  #prev: string;

  constructor(clock: Clock, records: readonly AnyRecord[], apply: (record: AnyRecord) => void) {
    this.#clock = clock;
    this.#apply = apply;
    this.records = [...records];
    this.cuts = [records.at(-1)?.seq ?? 0];
    this.#prev = digests.sha256(JSON.stringify(records.at(-1) ?? null));
  }

  append<K extends RecordKind>(kind: K, data: RecordData<K>, at: { pid?: number; call?: string }): AnyRecord {
    const line = JSON.stringify({
      v: 1,
      seq: (this.records.at(-1)?.seq ?? 0) + 1,
      time: new Date(this.#clock.now()).toISOString(),
      kind,
      ...at,
      data: redactData(kind, data, this.redactor),
      prev: this.#prev,
    });
    const record: unknown = JSON.parse(line);
    if (!isRecord(record)) throw new Error(`not a record: ${whyNoRecord(record) ?? kind}`);
    this.#prev = digests.sha256(line);
    this.records.push(record);
    this.#apply(record);
    queueMicrotask(() => {
      const { seq = 0 } = this.records.at(-1) ?? {};
      if (this.cuts.at(-1) !== seq) this.cuts.push(seq);
    });
    return record;
  }

  /** The lines as they would be stored, each one read by its number. A test may change the record of one. */
  readonly lines: StoredLines = {
    at: (seq) => {
      const record = this.records.find((r) => r.seq === seq);
      return Promise.resolve(record && new TextEncoder().encode(JSON.stringify(record)));
    },
    read: () => {
      throw new Error("a test reads lines by their numbers");
    },
    body: () => Promise.resolve(undefined),
  };

  /** What a data folder would hold beside the key. */
  readonly values: string[] = [];

  learn(values: readonly string[]): Promise<void> {
    this.values.push(...values.filter((value) => this.redactor.learn(value)));
    return Promise.resolve();
  }

  durable(): Promise<void> {
    if (!this.held) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** How many wait for the disk. */
  get waiting(): number {
    return this.#waiting.length;
  }

  release(): void {
    this.held = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
