// The journal's failures as data: what a store that cannot write means to everyone above it.
import { fault, type Errno, type Fault } from "../../abi/errors.ts";

/** The error for a record that cannot be written; `fault` holds the reason as data. */
export class JournalError extends Error {
  readonly fault: Fault;
  constructor(why: Fault) {
    super(why.message);
    this.name = "JournalError";
    this.fault = why;
  }
}

/** Turns a store's error into a fault. */
export function faultOf(error: unknown): Fault {
  if (error instanceof JournalError) return error.fault;
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  const text = error instanceof Error ? error.message : String(error);
  const errno: Errno = full ? "ENOSPC" : "EIO";
  return fault(
    errno,
    `the journal cannot be written: ${text}`,
    full ? "Free some disk space, then reload." : "Reload to go on from the last record on disk.",
  );
}
