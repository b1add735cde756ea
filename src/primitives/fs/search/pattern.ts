// Patterns of a call: the glob over the names below its folder, in which names that are there are taken literally.
import { isFault, type Fault } from "../../../abi/errors.ts";
import { OUTSIDE } from "../../../abi/resource.ts";
import type { View } from "../../../kernel/operation.ts";
import type { Grant } from "../../../kernel/witness.ts";
import type { FsBackend, Ignores, NodeKind, Place, Spot } from "../backend.ts";
import { locatePath, namesRoot, pathOf } from "../path.ts";
import { compileGlob, hasSigns, literalPattern, type Glob } from "../text/glob.ts";

/** A compiled pattern. `named` are the places that it names by their letters before its first wildcard. */
export interface Pattern {
  readonly glob: Glob;
  readonly named: readonly { readonly place: Place; readonly kind: NodeKind }[];
}

/** A pattern of `path` and its reading as a path argument, if it is written from a workspace folder or absolutely. */
function readingsOfPattern(pattern: string, spot: Spot, view: View): string[] {
  const isRooted = /^(?:\/|[a-z]:[\\/]|file:)/iu.test(pattern) || namesRoot(pattern, view.roots);
  const place = isRooted ? locatePath(pattern, view) : OUTSIDE;
  if (place === OUTSIDE || isFault(place) || place.folder !== spot.place.folder) return [pattern];
  const { segments } = spot.place;
  const isBelow =
    segments.length < place.segments.length && segments.every((s, i) => s === place.segments[i]);
  return isBelow ? [pattern, `./${place.segments.slice(segments.length).join("/")}`] : [pattern];
}

/**
 * Compiles the pattern of a call on the folder `spot`. Names at its beginning that are there as they are written stand
 * for themselves, whatever signs they have.
 */
export async function compilePattern(
  backend: FsBackend,
  pattern: string,
  spot: Spot,
  view: View,
  grant: Grant,
): Promise<Pattern | Fault> {
  const spelled: string[] = [];
  const named: { place: Place; kind: NodeKind }[] = [];
  for (const reading of readingsOfPattern(pattern, spot, view)) {
    const names = reading.split("/").filter((name) => name !== "" && name !== ".");
    const wild = names.findIndex((name) => /[*?]/u.test(name));
    const prefix = wild < 0 ? names : names.slice(0, wild);
    const place = { folder: spot.place.folder, segments: [...spot.place.segments, ...prefix] };
    const isPlain = prefix.length > 0 && !prefix.includes("..");
    const glance = isPlain ? await backend.glance(place, undefined, grant) : undefined;
    const there = glance === undefined ? 0 : Math.max(0, prefix.length - glance.missing);
    if (there > 0) {
      const kind = glance?.kind ?? "folder";
      named.push({
        place: { ...place, segments: place.segments.slice(0, spot.place.segments.length + there) },
        kind,
      });
    }
    // Without any sign there is nothing to take literally, and a name alone stays one at any depth.
    if (there === 0 || !hasSigns(prefix.join("/"))) spelled.push(reading);
    else {
      const literal = names.map((name, i) => (i < there ? literalPattern(name) : name)).join("/");
      spelled.push(reading.includes("/") ? `./${literal}` : literal);
    }
  }
  // A reading that is no pattern does not keep another from being one.
  const good = spelled.filter((reading) => !isFault(compileGlob(reading)));
  const glob = compileGlob(...(good.length === 0 ? spelled : good));
  return isFault(glob) ? glob : { glob, named };
}

function isBelowOrSame(below: Place, above: Place): boolean {
  return below.folder === above.folder && above.segments.every((s, i) => s === below.segments[i]);
}

/** The same rules, which also show what a pattern names although git ignores it, and say so. */
export function showNamed(ignores: Ignores, named: Pattern["named"]): Ignores {
  const lifted = named.filter(
    ({ place, kind }) => !ignores.shows(place, kind) && !place.segments.includes(".git"),
  );
  if (lifted.length === 0) return ignores;
  const shows: Ignores["shows"] = (place, kind) =>
    lifted.some((one) => isBelowOrSame(one.place, place) || isBelowOrSame(place, one.place)) ||
    ignores.shows(place, kind);
  const paths = lifted.map((one) => JSON.stringify(pathOf(one.place))).join(" and ");
  const note = `Git ignores ${paths}; it was looked at because the pattern names it.`;
  return {
    shows: (place, kind) => !place.segments.includes(".git") && shows(place, kind),
    enters: ignores.enters,
    get note() {
      return ignores.note === undefined ? note : `${ignores.note} ${note}`;
    },
  };
}
