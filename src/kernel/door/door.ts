// The door: runs every syscall through the same steps, from finding the operation to journaling its end.
import { fault, isFault, ok, type Result } from "../../abi/errors.ts";
import { whyTooLarge } from "../../abi/size.ts";
import { Call, type Slot } from "../call.ts";
import { policyFault, ENDED, living, viewOf, type Core } from "../core.ts";
import { overBudget, pledge, stopForBudget, unpledge } from "../processes/budget.ts";
import { planGrants } from "../processes/delegate.ts";
import { isRedacted } from "../record/redact.ts";
import { isCaller, type Caller } from "../witness.ts";
import { askAndWait, refusedWithParent } from "./ask.ts";
import { invokeCall, resultBefore } from "./invoke.ts";
import {
  decisionBeforeAsk,
  decisionOf,
  digestOf,
  joinNeeds,
  judgeCall,
  REVOKED,
  withLookGrant,
} from "./judge.ts";
import {
  beginCall,
  beginAgain,
  endThrown,
  endDenied,
  endCall,
  noSuchOperation,
  oversized,
} from "./outcome.ts";
import { GONE, LOST, MOVED, PART, RULES_MOVED, STOPPED } from "./outcome.ts";
import { isNarrowed, placeBelow, placeOfLoop } from "./sub.ts";

/**
 * Runs one syscall for the process that `caller` proves. It never throws: every failure is a fault. Every admitted call
 * leaves exactly one `call.end`, except one that waits when the runtime stops; that call resumes later.
 */
export async function syscall(
  core: Core,
  caller: Caller,
  name: string,
  args: unknown,
  slot: Slot = {},
): Promise<Result<unknown>> {
  if (!isCaller(caller))
    return fault("EACCES", "This is not a caller the kernel made.", "Calls come from a process’s own loop.");
  if (core.sealed !== undefined) return core.sealed;
  const process = living(core, caller.pid);
  if (process === undefined) return ENDED;
  const place = caller.whole
    ? placeOfLoop(core, process, slot)
    : await placeBelow(core, process, caller, name, args);
  if ("ok" in place) return place;
  const { id } = place;
  if (core.live.has(id)) return fault("EBUSY", `Call ${id} is already running.`, "Wait for it.");
  const op = core.operations.find(name, process.pid);
  const entered = core.clock.micros();
  const call = new Call({ ...place, name, process, op, entered, args }, core.state.open.get(id));
  core.live.add(call);
  try {
    return await runSteps(core, call, args);
  } catch (bug) {
    return endThrown(core, call, bug);
  } finally {
    core.live.remove(call);
    call.ended = true;
    call.grant?.expire();
    unpledge(core, call);
    core.idle();
  }
}

/** Runs the steps of DESIGN 4. Each `return` is one outcome, and each has written the end of the call. */
async function runSteps(core: Core, call: Call, raw: unknown): Promise<Result<unknown>> {
  const { process, op, signal, slot } = call;
  const large = whyTooLarge(raw);
  if (large !== undefined) call.args = `[left out: the arguments ${large}]`;
  if (slot.refused !== undefined) return endCall(core, call, slot.refused);
  // find
  if (op === undefined) return endCall(core, call, noSuchOperation(call));
  if (op.whole === true && isNarrowed(call)) return endDenied(core, call, PART, PART.message);
  if (process.did?.has(call.id) === true) return endCall(core, call, ok(resultBefore(core, call)));
  // decode
  if (slot.replay === true && isRedacted(raw)) return endCall(core, call, LOST);
  if (large !== undefined) return endCall(core, call, oversized(call, large));
  const bound = op.decode(raw);
  if (isFault(bound)) return endCall(core, call, bound);
  call.bound = bound;
  call.args = bound.args;
  call.given = bound.given;
  call.content = bound.content;
  // locate
  if (op.ready !== undefined) await op.ready();
  const view = viewOf(core, process);
  const needs = bound.needs(view);
  if (isFault(needs)) return endCall(core, call, needs);
  const passes = bound.delegates(view);
  if (isFault(passes)) return endCall(core, call, passes);
  call.needs = call.real = needs;
  // decide
  const unheld = planGrants(core, call.authority, passes);
  if (isFault(unheld)) return endDenied(core, call, unheld, "it lists a grant that is not held");
  let verdict = judgeCall(core, call);
  if (verdict.kind === "deny") return endDenied(core, call, verdict.fault, verdict.why);
  // resolve
  const resolved = await withLookGrant(core, call, (look) => bound.resolve(view, look, signal));
  // If the call was aborted, report STOPPED: the look may have failed only because of the abort.
  if (isFault(resolved))
    return endCall(core, call, signal.aborted ? STOPPED : resolved, decisionBeforeAsk(verdict, resolved));
  call.needs = joinNeeds(needs, resolved.needs);
  call.real = resolved.link === undefined ? call.needs : resolved.needs;
  verdict = judgeCall(core, call);
  if (verdict.kind === "deny") return endDenied(core, call, verdict.fault, verdict.why);
  const refused = refusedWithParent(call, verdict);
  if (refused !== undefined) return endCall(core, call, refused);
  // preview
  let prepared = op.prepares
    ? await withLookGrant(core, call, (look) => bound.prepare(view, look, signal))
    : undefined;
  if (isFault(prepared))
    return endCall(core, call, signal.aborted ? STOPPED : prepared, decisionBeforeAsk(verdict, prepared));
  call.digest = digestOf(core, call, prepared);
  call.asks = prepared?.asks ?? [];
  verdict = judgeCall(core, call);
  if (verdict.kind === "deny") return endDenied(core, call, verdict.fault, verdict.why);
  // ask
  if (verdict.kind === "ask") {
    const no = await askAndWait(core, call, op, verdict.open, prepared);
    if (no !== undefined) return endCall(core, call, no);
    // look again
    prepared = await withLookGrant(core, call, (look) => bound.prepare(view, look, signal));
    if (isFault(prepared)) return endCall(core, call, prepared);
    if (digestOf(core, call, prepared) !== call.digest) return endCall(core, call, MOVED);
    verdict = judgeCall(core, call);
    if (verdict.kind === "deny") return endDenied(core, call, verdict.fault, verdict.why);
    if (verdict.kind === "ask") return endCall(core, call, RULES_MOVED);
  } else call.decision = decisionOf(core, call);
  call.by = verdict.by;
  // charge
  const cost = bound.cost(prepared?.prestate ?? null);
  const earlier = core.state.open.get(call.id);
  const over =
    earlier === undefined || call.lost !== undefined ? overBudget(core, process.pid, cost) : undefined;
  if (over !== undefined) {
    const result = endCall(core, call, over.fault);
    if (slot.spare !== true) stopForBudget(core, process, over);
    return result;
  }
  // begin
  if (earlier !== undefined && earlier.digest !== call.digest) return endCall(core, call, MOVED);
  const lasting = op.effect === "write" || op.effect === "external";
  if (earlier === undefined && (lasting || verdict.spends.length > 0)) {
    const begun = beginCall(core, call, verdict.spends, cost, prepared);
    if (lasting) await core.journal.durable(begun);
  } else if (earlier === undefined) pledge(core, call, cost);
  else if (call.lost !== undefined) await core.journal.durable(beginAgain(core, call, cost));
  const unkept = lasting ? await prepared?.keep?.() : undefined;
  if (unkept !== undefined) return endCall(core, call, unkept);
  // Check again in this very tick: after a kill, a revoke or an expiry nothing is dispatched.
  if (signal.aborted || living(core, process.pid) === undefined) return endCall(core, call, STOPPED);
  if (core.operations.find(call.name, process.pid) !== op) return endCall(core, call, GONE);
  const blocked = policyFault(core);
  if (blocked !== undefined) return endCall(core, call, blocked);
  if (judgeCall(core, call).kind !== "allow") return endCall(core, call, REVOKED);
  // invoke, end
  return invokeCall(core, call, bound, op, prepared, cost, syscall);
}
