// Visible text: names, arguments and messages of agents made safe to show, with nothing hidden in them. The marks ‹…› are
// the same in every language, so that one knows them anywhere.
import type { Translate } from "./translate.ts";

/**
 * Everything that takes no ink, reorders what stands around it, or moves the cursor: controls, format characters
 * (bidi, zero width), separators, private and unassigned code points, halves of characters, and blanks that are no space.
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

/** So many spaces in a row can push what follows out of sight, so they are counted instead of shown. */
const PADDING = / {25,}/gu;

function named(character: string): string {
  return `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`;
}

function padding(run: string): string {
  return `‹${run.length} spaces›`;
}

/** One line of text: line ends are shown as well, so that a name cannot start a line of its own. */
export function visibleLine(text: string): string {
  return text.replace(HIDDEN, (c) => (c === "\n" ? "‹newline›" : named(c))).replace(PADDING, padding);
}

/** Several lines of text; only line feeds and the spaces and tabs of indentation stay as they are. */
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

/** Any JSON value on one line, cut at `max` characters with its full length stated. */
export function visibleValue(t: Translate, value: unknown, max = Infinity): string {
  const text = visibleLine(typeof value === "string" ? value : (JSON.stringify(value) ?? "null"));
  return text.length <= max ? text : t("{0}… ({1} characters)", text.slice(0, max), text.length);
}

/** Says how long a text is, so that nobody takes a part for the whole. */
export function lengthOf(t: Translate, text: string): string {
  const lines = text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return lines === 1
    ? t("1 line, {0} characters", text.length)
    : t("{0} lines, {1} characters", lines, text.length);
}

/** Puts a margin before each line, so that quoted text cannot pass for ours. */
export function quoted(text: string, margin: string): string {
  return text
    .split("\n")
    .map((line) => (margin + line).trimEnd())
    .join("\n");
}
