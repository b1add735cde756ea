// Finding: `fs.find` names files and folders by a glob. Each entry is decided by itself.
import * as z from "zod";
import { fault, isFault } from "../../../abi/errors.ts";
import { define, type Operation } from "../../../kernel/operation.ts";
import type { FsBackend, WalkEntry } from "../backend.ts";
import type { HeavyReads } from "../heavy.ts";
import { needsOf, pathOf, withoutPath } from "../path.ts";
import { followPath, pathArgument, requireSpot, type FoundSpot } from "../read.ts";
import {
  afterArgument,
  counts,
  countsOf,
  everything,
  ignoredArgument,
  MAX_ENTRIES,
  MAX_SHOWN,
  placeAfter,
  countWords,
} from "./counts.ts";
import { compilePattern, showNamed } from "./pattern.ts";

const MAX_FOUND = 1000;

const input = z.strictObject({
  pattern: z.string().describe("Glob, for example *.ts (at any depth) or src/**/*.test.ts (from path on)."),
  path: pathArgument.default("."),
  ignored: ignoredArgument,
  after: afterArgument,
});
const output = z.strictObject({
  path: z.string(),
  matches: z.array(z.string()),
  /** How many names match, as far as names were visited; `matches` holds the first of them. */
  total: z.int().optional(),
  ...counts,
});
type FindResult = z.infer<typeof output>;

/** The result as lines of paths, after how many there are. */
function told({ path, matches, total = matches.length, ...counted }: FindResult): string {
  const found = `${total} ${total === 1 ? "match" : "matches"} in ${path}.`;
  return [countWords(found, counted), ...(matches.length === 0 ? [] : ["", ...matches])].join("\n");
}

/** Builds `fs.find`. */
export function findOperation(backend: FsBackend, heavy: HeavyReads): Operation {
  return define<z.infer<typeof input>, FindResult, FoundSpot>({
    name: "fs.find",
    tool: "find_files",
    summary: `Find files and folders by glob; skips what git ignores. At most ${MAX_FOUND} matches.`,
    effect: "read",
    idempotent: true,
    input,
    output,
    content: withoutPath,
    told,
    needs: (args, view) => needsOf(args.path, view, ["list"]),
    resolve: (args, view, look) => followPath(backend, args.path, "list", view, look),
    async invoke(args, on) {
      const spot = requireSpot(on.state);
      if (isFault(spot)) return spot;
      if (spot.kind !== "folder") return fault("EINVAL", `${spot.resource} is no folder.`, "Name a folder.");
      const pattern = await compilePattern(backend, args.pattern, spot, on.view, on.grant);
      if (isFault(pattern)) return pattern;
      const after = placeAfter(args.after, on.view);
      if (isFault(after)) return after;
      const rules = args.ignored === true ? everything : await backend.ignores(spot, on.grant, on.signal);
      if (isFault(rules)) return rules;
      const ignores = showNamed(rules, pattern.named);
      const { glob } = pattern;
      const hits: string[] = [];
      let total = 0;
      let size = 0;
      const { shows, enters } = ignores;
      const how = { right: "list" as const, maxEntries: MAX_ENTRIES, shows, enters, ...after };
      const depth = spot.place.segments.length;
      const visit = async (met: WalkEntry): Promise<boolean> => {
        if (!glob.matches(met.place.segments.slice(depth))) return !glob.exhausted;
        total += 1;
        if (hits.length >= MAX_FOUND || size >= MAX_SHOWN) return !glob.exhausted;
        const path = pathOf(met.place) + (met.kind === "folder" ? "/" : "");
        size += path.length + 1;
        hits.push(path);
        return !glob.exhausted;
      };
      const walked = await heavy.run(on.grant.pid, on.signal, () =>
        backend.walk(spot, how, on.grant, on.signal, visit),
      );
      if (isFault(walked)) return walked;
      const last = total > hits.length ? hits.at(-1) : undefined;
      return {
        path: pathOf(spot.place),
        matches: hits,
        ...(last === undefined ? {} : { total }),
        ...countsOf({
          ...{ walked, ignores, full: glob.exhausted, found: total, shown: hits.length },
          ...(last === undefined ? {} : { next: { after: last.replace(/\/$/u, "") } }),
        }),
      };
    },
  });
}
