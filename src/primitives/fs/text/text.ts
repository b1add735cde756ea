// Texts in files: encodings, lines and exact replacement, as pure functions over bytes and strings.
import { fault, isFault, type Fault } from "../../../abi/errors.ts";
import type { Breath } from "../backend.ts";
import { Needle } from "./needle.ts";

/** The encodings that can be read. */
export type Encoding = "utf-8" | "utf-8-bom" | "utf-16le" | "utf-16be";

/** The text of a file with its encoding. */
export interface DecodedText {
  /** Without a byte order mark; line ends as in the file. */
  readonly text: string;
  readonly encoding: Encoding;
}

const MARKS: readonly {
  readonly encoding: Encoding;
  readonly label: string;
  readonly mark: readonly number[];
}[] = [
  { encoding: "utf-8-bom", label: "utf-8", mark: [0xef, 0xbb, 0xbf] },
  { encoding: "utf-16le", label: "utf-16le", mark: [0xff, 0xfe] },
  { encoding: "utf-16be", label: "utf-16be", mark: [0xfe, 0xff] },
];

/**
 * Decodes bytes. Undefined for a NUL character, and for bytes that are no UTF-8 and have no mark of another
 * encoding. Nothing is ever replaced silently.
 */
export function decodeText(bytes: Uint8Array): DecodedText | undefined {
  const marked = MARKS.find((m) => m.mark.every((b, i) => bytes[i] === b));
  try {
    const label = marked?.label ?? "utf-8";
    const text = new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(marked?.mark.length ?? 0),
    );
    return text.includes("\0") ? undefined : { text, encoding: marked?.encoding ?? "utf-8" };
  } catch {
    return undefined;
  }
}

/** UTF-8 bytes of a text, with the mark it had. Only UTF-8 is ever written. */
export function encodeText(text: string, encoding: "utf-8" | "utf-8-bom"): Uint8Array {
  return new TextEncoder().encode(encoding === "utf-8-bom" ? `\ufeff${text}` : text);
}

/** The fault for reading bytes that are no text. */
export function binaryFault(subject: string, size: number, sha256: string): Fault {
  return fault(
    "EINVAL",
    `${subject} is binary: ${size} bytes, sha256 ${sha256}.`,
    "Only text (UTF-8, or UTF-16 with a mark) can be read and edited.",
  );
}

/** Lines as people count them: a final line end does not start another line. */
export function splitLines(text: string): string[] {
  const lines = text.split(/(?<=\n)/u);
  return text === "" ? [] : lines;
}

/** The number of the line that a position is in, from 1. */
function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < position; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** Positions of `part`, also overlapping ones: each of them is one way to read "which one". At most `max`. */
function positions(text: string, part: Needle, max: number): number[] {
  const found: number[] = [];
  for (const at of part.places(text, true)) if (found.push(at) >= max) break;
  return found;
}

/** The lines of a text one by one, without their ends. A text without a line end is one line. */
export function* linesOf(text: string): Generator<string, undefined> {
  for (let at = 0; at <= text.length;) {
    const end = text.indexOf("\n", at);
    const to = end < 0 ? text.length : end;
    yield text.slice(at, end > at && text[end - 1] === "\r" ? end - 1 : to);
    at = to + 1;
  }
  return undefined;
}

/** The number of bytes of a text in UTF-8. */
function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** True when every line ends in CR LF; new lines then end so, too. */
function isDos(text: string): boolean {
  return text.includes("\r\n") && !/(?<!\r)\n/u.test(text);
}

const toDos = (text: string): string => text.replace(/(?<!\r)\n/gu, "\r\n");

/** A hint is looked for in so much of a text and for so long a line, in characters. */
const HINT = { text: 256 * 1024, line: 500 };

/** Loops look at the clock once in so many rounds. */
const STRIDE = 1024;

/** A hint for the next try: the line of the wanted text if white space did not count. */
async function nearestLine(text: string, wanted: string, breath: Breath): Promise<string> {
  const squeeze = (s: string): string => s.replace(/\s+/gu, " ").trim();
  const first = splitLines(wanted.slice(0, 2 * HINT.line))
    .map(squeeze)
    .find((s) => s !== "")
    ?.slice(0, HINT.line);
  if (first === undefined) return "";
  const needle = new Needle(first);
  let number = 0;
  for (const line of linesOf(text.slice(0, HINT.text))) {
    if (++number % STRIDE === 0 && breath.due) await breath.take();
    if (needle.isIn(squeeze(line))) return ` Line ${number} differs only in white space or in what follows.`;
  }
  return "";
}

/** What is replaced by what; with `all` at every place. */
export interface Replacement {
  readonly wanted: string;
  readonly instead: string;
  readonly all: boolean;
}

/** The bounds of a replacement: the bytes of its result, and how long it holds the host. */
export interface Within {
  readonly max: number;
  readonly breath: Breath;
}

/** A text after replacement, and how often the old text was replaced. */
export interface ReplacedText {
  readonly text: string;
  readonly count: number;
}

/** Replaces all places of `part`. The pieces are joined in between, so that many replacements need little memory. */
async function replaceAll(text: string, part: Needle, next: string, breath: Breath): Promise<string> {
  const done: string[] = [];
  let pieces: string[] = [];
  let from = 0;
  for (const at of part.places(text)) {
    pieces.push(text.slice(from, at), next);
    from = at + part.text.length;
    if (pieces.length < 2 * STRIDE) continue;
    done.push(pieces.join(""));
    pieces = [];
    if (breath.due) await breath.take();
  }
  return [...done, ...pieces, text.slice(from)].join("");
}

/**
 * Replaces exact text. The text must occur, and only once unless `all` is set; the faults say how often and
 * where. In a file whose lines all end in CR LF, a single LF in either text means CR LF. A result of more than
 * `max` bytes is E2BIG, and is never made.
 */
export async function replaceText(
  text: string,
  { wanted, instead, all }: Replacement,
  { max, breath }: Within,
): Promise<ReplacedText | Fault> {
  if (wanted === "")
    return fault("EINVAL", "old_text is empty.", "Name the text to replace; use write_file for a new file.");
  const dos = isDos(text);
  const part = dos ? toDos(wanted) : wanted;
  const next = dos ? toDos(instead) : instead;
  if (part === next) return fault("EINVAL", "old_text and new_text are the same; nothing would change.");
  const needle = new Needle(part);
  const found = positions(text, needle, 1000);
  const [first] = found;
  if (first === undefined) {
    return fault(
      "EINVAL",
      `old_text is not in the file.${await nearestLine(text, wanted, breath)}`,
      "Read the file again and copy the text exactly.",
    );
  }
  if (!all && found.length > 1) {
    const lines = found.slice(0, 5).map((at) => lineAt(text, at));
    const where = `${lines.join(", ")}${found.length > 5 ? ", …" : ""}`;
    return fault(
      "EINVAL",
      `old_text is in the file ${found.length === 1000 ? "1000 or more" : found.length} times (lines ${where}).`,
      "Add surrounding lines until it is unique, or set all.",
    );
  }
  let count = 1;
  if (all) {
    count = 0;
    for (const _ of needle.places(text)) if (++count % STRIDE === 0 && breath.due) await breath.take();
  }
  const bytes = utf8Length(text) + count * (utf8Length(next) - utf8Length(part));
  if (bytes > max) {
    return fault(
      "E2BIG",
      `The file would have ${bytes} bytes after ${count} replacements; one file that is edited holds ${max}.`,
      "Replace less, or write several smaller files.",
    );
  }
  if (all) return { text: await replaceAll(text, needle, next, breath), count };
  return { text: text.slice(0, first) + next + text.slice(first + part.length), count };
}

/** {@link replaceText} over the bytes of a UTF-8 file. */
export async function replaceBytes(
  bytes: Uint8Array,
  replacement: Replacement,
  within: Within,
): Promise<{ bytes: Uint8Array; before: string; after: string; count: number } | Fault> {
  const decoded = decodeText(bytes);
  if (decoded === undefined) return fault("EINVAL", "It is binary.", "Only UTF-8 text can be edited.");
  if (decoded.encoding !== "utf-8" && decoded.encoding !== "utf-8-bom") {
    return fault(
      "EINVAL",
      `It is ${decoded.encoding}; only UTF-8 text can be edited.`,
      "Ask a person to convert it first.",
    );
  }
  const replaced = await replaceText(decoded.text, replacement, within);
  if (isFault(replaced)) return replaced;
  return {
    bytes: encodeText(replaced.text, decoded.encoding),
    before: decoded.text,
    after: replaced.text,
    count: replaced.count,
  };
}
