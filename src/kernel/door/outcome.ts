// Outcomes: writes the one end of a call, and holds the faults that the door itself returns.
import { fault, type Fault, type Result } from "../../abi/errors.ts";
import type { Usage } from "../../abi/image.ts";
import type { DecisionWord, OutcomeWord, RecordData } from "../../abi/record.ts";
import type { Call } from "../call.ts";
import { canonical, commit, living, type Core } from "../core.ts";
import type { Prepared } from "../operation.ts";
import { countRepetition, LOOP, overBudget, stopForBudget, unpledge } from "../processes/budget.ts";
import type { Overdraft } from "../processes/budget.ts";
import { endUnfinished, exitProcess } from "../processes/lifecycle.ts";
import { SHUTDOWN, withdrawQuestion } from "../questions/questions.ts";
import { JournalError } from "../record/failure.ts";
import { guessUsage, withoutEffects } from "../state/account.ts";
import { NO_USAGE, questionsOf } from "../state/rows.ts";
import { endOutput } from "./emit.ts";
import { endArgs, endValue, givenOf, keptArgs } from "./kept.ts";
import { recordedNeeds } from "./secrets.ts";
import { recordedPart } from "./sub.ts";

/** The fault of a replayed call whose arguments held a secret. */
export const LOST = fault(
  "ESTALE",
  "A secret in the arguments was kept out of the record, so this call did not survive the restart.",
  "Make the call again.",
);
/** The fault of a call whose prestate differs from the one that was checked. */
export const MOVED = fault(
  "ESTALE",
  "What this call was checked against has changed meanwhile.",
  "Read it again and propose the change anew.",
);
/** The fault of a call that would have to be asked about again after its answer. */
export const RULES_MOVED = fault("ESTALE", "The rules changed while a person was answering.", "Call again.");
/** The fault of a call whose operation was removed or replaced before its effect. */
export const GONE = fault(
  "ESTALE",
  "The tool was removed meanwhile.",
  "Look for another one with find_tools.",
);
/** The fault of a call that was aborted before its effect. */
export const STOPPED = fault(
  "EINTR",
  "It was stopped before anything happened.",
  "Call again if it is still wanted.",
);

/** The fault of a call that only the whole of a process may make. */
export const PART = fault(
  "EACCES",
  "A caller with a part of its agent's authority cannot do this.",
  "The agent itself can.",
);

/** The fault of a call whose name is no operation. */
export function noSuchOperation(call: Call): Fault {
  return fault("ENOSYS", `There is no "${call.slot.tool ?? call.name}".`, "Use only the tools listed.");
}

/** The fault of a call whose arguments are over a bound. */
export function oversized(call: Call, why: string): Fault {
  const hint = "Send less in one call; a large text goes into several files or parts.";
  return fault("E2BIG", `${call.slot.tool ?? call.name}: the arguments ${why}.`, hint);
}

/** Journals the intent, spends counted uses, and reserves the cost. Returns the sequence number to wait for. */
export function beginCall(
  core: Core,
  call: Call,
  spends: readonly string[],
  reserve: Usage,
  prepared: Prepared | undefined,
): number {
  const { id, pid, name: op, slot, decision, digest = "" } = call;
  call.effect = call.bound?.effect(prepared?.prestate ?? null);
  const tool = slot.tool === undefined ? {} : { tool: slot.tool };
  const checked = { needs: recordedNeeds(call), decision, digest, prestate: prepared?.prestate ?? null };
  const begun = {
    op,
    ...tool,
    ...keptArgs(core, call),
    ...givenOf(core, call),
    ...recordedPart(call),
    ...hashOf(call),
    ...checked,
    spends: [...spends],
    reserve,
    ...(call.effect === call.op?.effect ? {} : { effect: call.effect }),
  };
  const record = commit(core, "call.begin", begun, { pid, call: id });
  call.begun = true;
  return record.seq;
}

/** The declaration that a call of a registered operation names. */
function hashOf({ op }: Call): { hash?: string } {
  return op?.hash === undefined ? {} : { hash: op.hash };
}

/** Journals a second dispatch after a crash, which also charges the first. Returns as {@link beginCall}. */
export function beginAgain(core: Core, call: Call, reserve: Usage): number {
  const record = commit(core, "call.again", { reserve }, { pid: call.pid, call: call.id });
  call.lost = undefined;
  return record.seq;
}

/** Ends a call that the decision denied. */
export function endDenied(core: Core, call: Call, error: Fault, why: string): Result<unknown> {
  call.why = why;
  return endCall(core, call, error, "deny");
}

/**
 * Writes the one end of a call and returns the caller's result. A call that waits during an orderly shutdown writes
 * nothing, because it resumes under the same id.
 */
export function endCall(
  core: Core,
  call: Call,
  result: Result<unknown>,
  decision?: DecisionWord,
  outcome?: OutcomeWord,
): Result<unknown> {
  if (core.sealed !== undefined) return core.sealed;
  if (!result.ok && call.signal.reason === SHUTDOWN) return cutOff(call, result);
  endUnfinished(core, call.process, call.id);
  for (const asked of questionsOf(core.state, call.pid, call.id))
    if (asked.outcome === undefined) withdrawQuestion(core, asked.question);
  call.decision = decision ?? answeredDecision(call, result);
  const { op, lost } = call;
  const unrun: OutcomeWord = lost === undefined ? "not-run" : "unknown";
  const came: OutcomeWord = outcome ?? (result.ok ? "ok" : call.invoked ? "error" : unrun);
  unpledge(core, call);
  const refusal = came === "not-run" && lost === undefined ? refusalOf(core, call, result) : undefined;
  const spent = came === "error" ? withoutEffects(call.used) : call.used;
  const counts = call.invoked && op !== undefined && op.waits !== true && call.digest !== undefined;
  const written = counts && result.ok && op.effect === "write";
  const { fields } = call.changes;
  const data: RecordData<"call.end"> = {
    op: call.name,
    ...(call.slot.tool === undefined ? {} : { tool: call.slot.tool }),
    ...endArgs(core, call, result),
    ...(call.begun ? {} : { ...givenOf(core, call), ...recordedPart(call), needs: recordedNeeds(call) }),
    ...hashOf(call),
    decision: call.decision,
    outcome: came,
    ...(result.ok
      ? endValue(core, call, result.value)
      : {
          error: {
            ...{ code: result.code, message: result.message, hint: refusal?.result?.hint ?? result.hint },
            ...(result.tokens === undefined ? {} : { tokens: result.tokens }),
          },
        }),
    ...(call.why === undefined ? {} : { why: call.why }),
    ...(call.by.length === 0 ? {} : { by: [...call.by] }),
    used: lost !== undefined ? guessUsage(lost) : (refusal?.used ?? spent),
    micros: core.clock.micros() - call.entered,
    ...(counts ? { digest: call.digest, result: core.digests.sha256(canonical(result)) } : {}),
    ...(refusal?.counted ?? {}),
    ...(written || fields.changes !== undefined ? { changed: true } : {}),
    ...(call.saw.length === 0 ? {} : { saw: call.saw }),
    ...(call.found.length === 0 ? {} : { found: [...call.found] }),
    ...fields,
    ...endOutput(core, call),
  };
  const ended = commitEnd(core, call, data, refusal?.result ?? result);
  if (refusal?.over !== undefined && call.slot.spare !== true)
    stopForBudget(core, call.process, refusal.over);
  return ended;
}

/** The result of a call that a shutdown cut off. The call that made it is cut off, too: both run again later. */
function cutOff(call: Call, result: Fault): Fault {
  if (call.maker !== undefined) call.maker.cut = true;
  return result;
}

/** Codes of calls that the runtime or a person stopped, and of those that could not be paid: they cost nothing. */
const FREE: readonly string[] = ["EINTR", "EDQUOT"];

/** The cost of a call that did not run, and its count as a repetition. */
interface Refusal {
  readonly used: Usage;
  /** The fault for the caller, where its hint differs. */
  readonly result?: Fault;
  readonly over?: Overdraft | undefined;
  readonly counted?: { readonly digest: string; readonly result: string } | undefined;
}

/**
 * A call that was refused or malformed costs what any tool call costs, and is counted as a repetition: trying would be
 * free otherwise. Beyond its budget it costs nothing, and stops its process. One that had begun gives everything back.
 */
function refusalOf(core: Core, call: Call, result: Result<unknown>): Refusal {
  // What is no tool is called by the runtime alone; its cost may depend on arguments that were refused.
  const isTool = call.op === undefined || call.op.tool !== undefined;
  const toolCalls = !isTool ? 0 : call.bound === undefined ? 1 : Math.min(call.bound.cost(null).toolCalls, 1);
  if (result.ok || call.begun || toolCalls === 0 || FREE.includes(result.code)) return { used: NO_USAGE };
  const cost = { ...NO_USAGE, toolCalls };
  const over = overBudget(core, call.pid, cost);
  const counted = countedRefusal(core, call, result);
  const used = over === undefined ? cost : NO_USAGE;
  const times = counted === undefined ? 1 : countRepetition(call.process, counted.digest);
  if (times < LOOP.refuse) return { used, over, counted };
  const hint = "The same call was refused again and again. Do something else, or ask a person.";
  return { used, over, counted, result: { ...result, hint } };
}

/** The digests by which a refusal is known again. They differ from those of the call when it is allowed and runs. */
function countedRefusal(core: Core, { name, args }: Call, result: Fault): Refusal["counted"] {
  try {
    const digest = core.digests.sha256(canonical(["refused", name, args]));
    return { digest, result: core.digests.sha256(canonical(result)) };
  } catch {
    return undefined; // arguments that were never decoded may hold what JSON cannot say
  }
}

/** The decision of a call at its end. If its outcome is a person's answer, the answer decides the word. */
function answeredDecision({ op, decision }: Call, result: Result<unknown>): DecisionWord {
  if (op?.byPerson !== true || decision !== "allow") return decision;
  if (result.ok) return "approved";
  if (result.code === "ECANCELED") return "refused";
  if (result.code === "ETIMEDOUT") return "expired";
  return result.code === "EACCES" ? "deny" : decision;
}

/** Commits an end. One that is too large or not fit for a record is written without its arguments and value. */
function commitEnd(
  core: Core,
  call: Call,
  data: RecordData<"call.end">,
  result: Result<unknown>,
): Result<unknown> {
  const at = { pid: call.pid, call: call.id };
  call.ended = true;
  try {
    commit(core, "call.end", data, at);
    return result;
  } catch (bug) {
    if (core.sealed !== undefined) return core.sealed;
    const why = faultOfUnfit(bug);
    const { args: _, given: __, value: ___, ...rest } = data;
    const error = { code: why.code, message: why.message, hint: why.hint };
    const outcome = data.outcome === "ok" ? ("error" as const) : data.outcome;
    commit(core, "call.end", { ...rest, ...(call.begun ? {} : { args: null }), outcome, error }, at);
    return why;
  }
}

/** The fault for a record that the journal refused. */
function faultOfUnfit(bug: unknown): Fault {
  const why = bug instanceof JournalError ? bug.fault : fault("EFAULT", String(bug));
  return { ...why, hint: "Send or ask for less at once." };
}

/** Ends a call that threw: EFAULT in the record, and the end of its process and of nothing else. */
export function endThrown(core: Core, call: Call, bug: unknown): Result<unknown> {
  if (core.sealed !== undefined) return core.sealed;
  // The shutdown interrupted the call, and it resumes later, so it gets no end.
  if (call.signal.reason === SHUTDOWN)
    return cutOff(call, fault("EINTR", "The runtime went away meanwhile."));
  if (bug instanceof JournalError) return endCall(core, call, faultOfUnfit(bug));
  const text = bug instanceof Error ? bug.message : String(bug);
  const error = fault(
    "EFAULT",
    `A fault inside ${call.name}: ${text}`,
    "This is a bug in the runtime; the process was ended.",
  );
  const { op } = call;
  const acts = call.effect === "write" || call.effect === "external";
  const uncertain = call.invoked && op !== undefined && !op.idempotent && acts;
  const result = endCall(core, call, error, undefined, uncertain ? "unknown" : undefined);
  if (living(core, call.pid) !== undefined) exitProcess(core, call.pid, "failed", null, error.message);
  return result;
}
