// Reading git: `git.status`, `git.diff`, `git.log`, `git.show` and `git.blame`. Files that may not be read are left out.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import type { Need } from "../../abi/resource.ts";
import { define, type Operation, type View } from "../../kernel/operation.ts";
import type { Place } from "../fs/backend.ts";
import { locateInside, needsOf, pathOf } from "../fs/path.ts";
import { pathArgument } from "../fs/read.ts";
import type { GitBackend, GitFile, GitPatch } from "./backend.ts";
import { here, verbNeed } from "./needs.ts";

const MAX_LOG = 200;
const USUAL_LOG = 20;
const MAX_TOLD_NAMES = 20;

const MAX_PATHS = 1000;

/** A revision, as git reads one. */
const ref = z.string().max(4096);
export const pathsArgument = z.array(z.string().max(4096));

/** The places of a list of paths. */
export function locateAll(paths: readonly string[], view: View): readonly Place[] | Fault {
  if (paths.length > MAX_PATHS)
    return fault("E2BIG", `${paths.length} paths are too many; ${MAX_PATHS} at most.`, "Name folders.");
  const places: Place[] = [];
  for (const path of paths) {
    const place = locateInside(path, view);
    if (isFault(place)) return place;
    places.push(place);
  }
  return places;
}

/** The need of a verb, or the fault of paths that name no place. */
export function withPlaces(paths: readonly string[], view: View, need: Need): readonly Need[] | Fault {
  const places = locateAll(paths, view);
  return isFault(places) ? places : [need];
}

const fileSchema = z.strictObject({
  path: z.string(),
  state: z.enum(["added", "modified", "deleted", "renamed", "untracked", "conflict"]),
  staged: z.enum(["all", "part"]).optional(),
  from: z.string().optional(),
});

/** A file of git as the value of a call names it. */
function shownFile({ place, state, staged, from }: GitFile): z.infer<typeof fileSchema> {
  return {
    path: pathOf(place),
    state,
    ...(staged === undefined ? {} : { staged }),
    ...(from === undefined ? {} : { from: pathOf(from) }),
  };
}

const statusOutput = z.strictObject({
  branch: z.string().optional(),
  commit: z.string().optional(),
  upstream: z.string().optional(),
  ahead: z.int().optional(),
  behind: z.int().optional(),
  files: z.array(fileSchema),
  hidden: z.int().optional(),
  truncated: z.literal(true).optional(),
});

/** Builds `git.status`. */
export function statusOperation(backend: GitBackend): Operation {
  return define<Record<string, never>, z.infer<typeof statusOutput>>({
    name: "git.status",
    tool: "git_status",
    summary: "Show branch and changed files in git. find_tools has git_diff, git_commit and more.",
    effect: "read",
    idempotent: true,
    input: z.strictObject({}),
    output: statusOutput,
    needs: (_, view) => [verbNeed(view, "read", "status")],
    async invoke(_, on) {
      const found = await backend.status(here(on.view), on.grant, on.signal);
      if (isFault(found)) return found;
      const { files, hidden, truncated, ...head } = found;
      return {
        ...head,
        files: files.map(shownFile),
        ...(hidden === 0 ? {} : { hidden }),
        ...(truncated ? { truncated } : {}),
      };
    },
  });
}

const patchFields = {
  diff: z.string(),
  hidden: z.int().optional(),
  left: z.array(z.string()).optional(),
};

function shownPatch({ diff, hidden, left }: GitPatch): { diff: string; hidden?: number; left?: string[] } {
  return {
    diff,
    ...(hidden === 0 ? {} : { hidden }),
    ...(left.length === 0 ? {} : { left: left.map(pathOf) }),
  };
}

/** A patch as a model reads it, with what is missing from it. */
function tellPatch({ diff, hidden = 0, left = [] }: z.infer<z.ZodObject<typeof patchFields>>): string {
  const names = left.slice(0, MAX_TOLD_NAMES).map(quotedName).join(", ");
  const more = left.length > MAX_TOLD_NAMES ? ` and ${left.length - MAX_TOLD_NAMES} more` : "";
  return [
    diff === "" ? "No changes to show." : diff,
    ...(hidden === 0 ? [] : [`${hidden} changed files are left out: you may not read them.`]),
    ...(left.length === 0 ? [] : [`Too long to show here: ${names}${more}. Name fewer paths.`]),
  ].join("\n");
}

const diffInput = z.strictObject({
  paths: pathsArgument.optional(),
  staged: z.boolean().optional(),
  from: ref.optional(),
  to: ref.optional(),
});
const diffOutput = z.strictObject(patchFields);

/** Builds `git.diff`. */
export function diffOperation(backend: GitBackend): Operation {
  return define<z.infer<typeof diffInput>, z.infer<typeof diffOutput>>({
    name: "git.diff",
    tool: "git_diff",
    summary: "Show unstaged or staged changes, or those since from or up to to.",
    deferred: true,
    effect: "read",
    idempotent: true,
    input: diffInput,
    output: diffOutput,
    told: tellPatch,
    needs({ paths = [], staged = false, from, to }, view) {
      if (to !== undefined && (from === undefined || staged))
        return fault("EINVAL", "to needs from, and no staged.", "Give two commits, from and to.");
      return withPlaces(paths, view, verbNeed(view, "read", "diff"));
    },
    async invoke({ paths = [], staged = false, from, to }, on) {
      const places = locateAll(paths, on.view);
      if (isFault(places)) return places;
      const sides = { from, to, staged };
      const patch = await backend.diff(here(on.view), sides, places, on.grant, on.signal);
      return isFault(patch) ? patch : shownPatch(patch);
    },
  });
}

const commitSchema = z.strictObject({
  commit: z.string(),
  author: z.string(),
  date: z.string(),
  subject: z.string(),
});
const logInput = z.strictObject({
  limit: z.int().optional(),
  ref: ref.optional(),
  paths: pathsArgument.optional(),
});
const logOutput = z.strictObject({ commits: z.array(commitSchema) });

/** Builds `git.log`. */
export function logOperation(backend: GitBackend): Operation {
  return define<z.infer<typeof logInput>, z.infer<typeof logOutput>>({
    name: "git.log",
    tool: "git_log",
    summary: "List the newest commits.",
    deferred: true,
    effect: "read",
    idempotent: true,
    input: logInput,
    output: logOutput,
    needs({ limit = USUAL_LOG, paths = [] }, view) {
      if (limit < 1 || limit > MAX_LOG)
        return fault("EINVAL", `limit is ${limit}.`, `It is at least 1 and at most ${MAX_LOG}.`);
      return withPlaces(paths, view, verbNeed(view, "read", "log"));
    },
    async invoke({ limit = USUAL_LOG, ref, paths = [] }, on) {
      const places = locateAll(paths, on.view);
      if (isFault(places)) return places;
      const order = { limit, ref, paths: places };
      const commits = await backend.log(here(on.view), order, on.grant, on.signal);
      return isFault(commits) ? commits : { commits: [...commits] };
    },
  });
}

const showInput = z.strictObject({ ref: ref.describe("A commit, or COMMIT:path for a file as it was.") });
const showOutput = z.union([
  z.strictObject({ ...commitSchema.shape, message: z.string(), ...patchFields }),
  z.strictObject({ commit: z.string(), path: z.string(), content: z.string() }),
]);

/** Builds `git.show`. */
export function showOperation(backend: GitBackend): Operation {
  return define<z.infer<typeof showInput>, z.infer<typeof showOutput>>({
    name: "git.show",
    tool: "git_show",
    summary: "Show a commit with its changes, or a file as it was at a commit.",
    deferred: true,
    effect: "read",
    idempotent: true,
    input: showInput,
    output: showOutput,
    needs: (_, view) => [verbNeed(view, "read", "show")],
    async invoke({ ref }, on) {
      const shown = await backend.show(here(on.view), ref, on.grant, on.signal);
      if (isFault(shown)) return shown;
      if ("content" in shown) {
        const { commit, place, content } = shown;
        return { commit, path: pathOf(place), content };
      }
      const { patch, ...commit } = shown;
      return { ...commit, ...shownPatch(patch) };
    },
  });
}

const blameInput = z.strictObject({ path: pathArgument });
const blameOutput = z.strictObject({
  lines: z.array(
    z.strictObject({
      commit: z.string(),
      author: z.string(),
      date: z.string(),
      line: z.int(),
      text: z.string(),
    }),
  ),
});

/** Builds `git.blame`. Its file is read like any other. */
export function blameOperation(backend: GitBackend): Operation {
  return define<z.infer<typeof blameInput>, z.infer<typeof blameOutput>>({
    name: "git.blame",
    tool: "git_blame",
    summary: "Show for each line of a file who changed it last, when and in which commit.",
    deferred: true,
    effect: "read",
    idempotent: true,
    names: ["path"],
    input: blameInput,
    output: blameOutput,
    told: ({ lines }) =>
      lines
        .map(
          ({ commit, author, date, line, text }) =>
            `${commit.slice(0, 10)} ${date.slice(0, 10)} ${quotedName(author)} ${line}: ${text}`,
        )
        .join("\n"),
    needs(args, view) {
      const file = needsOf(args.path, view, ["read"]);
      return isFault(file) ? file : [verbNeed(view, "read", "blame"), ...file];
    },
    async invoke(args, on) {
      const place = locateInside(args.path, on.view);
      if (isFault(place)) return place;
      const lines = await backend.blame(here(on.view), place, on.grant, on.signal);
      if (isFault(lines)) return lines;
      const content = lines.map((line) => line.text).join("\n");
      return (await on.learn(pathOf(place), content)) ?? { lines: [...lines] };
    },
  });
}
