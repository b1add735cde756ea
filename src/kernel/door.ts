// The door: the one straight line that every syscall takes, from finding the operation to journaling its end.
import { fault, isFault, type Result } from "../abi/errors.ts";
import type { OpenAsk } from "../abi/record.ts";
import { ask } from "./approvals.ts";
import { LOOP, overBudget, repetition, stopForBudget } from "./budget.ts";
import { canonical, commit, ENDED, living, nowOf, until, viewOf, type Core, type LiveCall } from "./core.ts";
import { crash, denied, end, entriesOf, invoke, open, type Course } from "./course.ts";
import { decide, type Verdict } from "./decide.ts";
import { plan } from "./delegation.ts";
import type { Operation, Prepared } from "./operation.ts";
import { isRedacted } from "./redact.ts";
import { NO_USAGE, questionsOf } from "./state.ts";
import { isCaller, mint, type Caller, type Grant } from "./witness.ts";

/** Which call of a turn this is (`3` the turn's answer, `3.0` its first call), and whether the record replays it. */
export interface Slot {
  readonly id?: string;
  readonly tool?: string;
  readonly replay?: boolean;
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
    abort: new AbortController(),
    waits: undefined,
    preview: undefined,
    grant: undefined,
  };
  const op = core.operations.get(name);
  const course = open(core, call, process, op, raw);
  core.live.set(id, call);
  try {
    return await line(core, course, raw, slot.replay === true);
  } catch (bug) {
    return crash(core, course, bug);
  } finally {
    core.live.delete(id);
    call.grant?.expire();
  }
}

/** DESIGN 4, step by step. Each `return end(...)` is one way a call can come out. */
async function line(core: Core, c: Course, raw: unknown, replay: boolean): Promise<Result<unknown>> {
  const { call, process } = c;
  const { signal } = call.abort;
  // find
  const { op } = c;
  if (op === undefined)
    return end(
      core,
      c,
      fault("ENOSYS", `There is no "${call.tool ?? call.name}".`, "Use only the tools listed."),
    );
  // decode
  if (replay && isRedacted(raw))
    return end(
      core,
      c,
      fault(
        "ESTALE",
        "A secret in the arguments was kept out of the record, so this call did not survive the restart.",
        "Make the call again.",
      ),
    );
  const bound = op.decode(raw);
  if (isFault(bound)) return end(core, c, bound);
  c.args = bound.args;
  // locate
  const view = viewOf(core, process);
  const needs = bound.needs(view);
  if (isFault(needs)) return end(core, c, needs);
  c.needs = needs;
  const passes = bound.delegates(view);
  if (isFault(passes)) return end(core, c, passes);
  // decide
  const spent = core.state.open.get(call.id)?.spends;
  const judge = (): Verdict => judgement(core, c, spent);
  const unheld = plan(core, process.pid, passes);
  if (isFault(unheld)) return denied(core, c, unheld, "it lists a grant that is not held");
  let verdict = judge();
  if (verdict.kind === "deny") return denied(core, c, verdict.fault, verdict.why);
  // resolve
  const resolved = await looking(core, c, (look) => bound.resolve(view, look, signal));
  if (isFault(resolved)) return end(core, c, resolved, verdict.kind === "allow" ? "allow" : "none");
  if (resolved.needs.length > 0) {
    c.needs = [
      ...needs,
      ...resolved.needs.filter((n) => !needs.some((m) => m.resource === n.resource && m.right === n.right)),
    ];
    verdict = judge();
    if (verdict.kind === "deny") return denied(core, c, verdict.fault, verdict.why);
  }
  // preview
  let prepared = await looking(core, c, (look) => bound.prepare(view, look, signal));
  if (isFault(prepared)) return end(core, c, prepared, verdict.kind === "allow" ? "allow" : "none");
  c.digest = digestOf(core, c, prepared);
  verdict = judge();
  if (verdict.kind === "deny") return denied(core, c, verdict.fault, verdict.why);
  if (repetition(process, c.digest) >= LOOP.refuse)
    return denied(
      core,
      c,
      fault(
        "EACCES",
        "The same call gave the same result again and again.",
        "Do something else, or ask a person.",
      ),
      "loop",
    );
  // ask
  if (verdict.kind === "ask") {
    const refusal = await put(core, c, op, verdict.open, prepared);
    if (refusal !== undefined) return refusal;
    // look again
    prepared = await looking(core, c, (look) => bound.prepare(view, look, signal));
    if (isFault(prepared)) return end(core, c, prepared);
    if (digestOf(core, c, prepared) !== c.digest)
      return end(
        core,
        c,
        fault(
          "ESTALE",
          "What was approved has changed meanwhile.",
          "Read it again and propose the change anew.",
        ),
      );
    verdict = judge();
    if (verdict.kind === "deny") return denied(core, c, verdict.fault, verdict.why);
    if (verdict.kind === "ask")
      return end(core, c, fault("ESTALE", "The rules changed while a person was answering.", "Call again."));
  } else c.decision = core.state.open.get(call.id)?.decision ?? (wasApproved(core, c) ? "approved" : "allow");
  c.by = verdict.by;
  // charge
  const cost = bound.cost();
  const over = c.begun ? undefined : overBudget(core.state, process.pid, cost);
  if (over !== undefined) {
    const result = end(core, c, over.fault);
    stopForBudget(core, process, over);
    return result;
  }
  // begin
  const earlier = core.state.open.get(call.id);
  if (earlier !== undefined && earlier.digest !== c.digest)
    return end(
      core,
      c,
      fault("ESTALE", "It changed between the crash and now.", "Look at it and call again."),
    );
  const lasting = op.effect === "write" || op.effect === "external";
  if (earlier === undefined && (lasting || verdict.spends.length > 0)) {
    const tool = call.tool === undefined ? {} : { tool: call.tool };
    const begin = {
      op: op.name,
      ...tool,
      args: c.args,
      needs: [...c.needs],
      decision: c.decision,
      digest: c.digest,
      prestate: prepared?.prestate ?? null,
      spends: [...verdict.spends],
      reserve: cost,
    };
    const record = commit(core, "call.begin", begin, { pid: process.pid, call: call.id });
    c.begun = true;
    if (lasting) await core.journal.durable(record.seq);
  }
  const kept = lasting ? await prepared?.keep?.() : undefined;
  if (kept !== undefined) return end(core, c, kept);
  const now = judgement(core, c, core.state.open.get(call.id)?.spends);
  if (signal.aborted || living(core, process.pid) === undefined)
    return end(core, c, fault("EINTR", "It was stopped before anything happened.", ""));
  if (now.kind !== "allow")
    return end(
      core,
      c,
      fault("EACCES", "The authority for it was revoked meanwhile.", "Ask again if it is still needed."),
    );
  // invoke
  return invoke(core, c, bound, op, prepared, cost, earlier === undefined ? NO_USAGE : earlier.reserve);
}

function judgement(core: Core, c: Course, spent: readonly string[] | undefined): Verdict {
  const { capabilities: table, policy } = core.state;
  const at = nowOf(core, spent);
  const verdict = decide({
    needs: c.needs,
    holder: c.process.pid,
    table,
    policy,
    at,
    ...(c.digest === undefined ? {} : { digest: c.digest }),
  });
  if (verdict.kind === "deny" || c.digest === undefined || c.begun || c.decision === "approved")
    return verdict;
  if (c.op?.waits === true || repetition(c.process, c.digest) < LOOP.ask) return verdict;
  const [need] = c.needs;
  if (need === undefined) return verdict;
  const loop: OpenAsk = {
    key: "class:loop",
    need,
    reason: "the same call gave the same result twice, with nothing changed in between",
    once: true,
    secret: false,
  };
  return { kind: "ask", open: verdict.kind === "ask" ? [...verdict.open, loop] : [loop] };
}

/** True when a person allowed this very call before a reload. */
function wasApproved(core: Core, c: Course): boolean {
  return questionsOf(core.state, c.call.id).some(
    (a) => a.outcome === "allowed" && a.question.digest === c.digest,
  );
}

function digestOf(core: Core, c: Course, prepared: Prepared | undefined): string {
  return core.digests.sha256(canonical([c.call.name, c.args, c.needs, prepared?.prestate ?? null]));
}

/** Runs a look at the world under a look-only grant that dies with it. */
async function looking<T>(core: Core, c: Course, look: (grant: Grant) => Promise<T>): Promise<T> {
  const grant = mint.grant({
    mode: "look",
    call: c.call.id,
    pid: c.process.pid,
    needs: c.needs,
    entry: entriesOf(core, c.process.pid),
  });
  try {
    return await look(grant);
  } finally {
    grant.expire();
  }
}

/** Puts the one question of a call. Undefined when it was allowed; else the way the call came out. */
async function put(
  core: Core,
  c: Course,
  op: Operation,
  open: readonly OpenAsk[],
  prepared: Prepared | undefined,
): Promise<Result<unknown> | undefined> {
  const digest = c.digest ?? "";
  const open1 = open[0];
  if (c.process.refused.has(digest) && questionsOf(core.state, c.call.id).length === 0) {
    c.decision = "refused";
    return end(
      core,
      c,
      fault(
        "ECANCELED",
        "A person refused exactly this before.",
        "Do not ask again; find another way or finish.",
      ),
    );
  }
  const text = `${op.summary} ${open.map((a) => `${a.need.right} ${a.need.resource} (${a.reason})`).join("; ")}`;
  const preview = prepared?.preview ?? {
    title: op.name,
    target: open1?.need.resource ?? "",
    risk: open.some((a) => a.once) ? ("high" as const) : ("medium" as const),
  };
  const asked = await ask(core, c.call, {
    kind: "approval",
    op: op.name,
    args: c.args,
    digest,
    asks: [...open],
    needs: [...c.needs],
    text,
    preview,
  });
  if (asked?.outcome === "allowed") {
    c.decision = "approved";
    await until(core, c.process.pid, () => !c.process.life.paused, c.call.abort.signal);
    return undefined;
  }
  if (asked?.outcome === "denied") {
    c.decision = "refused";
    const note = asked.answer?.note;
    return end(
      core,
      c,
      fault(
        "ECANCELED",
        `${asked.by === "launcher" ? "The answering rule" : "A person"} said no${note === undefined ? "." : `: ${note}`}`,
        "Do not repeat it; find another way or finish.",
      ),
    );
  }
  c.decision = asked?.outcome === "expired" ? "expired" : "none";
  if (asked?.outcome === "expired")
    return end(core, c, fault("ETIMEDOUT", "Nobody answered in time.", "Go on without it or ask later."));
  return end(core, c, fault("EINTR", "Interrupted while waiting for a person.", ""));
}
