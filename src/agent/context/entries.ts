// Entries: the parts of a conversation as messages for a model, and how many tokens each takes.
import { isFault } from "../../abi/errors.ts";
import { answerMessage, modelAnswerSchema, type ModelAnswer, type ModelMessage } from "../../abi/model.ts";
import { CHARS_PER_TOKEN, estimateTokens, wholeStart } from "../../abi/size.ts";
import type { OperationTable } from "../../kernel/operations/table.ts";
import { isRedacted } from "../../kernel/record/redact.ts";
import { resultName, type EntryReader } from "../../kernel/state/conversation.ts";
import type { Reader } from "../../kernel/reader.ts";
import type { CallResult, ConversationEntry, Process } from "../../kernel/state/rows.ts";
import { isLeft, leftIn, LeftText } from "../../kernel/state/texts.ts";
import { faultText, RESULT_MAX, resultText, type ResultBounds } from "./results.ts";

const NO_ANSWER: ModelAnswer = { text: "", calls: [], usage: { input: 0, output: 0 }, stop: "end" };

/**
 * Raw values of this run's calls, by call id, where the record keeps a redacted value. The model reads the
 * raw one.
 */
export type RawValues = Map<string, unknown>;

type Turn = ConversationEntry & { readonly role: "turn" };

/** Reads the entries of all conversations, with the raw values of this run. */
export class Entries implements EntryReader {
  readonly raw: RawValues = new Map<string, unknown>();
  readonly #operations: () => OperationTable;
  /** Answers by the value they were read from, and tokens of entries that no longer change. */
  readonly #answers = new WeakMap<object, ModelAnswer>();
  readonly #sizes = new WeakMap<ConversationEntry, number>();
  /** Entries of living processes with the texts that were read back. Each belongs to one process. */
  readonly #recalled = new Map<ConversationEntry, Turn>();

  constructor(operations: () => OperationTable) {
    this.#operations = operations;
  }

  /** Keeps the value of a call while its process lives, if the record has another value. */
  keep(id: string, value: unknown, recorded: unknown): void {
    if (isRedacted(recorded) || JSON.stringify(value) !== JSON.stringify(recorded)) this.raw.set(id, value);
  }

  /** The answer of a turn: the raw one of this run, else the recorded one. */
  answer(entry: Turn): ModelAnswer {
    const said = entry.answer instanceof LeftText ? this.#recalled.get(entry)?.answer : entry.answer;
    const value = this.#raw(entry) ?? said;
    if (typeof value !== "object" || value === null) return NO_ANSWER;
    let answer = this.#answers.get(value);
    if (answer === undefined) {
      answer = modelAnswerSchema.safeParse(value).success ? (value as ModelAnswer) : NO_ANSWER;
      this.#answers.set(value, answer);
    }
    return answer;
  }

  /** The result of a call, a value being the raw one of this run, else the recorded one. */
  result(entry: Turn, index: number): CallResult | undefined {
    const held = entry.results.get(index);
    const result = held !== undefined && isLeft(held) ? this.#recalled.get(entry)?.results.get(index) : held;
    if (result?.ok !== true) return result;
    const raw = this.#raw(entry, index);
    return raw === undefined ? result : { ok: true, value: raw };
  }

  /** The value of a call that succeeded. */
  value(entry: Turn, index: number): unknown {
    const result = this.result(entry, index);
    return result?.ok === true ? result.value : undefined;
  }

  /** The raw answer of a turn, or the raw value of a call of it, if this process may read more than the record. */
  #raw({ pid, turn, recorded }: Turn, index?: number): unknown {
    if (recorded === true) return undefined;
    return this.raw.get(index === undefined ? `${pid}.${turn}` : `${pid}.${turn}.${index}`);
  }

  /** Reads the texts back that the state let go, from this entry on, and keeps them until they are forgotten. */
  async recall({ conversation }: Process, from: number, reader: Reader): Promise<void> {
    this.forget(conversation.slice(0, from));
    const entries = conversation.slice(from);
    const wanted = entries.filter((entry) => leftIn(entry).length > 0 && !this.#recalled.has(entry));
    const whole = await reader.whole(wanted);
    for (const [i, entry] of wanted.entries()) {
      const found = whole[i];
      if (found?.role === "turn") this.#recalled.set(entry, found);
    }
  }

  /** Forgets the texts of entries that were read back. */
  forget(entries: readonly ConversationEntry[]): void {
    for (const entry of entries) this.#recalled.delete(entry);
  }

  /**
   * An entry as messages. Results and messages that are longer than `most` characters are shortened and say so.
   * `reader` is the process that can read the rest of its own results as objects.
   */
  messages(entry: ConversationEntry, most = Infinity, reader?: number): ModelMessage[] {
    if (entry.role === "user") return [{ role: "user", text: shortened(entry.text, most) }];
    const answer = this.answer(entry);
    return [
      answerMessage(answer),
      ...answer.calls.map((call, i) => ({
        role: "tool" as const,
        callId: call.id,
        tool: call.tool,
        content: this.#content(entry, answer, i, {
          most,
          name: reader === entry.pid ? resultName(entry.turn, i) : undefined,
        }),
      })),
    ];
  }

  /** The estimated tokens of an entry; one that no longer changes is measured once. */
  tokens(entry: ConversationEntry, most = Infinity): number {
    const known = most === Infinity ? this.#sizes.get(entry) : undefined;
    if (known !== undefined) return known;
    const left = this.#recalled.has(entry) ? [] : leftIn(entry);
    const size = estimateTokens(JSON.stringify(this.messages(entry, most))) + tokensOf(left, most);
    if (left.length > 0) return size;
    const settled = entry.role === "user" || entry.results.size >= this.answer(entry).calls.length;
    if (settled && most === Infinity) this.#sizes.set(entry, size);
    return size;
  }

  #content(entry: Turn, { calls }: ModelAnswer, index: number, bounds: ResultBounds): string {
    const result = this.result(entry, index);
    if (result === undefined) return "error EINTR: It was not run.";
    if (isFault(result)) return faultText(result);
    const call = calls[index];
    const op = call === undefined ? undefined : this.#operations().tool(call.tool, entry.pid);
    return resultText(op, call?.args, result.value, bounds);
  }
}

/** The tokens of texts that are not held, as far as their sizes tell. */
function tokensOf(left: readonly LeftText[], most: number): number {
  const longest = Math.min(most, RESULT_MAX);
  return left.reduce((sum, { characters }) => sum + Math.min(characters, longest) / CHARS_PER_TOKEN, 0);
}

/** A message in at most `most` characters, which says first how much was left out. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return `(The first ${most} of ${text.length} characters of this message; the rest does not fit.)\n${wholeStart(text, most)}`;
}

/**
 * Tells the model that messages wait in the mailbox. A model that does not know of them would never take
 * them.
 */
export function mailOf({ mailbox }: Process): ModelMessage[] {
  if (mailbox.length === 0) return [];
  const waiting = mailbox.length === 1 ? "A message waits" : `${mailbox.length} messages wait`;
  return [{ role: "user", text: `(${waiting} in your mailbox; receive_message takes it.)` }];
}
