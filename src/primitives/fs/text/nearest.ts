// Near misses: which lines of a file almost hold a text that is not in it, and in what they differ.
import type { Breath } from "../backend.ts";
import { Needle } from "./needle.ts";

/** A near miss is looked for in this much of a file, by so many lines of the wanted text, each cut to this length. */
const LOOKED = { text: 256 * 1024, line: 500, lines: 40 };
/** So many places are compared with the wanted text, and so many differing lines are described. */
const PLACES = 50;
const DESCRIBED = 3;
/** The longest lines of the wanted text are looked for, the next one where one is not found. */
const ANCHORS = 3;
/** Longer lines are not composed. The time that this takes may grow with the square of their length. */
const COMPOSED = 1000;
/** Loops look at the clock once in so many lines. */
const STRIDE = 256;

/** A way in which two lines can differ and still be meant to be the same. */
interface Difference {
  readonly name: string;
  /** The text without this difference. */
  readonly fold: (text: string) => string;
  /** The characters that make it, named to the reader. */
  readonly characters?: RegExp;
}

const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;
const INVISIBLE = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

const DIFFERENCES: readonly Difference[] = [
  {
    name: "quotation marks",
    fold: (text) => text.replace(/[“”„‟«»″＂]/gu, '"').replace(/[‘’‚‛′`´＇]/gu, "'"),
    characters: /["'“”„‟«»″＂‘’‚‛′`´＇]/gu,
  },
  { name: "dashes", fold: (text) => text.replace(/[‐‑‒–—―−﹣－]/gu, "-"), characters: /[-‐‑‒–—―−﹣－]/gu },
  { name: "dots", fold: (text) => text.replace(/…/gu, "..."), characters: /…|\.{3}/gu },
  { name: "kinds of spaces", fold: (text) => text.replace(SPACES, " "), characters: SPACES },
  { name: "invisible characters", fold: (text) => text.replace(INVISIBLE, ""), characters: INVISIBLE },
  { name: "white space", fold: (text) => text.replace(/[ \t\v\f]+/gu, " ").replace(/^ | $/gu, "") },
  {
    name: "composed and decomposed characters",
    fold: (text) => (text.length > COMPOSED ? text : text.normalize("NFC")),
  },
  { name: "capital letters", fold: (text) => text.toLowerCase() },
];

function foldBut(text: string, but?: Difference): string {
  let folded = text;
  for (const each of DIFFERENCES) if (each !== but) folded = each.fold(folded);
  return folded;
}

/** Which part of a file's line a line of the wanted text must be. */
type Fit = (line: string, wanted: string) => boolean;

function fitOf(i: number, lines: number): Fit {
  if (lines === 1) return (line, wanted) => line.includes(wanted);
  if (i === 0) return (line, wanted) => line.endsWith(wanted);
  return i === lines - 1 ? (line, wanted) => line.startsWith(wanted) : (line, wanted) => line === wanted;
}

/** The lines that nearly hold the wanted text, in sentences; empty when there are none. Both texts have LF line ends. */
export async function describeNearest(text: string, wanted: string, breath: Breath): Promise<string> {
  const all = wanted
    .slice(0, LOOKED.line * LOOKED.lines)
    .replace(/\n$/u, "")
    .split("\n");
  const parts = all.slice(0, LOOKED.lines).map((part) => part.slice(0, LOOKED.line));
  const folded = parts.map((part) => foldBut(part));
  const lines = text.slice(0, LOOKED.text).split("\n");
  const near: string[] = [];
  for (const [i, line] of lines.entries()) {
    if (i % STRIDE === 0 && breath.due) await breath.take();
    near.push(foldBut(line));
  }
  const longest = [...folded.keys()].sort((a, b) => (folded[b] ?? "").length - (folded[a] ?? "").length);
  for (const anchor of longest.slice(0, ANCHORS)) {
    if (breath.due) await breath.take();
    const start = placeOf(folded, anchor, near);
    if (start !== undefined) return describePlace(start, parts, lines);
  }
  return "";
}

/** The line of the file, from 0, at which the wanted lines fit best, by the places of one of them. */
function placeOf(folded: readonly string[], anchor: number, near: readonly string[]): number | undefined {
  const wanted = folded[anchor] ?? "";
  if (wanted === "") return undefined;
  const needle = new Needle(wanted);
  let best: { readonly start: number; readonly alike: number } | undefined;
  let places = 0;
  for (let i = anchor; i < near.length; i++) {
    if (!needle.isIn(near[i] ?? "")) continue;
    const start = i - anchor;
    const isAlike = (part: string, k: number): boolean => {
      const line = near[start + k];
      return line !== undefined && fitOf(k, folded.length)(line, part);
    };
    const alike = folded.filter(isAlike).length;
    if (best === undefined || alike > best.alike) best = { start, alike };
    if (++places >= PLACES || best.alike === folded.length) break;
  }
  return best?.start;
}

function describePlace(start: number, parts: readonly string[], lines: readonly string[]): string {
  const told: string[] = [];
  let more = 0;
  for (const [k, part] of parts.entries()) {
    const line = lines[start + k];
    const fit = fitOf(k, parts.length);
    if (line !== undefined && fit(line, part)) continue;
    if (told.length >= DESCRIBED) more++;
    else if (line === undefined) told.push(`Old_text goes on after line ${lines.length}, the last one.`);
    else told.push(`Line ${start + k + 1} ${describeLine(line, part, fit)}`);
  }
  const rest = more === 0 ? [] : [`${more} more lines differ.`];
  return [...told, ...rest].map((sentence) => ` ${sentence}`).join("");
}

/** In what a line differs from the wanted one, as the rest of a sentence. Only single characters of it are named. */
function describeLine(line: string, part: string, fit: Fit): string {
  if (!fit(foldBut(line), foldBut(part))) {
    let at = 0;
    while (at < part.length && part[at] === line[at]) at++;
    return `is another text than in old_text, from column ${[...line.slice(0, at)].length + 1} on.`;
  }
  const differences = DIFFERENCES.filter((each) => !fit(foldBut(line, each), foldBut(part, each)));
  if (differences.length === 0) return "differs in several ways at once.";
  const words = differences.map((each) => each.name + describeCharacters(each, line, part));
  return `differs only in ${words.join(", and in ")}.`;
}

function describeCharacters({ name, characters }: Difference, line: string, part: string): string {
  if (name === "white space") return describeSpace(line, part);
  if (characters === undefined) return "";
  const named = (text: string): string[] => [...new Set(text.match(characters) ?? [])];
  const [here, there] = [named(line), named(part)];
  const only = here.filter((c) => !there.includes(c)).map(nameCharacter);
  const instead = there.filter((c) => !here.includes(c)).map(nameCharacter);
  const file = only.length === 0 ? "" : `the file has ${only.join(", ")}`;
  const given = instead.length === 0 ? "" : `old_text has ${instead.join(", ")}`;
  const both = [file, given].filter((said) => said !== "").join("; ");
  return both === "" ? "" : ` (${both})`;
}

/** A character as it is and by its number; spaces and invisible ones by their number alone. */
function nameCharacter(text: string): string {
  if (text === "...") return text;
  const number = `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return text.search(SPACES) >= 0 || text.search(INVISIBLE) >= 0 ? number : `${text} ${number}`;
}

function describeSpace(line: string, part: string): string {
  const count = (text: string): string => {
    const tabs = text.split("\t").length - 1;
    return `${tabs} tabs and ${text.length - tabs} spaces`;
  };
  const [before, given] = [/^[ \t]*/u, /^[ \t]*/u].map(
    (each, i) => each.exec(i === 0 ? line : part)?.[0] ?? "",
  );
  const said = [
    ...(before === given ? [] : [`the file's line begins with ${count(before ?? "")}`]),
    ...(before === given ? [] : [`old_text with ${count(given ?? "")}`]),
    ...(/[ \t]$/u.test(line) && !/[ \t]$/u.test(part) ? ["the file's line ends in white space"] : []),
    ...(/[ \t]$/u.test(part) && !/[ \t]$/u.test(line) ? ["old_text ends in white space"] : []),
  ];
  return said.length === 0 ? "" : ` (${said.join("; ")})`;
}
