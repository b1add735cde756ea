// Written calls: tool calls that a model wrote into its text, in the notations that models were trained on.
import type { ModelMessage } from "../abi/model.ts";

/** A call as its text says it. `text` is exactly the piece of the answer that it was read from. */
export interface WrittenCall {
  readonly tool: string;
  readonly args: unknown;
  readonly text: string;
}

/** A call before its tool is known to exist. */
interface NamedCall {
  readonly name: string;
  readonly args: unknown;
}

/** Calls read from the start of a text, and how many characters they took. */
interface Taken {
  readonly calls: readonly NamedCall[];
  readonly length: number;
}

/** The longest words before a written call, in characters; a longer text is about something. */
const WORDS_MOST = 400;

/** How a written call begins, at the start of a line. */
const MARK =
  /^[ \t]*(?:<tool_call>|<function_calls>|<function=|<invoke name=|\[TOOL_CALLS\]|<\|python_tag\|>)/mu;
const FENCE = /^```[\w-]*[ \t]*\r?\n/u;
/** Ends that servers leave behind when they do not know the notation. */
const END = /^\s*(?:<\/(?:tool_call|function_calls|function|invoke)>|<\|e[mo][mt]_id\|>|<\/s>)\s*/u;

/** Behind a mark comes a call, not a word about it; and it ends the text. */
const OPENED =
  /^\s*(?:<function=|<invoke name=|\[TOOL_CALLS\]\s*[\w.-]*\s*(?:\[ARGS\])?\s*[[{]|<[\w|]+>\s*[[{<])/u;
const CLOSED = /(?:<\/[\w:]+>|<\|\w+\|>|[\]}])\s*$/u;

/**
 * The calls that an answer consists of: words before them are few and quote nothing, nothing comes after them, and each
 * names one of the tools. Undefined for every other text, also for one that talks about calls.
 */
export function writtenCalls(answer: string, tools: readonly string[]): WrittenCall[] | undefined {
  const body = withoutThoughts(answer);
  const mark = MARK.exec(body);
  const before = mark === null ? "" : body.slice(0, mark.index).trim();
  if (before.length > WORDS_MOST || before.includes("`")) return undefined;
  const text = body.slice(mark?.index ?? 0).trim();
  const calls: WrittenCall[] = [];
  for (let rest = text; rest !== "";) {
    const taken = takeMarked(rest) ?? (before === "" ? takeBare(rest) : undefined);
    if (taken === undefined || taken.calls.length === 0) return undefined;
    const said = rest.slice(0, taken.length).trim();
    for (const { name, args } of taken.calls) {
      if (!tools.includes(name)) return undefined;
      calls.push({ tool: name, args, text: said });
    }
    rest = rest.slice(taken.length).trimStart();
  }
  return calls.length === 0 ? undefined : calls;
}

/** Whether a text that is no call looks like one: `surely` in a notation of calls, `perhaps` as an example at its end. */
export function looksLikeCall(answer: string, tools: readonly string[]): "surely" | "perhaps" | undefined {
  const body = withoutThoughts(answer);
  const mark = MARK.exec(body);
  if (mark !== null) {
    const fenced = body.slice(0, mark.index).split("```").length % 2 === 0;
    return !fenced && OPENED.test(body.slice(mark.index)) && CLOSED.test(body) ? "surely" : undefined;
  }
  if (takeBare(body)?.length === body.length) return "surely";
  const fence = body.endsWith("```") ? body.lastIndexOf("\n```", body.length - 5) : -1;
  const last = fence < 0 ? undefined : takeBare(body.slice(fence + 1));
  return last?.calls.some(({ name }) => tools.includes(name)) === true ? "perhaps" : undefined;
}

/** The text behind the thoughts that some servers leave in it. */
function withoutThoughts(answer: string): string {
  const text = answer.trim();
  const end = text.startsWith("<think>") ? text.indexOf("</think>") : -1;
  return end < 0 ? text : text.slice(end + "</think>".length).trim();
}

/** Calls in a notation with marks. */
function takeMarked(text: string): Taken | undefined {
  const [open = ""] =
    /^(?:<tool_call>|<function_calls>|\[TOOL_CALLS\]|<\|python_tag\|>)\s*/u.exec(text) ?? [];
  const inside = text.slice(open.length);
  const taken = takeFunction(inside) ?? takeInvoke(inside) ?? (open === "" ? undefined : takeNamed(inside));
  if (taken === undefined) return undefined;
  let length = open.length + taken.length;
  for (let end = END.exec(text.slice(length)); end !== null; end = END.exec(text.slice(length)))
    length += end[0].length;
  return { calls: taken.calls, length };
}

/** `<function=name>` with JSON, or with `<parameter=key>value</parameter>`. */
function takeFunction(text: string): Taken | undefined {
  const [open = "", name = ""] = /^<function=([\w.-]+)>\s*/u.exec(text) ?? [];
  if (open === "") return undefined;
  const json = jsonAt(text, open.length);
  const object = asObject(json?.value);
  if (json !== undefined) return object && { calls: [{ name, args: object }], length: json.end };
  return takeParameters(text, open.length, name, /^<parameter=([\w.-]+)>/u, "</function>");
}

/** `<invoke name="x">` with `<parameter name="key">value</parameter>`. */
function takeInvoke(text: string): Taken | undefined {
  const [open = "", name = ""] = /^<invoke name="([\w.-]+)">\s*/u.exec(text) ?? [];
  if (open === "") return undefined;
  return takeParameters(text, open.length, name, /^<parameter name="([\w.-]+)"[^>\n]*>/u, "</invoke>");
}

/** Parameters in tags. A value ends where another parameter or the call's own end follows. */
function takeParameters(
  text: string,
  from: number,
  name: string,
  opening: RegExp,
  close: string,
): Taken | undefined {
  const end = "</parameter>";
  const args: [string, string][] = [];
  let at = from;
  for (;;) {
    const [open = "", key = ""] = opening.exec(text.slice(at, at + 300)) ?? [];
    if (open === "") break;
    const start = at + open.length;
    let stop = text.indexOf(end, start);
    while (
      stop >= 0 &&
      !/^\s*(?:<parameter[ =]|<\/(?:function|invoke)>|$)/u.test(text.slice(stop + end.length))
    )
      stop = text.indexOf(end, stop + 1);
    if (stop < 0 || args.some(([known]) => known === key)) return undefined;
    args.push([key, text.slice(start, stop).replace(/^\r?\n|\r?\n$/gu, "")]);
    at = stop + end.length;
    at += text.slice(at).length - text.slice(at).trimStart().length;
  }
  const closed = text.startsWith(close, at);
  if (!closed && at < text.length) return undefined;
  return { calls: [{ name, args: Object.fromEntries(args) }], length: at };
}

/** JSON that names tools and arguments, or a name followed by the arguments as JSON. */
function takeNamed(text: string): Taken | undefined {
  const json = jsonAt(text, 0);
  if (json !== undefined) {
    const calls = callsIn(json.value, false);
    return calls && { calls, length: json.end };
  }
  const [head = "", name = ""] = /^([\w.-]{1,64})\s*(?:\[ARGS\])?\s*(?=\{)/u.exec(text) ?? [];
  const args = head === "" ? undefined : jsonAt(text, head.length);
  const object = asObject(args?.value);
  return args === undefined || object === undefined
    ? undefined
    : { calls: [{ name, args: object }], length: args.end };
}

/** JSON alone, or in a code fence: it must say both the name and the arguments. */
function takeBare(text: string): Taken | undefined {
  const [fence = ""] = FENCE.exec(text) ?? [];
  const json = jsonAt(text, fence.length);
  const calls = json === undefined ? undefined : callsIn(json.value, true);
  if (json === undefined || calls === undefined) return undefined;
  if (fence === "") return { calls, length: json.end };
  const [close = ""] = /^\s*```/u.exec(text.slice(json.end)) ?? [];
  return close === "" ? undefined : { calls, length: json.end + close.length };
}

const NAMES = ["name", "tool", "tool_name"];
const ARGUMENTS = ["arguments", "parameters", "args", "input"];
const OTHERS = ["id", "type", "function"];

/** The calls that a JSON value says, alone or in a list; undefined when any part of it says something else. */
function callsIn(value: unknown, whole: boolean): NamedCall[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const calls: NamedCall[] = [];
  for (const each of list) {
    const call = asObject(each);
    const inner = asObject(call?.["function"]);
    const made = call === undefined ? undefined : callIn(inner ?? call, whole);
    if (made === undefined) return undefined;
    calls.push(made);
  }
  return calls;
}

function callIn(object: Readonly<Record<string, unknown>>, whole: boolean): NamedCall | undefined {
  const keys = Object.keys(object);
  const named = keys.filter((key) => NAMES.includes(key));
  const given = keys.filter((key) => ARGUMENTS.includes(key));
  const [name] = named.map((key) => object[key]);
  if (named.length !== 1 || typeof name !== "string" || given.length > 1) return undefined;
  if (whole && given.length === 0) return undefined;
  if (keys.some((key) => ![...NAMES, ...ARGUMENTS, ...OTHERS].includes(key))) return undefined;
  const args = given.length === 0 ? {} : object[given[0] ?? ""];
  const inside = typeof args === "string" ? jsonAt(args, 0) : undefined;
  const understood = asObject(inside === undefined ? args : inside.value);
  return understood === undefined ? undefined : { name, args: understood };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** The JSON object or list that begins at a place of a text, and its end; undefined when none does. */
function jsonAt(text: string, from: number): { readonly value: unknown; readonly end: number } | undefined {
  const first = text[from];
  if (first !== "{" && first !== "[") return undefined;
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const c = text[at];
    if (quoted) {
      if (c === "\\") at++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "{" || c === "[") depth++;
    else if (c === "}" || c === "]") depth--;
    if (depth > 0 || quoted) continue;
    try {
      return { value: JSON.parse(text.slice(from, at + 1)) as unknown, end: at + 1 };
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** True when a written call stands word for word in what the model was sent: then it quotes it. */
export function isQuoted(written: readonly WrittenCall[], messages: readonly ModelMessage[]): boolean {
  const sent = messages.filter((m) => m.role !== "assistant");
  const texts = sent.map((m) => (m.role === "tool" ? m.content : m.text));
  // Line by line, because a result may number its lines.
  const holds = (all: string, line: string): boolean =>
    all.includes(line) || all.includes(JSON.stringify(line).slice(1, -1));
  return written.some(({ text }) => {
    const lines = text.split("\n").map((line) => line.trim());
    return texts.some((all) => lines.every((line) => holds(all, line)));
  });
}
