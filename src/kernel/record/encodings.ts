// Encodings: the forms that a value has in hex and base64, and a text with its escapes read, place by place.

/** A text as it reads after decoding, and where a character of it begins in the original. */
export interface Decoding {
  readonly text: string;
  place(index: number): number;
}

const utf8 = new TextEncoder();

/**
 * The forms of a value that are no escapes: itself, hex in both cases, and base64 as it stands inside a longer text at
 * each of its three offsets. The outer characters of base64 depend on the neighbours, so they are left off.
 */
export function formsOf(value: string): string[] {
  const bytes = utf8.encode(value);
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const forms = new Set([value, value.replaceAll(" ", "+"), hex, hex.toUpperCase()]);
  for (const shift of [0, 1, 2]) {
    const padded = new Uint8Array(shift + bytes.length);
    padded.set(bytes, shift);
    const base64 = btoa(Array.from(padded, (b) => String.fromCharCode(b)).join(""));
    const inner = base64.slice(Math.ceil((shift * 8) / 6), Math.floor((padded.length * 8) / 6));
    if (inner.length < 6) continue;
    forms.add(inner);
    forms.add(inner.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return [...forms];
}

/** Percent, HTML and JSON (or JavaScript) escapes. */
const ESCAPE =
  /(?:%[0-9A-Fa-f]{2})+|(?:\\x[0-9A-Fa-f]{2})+|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|quot|apos|amp|lt|gt);?|\\(?:u\{[0-9A-Fa-f]{1,6}\}|u[0-9A-Fa-f]{4}|["'`\\/bfnrt])/gu;
const NAMED: Readonly<Record<string, string>> = { quot: '"', apos: "'", amp: "&", lt: "<", gt: ">" };
const LETTERS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
/** A line end inside base64 that is cut into lines, as `base64` and MIME do. */
const WRAP = /(?<=[A-Za-z0-9+/]{40})[ \t]*\r?\n[ \t]*(?=[A-Za-z0-9+/=])/gu;
/** An escape of an escape of an escape is read; nothing more. */
const ROUNDS = 3;

/** The other readings of a text: with its escapes read, once and again, and with wrapped base64 joined. Mostly none. */
export function decodingsOf(text: string): Decoding[] {
  const readings: Decoding[] = [];
  const plain: Decoding = { text, place: (index) => index };
  for (let round = 0; round < ROUNDS; round++) {
    const next = decoded(readings.at(-1) ?? plain, ESCAPE, unescape);
    if (next === undefined) break;
    readings.push(next);
  }
  const joined = decoded(readings.at(-1) ?? plain, WRAP, () => []);
  if (joined !== undefined) readings.push(joined);
  return readings;
}

/** Characters, each with where it begins in its escape. */
type Decoded = readonly (readonly [char: string, at: number])[];

/** A reading with each match decoded; undefined when nothing matches. */
function decoded(from: Decoding, pattern: RegExp, decode: (match: string) => Decoded): Decoding | undefined {
  const { text } = from;
  const parts: string[] = [];
  // Runs that are read one to one: where they begin here, and where in the text that is decoded.
  const starts: number[] = [];
  const origins: number[] = [];
  let length = 0;
  let at = 0;
  const add = (part: string, origin: number): void => {
    starts.push(length);
    origins.push(origin);
    parts.push(part);
    length += part.length;
  };
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match.index > at) add(text.slice(at, match.index), at);
    for (const [char, offset] of decode(match[0])) add(char, match.index + offset);
    at = pattern.lastIndex;
  }
  if (at === 0) return undefined;
  add(text.slice(at), at);
  const place = (index: number): number => {
    let low = 0;
    for (let high = starts.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle;
    }
    return from.place((origins[low] ?? 0) + index - (starts[low] ?? 0));
  };
  return { text: parts.join(""), place };
}

function unescape(escape: string): Decoded {
  if (escape.startsWith("%")) return bytesDecoded(escape, 3);
  if (escape.startsWith("\\x")) return bytesDecoded(escape, 4);
  const [, body = ""] = /^[&\\]([^;]*)/u.exec(escape) ?? [];
  if (escape.startsWith("&")) {
    const code = body.startsWith("#") ? Number(body.slice(1).replace(/^[xX]/u, "0x")) : undefined;
    return [[code === undefined ? (NAMED[body] ?? escape) : charOf(code), 0]];
  }
  const hex = /^u\{?([0-9A-Fa-f]+)/u.exec(body)?.[1];
  if (hex !== undefined && body.length > 1) return [[charOf(parseInt(hex, 16)), 0]];
  return [[LETTERS[body] ?? body, 0]];
}

function charOf(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

/** Reads a run of escaped bytes, each written in `width` characters, as UTF-8. Bytes that are none stand for themselves. */
function bytesDecoded(run: string, width: 3 | 4): Decoded {
  const decoded: [string, number][] = [];
  const byteAt = (at: number): number => parseInt(run.slice(at + width - 2, at + width), 16);
  for (let at = 0; at < run.length;) {
    const lead = byteAt(at);
    const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    const bytes = Array.from({ length: size }, (_, i) => byteAt(at + i * width)).filter((b) => b >= 0);
    const char = bytes.length === size ? utf8Decoded(bytes) : undefined;
    decoded.push([char ?? String.fromCharCode(lead), at]);
    at += char === undefined ? width : size * width;
  }
  return decoded;
}

function utf8Decoded(bytes: readonly number[]): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}
