// The fold: the only code that changes the state, one case for each kind of record; files beside it hold its parts.
import type { Kinds } from "../../abi/kind.ts";
import type { PolicyRule } from "../../abi/policy.ts";
import type { AnyRecord } from "../../abi/record.ts";
import { keyRule } from "../authority/decide.ts";
import { foldChanges, foldCreate, foldRestore, foldRestored } from "../checkpoints/fold.ts";
import { payers } from "./account.ts";
import { foldCallAgain, foldCallBegin, foldCallEnd } from "./calls.ts";
import { foldHandleClose, foldHandleOpen } from "./handles.ts";
import { foldObject, foldOperation, releaseOfReaped, releaseNamespaces } from "./objects.ts";
import {
  foldExit,
  foldLife,
  foldBudget,
  foldSignal,
  foldSpawn,
  foldMemory,
  foldTrim,
  noteEvent,
} from "./processes.ts";
import { foldQuestionClose, foldQuestionOpen, forgetClosedQuestions } from "./questions.ts";
import { namespaceOf } from "../authority/namespace.ts";
import { rootAdded, rootRemoved, rootsOpened } from "./roots.ts";
import { emptyState, type State } from "./rows.ts";
import { noteMade } from "./subs.ts";
import { noteHash } from "./texts.ts";

/** A state made by folding records, oldest first. */
export class Folded {
  readonly state: State;

  constructor(sha256: (text: string) => string, kinds: Kinds, records: Iterable<AnyRecord> = []) {
    this.state = emptyState(sha256, kinds);
    for (const record of records) this.take(record);
  }

  /** Folds one more record. */
  take(record: AnyRecord): void {
    applyRecord(this.state, record);
  }
}

/** Applies one record. It never fails: a record states a fact, and one about an unknown process changes nothing. */
export function applyRecord(state: State, record: AnyRecord): void {
  noteHash(state, record);
  state.seq = record.seq;
  state.time = record.time;
  if (record.time > state.latest) state.latest = record.time;
  changeState(state, record);
  if (record.pid !== undefined) noteEvent(state.processes.get(record.pid), record);
}

function changeState(state: State, record: AnyRecord): void {
  const process = record.pid === undefined ? undefined : state.processes.get(record.pid);
  switch (record.kind) {
    case "journal.open":
      state.roots = rootsOpened(record.data.roots, state.roots);
      foldPolicy(state, record.data.policy);
      return;
    case "root.add":
      state.roots = rootAdded(record.data, state.roots);
      return;
    case "root.remove":
      state.roots = rootRemoved(record.data.name, state.roots);
      return;
    case "policy.set":
      foldPolicy(state, record.data.policy, record.data.problem);
      return;
    case "process.spawn":
      foldSpawn(state, record);
      return;
    case "process.signal":
      foldSignal(process, record.data);
      return;
    case "process.block":
      foldLife(process, { type: "block", on: record.data.on });
      if (process !== undefined) process.reason = record.data.detail;
      return;
    case "process.wake":
      foldLife(process, { type: "wake", on: record.data.from });
      return;
    case "process.exit":
      foldExit(state, process, record);
      if (process !== undefined) forgetClosedQuestions(state, process);
      return;
    case "process.reap":
      foldLife(process, { type: "reap" });
      if (process?.life.reaped === true) releaseOfReaped(state, process.pid);
      return;
    case "process.message":
      process?.conversation.push({ role: "user", text: record.data.text, by: record.data.by });
      if (process !== undefined && record.data.by === "person")
        for (const payer of payers(state, process.pid)) payer.refused = undefined;
      return;
    case "process.exec":
      if (process !== undefined) Object.assign(process, record.data);
      return;
    case "process.cwd":
      if (process !== undefined) process.cwd = record.data.cwd;
      return;
    case "process.trim":
      foldTrim(state, process, record.data);
      return;
    case "process.memory":
      foldMemory(process, record.data);
      return;
    case "process.budget":
      foldBudget(process, record.data.add);
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
      noteMade(process, record.call);
      if (process !== undefined)
        (process.timers ??= new Map<string, number>()).set(record.call ?? "", Date.parse(record.data.until));
      return;
    case "call.did":
      noteMade(process, record.call, record.data.request);
      if (process !== undefined)
        (process.did ??= new Map<string, unknown>()).set(record.call ?? "", record.data.value);
      return;
    case "call.found": {
      const open = state.open.get(record.call ?? "");
      if (open !== undefined) state.open.set(open.id, { ...open, noted: { value: record.data.value } });
      return;
    }
    case "capability.revoke":
      state.capabilities.revoke(record.data.id);
      releaseNamespaces(state, [
        namespaceOf(state.capabilities.get(record.data.id)?.cap.resource ?? "", state.kinds),
      ]);
      return;
    case "question.open":
      foldQuestionOpen(state, process, record);
      return;
    case "question.close":
      foldQuestionClose(state, process, record);
      return;
    case "call.begin":
      foldCallBegin(state, record);
      return;
    case "call.again":
      foldCallAgain(state, record);
      return;
    case "call.end":
      foldChanges(state, process, record, state.open.get(record.call ?? ""));
      foldCallEnd(state, process, record);
      return;
    case "handle.open":
      foldHandleOpen(state.handles, record);
      return;
    case "handle.close":
      foldHandleClose(state.handles, record);
      return;
    case "checkpoint.create":
      foldCreate(state, record);
      return;
    case "checkpoint.restore":
      foldRestore(state, record);
      return;
    case "checkpoint.restored":
      foldRestored(state, record);
      return;
    case "object.put":
    case "object.link":
    case "object.delete":
    case "image.register":
      foldObject(state, record);
      return;
    case "operation.add":
    case "operation.remove":
      foldOperation(state, record);
      return;
    case "journal.close":
    case "head":
      return;
  }
}

function foldPolicy(state: State, policy: readonly PolicyRule[], problem?: string): void {
  state.policy = policy.map(keyRule);
  state.policyProblem = problem;
}
