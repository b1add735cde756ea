// The fold of processes: their birth, life, budget, events and end. Only the fold calls these functions.
import type { Budget } from "../../abi/image.ts";
import type { AnyRecord, JournalRecord, RecordData } from "../../abi/record.ts";
import { entriesOfBoot } from "../checkpoints/boot.ts";
import { UNITS } from "./account.ts";
import { stepLife, type LifeEvent } from "./life.ts";
import { versionOf } from "./conversation.ts";
import { FOLLOWED, INIT, newProcess, type ConversationEntry, type Event, type Process } from "./rows.ts";
import type { State } from "./rows.ts";
import { leaveTexts, leftIn } from "./texts.ts";

/** Applies an event to the life of a process; an event that is not legal changes nothing. */
export function foldLife(process: Process | undefined, event: LifeEvent): void {
  if (process !== undefined) process.life = stepLife(process.life, event) ?? process.life;
}

/** Applies a signal. The end of a process that follows from it is a record of its own. */
export function foldSignal(process: Process | undefined, { signal, by }: RecordData<"process.signal">): void {
  if (process === undefined) return;
  if (signal === "terminate") process.ending = true;
  if (signal !== "pause" && signal !== "resume") return;
  foldLife(process, { type: signal });
  process.pausedBy = signal === "pause" ? by : undefined;
}

/**
 * Adds a new process below its parent. A pid that is taken and a parent that is unknown change nothing. So every parent
 * is older than its children, and each walk up ends at init.
 */
export function foldSpawn(state: State, record: JournalRecord<"process.spawn">): void {
  const pid = record.pid ?? state.nextPid;
  const { parent, goal, launch, by, forked = 0, forkOf = parent, branch, ...rest } = record.data;
  const parentProcess = state.processes.get(parent);
  if (parentProcess === undefined || state.processes.has(pid)) return;
  const from = forked > 0 ? state.processes.get(forkOf) : undefined;
  const isBranch = branch !== undefined && from !== undefined;
  const boot = forked > 0 ? undefined : state.images.get(rest.imageHash)?.boot;
  const before = from?.conversation.slice(0, forked) ?? (boot === undefined ? [] : entriesOfBoot(boot));
  const born = newProcess(
    {
      ...rest,
      ...{ pid, parent, goal, account: isBranch ? forkOf : parent },
      ...{ started: record.time, depth: parentProcess.depth + 1 },
      ...(launch === undefined ? {} : { launch }),
      ...(from === undefined ? {} : { forkOf }),
      ...(isBranch ? { branch } : {}),
    },
    isBranch ? before.map(asRecorded) : [...before.map(ownEntry), { role: "user", text: goal, by }],
  );
  if (from !== undefined && !isBranch) born.trimmed = Math.min(from.trimmed, forked);
  if (isBranch) [born.turns, born.goalAt] = [branch.turns, from.goalAt];
  if (from?.tools !== undefined) born.tools = from.tools;
  state.processes.set(pid, born);
  parentProcess.children.push(pid);
  parentProcess.living += 1;
  state.nextPid = Math.max(state.nextPid, pid + 1);
}

/** An entry of another process as the record holds it: secrets that its process still knows are not in it. */
function asRecorded(entry: ConversationEntry): ConversationEntry {
  return entry.role === "user" ? entry : { ...entry, results: new Map(entry.results), recorded: true };
}

/** An entry whose texts are not held is an object of its own, because the fork may read them while it lives. */
function ownEntry(entry: ConversationEntry): ConversationEntry {
  return leftIn(entry).length === 0 ? entry : { ...entry };
}

/** The newest entries, whose texts a living process holds in any case: its loop looks back at its last words. */
const NEWEST = 8;

/** Trims the conversation. A trim without a summary keeps the earlier summary. */
export function foldTrim(
  state: State,
  process: Process | undefined,
  { from, summary }: RecordData<"process.trim">,
): void {
  if (process === undefined) return;
  leaveTexts(process, 0, Math.min(from, process.conversation.length - NEWEST));
  process.trimmed = from;
  const text = summary === undefined ? undefined : versionOf(state, summary)?.value;
  if (summary !== undefined && typeof text === "string") process.summary = { ...summary, text };
}

/** Applies a change of what a process is told about its own objects. */
export function foldMemory(process: Process | undefined, { set, gone }: RecordData<"process.memory">): void {
  if (process === undefined) return;
  process.memory ??= new Map();
  for (const { name, ...remembered } of set) process.memory.set(name, remembered);
  for (const name of gone) process.memory.delete(name);
}

/** Adds to the budget of a process. */
export function foldBudget(process: Process | undefined, more: Budget): void {
  if (process === undefined) return;
  const raised = { ...process.budget };
  for (const unit of UNITS) {
    const by = more[unit];
    if (by !== undefined) raised[unit] = (raised[unit] ?? 0) + by;
  }
  process.budget = raised;
}

/** Ends a process, once; children that are not reaped move to init. Init never ends. */
export function foldExit(
  state: State,
  process: Process | undefined,
  record: JournalRecord<"process.exit">,
): void {
  if (process === undefined || process.pid === INIT || process.life.ended !== undefined) return;
  foldLife(process, { type: "exit", exit: record.data.exit });
  leaveTexts(process, 0, process.conversation.length);
  process.result = record.data.result;
  process.reason = record.data.reason;
  process.mailbox.length = 0;
  process.timers = undefined;
  process.did = undefined;
  process.made = undefined;
  // Only calls of a living process read what it saw of files, and what it repeated; the record keeps both.
  process.seen = undefined;
  process.repeats = undefined;
  // An ended process uses no capability any more, so none of its own keeps a namespace alive.
  state.capabilities.leading.end(process.pid);
  const parent = state.processes.get(process.parent);
  if (parent !== undefined) parent.living -= 1;
  const init = state.processes.get(INIT);
  if (init !== undefined) init.living += process.living;
  process.living = 0;
  for (const pid of process.children) {
    const child = state.processes.get(pid);
    if (child === undefined || child.life.reaped) continue;
    child.parent = INIT;
    init?.children.push(pid);
  }
}

/** How many events of each process the state holds. */
export const EVENTS_HELD = 32;

const followed: ReadonlySet<string> = new Set(FOLLOWED);

function isFollowed(record: AnyRecord): record is AnyRecord & { kind: Event["kind"] } {
  return followed.has(record.kind);
}

/** Notes a record that processes may follow. The newest {@link EVENTS_HELD} of each process are kept. */
export function noteEvent(process: Process | undefined, record: AnyRecord): void {
  if (process === undefined || !isFollowed(record)) return;
  const { seq, kind, time } = record;
  process.events.push({ seq, kind, time, about: aboutOf(record) });
  if (process.events.length > EVENTS_HELD) process.events.shift();
}

/** The detail of an event in one or two words. */
function aboutOf(record: AnyRecord & { kind: Event["kind"] }): string {
  switch (record.kind) {
    case "process.spawn":
    case "process.exec":
      return record.data.image;
    case "process.signal":
      return record.data.signal;
    case "process.block":
      return record.data.on;
    case "process.wake":
      return record.data.from;
    case "process.exit":
      return record.data.exit;
    case "message.send":
      return `from ${record.data.from}`;
    case "question.open":
      return record.data.kind;
    case "question.close":
      return record.data.outcome;
    case "call.end":
      return `${record.data.op} ${record.data.outcome}`;
  }
}
