// The wire: what each provider and each wire format offers, and what the formats share.
import type { Fault } from "../../../abi/errors.ts";
import type { ModelAnswer, ModelCall, ModelRequest } from "../../../abi/model.ts";
import type { Gathering } from "./gather.ts";
import type { Pace } from "./retry.ts";
import type { StreamLimits } from "./watch.ts";

/**
 * One vendor. It never sees a grant: it only gets requests whose grant was good. `complete` must not throw; deltas
 * given to `onText` are for showing only, and the answer returned is what counts.
 */
export interface Provider {
  complete(
    request: ModelRequest,
    signal: AbortSignal,
    onText: (delta: string) => void,
  ): Promise<ModelAnswer | Fault>;
  /** The context window of a model of this vendor, in tokens, as far as known. */
  window(model: string): number;
  /** The most tokens one answer of it may have. */
  answerMax(model: string): number;
}

/** Where a provider is. `key` is asked at every call, so that a key set later counts; it never leaves this adapter. */
export interface Connection {
  /** For example `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  key(): string | undefined | Promise<string | undefined>;
  /** True where there is no answer without a key, so that a missing one is said before anything is sent. */
  readonly keyRequired: boolean;
  readonly pace?: Pace;
  readonly limits?: StreamLimits;
}

/** What one wire format knows: where to ask, with what, and how its stream is read. */
export interface Dialect {
  /** Below the base URL. */
  readonly path: string;
  headers(key: string | undefined): Record<string, string>;
  body(request: ModelRequest): object;
  /** The data of each event of a stream. */
  events(response: Response, controller: AbortController): AsyncIterable<string>;
  gathering(): Gathering;
}

/** An address under a base URL, keeping its query; undefined when it is not http(s) or carries a password. */
export function endpointUrl(baseUrl: string, path: string): URL | undefined {
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/u.test(url.protocol) || url.username !== "" || url.password !== "")
    return undefined;
  url.pathname = `${url.pathname.replace(/\/+$/u, "")}${path}`;
  url.hash = "";
  return url;
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
