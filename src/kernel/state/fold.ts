// The fold: the only code that changes state, one case for each kind of record; `fold-*.ts` beside it are its parts.
import type { PolicyRule } from "../../abi/policy.ts";
import type { AnyRecord } from "../../abi/record.ts";
import { keyed } from "../authority/decide.ts";
import { note } from "./events.ts";
import { again, begin, end } from "./calls.ts";
import { keep, leave, release } from "./objects.ts";
import { exit, live, raise, signalled, spawn, told, trim } from "./processes.ts";
import { close, open, settle } from "./questions.ts";
import { namespaceOf } from "../authority/namespace.ts";
import { emptyState, type State } from "./rows.ts";

/** A state as records are folded into it, oldest first, and the latest time that any of them names. */
export class Folded {
  readonly state: State;
  latest = "";

  constructor(sha256: (text: string) => string, records: Iterable<AnyRecord> = []) {
    this.state = emptyState(sha256);
    for (const record of records) this.take(record);
  }

  take(record: AnyRecord): void {
    apply(this.state, record);
    if (record.time > this.latest) this.latest = record.time;
  }
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
      if (process !== undefined) settle(state, process);
      return;
    case "process.reap":
      live(process, { type: "reap" });
      if (process?.life.reaped === true) leave(state, process.pid);
      return;
    case "process.message":
      process?.conversation.push({ role: "user", text: record.data.text, by: record.data.by });
      if (process !== undefined && record.data.by === "person") process.refused = undefined;
      return;
    case "process.exec":
      if (process !== undefined) Object.assign(process, record.data);
      return;
    case "process.cwd":
      if (process !== undefined) process.cwd = record.data.cwd;
      return;
    case "process.trim":
      trim(state, process, record.data);
      return;
    case "process.memory":
      told(process, record.data);
      return;
    case "process.budget":
      raise(process, record.data.add);
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
      if (process !== undefined)
        (process.timers ??= new Map<string, number>()).set(record.call ?? "", Date.parse(record.data.until));
      return;
    case "call.did":
      if (process !== undefined)
        (process.did ??= new Map<string, unknown>()).set(record.call ?? "", record.data.value);
      return;
    case "capability.revoke":
      state.capabilities.revoke(record.data.id);
      release(state, [namespaceOf(state.capabilities.get(record.data.id)?.cap.resource ?? "")]);
      return;
    case "question.open":
      open(state, process, record);
      return;
    case "question.close":
      close(state, process, record);
      return;
    case "call.begin":
      begin(state, record);
      return;
    case "call.again":
      again(state, record);
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
