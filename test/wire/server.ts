// A local server that speaks a streaming format, well or badly, as each test directs; its pieces are chat completions.
import type { Connection } from "../../src/host/node/models/wire.ts";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createModels } from "../../src/host/node/models/providers.ts";
import { STREAM_LIMITS, type StreamLimits } from "../../src/host/node/models/watch.ts";
import { mint } from "../../src/kernel/witness.ts";
import type { ModelRequest } from "../../src/abi/model.ts";

export const KEY = "sk-test-0123456789abcdef";

/** What the server does with one request. */
export type Reply = (response: ServerResponse) => unknown;

/** One request as the server saw it. */
export interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Wire extends AsyncDisposable {
  readonly baseUrl: string;
  readonly origin: string;
  readonly seen: readonly Seen[];
  /** How long the adapter waited before each of its retries. */
  readonly waits: readonly number[];
  /** What `/api/show` answers; undefined is 404. Such requests are not among those seen. */
  shown: object | undefined;
  /** Asks for one answer of `openai/gpt-test`, or of what `over` names. */
  ask(over?: Partial<ModelRequest>, setup?: Setup): Promise<Asked>;
}

export interface Setup {
  readonly signal?: AbortSignal;
  readonly key?: string | undefined;
  readonly baseUrl?: string;
  readonly limits?: Partial<StreamLimits>;
  readonly onText?: (delta: string) => void;
  /** Waits before a retry; by default no time passes. */
  readonly wait?: (signal: AbortSignal) => Promise<unknown>;
}

export interface Asked {
  readonly result: unknown;
  readonly streamed: string;
}

export const REQUEST: ModelRequest = {
  pid: 2,
  model: "openai/gpt-test",
  system: "You are a test.",
  messages: [{ role: "user", text: "Go." }],
  tools: [],
  turn: 4,
  values: [],
};

/** Starts a server that gives one reply per request; the last one is repeated for ever. */
export async function serve(...replies: Reply[]): Promise<Wire> {
  const seen: Seen[] = [];
  const waits: number[] = [];
  let passed = 0;
  const server = createServer((request, response) => {
    if (request.url === "/api/show") {
      response.writeHead(wire.shown === undefined ? 404 : 200, { "content-type": "application/json" });
      return void response.end(JSON.stringify(wire.shown ?? {}));
    }
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      const reply = replies[Math.min(seen.length, replies.length - 1)];
      seen.push({ path: request.url ?? "", headers: request.headers, body });
      void reply?.(response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const baseUrl = `${origin}/v1`;

  const wire: Wire = {
    baseUrl,
    origin,
    seen,
    waits,
    shown: undefined,
    async ask(over = {}, setup = {}) {
      const request = { ...REQUEST, ...over };
      const config: Connection = {
        baseUrl: setup.baseUrl ?? (request.model.startsWith("ollama/") ? origin : baseUrl),
        key: () => ("key" in setup ? setup.key : KEY),
        keyRequired: false,
        pace: {
          wait: async (ms, signal) => {
            signal.throwIfAborted();
            waits.push(ms);
            passed += ms;
            await setup.wait?.(signal);
          },
          random: () => 0,
          now: () => Date.parse("2026-01-01T00:00:00Z") + passed,
        },
        limits: { ...STREAM_LIMITS, ...setup.limits },
      };
      const models = createModels({
        ...{
          scripted: false,
          openai: config,
          "openai-compatible": config,
          anthropic: config,
          ollama: config,
        },
      });
      let streamed = "";
      const result = await models.complete(
        request,
        grantFor(request.model),
        setup.signal ?? new AbortController().signal,
        setup.onText ?? ((delta) => (streamed += delta)),
      );
      return { result, streamed };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return wire;
}

/** A grant for one call to `model`, as the door would make it. */
export function grantFor(model: string, mode: "look" | "full" = "full") {
  const needs = [{ resource: `model:/${model}`, right: "call" as const }];
  return mint.grant({ mode, call: "2.4.0", authority: { holder: 2 }, needs, entry: () => false });
}

/** The line of one event. */
export function event(value: unknown): string {
  return `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;
}

/** A chunk with one delta. */
export function delta(fields: object, finish: string | null = null): string {
  return event({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_767_225_600,
    model: "gpt-test",
    choices: [{ index: 0, delta: fields, finish_reason: finish }],
  });
}

/** A chunk with a fragment of tool call number `index`. */
export function fragment(index: number, args: string, id?: string, name?: string): string {
  const named = { ...(name === undefined ? {} : { name }), arguments: args };
  return delta({
    tool_calls: [{ index, ...(id === undefined ? {} : { id, type: "function" }), function: named }],
  });
}

export const ROLE = delta({ role: "assistant", content: "" });
export const STOP = delta({}, "stop");
export const CALLS = delta({}, "tool_calls");
export const DONE = event("[DONE]");
export const USAGE = event({
  choices: [],
  usage: { prompt_tokens: 31, completion_tokens: 7, total_tokens: 38 },
});

const SSE = "text/event-stream; charset=utf-8";

/** A stream of these pieces, each in a packet of its own. */
export function stream(...pieces: (string | Uint8Array)[]): Reply {
  return typed(SSE, ...pieces);
}

/** The same with another content type. */
export function typed(type: string, ...pieces: (string | Uint8Array)[]): Reply {
  return async (response) => {
    await send(response, pieces, type);
    response.end();
  };
}

/** The same, but the connection is destroyed after the pieces instead of being ended. */
export function cut(...pieces: string[]): Reply {
  return async (response) => {
    await send(response, pieces);
    response.socket?.destroy();
  };
}

/** The same, but then nothing more happens; `closed` is told when the other side went away. */
export function hang(closed: () => void, ...pieces: string[]): Reply {
  return async (response) => {
    response.once("close", closed);
    await send(response, pieces);
  };
}

async function send(
  response: ServerResponse,
  pieces: readonly (string | Uint8Array)[],
  type = SSE,
): Promise<void> {
  response.writeHead(200, { "content-type": type });
  response.flushHeaders();
  response.socket?.setNoDelay(true);
  for (const piece of pieces) {
    response.write(piece);
    await new Promise((next) => setTimeout(next, 1));
  }
}

/** A whole answer that says `text`. */
export function says(text: string): Reply {
  return stream(ROLE, delta({ content: text }), STOP, USAGE, DONE);
}

/** A refusal with an error body as OpenAI words it. */
export function refuses(status: number, error: object | string, headers: Record<string, string> = {}): Reply {
  return (response) => {
    const json = typeof error !== "string";
    response.writeHead(status, { "content-type": json ? "application/json" : "text/plain", ...headers });
    response.end(json ? JSON.stringify({ error }) : error);
  };
}
