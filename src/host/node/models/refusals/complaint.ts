// Complaints: what a provider's error says, whatever shape its body has, made harmless to show.
import { fieldOf } from "../streams/gather.ts";

/** A provider's error: its sentence and its codes. */
export interface Complaint {
  /** The HTTP status, or the one that an error inside a stream stands for. */
  readonly status: number;
  /** True when an error inside a stream told no status. */
  readonly guessed: boolean;
  /** The sentence to show: one line, at most {@link SHOWN} characters, without the key. */
  readonly said: string;
  /** The sentence to judge by, at most {@link READ} characters, without the key. */
  readonly text: string;
  /** Its codes, types and reasons, in lower case. */
  readonly codes: readonly string[];
  /** The parameter that it names. */
  readonly param: string | undefined;
  /** The error object, for fields that only some providers have. */
  readonly body: unknown;
}

const SHOWN = 300;
const READ = 4096;
/** Levels of errors inside errors; a gateway wraps one of its provider in its own. */
const DEEPEST = 6;
/** The most sentences of one error; more of them say the same again. */
const MOST = 8;

/** The fields that hold a sentence, or an error that does. The first one found counts. */
const SENTENCES = ["error", "message", "detail", "msg", "errors", "error_description", "error_msg", "reason"];
const CODES = ["code", "type", "status", "reason"];

/** The statuses of error words inside a stream, where there is no HTTP status. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  context_length_exceeded: 400,
  exceed_context_size_error: 400,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** Reads an error body: JSON of any shape, or text. A web page says nothing. */
export function readComplaint(
  status: number | undefined,
  body: unknown,
  key: string | undefined,
  html = false,
): Complaint {
  const parsed = typeof body === "string" ? parsedOr(body) : body;
  const codes: string[] = [];
  const params: string[] = [];
  const sentences = html ? [] : sentencesIn(parsed, codes, params, 0);
  const text = harmless([...new Set(sentences)].slice(0, MOST).join(" "), key);
  const told = status ?? statusIn(parsed, codes);
  return {
    ...{ status: told ?? 502, guessed: told === undefined },
    said: text.slice(0, SHOWN).toWellFormed(),
    text,
    codes: codes.slice(0, 4 * MOST).map((code) => code.toLowerCase()),
    param: params[0]?.slice(0, 100),
    body: parsed,
  };
}

function parsedOr(text: string): unknown {
  if (!/^\s*[[{]/u.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function sentencesIn(value: unknown, codes: string[], params: string[], depth: number): string[] {
  if (typeof value === "string") {
    const inner = depth < DEEPEST ? parsedOr(value) : value;
    return typeof inner === "string" ? [inner] : sentencesIn(inner, codes, params, depth + 1);
  }
  if (typeof value !== "object" || value === null || depth >= DEEPEST) return [];
  if (Array.isArray(value))
    return (value as readonly unknown[])
      .slice(0, MOST)
      .flatMap((item) => sentencesIn(item, codes, params, depth + 1));
  for (const name of CODES) {
    const code = fieldOf(value, name);
    if (typeof code === "string" || typeof code === "number") codes.push(String(code));
  }
  const param = fieldOf(value, "param");
  if (typeof param === "string") params.push(param);
  const details = fieldOf(value, "details");
  if (Array.isArray(details)) sentencesIn(details, codes, params, depth + 1);
  const found = SENTENCES.map((name) => fieldOf(value, name)).find((it) => it !== undefined && it !== null);
  const place = fieldOf(value, "loc");
  const own = sentencesIn(found, codes, params, depth + 1);
  const told = Array.isArray(place) ? own.map((said) => `${place.join(".")}: ${said}`) : own;
  // A gateway says little of its own, and puts the words of its provider beside it.
  const raw = fieldOf(fieldOf(value, "metadata"), "raw");
  return [...told, ...(raw === undefined ? [] : sentencesIn(raw, codes, params, depth + 1))];
}

/** The status of an error inside a stream; undefined when it does not say. */
function statusIn(body: unknown, codes: readonly string[]): number | undefined {
  const inner = fieldOf(body, "error") ?? body;
  const code = Number(fieldOf(inner, "code") ?? fieldOf(inner, "status"));
  if (Number.isInteger(code) && code >= 400 && code < 600) return code;
  const word = codes.find((each) => Object.hasOwn(STATUS, each));
  return word === undefined ? undefined : STATUS[word];
}

/**
 * Makes a provider's words harmless: one line and no invisible characters. The key is removed, also as a server quoted
 * a part of it, and so is any text like another credential.
 */
export function harmless(words: string, key: string | undefined): string {
  let text = words.slice(0, 2 * READ);
  if (key !== undefined) text = text.replaceAll(key, "[key]");
  text = text
    .replace(/\b(bearer|basic)\s+\S+|\bsk-[\w*-]{4,}/giu, "[key]")
    .replace(/[\w.-]{0,200}\*{3,}[\w-]*/gu, "[key]")
    .replace(/([\w-]{0,200})(?:…|\.{3})([\w-]{2,})/gu, (whole, start: string, end: string) =>
      isOfKey(start, end, key) ? "[key]" : whole,
    )
    .replace(/(\b(?:ending|ends) (?:in|with) )\S+/giu, "$1[key]");
  if (key !== undefined) text = withoutParts(text, key);
  return text
    .replace(/[\p{C}\p{Z}\s]+/gu, " ")
    .trim()
    .slice(0, READ);
}

/** True for the two ends of a key that a server has shortened in its middle. */
function isOfKey(start: string, end: string, key = ""): boolean {
  return (start.length >= 4 && key.startsWith(start)) || (end.length >= 3 && key.endsWith(end));
}

/** The length of a piece of the key that is too much of it. */
const PIECE = 8;

/** Removes pieces of the key; a short key is a word, and its pieces may be words too. */
function withoutParts(text: string, key: string): string {
  if (key.length < 2 * PIECE) return text;
  let out = "";
  for (let at = 0; at < text.length;) {
    let length = 0;
    while (at + length < text.length && key.includes(text.slice(at, at + length + 1))) length += 1;
    if (length >= PIECE) out += "[key]";
    else {
      length = 1;
      out += text.charAt(at);
    }
    at += length;
  }
  return out;
}
