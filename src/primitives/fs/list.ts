// Looking around: `fs.list`, one folder at a time.
import * as z from "zod";
import { fault, isFault } from "../../abi/errors.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { FsBackend } from "./backend.ts";
import { needsOf, pathOf } from "./path.ts";
import { followed, found, pathArgument, type Found } from "./read.ts";

const MAX_LISTED = 1000;

const listInput = z.strictObject({ path: pathArgument.default(".") });
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
});

export function listOperation(backend: FsBackend): Operation {
  return define<z.infer<typeof listInput>, z.infer<typeof listOutput>, Found>({
    name: "fs.list",
    tool: "list_directory",
    summary: `List a folder: names, kinds, sizes. At most ${MAX_LISTED} entries; links are not entered.`,
    effect: "read",
    idempotent: true,
    input: listInput,
    output: listOutput,
    needs: (args, view) => needsOf(args.path, view, ["list"]),
    resolve: (args, view, look) => followed(backend, args.path, "list", view, look),
    async invoke(_args, on) {
      const spot = found(on.state);
      if (isFault(spot)) return spot;
      if (spot.kind !== "folder") return fault("EINVAL", `${spot.resource} is no folder.`, "Use read_file.");
      const listing = await backend.list(spot, MAX_LISTED, on.grant, on.signal);
      if (isFault(listing)) return listing;
      return { path: pathOf(spot.place), ...listing, entries: [...listing.entries] };
    },
  });
}
