// Waits: how long a provider asks not to be called, told in its headers or in its error.
import type { Pace } from "../retry.ts";
import { fieldOf } from "../streams/gather.ts";
import type { Complaint } from "./complaint.ts";

/** Milliseconds of each unit that providers write. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration like `1m30.5s`, or words like `5 minutes`. */
const DURATION =
  /(?:\d+(?:\.\d+)?\s*(?:milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])\s*)+/iu;
const PIECE = /(\d+(?:\.\d+)?)\s*(milliseconds?|msecs?|ms|[a-z]+)/giu;
const TOLD =
  /(?:retry|try (?:it )?again|retry again|wait|available|resets?)(?: after| again| in| for| at least| another| about)*[: ]+/giu;

/** Numbers of seconds above this are moments: seconds since the Unix epoch, or milliseconds. */
const MOMENT = 1_000_000_000;

/** A text like `6m0s` or `250ms`, in milliseconds; a number alone counts seconds. */
export function readDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(?:\.\d+)?$/u.test(trimmed)) return Number(trimmed) * 1000;
  let sum: number | undefined;
  for (const [, count = "", unit = ""] of trimmed.matchAll(PIECE)) {
    const word = unit.toLowerCase();
    const of = /^m(?:illi|s)/u.test(word) ? UNITS["ms"] : UNITS[word.charAt(0)];
    if (of === undefined) return sum;
    sum = (sum ?? 0) + Number(count) * of;
  }
  return sum;
}

/** A number of seconds, a duration, a date, or a moment, as the time from now in milliseconds. */
function readTime(text: string | null | undefined, pace: Pace): number | undefined {
  if (text === null || text === undefined || text.trim() === "") return undefined;
  const number = Number(text);
  if (!Number.isNaN(number)) {
    if (number > MOMENT * 1000) return number - pace.now();
    return number > MOMENT ? number * 1000 - pace.now() : number * 1000;
  }
  const date = Date.parse(text);
  return Number.isNaN(date) || /^\d+(?:\.\d+)?[a-z]/iu.test(text.trim())
    ? readDuration(text)
    : date - pace.now();
}

/** The wait that the headers tell. A limit that is not used up is none to wait for. */
function waitInHeaders(headers: Headers, pace: Pace): number | undefined {
  const ms = Number(headers.get("retry-after-ms") || "none");
  if (!Number.isNaN(ms)) return ms;
  const after = readTime(headers.get("retry-after"), pace);
  if (after !== undefined) return after;
  const waits: number[] = [];
  for (const [name, value] of headers) {
    if (!/ratelimit.*reset/u.test(name)) continue;
    const left = headers.get(name.replace("reset", "remaining"));
    const wait = left === null || Number(left) === 0 ? readTime(value, pace) : undefined;
    if (wait !== undefined) waits.push(wait);
  }
  return longest(waits);
}

/** The wait that the error tells: in a field of its own, or in words like "try again in 9.4s". */
function waitInBody({ body, text }: Complaint, pace: Pace): number | undefined {
  const waits: number[] = [];
  const first = Array.isArray(body) ? (body as readonly unknown[])[0] : body;
  const error = fieldOf(first, "error") ?? first;
  const details = fieldOf(error, "details");
  for (const detail of Array.isArray(details) ? (details as readonly unknown[]).slice(0, 16) : []) {
    const delay = fieldOf(detail, "retryDelay") ?? fieldOf(detail, "retry_delay");
    const seconds = fieldOf(delay, "seconds");
    const wait = typeof delay === "string" ? readDuration(delay) : Number(seconds ?? Number.NaN) * 1000;
    if (wait !== undefined && !Number.isNaN(wait)) waits.push(wait);
  }
  for (const name of ["retry_after", "retryAfter", "retry_after_seconds"]) {
    const after = fieldOf(error, name) ?? fieldOf(fieldOf(error, "metadata"), name);
    if (typeof after === "number" && after >= 0) waits.push(after * 1000);
  }
  const headers = fieldOf(fieldOf(error, "metadata"), "headers");
  for (const name of ["Retry-After", "X-RateLimit-Reset"]) {
    const told = fieldOf(headers, name);
    const wait =
      typeof told === "string" || typeof told === "number" ? readTime(String(told), pace) : undefined;
    if (wait !== undefined) waits.push(wait);
  }
  for (const told of text.matchAll(TOLD)) {
    const rest = text
      .slice(told.index + told[0].length)
      .trimStart()
      .slice(0, 60);
    const found = DURATION.exec(rest);
    const wait = found?.index === 0 ? readDuration(found[0]) : undefined;
    if (wait !== undefined) waits.push(wait);
  }
  return longest(waits);
}

function longest(waits: readonly number[]): number | undefined {
  const most = waits.reduce((a, b) => Math.max(a, b), -1);
  return most > 0 ? most : undefined;
}

/** The wait that a refusal asks for, in milliseconds; undefined when it names none. */
export function askedWait(
  complaint: Complaint,
  headers: Headers | undefined,
  pace: Pace,
): number | undefined {
  const told = [
    headers === undefined ? undefined : waitInHeaders(headers, pace),
    waitInBody(complaint, pace),
  ];
  return longest(told.filter((wait) => wait !== undefined));
}
