// Making a folder: `fs.mkdir`.
import * as z from "zod";
import { fault, isFault } from "../../abi/errors.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { FsBackend, Spot } from "./backend.ts";
import { placeOfResource, recheckSpot, riskOf } from "./change.ts";
import { locateInside, needsOf, pathOf, withoutPath, realNeeds } from "./path.ts";
import { pathArgument } from "./read.ts";

const prestate = z.strictObject({ resource: z.string(), pre: z.enum(["absent", "folder"]) });
const input = z.strictObject({ path: pathArgument });
const output = z.strictObject({ path: z.string(), created: z.boolean() });

/** An existing folder is no error: `created` tells. */
export function mkdirOperation(backend: FsBackend): Operation {
  return define<z.infer<typeof input>, z.infer<typeof output>, Spot>({
    name: "fs.mkdir",
    tool: "make_directory",
    summary: "Make a folder, and the folders above it that are missing.",
    effect: "write",
    idempotent: true,
    input,
    output,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["write"]),
    async resolve(args, view, look) {
      const place = locateInside(args.path, view);
      if (isFault(place)) return place;
      const spot = await backend.reach(place, "write", look);
      if (isFault(spot)) return spot;
      if (spot.kind !== "absent" && spot.kind !== "folder")
        return fault("EEXIST", `${spot.resource} is there and is no folder.`, "Choose another name.");
      return { needs: realNeeds(spot, ["write"], place, look), state: spot };
    },
    async prepare(args, view, state, look) {
      const spot = await recheckSpot(backend, args.path, "write", state, view, look);
      if (isFault(spot)) return spot;
      const detail = spot.missing.map((folder) => `Makes the folder ${folder}.`).join("\n");
      return {
        prestate: { resource: spot.resource, pre: spot.kind === "folder" ? "folder" : "absent" },
        preview: {
          title: `Make the folder ${pathOf(spot.place)}`,
          target: pathOf(spot.place),
          risk: riskOf(spot, "write", "low"),
          ...(detail === "" ? {} : { detail }),
        },
      };
    },
    async probe(_args, raw) {
      const was = prestate.parse(raw);
      const now = await backend.examine(placeOfResource(was.resource));
      if (isFault(now)) return { state: "unknown", detail: now.message };
      const value = { path: pathOf(placeOfResource(was.resource)), created: was.pre === "absent" };
      if (now.kind === "folder") return { state: "done", value };
      if (now.kind === "absent") return { state: "not-started" };
      return { state: "unknown", detail: `${was.resource} is no folder now` };
    },
    async invoke(_args, on) {
      const was = prestate.parse(on.prestate);
      if (on.state === undefined) return fault("ESTALE", "It is not what was prepared.");
      const path = pathOf(on.state.place);
      if (was.pre === "folder") return { path, created: false };
      const failed = await backend.makeFolder(on.state, on.grant);
      return failed ?? { path, created: true };
    },
  });
}
