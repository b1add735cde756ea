// Markdown: an agent's text made harmless to render: it fetches nothing, runs nothing and cannot imitate our text.
import { visibleLine, visibleText } from "./visible.ts";

/**
 * `[text](target)` and `![text](target)` in their simple forms. Target and title have a bounded length, so that no text
 * makes the match long. Other forms are broken further down.
 */
const INLINE =
  /(!?)\[([^\][\n]{0,500})\]\([ \t]{0,9}(?:<([^<>\n]{0,2000})>|(?=([^\s()<>]{0,2000}))\4)[^()\n]{0,500}\)/gu;

/** A line that opens or closes a code fence, outside every list and quote. */
const FENCE = /^ {0,3}(`{3,}|~{3,})([^\n]*)$/u;

/** The longest run of backticks that is shown. Our marks must be longer than any run inside them. */
const TICKS_MOST = 16;

/** The text with runs of backticks that are too long counted, and the longest run that is left. */
function countedTicks(text: string): { shown: string; longest: number } {
  let longest = 0;
  const shown = text.replace(/`+/gu, (run) => {
    if (run.length > TICKS_MOST) return `‹U+0060 ×${run.length}›`;
    longest = Math.max(longest, run.length);
    return run;
  });
  return { shown, longest };
}

/** Text as inline code, with more backticks around it than any run inside. */
export function codeSpan(text: string): string {
  const { shown, longest } = countedTicks(visibleLine(text));
  const ticks = "`".repeat(longest + 1);
  const padded =
    shown.startsWith("`") || shown.endsWith("`") || (shown.startsWith(" ") && shown.endsWith(" "));
  const pad = padded || shown === "" ? " " : "";
  return `${ticks}${pad}${shown}${pad}${ticks}`;
}

/** A name as it is, or as code where Markdown could interpret a part of it. */
export function markdownName(name: string): string {
  return /^[A-Za-z][\w.-]*$/u.test(name) ? name : codeSpan(name);
}

/** A block of code with a fence longer than any inside, so that nothing inside can close it. */
export function codeBlock(text: string, language = ""): string {
  const { shown, longest } = countedTicks(visibleText(text));
  const fence = "`".repeat(Math.max(2, longest) + 1);
  return `${fence}${language}\n${shown}\n${fence}`;
}

/** A link with its target visible. Only web addresses stay bare, because they show where they lead. */
function shownLink(image: string, text: string, target: string): string {
  const name = `${image === "" ? "" : "image: "}${text}`.trim();
  const where = /^https?:\/\/[^\s`]*$/iu.test(target) ? target : codeSpan(target);
  return name === "" || name === target ? `(${where})` : `${name} (${where})`;
}

/** One line outside every fence. Links, images, definitions, HTML, headings and rules lose their effect. */
function harmlessLine(line: string): string {
  const marks = /^\s*#{1,6}\s+/u.exec(line)?.[0];
  const text =
    marks === undefined ? line : `**${withoutHashes(line.slice(marks.length)).replaceAll("*", "")}**`;
  return text
    .replace(INLINE, (_, image: string, name: string, angled: string | undefined, bare: string | undefined) =>
      shownLink(image, name, angled ?? bare ?? ""),
    )
    .replace(/\](?=[(:[])/gu, "]\\") // the remaining brackets can form no link and no definition
    .replace(
      /(?<!\\)(\\*)<(?=[a-z/!?])/giu, // from the first backslash of a run, not from each
      (_, slashes: string) => slashes + (slashes.length % 2 === 1 ? "<" : "\\<"),
    )
    .replace(/`{3,}|~{3,}/gu, (run) => [...run].map((c) => `\\${c}`).join("")) // only our own fences remain
    .replace(/^(\s*)(=+|-{2,}|_{3,}|\*{3,})(?=\s*$)/u, "$1\\$2")
    .replace(/^(\s*)#/u, "$1\\#");
}

/** The text of a heading without the hashes that may close it. */
function withoutHashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === "#") end -= 1;
  return text.slice(0, end).trimEnd();
}

/**
 * An agent's Markdown as a quotation. Code in simple fences stays code, under our own fence. Each line gets the margin
 * of a quotation. So no text of an agent can pass for a heading or a result of ours.
 */
export function harmlessMarkdown(text: string): string {
  const out: string[] = [];
  const lines = visibleText(text).split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const [, marks = "", info = ""] = FENCE.exec(line) ?? [];
    if (marks === "" || info.includes("`")) {
      out.push(harmlessLine(line));
      continue;
    }
    const code: string[] = [];
    for (at += 1; at < lines.length && !closes(lines[at] ?? "", marks); at++) code.push(lines[at] ?? "");
    const language = /^(?!mermaid|math)[\w+#.-]{1,20}$/iu.exec(info.trim())?.[0] ?? "";
    // Empty lines on both sides keep our fence out of the agent's lists and paragraphs.
    out.push("");
    for (const line of codeBlock(code.join("\n"), language).split("\n")) out.push(line);
    out.push("");
  }
  return out.map((line) => `> ${line}`.trimEnd()).join("\n");
}

function closes(line: string, marks: string): boolean {
  const [, found = "", rest = ""] = FENCE.exec(line) ?? [];
  return found !== "" && found[0] === marks[0] && found.length >= marks.length && rest.trim() === "";
}

/** Text moved two columns to the right, into a list item. */
export function indentLines(text: string): string {
  return text.replace(/^(?=.)/gmu, "  ");
}

/** The id of a call; that of a forged record as code. */
export function callId(id: string): string {
  return /^[\d.]+$/u.test(id) ? id : codeSpan(id);
}
