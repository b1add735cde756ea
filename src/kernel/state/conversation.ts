// What was said: entries of a conversation as plain text, for whoever reads a part of it that has left the conversation.
import { modelAnswerSchema, type ModelAnswer } from "../../abi/model.ts";
import type { ObjectRef, Turns } from "../../abi/object.ts";
import type { ConversationEntry, ObjectVersion, Process, State } from "./rows.ts";

/** The name of the object, in its own namespace, that stands for what has left a process's conversation. */
export const SUMMARY = "conversation-summary";

/** How an entry is told: what its model answered, and the values of its calls that went well. */
export interface EntryReader {
  answer(entry: ConversationEntry & { role: "turn" }): Pick<ModelAnswer, "text" | "calls">;
  value(entry: ConversationEntry & { role: "turn" }, index: number): unknown;
}

/** As the record tells it: secrets are left out. */
export const RECORDED_ENTRIES: EntryReader = {
  answer: (entry) => modelAnswerSchema.safeParse(entry.answer).data ?? { text: "", calls: [] },
  value: (entry, index) => {
    const result = entry.results.get(index);
    return result?.ok === true ? result.value : undefined;
  },
};

/** One entry as text; each piece of it (what was said, each argument, each result) has at most `most` characters. */
export function printEntry(
  entry: ConversationEntry,
  told: EntryReader = RECORDED_ENTRIES,
  most = Infinity,
): string {
  if (entry.role === "user") return `${speakerOf(entry.by)}: ${shorten(entry.text, most)}`;
  const { text, calls } = told.answer(entry);
  const lines = calls.map(({ tool, args }, i) => {
    const result = entry.results.get(i);
    const came =
      result === undefined
        ? "was not run"
        : result.ok
          ? `gave ${shorten(JSON.stringify(told.value(entry, i) ?? null), most)}`
          : `failed: ${result.code} ${shorten(result.message, most)}`;
    return `- ${tool} ${shorten(JSON.stringify(args ?? null), most)} ${came}`;
  });
  return [`Turn ${entry.turn + 1}: ${shorten(text, most)}`, ...lines].join("\n");
}

/** How many pieces {@link printEntry} makes of an entry. */
export function piecesOf(entry: ConversationEntry, told: EntryReader): number {
  return entry.role === "user" ? 1 : 1 + 2 * told.answer(entry).calls.length;
}

function speakerOf(by: string): string {
  return by === "person" ? "Person" : `Message from ${by}`;
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`;
}

/** The turns among some entries; those of each process stand together, for a fork begins with turns of its parent. */
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

/** The version that a reference names, as long as it is held. */
export function versionOf(state: Readonly<State>, ref: ObjectRef): ObjectVersion | undefined {
  const object = state.objects.get(ref.namespace)?.get(ref.name);
  return object?.versions.find((v) => v.version === ref.version);
}

/** The longest part of what was said that one name gives, in characters of its JSON: a model is sent it whole. */
const PART_SIZE = 50_000;

const TRIMMED_NAME = /^said:(\d+)(?::(\d+))?$/u;

/** True for the names by which a process reads what has left its conversation; no object can have one. */
export function isTrimmedName(name: string): boolean {
  return TRIMMED_NAME.test(name);
}

/**
 * What such a name stands for: entry N of the process's conversation, or a later part of a long one. Undefined when there
 * is none, or when it has not left the conversation.
 */
export function readTrimmed({ conversation, trimmed }: Process, name: string): string | undefined {
  const [, at = "", nth = "1"] = TRIMMED_NAME.exec(name) ?? [];
  const entry = at === "" || Number(at) >= trimmed ? undefined : conversation[Number(at)];
  if (entry === undefined) return undefined;
  let rest = printEntry(entry);
  for (let part = 1; ; part++) {
    let size = PART_SIZE;
    while (JSON.stringify(rest.slice(0, size)).length > PART_SIZE) size = Math.floor(size / 2);
    if (part === Number(nth))
      return rest.length <= size ? rest : `${rest.slice(0, size)}\n(said:${at}:${part + 1} goes on.)`;
    if (rest.length <= size) return undefined;
    rest = rest.slice(size);
  }
}
