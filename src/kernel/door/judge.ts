// Steps of the door that need more than a line each: judging, looking, asking, beginning, and what they say.
import { fault, type Fault } from "../../abi/errors.ts";
import type { Usage } from "../../abi/image.ts";
import type { DecisionWord, OpenAsk } from "../../abi/record.ts";
import type { Need } from "../../abi/resource.ts";
import { ask } from "../questions/questions.ts";
import { LOOP, repetition } from "../processes/budget.ts";
import { canonical, commit, listen, nowOf, until, type Core } from "../core.ts";
import type { LiveCall } from "../call.ts";
import type { Course } from "./outcome.ts";
import { decide, type Verdict } from "../authority/decide.ts";
import { entriesOf } from "./entries.ts";
import type { Operation, Prepared } from "../operation.ts";
import { questionsOf } from "../state/rows.ts";
import { mint, type Grant } from "../witness.ts";

export const LOST = fault(
  "ESTALE",
  "A secret in the arguments was kept out of the record, so this call did not survive the restart.",
  "Make the call again.",
);
export const MOVED = fault(
  "ESTALE",
  "What this call was checked against has changed meanwhile.",
  "Read it again and propose the change anew.",
);
export const RULES_MOVED = fault("ESTALE", "The rules changed while a person was answering.", "Call again.");
export const STOPPED = fault(
  "EINTR",
  "It was stopped before anything happened.",
  "Call again if it is still wanted.",
);
export const REVOKED = fault("EACCES", "The authority for it was revoked meanwhile.", "Ask again if needed.");

export function noSuch(call: LiveCall): Fault {
  return fault("ENOSYS", `There is no "${call.tool ?? call.name}".`, "Use only the tools listed.");
}

/** What to write down for a call that ended before its question was put; a way that leads out is a denial. */
export function soFar(verdict: Verdict, why: Fault): DecisionWord {
  if (why.code === "EACCES") return "deny";
  return verdict.kind === "allow" ? "allow" : "none";
}

/** Lexical needs and those of the real names, each once. */
export function joined(needs: readonly Need[], more: readonly Need[]): readonly Need[] {
  const seen = new Set(needs.map((n) => `${n.right} ${n.resource}`));
  return more.length === 0 ? needs : [...needs, ...more.filter((n) => !seen.has(`${n.right} ${n.resource}`))];
}

/**
 * The decision for a call as far as it is known. What an earlier begin of this very call spent counts as held. A call
 * that keeps giving the same result is asked for, and in the end refused, whatever is held.
 */
export function judge(core: Core, c: Course): Verdict {
  const { capabilities: table, policy } = core.state;
  const at = nowOf(core, core.state.open.get(c.call.id)?.spends);
  const digest = c.digest === undefined ? {} : { digest: c.digest };
  const times = c.digest === undefined || c.op?.waits === true ? 1 : repetition(c.process, c.digest);
  const extra = times < LOOP.ask ? [] : loopAsks(c.needs);
  const verdict = decide({ needs: c.needs, holder: c.process.pid, table, policy, at, ...digest, extra });
  if (verdict.kind === "deny" || times < LOOP.refuse || c.begun) return verdict;
  const why = "the same call gave the same result again and again";
  const hint = "Do something else, or ask a person.";
  return { kind: "deny", why, fault: fault("EACCES", `Refused: ${why}.`, hint) };
}

/** Looks, while a call waits, whether it still may: a revoke or a rule since then cuts it short. Returns the way to stop. */
export function whileHeld(core: Core, c: Course): () => void {
  const stands = (id: string): boolean => {
    const held = core.state.capabilities.get(id);
    return held !== undefined && core.state.capabilities.live(held, nowOf(core));
  };
  return listen(core, c.call.pid, ({ kind }) => {
    // Most revokes are of what this call does not rest on, and those that wait may be many.
    const taken = (kind === "capability.revoke" || kind === "capability.move") && !c.by.every(stands);
    const ruled = kind === "policy.set" || kind === "capability.mint";
    if ((taken || ruled) && judge(core, c).kind !== "allow") c.call.abort.abort(REVOKED);
  });
}

/** The ask of a call that repeats itself. One that needs nothing has nothing to ask for; it is refused in the end. */
function loopAsks(needs: readonly Need[]): OpenAsk[] {
  const reason = "the same call gave the same result twice, with nothing changed in between";
  return needs.slice(0, 1).map((need) => ({ key: "class:loop", need, reason, once: true, secret: false }));
}

/** Why a call that nobody was asked for now may run: it began before, was approved before a reload, or is allowed. */
export function grounds(core: Core, c: Course): DecisionWord {
  const approved = questionsOf(core.state, c.call.pid, c.call.id).some(
    (a) => a.outcome === "allowed" && a.question.digest === c.digest,
  );
  return core.state.open.get(c.call.id)?.decision ?? (approved ? "approved" : "allow");
}

/** What an approval binds: the operation, its decoded arguments, the real names and the prestate. */
export function digestOf(core: Core, c: Course, prepared: Prepared | undefined): string {
  return core.digests.sha256(canonical([c.call.name, c.args, c.needs, prepared?.prestate ?? null]));
}

/** Runs a look at the world under a look-only grant that dies with it. */
export async function looking<T>(core: Core, c: Course, look: (grant: Grant) => Promise<T>): Promise<T> {
  const entry = entriesOf(core, c.process.pid);
  const grant = mint.grant({ mode: "look", call: c.call.id, pid: c.process.pid, needs: c.needs, entry });
  try {
    return await look(grant);
  } finally {
    grant.expire();
  }
}

/**
 * A change of a change set that was made for another one of it that was refused, or that nobody answered, is refused
 * with it, unasked. What is asked for each time stands for itself.
 */
export function fellThrough(c: Course, verdict: Verdict): Fault | undefined {
  if (verdict.kind !== "ask" || verdict.open.some((a) => a.once)) return undefined;
  const turn = c.process.conversation.findLast((e) => e.role === "turn");
  const codeOf = (i: number): string | undefined => {
    const result = turn?.results.get(i);
    return result?.ok === false ? result.code : undefined;
  };
  const refused = c.call.builtOn.find((i) => ["ECANCELED", "ETIMEDOUT"].includes(codeOf(i) ?? ""));
  if (refused === undefined) return undefined;
  c.decision = "refused";
  const how = codeOf(refused) === "ECANCELED" ? "refused" : "not answered in time";
  const why = `It was built on call ${refused} of this turn, which was ${how}.`;
  return fault("ECANCELED", why, "Do not repeat it; find another way or finish.");
}

/** Puts the one question of a call and waits. Undefined when it was allowed, else the fault that the caller gets. */
export async function put(
  core: Core,
  c: Course,
  op: Operation,
  open: readonly OpenAsk[],
  prepared: Prepared | undefined,
): Promise<Fault | undefined> {
  const digest = c.digest ?? "";
  if (
    c.process.refused?.has(digest) === true &&
    questionsOf(core.state, c.call.pid, c.call.id).length === 0
  ) {
    c.decision = "refused";
    return fault("ECANCELED", "Exactly this was refused before.", "Find another way or finish.");
  }
  const wants = open.map((a) => `${a.need.right} ${a.need.resource} (${a.reason})`).join("; ");
  const preview = prepared?.preview ?? {
    title: op.summary,
    target: open[0]?.need.resource ?? "",
    risk: open.some((a) => a.once) ? ("high" as const) : ("medium" as const),
  };
  const bound = { op: op.name, args: c.args, digest, asks: [...open], needs: [...c.needs] };
  // The texts of a secret file are for the person's eyes and never for the record.
  const { before: _, after: __, ...outline } = preview;
  const kept = open.some((a) => a.secret) ? outline : preview;
  const asking = { kind: "approval" as const, ...bound, text: wants, preview: kept };
  const asked = await ask(core, c.call, asking, preview, () => judge(core, c).kind === "deny");
  if (asked?.outcome === "allowed") {
    c.decision = "approved";
    await until(core, c.process.pid, () => !c.process.life.paused, c.call.abort.signal);
    return c.call.abort.signal.aborted ? STOPPED : undefined;
  }
  if (asked?.outcome === "denied") {
    c.decision = "refused";
    const who = asked.by === "launcher" ? "The answering rule" : "A person";
    const note = asked.answer?.note === undefined ? "." : `: ${asked.answer.note}`;
    return fault("ECANCELED", `${who} said no${note}`, "Do not repeat it; find another way or finish.");
  }
  if (asked?.outcome === "expired") {
    c.decision = "expired";
    return fault("ETIMEDOUT", "Nobody answered in time.", "Go on without it or ask later.");
  }
  const now = judge(core, c);
  if (now.kind !== "deny" || c.call.abort.signal.aborted)
    return fault("EINTR", "Interrupted while waiting for a person.");
  c.decision = "deny";
  c.why = now.why;
  return now.fault;
}

/** Journals that a call is sent once more; what the crash left of it is charged with that. Returns as {@link begin}. */
export function again(core: Core, c: Course, reserve: Usage): number {
  const record = commit(core, "call.again", { reserve }, { pid: c.call.pid, call: c.call.id });
  c.lost = undefined;
  return record.seq;
}

/** Journals the intent, spends what is counted, and reserves the cost. Returns the sequence number to wait for. */
export function begin(
  core: Core,
  c: Course,
  spends: readonly string[],
  reserve: Usage,
  prepared: Prepared | undefined,
): number {
  const { call, decision, args, digest = "" } = c;
  const tool = call.tool === undefined ? {} : { tool: call.tool };
  const checked = { needs: [...c.needs], decision, digest, prestate: prepared?.prestate ?? null };
  const begun = { op: call.name, ...tool, args, ...checked, spends: [...spends], reserve };
  const record = commit(core, "call.begin", begun, { pid: call.pid, call: call.id });
  c.begun = true;
  return record.seq;
}
