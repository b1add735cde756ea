// What the operating system's errors mean in ours: one table from its codes to our codes, messages and hints.
import { fault, isFault, type Errno, type Fault } from "../../../abi/errors.ts";

const MEANING: Readonly<Record<string, readonly [Errno, string, string]>> = {
  ENOENT: ["ENOENT", "is not there", "List its folder to see what is."],
  ENOTDIR: ["ENOENT", "is not there: a part of the path is no folder", "List the folder above it."],
  EEXIST: ["EEXIST", "is there already", "Choose another name, or change what is there."],
  EACCES: [
    "EACCES",
    "may not be touched by this user",
    "The operating system refuses it; ask a person to change the permissions.",
  ],
  EPERM: [
    "EACCES",
    "may not be changed by this user",
    "The operating system refuses it; ask a person to change the permissions.",
  ],
  EROFS: ["EACCES", "is on a read-only disk", "Nothing can be written there."],
  ENOSPC: ["ENOSPC", "does not fit: the disk is full", "Free some space; nothing was changed."],
  EDQUOT: ["ENOSPC", "does not fit: the disk quota is used up", "Free some space; nothing was changed."],
  EFBIG: ["E2BIG", "is too large for this disk", "Write less."],
  EOVERFLOW: ["E2BIG", "is too large for this disk", "Read less."],
  ENAMETOOLONG: ["EINVAL", "has too long a name", "One name may have at most 255 bytes."],
  EILSEQ: ["EINVAL", "has a name that this disk cannot hold", "Use plain characters."],
  ELOOP: ["ESTALE", "became a link while it was opened", "Look again."],
  EMFILE: ["EBUSY", "cannot be opened: too many files are open", "Try again later."],
  ENFILE: ["EBUSY", "cannot be opened: too many files are open on this machine", "Try again later."],
  EBUSY: ["EBUSY", "is in use", "Try again later."],
  ETXTBSY: ["EBUSY", "is a running program", "Stop it first."],
  EXDEV: ["EINVAL", "would have to move to another disk", "Write a new file there and delete the old one."],
  EISDIR: ["EINVAL", "is a folder", "Name a file in it."],
  ENOTEMPTY: ["EEXIST", "is a folder that is not empty", "Choose another name."],
  ENXIO: ["EINVAL", "is no regular file", "Only regular files can be read and written."],
  ENODEV: ["EINVAL", "is no regular file", "Only regular files can be read and written."],
  ESTALE: ["ESTALE", "is no longer there", "Look again."],
  EIO: ["EIO", "could not be read or written: the disk failed", "Check the disk."],
};

/** The code of a system error, or undefined for anything else that was thrown. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Carries a fault out of nested synchronous steps; only {@link guard} and {@link told} look inside. */
export class Refusal extends Error {
  readonly fault: Fault;
  constructor(refused: Fault) {
    super(refused.message);
    this.fault = refused;
  }
}

/** Ends the current step with a fault. */
export function refuse(code: Errno, message: string, hint = ""): never {
  throw new Refusal(fault(code, message, hint));
}

/** The meaning of a thrown error for the thing called `subject`. Errors that are not the system's are bugs and go on. */
export function told(error: unknown, subject: string): Fault {
  // Refusals deep inside speak of "it"; here it has a name.
  if (error instanceof Refusal)
    return { ...error.fault, message: error.fault.message.replace(/^It(?= )/u, () => subject) };
  const code = codeOf(error);
  if (code === undefined || code.startsWith("ERR_")) throw error;
  const [errno, what, hint] = MEANING[code] ?? (["EIO", `failed with ${code}`, ""] as const);
  return fault(errno, `${subject} ${what}.`, hint);
}

/** Runs one backend method: what it throws comes back as a fault about `subject`. */
export async function guard<T>(
  subject: string,
  step: () => T | Fault | Promise<T | Fault>,
): Promise<T | Fault> {
  try {
    return await step();
  } catch (error) {
    return told(error, subject);
  }
}

/** Unwraps a result inside a guarded step. */
export function must<T>(value: T | Fault): T {
  if (isFault(value)) throw new Refusal(value);
  return value;
}
