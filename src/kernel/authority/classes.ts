// Classes of paths: finds by name whether a path is reserved, runs later, holds secrets or builds, on every platform.
import { fsSegments, kindOf, type Right } from "../../abi/resource.ts";
import {
  BUILD_FILES,
  BUILD_PATTERN,
  HOOKS,
  LATER_FILES,
  LATER_FOLDERS,
  LATER_PATHS,
  LATER_PATTERN,
  NOT_SECRET,
  SECRET_FILES,
  SECRET_FOLDERS,
  SECRET_PATHS,
  SECRET_PATTERN,
} from "./class-names.ts";

/** The ask of a class. A person is asked, each time if `once`; a command-line rule may not allow it if `secret`. */
export interface ClassAsk {
  readonly id: "later" | "secret" | "build";
  readonly reason: string;
  readonly once: boolean;
  readonly secret: boolean;
}

/** The demand of a path's class for one right. */
export interface Classification {
  /** Why nobody may reach it; then the asks do not matter. */
  readonly reserved?: string;
  readonly asks: readonly ClassAsk[];
}

/** The folder of the record, and the prefix of temporary files that a write has not renamed yet. */
const RESERVED = ".agentlibos";
const TEMP_PREFIX = ".~agentlibos-";

/**
 * Folds one name as file systems may compare it. Composition, case, invisible characters, alternate streams
 * (`name:stream`), and trailing dots and spaces make no difference. Upper case in between also folds letters that only
 * upper case unites (the long s). Folding too much is harmless: a person is asked once more.
 */
export function foldName(name: string): string {
  const visible = name.normalize("NFKC").replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}]/gu, "");
  const stem = visible.split(":", 1)[0] ?? "";
  return stem
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFC")
    .replace(/[. ]+$/u, "");
}

/** The facts about one name alone. */
interface Facts {
  readonly name: string;
  readonly reserved: boolean;
  /** True for the form of a short (8.3) name, which may stand for any long name. */
  readonly short: boolean;
  readonly laterFolder: boolean;
  readonly later: boolean;
  readonly secretFolder: boolean;
  readonly secret: boolean;
  readonly build: boolean;
  /** True when it ends one of the paths whose names are a class only together. */
  readonly endsPath: boolean;
}

/** Bazel's files, by exact spelling, because folders named `build` are common. */
const BAZEL = /^(?:BUILD|WORKSPACE)$/u;
const PATH_ENDS = new Set([...LATER_PATHS, ...SECRET_PATHS].map((p) => p.at(-1)));

/** A folder that holds one file for each setting. */
const ENV_FOLDER = /^\.envs?(?:\..*)?$/u;

/** The suffix of a copy that an editor or a person left beside a file; it has the same content. */
const BACKUP = /(?:~|\.(?:bak|old|orig|backup|save|saved|swp|swo|tmp|copy|dist-old|\d+))+$/u;
const SHORT = /^[^.~]{1,7}~\d{1,6}(?:\.[^.]{0,3})?$/u;
/** A short name of the reserved folder: `AGENTL~1`, or the hashed form used after four of those (`AG12CD~1`). */
const SHORT_RESERVED = /^(?:agentl|agent|agen|age|ag[0-9a-f]{4})~\d+(?:\.|$)/u;

function describeName(raw: string): Facts {
  const name = foldName(raw);
  const original = name.replace(BACKUP, "").replace(/^\.(?=\.)/u, "");
  const names = original === name ? [name] : [name, original];
  const any = (set: ReadonlySet<string>, pattern?: RegExp): boolean =>
    names.some((n) => set.has(n) || pattern?.test(n) === true);
  return {
    name,
    reserved: name === RESERVED || name.startsWith(TEMP_PREFIX) || SHORT_RESERVED.test(name),
    short: SHORT.test(name),
    laterFolder: LATER_FOLDERS.has(name),
    later: any(LATER_FILES, LATER_PATTERN),
    secretFolder: SECRET_FOLDERS.has(name) || (ENV_FOLDER.test(name) && !NOT_SECRET.test(name)),
    secret: any(SECRET_FILES, SECRET_PATTERN) && !NOT_SECRET.test(name),
    build: BUILD_FILES.has(name) || BUILD_PATTERN.test(name) || BAZEL.test(raw),
    endsPath: PATH_ENDS.has(name),
  };
}

/** Facts cached by name, because names repeat. The size is bounded, also for a hostile tree. */
const factsByName = new Map<string, Facts>();
function factsOf(name: string): Facts {
  const hit = factsByName.get(name);
  if (hit !== undefined) return hit;
  const facts = describeName(name);
  if (factsByName.size >= 16_384) factsByName.clear();
  factsByName.set(name, facts);
  return facts;
}

/** True when `path` contains the names of `pattern`, one after the other. */
function containsRun(path: readonly Facts[], pattern: readonly string[]): boolean {
  if (!path.some((f) => f.endsPath)) return false;
  for (let at = 0; at + pattern.length <= path.length; at++) {
    if (pattern.every((name, i) => path[at + i]?.name === name)) return true;
  }
  return false;
}

function laterReason(path: readonly Facts[]): string | undefined {
  const last = path.at(-1);
  if (last === undefined) return undefined;
  const folder = path.find((f) => f.laterFolder);
  if (folder !== undefined) return `what is in ${folder.name} can run later, outside this agent`;
  const pair = LATER_PATHS.find((p) => containsRun(path, p));
  if (pair !== undefined) return `what is in ${pair.join("/")} can run later, outside this agent`;
  if (last.later) return `${last.name} is obeyed or run later, outside this agent`;
  if (HOOKS.has(last.name) && path.at(-2)?.name === "hooks")
    return `${last.name} in a hooks folder is run by git`;
  // A folder with HEAD, objects and refs is a repository; git would then obey the config beside them.
  if (last.name === "head") return "HEAD makes its folder a git repository, whose config git obeys";
  if (path.some((f) => f.short)) return "a short name can stand for a file that runs later";
  return undefined;
}

function secretReason(path: readonly Facts[]): string | undefined {
  const last = path.at(-1);
  if (last === undefined) return undefined;
  if (last.secret) return `${last.name} usually holds secrets`;
  const folder = path.find((f) => f.secretFolder);
  if (folder !== undefined) return `${folder.name} holds keys and tokens`;
  const pair = SECRET_PATHS.find((p) => containsRun(path, p));
  if (pair !== undefined) return `${pair.join("/")} holds keys or tokens`;
  // Addresses of remotes may carry a token, and a config may hold a helper's.
  const git = path.findIndex((f) => f.name === ".git");
  if (
    git >= 0 &&
    git < path.length - 1 &&
    /^(?:config(?:\.worktree)?|credentials|fetch_head)$/u.test(last.name)
  ) {
    return `${last.name} in .git can hold tokens`;
  }
  if (path.some((f) => f.short)) return "a short name can stand for a file that holds secrets";
  return undefined;
}

/**
 * Classifies a path for one right. `segments` are raw names inside a workspace folder, of a need with or without `/**`.
 * Reading, writing and deleting a secret asks; listing never asks.
 */
export function classify(segments: readonly string[], right: Right): Classification {
  const path = segments.map(factsOf);
  if (path.some((f) => f.reserved)) return { reserved: "it belongs to Agent libOS itself", asks: [] };
  const changes = right === "write" || right === "delete";
  const asks: ClassAsk[] = [];
  const later = changes ? laterReason(path) : undefined;
  if (later !== undefined) asks.push({ id: "later", reason: later, once: true, secret: false });
  const secret = changes || right === "read" ? secretReason(path) : undefined;
  if (secret !== undefined) asks.push({ id: "secret", reason: secret, once: true, secret: true });
  const last = path.at(-1);
  if (changes && last?.build === true) {
    asks.push({
      id: "build",
      reason: `${last.name} decides how the project is built`,
      once: false,
      secret: false,
    });
  }
  return { asks };
}

/** {@link classify} for an `fs:` resource. The newest result is kept: a call asks several times, mostly for one name. */
export function classifyResource(resource: string, right: Right): Classification {
  if (newest.resource === resource && newest.right === right) return newest.result;
  const result = classify(fsSegments(resource).slice(1), right);
  newest = { resource, right, result };
  return result;
}

let newest: { readonly resource: string; readonly right: Right; readonly result: Classification } = {
  ...{ resource: "", right: "list" },
  result: { asks: [] },
};

/** True when the content of an `fs:` resource may be secret, in any form. */
export function holdsSecrets(resource: string): boolean {
  if (kindOf(resource) !== "fs") return false;
  return classifyResource(resource, "read").asks.some((a) => a.secret);
}
