// The wire format of Ollama, one JSON object a line; and its installed models with their windows.
import type { ModelMessage, ModelRequest } from "../../../abi/model.ts";
import { countOf, fieldOf, Gathering, MalformedChunk, parseEvent, stringOf } from "./streams/gather.ts";
import { hasRedaction, isFields, wholeFields } from "./streams/opaque.ts";
import { readUpTo } from "./watch.ts";
import {
  endpointUrl,
  modelName,
  wireArguments,
  wireName,
  wireTools,
  type Connection,
  type Dialect,
} from "./wire.ts";

/**
 * The largest window to ask for, unless the model’s own file sets another: memory grows with it. Without a
 * window in the request the server would silently truncate the conversation.
 */
const LOCAL_WINDOW = 32_768;

/** The time limit for the list of installed models; a local server answers at once or not at all. */
const LIST_MS = 500;
const SHOW_MS = 5_000;
const MOST_BYTES = 4 << 20;

/** The format; `windowOf` gives the window of a model that was asked for it before. */
export function ollamaChat(windowOf: (model: string) => number): Dialect {
  return {
    path: "/api/chat",
    headers: () => ({ accept: "application/x-ndjson" }),
    body: (request) => bodyOf(request, windowOf(request.model)),
    events: lines,
    gathering: () => new LineGathering(),
  };
}

function bodyOf(request: ModelRequest, window: number): object {
  const system = request.system === "" ? [] : [{ role: "system", content: request.system.toWellFormed() }];
  return {
    model: modelName(request.model),
    messages: [...system, ...request.messages.map((message) => messageOf(message, request.model))],
    ...wireTools(request),
    stream: true,
    options: { num_ctx: window, num_predict: Math.floor(window / 4) },
  };
}

function messageOf(message: ModelMessage, model: string): object {
  if (message.role === "user") return { role: "user", content: message.text.toWellFormed() };
  if (message.role === "tool")
    return { role: "tool", tool_name: wireName(message.tool), content: message.content.toWellFormed() };
  // An earlier version recorded no model, and sent all thoughts back.
  const own = message.from === undefined || message.from.startsWith("ollama/");
  const thoughts = own ? (message.reasoning ?? []).map(({ text }) => text).join("\n") : "";
  const thinking = hasRedaction(thoughts) ? "" : thoughts;
  const same = message.from === model;
  return {
    role: "assistant",
    content: message.text.toWellFormed(),
    ...(thinking === "" ? {} : { thinking }),
    ...(message.calls.length === 0
      ? {}
      : {
          tool_calls: message.calls.map((call) => ({
            ...(same ? wholeFields(call.extra) : {}),
            function: { name: wireName(call.tool), arguments: wireArguments(call) },
          })),
        }),
  };
}

/** The lines of a response; the last one counts without a line break too. */
async function* lines(response: Response): AsyncIterable<string> {
  let rest = "";
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) if (line.trim() !== "") yield line;
  }
  if (rest.trim() !== "") yield rest;
}

class LineGathering extends Gathering {
  take(data: string): string {
    const line = parseEvent(data);
    const message = fieldOf(line, "message");
    const done = fieldOf(line, "done") === true;
    if (typeof message !== "object" && !done) throw new MalformedChunk("a line has no message");
    this.any = true;
    const thought = stringOf(message, "thinking");
    if (thought !== "") this.think(thought);
    const said = this.say(stringOf(message, "content"));
    const calls = fieldOf(message, "tool_calls") ?? [];
    if (!Array.isArray(calls)) throw new MalformedChunk("tool_calls is not a list");
    for (const raw of calls as readonly unknown[]) {
      const named = fieldOf(raw, "function");
      const call = this.call(stringOf(raw, "id"), stringOf(named, "name"));
      const args = fieldOf(named, "arguments") ?? {};
      if (typeof args === "string") this.grow(call, args);
      else this.give(call, args);
      const extra = fieldOf(raw, "extra_content");
      if (isFields(extra)) this.keep({ extra_content: extra }, call);
    }
    if (done) {
      this.done = true;
      this.finish = stringOf(line, "done_reason") || "stop";
      // A prompt that is completely cached is not counted again, and has no number then.
      const input = countOf(line, "prompt_eval_count");
      const output = countOf(line, "eval_count");
      if (input !== undefined && output !== undefined) this.usage = { input, output };
    }
    return said;
  }
}

/** The names of the models that are installed; undefined when no server answers there in time. */
export async function installedModels(baseUrl: string, ms = LIST_MS): Promise<string[] | undefined> {
  const answer = await fetchJson({ baseUrl }, "/api/tags", undefined, AbortSignal.timeout(ms));
  const models = fieldOf(answer, "models");
  if (!Array.isArray(models)) return undefined;
  const names = (models as readonly unknown[]).map((model) => fieldOf(model, "name"));
  return names.filter((name) => typeof name === "string" && /^[^\s\p{C}]{1,200}$/u.test(name)) as string[];
}

/**
 * The window to ask for: the one that the model’s own file sets, else its largest within {@link
 * LOCAL_WINDOW}.
 */
export async function fetchWindow(
  at: Pick<Connection, "baseUrl" | "send">,
  name: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(SHOW_MS)]);
  const shown = await fetchJson(at, "/api/show", { model: name }, within);
  const parameters = fieldOf(shown, "parameters");
  const set = typeof parameters === "string" ? /^num_ctx\s+(\d{3,8})\s*$/mu.exec(parameters)?.[1] : undefined;
  if (set !== undefined) return Number(set);
  const info = fieldOf(shown, "model_info");
  if (typeof info !== "object" || info === null) return undefined;
  const [length] = Object.keys(info)
    .filter((key) => key.endsWith(".context_length"))
    .map((key) => countOf(info, key));
  return length === undefined || length < 256 ? undefined : Math.min(length, LOCAL_WINDOW);
}

/** One small request; any failure is the same as no answer. */
async function fetchJson(
  { baseUrl, send = fetch }: Pick<Connection, "baseUrl" | "send">,
  path: string,
  body: object | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const url = endpointUrl(baseUrl, path);
  if (url === undefined) return undefined;
  try {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await send(url, { ...init, signal, redirect: "manual" });
    return response.ok ? JSON.parse(await readUpTo(response.body, MOST_BYTES)) : undefined;
  } catch {
    return undefined;
  }
}
