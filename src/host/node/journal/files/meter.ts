// Meter: watches how the files of a record are read. It counts, digests what goes by, and stops when it is told to.
import type { JournalFile, JournalSource } from "../../../../kernel/ports/files.ts";
import type { RunningDigest } from "../../../../kernel/ports.ts";
import { nodeDigests } from "../../digests.ts";
import type { Part } from "./hold.ts";

const BLOCK = 1024 * 1024;

/** How far a reading has come, in bytes. */
export type Progress = (done: number, total: number) => void;

/** What somebody who waits for a reading wants of it. */
export interface Waiting {
  readonly progress?: Progress | undefined;
  /** Stops the reading; what was begun then rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/** The digest of a file, as far as it was read from its first byte on without a gap. */
interface Taken {
  readonly sum: RunningDigest;
  upTo: number;
}

/** The reading of one source. */
export class Meter {
  readonly #waiting: Waiting;
  readonly #total: number;
  readonly #taken = new Map<string, Taken>();
  #done = 0;

  constructor({ segments, bodies }: JournalSource, waiting: Waiting) {
    this.#waiting = waiting;
    this.#total = [...segments, ...bodies].reduce((sum, file) => sum + file.size, 0);
  }

  /** The same source, with each reading of it watched. */
  watch({ identity, segments, bodies }: JournalSource): JournalSource {
    const watched = (part: Part) => (file: JournalFile) => this.#watched(part, file);
    return {
      identity,
      segments: segments.map(watched("journal")),
      bodies: bodies.map(watched("bodies")),
    };
  }

  /** The SHA-256 of a file that was read whole; undefined for any other. A digest can be taken once. */
  digest(part: Part, { name, size }: JournalFile): string | undefined {
    const taken = this.#taken.get(`${part}/${name}`);
    return taken?.upTo === size ? taken.sum.end() : undefined;
  }

  /** Reads a whole file for its SHA-256 alone. */
  async digestOf(part: Part, file: JournalFile): Promise<string> {
    const sum = nodeDigests.begin();
    const watched = this.#watched(part, file);
    for (let at = 0; at < file.size;) {
      const bytes = await watched.read(at, Math.min(at + BLOCK, file.size));
      if (bytes.length === 0) break;
      sum.add(bytes);
      at += bytes.length;
    }
    return sum.end();
  }

  #watched(part: Part, file: JournalFile): JournalFile {
    const taken: Taken = { sum: nodeDigests.begin(), upTo: 0 };
    this.#taken.set(`${part}/${file.name}`, taken);
    const read = async (from: number, to: number): Promise<Uint8Array> => {
      this.#waiting.signal?.throwIfAborted();
      const bytes = await file.read(from, to);
      const end = from + bytes.length;
      if (from > taken.upTo || end <= taken.upTo) return bytes;
      taken.sum.add(bytes.subarray(taken.upTo - from));
      this.#done += end - taken.upTo;
      taken.upTo = end;
      this.#waiting.progress?.(Math.min(this.#done, this.#total), this.#total);
      return bytes;
    };
    return { name: file.name, size: file.size, read };
  }
}
