// Reading: `fs.read`, `fs.stat` and `fs.list`, one file or folder at a time.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import type { Right } from "../../abi/resource.ts";
import { define, type Operation, type Resolved, type View } from "../../kernel/operation.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { FsBackend, Listing, NodeKind, Place, Spot } from "./backend.ts";
import { missingFault } from "./near.ts";
import {
  locateInside,
  namesRoot,
  needsOf,
  needsOutside,
  pathOf,
  withoutPath,
  realNeeds,
  resourceOf,
} from "./path.ts";
import { rangeOf, readOutput, readResult, tellRead, type ReadResult } from "./text/part.ts";
import { likelyAt, noTextFault } from "./text/text.ts";

/** The schema of a path argument. */
export const pathArgument = z.string().max(4096).describe("Relative, or from a workspace folder's name on.");

/**
 * A place to read, as far as it was found; `missed` is the reason why nothing is there, kept until the call
 * runs.
 */
export type FoundSpot = (Spot & { readonly missed?: Fault }) | undefined;

/**
 * Opens a path that is read for the first time. Links are followed, and the real name joins the needs. A link
 * out of the workspace needs the outside, which nobody can hold. A missing file is reported only when the
 * call runs: before a person has allowed the call, it must not tell whether a secret exists.
 */
export async function followPath(
  backend: FsBackend,
  path: string,
  right: Right,
  view: View,
  look: Grant,
): Promise<Resolved<FoundSpot> | Fault> {
  const place = locateInside(path, view);
  if (isFault(place)) return place;
  const spot = await backend.follow(place, right, look);
  if (isFault(spot)) {
    if (spot.code !== "ENOENT" && spot.code !== "EINVAL") return spot;
    const why = spot.code === "ENOENT" ? await missingFault(backend, path, place, view, look, spot) : spot;
    return { needs: [], state: { ...nothingAt(place), missed: why } };
  }
  if (spot.kind === "outside") return needsOutside(spot.link, right);
  const needs = realNeeds({ ...spot, missing: [] }, [right], place, look);
  const missed =
    spot.kind === "absent" ? await missingFault(backend, path, spot.place, view, look) : undefined;
  const state = missed === undefined ? spot : { ...spot, missed };
  return { needs, state, ...(spot.link === undefined ? {} : { link: spot.link }) };
}

function nothingAt(place: Place): Spot {
  const none = { aliases: [], missing: [], identity: "", size: 0, mode: 0, modified: 0, names: 0 };
  return { place, resource: resourceOf(place), kind: "absent", ...none };
}

/**
 * The spot that `resolve` found, or the reason why there is none. Without a state the door has already
 * refused.
 */
export function requireSpot(state: FoundSpot): (Spot & { readonly kind: NodeKind }) | Fault {
  if (state === undefined) return fault("EACCES", "It leads outside the workspace folders.");
  const { kind, missed } = state;
  if (kind !== "absent") return { ...state, kind };
  return missed ?? fault("ENOENT", `${state.resource} is not there.`, "List its folder to see what is.");
}

/** Of lines that are shown in part, so many characters are learned as possible secrets. */
const LEARNED = 1024 * 1024;

const readInput = z.strictObject({
  path: pathArgument,
  start_line: z.int().positive().optional(),
  end_line: z.int().positive().optional(),
  start_column: z.int().positive().optional(),
  end_column: z.int().positive().optional(),
});

/** Builds `fs.read`. */
export function readOperation(backend: FsBackend): Operation {
  return define<z.infer<typeof readInput>, ReadResult, FoundSpot>({
    name: "fs.read",
    tool: "read_file",
    summary: "Read a text file, or some of its lines.",
    effect: "read",
    idempotent: true,
    names: ["path"],
    input: readInput,
    output: readOutput,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["read"]),
    resolve: (args, view, look) => followPath(backend, args.path, "read", view, look),
    told: tellRead,
    async invoke(args, on) {
      const spot = requireSpot(on.state);
      if (isFault(spot)) return spot;
      const range = rangeOf(args);
      if (isFault(range)) return range;
      const likely = likelyAt(backend, spot.place, on.grant);
      const got = await backend.lines(spot, range, likely, on.grant, on.signal);
      if (isFault(got)) return got;
      if (!("text" in got)) return noTextFault(spot.resource, got, got.size, got.sha256);
      const result = readResult(spot, got, range);
      if (isFault(result)) return result;
      // A part of a line may hold a part of a secret: the whole lines are learned.
      const lines = {
        ...range,
        column: 1,
        last: got.last,
        lastColumn: Number.MAX_SAFE_INTEGER,
        max: LEARNED,
      };
      const isPart = range.column > 1 || got.cut !== undefined;
      const whole = isPart ? await backend.lines(spot, lines, likely, on.grant, on.signal) : got;
      if (isFault(whole)) return whole;
      const unkept = await on.learn(spot.resource, "text" in whole ? whole.text : got.text);
      if (unkept !== undefined) return unkept;
      on.saw(spot.resource, got.sha256);
      return result;
    },
  });
}

const statInput = z.strictObject({ path: pathArgument });
const statOutput = z.strictObject({
  path: z.string(),
  kind: z.enum(["file", "folder", "link", "other"]),
  bytes: z.int(),
  mode: z.string(),
  modified: z.string(),
  link: z.string().optional(),
});

/** Builds `fs.stat`. */
export function statOperation(backend: FsBackend): Operation {
  return define<z.infer<typeof statInput>, z.infer<typeof statOutput>, FoundSpot>({
    name: "fs.stat",
    summary: "Tell what a path is: kind, size, mode, time of the last change.",
    effect: "read",
    idempotent: true,
    input: statInput,
    output: statOutput,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["list"]),
    resolve: (args, view, look) => followPath(backend, args.path, "list", view, look),
    async invoke(_args, on) {
      const spot = requireSpot(on.state);
      if (isFault(spot)) return spot;
      if (!on.grant.permits("list", spot.resource))
        return fault("EACCES", "It was not authorised by its real name.");
      return {
        path: pathOf(spot.place),
        kind: spot.kind,
        bytes: spot.size,
        mode: spot.mode.toString(8).padStart(3, "0"),
        modified: new Date(spot.modified).toISOString(),
        ...(spot.link === undefined ? {} : { link: spot.link }),
      };
    },
  });
}

const MAX_LISTED = 1000;
/** One listing shows about so many characters, of which each line has some beside its name. */
const MAX_SHOWN = 50_000;
const LINE_COST = 24;

const listInput = z.strictObject({
  path: pathArgument.default("."),
  after: z.string().optional().describe("Go on after this name."),
});
const listOutput = z.strictObject({
  path: z.string(),
  entries: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(["file", "folder", "link", "other"]),
      size: z.int().optional(),
    }),
  ),
  /** Names in the folder as far as counted, names that may not be seen, and whether some were left out. */
  total: z.int(),
  hidden: z.int(),
  truncated: z.boolean(),
  note: z.string().optional(),
});

/** The note about a folder that has the name of the workspace folder, when only that name was written. */
function noteOfTwin(path: string, { entries }: Pick<Listing, "entries">, view: View): { note?: string } {
  const twin = namesRoot(path, view.roots) && entries.some((e) => e.kind === "folder" && e.name === path);
  return twin ? { note: `This is the workspace folder; its folder ${path} is "./${path}".` } : {};
}

/** A listing as lines of names, folders with a slash and files with their size, after how many there are. */
function toldListing(
  { path, entries, total, hidden, truncated, note }: z.infer<typeof listOutput>,
  args: z.infer<typeof listInput>,
): string {
  const last = entries.at(-1)?.name;
  const notes = [
    `${total} ${total === 1 ? "name" : "names"} in ${path}.`,
    ...(hidden === 0 ? [] : [`Left out: ${hidden} that may not be seen.`]),
    ...(args.after === undefined ? [] : [`These come after ${JSON.stringify(args.after)}.`]),
    ...(truncated && last !== undefined
      ? [`Only ${entries.length} are shown. To go on, call again with after ${JSON.stringify(last)}.`]
      : []),
    ...(note === undefined ? [] : [note]),
  ];
  const lines = entries.map(({ name, kind, size }) => {
    const sign = kind === "folder" ? "/" : kind === "link" ? " (link)" : kind === "other" ? " (no file)" : "";
    return `${quotedName(name)}${sign}${size === undefined ? "" : ` (${size} bytes)`}`;
  });
  return [...notes, ...(lines.length === 0 ? [] : ["", ...lines])].join("\n");
}

/** Builds `fs.list`. */
export function listOperation(backend: FsBackend): Operation {
  return define<z.infer<typeof listInput>, z.infer<typeof listOutput>, FoundSpot>({
    name: "fs.list",
    tool: "list_directory",
    summary: `List a folder: names, kinds, sizes. At most ${MAX_LISTED} entries; links are not entered.`,
    effect: "read",
    idempotent: true,
    input: listInput,
    output: listOutput,
    content: withoutPath,
    told: toldListing,
    needs: (args, view) => needsOf(args.path, view, ["list"]),
    resolve: (args, view, look) => followPath(backend, args.path, "list", view, look),
    async invoke(args, on) {
      const spot = requireSpot(on.state);
      if (isFault(spot)) return spot;
      if (spot.kind !== "folder") return fault("EINVAL", `${spot.resource} is no folder.`, "Use read_file.");
      const listing = await backend.list(spot, MAX_LISTED, on.grant, on.signal, args.after);
      if (isFault(listing)) return listing;
      let size = 0;
      const most = listing.entries.findIndex(({ name }) => (size += name.length + LINE_COST) > MAX_SHOWN);
      const entries = most < 0 ? [...listing.entries] : listing.entries.slice(0, Math.max(1, most));
      const truncated = listing.truncated || entries.length < listing.entries.length;
      const note = spot.place.segments.length === 0 ? noteOfTwin(args.path, listing, on.view) : {};
      return { path: pathOf(spot.place), ...listing, entries, truncated, ...note };
    },
  });
}
