// Path arguments: how a path that a model writes becomes a place in a workspace folder (DESIGN 10).
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { fsResource, fsSegments, OUTSIDE, type Need, type Right } from "../../abi/resource.ts";
import type { View } from "../../kernel/operation.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { Place, Spot } from "./backend.ts";

type PathView = Pick<View, "cwd" | "roots">;

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

/**
 * Finds the place of a path argument by its letters alone. A path that starts with a workspace folder's name
 * means that folder, unless it is written `./name`. An absolute path counts inside a root. Any other path is
 * relative to the working directory. A path that leaves the folders is `fs:/..`. Backslashes separate only if
 * the workspace itself lies on a drive letter.
 */
export function locatePath(path: string, view: PathView): Place | typeof OUTSIDE | Fault {
  if (view.roots.length === 0) return fault("EUNAVAILABLE", "no folder is open", "Open a folder first.");
  if (path === "") return fault("EINVAL", "the path is empty", 'Write "." for the working directory.');
  if (path.includes("\0") || !path.isWellFormed()) {
    return fault("EINVAL", "the path has a NUL or half a character in it", "Write the plain name.");
  }
  const windows = view.roots.some((r) => /^[a-z]:[\\/]/iu.test(r.path));
  const slashes = (text: string): string => (windows ? text.replaceAll("\\", "/") : text);
  const text = slashes(path);
  if (isForeign(text, windows)) return OUTSIDE;
  const parts = text.split("/");
  if (text.startsWith("/") || (windows && /^[a-z]:\//iu.test(text))) {
    const absolute = resolveDots([], parts);
    const same = (a: string, b: string | undefined): boolean =>
      windows ? a.toLowerCase() === b?.toLowerCase() : a === b;
    const inside = view.roots
      .map((r) => ({ folder: r.name, base: namesIn(slashes(r.path).split("/")) }))
      .filter((r) => absolute !== undefined && r.base.every((s, i) => same(s, absolute[i])))
      .sort((a, b) => b.base.length - a.base.length)[0];
    if (inside === undefined || absolute === undefined) return OUTSIDE;
    return { folder: inside.folder, segments: absolute.slice(inside.base.length) };
  }
  const root = view.roots.find((r) => r.name === parts[0]);
  const [folder = "", ...cwd] = root === undefined ? fsSegments(view.cwd) : [root.name];
  const segments = resolveDots(cwd, root === undefined ? parts : parts.slice(1));
  return segments === undefined ? OUTSIDE : { folder, segments };
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

/** A place in the title of a preview: {@link pathOf}, quoted if it could be read as more than one name. */
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
