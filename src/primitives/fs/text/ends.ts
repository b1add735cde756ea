// Line ends: which ones a text has, and how each line keeps its own when the text changes.
import type { Note } from "../../../abi/question.ts";
import { fsNote } from "../classes/notes.ts";

/** The line ends of a text: all of one kind, of several, or none at all. */
export type Ends = "lf" | "crlf" | "cr" | "mixed" | "none";

/** The characters of each kind. */
export const END_TEXT = { lf: "\n", crlf: "\r\n", cr: "\r" } as const;
/** The kinds in words. */
const WORDS: Readonly<Record<Ends, string>> = {
  ...{ lf: "LF", crlf: "CR LF", cr: "CR", mixed: "mixed", none: "none" },
};

/** The kind of line ends in words. */
export function endsWords(ends: Ends): string {
  return WORDS[ends];
}

/** How often each kind of line end stands in a text. */
export interface EndCounts {
  lf: number;
  crlf: number;
  cr: number;
}

/** Counts the line ends of a text. */
export function countEnds(text: string): EndCounts {
  const counts = { lf: 0, crlf: 0, cr: 0 };
  if (!text.includes("\r")) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) counts.lf++;
    return counts;
  }
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 10) counts.lf++;
    else if (c === 13 && text.charCodeAt(at + 1) === 10) {
      counts.crlf++;
      at++;
    } else if (c === 13) counts.cr++;
  }
  return counts;
}

/** The kind that the counts stand for. */
export function endsOf({ lf, crlf, cr }: EndCounts): Ends {
  const kinds = [lf, crlf, cr].filter((n) => n > 0).length;
  return kinds > 1 ? "mixed" : lf > 0 ? "lf" : crlf > 0 ? "crlf" : cr > 0 ? "cr" : "none";
}

/** The commonest kind; LF where there is none. */
export function mainEnd({ lf, crlf, cr }: EndCounts): keyof typeof END_TEXT {
  return crlf > lf && crlf >= cr ? "crlf" : cr > lf ? "cr" : "lf";
}

/** The text with LF as its only line end. */
export function flatten(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/gu, "\n") : text;
}

/** The text with one kind of line end. */
export function withEnds(text: string, kind: keyof typeof END_TEXT): string {
  const flat = flatten(text);
  return kind === "lf" ? flat : flat.replaceAll("\n", END_TEXT[kind]);
}

/** Above this many characters lines are not compared one by one: their objects would need many times as much memory. */
const COMPARED = 1024 * 1024;

interface Line {
  readonly text: string;
  /** Its line end; empty for a last line without one. */
  readonly end: string;
}

function linesWithEnds(text: string): Line[] {
  const lines: Line[] = [];
  const ends = /\r\n?|\n/gu;
  let from = 0;
  for (const match of text.matchAll(ends)) {
    lines.push({ text: text.slice(from, match.index), end: match[0] });
    from = match.index + match[0].length;
  }
  if (from < text.length) lines.push({ text: text.slice(from), end: "" });
  return lines;
}

/**
 * The new text of a part of a file, whose line ends take after the old part: a line that stays keeps its own. A new one
 * takes that of the line whose place it takes, or of the line before. `fallback` serves where there is none.
 */
export function keepEnds(before: string, after: string, fallback: string): string {
  if (!/[\r\n]/u.test(after)) return after;
  if (before.length + after.length > COMPARED) return flatten(after).replaceAll("\n", fallback);
  const old = linesWithEnds(before);
  const next = linesWithEnds(after);
  let head = 0;
  while (head < Math.min(old.length, next.length) && old[head]?.text === next[head]?.text) head++;
  let tail = 0;
  const room = Math.min(old.length, next.length) - head;
  while (tail < room && old.at(-1 - tail)?.text === next.at(-1 - tail)?.text) tail++;
  const stays = next.length - tail;
  /** The line of the old part that gives its end to line `i` of the new one. */
  const giver = (i: number): number => {
    if (i < head) return i;
    return i >= stays ? i - next.length + old.length : Math.min(i, old.length - tail - 1);
  };
  const done: string[] = [];
  for (const [i, line] of next.entries()) {
    done.push(line.text);
    if (line.end === "") continue;
    const from = giver(i);
    const end = old[from]?.end || old[from - 1]?.end || fallback;
    // After a CR a LF alone would not end an empty line, but the line before.
    done.push(end === "\n" && line.text === "" && done.at(-2) === "\r" ? "\r\n" : end);
  }
  return done.join("");
}

/** Notes the change of line ends; empty when nothing changes or one side has none. */
export function noteEndsChange(before: string, after: string): Note[] {
  const [from, to] = [endsOf(countEnds(before)), endsOf(countEnds(after))];
  if (from === "none" || to === "none" || before === after) return [];
  if (from !== to) return [fsNote("ends", WORDS[from], WORDS[to])];
  return from === "mixed" && flatten(before) === flatten(after) ? [fsNote("onlyEnds")] : [];
}
