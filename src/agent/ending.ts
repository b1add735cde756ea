// Endings: what follows when a turn makes no calls. Only an answer that came to its end can be the last one.
import type { ModelAnswer } from "../abi/model.ts";
import type { ConversationEntry } from "../kernel/state/rows.ts";
import { looksLikeCall } from "./written-calls.ts";

/** The reasons why an answer without calls is not the last one. */
type Fault = "cut" | "filtered" | "unknown" | "empty" | "written";

/** How often in a row the model is asked again, by reason. */
const AGAIN: Readonly<Record<Fault, number>> = { cut: 3, filtered: 1, unknown: 1, empty: 2, written: 2 };

/** The words to the model, by reason. */
const ASKS: Readonly<Record<Fault, string>> = {
  cut: "(Your answer was cut at the length limit of one answer. Go on exactly where it stopped, in smaller parts.)",
  filtered: "(Your answer was stopped by the provider's filter. Go on without what it may have stopped at.)",
  unknown: "(Your answer stopped before its end. Go on exactly where it stopped.)",
  empty: "(Your answer was empty. Go on with the work; call finish with a result if it is done.)",
  written:
    "(You wrote a tool call as text, and nothing was run. Make it a tool call, not a text; call finish if the work is done.)",
};

/** The words to a person, by reason. */
const WHYS: Readonly<Record<Fault, string>> = {
  cut: "its answers are cut at the length limit of one answer",
  filtered: "the provider's filter stops its answers",
  unknown: "its answers stop before their end",
  empty: "its answers are empty",
  written: "it writes its tool calls as text that cannot be read as calls",
};

/** The step after a turn without calls. */
export type Ending =
  /** The work or the turn is over, with this text. */
  | { readonly kind: "rest"; readonly text: string }
  /** The model is told this, and asked again. */
  | { readonly kind: "again"; readonly tell: string }
  /** The model is told this when a person lets it try again; `why` is for the person and the parent. */
  | { readonly kind: "stuck"; readonly tell: string; readonly why: string };

/** The facts that decide an ending. */
export interface Ended {
  /** The conversation up to the turn, which is its last entry. */
  readonly conversation: readonly ConversationEntry[];
  readonly read: { answer(entry: ConversationEntry & { role: "turn" }): ModelAnswer };
  /** The tools that the model was shown. */
  readonly tools: readonly string[];
  /** True when the answers come from a script, which has nothing to add to an empty one. */
  readonly scripted: boolean;
}

/** Judges the last turn of a conversation, which made no calls. */
export function judgeEnding({ conversation, read, tools, scripted }: Ended): Ending {
  const turn = conversation.at(-1);
  const answer = turn?.role === "turn" ? read.answer(turn) : undefined;
  if (answer === undefined) return { kind: "rest", text: "" };
  const asked = askedAgain(conversation);
  const fault = faultOf(answer, tools, scripted, asked);
  if (fault === undefined) return { kind: "rest", text: wholeText(conversation, read) };
  const tell = ASKS[fault];
  if (asked.length < AGAIN[fault]) return { kind: "again", tell };
  const said = answer.stopReason === undefined ? "" : ` (${answer.stopReason})`;
  return { kind: "stuck", tell, why: `${WHYS[fault]}${said}, ${asked.length + 1} times in a row` };
}

/** Why an answer without calls is not the last one; undefined when it is. */
function faultOf(
  { text, stop }: ModelAnswer,
  tools: readonly string[],
  scripted: boolean,
  asked: readonly string[],
): Fault | undefined {
  if (stop === "length") return "cut";
  if (stop === "filter") return "filtered";
  if (stop === "other") return "unknown";
  if (text.trim() === "") return scripted ? undefined : "empty";
  const looks = looksLikeCall(text, tools);
  // An example of a call may end a text; a model that repeats it when asked means it as one.
  if (looks === "surely" || (looks === "perhaps" && asked.length === 0)) return "written";
  return undefined;
}

/** The kernel's words to the model since it last made a call or heard of anybody else. */
function askedAgain(conversation: readonly ConversationEntry[]): readonly string[] {
  const asked: string[] = [];
  for (let at = conversation.length - 2; at >= 0; at--) {
    const entry = conversation[at];
    if (entry?.role === "user" && entry.by !== "kernel") break;
    if (entry?.role === "user") asked.push(entry.text);
    else if (entry !== undefined && entry.results.size > 0) break;
  }
  return asked;
}

/** The text of the last turn, behind those that were cut and that it goes on from. */
function wholeText(conversation: readonly ConversationEntry[], read: Ended["read"]): string {
  let text = "";
  let at = conversation.length - 1;
  for (let entry = conversation[at]; entry?.role === "turn"; entry = conversation[at]) {
    text = read.answer(entry).text + text;
    const before = conversation[at - 1];
    const goesOn = before?.role === "user" && before.by === "kernel" && before.text === ASKS.cut;
    if (!goesOn) break;
    at -= 2;
  }
  return text;
}
