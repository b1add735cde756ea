// Handles: opens what outlives its call on record, and ends it with its process, by its kind.
import { fault, type Fault } from "../../abi/errors.ts";
import { wholeStart } from "../../abi/size.ts";
import type { Call } from "../call.ts";
import { commit, ENDED, living, type Core } from "../core.ts";
import type { OpenHandle } from "../state/handles.ts";

/** The most handles that one process has open. */
export const HANDLES_MOST = 64;
/** The longest label, in characters. */
const LABEL_MOST = 200;
/** How long ending one may take, in milliseconds; then it counts as failed. */
const END_MOST = 5000;

/**
 * Opens a handle for a running call and waits until that is on disk, so that a crash cannot hide it. Only then may its
 * caller start the thing itself. It ends with the process, or with the maker of a call that has a part of the authority.
 */
export async function openHandle(
  core: Core,
  call: Call,
  kind: string,
  label: string,
): Promise<string | Fault> {
  const { pid, maker, authority } = call;
  if (call.grant?.live !== true || call.cut)
    return fault("EACCES", "The call is over.", "Open it in a call.");
  if (core.stopping || living(core, pid) === undefined) return ENDED;
  if (!core.handleKinds.has(kind))
    return fault("EUNAVAILABLE", `Nothing here ends a ${kind}.`, "Do without.");
  if ((core.state.handles.get(pid)?.size ?? 0) >= HANDLES_MOST)
    return fault("EDQUOT", `A process has at most ${HANDLES_MOST} things open.`, "End one of them first.");
  const id = `h${core.state.seq + 1}`;
  const endsWith = authority.within === undefined || maker === undefined ? {} : { endsWith: maker.id };
  const opened = { id, kind, label: wholeStart(label, LABEL_MOST), ...endsWith };
  const { seq } = commit(core, "handle.open", opened, { pid, call: call.id });
  core.openers.set(id, call.grant);
  await core.journal.durable(seq);
  // Meanwhile its process may have ended, and the handle with it.
  const open = core.state.handles.get(pid)?.has(id) === true && !core.ending.has(id);
  return open ? id : ENDED;
}

/** Ends all handles of a process; with `call` only those that end with that call. Resolves when they have ended. */
export async function endHandles(core: Core, pid: number, why: string, call?: string): Promise<void> {
  const rows = [...(core.state.handles.get(pid)?.values() ?? [])];
  const ending = rows.filter((row) => call === undefined || row.endsWith === call);
  await Promise.all(ending.map((row) => endHandle(core, row, why)));
}

/** Ends every handle that is open, and waits for those that are ending already. */
export async function endAllHandles(core: Core, why: string): Promise<void> {
  await Promise.all([...core.state.handles.keys()].map((pid) => endHandles(core, pid, why)));
  await Promise.all(core.ending.values());
}

/** Ends one handle by its kind, once, and records that. Its end comes first: an end on record has happened. */
export function endHandle(core: Core, row: OpenHandle, why: string): Promise<void> {
  const before = core.ending.get(row.id);
  if (before !== undefined) return before;
  const ending = endByKind(core, row, why)
    .then((more) => {
      core.ending.delete(row.id);
      closeHandle(core, row, more === undefined ? why : `${why}; ${more}`);
    })
    // Without a journal nothing can be recorded; the next opening ends what is still open on record.
    .catch(() => undefined);
  core.ending.set(row.id, ending);
  return ending;
}

/** Records the end of a handle that has ended, by itself or by its kind. A second time does nothing. */
export function closeHandle(core: Core, { id, pid }: Pick<OpenHandle, "id" | "pid">, why: string): void {
  core.openers.delete(id);
  if (core.sealed !== undefined || core.state.handles.get(pid)?.has(id) !== true) return;
  commit(core, "handle.close", { id, why }, { pid });
}

/** Lets its kind end it. Returns why that failed, or what was lost by it; undefined when it has ended without loss. */
async function endByKind(core: Core, row: OpenHandle, why: string): Promise<string | undefined> {
  const kind = core.handleKinds.get(row.kind);
  if (kind === undefined) return `nothing here ends a ${row.kind}`;
  const late = Promise.withResolvers<string>();
  const cancel = core.clock.after(END_MOST, () => {
    late.resolve("it did not end in time");
  });
  try {
    return await Promise.race([kind.end(row.id, why).then((lost) => lost ?? undefined), late.promise]);
  } catch (bug) {
    return `ending it failed: ${bug instanceof Error ? bug.message : String(bug)}`;
  } finally {
    cancel();
  }
}
