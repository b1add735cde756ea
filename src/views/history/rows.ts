// Rows of the history in words: days, turns and calls, and the filter that chooses among them.
import type { Kinds } from "../../abi/kind.ts";
import { fsSegments } from "../../abi/resource.ts";
import { NO_TURN, type CallFilter, type TurnSum } from "../../kernel/ports/history.ts";
import { slotOf } from "../../kernel/state/call-id.ts";
import { callName, type CallRow } from "../record/calls.ts";
import { callWords } from "../words/calls.ts";
import { decisionWords, outcomeWords } from "../words/decisions.ts";
import { needWords } from "../words/resources.ts";
import type { Translate } from "../words/translate.ts";
import { visibleLine, visibleName } from "../words/visible.ts";

/** The longest label, in characters. */
const LABEL_MOST = 120;

/** Which calls the history shows; an absent field does not filter. */
export interface HistoryFilter extends CallFilter {
  /** Looked for in arguments, values and errors; upper and lower case are the same. */
  readonly text?: string | undefined;
}

/** The first moment of the local day of a moment, both in milliseconds since the Unix epoch. */
export function startOfDay(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

/** A row in words: what it is, and what stands beside that. */
export interface RowWords {
  readonly label: string;
  readonly description: string;
}

/** The day that begins then, as people say it on the day of `now`. `language` is a BCP 47 tag. */
export function dayWords(t: Translate, language: string, start: number, now: number): RowWords {
  const date = new Date(start).toLocaleDateString(language, { dateStyle: "long" });
  const weekday = new Date(start).toLocaleDateString(language, { weekday: "long" });
  if (startOfDay(now) === start) return { label: t("Today"), description: date };
  return startOfDay(startOfDay(now) - 1) === start
    ? { label: t("Yesterday"), description: date }
    : { label: date, description: weekday };
}

/** A turn by its number among people, who count from one. */
export function turnName(t: Translate, turn: number): string {
  return turn === NO_TURN ? t("Outside of turns") : t("Turn {0}", turn + 1);
}

/** What a turn comes to: its calls, those that were denied, its tokens. */
export function turnSumWords(t: Translate, language: string, { calls, denied, tokens }: TurnSum): string {
  return [
    calls === 1 ? t("1 call") : t("{0} calls", calls),
    ...(denied === 0 ? [] : [t("{0} denied", denied)]),
    ...(tokens === 0 ? [] : [t("{0} tokens", tokens.toLocaleString(language))]),
  ].join(" · ");
}

/** How a call stands out: refused it was, or it failed, waits, changed something, or only looked. */
export type CallLook = "answer" | "denied" | "failed" | "unknown" | "waits" | "changed" | "looked" | "done";

/** A call as a row. */
export interface CallWords extends RowWords {
  readonly look: CallLook;
}

/** A call in one line: what it did, what became of it, and when. */
export function callRowWords(t: Translate, kinds: Kinds, language: string, row: CallRow): CallWords {
  const { json, time } = row;
  const look = lookOf(kinds, row);
  const came =
    look === "waits"
      ? [t("waits for an answer")]
      : json.outcome === "ok"
        ? []
        : [look === "denied" ? decisionWords(t, json.decision) : outcomeWords(t, json.outcome)];
  const clock = new Date(time).toLocaleTimeString(language, { timeStyle: "short" });
  return { label: clipped(labelOf(t, kinds, row)), description: [...came, clock].join(" · "), look };
}

function labelOf(t: Translate, kinds: Kinds, row: CallRow): string {
  const { json, value } = row;
  const said = callWords(t, kinds, { op: json.syscall, args: json.args, value });
  if (said !== undefined) return visibleLine(said.line);
  const text = isAnswer(row) ? textOf(value) : "";
  if (text !== "") return `“${visibleLine(text)}”`;
  const [need, ...more] = json.needs;
  if (need === undefined) return callName(json);
  const words = visibleLine(needWords(t, kinds, [need.right], need.resource));
  return more.length === 0 ? words : t("{0} and {1} more", words, more.length);
}

/** True for the answer of the model itself, which is a call without an index in its turn. */
function isAnswer({ json }: CallRow): boolean {
  const slot = slotOf(json.call);
  return slot !== undefined && slot.index === undefined;
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null || !("text" in value)) return "";
  return typeof value.text === "string" ? value.text.trim().slice(0, 2 * LABEL_MOST) : "";
}

function lookOf(kinds: Kinds, row: CallRow): CallLook {
  const { json, end, begin } = row;
  if (end === undefined && begin === undefined) return "waits";
  if (json.decision === "deny" || json.decision === "refused" || json.decision === "expired") return "denied";
  if (json.outcome === "unknown") return "unknown";
  if (json.outcome !== "ok") return "failed";
  if (isAnswer(row)) return "answer";
  if (end?.data.changed === true) return "changed";
  return json.needs.length > 0 && json.needs.every((need) => kinds.reads(need)) ? "looked" : "done";
}

function clipped(text: string): string {
  return text.length <= LABEL_MOST ? text : `${text.slice(0, LABEL_MOST - 1)}…`;
}

/** The filter in words, as it stands beside the title of the view; empty when nothing filters. */
export function filterWords(t: Translate, filter: HistoryFilter, agentName: (pid: number) => string): string {
  const { pid, syscall, decision, resources = [], tokens, text } = filter;
  const files = resources.map((resource) => visibleName(fsSegments(resource).join("/")));
  return [
    ...(pid === undefined ? [] : [agentName(pid)]),
    ...files,
    ...(decision === undefined ? [] : [decisionWords(t, decision)]),
    ...(syscall === undefined ? [] : [visibleLine(syscall.replace(/\.\*$/u, ""))]),
    ...(tokens === undefined ? [] : [t("{0} tokens or more", tokens)]),
    ...(text === undefined ? [] : [`“${visibleLine(text)}”`]),
  ].join(" · ");
}
