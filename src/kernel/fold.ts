// The fold: the only code that changes state, one case for each kind of record.
import { fault } from "../abi/errors.ts";
import type { Usage } from "../abi/image.ts";
import type { AnyRecord, JournalRecord, PolicyRule, Question, RecordData } from "../abi/record.ts";
import { keyed } from "./decide.ts";
import { note } from "./events.ts";
import { keep, release } from "./fold-objects.ts";
import { step, type LifeEvent, type Stop } from "./process.ts";
import { slotOf } from "./slot.ts";
import { DECIDED, INIT, newProcess, type CallResult, type Process, type State } from "./state.ts";

/** Which standing a question of each kind puts its process in. */
const STOP_OF: Readonly<Record<Question["kind"], Stop>> = {
  approval: "approval",
  permission: "approval",
  question: "question",
  budget: "budget",
  effect: "effect",
};

/** The units of an account, in the order they are checked. */
export const UNITS = ["modelCalls", "toolCalls", "tokens", "activeSeconds", "microdollars"] as const;

/** Accounts together. What nothing was priced or guessed in does not say so. */
export function add(a: Usage, b: Usage, sign: 1 | -1 = 1): Usage {
  const money = (a.microdollars ?? 0) + sign * (b.microdollars ?? 0);
  return {
    ...(a.microdollars === undefined && b.microdollars === undefined ? {} : { microdollars: money }),
    ...(a.estimated === true || b.estimated === true ? { estimated: true } : {}),
    modelCalls: a.modelCalls + sign * b.modelCalls,
    toolCalls: a.toolCalls + sign * b.toolCalls,
    tokens: a.tokens + sign * b.tokens,
    activeSeconds: a.activeSeconds + sign * b.activeSeconds,
  };
}

/** The process and those who pay with it, up to but not including init. */
export function* payers(state: State, pid: number): IterableIterator<Process> {
  for (
    let at = state.processes.get(pid);
    at !== undefined && at.pid !== INIT;
    at = state.processes.get(at.account)
  )
    yield at;
}

function live(process: Process | undefined, event: LifeEvent): void {
  if (process !== undefined) process.life = step(process.life, event) ?? process.life;
}

function signalled(process: Process | undefined, { signal, by }: RecordData<"process.signal">): void {
  if (process === undefined) return;
  if (signal === "terminate") process.ending = true;
  if (signal !== "pause" && signal !== "resume") return;
  live(process, { type: signal });
  process.pausedBy = signal === "pause" ? by : undefined;
}

/** Applies one record. It never fails: what a record says has happened, and a record of an unknown process is inert. */
export function apply(state: State, record: AnyRecord): void {
  state.seq = record.seq;
  state.time = record.time;
  change(state, record);
  if (record.pid !== undefined) note(state.processes.get(record.pid), record);
}

function change(state: State, record: AnyRecord): void {
  const process = record.pid === undefined ? undefined : state.processes.get(record.pid);
  switch (record.kind) {
    case "journal.open":
      state.roots = record.data.roots;
      rule(state, record.data.policy);
      return;
    case "policy.set":
      rule(state, record.data.policy, record.data.problem);
      return;
    case "process.spawn":
      spawn(state, record);
      return;
    case "process.signal":
      signalled(process, record.data);
      return;
    case "process.block":
      live(process, { type: "block", on: record.data.on });
      if (process !== undefined) process.reason = record.data.detail;
      return;
    case "process.wake":
      live(process, { type: "wake", on: record.data.from });
      return;
    case "process.exit":
      exit(state, process, record);
      return;
    case "process.reap":
      live(process, { type: "reap" });
      release(state);
      return;
    case "process.message":
      process?.conversation.push({ role: "user", text: record.data.text, by: record.data.by });
      if (record.data.by === "person") process?.refused.clear();
      return;
    case "process.exec":
      if (process !== undefined) Object.assign(process, record.data);
      return;
    case "process.cwd":
      if (process !== undefined) process.cwd = record.data.cwd;
      return;
    case "process.trim":
      if (process !== undefined) process.trimmed = record.data.from;
      return;
    case "process.budget":
      if (process !== undefined) {
        const raised = { ...process.budget };
        for (const unit of UNITS) {
          const more = record.data.add[unit];
          if (more !== undefined) raised[unit] = (raised[unit] ?? 0) + more;
        }
        process.budget = raised;
      }
      return;
    case "capability.mint":
      state.capabilities.add(record.data.capability);
      if (record.data.takes !== undefined && record.data.capability.parent !== undefined) {
        state.capabilities.spend(record.data.capability.parent, record.data.takes);
      }
      state.nextCapability += 1;
      return;
    case "capability.move":
      state.capabilities.move(record.data.id, record.data.to);
      return;
    case "message.send":
      process?.mailbox.push({ ...record.data, time: record.time });
      state.nextMessage += 1;
      return;
    case "message.take": {
      const at = process?.mailbox.findIndex((m) => m.id === record.data.id) ?? -1;
      if (at >= 0) process?.mailbox.splice(at, 1);
      return;
    }
    case "timer.set":
      process?.timers.set(record.call ?? "", Date.parse(record.data.until));
      return;
    case "call.did":
      process?.did.set(record.call ?? "", record.data.value);
      return;
    case "capability.revoke":
      state.capabilities.revoke(record.data.id);
      return;
    case "question.open":
      state.questions.set(record.data.id, { question: record.data, opened: record.time });
      state.nextQuestion += 1;
      live(process, { type: "block", on: STOP_OF[record.data.kind] });
      return;
    case "question.close":
      close(state, process, record);
      return;
    case "call.begin":
      begin(state, record);
      return;
    case "call.end":
      end(state, process, record);
      return;
    case "object.put":
    case "object.link":
    case "object.delete":
    case "image.register":
      keep(state, record);
      return;
    case "journal.close":
    case "head":
      return;
  }
}

function rule(state: State, policy: readonly PolicyRule[], problem?: string): void {
  state.policy = policy.map(keyed);
  state.policyProblem = problem;
}

function spawn(state: State, record: JournalRecord<"process.spawn">): void {
  const pid = record.pid ?? state.nextPid;
  const { parent, goal, launch, by, forked = 0, ...rest } = record.data;
  const above = state.processes.get(parent);
  const born = newProcess(
    {
      ...rest,
      ...{ pid, parent, goal, account: parent, started: record.time },
      ...(launch === undefined ? {} : { launch }),
    },
    [...(above?.conversation.slice(0, forked) ?? []), { role: "user", text: goal, by }],
  );
  if (forked > 0) born.trimmed = Math.min(above?.trimmed ?? 0, forked);
  state.processes.set(pid, born);
  above?.children.push(pid);
  state.nextPid = Math.max(state.nextPid, pid + 1);
}

function exit(state: State, process: Process | undefined, record: JournalRecord<"process.exit">): void {
  if (process === undefined) return;
  live(process, { type: "exit", exit: record.data.exit });
  process.result = record.data.result;
  process.reason = record.data.reason;
  process.mailbox.length = 0;
  process.timers.clear();
  const init = state.processes.get(INIT);
  for (const pid of process.children) {
    const child = state.processes.get(pid);
    if (child === undefined || child.life.reaped) continue;
    child.parent = INIT;
    init?.children.push(pid);
  }
}

function close(state: State, process: Process | undefined, record: JournalRecord<"question.close">): void {
  const asked = state.questions.get(record.data.id);
  if (asked === undefined || asked.outcome !== undefined) return;
  const { outcome, by, answer, minted = [] } = record.data;
  asked.outcome = outcome;
  asked.by = by;
  if (answer !== undefined) asked.answer = answer;
  // Taken back by whoever asked: nobody decided anything.
  if (outcome !== "cancelled") {
    const { id, pid, kind, asks, text, preview } = asked.question;
    const shown = preview === undefined ? undefined : { title: preview.title, target: preview.target };
    const question = { id, pid, kind, asks, text, preview: shown };
    state.decided.push({ question, outcome, by, answer, minted });
    if (state.decided.length > DECIDED) state.decided.shift();
  }
  live(process, { type: "wake", on: STOP_OF[asked.question.kind] });
  const { call, kind, digest } = asked.question;
  if (record.data.outcome === "denied" && kind === "approval") process?.refused.add(digest);
  if (call === undefined || kind === "effect") state.questions.delete(record.data.id);
}

function begin(state: State, record: JournalRecord<"call.begin">): void {
  if (record.call === undefined || record.pid === undefined) return;
  state.open.set(record.call, { ...record.data, id: record.call, pid: record.pid });
  const process = state.processes.get(record.pid);
  const slot = slotOf(record.call);
  if (process !== undefined && slot !== undefined && slot.index === undefined)
    process.answering = process.conversation.length;
  for (const id of record.data.spends) state.capabilities.spend(id, 1);
  for (const payer of payers(state, record.pid)) payer.reserved = add(payer.reserved, record.data.reserve);
}

function end(state: State, process: Process | undefined, record: JournalRecord<"call.end">): void {
  const { call, data } = record;
  if (call === undefined || process === undefined) return;
  process.timers.delete(call);
  process.did.delete(call);
  const open = state.open.get(call);
  if (open !== undefined) {
    state.open.delete(call);
    for (const payer of payers(state, process.pid)) payer.reserved = add(payer.reserved, open.reserve, -1);
    if (data.outcome === "not-run") for (const id of open.spends) state.capabilities.spend(id, -1);
  }
  for (const payer of payers(state, process.pid)) payer.used = add(payer.used, data.used);
  for (const [id, asked] of state.questions)
    if (asked.question.call === call && asked.outcome !== undefined) state.questions.delete(id);
  for (const { resource, sha256 } of data.saw ?? []) {
    if (sha256 === null) process.seen.delete(resource);
    else process.seen.set(resource, sha256);
  }
  if (data.changed === true) process.repeats.clear();
  else if (data.digest !== undefined && data.result !== undefined) {
    const before = process.repeats.get(data.digest);
    process.repeats.set(data.digest, {
      result: data.result,
      times: before?.result === data.result ? before.times + 1 : 1,
    });
  }
  const slot = slotOf(call);
  if (slot === undefined) {
    process.loose = Math.max(process.loose, Number(/x(\d+)$/u.exec(call)?.[1] ?? -1) + 1);
    return;
  }
  const { code, message, hint } = data.error ?? { code: "EFAULT" as const, message: "no result", hint: "" };
  // What was said to it while it thought, this answer does not know of: it stands behind, for the next turn.
  const said = slot.index === undefined ? process.answering : undefined;
  if (slot.index === undefined) process.answering = undefined;
  const result: CallResult =
    data.outcome === "ok" ? { ok: true, value: data.value } : fault(code, message, hint);
  if (slot.index !== undefined) {
    const entry = process.conversation.findLast((e) => e.role === "turn" && e.turn === slot.turn);
    if (entry?.role === "turn") entry.results.set(slot.index, result);
  } else if (result.ok) {
    process.conversation.splice(said ?? process.conversation.length, 0, {
      role: "turn",
      pid: process.pid,
      turn: slot.turn,
      answer: result.value,
      results: new Map<number, CallResult>(),
    });
    process.turns = slot.turn + 1;
    process.failures = 0;
  } else {
    process.failures += 1;
  }
}
