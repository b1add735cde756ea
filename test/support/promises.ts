// Invariants of every kernel at every moment: which process waits, which message is delivered, which account pays.
import assert from "node:assert/strict";
import { modelAnswerSchema } from "../../src/abi/model.ts";
import type { Usage } from "../../src/abi/image.ts";
import type { AnyRecord } from "../../src/abi/record.ts";
import { addUsage, payers, UNITS } from "../../src/kernel/state/account.ts";

import type { Kernel } from "../../src/kernel/kernel.ts";
import type { Call } from "../../src/kernel/call.ts";
import { mayRun } from "../../src/kernel/state/life.ts";
import { slotOf } from "../../src/kernel/state/call-id.ts";
import { NO_USAGE } from "../../src/kernel/state/rows.ts";
import type { TestKernel } from "./kernel.ts";

interface Waited {
  readonly from?: number;
  readonly channel?: string;
  readonly pid?: number;
}

/** What a live call of a turn was asked to do, as its model said it. */
function argsOf({ state }: Kernel, call: Call): Waited {
  const slot = slotOf(call.id);
  const turn = state.processes
    .get(call.pid)
    ?.conversation.findLast((e) => e.role === "turn" && e.turn === slot?.turn);
  const answer = modelAnswerSchema.parse(turn?.role === "turn" ? turn.answer : undefined);
  return answer.calls[slot?.index ?? -1]?.args ?? {};
}

/** Why a call that waits should not: what it waits for has happened, or never will. Undefined while it is right to. */
function overdue({ kernel, clock }: TestKernel, call: Call): string | undefined {
  const { state } = kernel;
  const me = state.processes.get(call.pid);
  if (me?.life.ended !== undefined) return "its process has ended";
  const until = me?.timers?.get(call.id);
  if (until !== undefined && until <= clock.now()) return "its time is over";
  if (call.waits === "question" || call.waits === "approval")
    return [...state.questions.values()].some((q) => q.question.call === call.id && q.outcome === undefined)
      ? undefined
      : "its question is closed";
  if (call.waits === "message") {
    const { from, channel } = argsOf(kernel, call);
    const fits = me?.mailbox.find((m) => (from ?? m.from) === m.from && (channel ?? m.channel) === m.channel);
    return fits && `message ${fits.id} is there`;
  }
  if (call.waits === "child") {
    const { pid } = argsOf(kernel, call);
    const over = (p: number): boolean => state.processes.get(p)?.life.ended !== undefined;
    if (pid !== undefined) return over(pid) ? `process ${pid} has ended` : undefined;
    const children = (me?.children ?? []).filter((c) => state.processes.get(c)?.life.reaped !== true);
    const child = children.find(over);
    if (child !== undefined) return `child ${child} has ended`;
    return children.length === 0 ? "no child is left" : undefined;
  }
  return undefined;
}

/** No lost wake-up: nobody is blocked on what has happened, and whoever may go on does. To be asked a tick after the last act. */
export function nobodyIsForgotten(k: TestKernel): void {
  const { core } = k;
  const { state } = core;
  for (const call of core.live.values())
    if (call.waits !== undefined && call.waits !== "model")
      assert.equal(overdue(k, call), undefined, `${call.id} ${call.name} waits for its ${call.waits}`);
  const open = [...state.questions.values()].filter((q) => q.outcome === undefined);
  for (const { pid, life } of state.processes.values()) {
    if (pid === 1) continue;
    const { approval = 0, question = 0, budget = 0, effect = 0 } = life.stops;
    const mine = open.filter((q) => q.question.pid === pid);
    assert.equal(approval + question + budget + effect, mine.length, `${pid} stands ${JSON.stringify(life)}`);
    if (mayRun(life)) assert.ok(core.loops.has(pid), `${pid} may run and does not`);
  }
}

/** The processes that have ended. */
export function ended({ state }: Kernel): Set<number> {
  return new Set([...state.processes.values()].filter((p) => p.life.ended !== undefined).map((p) => p.pid));
}

/** Nothing is left of those who ended a few ticks ago: no loop, call, question, message or timer. */
export function theDeadRest({ core }: TestKernel, dead: ReadonlySet<number>): void {
  const { state } = core;
  const ended = (pid: number): boolean => dead.has(pid);
  assert.deepEqual([...core.loops.keys()].filter(ended), [], "loops of ended processes");
  assert.deepEqual(
    [...core.live.values()].filter((c) => ended(c.pid)).map((c) => c.id),
    [],
    "their live calls",
  );
  assert.deepEqual(
    [...state.open.values()].filter((c) => ended(c.pid)).map((c) => c.id),
    [],
    "their open calls",
  );
  const asking = [...state.questions.values()].filter((q) => ended(q.question.pid));
  assert.deepEqual(
    asking.map((q) => q.question.id),
    [],
    "their questions",
  );
  for (const { pid, life, mailbox, timers, did } of state.processes.values()) {
    if (!ended(pid)) continue;
    assert.deepEqual([life.paused, life.stops], [false, {}]);
    assert.deepEqual(
      [mailbox.length, timers?.size ?? 0, did?.size ?? 0],
      [0, 0, 0],
      `${pid}: mailbox, timers, done`,
    );
  }
}

/** Nothing runs and nothing waits: no loop, no call, no timer, nothing set aside. */
export function allIsStill({ core, kernel, clock }: TestKernel): void {
  const { loops, live, waiters, parked, pledged } = core;
  assert.deepEqual(
    [loops.size, live.size, waiters.size, parked.size, clock.pending],
    [0, 0, 0, 0, 0],
    "loops, calls, waiters, parked, timers",
  );
  for (const [pid, aside] of pledged)
    for (const unit of UNITS) assert.equal(aside[unit] ?? 0, 0, `${pid} pledged`);
  for (const { pid, reserved } of kernel.state.processes.values())
    for (const unit of UNITS) assert.equal(reserved[unit] ?? 0, 0, `${pid} reserves ${unit}`);
}

function once(names: readonly unknown[], what: string): void {
  const seen = new Set<unknown>();
  for (const name of names) {
    assert.ok(!seen.has(name), `${what} twice: ${String(name)}`);
    seen.add(name);
  }
}

/** Each message is sent once by its call, taken at most once, told to one call, and lost by nobody who lives. */
export function messagesCameOnce(records: readonly AnyRecord[], { state }: Kernel): void {
  const of = <K extends AnyRecord["kind"]>(kind: K) =>
    records.filter((r): r is Extract<AnyRecord, { kind: K }> => r.kind === kind);
  const sent = of("message.send");
  const taken = of("message.take");
  const ends = of("call.end").filter((e) => e.data.outcome === "ok");
  const idOf = (e: (typeof ends)[number]): string => (e.data.value as { id: string }).id;
  once(
    sent.map((r) => r.data.text),
    "sent",
  );
  once(
    taken.map((r) => r.data.id),
    "taken",
  );
  once(
    of("call.begin").map((r) => r.call),
    "begun",
  );
  once(
    of("call.end").map((r) => r.call),
    "ended",
  );
  const told = ends.filter((e) => e.data.op === "process.receive");
  once(told.map(idOf), "told");
  for (const end of told)
    assert.ok(
      taken.some((t) => t.data.id === idOf(end) && t.pid === end.pid),
      `${idOf(end)} was not taken`,
    );
  for (const end of ends.filter((e) => e.data.op === "process.send"))
    assert.ok(
      sent.some((s) => s.data.id === idOf(end)),
      `${idOf(end)} was not sent`,
    );
  const gone = new Set(taken.map((t) => t.data.id));
  for (const { pid, life, mailbox } of state.processes.values()) {
    if (life.ended !== undefined) continue;
    const left = sent.filter((s) => s.pid === pid && !gone.has(s.data.id)).map((s) => s.data.id);
    assert.deepEqual(
      mailbox.map((m) => m.id),
      left,
      `the mailbox of ${pid}`,
    );
  }
}

/**
 * Accounts add up: nothing below zero, nobody above a budget in what is counted beforehand, everybody's account is their
 * own calls and their family's, and what is set aside is what open calls reserve.
 */
export function accountsAddUp(records: readonly AnyRecord[], { state }: Kernel): void {
  const used = new Map<number, Usage>();
  const reserved = new Map<number, Usage>();
  const to = (book: Map<number, Usage>, pid: number, more: Usage): void => {
    for (const { pid: payer } of payers(state, pid))
      book.set(payer, addUsage(book.get(payer) ?? NO_USAGE, more));
  };
  const sent = new Map<string, Usage>();
  for (const r of records) {
    if (r.kind === "call.end") to(used, r.pid ?? 0, r.data.used);
    if (r.kind === "call.end" && r.data.outcome === "not-run")
      for (const unit of UNITS)
        // A refusal costs one tool call; one that was stopped, could not be paid or had begun costs nothing.
        assert.ok(
          (r.data.used[unit] ?? 0) <= (unit === "toolCalls" && !isFree(r.data.error?.code) ? 1 : 0),
          `${r.call} was not run and is charged`,
        );
    if (r.kind === "call.again") to(used, r.pid ?? 0, sent.get(r.call ?? "") ?? NO_USAGE);
    if (r.kind === "call.begin" || r.kind === "call.again") sent.set(r.call ?? "", r.data.reserve);
  }
  for (const { pid, reserve } of state.open.values()) to(reserved, pid, reserve);
  for (const process of state.processes.values()) {
    const { pid, budget } = process;
    if (pid === 1) continue;
    for (const unit of UNITS) {
      const has = process.used[unit] ?? 0;
      const holds = process.reserved[unit] ?? 0;
      const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;
      assert.ok(has >= 0 && holds >= 0, `${pid} ${unit}: ${has} used, ${holds} reserved`);
      assert.ok(near(has, used.get(pid)?.[unit] ?? 0), `${pid} ${unit}: ${has} is not what its calls used`);
      assert.ok(near(holds, reserved.get(pid)?.[unit] ?? 0), `${pid} ${unit}: ${holds} is not what is open`);
      const limit = budget[unit];
      if (unit !== "activeSeconds" && limit !== undefined)
        assert.ok(has + holds <= limit, `${pid} ${unit}: ${has} used and ${holds} reserved of ${limit}`);
    }
  }
}

/** True for the codes of calls that cost nothing because they were stopped or could not be paid. */
function isFree(code: string | undefined): boolean {
  return code === undefined || code === "EINTR" || code === "EDQUOT";
}
