// Changed lines: the removed and added lines of a write, for a terminal.
import type { Translate } from "./translate.ts";

/** Unchanged lines that are kept around the change, to show its place. */
const CONTEXT_LINES = 2;

/**
 * The change between two texts as one block. The shared beginning and end are left out, up to a few lines. Removed
 * lines start with `-`, added ones with `+`. Equal texts give an empty string.
 */
export function changedLines(t: Translate, before: string, after: string): string {
  if (before === after) return "";
  const old = textLines(before);
  const now = textLines(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end))
    end += 1;
  const first = Math.max(0, start - CONTEXT_LINES);
  const kept = now.slice(first, start).map((line) => `  ${line}`);
  const gone = old.slice(start, old.length - end).map((line) => `- ${line}`);
  const come = now.slice(start, now.length - end).map((line) => `+ ${line}`);
  const rest = now.slice(now.length - end, now.length - end + CONTEXT_LINES).map((line) => `  ${line}`);
  const skipped = first > 0 ? [`@@ ${t("from line {0}", first + 1)} @@`] : [];
  return [...skipped, ...kept, ...gone, ...come, ...rest, ...lineEndChange(t, before, after)].join("\n");
}

/** Describes a change of the last line end, which the lines do not show. */
function lineEndChange(t: Translate, before: string, after: string): string[] {
  if (after === "" || (before !== "" && before.endsWith("\n") === after.endsWith("\n"))) return [];
  if (!after.endsWith("\n")) return [`  (${t("no line end at the end")})`];
  return before === "" ? [] : [`  (${t("a line end at the end is new")})`];
}

/** The lines of a text. The line end after the last line starts no new line. */
function textLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
