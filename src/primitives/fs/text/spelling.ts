// Spelling: the ways in which people and models write a path, as pure texts; nothing here knows what is on a disk.

/** A path argument read in another way, with the reason as the end of a sentence about it. */
export interface Rewriting {
  readonly text: string;
  readonly why: string;
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a "%" that encodes nothing: then it is a plain name
  }
};

/** The line numbers that tools and people put behind a path. */
const LINES = /(?::L?\d+(?:[-:,]L?\d+){0,3}|#L?\d+(?:-L?\d+)?|\(\d+(?:,\s?\d+)?\)):?$/u;

/** The path of a `file:` URI of this machine; undefined for any other text. The rest of a foreign one begins with `//`. */
export function pathOfUri(text: string, windows: boolean): string | undefined {
  const found = /^file:(?:\/\/([^/?#]*))?(\/.*)$/isu.exec(text);
  if (found === null) return undefined;
  const [, host = "", rest = ""] = found;
  if (/^\.{1,2}$/u.test(host)) return undefined; // a relative path with two slashes in front
  // A fragment of line numbers is no part of the path. Any other "#" was not encoded by its writer.
  const path = decoded(rest.replace(/#L?\d+(?:[-,:]L?\d+)*$/u, ""));
  if (host !== "" && host.toLowerCase() !== "localhost") return `//${decoded(host)}${path}`;
  return windows ? path.replace(/^\/(?=[a-z]:)/iu, "") : path;
}

/** A text with each `\uXXXX` as the character that it stands for; back-slashes must be no separators. */
export function withoutEscapes(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/giu, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** The last part of a root's path that a `~/` path begins with, and the path that this makes of it. */
function homePaths(rest: readonly string[], roots: readonly string[]): string[] {
  return roots.flatMap((root) => {
    const path = root.replaceAll("\\", "/");
    const names = path.split("/").filter((name) => name !== "");
    if (/^(?:[a-z]:)?\/(?:root|home\/[^/]+|Users\/[^/]+)\/?$/iu.test(path))
      return [[...names, ...rest].join("/")];
    for (let k = names.length; k > 0; k--) {
      const tail = names.slice(-k);
      if (tail.every((name, i) => name === rest[i])) return [[...names, ...rest.slice(k)].join("/")];
    }
    return [];
  });
}

/**
 * Other readings of a text that names no place in the roots by its letters, the likeliest first. Each is an absolute or
 * relative path with slashes. A caller tells the one that works and never takes it by itself.
 */
export function foreignReadings(
  text: string,
  roots: readonly { readonly name: string; readonly paths: readonly string[] }[],
  windows: boolean,
): Rewriting[] {
  const found: Rewriting[] = [];
  const add = (other: string | undefined, why: string): void => {
    if (other !== undefined && other !== text) found.push({ text: other, why });
  };
  const slashed = text.replaceAll("\\", "/");
  if (!windows && text.includes("\\")) {
    if (/\\[^\p{L}\p{N}._/\\]/u.test(text))
      add(text.replace(/\\(?=[^\p{L}\p{N}])/gu, ""), "has back-slashes; no character of a path is escaped");
    add(slashed, 'has back-slashes; folders are joined by "/" here');
  }
  const drive = /^([a-z]):\/(.*)$/isu.exec(slashed);
  if (!windows && drive !== null)
    add(`/mnt/${(drive[1] ?? "").toLowerCase()}/${drive[2] ?? ""}`, "begins with a drive letter");
  const mounted = windows ? /^\/(?:mnt\/|cygdrive\/)?([a-z])\/(.*)$/isu.exec(slashed) : null;
  if (mounted !== null)
    add(`${mounted[1] ?? ""}:/${mounted[2] ?? ""}`, "names a drive as another system does");
  if (drive !== null || slashed.startsWith("//")) {
    const names = slashed.split("/");
    const at = names.findLastIndex((name, i) => i > 0 && roots.some((root) => root.name === name));
    if (at > 0) add(names.slice(at).join("/"), "is no path of this machine");
  }
  if (!windows && text.startsWith("//")) add(text.replace(/^\/+/u, "/"), "begins with two slashes");
  add(/^file:(?:\/\/(?=\.))?([^/].*)$/isu.exec(text)?.[1], "is no whole address of a file");
  const distribution = /^\/\/wsl(?:\$|\.localhost)\/[^/]+(\/.*)$/isu.exec(slashed);
  add(distribution?.[1], "names this machine from outside");
  const home = /^~\/(.*)$/su.exec(slashed);
  if (home !== null) {
    const rest = (home[1] ?? "").split("/").filter((name) => name !== "");
    for (const path of homePaths(
      rest,
      roots.flatMap((root) => root.paths),
    ))
      add(windows ? path : `/${path}`, 'begins with "~", which is not read');
  }
  const address = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(\/.*)$/isu.exec(text);
  if (address !== null) add(decoded(address[1] ?? ""), "is an address");
  return found;
}

/** A second reading of a path that names a possible place: which letters are no part of the name. */
export interface SecondReading extends Rewriting {
  /** `never`: nobody means such a name. `there`: meant if the other is there. `new`: the same, if a folder would be made. */
  readonly meant: "never" | "there" | "new";
}

const PAIRS: ReadonlyMap<string, string> = new Map([
  ...[..."\"'`"].map((mark) => [mark, mark] as const),
  ...([..."\u201c\u2018\u00ab<"] as const).map(
    (mark, i) => [mark, "\u201d\u2019\u00bb>"[i] ?? mark] as const,
  ),
]);

/** The second readings of a path argument by its letters alone, the likeliest first. */
export function secondReadings(path: string): SecondReading[] {
  const found: SecondReading[] = [];
  const add = (text: string, meant: SecondReading["meant"], why: string): void => {
    if (text !== path && text !== "") found.push({ text, meant, why });
  };
  const trimmed = path.trim();
  const inner =
    PAIRS.get(trimmed[0] ?? "") === trimmed.at(-1) && trimmed.length > 2 ? trimmed.slice(1, -1) : trimmed;
  if (inner !== trimmed) add(inner.trim(), "never", "the quotation marks are no part of the name");
  else add(trimmed, "never", "the white space around it is no part of the name");
  const lines = LINES.exec(inner)?.[0];
  if (lines !== undefined)
    add(
      inner.slice(0, -lines.length),
      "there",
      `"${lines}" is no part of the name; lines are arguments of their own`,
    );
  add(inner.replace(/(?<=[^.,;:!])[.,;:!]$/u, ""), "there", "the sign behind it is no part of the name");
  if (/%[0-9a-f]{2}/iu.test(inner)) add(decoded(inner), "there", "nothing is percent-encoded in a path");
  add(inner.replace(/^@(?=.)/u, ""), "there", 'the "@" is no part of the name');
  add(inner.replace(/^[ab]\//u, ""), "new", "the letter in front comes from a diff");
  add(
    inner.replace(/^(?:\$\{?(?:workspaceFolder|workspaceRoot|PWD)\}?)\/+/u, "./"),
    "never",
    "variables are not read",
  );
  return found;
}
