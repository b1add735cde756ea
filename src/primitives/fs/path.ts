// Path arguments: how a path that a model writes becomes a place in a workspace folder (DESIGN 10).
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { bothLooks, quotedName } from "../../abi/quoted.ts";
import type { RootFolder } from "../../abi/record.ts";
import { fsResource, fsSegments, OUTSIDE, type Need, type Right } from "../../abi/resource.ts";
import type { View } from "../../kernel/operation.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { Place, Spot } from "./backend.ts";
import { foreignReadings, pathOfUri, withoutEscapes } from "./text/spelling.ts";

export type PathView = Pick<View, "cwd" | "roots">;

const namesIn = (segments: readonly string[]): string[] => segments.filter((s) => s !== "" && s !== ".");

/** Resolves `..` against the segment before it; undefined when the path climbs out of `base`. */
function resolveDots(base: readonly string[], more: readonly string[]): string[] | undefined {
  const out = [...base];
  for (const segment of namesIn(more)) {
    if (segment !== "..") out.push(segment);
    else if (out.pop() === undefined) return undefined;
  }
  return out;
}

/** True for spellings of a place on another machine, device, scheme or home. */
function isForeign(text: string, windows: boolean): boolean {
  return (
    text.includes("\\") ||
    text.startsWith("//") ||
    /^~(?:\/|$)/u.test(text) ||
    /^(?:file:|[a-z][a-z0-9+.-]*:\/\/)/iu.test(text) ||
    (!windows && /^[a-z]:/iu.test(text)) ||
    (windows && /^[a-z]:(?!\/)/iu.test(text))
  );
}

/** The texts by which a workspace folder is reached absolutely: its real path, and the one that it was opened by. */
function pathsOf({ path, opened }: RootFolder): readonly string[] {
  return opened === undefined ? [path] : [path, opened];
}

/** The workspace folder of that name. A composed and a decomposed spelling name the same one. */
function rootNamed(name: string | undefined, roots: readonly RootFolder[]): RootFolder | undefined {
  if (name === undefined || name === "") return undefined;
  const same = name.normalize("NFC");
  return roots.find((r) => r.name === name) ?? roots.find((r) => r.name.normalize("NFC") === same);
}

/** True when a path begins with a workspace folder's name. */
export function namesRoot(path: string, roots: readonly RootFolder[]): boolean {
  return rootNamed(path.split(isOnDrive(roots) ? /[\\/]/u : "/", 1)[0], roots) !== undefined;
}

/** True when the workspace lies on a drive letter; only then back-slashes separate names. */
function isOnDrive(roots: readonly RootFolder[]): boolean {
  return roots.some((r) => /^[a-z]:[\\/]/iu.test(r.path));
}

function locateLetters(text: string, view: PathView, windows: boolean): Place | typeof OUTSIDE {
  const parts = text.split("/");
  const root = rootNamed(parts[0], view.roots);
  if (root === undefined ? isForeign(text, windows) : parts.slice(1).some((s) => s.includes("\\")))
    return OUTSIDE;
  if (text.startsWith("/") || (root === undefined && windows && /^[a-z]:\//iu.test(text)))
    return locateAbsolute(parts, view, windows);
  const [folder = "", ...cwd] = root === undefined ? fsSegments(view.cwd) : [root.name];
  const segments = resolveDots(cwd, root === undefined ? parts : parts.slice(1));
  return segments === undefined ? OUTSIDE : { folder, segments };
}

function locateAbsolute(
  parts: readonly string[],
  { roots }: PathView,
  windows: boolean,
): Place | typeof OUTSIDE {
  const absolute = resolveDots([], parts);
  if (absolute === undefined) return OUTSIDE;
  const plain = (name: string): string =>
    windows ? name.normalize("NFC").toLowerCase() : name.normalize("NFC");
  const inside = roots
    .flatMap((root) =>
      pathsOf(root).map((path) => ({ root, base: namesIn(path.split(windows ? /[\\/]/u : "/")) })),
    )
    .filter(({ base }) => base.every((name, i) => plain(name) === plain(absolute[i] ?? "")))
    .sort((a, b) => b.base.length - a.base.length)[0];
  if (inside === undefined) return OUTSIDE;
  return { folder: inside.root.name, segments: absolute.slice(inside.base.length) };
}

/**
 * Finds the place of a path argument by its letters alone. A path that starts with a workspace folder's name means that
 * folder, unless it is written `./name`. An absolute path or `file:` URI counts inside a root, by its real path or by the
 * one it was opened by. Any other path is relative to the working directory. A path that leaves the folders is
 * `fs:/..`. If another reading of such a path is inside, EINVAL tells the spelling; it is never taken by itself.
 */
export function locatePath(path: string, view: PathView): Place | typeof OUTSIDE | Fault {
  const { roots } = view;
  if (roots.length === 0) return fault("EUNAVAILABLE", "no folder is open", "Open a folder first.");
  if (path === "") return fault("EINVAL", "the path is empty", 'Write "." for the working directory.');
  const windows = isOnDrive(roots);
  const [first = ""] = path.split(windows ? /[\\/]/u : "/", 1);
  const named = namesRoot(path, roots);
  const start = named ? first : "";
  const plain = windows ? path : start + withoutEscapes(path.slice(start.length));
  const text =
    (named ? undefined : pathOfUri(plain, windows)) ?? (windows ? plain.replaceAll("\\", "/") : plain);
  if (text.includes("\0") || !text.isWellFormed()) {
    return fault("EINVAL", "the path has a NUL or half a character in it", "Write the plain name.");
  }
  const place = locateLetters(text, view, windows);
  if (place !== OUTSIDE) return place;
  const written = roots.map((root) => ({ name: root.name, paths: pathsOf(root) }));
  for (const other of foreignReadings(text, written, windows)) {
    const inside = locateLetters(other.text, view, windows);
    if (inside === OUTSIDE) continue;
    return fault("EINVAL", `"${path}" ${other.why}.`, `Write ${bothLooks(spelledFrom(inside, view))}.`);
  }
  return OUTSIDE;
}

/**
 * A place as it is best written from the working directory: relative with `./` inside the same workspace folder. No
 * other place can be meant by it.
 */
export function spelledFrom(place: Place, { cwd }: Pick<View, "cwd">): string {
  const [folder, ...base] = fsSegments(cwd);
  if (folder !== place.folder) return pathOf(place);
  const { segments } = place;
  let common = 0;
  while (common < base.length && base[common] === segments[common]) common += 1;
  const up = base.slice(common).map(() => "..");
  return [...(up.length === 0 ? ["."] : up), ...segments.slice(common)].join("/");
}

/** {@link locatePath} for calls whose places outside a root the decision has already refused. */
export function locateInside(path: string, view: PathView): Place | Fault {
  const place = locatePath(path, view);
  return place === OUTSIDE ? fault("EACCES", `"${path}" is outside the workspace folders`) : place;
}

/** The resource of a place. */
export function resourceOf(place: Place): string {
  return fsResource(place.folder, place.segments);
}

/** The arguments beside the path: each spelling of a path wishes for the same. */
export function withoutPath<A extends { readonly path: string }>({ path: _, ...rest }: A): Omit<A, "path"> {
  return rest;
}

/** The lexical needs of a path: each right on exactly the place that the path names, or on the outside. */
export function needsOf(
  path: string,
  view: PathView,
  rights: readonly Right[],
  tree = false,
): readonly Need[] | Fault {
  const place = locatePath(path, view);
  if (isFault(place)) return place;
  const resource = place === OUTSIDE ? OUTSIDE : resourceOf(place) + (tree ? "/**" : "");
  return rights.map((right) => ({ resource, right }));
}

/**
 * The needs that the real names of a spot add to the lexical ones: the name itself, its aliases, and folders
 * to make. Folders that the holder may write anyway are left out. A call that is repeated after a crash
 * between folder and file then has the same needs again.
 */
export function realNeeds(spot: Spot, rights: readonly Right[], named: Place, look: Grant): readonly Need[] {
  const lexical = resourceOf(named);
  const names = [spot.resource, ...spot.aliases].filter((r) => r !== lexical);
  return [
    ...names.flatMap((resource) => rights.map((right) => ({ resource, right }))),
    ...spot.missing
      .filter((resource) => !look.entry("write", resource))
      .map((resource) => ({ resource, right: "write" as const })),
  ];
}

/** A place as people and models write it; it is a valid path argument again. */
export function pathOf(place: Place): string {
  return [place.folder, ...place.segments].join("/");
}

/** A place in a preview: {@link pathOf}, quoted if it could be read as more than one name. */
export function shownPath(place: Place): string {
  return quotedName(pathOf(place));
}

/** The needs of a link out of the workspace: the outside, with the link's target for the refusal. */
export function needsOutside(
  link: string,
  right: Right,
): { needs: readonly Need[]; link: string; state: undefined } {
  return { needs: [{ resource: OUTSIDE, right }], link, state: undefined };
}
