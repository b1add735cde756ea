// Errors as data: the closed list of codes and the result shapes that cross every boundary of the system.

/** The closed list of error codes (DESIGN 4). A code tells the caller what to do next; nothing else may appear. */
export const ERRNOS = [
  "ENOSYS", // no such operation or tool
  "EINVAL", // the arguments do not fit the schema, or mean nothing
  "ENOTCAPABLE", // no capability covers it: request one
  "EACCES", // denied by a rule, a reserved place or a deny: do not try another spelling
  "ECANCELED", // a person (or a rule in their place) said no
  "ETIMEDOUT", // nobody answered in time, or the backend took too long
  "EDQUOT", // a budget is used up
  "EFAULT", // a bug in the runtime or a backend
  "ENOENT", // it is not there
  "EEXIST", // it is there already
  "ESTALE", // the world changed since it was read: read it again
  "EIO", // the disk or the journal failed
  "ENOSPC", // the disk is full
  "E2BIG", // too large for this call
  "EBUSY", // somebody else holds it
  "EINTR", // interrupted by a signal
  "EUNAVAILABLE", // the backend is missing or switched off
] as const;

export type Errno = (typeof ERRNOS)[number];

/** A failed call. `message` says what went wrong, `hint` what the reader (person or model) can do next. */
export interface Fault {
  readonly ok: false;
  readonly code: Errno;
  readonly message: string;
  readonly hint: string;
  /** Set by a provider of models that refused a request as too long and told its own counts. */
  readonly tokens?: TokenCounts | undefined;
}

/** Tokens as a provider told them: the window of the model, and the input that it counted. */
export interface TokenCounts {
  readonly window?: number | undefined;
  readonly input?: number | undefined;
}

/** A call that succeeded, with its value. */
export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

/** A success or a fault. */
export type Result<T> = Ok<T> | Fault;

/** Makes a fault; `hint` defaults to nothing when the message already says what to do. */
export function fault(code: Errno, message: string, hint = ""): Fault {
  return { ok: false, code, message, hint };
}

/** Makes a success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** True when a value of mixed kind is a fault. Values of operations never carry `ok: false` themselves. */
export function isFault(value: unknown): value is Fault {
  return (
    typeof value === "object" && value !== null && "ok" in value && value.ok === false && "code" in value
  );
}
