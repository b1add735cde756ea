// Changed lines: what a write would change, as the lines that go and the lines that come, for a terminal.
import type { Translate } from "./translate.ts";

/** Lines kept around the change, so that one can see where it is. */
const AROUND = 2;

/**
 * The change between two texts as one block: what they share at both ends is left out, up to a few lines. Removed lines
 * start with `-`, added ones with `+`. Equal texts give an empty string.
 */
export function changedLines(t: Translate, before: string, after: string): string {
  if (before === after) return "";
  const old = linesOf(before);
  const now = linesOf(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end))
    end += 1;
  const first = Math.max(0, start - AROUND);
  const kept = now.slice(first, start).map((line) => `  ${line}`);
  const gone = old.slice(start, old.length - end).map((line) => `- ${line}`);
  const come = now.slice(start, now.length - end).map((line) => `+ ${line}`);
  const rest = now.slice(now.length - end, now.length - end + AROUND).map((line) => `  ${line}`);
  const skipped = first > 0 ? [`@@ ${t("from line {0}", first + 1)} @@`] : [];
  return [...skipped, ...kept, ...gone, ...come, ...rest, ...lastEnd(t, before, after)].join("\n");
}

/** What changes at the very end, which lines alone do not show. */
function lastEnd(t: Translate, before: string, after: string): string[] {
  if (after === "" || (before !== "" && before.endsWith("\n") === after.endsWith("\n"))) return [];
  if (!after.endsWith("\n")) return [`  (${t("no line end at the end")})`];
  return before === "" ? [] : [`  (${t("a line end at the end is new")})`];
}

/** The lines of a text; the line end after the last one starts no new line. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
