// Learning: finds the values in the text of a secret file that the record must not hold from then on.
import type { RootFolder } from "../../abi/record.ts";
import { labelOf, NAME_WORDS, namedValueAt } from "./names.ts";
import { Finder } from "./finder.ts";

/** A longer value is known by its beginning: what follows a match is then seldom of use, and time stays bounded. */
const LONGEST = 512;
/** A text beyond this is read in part, so that a large file stops nobody. */
const READ_MOST = 1024 * 1024;

/** A secret file as a call read or left it. */
export interface SecretText {
  /** Its name decides how it is read: code, or settings and keys. */
  readonly name: string;
  readonly text: string;
}

/** Source code and prose: nearly all of their words are in other files, too, so only what stands for a secret counts. */
const CODE =
  /\.(?:[cm]?[jt]sx?|vue|svelte|py|go|rs|java|kts?|rb|php|pl|lua|c|cc|cpp|h|hpp|cs|fs|swift|scala|ex|exs|clj|hs|dart|md|mdx|rst|adoc|html?|css|scss|sql)$/iu;

/** A setting: a name, a mark and the rest of the line. */
const SETTING =
  /^[ \t]*(?:- )?(?:export[ \t]+|set[ \t]+)?["']?([A-Za-z_][\w.@/-]*)["']?[ \t]*(?:[:=]|=>|:=)[ \t]*(.*)$/u;
/** Parts of a line that nobody would write into one word: of addresses, of `.netrc`, of lists. */
const PARTS = /[\s"'`,;<>(){}[\]|]+/u;
const ADDRESS = /[:@/?&=#]+/u;

/**
 * The values of a secret file, those with a secret name first. A value counts when it has 12 characters or more, or 8
 * with letters and digits. It must be no plain word, and no part of the path of a workspace folder.
 */
export function secretValues({ name, text }: SecretText, roots: readonly RootFolder[]): string[] {
  const paths = new Set(roots.flatMap((root) => [root.name, root.path, ...root.path.split(/[\\/]/u)]));
  const named = new Set<string>();
  const others = new Set<string>();
  const take = (raw: string, secret: boolean): void => {
    for (const line of raw.split(/\r?\n|\\r\\n|\\n/u)) {
      const value = line.trim().slice(0, LONGEST);
      if (isLongEnough(value) && !paths.has(value) && !isNothing(value) && (secret || !isPlain(value)))
        (secret ? named : others).add(value);
    }
  };
  const read = text.slice(0, READ_MOST);
  for (const value of namedValues(read)) take(value, true);
  if (CODE.test(name)) return [...named];
  const json = parsed(read);
  if (json !== undefined) takeLeaves(json, false, take);
  else for (const line of read.split(/\r?\n/u)) takeLine(line, take);
  return [...named, ...[...others].filter((value) => !named.has(value))];
}

/** The rule of a value's length: 12 characters, or 8 with letters and digits. */
function isLongEnough(value: string): boolean {
  return value.length >= 12 || (value.length >= 8 && /[A-Za-z]/u.test(value) && /[0-9]/u.test(value));
}

/** True for the frame of a key, a reference and a placeholder. */
function isNothing(value: string): boolean {
  if (/^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/u.test(value)) return true;
  return /^(?:\$\{[^}]*\}|\$\w+|\{\{[^}]*\}\}|<[^>]*>|x+|\*+|your[-_ ].*|change[-_ ]?me|\[redacted:.*)$/iu.test(
    value,
  );
}

/**
 * True for a value that is in many texts for other reasons: a word, several, a number, a date, a version, a switch, a
 * host of this machine, an address without a password, a path.
 */
function isPlain(value: string): boolean {
  if (/^(?:[A-Z]?[a-z]+|[A-Z]+)$/u.test(value) && value.length <= 20 && !/[^aeiouy]{5}/iu.test(value))
    return true;
  if (/^[A-Za-z]+(?:[ \t][A-Za-z]+)+[.!?]?$/u.test(value)) return true;
  if (/^[\d.:,+TZ_/ -]+$/u.test(value) && !/^\d{12,}$/u.test(value)) return true;
  if (/^(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\d+)?(?:\/.*)?$/u.test(value)) return true;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s:@?#]*$/iu.test(value)) return true;
  return /^(?:\.{0,2}\/|~\/|[A-Za-z]:\\)[^\s:@?=]*$/u.test(value) || value.startsWith("#");
}

type Take = (value: string, secret: boolean) => void;

const NAMES = new Finder(NAME_WORDS.map((word) => [word, true] as const));

/** The values that have a secret name, wherever they stand. */
function* namedValues(text: string): Generator<string> {
  let done = 0;
  for (let hit = NAMES.next(text, 0); hit !== undefined; hit = NAMES.next(text, Math.max(hit.at + 1, done))) {
    for (const { end } of hit.found) {
      const value = namedValueAt(text, hit.at, end, done);
      if (value === undefined) continue;
      yield text.slice(value.from, value.to);
      done = value.to;
      break;
    }
  }
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/u.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Takes each text of a JSON value, and long numbers. */
function takeLeaves(json: unknown, secret: boolean, take: Take): void {
  const open: { value: unknown; secret: boolean }[] = [{ value: json, secret }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value } = next;
    if (typeof value === "string") takeText(value, next.secret, take);
    else if (typeof value === "number") take(String(value), next.secret);
    else if (Array.isArray(value)) for (const item of value) open.push({ value: item, secret: next.secret });
    else if (typeof value === "object" && value !== null)
      for (const [key, item] of Object.entries(value)) {
        open.push({ value: item, secret: labelOf(key) !== undefined });
        if (isLongEnough(key) && /\d/u.test(key)) take(key, false);
      }
  }
}

/** Takes the value of a setting; of any other line, its parts. */
function takeLine(line: string, take: Take): void {
  if (/^\s*(?:[#;]|\/\/)/u.test(line) && !/[=:]/u.test(line)) return;
  const setting = SETTING.exec(line.replace(/^\s*(?:#|;|\/\/)\s*/u, ""));
  // A line of base64 may end like the name of a setting without a value.
  if (setting === null || /^=*$/u.test((setting[2] ?? "").trim())) {
    takeText(line.trim(), !/\s/u.test(line.trim()), take);
    const words = line.split(PARTS);
    words.forEach((word, i) => {
      take(word, labelOf(words[i - 1] ?? "") !== undefined);
    });
    return;
  }
  const [, key = "", rest = ""] = setting;
  const secret = labelOf(key) !== undefined;
  const value = rest.trim().replace(/[,;]$/u, "");
  const quoted = /^(["'`])(.*?)(?<!\\)\1/u.exec(value);
  if (quoted !== null) takeText(quoted[2] ?? "", secret, take);
  else {
    takeText(value.replace(/^["'`]/u, ""), secret, take);
    takeText(value.replace(/\s+[#;].*$/u, ""), secret, take);
  }
}

/** Takes a value, also with its escapes read, and the parts of an address: user, password, parameters. */
function takeText(value: string, secret: boolean, take: Take): void {
  take(value, secret);
  if (value.includes("\\")) take(value.replace(/\\n/gu, "\n").replace(/\\(["'\\])/gu, "$1"), secret);
  if (/[:@=]/u.test(value) || (/\s/u.test(value) && value.length < LONGEST))
    for (const part of value.split(PARTS))
      for (const piece of part.split(ADDRESS)) if (!/^[\w-]+(?:\.[\w-]+)+$/u.test(piece)) take(piece, false);
}
