// Classes of paths: finds by name whether a path is reserved, runs later, holds secrets or builds, on every platform.
import type { ClassAsk, Classification, Folder, SaidReason } from "../../../abi/kind.ts";
import { fsSegments, type Right } from "../../../abi/resource.ts";
import { factsOf, type Facts } from "./facts.ts";
import { HOOKS, LATER_PATHS } from "./later-names.ts";
import { fsReason } from "./reasons.ts";
import { SECRET_PATHS } from "./secret-names.ts";

/** A path with what lies above it. `own` is how many of its names lie inside the workspace folder. */
interface Path {
  readonly names: readonly Facts[];
  readonly own: number;
}

const isNamed = (facts: Facts, name: string): boolean => facts.readings.includes(name);

/** True when `path` contains the names of `pattern`, one after the other. */
function containsRun(path: readonly Facts[], pattern: readonly string[]): boolean {
  for (let at = 0; at + pattern.length <= path.length; at++) {
    if (pattern.every((name, i) => path[at + i]?.readings.includes(name) === true)) return true;
  }
  return false;
}

function findRun(path: readonly Facts[], patterns: readonly (readonly string[])[]): string | undefined {
  if (!path.some((f) => f.endsPath)) return undefined;
  return patterns.find((p) => containsRun(path, p))?.join("/");
}

function laterReason({ names, own }: Path): SaidReason | undefined {
  const folder = names.find((f) => f.laterFolder);
  if (folder !== undefined) return fsReason("laterFolder", folder.name);
  const run = findRun(names, LATER_PATHS);
  if (run !== undefined) return fsReason("laterFolder", run);
  const last = own > 0 ? names.at(-1) : undefined;
  if (last === undefined) return undefined;
  if (last.later) return fsReason("laterFile", last.name);
  if (names.at(-2)?.hooks === true && last.readings.some((name) => HOOKS.has(name)))
    return fsReason("laterHook", last.name);
  // A folder with HEAD, objects and refs is a repository; git would then obey the config beside them.
  if (isNamed(last, "head")) return fsReason("laterHead");
  if (names.some((f) => f.short)) return fsReason("laterShort");
  return undefined;
}

function secretReason({ names, own }: Path): SaidReason | undefined {
  const last = own > 0 ? names.at(-1) : undefined;
  if (last?.secret === true) return fsReason("secretFile", last.name);
  const folder = names.find((f) => f.secretFolder);
  if (folder !== undefined) return fsReason("secretFolder", folder.name);
  const run = findRun(names, SECRET_PATHS);
  if (run !== undefined) return fsReason("secretPath", run);
  if (last === undefined) return undefined;
  // Addresses of remotes may carry a token, and a config may hold a helper's.
  const git = names.findIndex((f) => isNamed(f, ".git"));
  if (
    git >= 0 &&
    git < names.length - 1 &&
    last.readings.some((name) => /^(?:config(?:\.worktree)?|credentials|fetch_head)$/u.test(name))
  ) {
    return fsReason("secretGit", last.name);
  }
  if (names.some((f) => f.short)) return fsReason("secretShort");
  return undefined;
}

/** Why the look of a name that nobody listed says that a tool may obey it. Names above the root do not count. */
function laterShape({ names, own }: Path): SaidReason | undefined {
  const inside = own > 0 ? names.slice(-own) : [];
  const dot = inside.find((f) => f.dotFile);
  if (dot !== undefined) return fsReason("laterLooks", dot.name);
  const last = inside.at(-1);
  return last?.settings === true ? fsReason("laterLooks", last.name) : undefined;
}

function askLater(path: Path, built: boolean): ClassAsk | undefined {
  const common = { id: "later", once: true, secret: false } as const;
  const reason = laterReason(path);
  if (reason !== undefined) return { ...common, ...reason };
  const known = built || path.names.at(-1)?.secret === true;
  const shape = known ? undefined : laterShape(path);
  return shape === undefined ? undefined : { ...common, ...shape, shape: true };
}

function askSecret(path: Path): ClassAsk | undefined {
  const common = { id: "secret", once: true, secret: true } as const;
  const reason = secretReason(path);
  if (reason !== undefined) return { ...common, ...reason };
  const last = path.own > 0 ? path.names.at(-1) : undefined;
  if (last?.looksSecret !== true) return undefined;
  return { ...common, ...fsReason("secretLooks"), shape: true };
}

/**
 * Classifies a path for one right. `segments` are raw names inside a workspace folder, of a need with or without `/**`.
 * `above` is what leads to that folder. Reading, writing and deleting a secret asks; listing never asks.
 */
export function classify(
  segments: readonly string[],
  right: Right,
  above: readonly Facts[] = [],
): Classification {
  const inside = segments.map(factsOf);
  const path: Path = { names: above.length === 0 ? inside : [...above, ...inside], own: inside.length };
  if (path.names.some((f) => f.reserved)) return { reserved: "it belongs to Agent libOS itself", asks: [] };
  const changes = right === "write" || right === "delete";
  const last = inside.at(-1);
  const built = last?.build === true;
  const asks: ClassAsk[] = [];
  const later = changes ? askLater(path, built) : undefined;
  if (later !== undefined) asks.push(later);
  const secret = changes || right === "read" ? askSecret(path) : undefined;
  if (secret !== undefined) asks.push(secret);
  if (changes && built) {
    asks.push({
      id: "build",
      ...fsReason("build", last.name),
      once: false,
      secret: false,
    });
  }
  return { asks };
}

/** Whatever decides about a folder by itself: its names lead to it, each way from the first that matters on. */
type Ways = readonly (readonly Facts[])[];

const waysByRoots = new WeakMap<readonly Folder[], Map<string, Ways>>();

/** A repository without a work tree, by the custom of git. From inside, nothing else shows that it is one. */
const BARE = /.\.git$/u;

/** From the first name on that can matter to what is below it; most folders have none. */
function mattering(names: readonly string[]): readonly Facts[] {
  const facts = names.map((raw) => {
    const known = factsOf(raw);
    return { ...known, short: false, laterFolder: known.laterFolder || BARE.test(known.name) };
  });
  const first = facts.findIndex((f) => f.reserved || f.laterFolder || f.secretFolder || f.inPath);
  return first < 0 ? [] : facts.slice(first);
}

/** The ways to a workspace folder: its real path, and the name it was given, which a link may have. */
function waysTo(folder: string, roots: readonly Folder[]): Ways {
  let known = waysByRoots.get(roots);
  if (known === undefined) waysByRoots.set(roots, (known = new Map<string, Ways>()));
  let ways = known.get(folder);
  if (ways === undefined) {
    const found = roots.find((root) => root.name === folder);
    // A worktree is judged like the folder that it is of, wherever it lies itself.
    if (found?.worktree !== undefined) return waysTo(found.worktree.of, roots);
    const real = found?.path.split(/[\\/]/u) ?? [];
    const names = real.filter((name) => name !== "");
    const leading = [mattering(names), names.at(-1) === folder ? [] : mattering([folder])];
    ways = leading.some((way) => way.length > 0) ? leading.filter((way) => way.length > 0) : [[]];
    known.set(folder, ways);
  }
  return ways;
}

/** The union of the demands of several ways to one thing; of two asks of one class the first counts. */
function joined(all: readonly Classification[]): Classification {
  const asks = new Map<string, ClassAsk>();
  for (const ask of all.flatMap((one) => one.asks)) {
    const before = asks.get(ask.id);
    if (before === undefined || (before.shape === true && ask.shape !== true)) asks.set(ask.id, ask);
  }
  const reserved = all.find((one) => one.reserved !== undefined)?.reserved;
  return reserved === undefined ? { asks: [...asks.values()] } : { reserved, asks: [] };
}

/**
 * {@link classify} for an `fs:` resource of these workspace folders. A folder that is or lies in a named place, as
 * `.git`, is judged like any folder below that place. The newest result is kept, because a call asks several times,
 * mostly for one name.
 */
export function classifyResource(resource: string, right: Right, roots: readonly Folder[]): Classification {
  if (newest.resource === resource && newest.right === right && newest.roots === roots) return newest.result;
  const [folder = "", ...segments] = fsSegments(resource);
  const ways = waysTo(folder, roots);
  const [only = []] = ways;
  const result =
    ways.length === 1
      ? classify(segments, right, only)
      : joined(ways.map((way) => classify(segments, right, way)));
  newest = { resource, right, roots, result };
  return result;
}

let newest: {
  readonly resource: string;
  readonly right: Right;
  readonly roots: readonly Folder[];
  readonly result: Classification;
} = { resource: "", right: "list", roots: [], result: { asks: [] } };

/** True when the content of an `fs:` resource may be secret, in any form. */
export function holdsSecrets(resource: string, roots: readonly Folder[]): boolean {
  return classifyResource(resource, "read", roots).asks.some((a) => a.secret);
}
