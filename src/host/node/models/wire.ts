// The wire: what each provider and each wire format offers, and what the formats share.
import type { Fault } from "../../../abi/errors.ts";
import type { ModelAnswer, ModelCall, ModelRequest } from "../../../abi/model.ts";
import type { Gathering } from "./streams/gather.ts";
import type { Pace } from "./retry.ts";
import type { StreamLimits } from "./watch.ts";

/**
 * One vendor. It never sees a grant: it only gets requests with a valid grant. `complete` must not throw.
 * Text given to `onText` is for display only; the returned answer counts.
 */
export interface Provider {
  complete(
    request: ModelRequest,
    signal: AbortSignal,
    onText: (delta: string) => void,
  ): Promise<ModelAnswer | Fault>;
  /** Why no request can be sent yet, as far as that shows without sending one; absent when nothing is needed. */
  unready?(): Promise<Fault | undefined>;
  /** The context window of a model of this vendor, in tokens, as far as known. */
  window(model: string): number;
  /** The most tokens of one of its answers. */
  answerMax(model: string): number;
}

/**
 * The address and key of a provider. `key` is read at every call, so that a later key counts; it never leaves
 * this adapter.
 */
export interface Connection {
  /** For example `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  key(): string | undefined | Promise<string | undefined>;
  /** True if there is no answer without a key. A missing key is then reported before anything is sent. */
  readonly keyRequired: boolean;
  readonly pace?: Pace;
  readonly limits?: StreamLimits;
  /** Where the address comes from, as a person would look for it: a setting or a variable. */
  readonly source?: string;
  /** Sends requests, through a proxy where one is set; by default `fetch`, which the editor takes through its own. */
  readonly send?: Send;
}

/** Sends one request, as `fetch` does. */
export type Send = (url: URL, init: RequestInit) => Promise<Response>;

/** One wire format: where to send a request, its body, and the reading of its stream. */
export interface Dialect {
  /** Below the base URL. */
  readonly path: string;
  headers(key: string | undefined): Record<string, string>;
  body(request: ModelRequest): object;
  /** The data of each event of a stream. */
  events(response: Response, controller: AbortController): AsyncIterable<string>;
  gathering(): Gathering;
}

/** An address under a base URL, with its query; undefined when it is not http(s) or carries a password. */
export function endpointUrl(baseUrl: string, path: string): URL | undefined {
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/u.test(url.protocol) || url.username !== "" || url.password !== "")
    return undefined;
  url.pathname = `${url.pathname.replace(/\/+$/u, "")}${path}`;
  url.hash = "";
  return url;
}

/** The name of a model without its vendor. */
export function modelName(model: string): string {
  return model.slice(model.indexOf("/") + 1);
}

/** The tools of a request as functions; nothing for a request without tools. */
export function wireTools({ tools }: ModelRequest) {
  if (tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, schema }) => ({
      type: "function" as const,
      function: { name, description, parameters: schema },
    })),
  };
}

/**
 * Makes a valid name: a name that the model invented may hold characters that the API refuses in every later
 * turn.
 */
export function wireName(tool: string): string {
  return tool.replace(/[^\w-]/gu, "_").slice(0, 64) || "unnamed";
}

/** Many servers fail on arguments that are no object. */
export function wireArguments(call: ModelCall): object {
  const args = call.malformed === undefined ? call.args : { malformed: call.args };
  return typeof args === "object" && args !== null ? args : {};
}
