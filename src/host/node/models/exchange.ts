// One streamed answer over HTTP in any wire format: the request, its watch, its retries and its faults.
import { fault, isFault, type Fault } from "../../../abi/errors.ts";
import type { ModelAnswer, ModelRequest } from "../../../abi/model.ts";
import { estimateUsage } from "./limits.ts";
import { connectionFailure } from "./reach/trouble.ts";
import { readComplaint, type Complaint } from "./refusals/complaint.ts";
import { adaptRequest, learnQuirk, LearnedQuirks } from "./refusals/quirks.ts";
import { howToSetKey, judgeRefusal, type AskedModel } from "./refusals/refusal.ts";
import { askedWait } from "./refusals/waits.ts";
import { Failure, realPace, withRetries, type ProviderPause } from "./retry.ts";
import { ExcessiveAnswer, MalformedChunk, ReportedError, type Gathering } from "./streams/gather.ts";
import { isFailure, plainReason } from "./streams/stop.ts";
import { readUpTo, STREAM_LIMITS, StreamWatch, TooLarge } from "./watch.ts";
import { endpointUrl, type Connection, type Dialect } from "./wire.ts";

/**
 * Streamed after an answer broke off: the text before it is void, and the answer starts again. It is for
 * display only; the returned answer, which alone is recorded, holds neither.
 */
export const STARTS_AGAIN = "\n\n[The connection broke; the answer starts again.]\n\n";

/** Bytes of an error, and of a whole answer that is not streamed. */
const ERROR_BYTES = 64 << 10;
const DOCUMENT_BYTES = 8 << 20;

/** The time from which each provider may be called again. */
const rests = new WeakMap<Connection, ProviderPause>();

function restOf(config: Connection): ProviderPause {
  const rest = rests.get(config) ?? { until: 0 };
  rests.set(config, rest);
  return rest;
}

/** The quirks of servers, learned from their refusals in this run. */
const learned = new LearnedQuirks();

/** The window of a model that its server told when it refused a request, in tokens. */
export function toldWindow({ baseUrl }: Connection, model: string): number | undefined {
  return learned.of(baseUrl, model).window;
}

/** The largest answer that the server of a model accepts, in tokens, if it refused a larger one. */
export function toldAnswerMax({ baseUrl }: Connection, model: string): number | undefined {
  return learned.of(baseUrl, model).answerMax;
}

/** The address below a base URL, and the key, or why no request can be sent there. */
export async function targetOfConnection(
  config: Connection,
  vendor: string,
  path: string,
): Promise<{ readonly url: URL; readonly key: string | undefined } | Fault> {
  const url = endpointUrl(config.baseUrl, path);
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
  return { url, key };
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
  const target = await targetOfConnection(config, vendor, dialect.path);
  if (isFault(target)) return target;
  const { url, key } = target;
  const { baseUrl, source } = config;
  const asked: AskedModel = { vendor, model: request.model, host: url.host, key, source };
  const pace = config.pace ?? realPace;
  const body = dialect.body(request);
  const send = config.send ?? ((to, init) => fetch(to, init));
  const adapted = (): object => adaptRequest(body, learned.of(baseUrl, request.model));
  /** A refusal that teaches something about the request is answered by a changed one. */
  const refused = (complaint: Complaint, sent: object, headers?: Headers): Failure => {
    const failure = judgeRefusal(asked, complaint, askedWait(complaint, headers, pace));
    const quirks = learnQuirk(learned.of(baseUrl, request.model), sent, complaint);
    if (quirks === undefined) return failure;
    learned.set(baseUrl, request.model, quirks);
    return new Failure(failure.fault, failure.again, failure.afterMs, true);
  };

  let shown = false;
  const show = (delta: string) => {
    shown = true;
    onText(delta);
  };
  const attempt = async (): Promise<ModelAnswer | Failure> => {
    if (shown) onText(STARTS_AGAIN);
    shown = false;
    const watch = new StreamWatch(config.limits ?? STREAM_LIMITS, signal);
    const sent = adapted();
    try {
      const response = await send(url, {
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": "agentlibos", ...dialect.headers(key) },
        body: JSON.stringify(sent),
        redirect: "manual", // a redirect would carry the conversation to a host that nobody chose
        signal: watch.controller.signal,
      });
      return await readAnswer(response, watch, { asked, dialect, request, show }, (complaint) =>
        refused(complaint, sent, response.headers),
      );
    } catch (error) {
      if (error instanceof ReportedError) return refused(readComplaint(undefined, error.body, key), sent);
      return failureOf(error, watch, asked);
    } finally {
      watch.end();
    }
  };
  return withRetries(attempt, pace, signal, restOf(config));
}

/** One attempt: whom it asks, in which format, for what, and who is shown its text. */
interface Attempt {
  readonly asked: AskedModel;
  readonly dialect: Dialect;
  readonly request: ModelRequest;
  readonly show: (delta: string) => void;
}

async function readAnswer(
  response: Response,
  watch: StreamWatch,
  attempt: Attempt,
  refused: (complaint: Complaint) => Failure,
): Promise<ModelAnswer | Failure> {
  const { asked, dialect, request, show } = attempt;
  const type = response.headers.get("content-type") ?? "";
  const body = response.body === null ? null : watch.over(response.body);
  if (!response.ok) {
    const text = await readUpTo(body, ERROR_BYTES);
    return refused(readComplaint(response.status, text, asked.key, type.includes("html")));
  }
  if (type.includes("html")) return unusable(asked, "answered with a web page");

  const gathering = dialect.gathering();
  const streamed = type.includes("application/json") ? await oneDocument(body, gathering, show) : body;
  if (streamed !== undefined) await readStream(streamed, gathering, watch, dialect, show);
  const { finish } = gathering;
  if (finish !== undefined && isFailure(finish))
    return broken(asked, `broke off the answer and says why: ${plainReason(finish)}`);
  if (!gathering.whole)
    return broken(
      asked,
      gathering.any ? "broke off in the middle of an answer" : "ended the stream without an answer",
    );
  const answer = gathering.answer(request.turn, request.model);
  return { ...answer, usage: gathering.usage ?? estimateUsage(request, answer) };
}

/**
 * Takes an answer that came as one JSON document instead of a stream. Gives the text back when it is no such document,
 * because some servers stream under its content type.
 */
async function oneDocument(
  body: ReadableStream<Uint8Array> | null,
  gathering: Gathering,
  show: (delta: string) => void,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const text = await readUpTo(body, DOCUMENT_BYTES);
  try {
    JSON.parse(text);
  } catch {
    return new Response(text).body ?? undefined;
  }
  const said = gathering.take(text);
  if (said !== "") show(said);
  gathering.done = true;
  return undefined;
}

async function readStream(
  body: ReadableStream<Uint8Array> | null,
  gathering: Gathering,
  watch: StreamWatch,
  dialect: Dialect,
  show: (delta: string) => void,
): Promise<void> {
  try {
    for await (const data of dialect.events(new Response(body), watch.controller)) {
      watch.event();
      const delta = gathering.take(data);
      if (delta !== "") show(delta);
      if (gathering.done) break;
      if (gathering.finish !== undefined) watch.tail();
    }
  } catch (error) {
    // After the finish reason the answer is whole; at most the usage was lost.
    if (gathering.finish === undefined || !isBreak(error)) throw error;
  }
}

function broken({ host }: AskedModel, what: string): Failure {
  return new Failure(fault("EIO", `${host} ${what}`, "Try again later."), true);
}

/** True for faults of the connection, false for faults in the provider's answer. */
function isBreak(error: unknown): boolean {
  return ![MalformedChunk, ExcessiveAnswer, ReportedError, TooLarge].some((kind) => error instanceof kind);
}

/**
 * Turns the error of an attempt into a failure. Messages of foreign errors are left out: they may quote the
 * key.
 */
function failureOf(error: unknown, watch: StreamWatch, asked: AskedModel): Failure {
  const { host } = asked;
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
  return connectionFailure(error, asked);
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

/** The key; a failing secret storage is the same as no key. */
async function readKey(config: Connection): Promise<string | undefined> {
  try {
    return await config.key();
  } catch {
    return undefined;
  }
}
