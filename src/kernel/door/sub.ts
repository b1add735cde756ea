// Calls of calls: gives a call that another call makes its place and authority, and ends it with its maker.
import { printCap, type Listed } from "../../abi/capability.ts";
import { fault, isFault, type Fault, type Result } from "../../abi/errors.ts";
import { whyTooLarge } from "../../abi/size.ts";
import { narrowAuthority, type Authority } from "../authority/authority.ts";
import type { Call, Slot } from "../call.ts";
import { canonical, until, type Core } from "../core.ts";
import { SHUTDOWN } from "../questions/questions.ts";
import { isRedacted } from "../record/redact.ts";
import { depthOf, idBelow } from "../state/call-id.ts";
import type { Process } from "../state/rows.ts";
import type { MadeCall } from "../state/subs.ts";
import { mint, type Caller } from "../witness.ts";

/** The most calls that one call makes, and how many calls stand above one another at most. */
export const MADE_MOST = 10_000;
export const DEPTH_MOST = 4;

/** The place of a call that was admitted: its id, its authority, and the call that made it. */
export interface CallPlace {
  readonly id: string;
  readonly authority: Authority;
  readonly slot: Slot;
  readonly maker?: Call | undefined;
  readonly request?: string | undefined;
}

/** The abort reason of calls whose maker has ended. */
const ENDED_MAKER = "maker";

/** The fault of a call whose maker has been stopped. */
const OVER = fault(
  "EINTR",
  "The call that made this one was stopped.",
  "Nothing more can be done as a part of it.",
);
/** The fault of a call that a crash interrupted, when its maker now asks for another one in its place. */
const OTHER = fault(
  "ESTALE",
  "Before the restart, another call was made in this place.",
  "Look at what was done before the restart, then make the whole call again.",
);
/** The fault of a call that ended before a crash with a result that the record does not hold whole. */
const NOT_KEPT = fault(
  "ESTALE",
  "This was done before a restart, and its result was too large or too secret to be kept.",
  "Look at what was done before the restart, then make the whole call again.",
);

/** The result of a call whose calls a shutdown cut off; it writes no end and runs again later. */
export const CUT = fault("EINTR", "The runtime went away meanwhile.", "It goes on when the runtime is back.");

/** The makers of the callers that act for calls, and the authority of each. */
const parts = new WeakMap<Caller, { readonly maker: Call; readonly authority: Authority }>();

/** The place of a call that a loop makes. One without a slot gets the next free number. */
export function placeOfLoop(core: Core, process: Process, slot: Slot): CallPlace {
  const authority = { holder: process.pid };
  if (slot.id !== undefined) return { id: `${process.pid}.${slot.id}`, authority, slot };
  const loose = Math.max(process.loose, core.loose.get(process.pid) ?? 0);
  core.loose.set(process.pid, loose + 1);
  return { id: `${process.pid}.x${loose}`, authority, slot };
}

/**
 * The place of a call that a call makes: the next number below its maker. After a crash a maker that runs again makes
 * its calls again in the same places. One that had ended is not made again; its result is given instead.
 */
export async function placeBelow(
  core: Core,
  process: Process,
  caller: Caller,
  name: string,
  args: unknown,
): Promise<CallPlace | Result<unknown>> {
  const { maker, authority } = parts.get(caller) ?? {};
  if (maker === undefined || authority === undefined || core.live.get(maker.id) !== maker) return OVER;
  if (depthOf(maker.id) >= DEPTH_MOST || maker.made >= MADE_MOST) return tooMany(maker);
  const n = (maker.made += 1);
  const id = idBelow(maker.id, n);
  if (id === undefined) return fault("EACCES", `Call ${maker.id} makes no calls.`, "Its turn makes them.");
  const request = requestDigest(core, name, args);
  const before = resultBefore(core, process.made?.get(maker.id)?.byNumber.get(n), request);
  if (before !== undefined) return before;
  // A pause stops a process at its next call, and that may be a call of a call.
  if (process.life.paused) await until(core, process.pid, () => !process.life.paused, maker.signal);
  if (maker.signal.aborted || !maker.makes) {
    if (maker.signal.reason === SHUTDOWN) maker.cut = true;
    return OVER;
  }
  return { id, authority, slot: {}, maker, request };
}

function tooMany(maker: Call): Fault {
  return maker.made >= MADE_MOST
    ? fault("E2BIG", `One call makes at most ${MADE_MOST} calls.`, "Do less in one call.")
    : fault("E2BIG", `Calls are at most ${DEPTH_MOST} deep.`, "Make this call from further above.");
}

/** Tells a request from any other: the operation and the arguments as they were given. */
function requestDigest(core: Core, name: string, args: unknown): string {
  try {
    return core.digests.sha256(canonical([name, whyTooLarge(args) === undefined ? args : null]));
  } catch {
    return ""; // arguments that JSON cannot say; their schema refuses them
  }
}

/** The result of a call in this place before a crash; undefined when it had not ended. */
function resultBefore(core: Core, row: MadeCall | undefined, request: string): Result<unknown> | undefined {
  if (row === undefined) return undefined;
  if (row.request !== request) return OTHER;
  if (!row.ended) return undefined;
  const { result, digest } = row;
  if (result === undefined || isRedacted(result)) return NOT_KEPT;
  const same = !result.ok || digest === undefined || digest === core.digests.sha256(canonical(result));
  return same ? result : NOT_KEPT;
}

/** True for a call whose caller has only a part of its process's authority. */
export function isNarrowed({ authority }: Call): boolean {
  return authority.within !== undefined;
}

/** A caller for the calls of a call, under its authority or a part of it. */
export function callerBelow(maker: Call, within?: readonly Listed[]): Caller | Fault {
  const authority = within === undefined ? maker.authority : narrowAuthority(maker.authority, within);
  if (isFault(authority)) return authority;
  const caller = mint.caller(maker.pid, () => maker.makes);
  parts.set(caller, { maker, authority });
  return caller;
}

/** Stops the calls of a call whose effect is over, and waits for their ends, so that they stand before its own. */
export async function endRunning(maker: Call): Promise<void> {
  maker.stopRunning(maker.signal.aborted ? maker.signal.reason : ENDED_MAKER);
  await maker.idle();
}

/** The fields of a call that another call made: its request, and the list that its caller was narrowed to. */
export function recordedPart({ request, authority }: Call): { request?: string; within?: string[] } {
  return {
    ...(request === undefined ? {} : { request }),
    ...(authority.within === undefined ? {} : { within: authority.within.map((grant) => printCap(grant)) }),
  };
}
