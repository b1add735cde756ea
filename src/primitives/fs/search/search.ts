// Searching many files: `fs.find` by name and `fs.search` by text, bounded. Each entry is decided by itself.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { define, type Invocation, type Operation, type Resolved } from "../../kernel/operation.ts";
import type { FsBackend, Ignores, LineMatcher, Spot, Walked, WalkEntry } from "./backend.ts";
import { compileGlob } from "./text/glob.ts";
import type { HeavyReads } from "./heavy.ts";
import { Needle } from "./text/needle.ts";
import { needsOf, pathOf, withoutPath } from "./path.ts";
import { followPath, pathArgument, requireSpot, type FoundSpot } from "./read.ts";
import { decodeText, linesOf } from "./text/text.ts";

const MAX_ENTRIES = 50_000;
const MAX_FOUND = 1000;
const MAX_MATCHES = 200;
const MAX_PER_FILE = 50;
const MAX_LINE = 400;
const MAX_FILE = 4 * 1024 * 1024;
const MAX_TOTAL = 256 * 1024 * 1024;

/** The counts of places that the two operations skipped. */
const counts = {
  visited: z.int(),
  /** Names that the process may not see, and names that git ignores. */
  hidden: z.int(),
  ignored: z.int(),
  truncated: z.boolean(),
  note: z.string().optional(),
};

const everything: Ignores = { shows: () => true };

function countsOf(
  walked: Walked,
  full: boolean,
  ignores: Ignores,
): { [K in Exclude<keyof typeof counts, "note">]: z.infer<(typeof counts)[K]> } & { note?: string } {
  const truncated = walked.truncated || full;
  const bound = truncated
    ? `Not everything was looked at: stopped after ${walked.visited} names. Narrow the path or the pattern.`
    : undefined;
  const notes = [ignores.note, bound].filter((n) => n !== undefined);
  const { visited, hidden, ignored } = walked;
  return { visited, hidden, ignored, truncated, ...(notes.length === 0 ? {} : { note: notes.join(" ") }) };
}

const ignoredArgument = z.boolean().optional().describe("Also look at what git ignores.");

const findInput = z.strictObject({
  pattern: z.string().describe("Glob, for example *.ts (at any depth) or src/**/*.test.ts (from path on)."),
  path: pathArgument.default("."),
  ignored: ignoredArgument,
});
const findOutput = z.strictObject({ path: z.string(), matches: z.array(z.string()), ...counts });

/** Builds `fs.find`. */
export function findOperation(backend: FsBackend, heavy: HeavyReads): Operation {
  return define<z.infer<typeof findInput>, z.infer<typeof findOutput>, FoundSpot>({
    name: "fs.find",
    tool: "find_files",
    summary: `Find files and folders by glob; skips what git ignores. At most ${MAX_FOUND} matches.`,
    effect: "read",
    idempotent: true,
    input: findInput,
    output: findOutput,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["list"]),
    resolve: (args, view, look) => followPath(backend, args.path, "list", view, look),
    async invoke(args, on) {
      const spot = requireSpot(on.state);
      if (isFault(spot)) return spot;
      if (spot.kind !== "folder") return fault("EINVAL", `${spot.resource} is no folder.`, "Name a folder.");
      const glob = compileGlob(args.pattern);
      if (isFault(glob)) return glob;
      const ignores = args.ignored === true ? everything : await backend.ignores(spot, on.grant, on.signal);
      if (isFault(ignores)) return ignores;
      const hits: string[] = [];
      const how = { right: "list" as const, maxEntries: MAX_ENTRIES, shows: ignores.shows };
      const depth = spot.place.segments.length;
      const visit = async (met: WalkEntry): Promise<boolean> => {
        if (glob.matches(met.place.segments.slice(depth)))
          hits.push(pathOf(met.place) + (met.kind === "folder" ? "/" : ""));
        return hits.length < MAX_FOUND && !glob.exhausted;
      };
      const walked = await heavy.run(on.grant.pid, on.signal, () =>
        backend.walk(spot, how, on.grant, on.signal, visit),
      );
      if (isFault(walked)) return walked;
      return {
        path: pathOf(spot.place),
        matches: hits,
        ...countsOf(walked, hits.length >= MAX_FOUND || glob.exhausted, ignores),
      };
    },
  });
}

const searchInput = z.strictObject({
  query: z.string().min(1).max(1000).describe("Text to find in lines."),
  path: pathArgument.default("."),
  regex: z.boolean().optional().describe("Take query as a regular expression."),
  ignore_case: z.boolean().optional(),
  include: z.string().optional().describe("Only files that match this glob."),
  ignored: ignoredArgument,
});
const searchOutput = z.strictObject({
  path: z.string(),
  matches: z.array(z.strictObject({ path: z.string(), line: z.int(), text: z.string() })),
  files: z.int(),
  /** Files that were binary or too large to search. */
  skipped: z.int(),
  ...counts,
});
type SearchResult = z.infer<typeof searchOutput>;

/** Finds text in lines without a pattern; it never takes long, so it needs no thread. */
function plainMatcher(query: string, ignoreCase: boolean): LineMatcher {
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const wanted = new Needle(fold(query));
  return {
    async match(text, limit) {
      if (!wanted.isIn(fold(text))) return [];
      const hits: { line: number; text: string }[] = [];
      let number = 0;
      for (const line of linesOf(text)) {
        number += 1;
        if (!wanted.isIn(fold(line))) continue;
        hits.push({ line: number, text: line });
        if (hits.length >= limit) break;
      }
      return hits;
    },
    close: () => undefined,
  };
}

/**
 * A copy of a text, well formed. A part of a string keeps the whole string in memory, so 200 matches would hold 200
 * files for as long as their result lives.
 */
function ownText(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

/** One search in progress. */
class Search {
  readonly matcher: LineMatcher;
  readonly matches: SearchResult["matches"] = [];
  files = 0;
  skipped = 0;
  bytes = 0;
  full = false;
  failed: Fault | undefined;

  constructor(matcher: LineMatcher) {
    this.matcher = matcher;
  }

  /** Searches one file's bytes; false when the search is over. */
  async file(path: string, bytes: Uint8Array | Fault | undefined): Promise<boolean> {
    const text = bytes === undefined || isFault(bytes) ? undefined : decodeText(bytes)?.text;
    if (bytes === undefined || isFault(bytes) || text === undefined) {
      this.skipped++;
      return true;
    }
    this.files++;
    this.bytes += bytes.length;
    const hits = await this.matcher.match(text, Math.min(MAX_PER_FILE, MAX_MATCHES - this.matches.length));
    if (isFault(hits)) {
      this.failed = hits;
      return false;
    }
    for (const hit of hits) {
      const clipped = hit.text.length > MAX_LINE ? `${hit.text.slice(0, MAX_LINE)}…` : hit.text;
      this.matches.push({ path, line: hit.line, text: ownText(clipped) });
    }
    this.full = this.matches.length >= MAX_MATCHES || this.bytes >= MAX_TOTAL;
    return !this.full;
  }
}

async function searchIn(
  backend: FsBackend,
  args: z.infer<typeof searchInput>,
  spot: Spot,
  search: Search,
  on: Invocation<FoundSpot>,
): Promise<SearchResult | Fault> {
  const done = (walked: Walked, ignores: Ignores): SearchResult | Fault =>
    search.failed ?? {
      path: pathOf(spot.place),
      matches: search.matches,
      files: search.files,
      skipped: search.skipped,
      ...countsOf(walked, search.full, ignores),
    };
  if (spot.kind === "file") {
    const got = await backend.content(spot, "read", MAX_FILE, on.grant, on.signal);
    if (isFault(got)) return got;
    const unkept = await on.learn(spot.resource, decodeText(got.bytes)?.text ?? "");
    if (unkept !== undefined) return unkept;
    await search.file(pathOf(spot.place), got.bytes);
    return done({ visited: 1, hidden: 0, ignored: 0, truncated: false }, everything);
  }
  if (spot.kind !== "folder")
    return fault("EINVAL", `${spot.resource} is no folder.`, "Name a folder or a file.");
  const included = args.include === undefined ? undefined : compileGlob(args.include);
  if (isFault(included)) return included;
  const ignores = args.ignored === true ? everything : await backend.ignores(spot, on.grant, on.signal);
  if (isFault(ignores)) return ignores;
  const depth = spot.place.segments.length;
  const visit = async (met: WalkEntry): Promise<boolean> => {
    if (included?.exhausted === true) search.full = true;
    if (search.full) return false;
    if (met.kind !== "file" || included?.matches(met.place.segments.slice(depth)) === false) return true;
    return search.file(pathOf(met.place), await met.bytes(MAX_FILE));
  };
  const how = { right: "read" as const, maxEntries: MAX_ENTRIES, shows: ignores.shows };
  const walked = await backend.walk(spot, how, on.grant, on.signal, visit);
  return isFault(walked) ? walked : done(walked, ignores);
}

/** Builds `fs.search`. */
export function searchOperation(backend: FsBackend, heavy: HeavyReads): Operation {
  return define<z.infer<typeof searchInput>, SearchResult, FoundSpot>({
    name: "fs.search",
    tool: "search_text",
    summary: `Find text in the lines of files; skips binaries and what git ignores. At most ${MAX_MATCHES} matches.`,
    effect: "read",
    idempotent: true,
    names: ["path", "include"],
    input: searchInput,
    output: searchOutput,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["list"]),
    async resolve(args, view, look): Promise<Resolved<FoundSpot> | Fault> {
      const resolved = await followPath(backend, args.path, "list", view, look);
      if (isFault(resolved) || resolved.state?.kind !== "file") return resolved;
      // A single file is read without a walk, so reading it is a need of the call.
      const names = [resolved.state.resource, ...resolved.state.aliases];
      return {
        ...resolved,
        needs: [...resolved.needs, ...names.map((resource) => ({ resource, right: "read" as const }))],
      };
    },
    async invoke(args, on) {
      const spot = requireSpot(on.state);
      if (isFault(spot)) return spot;
      // The thread of a pattern starts when its turn has come.
      return heavy.run(on.grant.pid, on.signal, async () => {
        const ignoreCase = args.ignore_case === true;
        const matcher =
          args.regex === true
            ? backend.matcher(args.query, ignoreCase)
            : plainMatcher(args.query, ignoreCase);
        if (isFault(matcher)) return matcher;
        on.signal.addEventListener("abort", matcher.close);
        try {
          return await searchIn(backend, args, spot, new Search(matcher), on);
        } finally {
          on.signal.removeEventListener("abort", matcher.close);
          matcher.close();
        }
      });
    },
  });
}
