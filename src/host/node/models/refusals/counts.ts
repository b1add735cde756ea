// Counts: whether a refusal says that the conversation is too long, and the tokens that it tells of it.
import type { TokenCounts } from "../../../../abi/errors.ts";
import { fieldOf } from "../streams/gather.ts";
import type { Complaint } from "./complaint.ts";

const CODES = new Set([
  "context_length_exceeded",
  "exceed_context_size_error",
  "request_too_large",
  "model_context_window_exceeded",
  "context_window_exceeded",
  "string_above_max_length",
  "tokens_limit_reached",
]);

/** The words of providers and servers for a conversation that is too long. */
const WORDS = [
  /context.{0,12}(?:length|window|size|limit).{0,40}(?:exceed|only|too (?:small|short)|is \d|of \d|overflow)/iu,
  /(?:exceed|larger than|longer than|greater than|over|beyond|fit (?:in|within)).{0,40}context.{0,12}(?:length|window|size|limit)/iu,
  /maximum (?:context|prompt|input|model) (?:length|size)/iu,
  /max input length|maximum input (?:length|tokens)|input length should be|input tokens? (?:exceed|limit)/iu,
  /(?:prompt|input|request|conversation|messages?|total length) (?:is|are|was)? ?too long/iu,
  /too many (?:input )?tokens|input token count.{0,40}exceeds/iu,
  /reduce (?:the length|your prompt|the prompt|your message size|the number of (?:input )?tokens)/iu,
  /exceed(?:s|ed)? (?:the )?(?:model(?:'s)? )?(?:maximum|limit).{0,30}tokens|exceeded model token limit/iu,
  /token (?:count|limit).{0,40}(?:exceed|only supports)|exceeds the limit of \d/iu,
  /too large for model with \d|configured context size|context the overflows/iu,
  /inputs?`? tokens \+ `?max_new_tokens/iu,
  /prompt exceeds|input exceeds|exceeds? the (?:available|maximum) (?:context|number of tokens|allowed input)/iu,
  /上下文(?:长度|窗口)|超出模型|输入(?:长度|过长)/u,
];

/** Words of a limit by the minute. A smaller request helps only if this one alone is over it. */
const PACE = /rate limit|too many requests|per (?:minute|day|second|hour)|\b[tr]p[md]\b/iu;
const ALONE = /request too large|reduce your message size|Limit ([\d,]+), Requested ([\d,]+)/iu;

/** Where the words tell the numbers. `w` is the window, `i` the input alone, `a` the answer that was counted beside it. */
const NUMBERS = [
  /too long: (?<i>[\d,]+) tokens? > (?<w>[\d,]+)/iu,
  /limit: (?<i>[\d,]+) \+ (?<a>[\d,]+) > (?<w>[\d,]+)/iu,
  /token count (?:of )?\(?(?<i>[\d,]+)\)? exceeds the (?:maximum number of tokens allowed|limit of) \(?(?<w>[\d,]+)/iu,
  /token count is (?<i>[\d,]+) but (?:the )?model only supports (?:up to )?(?<w>[\d,]+)/iu,
  /passed (?<i>[\d,]+) input tokens.{0,200}?context length is (?:only )?(?<w>[\d,]+)/iu,
  /prompt length is (?<w>[\d,]+) but the request contains (?<i>[\d,]+)/iu,
  /request \(?(?<i>[\d,]+) tokens\)? exceeds the available context size \(?(?<w>[\d,]+)/iu,
  /first (?<i>[\d,]+) tokens.{0,200}?context length of (?:only )?(?<w>[\d,]+)/iu,
  /token limit: (?<w>[\d,]+) \(requested: (?<i>[\d,]+)/iu,
  /contains (?<i>[\d,]+) tokens.{0,200}?too large for model with (?<w>[\d,]+)/iu,
  /prompt has (?<i>[\d,]+) tokens?,? but the configured context size is (?<w>[\d,]+)/iu,
  /input length should be \[\d+, ?(?<w>[\d,]+)\]/iu,
  /must be <= (?<w>[\d,]+)\. Given: (?<i>[\d,]+) `?inputs?`? ?`?tokens and (?<a>[\d,]+)/iu,
  /input \((?<i>[\d,]+) tokens\) is longer than the model'?s context length \((?<w>[\d,]+)/iu,
  /(?:configured limit of|max input length is) (?<w>[\d,]+) tokens.{0,30}?(?:resulted in|supplied) (?<i>[\d,]+)/iu,
  /context (?:length|window|limit) (?:is|of) (?<w>[\d,]+).{0,200}?(?<i>[\d,]+) (?:in (?:the|your) (?:messages|prompt)|(?:of )?(?:text )?input\b.{0,200}?(?<a>[\d,]+) in the (?:output|completion))/iu,
  /context (?:length|window|limit) (?:is|of) (?<w>[\d,]+).{0,200}?(?:resulted in|has|have|contains?|request has) (?:at least )?(?<i>[\d,]+)(?: input)? tokens/iu,
  /context (?:length|window|limit|size) (?:is|of) (?:only )?(?<w>[\d,]+)/iu,
  /Limit (?<w>[\d,]+), Requested (?<i>[\d,]+)/iu,
];
/** The tools that a sentence counts beside the messages. */
const TOOLS = /(?<i>[\d,]+) of tool input/iu;

/** A window below this is a number of something else. */
const LEAST_WINDOW = 256;
const MOST_WINDOW = 100_000_000;

/** True when a smaller conversation would help. */
export function isTooLong({ status, text, codes }: Complaint): boolean {
  if (codes.some((code) => CODES.has(code))) return true;
  if (PACE.test(text)) return (status === 413 || status === 429) && ALONE.test(text) && isAlone(text);
  if (status === 413) return true;
  return status < 600 && status !== 429 && status !== 401 && WORDS.some((words) => words.test(text));
}

/** True when one request is over the limit by the minute that the sentence names. */
function isAlone(text: string): boolean {
  const { window, input } = countsIn(text);
  return window === undefined || input === undefined || input > window;
}

/** The tokens that a complaint tells: from its fields, else from its words. */
export function toldCounts({ text, body }: Complaint): TokenCounts {
  const error = fieldOf(body, "error") ?? body;
  const window = numberOf(fieldOf(error, "n_ctx"));
  const input = numberOf(fieldOf(error, "n_prompt_tokens"));
  return window === undefined ? countsIn(text) : { window, ...(input === undefined ? {} : { input }) };
}

function countsIn(text: string): TokenCounts {
  for (const pattern of NUMBERS) {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) continue;
    const window = numberOf(groups["w"]);
    if (window === undefined || window < LEAST_WINDOW || window > MOST_WINDOW) continue;
    const tools = numberOf(TOOLS.exec(text)?.groups?.["i"]) ?? 0;
    const input = numberOf(groups["i"]);
    return { window, ...(input === undefined ? {} : { input: input + tools }) };
  }
  return {};
}

/** A count written as a number or in words, with its thousands marked by commas. */
export function numberOf(value: unknown): number | undefined {
  const found = typeof value === "string" ? Number(value.replaceAll(",", "")) : value;
  return typeof found === "number" && Number.isSafeInteger(found) && found >= 0 ? found : undefined;
}
