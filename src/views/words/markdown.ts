// Markdown: text that an agent wrote, made harmless to render: nothing is fetched, nothing is run, nothing imitates us.
import { visibleLine, visibleText } from "./visible.ts";

/** `[text](target)` and `![text](target)` in their plain forms; everything stranger is broken further down. */
const INLINE = /(!?)\[([^\][\n]*)\]\([ \t]*(?:<([^<>\n]*)>|([^\s()<>]*))[^()\n]*\)/gu;

/** A line that opens or closes a code fence, outside every list and quote. */
const FENCE = /^ {0,3}(`{3,}|~{3,})([^\n]*)$/u;

/** Words as code, with a fence of backticks longer than any in them. */
export function codeSpan(text: string): string {
  const shown = visibleLine(text);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/gu)].map((m) => m[0].length));
  const ticks = "`".repeat(longest + 1);
  const pad = /^`|`$|^ .* $/u.test(shown) || shown === "" ? " " : "";
  return `${ticks}${pad}${shown}${pad}${ticks}`;
}

/** A name as it is, or as code where Markdown could see more in it than a name. */
export function plainName(name: string): string {
  return /^[A-Za-z][\w.-]*$/u.test(name) ? name : codeSpan(name);
}

/** A block of code with a fence longer than any in it, so that nothing in it can end it. */
export function codeBlock(text: string, language = ""): string {
  const shown = visibleText(text);
  const longest = Math.max(2, ...[...shown.matchAll(/`+/gu)].map((m) => m[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${shown}\n${fence}`;
}

/** A link with its target in sight; only web addresses stay as they are, for those show where they lead. */
function plainLink(image: string, text: string, target: string): string {
  const name = `${image === "" ? "" : "image: "}${text}`.trim();
  const where = /^https?:\/\/[^\s`]*$/iu.test(target) ? target : codeSpan(target);
  return name === "" || name === target ? `(${where})` : `${name} (${where})`;
}

/** One line outside every fence. Links, images, definitions, HTML, headings and rules lose their power. */
function harmlessLine(line: string): string {
  const heading = /^\s*#{1,6}\s+(.*?)\s*#*$/u.exec(line);
  const text = heading?.[1] === undefined ? line : `**${heading[1].replaceAll("*", "")}**`;
  return text
    .replace(INLINE, (_, image: string, name: string, angled: string | undefined, bare: string | undefined) =>
      plainLink(image, name, angled ?? bare ?? ""),
    )
    .replace(/\](?=[(:[])/gu, "]\\") // what is left cannot be a link or a definition of one
    .replace(
      /(\\*)<(?=[a-z/!?])/giu,
      (_, slashes: string) => slashes + (slashes.length % 2 === 1 ? "<" : "\\<"),
    )
    .replace(/`{3,}|~{3,}/gu, (run) => [...run].map((c) => `\\${c}`).join("")) // no fence but those we make
    .replace(/^(\s*)(=+|-{2,}|_{3,}|\*{3,})(?=\s*$)/u, "$1\\$2")
    .replace(/^(\s*)#/u, "$1\\#");
}

/**
 * An agent's Markdown as a quotation. Code in plain fences stays code, under a fence of ours; each line gets the margin
 * of a quotation, so that no text of an agent can pass for a heading or a result of ours.
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
    // An empty line on both sides keeps our fence out of any list or paragraph of theirs.
    out.push("", ...codeBlock(code.join("\n"), language).split("\n"), "");
  }
  return out.map((line) => `> ${line}`.trimEnd()).join("\n");
}

function closes(line: string, marks: string): boolean {
  const [, found = "", rest = ""] = FENCE.exec(line) ?? [];
  return found !== "" && found[0] === marks[0] && found.length >= marks.length && rest.trim() === "";
}

/** Text two columns to the right, so that it stands inside an item of a list. */
export function indented(text: string): string {
  return text.replace(/^(?=.)/gmu, "  ");
}
