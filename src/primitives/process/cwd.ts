// The working directory of a process: `process.chdir`, a checked move to a folder it may list.
import * as z from "zod";
import { fault, isFault } from "../../abi/errors.ts";
import { commit, type Core } from "../../kernel/core.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { FsBackend } from "../fs/backend.ts";
import { needsOf } from "../fs/path.ts";
import { followed, found, pathArgument, type Found } from "../fs/read.ts";

const input = z.strictObject({ path: pathArgument });
const output = z.strictObject({ cwd: z.string() });

/** Builds the operation over the kernel and the files it must look at. Later calls of the turn wait for it. */
export function chdirOperation(core: Core, files: FsBackend): Operation {
  return define<z.infer<typeof input>, z.infer<typeof output>, Found>({
    name: "process.chdir",
    tool: "change_directory",
    summary: "Change your working directory.",
    effect: "pure",
    idempotent: true,
    alone: true,
    input,
    output,
    needs: (args, view) => needsOf(args.path, view, ["list"]),
    resolve: (args, view, look) => followed(files, args.path, "list", view, look),
    invoke: (_, on) => {
      const spot = found(on.state);
      if (isFault(spot)) return Promise.resolve(spot);
      if (spot.kind !== "folder")
        return Promise.resolve(fault("EINVAL", `${spot.resource} is not a folder.`, "Choose a folder."));
      commit(core, "process.cwd", { cwd: spot.resource }, { pid: on.grant.pid });
      return Promise.resolve({ cwd: spot.resource.slice("fs:/".length) });
    },
  });
}
