// Rules for texts that a workspace keeps as data: `charset` and `end_of_line` of `.editorconfig`, and the editor's own.
import { isFault } from "../../../abi/errors.ts";
import type { Conventions, LikelyEncodings } from "./form.ts";
import { encodingNamed } from "./encodings.ts";
import type { END_TEXT } from "./ends.ts";
import { compileGlob } from "./glob.ts";

/** The rules for one file. They choose among known encodings and line ends, and nothing else. */
export interface TextRules {
  /** The encoding of new files, and of bytes that are no UTF-8. */
  readonly charset?: string;
  /** The line ends of new files. */
  readonly ends?: keyof typeof END_TEXT;
  /** True when a guess from the bytes comes before the charset. */
  readonly guessFirst: boolean;
}

/** So many sections of one `.editorconfig` are read. */
const MAX_SECTIONS = 200;

type Properties = Map<string, string>;

interface EditorConfig {
  readonly root: boolean;
  /** The properties that apply to the file; later sections win. */
  readonly properties: Properties;
}

/** True when a section of an `.editorconfig` names a path below its folder. Ranges of numbers match nothing. */
function isNamed(section: string, below: readonly string[]): boolean {
  if (/\{-?\d+\.\.-?\d+\}/u.test(section)) return false;
  const here = /^\/[^/]*$/u.test(section);
  const glob = compileGlob(section);
  return !isFault(glob) && (!here || below.length === 1) && glob.matches(below);
}

/** Reads an `.editorconfig` for a path below its folder (editorconfig.org). */
function parseEditorConfig(text: string, below: readonly string[]): EditorConfig {
  const properties: Properties = new Map();
  let root = false;
  let applies: boolean | undefined;
  let sections = 0;
  for (const raw of text.replace(/^\ufeff/u, "").split(/\r\n?|\n/u)) {
    const line = raw.trim();
    if (line === "" || /^[#;]/u.test(line)) continue;
    const section = /^\[(.*)\]$/u.exec(line)?.[1];
    if (section !== undefined) {
      applies = ++sections <= MAX_SECTIONS && isNamed(section, below);
      continue;
    }
    const [, key, value] = /^([^=]{1,100})=(.*)$/u.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const said = value
      .replace(/\s[#;].*$/u, "")
      .trim()
      .toLowerCase();
    if (applies === undefined) root ||= key.trim().toLowerCase() === "root" && said === "true";
    else if (applies) properties.set(key.trim().toLowerCase(), said);
  }
  return { root, properties };
}

/** The rules for the file whose conventions these are. Nearer files and later sections win. */
export function rulesOf({ editorconfig, encoding, guess }: Conventions): TextRules {
  const merged: Properties = new Map();
  for (const { text, below } of editorconfig) {
    const read = parseEditorConfig(text, below);
    for (const [key, value] of read.properties) if (!merged.has(key)) merged.set(key, value);
    if (read.root) break;
  }
  const named = merged.get("charset");
  const charset =
    (named === undefined ? undefined : encodingNamed(named)) ??
    (encoding === undefined ? undefined : encodingNamed(encoding));
  const ends = merged.get("end_of_line");
  return {
    ...(charset === undefined ? {} : { charset }),
    ...(ends === "lf" || ends === "crlf" || ends === "cr" ? { ends } : {}),
    guessFirst: guess === true && named === undefined,
  };
}

/** The encodings to try for bytes that are no UTF-8. */
export function likelyEncodings({ charset, guessFirst }: TextRules): LikelyEncodings {
  return { names: charset === undefined ? [] : [charset], guessFirst };
}
