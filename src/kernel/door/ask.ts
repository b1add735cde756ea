// Asking: puts the one question of a call to a person, and turns the answer into a decision or a fault.
import { recordedNeed, type OpenAsk } from "../../abi/question.ts";
import { fault, type Fault } from "../../abi/errors.ts";
import type { Verdict } from "../authority/decide.ts";
import type { Call } from "../call.ts";
import { until, type Core } from "../core.ts";
import type { Operation, Prepared } from "../operation.ts";
import { askQuestion, faultBeforeAsking } from "../questions/questions.ts";
import { familyRoot } from "../state/account.ts";
import type { AskedQuestion } from "../state/rows.ts";
import { judgeCall, wishDigest } from "./judge.ts";
import { STOPPED } from "./outcome.ts";
import { recordedArgs, recordedNeeds, touchesSecret } from "./secrets.ts";

/**
 * Refuses a change that builds on another change of the same turn, if that one was refused or not answered. Nobody is
 * asked. A change that must be asked for each time is judged by itself.
 */
export function refusedWithParent(call: Call, verdict: Verdict): Fault | undefined {
  const { builtOn = [] } = call.slot;
  if (builtOn.length === 0 || verdict.kind !== "ask" || verdict.open.some((a) => a.once)) return undefined;
  const turn = call.process.conversation.findLast((e) => e.role === "turn");
  const codeOf = (i: number): string | undefined => {
    const result = turn?.results.get(i);
    return result?.ok === false ? result.code : undefined;
  };
  const refused = builtOn.find((i) => ["ECANCELED", "ETIMEDOUT"].includes(codeOf(i) ?? ""));
  if (refused === undefined) return undefined;
  call.decision = "refused";
  const how = codeOf(refused) === "ECANCELED" ? "refused" : "not answered in time";
  const why = `It was built on call ${refused} of this turn, which was ${how}.`;
  return fault("ECANCELED", why, "Do not repeat it; find another way or finish.");
}

/** Asks about all open needs in one question and waits. Undefined when it was allowed, else the caller's fault. */
export async function askAndWait(
  core: Core,
  call: Call,
  op: Operation,
  open: readonly OpenAsk[],
  prepared: Prepared | undefined,
): Promise<Fault | undefined> {
  const digest = call.digest ?? "";
  const wish = wishDigest(core, call);
  const unasked = faultBeforeAsking(core, call, wish);
  if (unasked !== undefined) {
    call.decision = unasked.code === "ECANCELED" ? "refused" : "none";
    return unasked;
  }
  const wants = open.map((a) => `${a.need.right} ${a.need.resource} (${a.reason})`).join("; ");
  const preview = prepared?.preview ?? {
    target: open[0]?.need.resource ?? "",
    risk: open.some((a) => a.once) ? ("high" as const) : ("medium" as const),
  };
  const bound = {
    op: op.name,
    args: recordedArgs(call, core.state),
    digest,
    wish,
    asks: open.map((ask) => ({ ...ask, need: recordedNeed(ask.need) })),
    needs: recordedNeeds(call),
  };
  // A person sees the texts of a secret file; the record never holds them.
  const { before: _, after: __, ...outline } = preview;
  const kept = touchesSecret(call.needs, core.state) ? outline : preview;
  const asking = { kind: "approval", ...bound, text: wants, preview: kept };
  const asked = await askQuestion(core, call, asking, preview, () => judgeCall(core, call).kind === "deny");
  const refused = asked === undefined ? undefined : refusalOf(core, call, asked);
  if (refused !== undefined) return refused;
  if (asked?.outcome === "allowed") {
    call.decision = "approved";
    await until(core, call.pid, () => !call.process.life.paused, call.signal);
    return call.signal.aborted ? STOPPED : undefined;
  }
  const now = judgeCall(core, call);
  if (now.kind !== "deny" || call.signal.aborted)
    return fault("EINTR", "Interrupted while waiting for a person.");
  call.decision = "deny";
  call.why = now.why;
  return now.fault;
}

/** The fault of a call whose question was denied or expired; undefined when it was neither. */
function refusalOf(core: Core, call: Call, { outcome, by, answer }: AskedQuestion): Fault | undefined {
  if (outcome === "denied") {
    call.decision = "refused";
    const rule = familyRoot(core.state, call.pid)?.launch?.answer ?? "deny";
    const who = by === "launcher" ? `The answering rule (--answer ${rule})` : "A person";
    const note = answer?.note === undefined ? "." : `: ${answer.note}`;
    return fault("ECANCELED", `${who} said no${note}`, "Do not repeat it; find another way or finish.");
  }
  if (outcome !== "expired") return undefined;
  call.decision = "expired";
  return fault("ETIMEDOUT", "Nobody answered in time.", "Go on without it or ask later.");
}
