// The door: the one straight line that every syscall takes, from finding the operation to journaling its end.
import { fault, isFault, ok, type Result } from "../../abi/errors.ts";
import { overBudget, pledge, stopForBudget, unpledge } from "../processes/budget.ts";
import { barred, ENDED, living, viewOf, type Core } from "../core.ts";
import { before, crash, denied, end, invoke, open, type Course } from "./outcome.ts";
import { plan } from "../processes/delegate.ts";
import type { LiveCall } from "../call.ts";
import { isRedacted } from "../record/redact.ts";
import { again, begin, digestOf, fellThrough, grounds, joined, judge, looking, put, soFar } from "./judge.ts";
import { LOST, MOVED, noSuch, REVOKED, RULES_MOVED, STOPPED } from "./judge.ts";
import { isCaller, type Caller } from "../witness.ts";

/** Which call of a turn this is (`3` the turn's answer, `3.0` its first call), and whether the record replays it. */
export interface Slot {
  readonly id?: string;
  readonly tool?: string;
  /** Indexes of earlier calls of the turn whose changes this one was made for. */
  readonly builtOn?: readonly number[];
  readonly replay?: boolean;
  /** True when the caller can do without it: beyond its budget it is refused, and nobody is asked to raise that. */
  readonly spare?: boolean;
}

/**
 * Runs one syscall for the process that `caller` proves. Never throws: every failure is a fault, and every call that
 * got in leaves exactly one `call.end`, except one that was waiting when the runtime went away (it resumes).
 */
export async function syscall(
  core: Core,
  caller: Caller,
  name: string,
  raw: unknown,
  slot: Slot = {},
): Promise<Result<unknown>> {
  if (!isCaller(caller))
    return fault("EACCES", "This is not a caller the kernel made.", "Calls come from a process’s own loop.");
  if (core.sealed !== undefined) return core.sealed;
  const process = living(core, caller.pid);
  if (process === undefined) return ENDED;
  const loose = Math.max(process.loose, core.loose.get(process.pid) ?? 0);
  if (slot.id === undefined) core.loose.set(process.pid, loose + 1);
  const id = `${process.pid}.${slot.id ?? `x${loose}`}`;
  if (core.live.has(id)) return fault("EBUSY", `Call ${id} is already running.`, "Wait for it.");
  const call: LiveCall = {
    id,
    pid: process.pid,
    name,
    tool: slot.tool,
    builtOn: slot.builtOn ?? [],
    abort: new AbortController(),
    waits: undefined,
    about: undefined,
    preview: undefined,
    grant: undefined,
    pledged: undefined,
  };
  const op = core.operations.get(name);
  const course = open(core, call, process, op, raw);
  core.live.add(call);
  try {
    return await line(core, course, raw, slot);
  } catch (bug) {
    return crash(core, course, bug);
  } finally {
    core.live.remove(call);
    call.grant?.expire();
    unpledge(core, call);
    core.idle();
  }
}

/** DESIGN 4, step by step. Each `return` is one way a call can come out, and each has written its end. */
async function line(core: Core, c: Course, raw: unknown, { replay, spare }: Slot): Promise<Result<unknown>> {
  const { call, process, op } = c;
  const { signal } = call.abort;
  // find
  if (op === undefined) return end(core, c, noSuch(call));
  if (process.did?.has(call.id) === true) return end(core, c, ok(before(core, c)));
  // decode
  if (replay === true && isRedacted(raw)) return end(core, c, LOST);
  const bound = op.decode(raw);
  if (isFault(bound)) return end(core, c, bound);
  c.args = bound.args;
  // locate
  const view = viewOf(core, process);
  const needs = bound.needs(view);
  if (isFault(needs)) return end(core, c, needs);
  const passes = bound.delegates(view);
  if (isFault(passes)) return end(core, c, passes);
  c.needs = needs;
  // decide
  const unheld = plan(core, process.pid, passes);
  if (isFault(unheld)) return denied(core, c, unheld, "it lists a grant that is not held");
  let verdict = judge(core, c);
  if (verdict.kind === "deny") return denied(core, c, verdict.fault, verdict.why);
  // resolve
  const resolved = await looking(core, c, (look) => bound.resolve(view, look, signal));
  // What a kill takes away is not there to be found: that it was stopped is why.
  if (isFault(resolved)) return end(core, c, signal.aborted ? STOPPED : resolved, soFar(verdict, resolved));
  c.needs = joined(needs, resolved.needs);
  verdict = judge(core, c);
  if (verdict.kind === "deny") return denied(core, c, verdict.fault, verdict.why);
  const fell = fellThrough(c, verdict);
  if (fell !== undefined) return end(core, c, fell);
  // preview
  let prepared = await looking(core, c, (look) => bound.prepare(view, look, signal));
  if (isFault(prepared)) return end(core, c, signal.aborted ? STOPPED : prepared, soFar(verdict, prepared));
  c.digest = digestOf(core, c, prepared);
  verdict = judge(core, c);
  if (verdict.kind === "deny") return denied(core, c, verdict.fault, verdict.why);
  // ask
  if (verdict.kind === "ask") {
    const refused = await put(core, c, op, verdict.open, prepared);
    if (refused !== undefined) return end(core, c, refused);
    // look again
    prepared = await looking(core, c, (look) => bound.prepare(view, look, signal));
    if (isFault(prepared)) return end(core, c, prepared);
    if (digestOf(core, c, prepared) !== c.digest) return end(core, c, MOVED);
    verdict = judge(core, c);
    if (verdict.kind === "deny") return denied(core, c, verdict.fault, verdict.why);
    if (verdict.kind === "ask") return end(core, c, RULES_MOVED);
  } else c.decision = grounds(core, c);
  c.by = verdict.by;
  // charge
  const cost = bound.cost();
  const earlier = core.state.open.get(call.id);
  const over =
    earlier === undefined || c.lost !== undefined ? overBudget(core, process.pid, cost) : undefined;
  if (over !== undefined) {
    const result = end(core, c, over.fault);
    if (spare !== true) stopForBudget(core, process, over);
    return result;
  }
  // begin
  if (earlier !== undefined && earlier.digest !== c.digest) return end(core, c, MOVED);
  const lasting = op.effect === "write" || op.effect === "external";
  if (earlier === undefined && (lasting || verdict.spends.length > 0)) {
    const begun = begin(core, c, verdict.spends, cost, prepared);
    if (lasting) await core.journal.durable(begun);
  } else if (earlier === undefined) pledge(core, call, cost);
  else if (c.lost !== undefined) await core.journal.durable(again(core, c, cost));
  const unkept = lasting ? await prepared?.keep?.() : undefined;
  if (unkept !== undefined) return end(core, c, unkept);
  // In this very tick, once more: a kill, a revoke or an expiry since then means that nothing is dispatched.
  if (signal.aborted || living(core, process.pid) === undefined) return end(core, c, STOPPED);
  const bar = barred(core);
  if (bar !== undefined) return end(core, c, bar);
  if (judge(core, c).kind !== "allow") return end(core, c, REVOKED);
  // invoke, end
  return invoke(core, c, bound, op, prepared, cost);
}
