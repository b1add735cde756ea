// Texts of conversations: the records that hold them, and the texts that the state lets go because no model is sent them.
import { measureJson } from "../../abi/size.ts";
import type { AnyRecord } from "../../abi/record.ts";
import type { Fault } from "../../abi/errors.ts";

/** The record that holds a text. `hash` is the SHA-256 of its line; it is empty until the next record names it. */
export interface TextRef {
  readonly seq: number;
  hash: string;
}

/** A text that the state does not hold. Whoever wants it reads it from its record. */
export class LeftText {
  readonly at: TextRef;
  /** Its size, for estimates: the characters of its texts and keys, and some for each value. */
  readonly characters: number;

  constructor(at: TextRef, characters: number) {
    this.at = at;
    this.characters = characters;
  }
}

/**
 * The result of a call of a turn, as the model reads it. `at` names the record that holds the whole value. A value that
 * is not held is a {@link LeftText}.
 */
export type CallResult = { readonly ok: true; readonly value: unknown; readonly at?: TextRef } | Fault;

/**
 * One entry of a conversation. `answer` is the recorded value of the turn's model call, which is in record `at`; one that
 * is not held is a {@link LeftText}. `results` go by call index.
 */
export type ConversationEntry =
  | { readonly role: "user"; readonly text: string; readonly by: string }
  | {
      readonly role: "turn";
      /** The process that took the turn; a forked process begins with turns of another. */
      readonly pid: number;
      readonly turn: number;
      readonly answer: unknown;
      readonly at?: TextRef;
      readonly results: Map<number, CallResult>;
      /** Set for a turn from before a checkpoint: only the record may be read for it, which holds no secrets. */
      readonly recorded?: true;
    };

/** A text up to this size stays: the reference to it would be as large. */
const STAYS = 400;

/** The size of one value beside its texts, in characters. */
const EACH = 8;

/** The part of the state that waits for the hash of the newest record. */
interface Unhashed {
  readonly unhashed: TextRef[];
}

/** The reference to the record that is applied now. Its hash comes with the next record. */
export function refTo(state: Unhashed, { seq }: AnyRecord): TextRef {
  const ref = { seq, hash: "" };
  state.unhashed.push(ref);
  return ref;
}

/** Completes the references to the record before this one: each record names the hash of the line before. */
export function noteHash(state: Unhashed, { prev }: AnyRecord): void {
  if (state.unhashed.length === 0) return;
  for (const ref of state.unhashed) ref.hash = prev;
  state.unhashed.length = 0;
}

/** A result without its text, where its record holds that. Faults are short and stay. */
export function leaveResult(result: CallResult): CallResult {
  return result.ok ? { ...result, value: leave(result.value, result.at) } : result;
}

/** Lets the texts of entries go from this one on up to `to`, which is left out. The entries are replaced, for a fork may share them. */
export function leaveTexts(
  { conversation }: { conversation: ConversationEntry[] },
  from: number,
  to: number,
): void {
  for (let at = from; at < to; at++) {
    const entry = conversation[at];
    if (entry?.role === "turn") conversation[at] = leaveTurn(entry);
  }
}

type Turn = ConversationEntry & { readonly role: "turn" };

function leaveTurn(turn: Turn): Turn {
  const answer = leave(turn.answer, turn.at);
  const results = new Map([...turn.results].map(([index, result]) => [index, leaveResult(result)]));
  const changed = answer !== turn.answer || [...results].some(([, result]) => isLeft(result));
  return changed ? { ...turn, answer, results } : turn;
}

function leave(value: unknown, at: TextRef | undefined): unknown {
  if (at === undefined || value instanceof LeftText) return value;
  const { characters, values } = measureJson(value);
  const size = characters + EACH * values;
  return size <= STAYS ? value : new LeftText(at, size);
}

/** True for a result whose text is not held. */
export function isLeft(result: CallResult): boolean {
  return result.ok && result.value instanceof LeftText;
}

/** The texts of an entry that are not held. */
export function leftIn(entry: ConversationEntry): readonly LeftText[] {
  if (entry.role === "user") return [];
  const values = [entry.answer, ...[...entry.results.values()].map((r) => (r.ok ? r.value : undefined))];
  return values.filter((value) => value instanceof LeftText);
}
