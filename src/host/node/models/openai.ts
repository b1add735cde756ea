// The wire format of OpenAI and of all servers with its chat completions. The `openai` package reads the
// stream. Its client stays out, because it reads headers, keys and log levels from the environment.
import { _iterSSEMessages as readEvents } from "openai/core/streaming";
import type {
  ChatCompletionCreateParamsStreaming as Body,
  ChatCompletionMessageParam as Message,
} from "openai/resources/chat/completions";
import type { ModelMessage, ModelRequest } from "../../../abi/model.ts";
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
import { modelName, wireArguments, wireName, wireTools, type Dialect } from "./wire.ts";

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
function chatBody(vendor: string, request: ModelRequest): Body {
  const system: Message[] =
    request.system === "" ? [] : [{ role: "system", content: request.system.toWellFormed() }];
  return {
    model: modelName(request.model),
    messages: [...system, ...request.messages.map(messageOf)],
    ...wireTools(request),
    // OpenAI renamed it, and its newer models refuse the old name; most other servers know only the old one.
    [vendor === "openai" ? "max_completion_tokens" : "max_tokens"]: answerMaxOf(request.model),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function messageOf(message: ModelMessage): Message {
  if (message.role === "user") return { role: "user", content: message.text.toWellFormed() };
  if (message.role === "tool") {
    return { role: "tool", tool_call_id: message.callId, content: message.content.toWellFormed() };
  }
  if (message.calls.length === 0) return { role: "assistant", content: message.text.toWellFormed() };
  return {
    role: "assistant",
    content: message.text === "" ? null : message.text.toWellFormed(),
    tool_calls: message.calls.map((call) => ({
      id: call.id,
      type: "function",
      function: { name: wireName(call.tool), arguments: JSON.stringify(wireArguments(call)) },
    })),
  };
}

/** The data of server-sent events. */
export async function* eventData(response: Response, controller: AbortController): AsyncIterable<string> {
  for await (const { data } of readEvents(response, controller)) yield data;
}

class ChatGathering extends Gathering {
  readonly #byIndex = new Map<number, PartialCall>();

  take(data: string): string {
    if (data.startsWith("[DONE]")) {
      this.done = true;
      return "";
    }
    const chunk = parseEvent(data);
    this.#account(fieldOf(chunk, "usage"));
    const choices = fieldOf(chunk, "choices");
    if (!Array.isArray(choices)) {
      if (this.usage === undefined) throw new MalformedChunk("a chunk has no choices");
      return "";
    }
    const choice: unknown = (choices as readonly unknown[]).find((c) => (fieldOf(c, "index") ?? 0) === 0);
    if (choice === undefined) return "";
    this.any = true;
    const finish = fieldOf(choice, "finish_reason");
    if (typeof finish === "string") this.finish = finish;
    return this.#delta(fieldOf(choice, "delta"));
  }

  #delta(delta: unknown): string {
    // Not from OpenAI, but every server with open reasoning models sends it under one of these names.
    const thought = stringOf(delta, "reasoning_content") || textIn(delta, "reasoning");
    if (thought !== "") this.think(thought);
    const said = this.say(stringOf(delta, "content") + stringOf(delta, "refusal"));
    const calls = fieldOf(delta, "tool_calls") ?? [];
    if (!Array.isArray(calls)) throw new MalformedChunk("tool_calls is not a list");
    for (const call of calls as readonly unknown[]) this.#fragment(call);
    return said;
  }

  /**
   * Fragments belong together by index. Servers without an index send a name with every new call. Servers
   * that give every call the same index send a new id.
   */
  #fragment(raw: unknown): void {
    const named = fieldOf(raw, "function");
    const id = stringOf(raw, "id");
    const tool = stringOf(named, "name");
    const args = stringOf(named, "arguments");
    const index = fieldOf(raw, "index");
    const open = typeof index === "number" ? this.#byIndex.get(index) : this.lastCall;
    const another =
      (id !== "" && open?.id !== "" && id !== open?.id) || (typeof index !== "number" && tool !== "");
    let call = open;
    if (call === undefined || another) {
      call = this.call(id, tool);
      if (typeof index === "number") this.#byIndex.set(index, call);
    }
    if (call.id === "") call.id = id;
    // Some servers repeat the whole name in every fragment; none splits it.
    if (call.tool === "") call.tool = tool;
    this.grow(call, args);
  }

  #account(usage: unknown): void {
    const input = countOf(usage, "prompt_tokens");
    const output = countOf(usage, "completion_tokens");
    const cached = countOf(fieldOf(usage, "prompt_tokens_details"), "cached_tokens");
    if (input !== undefined && output !== undefined)
      this.usage = { input, output, ...(cached === undefined || cached > input ? {} : { cached }) };
  }
}

/** Some servers put an object where others put text. */
function textIn(value: unknown, key: string): string {
  const found = fieldOf(value, key);
  return typeof found === "string" ? found : "";
}
