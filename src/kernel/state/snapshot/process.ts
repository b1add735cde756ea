// Rows of processes and of their conversations.
import { newProcess, NO_USAGE, type AskedQuestion, type BirthFields } from "../rows.ts";
import type { CallResult, ConversationEntry, Process, Remembered, Repeat } from "../rows.ts";
import type { Fault } from "../../../abi/errors.ts";
import { NEW_LIFE } from "../life.ts";
import type { MadeCall } from "../subs.ts";
import { LeftText, type TextRef } from "../texts.ts";
import { at, mapOf, pairsOf, type Numbered, type Pair } from "./tables.ts";

/** An entry of a conversation as a row. Conversations name it by its number, because a fork shares those of its origin. */
export type EntryRow =
  | Extract<ConversationEntry, { role: "user" }>
  | (TextRow & {
      readonly role: "turn";
      readonly pid: number;
      readonly turn: number;
      readonly recorded?: true;
      readonly results: readonly (readonly [index: number, result: TextRow | Fault])[];
    });

/** A value of a conversation as a row: the value, or the size of one that is not held; and the record that has it. */
interface TextRow {
  readonly value?: unknown;
  readonly left?: number;
  readonly at?: TextRef;
}

/** The collections of a process, in the form of rows. */
interface Collections {
  /** The numbers of its conversation's entries. */
  readonly conversation: readonly number[];
  /** The numbers of its questions. */
  readonly asked?: readonly number[];
  readonly refused?: readonly string[] | undefined;
  readonly seen?: readonly Pair<string, string>[] | undefined;
  readonly timers?: readonly Pair<string, number>[] | undefined;
  readonly did?: readonly Pair<string, unknown>[] | undefined;
  readonly made?: readonly MadeRow[] | undefined;
  readonly repeats?: readonly Pair<string, Repeat>[] | undefined;
  readonly memory?: readonly Pair<string, Remembered>[] | undefined;
}

/** The calls that one call has made. */
interface MadeRow {
  readonly call: string;
  readonly byNumber: readonly Pair<number, MadeCall>[];
  readonly characters: number;
}

/** A process as a row. A field that is as at the birth is left out. */
export type ProcessRow = BirthFields & Partial<Omit<Process, keyof Collections>> & Collections;

const BORN = [
  ...["pid", "parent", "account", "depth", "childIndex", "started", "launch", "forkOf", "branch"],
  ...["image", "imageHash", "model", "goal", "cwd", "budget"],
];

/** The fields that most processes never change, as they are at the birth. */
const USUAL = Object.entries(
  newProcess(
    {
      ...{ pid: 0, parent: 0, account: 0, depth: 0, childIndex: 0, started: "" },
      ...{ image: "", imageHash: "", model: "", goal: "", cwd: "", budget: {} },
    },
    [],
  ),
).filter(([field]) => ![...BORN, "conversation", "asked", "goalAt"].includes(field));

/** The row of a process. */
export function processRow(
  process: Process,
  entries: Numbered<ConversationEntry>,
  questions: Numbered<AskedQuestion>,
): ProcessRow {
  const { conversation, asked, refused, seen, timers, did, made, repeats, memory, ...plain } = process;
  const fields: Partial<Record<string, unknown>> = plain;
  // JSON leaves a field out that is undefined; deleting it would make the row slow to print.
  for (const [field, value] of USUAL) if (isSame(fields[field], value)) fields[field] = undefined;
  return {
    ...plain,
    conversation: conversation.map((entry) => entries.of(entry)),
    ...(asked.length === 0 ? {} : { asked: asked.map((each) => questions.of(each)) }),
    refused: refused && [...refused],
    seen: pairsOf(seen),
    timers: pairsOf(timers),
    did: pairsOf(did),
    made: made && [...made].map(([call, m]) => ({ ...m, call, byNumber: pairsOf(m.byNumber) ?? [] })),
    repeats: pairsOf(repeats),
    memory: pairsOf(memory),
  };
}

/** True for equal values of a field: numbers and flags, lists that are empty, and small objects of the same text. */
function isSame(value: unknown, usual: unknown): boolean {
  if (value === usual || typeof usual !== "object") return value === usual;
  if (Array.isArray(value)) return value.length === 0;
  return JSON.stringify(value) === JSON.stringify(usual);
}

/** The process of a row. */
export function processOf(
  row: ProcessRow,
  entries: readonly ConversationEntry[],
  questions: readonly AskedQuestion[],
): Process {
  const { conversation, asked = [], refused, seen, timers, did, made, repeats, memory, ...plain } = row;
  const process = newProcess(
    row,
    conversation.map((number) => at(entries, number)),
  );
  Object.assign(process, { life: NEW_LIFE, used: NO_USAGE, reserved: NO_USAGE }, plain);
  for (const number of asked) process.asked.push(at(questions, number));
  if (refused !== undefined) process.refused = new Set(refused);
  process.seen = mapOf(seen);
  process.timers = mapOf(timers);
  process.did = mapOf(did);
  if (made !== undefined)
    process.made = new Map(
      made.map(({ call, byNumber, characters }) => [
        call,
        { byNumber: mapOf(byNumber) ?? new Map<number, MadeCall>(), characters },
      ]),
    );
  process.repeats = mapOf(repeats);
  const told = mapOf(memory);
  if (told !== undefined) process.memory = told;
  return process;
}

/** The row of an entry. */
export function entryRow(entry: ConversationEntry): EntryRow {
  if (entry.role === "user") return entry;
  const { role, pid, turn, answer, at, recorded } = entry;
  const results = [...entry.results].map(
    ([index, result]) => [index, result.ok ? textRow(result.value, result.at) : result] as const,
  );
  const past = recorded === undefined ? {} : { recorded };
  return { role, pid, turn, ...past, ...textRow(answer, at), results };
}

function textRow(value: unknown, at: TextRef | undefined): TextRow {
  const text = value instanceof LeftText ? { left: value.characters } : { value };
  return at === undefined ? text : { ...text, at };
}

/** The entry of a row. References whose hash is not known yet go to `unhashed`. */
export function entryOf(row: EntryRow, unhashed: TextRef[]): ConversationEntry {
  if (row.role === "user") return row;
  const { role, pid, turn, recorded } = row;
  const results = new Map<number, CallResult>();
  for (const [index, result] of row.results)
    results.set(index, "ok" in result ? result : { ok: true, ...textOf(result, unhashed) });
  const { value: answer, ...at } = textOf(row, unhashed);
  return { role, pid, turn, answer, ...at, results, ...(recorded === undefined ? {} : { recorded }) };
}

function textOf(
  { value, left, at }: TextRow,
  unhashed: TextRef[],
): { readonly value: unknown; readonly at?: TextRef } {
  if (at === undefined) return { value };
  if (at.hash === "") unhashed.push(at);
  return { value: left === undefined ? value : new LeftText(at, left), at };
}
