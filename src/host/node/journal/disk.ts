// Short steps on a disk, done in place: each takes microseconds, and the way to a thread and back many times more.
import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  readSync,
  write,
  writeSync,
  type BigIntStats,
} from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";

const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/** Up to this many bytes are read or written in place. */
export const SMALL = 64 * 1024;

const synced = promisify(fsync);
const dataSynced = promisify(fdatasync);
const written = promisify(write);

/** The result of a step on the disk; undefined when the disk does not let it. */
export function tried<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}

/** No small file of a journal, such as its identity, key, place or head, is larger. */
const MAX_SMALL = 1024 * 1024;

/** All bytes of a small plain file; undefined when there is none, or it is large, or it cannot be read. */
export function bytesAt(path: string): Buffer | undefined {
  return tried(() => {
    const file = OpenFile.open(path, O_RDONLY | O_NONBLOCK);
    try {
      const about = file.stat();
      return about.isFile() && about.size <= MAX_SMALL ? file.read(0, Number(about.size)) : undefined;
    } finally {
      file.close();
    }
  });
}

/** An open file. What takes long goes to a thread: syncing, and reading or writing much. */
export class OpenFile {
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Throws the system's error when it cannot be opened. */
  static open(path: string, flags: number | string, mode?: number): OpenFile {
    return new OpenFile(openSync(path, flags, mode));
  }

  stat(): BigIntStats {
    return fstatSync(this.#fd, { bigint: true });
  }

  /** The bytes from `at` on: as many as asked for, or fewer when the file ends. */
  read(at: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const got = readSync(this.#fd, buffer, filled, length - filled, at + filled);
      if (got === 0) break;
      filled += got;
    }
    return buffer.subarray(0, filled);
  }

  /** Writes all bytes, in place if they are few; nobody may close the file meanwhile. */
  async write(bytes: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const left = bytes.length - done;
      if (left <= SMALL) done += writeSync(this.#fd, bytes, done, left, at + done);
      else done += (await written(this.#fd, bytes, done, left, at + done)).bytesWritten;
    }
  }

  /** Writes all of a short text in place. */
  put(text: string, at: number): void {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#fd, bytes, done, bytes.length - done, at + done);
  }

  truncate(size: number): void {
    ftruncateSync(this.#fd, size);
  }

  sync(): Promise<void> {
    return synced(this.#fd);
  }

  datasync(): Promise<void> {
    return dataSynced(this.#fd);
  }

  /** A second time does nothing; later steps fail. */
  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) closeSync(fd);
  }
}

/** Makes new directory entries durable. Windows has no such call and needs none. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
