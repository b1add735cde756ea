// Recovery: after a crash, judges every begin without an end by its operation's probe, or asks a person.
import { isFault } from "../../abi/errors.ts";
import { withdrawQuestion } from "../questions/questions.ts";
import { commit, viewOf, type Core } from "../core.ts";
import { deepestFirst, endCrashedCall, exitProcess } from "../processes/lifecycle.ts";
import type { Operation, Probe } from "../operation.ts";
import { partsOf } from "../state/call-id.ts";
import { questionsOf, type OpenCall } from "../state/rows.ts";

/**
 * Judges the calls that a crash left open. A call that was done gets its end. One that was not started stays open and
 * is dispatched again under the same begin when its process goes on. An unknown one stops the process until a person
 * says what happened. Calls of ended processes, and calls without a slot, only get their ends.
 */
export async function recoverCalls(core: Core): Promise<void> {
  for (const { question: asked, outcome } of [...core.state.questions.values()])
    if (outcome === undefined && asked.call !== undefined && isSlotless(asked.call))
      withdrawQuestion(core, asked);
  for (const call of deepestFirst(core)) {
    const process = core.state.processes.get(call.pid);
    const op = core.operations.find(call.op, call.pid);
    if (process === undefined) continue;
    const ended = process.life.ended !== undefined || process.ending || isSlotless(call.id);
    if (!ended && op !== undefined && mayRepeat(call, op)) continue;
    const probe = await probeCall(core, call);
    if (probe.state === "not-started") core.unstarted.add(call.id);
    if (probe.state === "done") endCrashedCall(core, call, "ok", probe);
    else if (ended) endCrashedCall(core, call, probe.state === "unknown" ? "unknown" : "not-run");
    else if (
      probe.state === "unknown" &&
      questionsOf(core.state, call.pid, call.id).every((a) => a.outcome !== undefined)
    )
      openEffectQuestion(core, call, probe.detail);
  }
  for (const { pid, ending } of [...core.state.processes.values()])
    if (ending) exitProcess(core, pid, "killed", null, "terminated");
}

/**
 * True when a call is made again without being judged. Never a write: once it was done, the state that it was prepared
 * for is gone. A second run would be refused as if the first had not been.
 */
function mayRepeat(call: OpenCall, { effect: most, idempotent }: Operation): boolean {
  const { effect = most } = call;
  return effect === "read" || effect === "kernel" || (effect === "external" && idempotent);
}

/** True for a call that belongs to no turn, and for the calls of such a call: nothing dispatches it again. */
function isSlotless(call: string): boolean {
  return partsOf(call)?.turn === undefined;
}

/** Asks the operation of a call whether its effect happened. */
async function probeCall(core: Core, call: OpenCall): Promise<Probe> {
  const process = core.state.processes.get(call.pid);
  const bound = core.operations.find(call.op, call.pid)?.decode(call.args);
  if (process === undefined || bound === undefined || isFault(bound))
    return { state: "unknown", detail: "its arguments are no longer readable" };
  try {
    return await bound.probe(call.prestate, viewOf(core, process), call.noted);
  } catch (bug) {
    return { state: "unknown", detail: bug instanceof Error ? bug.message : String(bug) };
  }
}

/** Opens the question whether an effect happened. */
function openEffectQuestion(core: Core, call: OpenCall, detail: string): void {
  const text = `It is not known whether ${call.op} happened before the crash: ${detail}. Did it happen?`;
  const fixed = {
    kind: "effect",
    op: call.op,
    digest: call.digest,
    asks: [],
    needs: [...call.needs],
    args: call.args,
  };
  commit(
    core,
    "question.open",
    { ...fixed, id: `q${core.state.nextQuestion}`, pid: call.pid, call: call.id, text },
    { pid: call.pid },
  );
}
