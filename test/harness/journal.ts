// A journal in memory and one on a disk, with real digests, keys and format, over a store that can fail.
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AnyRecord } from "../../src/abi/record.ts";
import { nodeDigests, nodeSignatures } from "../../src/host/node/digests.ts";
import { newIdentity, signerOf } from "../../src/host/node/journal/keys.ts";
import { openJournal } from "../../src/host/node/journal/open.ts";
import { inspectJournal } from "../../src/host/node/journal/inspect.ts";
import { Journal } from "../../src/kernel/record/journal.ts";
import type { Clock, OpenedJournal } from "../../src/kernel/ports.ts";
import { nextSegment } from "../../src/kernel/ports/files.ts";
import type { JournalFile, JournalSource, Scanned } from "../../src/kernel/ports/files.ts";
import type { Batch, BodyPlace, BodyRef, HeadMark, JournalStore } from "../../src/kernel/ports/store.ts";
import { Redactor } from "../../src/kernel/record/redact.ts";
import { scanner } from "../../src/kernel/record/files/scan.ts";
import { english } from "../../src/views/words/translate.ts";
import { judgeJournal, type JournalVerdict } from "../../src/views/record/verdict.ts";

export const scan = scanner(nodeDigests, nodeSignatures);

/** A clock that stands still unless a test moves it, also backwards. */
export class HandClock implements Clock {
  ms = Date.UTC(2030, 0, 1);
  now(): number {
    return this.ms;
  }
  micros(): number {
    return this.ms * 1000;
  }
  after(): () => void {
    throw new Error("the journal has no timers");
  }
}

/** Journal files as byte arrays. `hold` keeps writes waiting until `letGo`; `failWith` makes the next ones fail. */
export class MemoryStore implements JournalStore {
  readonly identity = newIdentity();
  readonly identityBytes = Buffer.from(JSON.stringify(this.identity.identity) + "\n");
  readonly segments = new Map<string, Buffer>([["00000001", Buffer.alloc(0)]]);
  readonly bodies = new Map<string, Buffer>([["00000001", Buffer.alloc(0)]]);
  newest = "00000001";
  head: HeadMark = { seq: 0, hash: nodeDigests.sha256(this.identityBytes) };
  writes = 0;
  closed = 0;
  inFlight = 0;
  failWith: Error | undefined;
  #gate: Promise<void> | undefined;
  #open: () => void = () => undefined;

  segmentBytes = 16 * 1024 * 1024;
  #next = { segment: "00000001", bytes: 0, bodyBytes: 0 };
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#open = resolve;
  }
  letGo(): void {
    this.#gate = undefined;
    this.#open();
  }
  place(queued: number): BodyPlace {
    return { file: this.#next.segment, offset: this.#next.bodyBytes + queued };
  }
  async append(batch: Batch): Promise<void> {
    const { segment, bytes, bodyBytes } = this.#next;
    const lines = Buffer.from(batch.lines.join("\n") + "\n");
    const bodies = Buffer.concat(batch.bodies);
    this.#next = { segment, bytes: bytes + lines.length, bodyBytes: bodyBytes + bodies.length };
    if (this.#next.bytes + this.#next.bodyBytes >= this.segmentBytes)
      this.#next = { segment: nextSegment(segment), bytes: 0, bodyBytes: 0 };
    this.writes += 1;
    this.inFlight += 1;
    if (this.inFlight > 1) throw new Error("two flushes at once");
    await this.#gate;
    this.inFlight -= 1;
    await this.write(segment, lines, bodies, batch.head);
  }
  /** The bytes on their way into the files; a test may stop here in the middle. */
  async write(segment: string, lines: Uint8Array, bodies: Uint8Array, head: HeadMark): Promise<void> {
    if (this.failWith !== undefined) throw this.failWith;
    this.newest = segment;
    this.segments.set(segment, Buffer.concat([this.segments.get(segment) ?? Buffer.alloc(0), lines]));
    this.bodies.set(segment, Buffer.concat([this.bodies.get(segment) ?? Buffer.alloc(0), bodies]));
    this.head = head;
  }
  async at(seq: number): Promise<Uint8Array | undefined> {
    const line = this.lines[seq - 1];
    return line === undefined ? undefined : Buffer.from(line);
  }
  async *read(after: number): AsyncGenerator<readonly Uint8Array[], void, void> {
    yield this.lines.slice(after).map((line) => Buffer.from(line));
  }
  async body({ file, offset, length }: BodyRef): Promise<Uint8Array | undefined> {
    return this.bodies.get(file)?.subarray(offset, offset + length);
  }
  async close(): Promise<void> {
    this.closed += 1;
  }
  get source(): JournalSource {
    const files = (from: Map<string, Buffer>): JournalFile[] =>
      [...from].map(([name, bytes]) => fileOf(name, bytes));
    return { identity: this.identityBytes, segments: files(this.segments), bodies: files(this.bodies) };
  }
  /** All lines, of all segments. */
  get lines(): string[] {
    return Buffer.concat([...this.segments.values()])
      .toString()
      .split("\n")
      .slice(0, -1);
  }
}

export function fileOf(name: string, bytes: Buffer): JournalFile {
  return { name, size: bytes.length, read: async (from, to) => bytes.subarray(from, to) };
}

export interface Writing {
  readonly journal: Journal;
  /** What was applied, in order: read from the disk first, then live. */
  readonly applied: AnyRecord[];
  readonly redactor: Redactor;
  readonly clock: HandClock;
}

/** A journal over a store in memory. */
export function inMemory(
  store: MemoryStore,
  options: { segmentBytes?: number; onApply?: (r: AnyRecord) => void } = {},
): Writing {
  store.segmentBytes = options.segmentBytes ?? store.segmentBytes;
  const signer = signerOf(store.identity.identity, store.identity.privateKey);
  if (signer === undefined) throw new Error("no signer");
  const applied: AnyRecord[] = [];
  const redactor = new Redactor();
  const clock = new HandClock();
  const journal = new Journal({
    last: store.head,
    ...{ store, signer, clock, redactor, digests: nodeDigests },
    apply: (record) => {
      applied.push(record);
      options.onApply?.(record);
    },
  });
  return { journal, applied, redactor, clock };
}

/** Reads a whole source and gives the records that count. */
export async function readAll(
  source: JournalSource,
  expect?: HeadMark,
): Promise<{ scanned: Scanned; records: AnyRecord[] }> {
  const records: AnyRecord[] = [];
  const scanned = await scan(source, { ...(expect && { expect }), record: (r) => void records.push(r) });
  return { scanned, records: records.slice(0, scanned.records) };
}

/** A workspace and a data folder in a fresh temporary folder. */
export class DiskPlace {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), "agentlibos-journal-")));
  readonly home = join(this.base, "home");
  root = join(this.base, "w");

  constructor() {
    mkdirSync(this.root);
  }
  get folder(): string {
    return join(this.root, ".agentlibos");
  }
  open(
    mode: "create" | "write" | "view",
    root = this.root,
    segmentBytes = 1_000_000,
  ): Promise<OpenedJournal> {
    const roots = [{ name: "w", path: root }];
    return openJournal({ root, home: this.home, roots, scan, mode, segmentBytes });
  }
  async verify(publicKey?: string, root = this.root): Promise<JournalVerdict> {
    const where = { root, home: this.home, roots: [{ name: "w", path: root }], scan };
    return judgeJournal(
      english,
      await inspectJournal({ ...where, ...(publicKey === undefined ? {} : { publicKey }) }),
    );
  }
  /** Opens for writing and puts a journal over it; fails when it is not to be obeyed. */
  async start(
    mode: "create" | "write" = "create",
    segmentBytes = 1_000_000,
  ): Promise<Writing & { opened: OpenedJournal }> {
    const opened = await this.open(mode, this.root, segmentBytes);
    const { store, signer, last } = opened;
    if (store === undefined || signer === undefined) throw new Error(JSON.stringify(opened.standing));
    const applied = [...opened.records];
    const redactor = new Redactor();
    const clock = new HandClock();
    const journal = new Journal({
      ...{ last, store, signer, clock, redactor, digests: nodeDigests },
      apply: (record) => void applied.push(record),
    });
    return { journal, applied, redactor, clock, opened };
  }
  /** A journal of `count` messages, every third with a body, closed. */
  async filled(count: number, segmentBytes?: number): Promise<AnyRecord[]> {
    const { journal, applied } = await this.start("create", segmentBytes);
    for (let i = 0; i < count; i++) {
      say(journal, i % 3 === 0 ? `long ${i} `.repeat(600) : `short ${i}`);
      if (i % 4 === 3) await journal.durable();
    }
    await journal.close();
    return applied;
  }
  append(file: string, text: string | Buffer): void {
    appendFileSync(join(this.folder, file), text);
  }
  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** Writes a message: the plainest record with free text. */
export function say(journal: Journal, text: string): AnyRecord {
  return journal.append("process.message", { text, by: "person" }, { pid: 2 });
}
