// Searching: `fs.search` finds text in the lines of many files, bounded. Each entry is decided by itself.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../../abi/errors.ts";
import { define, type Invocation, type Operation, type Resolved } from "../../../kernel/operation.ts";
import type { Grant } from "../../../kernel/witness.ts";
import type { FsBackend, Ignores, Place, Spot, Walked, WalkEntry } from "../backend.ts";
import type { HeavyReads } from "../heavy.ts";
import { needsOf, pathOf, withoutPath } from "../path.ts";
import { followPath, pathArgument, requireSpot, type FoundSpot } from "../read.ts";
import { excerptOf, type LineMatcher } from "../text/excerpt.ts";
import { plainTextAt } from "../text/text.ts";
import {
  afterArgument,
  counts,
  countsOf,
  everything,
  ignoredArgument,
  MAX_ENTRIES,
  LINE_COST,
  MAX_SHOWN,
  placeAfter,
  countWords,
  type Next,
} from "./counts.ts";
import { compilePattern, showNamed, type Pattern } from "./pattern.ts";
import { plainMatcher } from "./plain.ts";

const MAX_MATCHES = 200;
/** So many lines of one file are shown when many files are searched. */
const MAX_PER_FILE = 50;
/** So many files of which lines are left out are named. */
const MAX_NAMED = 3;
const MAX_FILE = 4 * 1024 * 1024;
const MAX_TOTAL = 256 * 1024 * 1024;

const input = z.strictObject({
  query: z.string().min(1).max(1000).describe("Text to find in lines."),
  path: pathArgument.default("."),
  regex: z.boolean().optional().describe("Take query as a regular expression."),
  ignore_case: z.boolean().optional(),
  include: z.string().optional().describe("Only files that match this glob."),
  ignored: ignoredArgument,
  after: afterArgument,
  after_line: z.int().optional(),
});
type SearchArgs = z.infer<typeof input>;
const output = z.strictObject({
  path: z.string(),
  matches: z.array(
    z.strictObject({ path: z.string(), line: z.int(), text: z.string(), column: z.int().optional() }),
  ),
  files: z.int(),
  /** Files that were binary or too large to search. */
  skipped: z.int(),
  ...counts,
});
type SearchResult = z.infer<typeof output>;

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** The result as lines of `path:line:column: excerpt`, after how many there are. */
function told({ path, matches, files, skipped, ...counted }: SearchResult): string {
  const within = new Set(matches.map((match) => match.path)).size;
  const most = counted.truncated ? "The first " : "";
  const found = [
    `${most}${count(matches.length, "match", "matches")} in ${count(within, "file")}; searched ${count(files, "file")} in ${path}.`,
    ...(skipped === 0
      ? []
      : [
          `Not searched: ${count(skipped, "file")} that ${skipped === 1 ? "is" : "are"} binary or too large.`,
        ]),
  ].join("\n");
  const lines: string[] = [];
  let before: string | undefined;
  for (const { path: file, line, column, text } of matches) {
    if (file !== before) lines.push("");
    before = file;
    lines.push(`${file}:${line}${column === undefined ? "" : `:${column}`}: ${text}`);
  }
  return [countWords(found, counted), ...lines].join("\n");
}

/** The text of a file with the lines that a read of it has: where all of them end in CR, those are its lines. */
async function searchedText(
  backend: FsBackend,
  place: Place,
  bytes: Uint8Array,
  grant: Grant,
): Promise<string | undefined> {
  const text = await plainTextAt(backend, place, bytes, grant);
  return text?.includes("\r") === true && !text.includes("\n") ? text.replaceAll("\r", "\n") : text;
}

/** One search in progress. */
class Search {
  readonly matcher: LineMatcher;
  readonly matches: SearchResult["matches"] = [];
  /** Files of which lines that match are left out. */
  readonly cut: string[] = [];
  files = 0;
  skipped = 0;
  bytes = 0;
  /** The characters of what is shown. */
  size = 0;
  full = false;
  failed: Fault | undefined;
  next: Next | undefined;

  /** The text of a file; undefined when it is none. */
  readonly decode: (place: Place, bytes: Uint8Array) => Promise<string | undefined>;

  constructor(matcher: LineMatcher, decode: Search["decode"]) {
    this.matcher = matcher;
    this.decode = decode;
  }

  /** Searches the lines of one file after line `from`, and shows at most `most`; false when the search is over. */
  async file(
    place: Place,
    bytes: Uint8Array | Fault | undefined,
    most: number,
    from: number,
  ): Promise<boolean> {
    const path = pathOf(place);
    const text = bytes === undefined || isFault(bytes) ? undefined : await this.decode(place, bytes);
    if (bytes === undefined || isFault(bytes) || text === undefined) {
      this.skipped++;
      return true;
    }
    this.files++;
    this.bytes += bytes.length;
    const left = MAX_MATCHES - this.matches.length;
    const wanted = Math.min(most, left);
    const hits = await this.matcher.match(text, wanted + 1, from);
    if (isFault(hits)) {
      this.failed = hits;
      return false;
    }
    let shown = 0;
    for (const hit of hits) {
      if (shown === wanted || this.size >= MAX_SHOWN) break;
      const { line, column } = hit;
      const text = excerptOf(hit);
      this.matches.push({ path, line, text, column });
      this.size += path.length + text.length + LINE_COST;
      shown += 1;
    }
    const more = hits.length > shown;
    this.full = this.matches.length >= MAX_MATCHES || this.size >= MAX_SHOWN || this.bytes >= MAX_TOTAL;
    if (more && !this.full) this.cut.push(path);
    const last = shown === 0 ? from : this.matches.at(-1)?.line;
    if (this.full) this.next = { after: path, ...(more && last !== undefined ? { after_line: last } : {}) };
    return !this.full;
  }

  result(spot: Spot, walked: Walked, ignores: Ignores): SearchResult | Fault {
    if (this.failed !== undefined) return this.failed;
    const { matches, files, skipped, cut, next } = this;
    const named = cut.slice(0, MAX_NAMED).map((path) => JSON.stringify(path));
    const others = cut.length > MAX_NAMED ? ` and ${cut.length - MAX_NAMED} more` : "";
    const note = `Only the first ${MAX_PER_FILE} lines are shown of ${named.join(", ")}${others}; search such a file alone for all.`;
    const found = matches.length;
    return {
      path: pathOf(spot.place),
      ...{ matches, files, skipped },
      ...countsOf({
        ...{ walked, ignores, full: this.full, found, shown: found },
        ...(cut.length === 0 ? {} : { notes: [note] }),
        ...(next === undefined ? {} : { next }),
      }),
    };
  }
}

async function searchFile(
  backend: FsBackend,
  args: SearchArgs,
  spot: Spot,
  search: Search,
  on: Invocation<FoundSpot>,
): Promise<SearchResult | Fault> {
  const got = await backend.content(spot, "read", MAX_FILE, on.grant, on.signal);
  if (isFault(got)) return got;
  const unkept = await on.learn(spot.resource, (await search.decode(spot.place, got.bytes)) ?? "");
  if (unkept !== undefined) return unkept;
  await search.file(spot.place, got.bytes, MAX_MATCHES, args.after_line ?? 0);
  // Without more lines in the file there is nothing to go on with.
  if (search.next?.after_line === undefined) search.full = false;
  return search.result(spot, { visited: 1, hidden: 0, ignored: 0, truncated: false }, everything);
}

async function searchFolder(
  backend: FsBackend,
  args: SearchArgs,
  spot: Spot,
  search: Search,
  on: Invocation<FoundSpot>,
): Promise<SearchResult | Fault> {
  const { include } = args;
  const pattern: Pattern | Fault | undefined =
    include === undefined ? undefined : await compilePattern(backend, include, spot, on.view, on.grant);
  if (isFault(pattern)) return pattern;
  const after = placeAfter(args.after, on.view);
  if (isFault(after)) return after;
  const rules = args.ignored === true ? everything : await backend.ignores(spot, on.grant, on.signal);
  if (isFault(rules)) return rules;
  const ignores = showNamed(rules, pattern?.named ?? []);
  const depth = spot.place.segments.length;
  const began = args.after_line === undefined || after.after === undefined ? undefined : pathOf(after.after);
  const visit = async (met: WalkEntry): Promise<boolean> => {
    if (pattern?.glob.exhausted === true) search.full = true;
    if (search.full) return false;
    if (met.kind !== "file" || pattern?.glob.matches(met.place.segments.slice(depth)) === false) return true;
    const path = pathOf(met.place);
    const from = path === began ? args.after_line : undefined;
    return search.file(
      met.place,
      await met.bytes(MAX_FILE),
      from === undefined ? MAX_PER_FILE : MAX_MATCHES,
      from ?? 0,
    );
  };
  const { shows, enters } = ignores;
  const how = { right: "read" as const, maxEntries: MAX_ENTRIES, shows, enters, ...after };
  const again = began === undefined ? {} : { again: true };
  const walked = await backend.walk(spot, { ...how, ...again }, on.grant, on.signal, visit);
  return isFault(walked) ? walked : search.result(spot, walked, ignores);
}

/** Builds `fs.search`. */
export function searchOperation(backend: FsBackend, heavy: HeavyReads): Operation {
  return define<SearchArgs, SearchResult, FoundSpot>({
    name: "fs.search",
    tool: "search_text",
    summary: `Find text in the lines of files; skips binaries and what git ignores. At most ${MAX_MATCHES} matches.`,
    effect: "read",
    idempotent: true,
    names: ["path", "include", "after"],
    input,
    output,
    content: withoutPath,
    told,
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
      if (spot.kind !== "folder" && spot.kind !== "file")
        return fault("EINVAL", `${spot.resource} is no folder.`, "Name a folder or a file.");
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
          const step = spot.kind === "file" ? searchFile : searchFolder;
          const decode: Search["decode"] = (place, bytes) => searchedText(backend, place, bytes, on.grant);
          return await step(backend, args, spot, new Search(matcher, decode), on);
        } finally {
          on.signal.removeEventListener("abort", matcher.close);
          matcher.close();
        }
      });
    },
  });
}
