// The writer's lock: an exclusive transaction on a small database, which the operating system frees when we die.

/** A lock that is held until `release` or the end of this program. */
export interface Lock {
  release(): void;
}

const BUSY = 5;

/**
 * Takes the lock, or says who prevents it: another writer, or this machine. The file must never be opened by any other
 * means: closing a second descriptor on it would drop the lock (POSIX record locks belong to the program, not to it).
 */
export async function takeLock(
  path: string,
): Promise<Lock | { refused: "locked" | "unavailable"; detail: string }> {
  const sqlite = await import("node:sqlite").catch(() => undefined);
  if (sqlite === undefined)
    return { refused: "unavailable", detail: "this Node has no node:sqlite to lock with" };
  try {
    const db = new sqlite.DatabaseSync(path, { timeout: 0 });
    try {
      // Nothing is ever written, so the journal that the transaction begins with need not lie on the disk.
      db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    } catch (error) {
      db.close();
      throw error;
    }
    return { release: () => db.isOpen && db.close() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const busy = typeof error === "object" && error !== null && "errcode" in error && error.errcode === BUSY;
    return busy
      ? { refused: "locked", detail: "another window or command is writing this journal" }
      : { refused: "unavailable", detail };
  }
}
