// The request side of the OpenAI-compatible adapter: the conversation in the provider's own shape.
import type {
  ChatCompletionCreateParamsStreaming as Body,
  ChatCompletionMessageParam as Message,
} from "openai/resources/chat/completions";
import type { ModelCall, ModelMessage, ModelRequest } from "../../../abi/model.ts";
import { answerMaxOf } from "./windows.ts";

/** The request body. Only what every compatible server knows; temperature and the like are the provider's default. */
export function bodyOf(vendor: string, request: ModelRequest): Body {
  const system: Message[] =
    request.system === "" ? [] : [{ role: "system", content: request.system.toWellFormed() }];
  return {
    model: request.model.slice(request.model.indexOf("/") + 1),
    messages: [...system, ...request.messages.map(messageOf)],
    ...(request.tools.length === 0
      ? {}
      : {
          tools: request.tools.map(({ name, description, schema }) => ({
            type: "function",
            function: { name, description, parameters: schema },
          })),
        }),
    // OpenAI renamed it, and its newer models refuse the old name; most other servers know only that one.
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

/** A name the model invented may hold what the API refuses; then no later turn would get an answer. */
export function wireName(tool: string): string {
  return tool.replace(/[^\w-]/gu, "_").slice(0, 64) || "unnamed";
}

/** Many servers fail on arguments that are no object. */
export function wireArguments(call: ModelCall): object {
  const args = call.malformed === undefined ? call.args : { malformed: call.args };
  return typeof args === "object" && args !== null ? args : {};
}
