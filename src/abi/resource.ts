// Resources and rights: the names authority is written in, and the three decidable questions about them.
import { fault, type Fault } from "./errors.ts";
import type { Folder, Kinds } from "./kind.ts";

/** A right on some kind of resource; its kind says what it means. */
export type Right = string;

/** The start of the names of files that a write has not published yet; they are reserved, and nobody sees or names them. */
export const TEMP_PREFIX = ".~agentlibos-";

/** The words after a program, in order. `null` stands for any number of words that nobody knows beforehand. */
export type Words = readonly (string | null)[];

/**
 * One thing that a call must be allowed: a right on a resource. The resource may end in `/**` for calls on a
 * whole tree.
 */
export interface Need {
  readonly resource: string;
  readonly right: Right;
  /**
   * For a program: the words after it, once for each time that it is run. Without them no word is known. The record
   * leaves them out, because the arguments of the call hold them.
   */
  readonly words?: readonly Words[];
}

/** The resource of every place outside the workspace folders. It is always reserved. */
export const OUTSIDE = "fs:/..";

const TREE = "/**";

/** Percent-encodes `%`, `*`, `;` and control characters of one name so that it can stand in a resource (DESIGN 10). */
export function encodeName(name: string): string {
  return name.replace(
    /[%*;\p{Cc}]/gu,
    (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"),
  );
}

/** The inverse of {@link encodeName}; text that it did not encode stays as it is. */
export function decodeName(name: string): string {
  if (!name.includes("%")) return name;
  return name.replace(/%([0-9A-F]{2})/gu, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** The resource of a path inside a workspace folder; segments are raw names. */
export function fsResource(folder: string, segments: readonly string[]): string {
  return "fs:/" + [folder, ...segments].map(encodeName).join("/");
}

/** The resource of one process. */
export function processResource(pid: number): string {
  return `process:/${pid}`;
}

/** The resource of the children of a process, as it names them itself. */
export const CHILDREN = "process:/children";

/** The resource of a process's own checkpoints, as it names them itself. */
export const OWN_CHECKPOINTS = "checkpoint:/self";

/** The resource of the checkpoints of one process. */
export function checkpointResource(pid: number): string {
  return `checkpoint:/${pid}`;
}

/** The resource of an image. */
export function imageResource(name: string): string {
  return `image:/${name}`;
}

/** The raw folder name and segments of an `fs:` resource, without a trailing `/**`. */
export function fsSegments(resource: string): string[] {
  return stem(resource)
    .slice("fs:/".length)
    .split("/")
    .filter((s) => s !== "")
    .map(decodeName);
}

/** True when a resource stands for a whole tree. */
export function isTree(resource: string): boolean {
  return resource.endsWith(TREE);
}

/** A resource without its trailing `/**`. */
export function stem(resource: string): string {
  return isTree(resource) ? resource.slice(0, -TREE.length) : resource;
}

/**
 * A `%` that {@link encodeName} does not write. With it one name would have two texts, and a deny would match
 * only one.
 */
const STRAY_PERCENT = /%(?!25|2A|3B|[0189][0-9A-F]|7F)/u;

/**
 * Checks the grammar. A resource has a known kind and a rooted path without empty, `.` or `..` segments. `*`
 * is allowed only in a final `/**`, `%` only where {@link encodeName} puts it. A kind may accept special texts, which
 * name what is reserved.
 */
export function parseResource(text: string, kinds: Kinds): string | Fault {
  const kind = kinds.of(text);
  if (kind === undefined) {
    return fault(
      "EINVAL",
      `"${text}" does not start with a resource kind`,
      `Kinds: ${kinds.all.map(({ name }) => name).join(", ")}.`,
    );
  }
  if (kind.special?.includes(text) === true) return text;
  const body = text.slice(kind.name.length + 1);
  if (!body.startsWith("/"))
    return fault("EINVAL", `"${text}" needs a "/" after the colon`, "For example fs:/app/src/**.");
  const path = isTree(body) ? body.slice(0, -TREE.length) : body;
  const segments = path === "" ? [] : path.slice(1).split("/");
  const placed = kind.placed === true && segments[0] === "." && (segments.length > 1 || isTree(body));
  const names = placed ? segments.slice(1) : segments;
  if (path.includes("*") || /[;\p{Cc}]/u.test(path)) {
    return fault(
      "EINVAL",
      `"${text}" has a "*", ";" or control character inside a name`,
      "Encode it as %2A or %3B; only a final /** stands for a tree.",
    );
  }
  if (STRAY_PERCENT.test(path)) {
    return fault(
      "EINVAL",
      `"${text}" has a "%" that encodes nothing`,
      "Write a % in a name as %25; only %25, %2A, %3B and control characters are encoded.",
    );
  }
  if (names.some((s) => s === "" || s === "." || s === "..") || (segments.length === 0 && !isTree(body))) {
    return fault(
      "EINVAL",
      `"${text}" has an empty, "." or ".." segment`,
      "Write the plain path from the folder name on.",
    );
  }
  return text;
}

// oxlint-disable-next-line no-control-regex -- what is plain ASCII needs no Unicode work
const ASCII = /^[\u0000-\u007f]*$/u;
/**
 * Folds a text so that case, composition and invisible characters do not make another name. It goes through upper
 * case, because only there the long s and the dotless i unite.
 */
export function foldCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .normalize("NFC")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFC");
}

/** The comparison key of a resource for restrictions: {@link foldCase}, then the rule of its kind. */
export function foldResource(resource: string, kinds: Kinds): string {
  const folded = foldCase(resource);
  const kind = kinds.of(folded);
  if (kind?.fold === undefined) return folded;
  const path = folded.slice(kind.name.length + 1);
  const own = kind.fold(path);
  return own === path ? folded : `${kind.name}:${own}`;
}

/** True when `pattern` contains all of `need`, compared exactly. Allows compare this way. */
export function covers(pattern: string, need: string): boolean {
  if (pattern === need) return true;
  if (!isTree(pattern)) return false;
  const root = stem(pattern);
  return stem(need) === root || need.startsWith(root + "/");
}

/** True when the two have any name in common, compared without case. Denies and asks compare this way. */
export function overlaps(a: string, b: string, kinds: Kinds): boolean {
  return overlapsFolded(foldResource(a, kinds), foldResource(b, kinds));
}

/** The same for two resources that {@link foldResource} gave, for those who compare each of many with each of many. */
export function overlapsFolded(x: string, y: string): boolean {
  return covers(x, y) || covers(y, x) || (isTree(x) && isTree(y) && stem(x) === stem(y));
}

/**
 * True unless it is certain that the words do not begin with these. Options may stand before and between them. The word
 * after an option may be its value, so both readings count.
 */
export function mayBegin(words: Words, leading: readonly string[]): boolean {
  let places = new Set([0]);
  for (const wanted of leading) {
    const next = new Set<number>();
    // A set that grows is walked to its new end, too.
    for (const at of places) {
      const word = words[at];
      if (word === null) return true;
      if (word === undefined) continue;
      if (word === wanted) next.add(at + 1);
      if (word.startsWith("-")) places.add(at + 1).add(at + 2);
    }
    places = next;
  }
  return places.size > 0;
}

/**
 * True when a rule covers a need: it has the right, the resources overlap, and the words may begin with the rule's. Where
 * no word is known, they may.
 */
export function isAbout(
  rule: { rights: readonly string[]; resource: string; args?: readonly string[] | undefined },
  need: Need,
  kinds: Kinds,
): boolean {
  if (!rule.rights.includes(need.right) || !overlaps(rule.resource, need.resource, kinds)) return false;
  const { args } = rule;
  return args === undefined || need.words?.some((words) => mayBegin(words, args)) !== false;
}

/** {@link isAbout}, where a name in a worktree is also the name that it has in the folder that the worktree is of. */
export function binds(
  rule: Parameters<typeof isAbout>[0],
  need: Need,
  kinds: Kinds,
  folders: readonly Folder[],
): boolean {
  if (isAbout(rule, need, kinds)) return true;
  const origin = kinds.originOf(need.resource, folders);
  return origin !== undefined && isAbout(rule, { ...need, resource: origin }, kinds);
}

/** The operations that a resource names. */
export type GitVerb =
  | "status"
  | "diff"
  | "log"
  | "show"
  | "blame"
  | "add"
  | "commit"
  | "branch"
  | "switch"
  | "worktree"
  | "push"
  | "fetch";

/** The resource of one operation on the repositories of a workspace folder. */
export function gitResource(folder: string, verb: GitVerb): string {
  return `git:/${encodeName(folder)}/${verb}`;
}

/** The needs of files that git reads into itself (`reads`), or that it changes or removes in the work tree. */
export function fileNeeds(
  files: readonly { readonly resources: readonly string[]; readonly state: string }[],
  reads: boolean,
): Need[] {
  return files.flatMap(({ resources, state }) => {
    const right = reads ? "read" : state === "deleted" ? "delete" : "write";
    return resources.map((resource) => ({ right, resource }));
  });
}

/** The needs of another repository: its host, or its files where it lies in workspace folders. */
export function remoteNeeds(
  { host, inside }: { readonly host: string; readonly inside: readonly string[] },
  right: "read" | "write",
): Need[] {
  if (inside.length === 0) return [{ right: "connect", resource: `net:/${host}` }];
  return inside.map((resource) => ({ right, resource: `${resource}/**` }));
}
