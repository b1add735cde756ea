// The wire format of OpenAI and of all servers with its chat completions. The `openai` package reads the
// stream. Its client stays out, because it reads headers, keys and log levels from the environment.
import { _iterSSEMessages as readEvents } from "openai/core/streaming";
import type { AnswerMessage, ModelCall, ModelMessage, ModelRequest } from "../../../abi/model.ts";
import {
  countOf,
  fieldOf,
  Gathering,
  MalformedChunk,
  parseEvent,
  ReportedError,
  stringOf,
  type PartialCall,
} from "./streams/gather.ts";
import { answerMaxOf } from "./limits.ts";
import { isFields, hasRedaction, wholeFields, type Opaque } from "./streams/opaque.ts";
import { modelName, wireArguments, wireName, wireTools, type Dialect } from "./wire.ts";

/** The names under which servers send thoughts as text, the first one found counts; some send two of them at once. */
const THOUGHTS = ["reasoning_content", "reasoning", "reasoning_text", "thinking"] as const;
/** The field of thoughts that came as parts of the content, and go back so. */
const CONTENT = "content";
/** Fields of messages that some servers want back as they came. All others are display or repetition. */
const KEPT = [
  "reasoning_details",
  "reasoning_opaque",
  "thinking_blocks",
  "extra_content",
  "provider_specific_fields",
];
/** The fields of a call, and of its function, that are not opaque. */
const KNOWN_OF_CALL = new Set(["index", "id", "type", "function", "name", "arguments", "parameters"]);

/** The fields of an error in place of a chunk. */
const SAYS = ["message", "detail", "msg", "errors", "error_msg"];

/** The format as `vendor` speaks it. */
export function chatCompletions(vendor: string): Dialect {
  return {
    path: "/chat/completions",
    headers: (key) => ({
      accept: "text/event-stream",
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    }),
    body: (request) => chatBody(vendor, request),
    events: eventData,
    gathering: () => new ChatGathering(),
  };
}

/**
 * The request body. It holds only fields that every compatible server knows; temperature and the like are the
 * provider's default.
 */
function chatBody(vendor: string, request: ModelRequest): object {
  const system = request.system === "" ? [] : [{ role: "system", content: request.system.toWellFormed() }];
  return {
    model: modelName(request.model),
    messages: [...system, ...request.messages.map((message) => messageOf(message, request.model))],
    ...wireTools(request),
    // OpenAI renamed it, and its newer models refuse the old name; most other servers know only the old one.
    [vendor === "openai" ? "max_completion_tokens" : "max_tokens"]: answerMaxOf(request.model),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function messageOf(message: ModelMessage, model: string): object {
  if (message.role === "user") return { role: "user", content: message.text.toWellFormed() };
  if (message.role === "tool") {
    return { role: "tool", tool_call_id: message.callId, content: message.content.toWellFormed() };
  }
  const same = message.from === model;
  const { calls } = message;
  return {
    role: "assistant",
    content: contentOf(message, same),
    ...thoughtsOf(message, model),
    ...(same ? wholeFields(message.extra) : {}),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => callOf(call, same)) }),
  };
}

/** Content that came as a list goes back as one; anything else is text. */
function contentOf(message: AnswerMessage, same: boolean): unknown {
  const { text, calls, reasoning = [], parts = [] } = message;
  const thoughts = reasoning.filter(({ field, ...thought }) => field === CONTENT && !hasRedaction(thought));
  const blocks = parts.flatMap((part) =>
    part.kind === "block" && !hasRedaction(part.block) ? [part.block] : [],
  );
  if (!same || (thoughts.length === 0 && blocks.length === 0))
    return text === "" && calls.length > 0 ? null : text.toWellFormed();
  return [
    ...thoughts.map((thought) => ({ type: "thinking", thinking: [{ type: "text", text: thought.text }] })),
    ...(text === "" ? [] : [{ type: "text", text: text.toWellFormed() }]),
    ...blocks,
  ];
}

/** Thoughts in the fields that they came in, for another model of the same vendor too: some servers insist on them. */
function thoughtsOf({ reasoning = [], from = "" }: AnswerMessage, model: string): Record<string, string> {
  const vendor = (name: string): string => name.slice(0, name.indexOf("/"));
  if (from === "" || vendor(from) !== vendor(model)) return {};
  const fields: Record<string, string> = {};
  for (const { field, text } of reasoning)
    if (field !== undefined && field !== CONTENT) fields[field] = (fields[field] ?? "") + text;
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => !hasRedaction(text)));
}

function callOf(call: ModelCall, same: boolean): object {
  const { function: inner, ...extra } = same ? wholeFields(call.extra) : {};
  return {
    ...extra,
    id: call.id,
    type: "function",
    function: {
      ...(isFields(inner) ? inner : {}),
      name: wireName(call.tool),
      arguments: JSON.stringify(wireArguments(call)),
    },
  };
}

/** The data of server-sent events. */
export async function* eventData(response: Response, controller: AbortController): AsyncIterable<string> {
  for await (const { data } of readEvents(response, controller)) if (data.trim() !== "") yield data;
}

class ChatGathering extends Gathering {
  readonly #byIndex = new Map<number, PartialCall>();

  take(data: string): string {
    if (data.startsWith("[DONE]")) {
      this.done = true;
      return "";
    }
    const chunk = parseEvent(data);
    this.#account(fieldOf(chunk, "usage") ?? fieldOf(fieldOf(chunk, "x_groq"), "usage"));
    const choices = fieldOf(chunk, "choices");
    if (!Array.isArray(choices)) {
      if (this.usage !== undefined) return "";
      // Some servers tell an error without the field of that name.
      if (SAYS.some((name) => fieldOf(chunk, name) !== undefined)) throw new ReportedError(chunk);
      throw new MalformedChunk("a chunk has no choices");
    }
    const choice: unknown = (choices as readonly unknown[]).find((c) => (fieldOf(c, "index") ?? 0) === 0);
    if (choice === undefined) return "";
    this.any = true;
    this.#account(fieldOf(choice, "usage"));
    const finish = fieldOf(choice, "finish_reason");
    if (typeof finish === "string" && finish !== "") this.finish = finish;
    const delta = fieldOf(choice, "delta");
    if (delta !== undefined && delta !== null) return this.#delta(delta);
    // One whole message instead of a stream. Some servers end a stream with one that repeats everything.
    return this.begun ? "" : this.#delta(fieldOf(choice, "message"));
  }

  #delta(delta: unknown): string {
    const field = THOUGHTS.find((name) => textIn(fieldOf(delta, name)) !== "");
    if (field !== undefined) this.think(textIn(fieldOf(delta, field)), field);
    const kept = KEPT.filter((name) => (fieldOf(delta, name) ?? null) !== null);
    this.keep(Object.fromEntries(kept.map((name) => [name, fieldOf(delta, name)])));
    const said = this.#content(fieldOf(delta, "content")) + this.say(stringOf(delta, "refusal"));
    const calls = fieldOf(delta, "tool_calls") ?? [];
    if (typeof calls !== "object") throw new MalformedChunk("tool_calls is not a list");
    for (const call of Array.isArray(calls) ? (calls as readonly unknown[]) : [calls]) this.#fragment(call);
    const legacy = fieldOf(delta, "function_call");
    if (isFields(legacy)) this.#fragment({ function: legacy });
    return said;
  }

  /** Content is text, or a list of parts: texts, thoughts, and parts that only the server knows. */
  #content(content: unknown): string {
    if (content === undefined || content === null) return "";
    if (typeof content === "string") return this.say(content);
    if (!Array.isArray(content)) throw new MalformedChunk("content is not text");
    return (content as readonly unknown[]).map((part) => this.#part(part)).join("");
  }

  #part(part: unknown): string {
    if (typeof part === "string") return this.say(part);
    switch (fieldOf(part, "type")) {
      case undefined:
      case "text":
      case "output_text":
        return this.say(textIn(fieldOf(part, "text")));
      case "refusal":
        return this.say(textIn(fieldOf(part, "refusal")));
      case "thinking":
      case "reasoning":
        this.think(
          textIn(fieldOf(part, "thinking") ?? fieldOf(part, "text") ?? fieldOf(part, "summary")),
          CONTENT,
        );
        return "";
      default:
        if (isFields(part)) this.block(part);
        return "";
    }
  }

  /**
   * Fragments belong together by index. Servers without an index send a name with every new call. Servers
   * that give every call the same index send a new id.
   */
  #fragment(raw: unknown): void {
    const named = fieldOf(raw, "function") ?? raw;
    const id = idIn(fieldOf(raw, "id"));
    const tool = stringOf(named, "name");
    const index = indexIn(fieldOf(raw, "index"));
    const open = index === undefined ? this.lastCall : this.#byIndex.get(index);
    const another = (id !== "" && open?.id !== "" && id !== open?.id) || (index === undefined && tool !== "");
    let call = open;
    if (call === undefined || another) {
      call = this.call(id, tool);
      if (index !== undefined) this.#byIndex.set(index, call);
    }
    if (call.id === "") call.id = id;
    // Some servers repeat the whole name in every fragment; none splits it.
    if (call.tool === "") call.tool = tool;
    const args = fieldOf(named, "arguments") ?? fieldOf(named, "parameters") ?? "";
    if (typeof args === "string") this.grow(call, args);
    else if (isFields(args)) this.give(call, args);
    else throw new MalformedChunk("arguments is not text");
    const inner = named === raw ? {} : unknownIn(named);
    this.keep({ ...unknownIn(raw), ...(Object.keys(inner).length === 0 ? {} : { function: inner }) }, call);
  }

  #account(usage: unknown): void {
    const input = countOf(usage, "prompt_tokens", "input_tokens");
    const output = countOf(usage, "completion_tokens", "output_tokens");
    const details = fieldOf(usage, "prompt_tokens_details") ?? fieldOf(usage, "input_tokens_details");
    const cached =
      countOf(details, "cached_tokens") ?? countOf(usage, "prompt_cache_hit_tokens", "cached_tokens");
    if (input !== undefined && output !== undefined)
      this.usage = { input, output, ...(cached === undefined || cached > input ? {} : { cached }) };
  }
}

/** The text of a field that holds text, or parts with text; some servers put an object where others put text. */
function textIn(found: unknown): string {
  if (typeof found === "string") return found;
  if (!Array.isArray(found)) return "";
  const parts = found as readonly unknown[];
  return parts.map((part) => (typeof part === "string" ? part : textIn(fieldOf(part, "text")))).join("");
}

function idIn(id: unknown): string {
  if (typeof id === "number") return String(id);
  if (id === undefined || id === null || typeof id === "string") return id ?? "";
  throw new MalformedChunk("id is not text");
}

function indexIn(index: unknown): number | undefined {
  if (typeof index === "string" && /^\d{1,4}$/u.test(index)) return Number(index);
  return typeof index === "number" ? index : undefined;
}

/** The fields of a call, or of its function, that only its server understands. */
function unknownIn(value: unknown): Opaque {
  if (!isFields(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(([key, field]) => !KNOWN_OF_CALL.has(key) && field !== null),
  );
}
