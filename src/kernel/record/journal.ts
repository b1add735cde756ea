// The journal: appends, applies and queues each record in one tick, and writes batches under a signed head.
import { fault, type Fault } from "../../abi/errors.ts";
import { faultOf, JournalError } from "./failure.ts";
import type { AnyRecord, RecordData, RecordKind } from "../../abi/record.ts";
import type { Clock, Digests, Signer, ValueStore } from "../ports.ts";
import type { BodyRef, HeadMark, JournalStore } from "../ports/store.ts";
import { headMessage, isRecord, MAX_LINE, packBodies, whyNoRecord } from "./line.ts";
import { type Redactor, redactData } from "./redact.ts";
import type { Snapshots } from "./snapshots.ts";

/** The parts of a journal. */
export interface JournalInit {
  /** The head that the next record continues, from the opened journal. */
  readonly last: HeadMark;
  readonly store: JournalStore;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly digests: Digests;
  readonly redactor: Redactor;
  /** Where learned values are kept; without it they are known as long as this journal is open. */
  readonly values?: ValueStore;
  /**
   * Applies one record, also a head, to the state in sequence. If it throws, nothing more is appended, and what was
   * appended, this record included, is still written.
   */
  readonly apply: (record: AnyRecord) => void;
  /** Keeps the state from time to time, so that an opening need not fold every record. */
  readonly snapshots?: Snapshots;
  /** Called once when nothing more can be appended. */
  readonly onSealed?: (why: Fault) => void;
}

/** A promise with its handles. A rejection that nobody awaits is not an error. */
interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: JournalError): void;
}

function makeDeferred(): Deferred {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/** Awaiting this yields for one microtask. */
const microtask = Promise.resolve();

/** A batch on its way to the store. */
interface Flight {
  readonly head: HeadMark;
  readonly stored: Promise<void>;
  readonly done: Deferred;
}

/**
 * The one writer of a journal. A record is durable when a head on disk covers it. A flush starts on a microtask after
 * an append, never on a timer, so nothing stays unwritten while the host runs. One flush is in flight; the next takes
 * everything queued meanwhile. `prev` is the SHA-256 of the previous line without its newline. The first record's
 * `prev` is the SHA-256 of the whole file identity.json, with its newline.
 */
export class Journal {
  readonly redactor: Redactor;
  readonly #init: JournalInit;
  #seq: number;
  #hash: string;
  #head: HeadMark;
  #lines: string[] = [];
  #bodies: Uint8Array[] = [];
  /** The bytes of all queued bodies. */
  #bodyBytes = 0;
  #next: Deferred = makeDeferred();
  #spelled = { ms: NaN, text: "" };
  #flight: Flight | undefined;
  #running = false;
  #pump: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #failure: Fault | undefined;
  /** Why nothing more is appended, although what is queued is still written. */
  #stopped: Fault | undefined;

  constructor(init: JournalInit) {
    this.#init = init;
    this.redactor = init.redactor;
    this.#seq = init.last.seq;
    this.#hash = init.last.hash;
    this.#head = init.last;
  }

  /** The newest record's number, durable or not. */
  get seq(): number {
    return this.#seq;
  }

  /** The newest durable head. */
  get head(): HeadMark {
    return this.#head;
  }

  /** Why nothing more can be written; undefined while records can be written. */
  get sealed(): Fault | undefined {
    return this.#failure ?? this.#stopped;
  }

  /**
   * Numbers, redacts, queues and applies one record before it returns. It throws a {@link JournalError} and changes
   * nothing when the journal is sealed or closed (EIO, ENOSPC). The same holds for data that does not fit its kind
   * (EFAULT, a bug of the caller). When the fold throws, the record is written all the same (EFAULT, a bug of the fold).
   */
  append<K extends RecordKind>(
    kind: K,
    data: RecordData<K>,
    at: { readonly pid?: number | undefined; readonly call?: string | undefined } = {},
  ): AnyRecord {
    this.#mayWrite();
    const record = this.#makeRecord(kind, redactData(kind, data, this.#init.redactor), at);
    this.#queueRecord(record);
    this.#startPump();
    this.#apply(record);
    return record;
  }

  /**
   * Keeps these values of a secret file out of every later record. Resolves when they are stored, so that the next
   * opening knows them; rejects when they cannot be.
   */
  async learn(values: readonly string[]): Promise<void> {
    const { redactor, values: store } = this.#init;
    const fresh = values.filter((value) => redactor.learn(value));
    if (fresh.length > 0) await store?.add(fresh);
  }

  /** Resolves when a head on disk covers `seq`. Rejects with the reason when none ever will. */
  durable(seq: number = this.#seq): Promise<void> {
    if (seq <= this.#head.seq) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(new JournalError(this.#failure));
    if (seq > this.#seq) return Promise.reject(new RangeError(`record ${seq} was never appended`));
    if (this.#flight !== undefined && seq <= this.#flight.head.seq) return this.#flight.done.promise;
    return this.#next.promise;
  }

  /** Writes the queue, then closes the store. Nothing can be appended afterwards. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await this.#pump;
    if (this.sealed === undefined) this.#init.snapshots?.keepAtEnd(this.#head);
    await this.#init.snapshots?.settled;
    await this.#init.store.close();
  }

  #mayWrite(): void {
    const why =
      this.sealed ?? (this.#closing !== undefined ? fault("EIO", "the journal is closed") : undefined);
    if (why !== undefined) throw new JournalError(why);
  }

  #makeRecord(
    kind: RecordKind,
    data: unknown,
    at: { pid?: number | undefined; call?: string | undefined },
  ): AnyRecord {
    const record: Record<string, unknown> = { v: 1, seq: this.#seq + 1, time: this.#time(), kind };
    if (at.pid !== undefined) record["pid"] = at.pid;
    if (at.call !== undefined) record["call"] = at.call;
    record["data"] = data;
    record["prev"] = this.#hash;
    if (isRecord(record)) return record;
    throw new JournalError(fault("EFAULT", `not a record: ${whyNoRecord(record) ?? kind}`));
  }

  /** The time as records hold it, spelled once for each millisecond. */
  #time(): string {
    const ms = this.#init.clock.now();
    if (ms !== this.#spelled.ms) this.#spelled = { ms, text: new Date(ms).toISOString() };
    return this.#spelled.text;
  }

  #queueRecord(record: AnyRecord): void {
    const { digests, store } = this.#init;
    const bodies: Uint8Array[] = [];
    let queued = this.#bodyBytes;
    const put = (bytes: Uint8Array): BodyRef => {
      bodies.push(bytes);
      const { file, offset } = store.place(queued);
      queued += bytes.length;
      return { file, offset, length: bytes.length, sha256: digests.sha256(bytes) };
    };
    const data = packBodies(record.data, put);
    const line = JSON.stringify(data === record.data ? record : { ...record, data });
    if (line.length > MAX_LINE / 3) throw new JournalError(fault("E2BIG", "the record is too large"));
    for (const body of bodies) this.#bodies.push(body);
    this.#bodyBytes = queued;
    this.#lines.push(line);
    this.#seq = record.seq;
    this.#hash = digests.sha256(line);
  }

  /**
   * A fold that throws may have changed half of the state, so nothing may follow. The record states what somebody did:
   * it is written, and the next opening folds it again.
   */
  #apply(record: AnyRecord): void {
    try {
      this.#init.apply(record);
    } catch (error) {
      const what = `record ${record.seq} (${record.kind}) could not be applied: ${String(error)}`;
      this.#stopped ??= fault("EFAULT", what, "It is written. Reload to go on from the record on disk.");
      this.#init.onSealed?.(this.#stopped);
      throw new JournalError(this.#stopped);
    }
  }

  #startPump(): void {
    if (this.#running) return;
    this.#running = true;
    this.#pump = this.#runPump();
  }

  /** Writes batches until the queue is empty. It must not throw: a failure seals the journal. */
  async #runPump(): Promise<void> {
    for (;;) {
      // Two microtasks: code that the last batch woke may still append to this one.
      await microtask;
      await microtask;
      if (this.#lines.length === 0 || this.#failure !== undefined) break;
      try {
        const flight = this.#send();
        await flight.stored;
        this.#head = flight.head;
        this.#flight = undefined;
        flight.done.resolve();
      } catch (error) {
        const why = faultOf(error);
        this.#flight?.done.reject(new JournalError(why));
        this.#seal(why);
      }
    }
    this.#running = false;
    if (this.#stopped !== undefined) this.#seal(this.#stopped);
    if (this.sealed === undefined) this.#init.snapshots?.keepAtRest(this.#head);
  }

  /** Ends the queue with a signed head and hands it to the store; later records go into the next batch. */
  #send(): Flight {
    const { signer, digests, store } = this.#init;
    const time = this.#time();
    const open = { v: 1, seq: this.#seq + 1, time, kind: "head" };
    const bare = JSON.stringify({ ...open, data: {}, prev: this.#hash });
    const signature = signer.sign(headMessage(signer.journalId, digests.sha256(bare)));
    const record: unknown = { ...open, data: { signature }, prev: this.#hash };
    if (!isRecord(record)) throw new JournalError(fault("EFAULT", "the signer gave no signature"));
    this.#queueRecord(record);
    const head = { seq: this.#seq, hash: this.#hash };
    const batch = { after: this.#head, lines: this.#lines, bodies: this.#bodies, head };
    const flight = { head, done: this.#next, stored: store.append(batch) };
    flight.stored.catch(() => undefined); // the pump awaits it after the head is applied
    this.#lines = [];
    this.#bodies = [];
    this.#bodyBytes = 0;
    this.#next = makeDeferred();
    this.#flight = flight;
    try {
      this.#apply(record);
    } catch {
      // The journal has stopped; this batch is still written.
    }
    return flight;
  }

  #seal(why: Fault): void {
    if (this.#failure !== undefined) return;
    this.#failure = why;
    this.#lines = [];
    this.#bodies = [];
    this.#next.reject(new JournalError(why));
    if (this.#stopped === undefined) this.#init.onSealed?.(why);
  }
}
