// Conversations: prints entries as text, and reads entries that were trimmed from the conversation.
import { modelAnswerSchema, type ModelAnswer } from "../../abi/model.ts";
import type { ObjectRef, Turns } from "../../abi/object.ts";
import { wholeStart } from "../../abi/size.ts";
import type { CallResult, ConversationEntry, ObjectVersion, Process, Repeat, State } from "./rows.ts";

/** The name of the object in a process's own namespace that summarizes the trimmed part of its conversation. */
export const SUMMARY = "conversation-summary";

/** Reads an entry: the model's answer, and the results of its calls. */
export interface EntryReader {
  answer(entry: ConversationEntry & { role: "turn" }): Pick<ModelAnswer, "text" | "calls">;
  /** The result of a call; undefined for one that has none. */
  result(entry: ConversationEntry & { role: "turn" }, index: number): CallResult | undefined;
}

/** Reads entries from the record, without secrets. Texts that are not held must have been read back before. */
export const RECORDED_ENTRIES: EntryReader = {
  answer: (entry) => modelAnswerSchema.safeParse(entry.answer).data ?? { text: "", calls: [] },
  result: (entry, index) => entry.results.get(index),
};

/** Prints one entry; each piece (the text, each argument, each result) has at most `most` characters. */
export function printEntry(
  entry: ConversationEntry,
  reader: EntryReader = RECORDED_ENTRIES,
  most = Infinity,
): string {
  if (entry.role === "user") return `${speakerOf(entry.by)}: ${shorten(entry.text, most)}`;
  const { text, calls } = reader.answer(entry);
  const lines = calls.map(({ tool, args }, i) => {
    const result = reader.result(entry, i);
    const came =
      result === undefined
        ? "was not run"
        : result.ok
          ? `gave ${shorten(JSON.stringify(result.value ?? null), most)}`
          : `failed: ${result.code} ${shorten(result.message, most)}`;
    return `- ${tool} ${shorten(JSON.stringify(args ?? null), most)} ${came}`;
  });
  return [`Turn ${entry.turn + 1}: ${shorten(text, most)}`, ...lines].join("\n");
}

/** The number of pieces that {@link printEntry} makes of an entry. */
export function piecesOf(entry: ConversationEntry, reader: EntryReader): number {
  return entry.role === "user" ? 1 : 1 + 2 * reader.answer(entry).calls.length;
}

function speakerOf(by: string): string {
  return by === "person" ? "Person" : `Message from ${by}`;
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${wholeStart(text, most)}… (${text.length} characters)`;
}

/** The ranges of turns among entries, one for each process, because a fork begins with turns of its parent. */
export function turnsOf(entries: readonly ConversationEntry[]): Turns[] {
  const all: Turns[] = [];
  for (const entry of entries) {
    if (entry.role !== "turn") continue;
    const before = all.at(-1);
    if (before?.pid === entry.pid) before.last = entry.turn;
    else all.push({ pid: entry.pid, first: entry.turn, last: entry.turn });
  }
  return all;
}

/** True when a turn of `of` counts as the process's own: its own turns, and for a branch those that it goes on from. */
export function tookTurn({ processes }: Readonly<State>, process: Process, of: number): boolean {
  let at: Process | undefined = process;
  while (at !== undefined && at.pid !== of)
    at = at.branch === undefined ? undefined : processes.get(at.account);
  return at !== undefined;
}

/** The object version that a reference names, while the state holds it. */
export function versionOf(state: Readonly<State>, ref: ObjectRef): ObjectVersion | undefined {
  const object = state.objects.get(ref.namespace)?.get(ref.name);
  return object?.versions.find((v) => v.version === ref.version);
}

/** The longest part of an entry that one name returns, in characters of its JSON; a model gets the whole part. */
const PART_SIZE = 50_000;

const TRIMMED_NAME = /^said:(\d+)(?::(\d+))?$/u;

const RESULT_NAME = /^result:(\d+)\.(\d+)$/u;

/** True for a name by which a process reads a trimmed entry or one result; no object can have such a name. */
export function isTrimmedName(name: string): boolean {
  return TRIMMED_NAME.test(name) || RESULT_NAME.test(name);
}

/** The name by which a process reads the result of one of its own calls. */
export function resultName(turn: number, index: number): string {
  return `result:${turn}.${index}`;
}

/** Finds the turn and the call of such a name; undefined when this process made no such call, or it did not succeed. */
export function findResult(
  { conversation, pid }: Process,
  name: string,
): { entry: ConversationEntry & { role: "turn" }; index: number } | undefined {
  const [, turn = "", index = ""] = RESULT_NAME.exec(name) ?? [];
  if (turn === "") return undefined;
  const entry = conversation.findLast((e) => e.role === "turn" && e.pid === pid && e.turn === Number(turn));
  const found = entry?.role === "turn" && entry.results.get(Number(index))?.ok === true;
  return found ? { entry, index: Number(index) } : undefined;
}

/** Finds the entry that such a name means; undefined when there is none or it was not trimmed. */
export function findTrimmed({ conversation, trimmed }: Process, name: string): ConversationEntry | undefined {
  const [, at = ""] = TRIMMED_NAME.exec(name) ?? [];
  return at === "" || Number(at) >= trimmed ? undefined : conversation[Number(at)];
}

/** The part of a trimmed entry that such a name means, a later one for a long entry; undefined when there is no such part. */
export function partOfTrimmed(entry: ConversationEntry, name: string): string | undefined {
  const [, at = "", nth = "1"] = TRIMMED_NAME.exec(name) ?? [];
  let rest = printEntry(entry);
  for (let part = 1; ; part++) {
    let size = PART_SIZE;
    while (JSON.stringify(rest.slice(0, size)).length > PART_SIZE) size = Math.floor(size / 2);
    const start = wholeStart(rest, size);
    if (part === Number(nth))
      return rest.length <= size ? rest : `${start}\n(said:${at}:${part + 1} goes on.)`;
    if (rest.length <= size) return undefined;
    rest = rest.slice(start.length);
  }
}

/**
 * The repetition of a call, while its last result is before the model. A call whose result has left the conversation is
 * made again for a reason.
 */
export function repeatOf(process: Process, digest: string): Repeat | undefined {
  const repeat = process.repeats?.get(digest);
  if (repeat === undefined || process.trimmed <= 1) return repeat;
  const { conversation, trimmed, pid } = process;
  for (let at = trimmed; at < conversation.length; at++) {
    const entry = conversation[at];
    if (entry?.role === "turn" && entry.pid === pid) return repeat.turn < entry.turn ? undefined : repeat;
  }
  return undefined;
}
