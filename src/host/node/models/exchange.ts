// One streamed answer over HTTP in any wire format: the request, its watch, its retries and its faults.
import { fault, type Fault } from "../../../abi/errors.ts";
import type { ModelAnswer, ModelRequest } from "../../../abi/model.ts";
import { ExcessiveAnswer, fieldOf, MalformedChunk, ReportedError } from "./gather.ts";
import { estimateUsage } from "./limits.ts";
import { howToSetKey, judgeRefusal, statusIn, type AskedModel } from "./refusal.ts";
import { Failure, realPace, retryAfter, withRetries, type Pace, type ProviderPause } from "./retry.ts";
import { readUpTo, STREAM_LIMITS, StreamWatch, TooLarge } from "./watch.ts";
import { endpointUrl, type Connection, type Dialect } from "./wire.ts";

/**
 * Streamed after an answer broke off: the text before it is void, and the answer starts again. It is for
 * display only; the returned answer, which alone is recorded, holds neither.
 */
export const STARTS_AGAIN = "\n\n[The connection broke; the answer starts again.]\n\n";

/** The time from which each provider may be called again. */
const rests = new WeakMap<Connection, ProviderPause>();

function restOf(config: Connection): ProviderPause {
  const rest = rests.get(config) ?? { until: 0 };
  rests.set(config, rest);
  return rest;
}

/** One answer of `vendor/family`, with retries. Never throws. */
export async function requestAnswer(
  dialect: Dialect,
  config: Connection,
  vendor: string,
  request: ModelRequest,
  signal: AbortSignal,
  onText: (delta: string) => void,
): Promise<ModelAnswer | Fault> {
  const url = endpointUrl(config.baseUrl, dialect.path);
  if (url === undefined) {
    return fault(
      "EUNAVAILABLE",
      `the base URL of ${vendor} is not an http(s) address`,
      "For example https://api.openai.com/v1.",
    );
  }
  const key = (await readKey(config))?.trim() || undefined;
  if ((key === undefined && config.keyRequired) || (key !== undefined && !/^[\x21-\x7e]+$/u.test(key))) {
    const what = key === undefined ? "there is no API key" : "the API key holds characters that no key has";
    return fault("EUNAVAILABLE", `${what} for ${vendor}`, howToSetKey(vendor));
  }
  const asked: AskedModel = { vendor, model: request.model, host: url.host, key };
  const pace = config.pace ?? realPace;
  const init = {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "agentlibos",
      ...dialect.headers(key),
    },
    body: JSON.stringify(dialect.body(request)),
    redirect: "manual", // a redirect would carry the conversation to a host that nobody chose
  } as const;

  let shown = false;
  const show = (delta: string) => {
    shown = true;
    onText(delta);
  };
  const attempt = async (): Promise<ModelAnswer | Failure> => {
    if (shown) onText(STARTS_AGAIN);
    shown = false;
    const watch = new StreamWatch(config.limits ?? STREAM_LIMITS, signal);
    try {
      const response = await fetch(url, { ...init, signal: watch.controller.signal });
      return await readAnswer(response, watch, asked, dialect, request, pace, show);
    } catch (error) {
      return failureOf(error, watch, asked);
    } finally {
      watch.end();
    }
  };
  return withRetries(attempt, pace, signal, restOf(config));
}

async function readAnswer(
  response: Response,
  watch: StreamWatch,
  asked: AskedModel,
  dialect: Dialect,
  request: ModelRequest,
  pace: Pace,
  onText: (delta: string) => void,
): Promise<ModelAnswer | Failure> {
  const type = response.headers.get("content-type") ?? "";
  const body = response.body === null ? null : watch.over(response.body);
  if (!response.ok || type.includes("application/json")) {
    const text = await readUpTo(body, 64 << 10);
    const error = errorIn(text);
    if (!response.ok) {
      const wait = retryAfter(response.headers.get("retry-after"), pace);
      return judgeRefusal(asked, response.status, error ?? (type.includes("html") ? "" : text), wait);
    }
    if (error !== undefined) return reported(asked, error);
    return unusable(asked, "answered with one JSON document instead of a stream");
  }
  if (type.includes("html")) return unusable(asked, "answered with a web page");

  const gathering = dialect.gathering();
  try {
    for await (const data of dialect.events(new Response(body), watch.controller)) {
      watch.event();
      const delta = gathering.take(data);
      if (delta !== "") onText(delta);
      if (gathering.done) break;
      if (gathering.finish !== undefined) watch.tail();
    }
  } catch (error) {
    // After the finish reason the answer is whole; at most the usage was lost.
    if (gathering.finish === undefined || !isBreak(error)) throw error;
  }
  if (gathering.finish === undefined) {
    const what = gathering.any
      ? "broke off in the middle of an answer"
      : "ended the stream without an answer";
    return new Failure(fault("EIO", `${asked.host} ${what}`, "Try again later."), true);
  }
  const answer = gathering.answer(request.turn);
  return { ...answer, usage: gathering.usage ?? estimateUsage(request, answer) };
}

/** True for faults of the connection, false for faults in the provider's answer. */
function isBreak(error: unknown): boolean {
  return ![MalformedChunk, ExcessiveAnswer, ReportedError, TooLarge].some((kind) => error instanceof kind);
}

/**
 * Turns the error of an attempt into a failure. Messages of foreign errors are left out: they may quote the
 * key.
 */
function failureOf(error: unknown, watch: StreamWatch, { host, ...rest }: AskedModel): Failure {
  if (error instanceof ReportedError) return reported({ host, ...rest }, error.body);
  if (error instanceof MalformedChunk) {
    return new Failure(
      fault(
        "EIO",
        `${host} sent something that is no answer: ${error.message}`,
        "Check that the base URL leads to the right server.",
      ),
      true,
    );
  }
  if (error instanceof ExcessiveAnswer || error instanceof TooLarge) {
    const limit = error instanceof ExcessiveAnswer ? error.message : "more than any real answer needs";
    return new Failure(
      fault("EIO", `${host} sent too much: ${limit}`, "Ask for a shorter answer, or select another model."),
      false,
    );
  }
  if (watch.late === "endless")
    return new Failure(fault("EIO", `${host} did not come to an end`, "Select another model."), false);
  if (watch.late === "silent")
    return new Failure(fault("EIO", `${host} fell silent`, "Try again later."), true);
  const code = fieldOf(fieldOf(error, "cause"), "code") ?? fieldOf(error, "code");
  const name = typeof code === "string" && /^[A-Z0-9_]{1,40}$/u.test(code) ? code : "the connection broke";
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/u.test(name)) {
    return new Failure(
      fault(
        "EUNAVAILABLE",
        `${host} cannot be reached: ${name}`,
        "Check that the server runs, the base URL and the network.",
      ),
      true,
    );
  }
  const trust = /CERT|SELF_SIGNED|TLS|SSL/u.test(name);
  return new Failure(
    fault(trust ? "EUNAVAILABLE" : "EIO", `the connection to ${host} failed: ${name}`, "Try again later."),
    !trust,
  );
}

/** An error inside a 200: some gateways put the status of the provider into its code. */
function reported(asked: AskedModel, error: unknown): Failure {
  return judgeRefusal(asked, statusIn(error), error);
}

function unusable(asked: AskedModel, what: string): Failure {
  return new Failure(
    fault(
      "EIO",
      `${asked.host} ${what}`,
      "Check that the base URL leads to the right server; for chat completions it usually ends in /v1.",
    ),
    false,
  );
}

function errorIn(text: string): unknown {
  try {
    return fieldOf(JSON.parse(text), "error") ?? undefined;
  } catch {
    return undefined;
  }
}

/** The key; a failing secret storage is the same as no key. */
async function readKey(config: Connection): Promise<string | undefined> {
  try {
    return await config.key();
  } catch {
    return undefined;
  }
}
