// Texts in files: encodings, lines and exact replacement, as pure functions over bytes and strings.
import { fault, isFault, type Fault } from "../../abi/errors.ts";

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
function positions(text: string, part: string, max: number): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at >= 0 && found.length < max; at = text.indexOf(part, at + 1))
    found.push(at);
  return found;
}

/** True when every line ends in CR LF; new lines then end so, too. */
function isDos(text: string): boolean {
  return text.includes("\r\n") && !/(?<!\r)\n/u.test(text);
}

const toDos = (text: string): string => text.replace(/(?<!\r)\n/gu, "\r\n");

/** A hint for the next try: the line of the wanted text if white space did not count. */
function nearestLine(text: string, wanted: string): string {
  const squeeze = (s: string): string => s.replace(/\s+/gu, " ").trim();
  const first = splitLines(wanted)
    .map(squeeze)
    .find((s) => s !== "");
  if (first === undefined) return "";
  const index = splitLines(text).findIndex((line) => squeeze(line).includes(first));
  return index < 0 ? "" : ` Line ${index + 1} differs only in white space or in what follows.`;
}

/** A text after replacement, and how often the old text was replaced. */
export interface ReplacedText {
  readonly text: string;
  readonly count: number;
}

/**
 * Replaces exact text. The text must occur, and only once unless `all` is set; the faults say how often and
 * where. In a file whose lines all end in CR LF, a single LF in either text means CR LF.
 */
export function replaceText(
  text: string,
  wanted: string,
  instead: string,
  all: boolean,
): ReplacedText | Fault {
  if (wanted === "")
    return fault("EINVAL", "old_text is empty.", "Name the text to replace; use write_file for a new file.");
  const dos = isDos(text);
  const part = dos ? toDos(wanted) : wanted;
  const next = dos ? toDos(instead) : instead;
  if (part === next) return fault("EINVAL", "old_text and new_text are the same; nothing would change.");
  const found = positions(text, part, 1000);
  const [first] = found;
  if (first === undefined) {
    return fault(
      "EINVAL",
      `old_text is not in the file.${nearestLine(text, wanted)}`,
      "Read the file again and copy the text exactly.",
    );
  }
  if (all) {
    const pieces = text.split(part);
    return { text: pieces.join(next), count: pieces.length - 1 };
  }
  if (found.length > 1) {
    const lines = found.slice(0, 5).map((at) => lineAt(text, at));
    const where = `${lines.join(", ")}${found.length > 5 ? ", …" : ""}`;
    return fault(
      "EINVAL",
      `old_text is in the file ${found.length === 1000 ? "1000 or more" : found.length} times (lines ${where}).`,
      "Add surrounding lines until it is unique, or set all.",
    );
  }
  return { text: text.slice(0, first) + next + text.slice(first + part.length), count: 1 };
}

/** {@link replaceText} over the bytes of a UTF-8 file. */
export function replaceBytes(
  bytes: Uint8Array,
  wanted: string,
  instead: string,
  all: boolean,
): { bytes: Uint8Array; before: string; after: string; count: number } | Fault {
  const decoded = decodeText(bytes);
  if (decoded === undefined) return fault("EINVAL", "It is binary.", "Only UTF-8 text can be edited.");
  if (decoded.encoding !== "utf-8" && decoded.encoding !== "utf-8-bom") {
    return fault(
      "EINVAL",
      `It is ${decoded.encoding}; only UTF-8 text can be edited.`,
      "Ask a person to convert it first.",
    );
  }
  const replaced = replaceText(decoded.text, wanted, instead, all);
  if (isFault(replaced)) return replaced;
  return {
    bytes: encodeText(replaced.text, decoded.encoding),
    before: decoded.text,
    after: replaced.text,
    count: replaced.count,
  };
}
