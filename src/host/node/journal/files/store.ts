// The journal store: appends batches to the newest segment, each durable before it is acknowledged, in this place only.
import { constants, lstatSync, unlinkSync, type BigIntStats } from "node:fs";
import { join } from "node:path";
import { nextSegment, type Scanned } from "../../../../kernel/ports/files.ts";
import type { Signer } from "../../../../kernel/ports.ts";
import type { Batch, BodyPlace, HeadMark, JournalStore } from "../../../../kernel/ports/store.ts";
import { OpenFile, syncFolder, tried } from "../disk.ts";
import { HeadSlots } from "./head-slots.ts";
import { FOLDER, type HeldRecord, type Part } from "./hold.ts";
import type { KnownJournal } from "../known.ts";
import { FileLines } from "./lines.ts";
import { keepSnapshot } from "./snapshots.ts";
import type { Lock } from "../lock.ts";

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** When the lines and bodies of a segment reach this many bytes together, the next segment begins. */
const SEGMENT_BYTES = 16 * 1024 * 1024;

/** The place of a store: a journal that may be obeyed, and where its last good head ends. */
export interface StoreInit {
  /** The record's folders, all made. They belong to the store from now on, which closes them when it closes. */
  readonly held: HeldRecord;
  readonly known: KnownJournal;
  readonly end: Scanned["end"];
  /** Held by the store from now on, and let go when it closes. */
  readonly lock: Lock;
  readonly segmentBytes?: number | undefined;
  /** Signs snapshots; without it none are kept. */
  readonly signer?: Signer;
}

/** Something of the journal's own, and the path that must go on leading to it. */
interface Watched {
  readonly path: string;
  readonly dev: bigint;
  readonly ino: bigint;
}

interface Open extends Watched {
  /** The path in the held folder; no other program can lead it elsewhere. */
  readonly self: string;
  readonly file: OpenFile;
  size: number;
}

/** A segment, and how many bytes its two files have. */
interface Extent {
  readonly segment: string;
  readonly bytes: number;
  readonly bodyBytes: number;
}

/** The files of a journal that is written here. A batch that finds its segment full goes into the next one. */
export class DiskStore extends FileLines implements JournalStore {
  readonly #held: HeldRecord;
  readonly #known: KnownJournal;
  readonly #lock: Lock;
  readonly #slots: HeadSlots;
  readonly #places: readonly Watched[];
  readonly #most: number;
  #segment: string;
  /** Where the next batch will stand, with those before it written. */
  #next: Extent;
  /** The mark of the last batch that was handed in. */
  #head: HeadMark;
  /** Where that batch ends. */
  #end: Scanned["end"];
  readonly #signer: Signer | undefined;
  #lines: Open;
  #bodies: Open;
  #dead: Error | undefined;
  #closing: Promise<void> | undefined;
  /** The newest change, done or not: no file is closed while it runs. */
  #change: Promise<void> = Promise.resolve();

  private constructor(
    init: StoreInit,
    slots: HeadSlots,
    places: readonly Watched[],
    files: { readonly lines: Open; readonly bodies: Open; readonly head: HeadMark },
  ) {
    super((use) => use(init.held));
    this.#held = init.held;
    this.#known = init.known;
    this.#lock = init.lock;
    this.#slots = slots;
    this.#places = places;
    this.#segment = init.end.segment;
    this.#end = init.end;
    this.#signer = init.signer;
    this.#lines = files.lines;
    this.#bodies = files.bodies;
    this.#head = files.head;
    this.#most = init.segmentBytes ?? SEGMENT_BYTES;
    this.#next = this.#behind({ ...init.end, bytes: 0, bodyBytes: 0 }, init.end.bytes, init.end.bodyBytes);
  }

  /**
   * Opens the newest segment and its bodies, cuts what lies behind the last good head, and stores that head. Rejects
   * with the system's error when that cannot be done; the lock is then still the caller's.
   */
  static async open(init: StoreInit, head: HeadMark): Promise<DiskStore> {
    const { held } = init;
    const places = watched(held);
    const opened: { close(): void }[] = [];
    try {
      const lines = openFile(held, "journal", `${init.end.segment}.jsonl`, 0);
      opened.push(lines.file);
      const bodies = openFile(held, "bodies", init.end.segment, 0);
      opened.push(bodies.file);
      await cut(lines, init.end.bytes);
      await cut(bodies, init.end.bodyBytes);
      const slots = HeadSlots.open(init.known.headPath);
      opened.push(slots);
      const store = new DiskStore(init, slots, places, { lines, bodies, head });
      if (lines.size === 0) await store.#settle();
      else store.#link();
      slots.write(head);
      await slots.sync();
      return store;
    } catch (error) {
      for (const file of opened) file.close();
      throw error;
    }
  }

  place(queued: number): BodyPlace {
    return { file: this.#next.segment, offset: this.#next.bodyBytes + queued };
  }

  async append(batch: Batch): Promise<void> {
    const { segment, bytes, bodyBytes } = this.#next;
    const lines = Buffer.from(batch.lines.join("\n") + "\n");
    const bodies = Buffer.concat(batch.bodies);
    const follows = batch.after.seq === this.#head.seq && batch.after.hash === this.#head.hash;
    this.#next = this.#behind(this.#next, lines.length, bodies.length);
    this.#head = batch.head;
    this.#end = {
      segment,
      line: (segment === this.#end.segment ? this.#end.line : 0) + batch.lines.length,
      bytes: bytes + lines.length,
      bodyBytes: bodyBytes + bodies.length,
    };
    await this.#alive(async () => {
      if (!follows) throw gone(`record ${batch.after.seq} is not the newest that is stored`);
      this.#check();
      if (segment !== this.#segment) await this.#begin(segment);
      if (bodies.length > 0) await append(this.#bodies, bodies);
      await append(this.#lines, lines);
      this.#check();
      this.#slots.write(batch.head);
    });
  }

  async keep(head: HeadMark, rows: string): Promise<void> {
    const signer = this.#signer;
    if (signer === undefined || head.seq !== this.#head.seq || this.#dead !== undefined) return;
    const kept = keepSnapshot(this.#held, signer, { head, end: this.#end }, rows);
    this.#change = Promise.allSettled([this.#change, kept]).then(() => undefined);
    await kept;
  }

  /** Where the next batch stands behind one of these sizes. */
  #behind({ segment, bytes, bodyBytes }: Extent, lines: number, bodies: number): Extent {
    const next = { segment, bytes: bytes + lines, bodyBytes: bodyBytes + bodies };
    if (next.bytes + next.bodyBytes < this.#most) return next;
    return { segment: nextSegment(segment), bytes: 0, bodyBytes: 0 };
  }

  /** Begins the files of a segment. */
  async #begin(segment: string): Promise<void> {
    const before = [this.#lines.file, this.#bodies.file];
    const bodies = newFile(this.#held, "bodies", segment);
    const lines = newFile(this.#held, "journal", `${segment}.jsonl`);
    this.#segment = segment;
    this.#lines = lines;
    this.#bodies = bodies;
    for (const file of before) file.close();
    await this.#settle();
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  /** Nobody was told that this succeeded, so the lock is released also when it fails. */
  async #finish(): Promise<void> {
    this.#dead ??= new Error("the journal is closed");
    await this.#change.catch(() => undefined);
    await this.#slots.sync().catch(() => undefined);
    for (const part of [this.#slots, this.#lines.file, this.#bodies.file, this.#held])
      tried(() => part.close());
    this.#lock.release();
  }

  /** Runs one change; after the first that fails nothing is tried again on these files. */
  async #alive(change: () => Promise<void>): Promise<void> {
    if (this.#dead !== undefined) throw this.#dead;
    try {
      await (this.#change = change());
    } catch (error) {
      this.#dead ??= error instanceof Error ? error : new Error(String(error));
      throw this.#dead;
    }
  }

  /** New files survive a power failure only with the folders that name them; the second names are best effort. */
  async #settle(): Promise<void> {
    for (const folder of [this.#held.part("journal"), this.#held.part("bodies"), this.#held.folder])
      if (folder !== undefined) await syncFolder(folder.self);
    this.#link();
  }

  #link(): void {
    this.#known.keepLink("journal", `${this.#segment}.jsonl`, this.#lines.self);
    this.#known.keepLink("bodies", this.#segment, this.#bodies.self);
  }

  /**
   * The paths must still lead to what was opened, and nobody else may have written there. Checked before a batch and
   * again before it is acknowledged: a batch in a file that was unlinked meanwhile is not on record.
   */
  #check(): void {
    for (const place of this.#places) same(place);
    for (const open of [this.#lines, this.#bodies]) {
      const about = same(open);
      if (about.size !== BigInt(open.size)) throw gone(`${open.path} was changed by another program`);
    }
  }
}

function openFile(held: HeldRecord, part: Part, name: string, exclusive: number): Open {
  const path = join(held.path, FOLDER, part, name);
  const self = held.pathIn(part, name);
  const file = OpenFile.open(self, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | exclusive, 0o600);
  try {
    const about = file.stat();
    if (!about.isFile()) throw gone(`${path} is no plain file`);
    return { path, self, file, size: Number(about.size), dev: about.dev, ino: about.ino };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** A file that nobody else has: an empty one is what a rotation leaves that was killed in the middle, and makes way. */
function newFile(held: HeldRecord, part: Part, name: string): Open {
  const self = held.pathIn(part, name);
  const left = lstatSync(self, { throwIfNoEntry: false });
  if (left?.isFile() === true && left.size === 0) unlinkSync(self);
  return openFile(held, part, name, O_EXCL);
}

async function cut(open: Open, size: number): Promise<void> {
  if (open.size < size) throw gone(`${open.path} is shorter than it just was`);
  if (open.size === size) return;
  open.file.truncate(size);
  await open.file.sync();
  open.size = size;
}

async function append(to: Open, bytes: Uint8Array): Promise<void> {
  await to.file.write(bytes, to.size);
  await to.file.datasync();
  to.size += bytes.length;
}

/** The held folders, and the paths by which people and other programs reach them. */
function watched(held: HeldRecord): Watched[] {
  const folder = join(held.path, FOLDER);
  const nodes = [
    [folder, held.folder],
    [join(folder, "journal"), held.part("journal")],
    [join(folder, "bodies"), held.part("bodies")],
  ] as const;
  return nodes.flatMap(([path, node]) =>
    node === undefined ? [] : [{ path, dev: node.stat.dev, ino: node.stat.ino }],
  );
}

function same(watched: Watched): BigIntStats {
  const about = lstatSync(watched.path, { bigint: true, throwIfNoEntry: false });
  if (about === undefined) throw gone(`${watched.path} was removed`);
  if (about.ino !== watched.ino || about.dev !== watched.dev) throw gone(`${watched.path} was replaced`);
  return about;
}

function gone(message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code: "EIO" });
}
