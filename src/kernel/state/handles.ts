// The fold of handles: things that outlive the call that made them and must end with their process.
import type { JournalRecord } from "../../abi/record.ts";

/** Something that lives on beside the calls of a process: a command in the background, a server, a guest. */
export interface OpenHandle {
  readonly id: string;
  readonly kind: string;
  /** A few words for people; untrusted text. */
  readonly label: string;
  readonly pid: number;
  /** The call that opened it. */
  readonly call: string;
  readonly opened: string;
  /** The call that it ends with, if it was opened under a part of its process's authority. */
  readonly endsWith?: string | undefined;
}

/** The open handles, by process and then by id. */
export type Handles = Map<number, Map<string, OpenHandle>>;

/** Applies the opening of a handle. */
export function foldHandleOpen(handles: Handles, record: JournalRecord<"handle.open">): void {
  const { pid, call = "", time, data } = record;
  if (pid === undefined) return;
  const own = handles.get(pid) ?? new Map<string, OpenHandle>();
  handles.set(pid, own.set(data.id, { ...data, pid, call, opened: time }));
}

/** Applies its end. */
export function foldHandleClose(handles: Handles, { pid = 0, data }: JournalRecord<"handle.close">): void {
  const own = handles.get(pid);
  own?.delete(data.id);
  if (own?.size === 0) handles.delete(pid);
}
