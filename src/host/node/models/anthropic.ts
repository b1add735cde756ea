// The wire format of Anthropic’s messages: content blocks, thoughts that go back unchanged, and cache marks.
import type {
  CacheControlEphemeral,
  ContentBlockParam,
  MessageCreateParamsStreaming as Body,
  MessageParam,
  TextBlockParam,
} from "@anthropic-ai/sdk/resources/messages/messages";
import type { ModelMessage, ModelRequest, Thought } from "../../../abi/model.ts";
import {
  countOf,
  fieldOf,
  Gathering,
  MalformedChunk,
  parseEvent,
  stringOf,
  type PartialCall,
} from "./gather.ts";
import { answerMaxOf } from "./limits.ts";
import { eventData } from "./openai.ts";
import { modelName, wireArguments, wireName, type Dialect } from "./wire.ts";

const VERSION = "2023-06-01";

/** Marks the end of a prefix that the next request will repeat. There may be four; three are used. */
const CACHE: { cache_control: CacheControlEphemeral } = { cache_control: { type: "ephemeral" } };

/** Families that decide by themselves how long to think; earlier ones would refuse the parameter. */
const ADAPTIVE = /^claude-(?:(?:opus|sonnet)-4-[6-9]|(?:opus|sonnet|haiku)-[5-9]|fable|mythos)/u;

/** The format, for its one vendor. */
export const messagesFormat: Dialect = {
  path: "/messages",
  headers: (key) => ({
    accept: "text/event-stream",
    "anthropic-version": VERSION,
    ...(key === undefined ? {} : { "x-api-key": key }),
  }),
  body: bodyOf,
  events: eventData,
  gathering: () => new BlockGathering(),
};

function bodyOf(request: ModelRequest): Body {
  const model = modelName(request.model);
  const tools = request.tools.map(({ name, description, schema }, i) => ({
    ...{ name, description, input_schema: { ...schema, type: "object" as const } },
    ...(i === request.tools.length - 1 ? CACHE : {}),
  }));
  return {
    model,
    max_tokens: answerMaxOf(request.model),
    stream: true,
    ...(request.system === "" ? {} : { system: [{ ...textBlock(request.system), ...CACHE }] }),
    ...(tools.length === 0 ? {} : { tools }),
    ...(ADAPTIVE.test(model) ? { thinking: { type: "adaptive", display: "summarized" } } : {}),
    messages: messagesOf(request.messages),
  };
}

/**
 * Neighbours of one role become one message: all results of a turn belong into the message after the turn.
 */
function messagesOf(messages: readonly ModelMessage[]): MessageParam[] {
  const found: { role: "user" | "assistant"; content: ContentBlockParam[] }[] = [];
  for (const message of messages) {
    const role = message.role === "assistant" ? "assistant" : "user";
    const content = blocksOf(message);
    if (content.length === 0) continue; // an empty answer cannot be repeated
    const last = found.at(-1);
    if (last?.role === role) for (const block of content) last.content.push(block);
    else found.push({ role, content });
  }
  // The next request adds its content after this block. Thoughts may not be marked, and are never in this
  // place.
  const end = found.at(-1);
  const block = end?.role === "user" ? end.content.pop() : undefined;
  if (block !== undefined) end?.content.push({ ...block, ...CACHE });
  return found;
}

function blocksOf(message: ModelMessage): ContentBlockParam[] {
  switch (message.role) {
    case "user":
      return [textBlock(message.text)];
    case "tool":
      return [
        {
          type: "tool_result",
          tool_use_id: idOf(message.callId),
          content: message.content.toWellFormed(),
        },
      ];
    case "assistant":
      return [
        ...textAndThoughts(message.text, message.reasoning ?? []),
        ...message.calls.map((call) => ({
          type: "tool_use" as const,
          id: idOf(call.id),
          name: wireName(call.tool),
          input: wireArguments(call),
        })),
      ];
  }
}

/**
 * Text and thoughts in their order. A thought goes back whole or not at all: the API refuses changed ones.
 */
function textAndThoughts(text: string, thoughts: readonly Thought[]): ContentBlockParam[] {
  const blocks: ContentBlockParam[] = [];
  let from = 0;
  const upTo = (end?: number): void => {
    const piece = text.slice(from, end);
    if (piece.trim() !== "") blocks.push(textBlock(piece));
    from = end ?? text.length;
  };
  for (const { at, text: thinking, signature, sealed } of thoughts) {
    if (`${thinking}${signature ?? ""}${sealed ?? ""}`.includes("[redacted:")) continue;
    if (signature === undefined && sealed === undefined) continue;
    upTo(at);
    if (sealed !== undefined) blocks.push({ type: "redacted_thinking", data: sealed });
    else if (signature !== undefined) blocks.push({ type: "thinking", thinking, signature });
  }
  upTo();
  return blocks;
}

/** The API refuses text without a visible character. */
function textBlock(text: string): TextBlockParam {
  return { type: "text", text: text.trim() === "" ? "(empty)" : text.toWellFormed() };
}

/** Ids may come from another provider, if the agent changed its model. */
function idOf(id: string): string {
  return id.replace(/[^\w-]/gu, "_") || "unnamed";
}

class BlockGathering extends Gathering {
  readonly #calls = new Map<unknown, PartialCall>();
  #input: { input: number; cached: number; stored: number } | undefined;

  take(data: string): string {
    const event = parseEvent(data);
    switch (stringOf(event, "type")) {
      case "message_start":
        this.any = true;
        this.#begin(fieldOf(fieldOf(event, "message"), "usage"));
        return "";
      case "content_block_start":
        return this.#open(fieldOf(event, "index"), fieldOf(event, "content_block"));
      case "content_block_delta":
        return this.#delta(fieldOf(event, "index"), fieldOf(event, "delta"));
      case "message_delta":
        this.finish = stringOf(fieldOf(event, "delta"), "stop_reason") || this.finish;
        this.#account(fieldOf(event, "usage"));
        return "";
      case "message_stop":
        this.done = true;
        return "";
      case "":
        throw new MalformedChunk("an event has no type");
      default:
        return ""; // pings, and later additions to the API
    }
  }

  #open(index: unknown, block: unknown): string {
    switch (stringOf(block, "type")) {
      case "tool_use":
        this.#calls.set(index, this.call(stringOf(block, "id"), stringOf(block, "name")));
        return "";
      case "text":
        return this.say(stringOf(block, "text"));
      case "thinking":
        this.think(stringOf(block, "thinking"));
        return "";
      case "redacted_thinking":
        this.seal(stringOf(block, "data"));
        return "";
      default:
        return "";
    }
  }

  #delta(index: unknown, delta: unknown): string {
    switch (stringOf(delta, "type")) {
      case "text_delta":
        return this.say(stringOf(delta, "text"));
      case "input_json_delta": {
        const call = this.#calls.get(index);
        if (call === undefined) throw new MalformedChunk("arguments without a tool call");
        this.grow(call, stringOf(delta, "partial_json"));
        return "";
      }
      case "thinking_delta":
        this.think(stringOf(delta, "thinking"));
        return "";
      case "signature_delta":
        this.sign(stringOf(delta, "signature"));
        return "";
      default:
        return "";
    }
  }

  /** The API counts tokens read from and written to the cache beside the input, not in it. */
  #begin(usage: unknown): void {
    const uncached = countOf(usage, "input_tokens");
    if (uncached === undefined) return;
    const cached = countOf(usage, "cache_read_input_tokens") ?? 0;
    const stored = countOf(usage, "cache_creation_input_tokens") ?? 0;
    this.#input = { input: uncached + cached + stored, cached, stored };
  }

  #account(usage: unknown): void {
    const output = countOf(usage, "output_tokens");
    if (output === undefined || this.#input === undefined) return;
    const { input, cached, stored } = this.#input;
    const kept = { ...(cached === 0 ? {} : { cached }), ...(stored === 0 ? {} : { stored }) };
    this.usage = { input, output, ...kept };
  }
}
