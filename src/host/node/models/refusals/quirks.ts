// Quirks: what a server does not take in a request, learned from its refusals and remembered for it.
import { isFields, type Opaque } from "../streams/opaque.ts";
import { fieldOf } from "../streams/gather.ts";
import type { Complaint } from "./complaint.ts";
import { isTooLong, numberOf, toldCounts } from "./counts.ts";

/** The facts learned about one model of one server. */
export interface Quirks {
  /** Fields of the request, or of its messages, that are left out. */
  readonly without: ReadonlySet<string>;
  /** Fields of answers that the server insists on, where the model gave none. */
  readonly insists: ReadonlySet<"reasoning_content" | "thought_signature">;
  /** The most tokens that it accepts as the limit of an answer. */
  readonly answerMax?: number;
  /** The window that it told, in tokens. */
  readonly window?: number;
  /** The tokens of one character of a request, as it counted them. */
  readonly perCharacter?: number;
}

/** Nothing is known yet. */
export const NO_QUIRKS: Quirks = { without: new Set(), insists: new Set() };

/** The names of the limit of an answer. A server that refuses one of the first two is sent the other. */
const LIMITS = ["max_completion_tokens", "max_tokens"] as const;
/** Fields below the top of a request that it can do without, at any depth. */
const INNER: ReadonlySet<string> = new Set([
  ...["display", "cache_control", "num_predict", "num_ctx", "thinking_blocks", "extra_content"],
  ...["reasoning_content", "reasoning_details", "reasoning_opaque", "reasoning_text", "reasoning"],
  "provider_specific_fields",
]);
/** All fields that a request can do without; a part of another name comes before that name. */
const DISPENSABLE = ["stream_options", ...INNER, "thinking", "tool_choice", "parallel_tool_calls", "stream"];
/** The field of a part that stands for another: the part alone is never sent. */
const WHOLE: Readonly<Record<string, string>> = { include_usage: "stream_options", adaptive: "thinking" };

const UNKNOWN =
  /unsupported|not supported|un(?:known|recognized|expected)|extra (?:inputs|fields)|extra_forbidden|not permitted|not allowed|does not (?:support|accept)|invalid (?:field|parameter|argument|request)|additional propert|no such field/iu;
/** The words of a refusal that is about the limit of the answer, and not about the conversation. */
const LIMIT =
  /max[_ ]?(?:completion[_ ]|new[_ ]|output[_ ])?tokens|maximum tokens you requested|num_predict|completion tokens/iu;
const TOO_MUCH =
  /too (?:large|big|high|many)|at most|less than or equal|exceed|<=|> \d|lower than|range|must be (?:less|between|at most|<)|maximum (?:value|allowed)|fewer/iu;
/** Where the words tell the most tokens of an answer. */
const MOST = [
  /supports? (?:at most|up to) (?<n>[\d,]+)/iu,
  /> (?<n>[\d,]+), which is the maximum/iu,
  /exceeds the model limit of (?<n>[\d,]+)/iu,
  /range (?:of max_tokens )?(?:is|should be|is from)? ?\[?\d+(?: \(inclusive\))?(?:,| to) ?(?<n>[\d,]+)(?<open> \(exclusive\))?/iu,
  /less than or equal to `?(?<n>[\d,]+)/iu,
  /(?:must be|should be) (?:<=|at most|no more than|less than) ?(?<n>[\d,]+)/iu,
  /can only afford (?<n>[\d,]+)/iu,
  /maximum (?:value|allowed)[^\d]{0,40}(?<n>[\d,]+)/iu,
];
/** Words that tell how the input and the answer share the window. */
const SHARED = /context (?:length|limit|window)|input length and|`?inputs`? tokens \+/iu;

/** The role of the system's words, and the words of servers that have no such role. */
const SYSTEM = "role:system";
const NO_SYSTEM =
  /system role (?:is )?not supported|role.{0,40}does not support '?"?system|system (?:message|prompt)s? (?:is|are) not (?:supported|allowed)/iu;

/** The smallest answer that is worth asking for, in tokens. */
const LEAST_ANSWER = 1024;
/** A told limit below this is no limit of a model that can work. */
const LEAST_TOLD = 256;
/** The part of the input by which a count from characters may be too low. */
const MARGIN = 1.02;

/** The quirks after the refusal of a request; undefined when nothing about the request can be changed. */
export function learnQuirk(known: Quirks, request: object, complaint: Complaint): Quirks | undefined {
  if (![400, 402, 404, 413, 422, 500, 501].includes(complaint.status)) return undefined;
  return (
    learnNeed(known, request, complaint) ??
    learnRole(known, complaint) ??
    (UNKNOWN.test(complaint.text) ? learnName(known, request, complaint) : undefined) ??
    learnLimit(known, request, complaint)
  );
}

/** True when the words are about the limit of the answer. */
export function isAboutAnswer({ text }: Complaint): boolean {
  return LIMIT.test(text) && TOO_MUCH.test(text);
}

/** A model whose template has no place for a system's words gets them before the first message. */
function learnRole(known: Quirks, { text }: Complaint): Quirks | undefined {
  if (known.without.has(SYSTEM) || !NO_SYSTEM.test(text)) return undefined;
  return { ...known, without: new Set([...known.without, SYSTEM]) };
}

function learnNeed(known: Quirks, request: object, { text }: Complaint): Quirks | undefined {
  const need =
    /reasoning_content/u.test(text) &&
    /passed back|missing|must be (?:provided|included)|required/iu.test(text)
      ? "reasoning_content"
      : /missing (?:a )?`?'?thought_signature|thought_signature.{0,20}(?:missing|required)/iu.test(text)
        ? "thought_signature"
        : undefined;
  if (need === undefined || known.insists.has(need)) return undefined;
  if (!names(request).has("messages")) return undefined;
  return { ...known, insists: new Set([...known.insists, need]) };
}

/** A field that is named as unknown or refused, and is in the request. */
function learnName(known: Quirks, request: object, { text, param }: Complaint): Quirks | undefined {
  const sent = names(request);
  const said = `${param ?? ""} ${text}`;
  const named = (name: string): boolean => new RegExp(`(?<![\\w])${name}(?![\\w])`, "u").test(said);
  const limit = LIMITS.find((name) => sent.has(name) && named(name));
  const parts = Object.keys(WHOLE).filter((name) => named(name));
  const refused =
    limit !== undefined && !known.without.has(LIMITS[0] === limit ? LIMITS[1] : LIMITS[0]) && !isValue(text)
      ? limit
      : [...DISPENSABLE.filter((name) => named(name)), ...parts.map((name) => WHOLE[name] ?? name)].find(
          (name) => sent.has(name),
        );
  if (refused === undefined || known.without.has(refused)) return undefined;
  return { ...known, without: new Set([...known.without, refused]) };
}

/** True when the words are about the value of a limit. */
function isValue(text: string): boolean {
  return /too (?:large|big)|range|less than|at most|exceed/iu.test(text);
}

/** A limit of the answer that was too large: for the model, or beside this input. */
function learnLimit(known: Quirks, request: object, complaint: Complaint): Quirks | undefined {
  const { text } = complaint;
  const sent = limitIn(request);
  const counts = toldCounts(complaint);
  if (sent === undefined) return undefined;
  const about = isAboutAnswer(complaint);
  if (SHARED.test(text) && (about || isTooLong(complaint)) && counts.window !== undefined) {
    const { window, input } = counts;
    // Without the input's own count, or when that is too large, the conversation is too long.
    if (input === undefined || !tellsInput(text) || window - input < LEAST_ANSWER) return undefined;
    const perCharacter = input / JSON.stringify(request).length;
    const next = { ...known, window, perCharacter };
    return (limitIn(adaptRequest(request, next)) ?? sent) < sent ? next : undefined;
  }
  if (!about) return undefined;
  const told = MOST.map((pattern) => pattern.exec(text)?.groups).find((groups) => groups !== undefined);
  const most = numberOf(told?.["n"]);
  const answerMax = most === undefined ? Math.floor(sent / 2) : most - (told?.["open"] === undefined ? 0 : 1);
  const least = most === undefined ? LEAST_ANSWER : LEAST_TOLD;
  return answerMax < sent && answerMax >= least ? { ...known, answerMax } : undefined;
}

/** True when the words count the input alone; "you requested" counts the answer too. */
function tellsInput(text: string): boolean {
  return /input|prompt|messages/iu.test(text);
}

/** The limit of the answer in a request, in tokens. */
function limitIn(request: object): number | undefined {
  for (const name of LIMITS) {
    const limit = fieldOf(request, name);
    if (typeof limit === "number") return limit;
  }
  return numberOf(fieldOf(fieldOf(request, "options"), "num_predict"));
}

/** The request as this server takes it. */
export function adaptRequest(request: object, quirks: Quirks): object {
  if (quirks === NO_QUIRKS) return request;
  const { without, insists } = quirks;
  const adapted = without.size === 0 ? request : (strip(request, without, 0) as object);
  const limited: Record<string, unknown> = Object.fromEntries(
    Object.entries(adapted as Opaque).map(([key, value]) => [
      key,
      key === "messages" && Array.isArray(value)
        ? withNeeds(without.has(SYSTEM) ? withoutSystem(value) : value, insists)
        : value,
    ]),
  );
  const limit = limitIn(request);
  const own = LIMITS.find((each) => Object.hasOwn(request, each));
  if (without.has("stream")) limited["stream"] = false;
  if (limit === undefined) return limited;
  const most = mostOf(request, limit, quirks);
  const name = own !== undefined && without.has(own) ? LIMITS.find((each) => !without.has(each)) : own;
  if (name !== undefined) limited[name] = most;
  const options = limited["options"];
  if (isFields(options) && !without.has("num_predict"))
    limited["options"] = { ...options, num_predict: most };
  return limited;
}

/** The limit within what the server told: for every answer, and beside an input of this length. */
function mostOf(request: object, limit: number, { answerMax, window, perCharacter }: Quirks): number {
  const most = Math.min(limit, answerMax ?? limit);
  if (window === undefined || perCharacter === undefined) return most;
  const input = JSON.stringify(request).length * perCharacter;
  return Math.min(most, Math.max(LEAST_ANSWER, Math.floor(window - input * MARGIN)));
}

/** Arguments of calls and schemas of tools are values of the agent, and may have any name. */
const UNTOUCHED = new Set(["arguments", "input", "input_schema", "parameters"]);
const DEEPEST = 12;

function strip(value: unknown, without: ReadonlySet<string>, depth: number): unknown {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => strip(item, without, depth + 1));
  return Object.fromEntries(
    Object.entries(value as Opaque)
      .filter(([key]) => !without.has(key) || (depth > 0 && !INNER.has(key)))
      .map(([key, item]) => [key, UNTOUCHED.has(key) ? item : strip(item, without, depth + 1)]),
  );
}

function withoutSystem(messages: readonly unknown[]): readonly unknown[] {
  const [first, second, ...rest] = messages;
  if (!isFields(first) || first["role"] !== "system" || typeof first["content"] !== "string") return messages;
  const words = first["content"];
  if (!isFields(second) || second["role"] !== "user" || typeof second["content"] !== "string")
    return [{ role: "user", content: words }, ...messages.slice(1)];
  return [{ ...second, content: `${words}\n\n${second["content"]}` }, ...rest];
}

/** The signature by which its maker lets a call pass that another model, or a person, has made. */
const NO_SIGNATURE = { google: { thought_signature: "skip_thought_signature_validator" } };

function withNeeds(messages: readonly unknown[], insists: Quirks["insists"]): unknown[] {
  return messages.map((message) => {
    if (insists.size === 0 || !isFields(message) || message["role"] !== "assistant") return message;
    const needed: Record<string, unknown> = { ...message };
    if (insists.has("reasoning_content")) needed["reasoning_content"] ??= "";
    const calls = message["tool_calls"];
    if (insists.has("thought_signature") && Array.isArray(calls))
      needed["tool_calls"] = (calls as readonly unknown[]).map((call) =>
        isFields(call) ? { extra_content: NO_SIGNATURE, ...call } : call,
      );
    return needed;
  });
}

/** All names of fields in a request, but not those within values of the agent. */
function names(value: unknown, found = new Set<string>(), depth = 0): ReadonlySet<string> {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return found;
  if (Array.isArray(value)) for (const item of value as readonly unknown[]) names(item, found, depth + 1);
  else
    for (const [key, item] of Object.entries(value as Opaque)) {
      found.add(key);
      if (!UNTOUCHED.has(key)) names(item, found, depth + 1);
    }
  return found;
}

/** What was learned, by the address and the model; the oldest goes when there are too many. */
export class LearnedQuirks {
  readonly #known = new Map<string, Quirks>();

  of(baseUrl: string, model: string): Quirks {
    return this.#known.get(`${baseUrl} ${model}`) ?? NO_QUIRKS;
  }

  set(baseUrl: string, model: string, quirks: Quirks): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(`${baseUrl} ${model}`, quirks);
  }
}

/** The most models of servers that are remembered. */
const MOST_KNOWN = 256;
