// Near names: what a path that leads nowhere could mean, and which new names would pass for one that is there.
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { bothLooks, lookOf } from "../../abi/quoted.ts";
import { fsSegments, OUTSIDE } from "../../abi/resource.ts";
import { holdsSecrets } from "./classes/classes.ts";
import type { View } from "../../kernel/operation.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { FsBackend, NodeKind, Place, Spot } from "./backend.ts";
import { locatePath, namesRoot, resourceOf, spelledFrom } from "./path.ts";
import { LIKENESSES, likenessTo, type Likeness } from "./text/likeness.ts";
import { secondReadings, type SecondReading } from "./text/spelling.ts";

/** So many looks at the disk one path is worth, and so many near names are told. */
const MAX_LOOKS = 6;
const MAX_TOLD = 3;

type Look = Pick<FsBackend, "glance">;

/** Another place that a path could mean; `meant` as in {@link SecondReading}, or a folder named like the root. */
interface OtherPlace {
  readonly place: Place;
  readonly why: string;
  readonly meant: SecondReading["meant"] | "folder";
}

/** A path that is written `./name` means that very name. */
const isExplicit = (path: string): boolean => /^\.{1,2}[\\/]/u.test(path);

/** The other places that a path could mean by its letters, the likeliest first. */
function otherPlaces(path: string, named: Place, view: View): OtherPlace[] {
  const found: OtherPlace[] = [];
  const add = (text: string, meant: OtherPlace["meant"], why: string): void => {
    const place = locatePath(text, view);
    if (place === OUTSIDE || isFault(place)) return;
    const resource = resourceOf(place);
    if (resource === resourceOf(named) || found.some((one) => resourceOf(one.place) === resource)) return;
    found.push({ place, meant, why });
  };
  const [first = "", ...rest] = path.split(/[\\/]/u);
  const isRelative = !/^(?:\/|[a-z]:[\\/]|file:)/iu.test(path) && !isExplicit(path);
  if (namesRoot(path, view.roots))
    add(
      `./${path}`,
      "folder",
      `a path that begins with "${first}" is one of the workspace folder of that name`,
    );
  else if (isRelative) {
    const look = lookOf(first).toLowerCase();
    for (const { name } of view.roots)
      if (lookOf(name).toLowerCase() === look)
        add([name, ...rest].join("/"), "new", "it begins with the name of a workspace folder");
    const [folder = "", ...below] = fsSegments(view.cwd);
    if (below.length > 0 && rest.length > 0)
      add(
        `${folder}/${path}`,
        "new",
        `paths begin in the working directory, ${[folder, ...below].join("/")}`,
      );
  }
  for (const { text, meant, why } of secondReadings(path)) add(text, meant, why);
  return found;
}

const isSecret = (place: Place, view: View): boolean => holdsSecrets(resourceOf(place), view.roots);

/** The kind of what is at a place, as far as its name may be told. */
async function kindAt(look: Look, place: Place, view: View, grant: Grant): Promise<NodeKind | undefined> {
  if (isSecret(place, view)) return undefined;
  const glance = await look.glance(place, undefined, grant);
  return glance === undefined || isSecret(glance.place, view) ? undefined : glance.kind;
}

interface NearPlace {
  readonly place: Place;
  readonly likeness: Likeness;
}

/** Places with names near those that are not there, the nearest first; the names after a near folder must be there. */
async function nearPlaces(
  look: Look,
  place: Place,
  view: View,
  grant: Grant,
  budget: { looks: number },
): Promise<NearPlace[]> {
  if (budget.looks-- <= 0) return [];
  const like = (missing: string) => {
    const likeness = likenessTo(missing);
    return (name: string): number | undefined => {
      const how = likeness(name);
      return how === undefined ? undefined : LIKENESSES.indexOf(how);
    };
  };
  const glance = await look.glance(place, like, grant);
  if (glance === undefined || glance.missing === 0) return [];
  const { folder, segments } = glance.place;
  const above = segments.slice(0, -glance.missing);
  const [missing = "", ...deeper] = segments.slice(-glance.missing);
  const likeness = likenessTo(missing);
  const near = glance.beside
    .flatMap((entry) => {
      const found = { folder, segments: [...above, entry.name] };
      const how = likeness(entry.name);
      return how === undefined || isSecret(found, view) ? [] : [{ entry, how, found }];
    })
    .sort((a, b) => LIKENESSES.indexOf(a.how) - LIKENESSES.indexOf(b.how));
  if (deeper.length === 0)
    return near.slice(0, MAX_TOLD).map(({ found, how }) => ({ place: found, likeness: how }));
  const told: NearPlace[] = [];
  for (const { entry, how, found } of near.slice(0, MAX_TOLD)) {
    if (entry.kind === "file") continue;
    const whole = { folder, segments: [...found.segments, ...deeper] };
    if ((await kindAt(look, whole, view, grant)) !== undefined) told.push({ place: whole, likeness: how });
    else {
      const inside = await nearPlaces(look, whole, view, grant, budget);
      for (const one of inside) told.push(one);
      if (inside.length === 0) told.push({ place: found, likeness: how });
    }
  }
  return told.slice(0, MAX_TOLD);
}

/** A fault about a path that leads nowhere, with what it could mean as its hint. Only names that may be listed appear. */
export async function missingFault(
  look: Look,
  path: string,
  named: Place,
  view: View,
  grant: Grant,
  why: Fault = fault("ENOENT", `${resourceOf(named)} is not there.`, "List its folder to see what is."),
): Promise<Fault> {
  const hints: string[] = [];
  const seen = new Set<string>();
  for (const other of otherPlaces(path, named, view)) {
    if ((await kindAt(look, other.place, view, grant)) === undefined) continue;
    seen.add(resourceOf(other.place));
    hints.push(`${bothLooks(spelledFrom(other.place, view))} is there: ${other.why}.`);
    if (hints.length >= MAX_TOLD) break;
  }
  if (hints.length === 0)
    for (const { place, likeness } of await nearPlaces(look, named, view, grant, { looks: MAX_LOOKS })) {
      if (seen.has(resourceOf(place))) continue;
      const looks = likeness === "look" ? " It only looks the same." : "";
      hints.push(`${bothLooks(spelledFrom(place, view))} is there.${looks}`);
    }
  return hints.length === 0 ? why : { ...why, hint: `${hints.join(" ")} Call again with the exact path.` };
}

/**
 * Why nothing new may be made at a spot where nothing is: another name there looks the same, or the path most likely
 * means another place. The names that may not be listed count as not there; rules for them bind the look-alikes. `but` is
 * the resource of what is about to go away.
 */
export async function refuseNew(
  look: Look,
  path: string,
  spot: Spot,
  view: View,
  grant: Grant,
  but?: string,
): Promise<Fault | undefined> {
  const { place } = spot;
  if (!isExplicit(path))
    for (const other of otherPlaces(path, place, view)) {
      if (!(await isMeant(look, other, spot, view, grant))) continue;
      return fault(
        "EINVAL",
        `It is not clear where ${bothLooks(path)} is to be made: ${other.why}.`,
        `Write ${bothLooks(spelledFrom(other.place, view))}, or ${bothLooks(spelledFrom(place, view))} if that is meant.`,
      );
    }
  return refuseTwin(look, spot, view, grant, but);
}

async function isMeant(
  look: Look,
  { place, meant }: OtherPlace,
  spot: Spot,
  view: View,
  grant: Grant,
): Promise<boolean> {
  if (meant === "never") return true;
  if (meant === "new" && spot.missing.length === 0) return false;
  if (meant !== "folder") return (await kindAt(look, place, view, grant)) !== undefined;
  // The folder in the working directory that has the name of the workspace folder.
  const segments = place.segments.slice(0, fsSegments(view.cwd).length);
  return (await kindAt(look, { ...place, segments }, view, grant)) === "folder";
}

/** EEXIST when the first name to be made at a spot looks like one that is beside it. `but` is about to go away. */
export async function refuseTwin(
  look: Look,
  { place, missing }: Pick<Spot, "place" | "missing">,
  view: View,
  grant: Grant,
  but?: string,
): Promise<Fault | undefined> {
  const like = (name: string) => {
    const seen = lookOf(name);
    return (other: string): number | undefined => (other !== name && lookOf(other) === seen ? 0 : undefined);
  };
  const glance = await look.glance(place, like, grant);
  if (glance === undefined || glance.missing !== missing.length + 1) return undefined;
  const { folder, segments } = glance.place;
  const above = segments.slice(0, -glance.missing);
  const twins = glance.beside
    .map(({ name }) => ({ folder, segments: [...above, name] }))
    .filter((twin) => resourceOf(twin) !== but && !isSecret(twin, view));
  const [twin] = twins;
  if (twin === undefined) return undefined;
  const made = { folder, segments: [...above, segments[above.length] ?? ""] };
  const wanted = { folder, segments: [...twin.segments, ...segments.slice(above.length + 1)] };
  const near = await nearPlaces(look, wanted, view, grant, { looks: MAX_LOOKS });
  const same = near.find((n) => n.likeness === "look" && n.place.segments.length === segments.length);
  const meant = spelledFrom(same?.place ?? wanted, view);
  return fault(
    "EEXIST",
    `${bothLooks(spelledFrom(made, view))} would look the same as ${bothLooks(spelledFrom(twin, view))}, which is there.`,
    `Write ${bothLooks(meant)} to use what is there, or choose a name that looks different.`,
  );
}

/**
 * Why a change of something that is there is unclear: the path begins with a workspace folder's name, and the working
 * directory has such a folder with that very thing in it. This process has not read the one that the path names.
 */
export async function refuseAmbiguous(
  look: Look,
  path: string,
  spot: Spot,
  view: View,
  grant: Grant,
): Promise<Fault | undefined> {
  if (!namesRoot(path, view.roots) || view.seen(spot.resource) !== undefined) return undefined;
  const other = otherPlaces(path, spot.place, view).find(({ meant }) => meant === "folder");
  if (other === undefined || (await kindAt(look, other.place, view, grant)) === undefined) return undefined;
  return fault(
    "EINVAL",
    `${bothLooks(path)} could be two things that are there.`,
    `Write ${bothLooks(spelledFrom(other.place, view))} or ${bothLooks(spelledFrom(spot.place, view))}.`,
  );
}
