// Structure: making folders and deleting, `fs.mkdir` and `fs.delete`.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { define, type Operation, type Prepared, type View } from "../../kernel/operation.ts";
import { tempKey, type FsBackend, type Spot } from "./backend.ts";
import {
  effectOf,
  MAX_TEXT,
  noteFolders,
  placeOfResource,
  recheckSpot,
  reportEffect,
  riskOf,
} from "./change.ts";
import { refuseNew } from "./near.ts";
import { locateInside, namesRoot, needsOf, pathOf, realNeeds, shownPath, withoutPath } from "./path.ts";
import { pathArgument } from "./read.ts";
import { plainTextAt } from "./text/text.ts";
import { folderOf, modeOf, noteWhole, reachWhole, recheckWhole, type Whole } from "./whole.ts";

const deletePrestate = z.strictObject({
  resource: z.string(),
  pre: z.string(),
  identity: z.string(),
  names: z.int(),
  folder: z.literal(true).optional(),
  mode: z.int().optional(),
});
const deleteInput = z.strictObject({
  path: pathArgument,
  recursive: z.boolean().optional().describe("Needed for a folder: deletes all that is in it."),
});
const deleteOutput = z.strictObject({ path: z.string(), deleted: z.int() });

/** Builds `fs.delete`. A folder needs `recursive`. */
export function deleteFileOperation(backend: FsBackend): Operation {
  return define<z.infer<typeof deleteInput>, z.infer<typeof deleteOutput>, Whole>({
    name: "fs.delete",
    tool: "delete_file",
    summary: "Delete a file, a link (not what it leads to), or with recursive a folder.",
    effect: "write",
    idempotent: false,
    names: ["path"],
    input: deleteInput,
    output: deleteOutput,
    content: withoutPath,
    told: ({ path, deleted }) =>
      deleted === 1
        ? `Deleted ${quotedName(path)}.`
        : `Deleted ${quotedName(path)}, ${deleted} names in all.`,
    needs(args, view) {
      const own = needsOf(args.path, view, ["delete"]);
      if (isFault(own) || args.recursive !== true) return own;
      const tree = needsOf(args.path, view, ["delete"], true);
      return isFault(tree) ? tree : [...own, ...tree];
    },
    async resolve(args, view, look, signal) {
      const place = locateInside(args.path, view);
      if (isFault(place)) return place;
      if (args.recursive !== true) {
        const spot = await backend.reach(place, "delete", look);
        if (isFault(spot)) return spot;
        if (spot.kind === "folder")
          return fault(
            "EINVAL",
            `${spot.resource} is a folder.`,
            "Pass recursive to delete it with all that is in it.",
          );
      }
      const found = await reachWhole(backend, args.path, ["delete"], view, look, signal);
      if (isFault(found)) return found;
      const { link } = found.whole.spot;
      return { needs: found.needs, state: found.whole, ...(link === undefined ? {} : { link }) };
    },
    async prepare(args, view, state, look, signal): Promise<Prepared | Fault> {
      const now = await recheckWhole(backend, args.path, state, view, look, signal);
      if (isFault(now) || state === undefined)
        return isFault(now) ? now : fault("ESTALE", "It was not looked at.");
      const { spot, pre } = now;
      const keep = backend.keeper(spot, "delete", pre, look);
      if (isFault(keep)) return keep;
      const shows = spot.kind === "file" && spot.size <= MAX_TEXT;
      const bytes = shows ? await backend.content(spot, "delete", MAX_TEXT, look, signal) : undefined;
      if (isFault(bytes)) return bytes;
      const before = bytes && (await plainTextAt(backend, spot.place, bytes.bytes, look));
      return {
        prestate: {
          resource: spot.resource,
          pre,
          identity: spot.identity,
          names: 1 + (state.tree?.entries.length ?? 0),
          ...folderOf(spot),
          ...modeOf(spot),
        },
        preview: {
          verb: "delete",
          target: shownPath(spot.place),
          ...(spot.link === undefined ? {} : { link: quotedName(spot.link) }),
          risk: riskOf(spot, view.roots, "delete", spot.kind === "folder" ? "high" : "medium"),
          notes: noteWhole(state, backend.keeps),
          ...(before === undefined ? {} : { before, after: "" }),
        },
        keep,
      };
    },
    async probe(_args, raw) {
      const was = deletePrestate.parse(raw);
      const place = placeOfResource(was.resource);
      await backend.sweep(place, tempKey(was.resource, was.pre));
      const now = await backend.examine(place);
      if (isFault(now)) return { state: "unknown", detail: now.message };
      const value = { path: pathOf(place), deleted: was.names };
      if (now.kind === "absent") return { state: "done", value, ...effectOf(was) };
      if (now.identity === was.identity || now.mark === was.pre) return { state: "not-started" };
      return { state: "unknown", detail: `another thing stands at ${was.resource} now` };
    },
    async invoke(_args, on) {
      const was = deletePrestate.parse(on.prestate);
      if (on.state === undefined) return fault("ESTALE", "It is not what was prepared.");
      const failed = await backend.remove(on.state.spot, was.pre, on.grant, on.signal);
      if (failed !== undefined) return failed;
      reportEffect(on, was);
      return { path: pathOf(on.state.spot.place), deleted: was.names };
    },
  });
}

const folderPrestate = z.strictObject({ resource: z.string(), pre: z.enum(["absent", "folder"]) });
const folderInput = z.strictObject({ path: pathArgument });
const folderOutput = z.strictObject({ path: z.string(), created: z.boolean() });

/** A path that is only the name of a workspace folder most likely means a folder in it. */
function refuseRoot(path: string, { place }: Spot, view: View): Fault | undefined {
  if (place.segments.length > 0 || !namesRoot(path, view.roots)) return undefined;
  return fault(
    "EEXIST",
    `"${path}" is the workspace folder itself, which is there.`,
    `Write "./${path}" to make a folder of that name in the working directory.`,
  );
}

/** Builds `fs.mkdir`. An existing folder is no error: `created` tells. */
export function mkdirOperation(backend: FsBackend): Operation {
  return define<z.infer<typeof folderInput>, z.infer<typeof folderOutput>, Spot>({
    name: "fs.mkdir",
    tool: "make_directory",
    summary: "Make a folder, and the folders above it that are missing.",
    effect: "write",
    idempotent: true,
    input: folderInput,
    output: folderOutput,
    content: withoutPath,
    told: ({ path, created }) =>
      created ? `Made the folder ${quotedName(path)}.` : `The folder ${quotedName(path)} was there already.`,
    needs: (args, view) => needsOf(args.path, view, ["write"]),
    async resolve(args, view, look) {
      const place = locateInside(args.path, view);
      if (isFault(place)) return place;
      const spot = await backend.reach(place, "write", look);
      if (isFault(spot)) return spot;
      if (spot.kind !== "absent" && spot.kind !== "folder")
        return fault("EEXIST", `${spot.resource} is there and is no folder.`, "Choose another name.");
      const unclear =
        spot.kind === "absent"
          ? await refuseNew(backend, args.path, spot, view, look)
          : refuseRoot(args.path, spot, view);
      if (unclear !== undefined) return unclear;
      return { needs: realNeeds(spot, ["write"], place, look), state: spot };
    },
    async prepare(args, view, state, look) {
      const spot = await recheckSpot(backend, args.path, "write", state, view, look);
      if (isFault(spot)) return spot;
      const notes = noteFolders(spot);
      return {
        prestate: { resource: spot.resource, pre: spot.kind === "folder" ? "folder" : "absent" },
        preview: {
          verb: "mkdir",
          target: shownPath(spot.place),
          risk: riskOf(spot, view.roots, "write", "low"),
          ...(notes.length === 0 ? {} : { notes }),
        },
      };
    },
    async probe(_args, raw) {
      const was = folderPrestate.parse(raw);
      const now = await backend.examine(placeOfResource(was.resource));
      if (isFault(now)) return { state: "unknown", detail: now.message };
      const value = { path: pathOf(placeOfResource(was.resource)), created: was.pre === "absent" };
      if (now.kind === "folder") return { state: "done", value, ...effectOf({ ...was, post: "folder" }) };
      if (now.kind === "absent") return { state: "not-started" };
      return { state: "unknown", detail: `${was.resource} is no folder now` };
    },
    async invoke(_args, on) {
      const was = folderPrestate.parse(on.prestate);
      if (on.state === undefined) return fault("ESTALE", "It is not what was prepared.");
      const path = pathOf(on.state.place);
      if (was.pre === "folder") return { path, created: false };
      const failed = await backend.makeFolder(on.state, on.grant);
      if (failed !== undefined) return failed;
      reportEffect(on, { ...was, post: "folder" });
      return { path, created: true };
    },
  });
}
