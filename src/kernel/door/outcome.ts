// The course of a call: carrying out what the door decided, and writing down how it came out, exactly once.
import { fault, isFault, ok, type Fault, type Result } from "../../abi/errors.ts";
import type { Usage } from "../../abi/image.ts";
import type { DecisionWord, OutcomeWord, RecordData } from "../../abi/record.ts";
import type { Need } from "../../abi/resource.ts";
import { ActiveTime, waitingOf } from "./active.ts";
import { SHUTDOWN, withdraw } from "../questions/questions.ts";
import { unpledge } from "../processes/budget.ts";
import { canonical, commit, ENDED, living, viewOf, type Core } from "../core.ts";
import type { LiveCall } from "../call.ts";
import { entriesOf } from "./entries.ts";
import { guessed } from "../state/account.ts";
import { JournalError } from "../record/failure.ts";
import { exit } from "../processes/lifecycle.ts";
import type { Bound, Operation, Prepared } from "../operation.ts";
import { NO_USAGE, questionsOf, type Process } from "../state/rows.ts";
import { unread } from "./unread.ts";
import { REVOKED, whileHeld } from "./judge.ts";
import { mint } from "../witness.ts";

/** What has become of a call so far; `end` writes it down. Times are microseconds. */
export interface Course {
  readonly call: LiveCall;
  readonly process: Process;
  readonly op: Operation | undefined;
  readonly began: number;
  args: unknown;
  needs: readonly Need[];
  decision: DecisionWord;
  digest: string | undefined;
  by: readonly string[];
  begun: boolean;
  invoked: boolean;
  used: Usage;
  /** What it had reserved when a crash cut it off, while it may have happened and has not been sent again. */
  lost: Usage | undefined;
  why: string | undefined;
  saw: NonNullable<RecordData<"call.end">["saw"]>;
}

/** The course of a call that has just come in. */
export function open(
  core: Core,
  call: LiveCall,
  process: Process,
  op: Operation | undefined,
  args: unknown,
): Course {
  const begun = core.state.open.get(call.id);
  const unknown = begun !== undefined && op?.effect === "external" && op.idempotent;
  return {
    call,
    process,
    op,
    args,
    began: core.clock.micros(),
    needs: [],
    decision: "none",
    digest: undefined,
    by: [],
    begun: begun !== undefined,
    invoked: false,
    used: NO_USAGE,
    lost: unknown ? begun.reserve : undefined,
    why: undefined,
    saw: [],
  };
}

/** The invoke step: the backend with a full grant, then the end. */
export async function invoke(
  core: Core,
  c: Course,
  bound: Bound,
  op: Operation,
  prepared: Prepared | undefined,
  cost: Usage,
): Promise<Result<unknown>> {
  const { call, process } = c;
  let used = guessed(cost);
  const grant = mint.grant({
    mode: "full",
    call: call.id,
    pid: process.pid,
    needs: c.needs,
    entry: entriesOf(core, process.pid),
  });
  call.grant = grant;
  c.invoked = true;
  const active = new ActiveTime(core.clock);
  // While a person thinks nobody pays, and no timer runs.
  if (op.asks !== true) active.start();
  const invoked = bound.invoke({
    grant,
    signal: call.abort.signal,
    view: viewOf(core, process),
    prestate: prepared?.prestate ?? null,
    call: call.id,
    settle: (real) => {
      used = { ...NO_USAGE, ...real };
    },
    once: (act) => {
      const value = living(core, process.pid) === undefined ? ENDED : act();
      const did = { pid: process.pid, call: call.id };
      if (!isFault(value)) commit(core, "call.did", { value }, did);
      return value;
    },
    left: (seconds) => left(core, c, seconds),
    saw: (resource, sha256) => {
      c.saw.push({ resource, sha256 });
    },
    waiting: waitingOf(
      call,
      active,
      () => core.idle(),
      () => whileHeld(core, c),
    ),
  });
  let result: Awaited<typeof invoked>;
  try {
    result = await invoked;
    if (isFault(result) && call.abort.signal.reason === REVOKED) result = REVOKED;
  } finally {
    active.stop();
  }
  const { modelCalls, tokens, microdollars = 0 } = used;
  c.used = {
    modelCalls,
    toolCalls: used.toolCalls,
    tokens,
    activeSeconds: active.seconds,
    ...(microdollars === 0 ? {} : { microdollars }),
    ...(used.estimated === true ? { estimated: true } : {}),
  };
  return isFault(result) ? failed(core, c, bound, op, prepared, result) : end(core, c, result);
}

/** Counted on the clock of the wall, so that a machine that slept has slept; a clock set back adds nothing. */
function left(core: Core, { call, process }: Course, seconds: number): number {
  const ms = seconds * 1000;
  const now = core.clock.now();
  if (process.timers?.has(call.id) !== true) {
    const until = new Date(now + ms).toISOString();
    commit(core, "timer.set", { until }, { pid: process.pid, call: call.id });
  }
  return Math.min(Math.max((process.timers?.get(call.id) ?? now) - now, 0), ms);
}

/** What a call did before a crash cut it off: it ends as what it was, and costs what any call costs. */
export function before(core: Core, c: Course): unknown {
  const begun = core.state.open.get(c.call.id);
  c.decision = begun?.decision ?? "allow";
  c.invoked = true;
  c.used = begun?.reserve ?? { ...NO_USAGE, toolCalls: 1 };
  return c.process.did?.get(c.call.id);
}

/** A write that failed on the way is judged like one that a crash cut off: it may have happened after all. */
async function failed(
  core: Core,
  c: Course,
  bound: Bound,
  op: Operation,
  prepared: Prepared | undefined,
  error: Fault,
): Promise<Result<unknown>> {
  if (op.effect !== "write" || !["EIO", "EINTR", "EFAULT", "ENOSPC"].includes(error.code))
    return end(core, c, error);
  const probe = await bound.probe(prepared?.prestate ?? null, viewOf(core, c.process));
  if (probe.state === "done") {
    c.saw.push(...(probe.saw ?? []));
    return end(core, c, ok(probe.value));
  }
  return end(core, c, error, c.decision, probe.state === "unknown" ? "unknown" : "error");
}

/** Ends a call that the decision denied. */
export function denied(core: Core, c: Course, error: Fault, why: string): Result<unknown> {
  c.why = why;
  return end(core, c, error, "deny");
}

/**
 * Writes the one end of a call and returns what its caller gets. A call that waits while the runtime goes away in good
 * order writes nothing: it is taken up again under the same id.
 */
export function end(
  core: Core,
  c: Course,
  result: Result<unknown>,
  decision?: DecisionWord,
  outcome?: OutcomeWord,
): Result<unknown> {
  if (core.sealed !== undefined) return core.sealed;
  const { call } = c;
  if (!result.ok && call.abort.signal.reason === SHUTDOWN) return result;
  for (const asked of questionsOf(core.state, call.pid, call.id))
    if (asked.outcome === undefined) withdraw(core, asked.question);
  if (decision !== undefined) c.decision = decision;
  else if (c.op?.asks === true && c.decision === "allow") {
    if (result.ok) c.decision = "approved";
    else if (result.code === "ECANCELED") c.decision = "refused";
    else if (result.code === "ETIMEDOUT") c.decision = "expired";
    else if (result.code === "EACCES") c.decision = "deny";
  }
  const { lost } = c;
  const unrun: OutcomeWord = lost === undefined ? "not-run" : "unknown";
  const came: OutcomeWord = outcome ?? (result.ok ? "ok" : c.invoked ? "error" : unrun);
  const counts = c.invoked && c.op !== undefined && c.op.waits !== true && c.digest !== undefined;
  const data: RecordData<"call.end"> = {
    op: call.name,
    ...(call.tool === undefined ? {} : { tool: call.tool }),
    ...(c.begun ? {} : { args: c.args, needs: [...c.needs] }),
    decision: c.decision,
    outcome: came,
    ...(result.ok
      ? { value: unread(c.op, c.needs, result.value) }
      : { error: { code: result.code, message: result.message, hint: result.hint } }),
    ...(c.why === undefined ? {} : { why: c.why }),
    ...(c.by.length === 0 ? {} : { by: [...c.by] }),
    used: lost !== undefined ? guessed(lost) : came === "not-run" ? NO_USAGE : c.used,
    micros: core.clock.micros() - c.began,
    ...(counts ? { digest: c.digest, result: core.digests.sha256(canonical(result)) } : {}),
    ...(counts && result.ok && c.op?.effect === "write" ? { changed: true } : {}),
    ...(c.saw.length === 0 ? {} : { saw: c.saw }),
  };
  unpledge(core, call);
  return written(core, c, data, result);
}

/** Writes an end down; one that is too large, or not fit for a record, without what the call said and got. */
function written(
  core: Core,
  c: Course,
  data: RecordData<"call.end">,
  result: Result<unknown>,
): Result<unknown> {
  const at = { pid: c.process.pid, call: c.call.id };
  try {
    commit(core, "call.end", data, at);
    return result;
  } catch (bug) {
    if (core.sealed !== undefined) return core.sealed;
    const why = unfit(bug);
    const { args: _, value: __, ...rest } = data;
    const error = { code: why.code, message: why.message, hint: why.hint };
    const outcome = data.outcome === "ok" ? ("error" as const) : data.outcome;
    commit(core, "call.end", { ...rest, ...(c.begun ? {} : { args: null }), outcome, error }, at);
    return why;
  }
}

/** Why the journal would not take something. */
function unfit(bug: unknown): Fault {
  const why = bug instanceof JournalError ? bug.fault : fault("EFAULT", String(bug));
  return { ...why, hint: "Send or ask for less at once." };
}

/** A thrown bug: EFAULT on the record, and the end of that process and of nothing else. */
export function crash(core: Core, c: Course, bug: unknown): Result<unknown> {
  if (core.sealed !== undefined) return core.sealed;
  // It was cut off, not wrong: an end would say that it will not be taken up again.
  if (c.call.abort.signal.reason === SHUTDOWN) return fault("EINTR", "The runtime went away meanwhile.");
  if (bug instanceof JournalError) return end(core, c, unfit(bug));
  const text = bug instanceof Error ? bug.message : String(bug);
  const error = fault(
    "EFAULT",
    `A fault inside ${c.call.name}: ${text}`,
    "This is a bug in the runtime; the process was ended.",
  );
  const uncertain =
    c.invoked &&
    c.op !== undefined &&
    !c.op.idempotent &&
    (c.op.effect === "write" || c.op.effect === "external");
  const result = end(core, c, error, undefined, uncertain ? "unknown" : undefined);
  if (living(core, c.process.pid) !== undefined) exit(core, c.process.pid, "failed", null, error.message);
  return result;
}
