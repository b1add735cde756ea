// Exact replacement: line ends match each other, and each line keeps its own.
import { fault, type Fault } from "../../../abi/errors.ts";
import type { Breath } from "../backend.ts";
import { countEnds, END_TEXT, endsOf, flatten, keepEnds, mainEnd, withEnds } from "./ends.ts";
import { describeNearest } from "./nearest.ts";
import { Needle } from "./needle.ts";

/** Loops look at the clock once in so many rounds. */
const STRIDE = 1024;
/** So many places are counted before a fault says "or more". */
const COUNTED = 1000;

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

/** Positions of `part`, also overlapping ones: each of them is one way to read "which one". At most `max`. */
function positions(text: string, part: Needle, max: number): number[] {
  const found: number[] = [];
  for (const at of part.places(text, true)) if (found.push(at) >= max) break;
  return found;
}

/** The number of the line that a position is in, from 1. */
function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < position; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** The number of bytes of a text in UTF-8. */
function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A text without the line numbers that a read shows in front of its lines; undefined when it has none. */
function withoutNumbers(text: string): string | undefined {
  const lines = text.split("\n");
  if (!lines.every((line, i) => /^\d+\t/u.test(line) || (line === "" && i === lines.length - 1)))
    return undefined;
  const bare = lines.map((line) => line.replace(/^\d+\t/u, "")).join("\n");
  return bare === "" ? undefined : bare;
}

/** A text and its flattened form. Positions are asked for in ascending order, so each part is passed once. */
class Original {
  readonly text: string;
  /** The position reached, in the text and in its flattened form, and the next CR LF from there. */
  #at = 0;
  #flat = 0;
  #pair: number;
  /** The next line end that was found, for positions up to it. */
  #end = { at: -1, text: "" };

  constructor(text: string) {
    this.text = text;
    this.#pair = this.#pairFrom(0);
  }

  #pairFrom(at: number): number {
    const found = this.text.indexOf("\r\n", at);
    return found < 0 ? Number.MAX_SAFE_INTEGER : found;
  }

  /** The position in the text of a position in its flattened form. */
  position(flat: number): number {
    while (flat - this.#flat > this.#pair - this.#at) {
      this.#flat += this.#pair - this.#at + 1;
      this.#at = this.#pair + 2;
      this.#pair = this.#pairFrom(this.#at);
    }
    this.#at += flat - this.#flat;
    this.#flat = flat;
    return this.#at;
  }

  /** The line end that closes the line of a position; empty for a last line without one. */
  endAfter(position: number): string {
    if (this.#end.at >= position) return this.#end.text;
    const ends = /\r\n?|\n/gu;
    ends.lastIndex = position;
    const found = ends.exec(this.text);
    this.#end = { at: found?.index ?? this.text.length, text: found?.[0] ?? "" };
    return this.#end.text;
  }
}

/** The new text at one place of a file whose line ends differ. `last` is the character before it. */
function insteadAt(
  original: Original,
  from: number,
  to: number,
  next: string,
  main: string,
  last: string,
): string {
  const { text } = original;
  const put = keepEnds(text.slice(from, to), next, original.endAfter(to) || main);
  // A CR and a LF that come to stand side by side would be one line end instead of two.
  const begins = last === "\r" && (put === "" ? text[to] === "\n" : put.startsWith("\n")) ? "\r" : "";
  return begins + put + (put.endsWith("\r") && text[to] === "\n" ? "\n" : "");
}

/**
 * Replaces exact text. The text must occur, and only once unless `all` is set; the faults say how often and where, or
 * what nearly matches. Line ends of all kinds match each other. Lines that stay keep theirs, and new ones take that of
 * the lines that they replace. A result of more than `max` bytes of UTF-8 is E2BIG, and is never made.
 */
export async function replaceText(
  text: string,
  { wanted, instead, all }: Replacement,
  { max, breath }: Within,
): Promise<ReplacedText | Fault> {
  if (wanted === "")
    return fault("EINVAL", "old_text is empty.", "Name the text to replace; use write_file for a new file.");
  const [flat, part, next] = [flatten(text), flatten(wanted), flatten(instead)];
  if (part === next) {
    const hint = wanted === instead ? "" : "Line ends are kept; write_file with line_ends changes them.";
    return fault("EINVAL", "old_text and new_text are the same; nothing would change.", hint);
  }
  const needle = new Needle(part);
  const found = positions(flat, needle, COUNTED);
  const [first] = found;
  if (first === undefined) {
    const bare = withoutNumbers(part);
    if (bare !== undefined && new Needle(bare).isIn(flat)) {
      const why = "old_text is not in the file with the line numbers in front of its lines.";
      return fault("EINVAL", why, "Leave out the numbers that read_file shows, and the tabs behind them.");
    }
    const near = await describeNearest(flat, part, breath);
    const hint =
      near === "" ? "Read the file again and copy the text exactly." : "Copy it as it is in the file.";
    return fault("EINVAL", `old_text is not in the file.${near}`, hint);
  }
  if (!all && found.length > 1) {
    const lines = found.slice(0, 5).map((at) => lineAt(flat, at));
    const where = `${lines.join(", ")}${found.length > 5 ? ", …" : ""}`;
    const often = found.length === COUNTED ? `${COUNTED} or more` : found.length;
    return fault(
      "EINVAL",
      `old_text is in the file ${often} times (lines ${where}).`,
      "Add surrounding lines until it is unique, or set all.",
    );
  }
  let count = 1;
  if (all) {
    count = 0;
    for (const _ of needle.places(flat)) if (++count % STRIDE === 0 && breath.due) await breath.take();
  }
  const counts = countEnds(text);
  const ends = endsOf(counts);
  const main = mainEnd(counts);
  // In a file with several kinds each new line end may take two bytes, and each old one had at least one.
  const longest = ends === "mixed" ? withEnds(next, "crlf") : withEnds(next, main);
  const shortest = ends === "mixed" ? part : withEnds(part, main);
  const bytes = utf8Length(text) + count * (utf8Length(longest) - utf8Length(shortest));
  if (bytes > max) {
    return fault(
      "E2BIG",
      `The file would have ${bytes} bytes after ${count} replacements; one file that is edited holds ${max}.`,
      "Replace less, or write several smaller files.",
    );
  }
  const original = new Original(text);
  const done: string[] = [];
  let pieces: string[] = [];
  let from = 0;
  let last = "";
  for (const at of all ? needle.places(flat) : [first]) {
    const start = original.position(at);
    const end = original.position(at + part.length);
    const kept = text.slice(from, start);
    last = kept.at(-1) ?? last;
    const put = ends === "mixed" ? insteadAt(original, start, end, next, END_TEXT[main], last) : longest;
    last = put.at(-1) ?? last;
    pieces.push(kept, put);
    from = end;
    if (pieces.length < 2 * STRIDE) continue;
    // The pieces are joined in between, so that many replacements need little memory.
    done.push(pieces.join(""));
    pieces = [];
    if (breath.due) await breath.take();
  }
  return { text: [...done, ...pieces, text.slice(from)].join(""), count };
}
