// Problems that the editor found in files: `fs.diagnostics`, for checking an edit.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { FsBackend, Place } from "./backend.ts";
import { placeOfResource } from "./change.ts";
import { needsOf, pathOf, withoutPath } from "./path.ts";
import { followPath, pathArgument, requireSpot, type FoundSpot } from "./read.ts";

/** One problem; line and column count from 1. */
export interface FileProblem {
  readonly resource: string;
  readonly line: number;
  readonly column: number;
  readonly severity: "error" | "warning" | "information" | "hint";
  readonly message: string;
  readonly source?: string;
}

/** The source of file problems: the editor's language support. It must not throw. */
export interface DiagnosticsBackend {
  /**
   * The problems of a file, or of everything below a folder, once the editor had time to find them.
   * EUNAVAILABLE if there is no editor.
   */
  problems(
    place: Place,
    kind: "file" | "folder",
    grant: Grant,
    signal: AbortSignal,
  ): Promise<readonly FileProblem[] | Fault>;
}

/** The source of problems without an editor. */
export const NO_EDITOR: DiagnosticsBackend = {
  problems: () =>
    Promise.resolve(
      fault(
        "EUNAVAILABLE",
        "There is no editor here that would know of problems.",
        "Read the files again, or run the project’s own checks.",
      ),
    ),
};

const MAX_SHOWN = 200;
const MAX_MESSAGE = 500;

const input = z.strictObject({
  path: pathArgument.default(".").describe("A file, or a folder with all below it."),
});
const output = z.strictObject({
  problems: z.array(
    z.strictObject({
      path: z.string(),
      line: z.int(),
      column: z.int(),
      severity: z.enum(["error", "warning", "information", "hint"]),
      message: z.string(),
      source: z.string().optional(),
    }),
  ),
  total: z.int(),
  hidden: z.int().describe("Problems in files that may not be read."),
});

/** Builds `fs.diagnostics`. Problems in files that the caller may not read are only counted. */
export function diagnosticsOperation(files: FsBackend, backend: DiagnosticsBackend): Operation {
  return define<z.infer<typeof input>, z.infer<typeof output>, FoundSpot>({
    name: "fs.diagnostics",
    tool: "get_diagnostics",
    summary:
      "List the errors and warnings that the editor knows of a file or folder, for example after an edit.",
    effect: "read",
    idempotent: true,
    names: ["path"],
    input,
    output,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["read"]),
    resolve: (args, view, look) => followPath(files, args.path, "read", view, look),
    async invoke(_args, on) {
      const spot = requireSpot(on.state);
      if (isFault(spot)) return spot;
      if (spot.kind !== "file" && spot.kind !== "folder")
        return fault("EINVAL", `${spot.resource} is neither a file nor a folder.`, "Name a file.");
      const problems = await backend.problems(spot.place, spot.kind, on.grant, on.signal);
      if (isFault(problems)) return problems;
      const own = (p: FileProblem): boolean =>
        p.resource === spot.resource || on.grant.entry("read", p.resource);
      const seen = problems.filter(own);
      return {
        problems: seen.slice(0, MAX_SHOWN).map(({ resource, message, ...rest }) => ({
          ...rest,
          path: pathOf(placeOfResource(resource)),
          message: message.slice(0, MAX_MESSAGE),
        })),
        total: seen.length,
        hidden: problems.length - seen.length,
      };
    },
  });
}
