// Invocations: what an operation sees of its process, what it reports before its effect, and what its effect gets.
import type { Listed } from "../abi/capability.ts";
import type { CallAsk, Preview } from "../abi/question.ts";
import type { Fault, Result } from "../abi/errors.ts";
import type { Usage } from "../abi/image.ts";
import type { RootFolder } from "../abi/record.ts";
import type { FileChange } from "../abi/record/files.ts";
import type { Need } from "../abi/resource.ts";
import type { Caller, Grant } from "./witness.ts";

/** The names that `needs` may use; it does no I/O. `cwd` is an `fs:` resource without `/**`. */
export interface View {
  readonly pid: number;
  readonly parent: number;
  readonly cwd: string;
  readonly roots: readonly RootFolder[];
  readonly image: string;
  readonly model: string;
  /** SHA-256 of a file as this process last read or wrote it; undefined when it never did. */
  seen(resource: string): string | undefined;
}

/** The result of resolving a path: real names that differ join the needs; `link` is shown as `link -> target`. */
export interface Resolved<S> {
  readonly needs: readonly Need[];
  readonly link?: string;
  /** Lets `prepare` and `invoke` find the same file again, and notice when it is another one. */
  readonly state: S;
}

/** The state before a write: JSON for `probe`, and the preview for a person. */
export interface Prepared {
  /** Journaled with the begin. Digests and identities only, never content. Part of the digest an approval binds. */
  readonly prestate: unknown;
  readonly preview: Omit<Preview, "title">;
  /** Asks of this very call, in one list with those of capabilities, policy, classes and repetition. */
  readonly asks?: readonly CallAsk[];
  /** Saves data that must survive the effect (a pre-image). Called after the begin is durable, before `invoke`. */
  readonly keep?: () => Promise<Fault | undefined>;
}

/** Whether an effect happened before a crash. `value` is what `invoke` would have returned. */
export type Probe =
  | {
      readonly state: "done";
      readonly value: unknown;
      /** The files that `invoke` would have reported with `saw`. */
      readonly saw?: readonly { readonly resource: string; readonly sha256: string | null }[];
      /** The changes that `invoke` would have reported with `changed`. */
      readonly changes?: readonly FileChange[];
    }
  | { readonly state: "not-started" }
  | { readonly state: "unknown"; readonly detail: string };

/** Reasons a call may wait for something that is not a person (DESIGN 6, Process). */
export type WaitReason = "child" | "timer" | "model" | "message";

/** The context that `invoke` gets beside its arguments. */
export interface Invocation<S> {
  readonly grant: Grant;
  readonly signal: AbortSignal;
  readonly view: View;
  readonly state: S;
  readonly prestate: unknown;
  /** The call's id, `pid.turn.index` for a call of a turn. */
  readonly call: string;
  /**
   * Runs `act`, which changes the kernel's own records, in one tick, and records its value with them. After a crash the
   * call ends with the same value, and `act` does not run again. It does not run for a process that has ended.
   */
  once<T>(act: () => T | Fault): T | Fault;
  /** The value that this call noted before a crash; undefined when it noted none. */
  readonly noted: { readonly value: unknown } | undefined;
  /**
   * Notes the outcome of a part that must not run twice. It resolves when the note is on disk; a run of this call after a
   * crash then gets it as {@link noted}. The call must have a begin, so its effect is `write` or `external`.
   */
  note(value: unknown): Promise<Fault | undefined>;
  /**
   * Makes a call of this call. It is decided, recorded and charged like any other, under this call's authority or that
   * of a caller from {@link narrow}. Its id is this call's with a number, in the order of the requests. A call that
   * runs again after a crash must request the same in the same order: what had ended is not repeated, and its recorded
   * result is given again. What the record could not hold whole, and another request in its place, are ESTALE.
   */
  sub(name: string, args: unknown, as?: Caller): Promise<Result<unknown>>;
  /**
   * A caller for calls of this call that holds only what the list covers and what this call holds. It serves
   * {@link sub} and `Kernel.syscall`, and nothing once this call's effect is over. EINVAL unless all are plain allows.
   */
  narrow(within: readonly Listed[]): Caller | Fault;
  /**
   * Opens a handle for something that outlives this call. Its kind is one that a primitive declares, and the thing may
   * be started once this has given the id. The kernel ends it with its process, at a stop of the runtime, and at the
   * next opening after a crash; with a call that made this one, if this call has a part of its process's authority.
   */
  opened(kind: string, label: string): Promise<string | Fault>;
  /** Ends a handle of this call's process; an unknown id is no error. */
  closed(id: string, why: string): Promise<void>;
  /** The rest of `seconds` that this call may wait, in milliseconds. The first call starts them; a reload continues. */
  left(seconds: number): number;
  /**
   * Marks the call as waiting while `until` is pending, so that its process shows as blocked for that reason. `about`
   * is the process that it waits for, if any.
   */
  waiting<T>(reason: WaitReason, until: Promise<T>, about?: number): Promise<T>;
  /**
   * Reports the text of a file before the call shows or writes it. If the call touches a secret file, the values in the
   * text are kept out of every later record. A fault when they cannot be; the call must then end with it.
   */
  learn(resource: string, text: string): Promise<Fault | undefined>;
  /** Reports a file as this call read or left it (SHA-256 of the whole, null when gone), for later ESTALE checks. */
  saw(resource: string, sha256: string | null): void;
  /** Reports the tools that this call found, the best first; from now on a model is sent their schemas. */
  found(tools: readonly string[]): void;
  /** Reports a change that this call has made. Its end records it, whatever comes of the call. */
  changed(change: FileChange): void;
  /** Puts out text while the call runs. It is shown as it comes; the end records its beginning and its end. */
  emit(text: string): void;
  /** Replaces the reserved usage by the real usage; without this the reserve is charged. */
  settle(used: Partial<Usage>): void;
}
