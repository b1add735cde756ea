// The fold of calls: their begins, their ends, and the turns made of them. Only fold.ts calls these functions.
import { fault } from "../../abi/errors.ts";
import type { JournalRecord, RecordData } from "../../abi/record.ts";
import { addUsage, guessUsage, payers } from "./account.ts";
import { forgetClosedQuestions } from "./questions.ts";
import { madeBy, partsOf, slotOf, summaryOf } from "./call-id.ts";
import { repeatOf, versionOf } from "./conversation.ts";
import { INIT, type CallResult, type Process, type Repeat, type State } from "./rows.ts";
import { withWritten } from "./roots.ts";
import { forgetMade, keepResult, noteMade } from "./subs.ts";
import { leaveResult, refTo } from "./texts.ts";

/** Applies a begin: takes the uses that the call spends and the cost that it reserves. */
export function foldCallBegin(state: State, record: JournalRecord<"call.begin">): void {
  if (record.call === undefined || record.pid === undefined) return;
  state.open.set(record.call, { ...record.data, id: record.call, pid: record.pid });
  const process = state.processes.get(record.pid);
  noteMade(process, record.call, record.data.request);
  const slot = slotOf(record.call);
  if (process !== undefined && slot !== undefined && slot.index === undefined) {
    process.answering = process.conversation.length;
    process.told = state.nextMessage;
  }
  for (const id of record.data.spends) state.capabilities.spend(id, 1);
  for (const payer of payers(state, record.pid))
    payer.reserved = addUsage(payer.reserved, record.data.reserve);
}

/** Applies a second dispatch after a crash: charges the old reserve as a guess and reserves again. */
export function foldCallAgain(state: State, { call, data }: JournalRecord<"call.again">): void {
  const open = call === undefined ? undefined : state.open.get(call);
  if (open === undefined) return;
  for (const payer of payers(state, open.pid)) {
    payer.used = addUsage(payer.used, guessUsage(open.reserve));
    payer.reserved = addUsage(addUsage(payer.reserved, open.reserve, -1), data.reserve);
  }
  state.open.set(open.id, { ...open, reserve: data.reserve });
}

/** Applies an end: charges the usage, notes the files the call saw, and puts its result into the conversation. */
export function foldCallEnd(
  state: State,
  process: Process | undefined,
  record: JournalRecord<"call.end">,
): void {
  const { call } = record;
  if (call === undefined || process === undefined) return;
  const data = withReferred(state, record.data);
  process.timers = removeKey(process.timers, call);
  process.did = removeKey(process.did, call);
  forgetMade(process, call);
  const open = state.open.get(call);
  // What a person orders is theirs.
  if (process.pid !== INIT)
    state.written = withWritten(state.written, record, open?.needs, state.nextCapability);
  if (open !== undefined) {
    state.open.delete(call);
    for (const payer of payers(state, process.pid))
      payer.reserved = addUsage(payer.reserved, open.reserve, -1);
    if (data.outcome === "not-run") for (const id of open.spends) state.capabilities.spend(id, -1);
  }
  for (const payer of payers(state, process.pid)) payer.used = addUsage(payer.used, data.used);
  forgetClosedQuestions(state, process, call);
  noteTools(process, data);
  const slot = slotOf(call);
  if (process.life.ended === undefined) noteSeen(process, call, data, slot?.turn ?? process.turns);
  if (madeBy(call) !== undefined) {
    if (process.life.ended === undefined) keepResult(process, call, data);
    return;
  }
  if (slot === undefined) {
    if (summaryOf(call) !== undefined) process.summaries += 1;
    process.loose = Math.max(process.loose, (partsOf(call)?.loose ?? -1) + 1);
    return;
  }
  const { code, message, hint } = data.error ?? { code: "EFAULT" as const, message: "no result", hint: "" };
  // The answer does not know messages that came during the model call, so they go behind it, for the next turn.
  const answerAt = slot.index === undefined ? process.answering : undefined;
  if (slot.index === undefined) process.answering = undefined;
  const entry =
    slot.index === undefined
      ? undefined
      : process.conversation.findLast((e) => e.role === "turn" && e.turn === slot.turn);
  const isHeld = slot.index === undefined || entry?.role === "turn";
  // A value that refers to an object is not whole in its record, so it stays.
  const refers = isHeld && data.outcome === "ok" && data.refers === undefined;
  const at = refers ? { at: refTo(state, record) } : {};
  const whole: CallResult =
    data.outcome === "ok" ? { ok: true, value: data.value, ...at } : fault(code, message, hint);
  const result = process.life.ended === undefined ? whole : leaveResult(whole);
  if (slot.index !== undefined) {
    if (entry?.role === "turn") entry.results.set(slot.index, result);
  } else if (result.ok) {
    process.conversation.splice(answerAt ?? process.conversation.length, 0, {
      role: "turn",
      pid: process.pid,
      turn: slot.turn,
      answer: result.value,
      ...at,
      results: new Map<number, CallResult>(),
    });
    process.turns = slot.turn + 1;
    process.failures = 0;
  } else {
    process.failures += 1;
  }
}

/** Notes the files that a call saw, and how often it gave this result. */
function noteSeen(process: Process, call: string, data: RecordData<"call.end">, turn: number): void {
  for (const { resource, sha256 } of data.saw ?? []) {
    if (sha256 === null) process.seen = removeKey(process.seen, resource);
    else (process.seen ??= new Map<string, string>()).set(resource, sha256);
  }
  if (data.changed === true) process.repeats = undefined;
  // The loop detector watches what a model does. Calls of calls are counted with the call that made them.
  else if (madeBy(call) === undefined && data.digest !== undefined && data.result !== undefined) {
    const before = repeatOf(process, data.digest);
    const times = before?.result === data.result ? before.times + 1 : 1;
    (process.repeats ??= new Map<string, Repeat>()).set(data.digest, { result: data.result, times, turn });
  }
}

/** An end with the whole value: a version that it refers to was there when it was written. */
function withReferred(state: State, data: RecordData<"call.end">): RecordData<"call.end"> {
  const { refers, value } = data;
  if (refers === undefined || typeof value !== "object" || value === null) return data;
  return { ...data, value: { ...value, [refers.field]: versionOf(state, refers.to)?.value ?? null } };
}

/** How many names of tools the state holds of each process. */
export const TOOLS_HELD = 100;

/** Notes the tools that a call found, or the one that it used, as the newest; a name without an operation is no tool. */
function noteTools(process: Process, { found, tool, error }: RecordData<"call.end">): void {
  const used = tool === undefined || error?.code === "ENOSYS" ? [] : [tool];
  const names = found?.toReversed() ?? used;
  if (names.length === 0 || (names.length === 1 && process.tools?.at(-1) === names[0])) return;
  const others = (process.tools ?? []).filter((name) => !names.includes(name));
  process.tools = [...others, ...names].slice(-TOOLS_HELD);
}

/** Deletes a key; gives undefined when the map is then empty. */
function removeKey<K, V>(map: Map<K, V> | undefined, key: K): Map<K, V> | undefined {
  map?.delete(key);
  return map?.size === 0 ? undefined : map;
}
