// A person's stops: ends one call or something in the background, and lets its process take over what came of it.
import { fault, type Fault } from "../../abi/errors.ts";
import { listenToProcess, living, type Core } from "../core.ts";
import { syscall } from "../door/door.ts";
import { endHandle } from "../processes/handles.ts";
import type { OpenHandle } from "../state/handles.ts";
import { mint, type Person } from "../witness.ts";
import { faultUnlessPerson } from "./acts.ts";

/** The abort reason of a call that a person stopped, and its result. */
const STOPPED_BY_PERSON = fault("EINTR", "A person stopped this.", "Ask why before you do it again.");

/** After Pause All, what runs in the background has so long until it is stopped (DESIGN 6, Commands), in milliseconds. */
export const PAUSE_GRACE = 10_000;

/** Stops one running call with everything that it made; its process goes on. */
export function stopCall(core: Core, who: Person, id: string): Fault | undefined {
  const refused = faultUnlessPerson(core, who);
  if (refused !== undefined) return refused;
  const call = core.live.get(id);
  if (call === undefined) return fault("ESTALE", `Call ${id} does not run any more.`, "Nothing was changed.");
  call.stop(STOPPED_BY_PERSON);
  return undefined;
}

/**
 * Ends something that runs beside the calls of a process; resolves when it has ended. Where its kind can, its process
 * takes over what came of it: that call goes on, and may ask.
 */
export async function stopHandle(
  core: Core,
  who: Person,
  pid: number,
  id: string,
): Promise<Fault | undefined> {
  const refused = faultUnlessPerson(core, who);
  if (refused !== undefined) return refused;
  const handle = core.state.handles.get(pid)?.get(id);
  if (handle === undefined) return fault("ESTALE", "It has ended already.", "Nothing was changed.");
  await stopForPerson(core, handle, "a person stopped it");
  return undefined;
}

async function stopForPerson(core: Core, handle: OpenHandle, why: string): Promise<void> {
  const { id, pid, kind } = handle;
  const call = core.handleKinds.get(kind)?.takeOver?.(id, pid, why);
  // A part of the authority of a process cannot be given to a call of the whole of it.
  if (call !== undefined && handle.endsWith === undefined && living(core, pid) !== undefined) {
    const closed = Promise.withResolvers<void>();
    const unlisten = listenToProcess(core, pid, () => {
      if (core.state.handles.get(pid)?.has(id) !== true) closed.resolve();
    });
    await Promise.race([syscall(core, mint.caller(pid), call.op, call.args), closed.promise]);
    unlisten();
  }
  // The call may have been refused, as over a budget. Then only the end is left.
  if (core.state.handles.get(pid)?.has(id) === true) await endHandle(core, handle, why);
}

/** Stops what runs in the background of agents that are still paused after a grace. */
export function stopPausedLater(core: Core): void {
  if (core.state.handles.size > 0) core.clock.after(PAUSE_GRACE, () => stopPaused(core));
}

/** Stops what runs in the background of paused processes and has something to take over. */
function stopPaused(core: Core): void {
  if (core.sealed !== undefined || core.stopping) return;
  for (const [pid, own] of core.state.handles)
    if (living(core, pid)?.life.paused === true)
      for (const handle of own.values())
        if (core.handleKinds.get(handle.kind)?.takeOver !== undefined)
          void stopForPerson(core, handle, "its agent was paused with all others");
}
