// The journal: appends, applies and queues each record in one tick, and writes batches under a signed head.
import { fault, type Fault } from "../../abi/errors.ts";
import { faultOf, JournalError } from "./failure.ts";
import type { AnyRecord, RecordData, RecordKind } from "../../abi/record.ts";
import type { Clock, Digests, HeadMark, JournalStore, Signer, ValueStore } from "../ports.ts";
import { headMessage, isRecord, joinBytes, MAX_LINE, nextSegment } from "./line.ts";
import { packBodies, whyNoRecord, type BodyRef } from "./line.ts";
import { type Redactor, redactData } from "./redact.ts";

/** When the lines and bodies of a segment reach this many bytes together, the next segment begins. */
export const SEGMENT_BYTES = 16 * 1024 * 1024;

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
  /** Called once when nothing more can be appended. */
  readonly onSealed?: (why: Fault) => void;
  readonly segmentBytes?: number;
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

const utf8 = new TextEncoder();

/** Awaiting this yields for one microtask. */
const microtask = Promise.resolve();

interface Batch {
  readonly lines: Uint8Array;
  readonly bodies: Uint8Array;
  readonly head: HeadMark;
  readonly done: Deferred;
  readonly rotate: boolean;
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
  #file: string;
  #bodyOffset: number;
  #lines: string[] = [];
  #bodies: Uint8Array[] = [];
  #next: Deferred = makeDeferred();
  #spelled = { ms: NaN, text: "" };
  #flight: { readonly upTo: number; readonly done: Deferred } | undefined;
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
    this.#file = init.store.position.segment;
    this.#bodyOffset = init.store.position.bodyBytes;
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
    if (this.#flight !== undefined && seq <= this.#flight.upTo) return this.#flight.done.promise;
    return this.#next.promise;
  }

  /** Writes the queue, then closes the store. Nothing can be appended afterwards. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await this.#pump;
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
    const record: unknown = {
      v: 1,
      seq: this.#seq + 1,
      time: this.#time(),
      kind,
      ...(at.pid === undefined ? {} : { pid: at.pid }),
      ...(at.call === undefined ? {} : { call: at.call }),
      data,
      prev: this.#hash,
    };
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
    const { digests } = this.#init;
    const bodies: Uint8Array[] = [];
    let offset = this.#bodyOffset;
    const put = (bytes: Uint8Array): BodyRef => {
      bodies.push(bytes);
      const ref = { file: this.#file, offset, length: bytes.length, sha256: digests.sha256(bytes) };
      offset += bytes.length;
      return ref;
    };
    const data = packBodies(record.data, put);
    const line = JSON.stringify(data === record.data ? record : { ...record, data });
    if (line.length > MAX_LINE / 3) throw new JournalError(fault("E2BIG", "the record is too large"));
    for (const body of bodies) this.#bodies.push(body);
    this.#bodyOffset = offset;
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
        const batch = this.#takeBatch();
        await this.#init.store.write(batch.lines, batch.bodies, batch.head);
        this.#head = batch.head;
        this.#flight = undefined;
        batch.done.resolve();
        if (batch.rotate) await this.#init.store.rotate(this.#file);
      } catch (error) {
        const why = faultOf(error);
        this.#flight?.done.reject(new JournalError(why));
        this.#seal(why);
      }
    }
    this.#running = false;
    if (this.#stopped !== undefined) this.#seal(this.#stopped);
  }

  /** Ends the queue with a signed head and returns it as a batch; later records go into the next batch. */
  #takeBatch(): Batch {
    const { signer, digests, store } = this.#init;
    const time = this.#time();
    const open = { v: 1, seq: this.#seq + 1, time, kind: "head" };
    const bare = JSON.stringify({ ...open, data: {}, prev: this.#hash });
    const signature = signer.sign(headMessage(signer.journalId, digests.sha256(bare)));
    const record: unknown = { ...open, data: { signature }, prev: this.#hash };
    if (!isRecord(record)) throw new JournalError(fault("EFAULT", "the signer gave no signature"));
    this.#queueRecord(record);
    const lines = utf8.encode(this.#lines.join("\n") + "\n");
    const bodies = joinBytes(this.#bodies);
    const batch = {
      lines,
      bodies,
      head: { seq: this.#seq, hash: this.#hash },
      done: this.#next,
      rotate:
        store.position.bytes + lines.length + this.#bodyOffset >= (this.#init.segmentBytes ?? SEGMENT_BYTES),
    };
    this.#lines = [];
    this.#bodies = [];
    this.#next = makeDeferred();
    this.#flight = { upTo: this.#seq, done: batch.done };
    if (batch.rotate) {
      this.#file = nextSegment(this.#file);
      this.#bodyOffset = 0;
    }
    try {
      this.#apply(record);
    } catch {
      // The journal has stopped; this batch is still written.
    }
    return batch;
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
