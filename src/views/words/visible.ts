// Visible text: names, arguments and messages of agents made safe to show, with nothing hidden in them. The marks ‹…›
// are the same in every language, so that readers recognise them.
import { quotedName } from "../../abi/quoted.ts";
import type { Translate } from "./translate.ts";

/**
 * Characters that are invisible, reorder the text around them or move the cursor: controls, format characters (bidi,
 * zero width), separators, private and unassigned code points, lone surrogates, and blanks other than a space.
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

/** A long run of spaces can push text out of sight, so it is counted instead of shown. */
const PADDING = / {25,}/gu;

/** The characters of {@link HIDDEN} that whole outputs keep: line ends, and tabs, which move nothing back. */
const KEPT = /^[\n\t]$/u;

function namedCharacter(character: string): string {
  return `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`;
}

function countedSpaces(run: string): string {
  return `‹${run.length} spaces›`;
}

/** One line of text. Line ends are shown as marks, so that a name cannot start a new line. */
export function visibleLine(text: string): string {
  return text
    .replace(HIDDEN, (c) => (c === "\n" ? "‹newline›" : namedCharacter(c)))
    .replace(PADDING, countedSpaces);
}

/** Several lines of text. Only line feeds and the spaces and tabs of indentation stay as they are. */
export function visibleText(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => {
      const indent = /^[ \t]{0,80}/u.exec(line)?.[0] ?? "";
      return indent + visibleLine(line.slice(indent.length));
    })
    .join("\n");
}

/**
 * A whole output with nothing in it that a terminal would obey or hide. Views decide which texts may have lines; this
 * keeps the lines and columns as they are.
 */
export function visibleOutput(text: string): string {
  return text.replace(HIDDEN, (c) => (KEPT.test(c) ? c : namedCharacter(c)));
}

/** JSON with every hidden character as a `\\u` escape. It stays the same value, for such characters stand in strings. */
export function escapedJson(json: string): string {
  return json.replace(HIDDEN, (c) =>
    c === "\n"
      ? c
      : [...Array(c.length).keys()]
          .map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, "0")}`)
          .join(""),
  );
}

/**
 * Lines of a view as one text. Each entry stays one line, whatever stands in it. So no text of an agent or of a foreign
 * record can begin a line.
 */
export function linesText(lines: readonly string[]): string {
  return lines.map((line) => `${visibleOutput(line.replaceAll("\n", "‹newline›"))}\n`).join("");
}

/**
 * A text of an agent in quotation marks: on one line, of at most `max` characters, with its whole length when that is
 * more. No quotation mark inside ends it.
 */
export function quotedText(t: Translate, text: string, max = 200): string {
  const quoted = `"${visibleLine(text.slice(0, max)).replace(/["\\]/gu, "\\$&")}"`;
  return text.length <= max ? quoted : t("{0}… ({1} characters)", quoted, text.length);
}

/** A path, resource or other name on one line, in quotation marks where it could be read as more than a name. */
export function visibleName(name: string): string {
  return visibleLine(quotedName(name));
}

/**
 * The name of an image. Real ones have letters, digits and dashes; in that of a forged record, signs that a text or
 * Markdown could give a meaning are marks.
 */
export function visibleImage(name: string): string {
  return visibleName(name.replace(/[^\p{L}\p{N}\p{M}._@/ -]/gu, namedCharacter));
}

/** A JSON value on one line, truncated at `max` characters with its full length stated. */
export function visibleValue(t: Translate, value: unknown, max = Infinity): string {
  const text = visibleLine(typeof value === "string" ? value : (JSON.stringify(value) ?? "null"));
  return text.length <= max ? text : t("{0}… ({1} characters)", text.slice(0, max), text.length);
}

/** The length of a text in words, so that nobody takes a part for the whole. */
export function lengthWords(t: Translate, text: string): string {
  const lines = text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return lines === 1
    ? t("1 line, {0} characters", text.length)
    : t("{0} lines, {1} characters", lines, text.length);
}

/** Lines of two columns: names, padded to the same width, and values. */
export function columns(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = rows.reduce((most, [name]) => Math.max(most, name.length), 0);
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

/** Puts a margin before each line, so that quoted text cannot pass for ours. */
export function withMargin(text: string, margin: string): string {
  return text
    .split("\n")
    .map((line) => (margin + line).trimEnd())
    .join("\n");
}
