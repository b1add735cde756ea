// Restoring: `fs.restore` brings a file back from the copies that changes leave. No image lists it.
import * as z from "zod";
import { fault, isFault } from "../../abi/errors.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { FsBackend, Spot } from "./backend.ts";
import {
  describeSizes,
  MAX_TEXT,
  placeOfResource,
  probeFile,
  reachForWrite,
  readBefore,
  recheckSpot,
  reportEffect,
  riskOf,
} from "./change.ts";
import { missingFault } from "./near.ts";
import { needsOf, pathOf, shownPath, withoutPath } from "./path.ts";
import { pathArgument } from "./read.ts";
import type { DecodedText } from "./text/form.ts";
import { describeFormChange } from "./text/shape.ts";
import { isText, textAt } from "./text/text.ts";

const digest = z.string().regex(/^(?:[0-9a-f]{64}|absent)$/u);

const restoreInput = z.strictObject({
  path: pathArgument,
  from: digest.describe("SHA-256 of what must stand there now, or absent."),
  to: digest.describe("SHA-256 of what shall stand there, or absent."),
});
const restoreOutput = z.strictObject({ path: z.string(), sha256: z.string() });

const prestate = z.strictObject({ resource: z.string(), pre: z.string(), post: z.string() });

/** Builds `fs.restore`. */
export function restoreOperation(backend: FsBackend): Operation {
  const right = (to: string): "write" | "delete" => (to === "absent" ? "delete" : "write");
  return define<z.infer<typeof restoreInput>, z.infer<typeof restoreOutput>, Spot>({
    name: "fs.restore",
    summary: "Make a file what it was before a change, if nobody changed it since.",
    effect: "write",
    idempotent: false,
    names: ["path", "from", "to"],
    input: restoreInput,
    output: restoreOutput,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, [right(args.to)]),
    resolve: (args, view, look) => reachForWrite(backend, args.path, [right(args.to)], view, look, true),
    async prepare(args, view, state, look, signal) {
      const spot = await recheckSpot(backend, args.path, right(args.to), state, view, look, true);
      if (isFault(spot)) return spot;
      const old = await readBefore(backend, spot, right(args.to), look, signal);
      if (isFault(old)) return old;
      if (old.pre === "absent" && args.from !== "absent")
        return missingFault(backend, args.path, spot.place, view, look);
      if (old.pre !== args.from)
        return fault("ESTALE", `${spot.resource} changed since then.`, "Look at it and change it by hand.");
      const kept = args.to === "absent" ? undefined : await backend.kept(spot, args.to, look);
      if (isFault(kept)) return kept;
      const keep = old.pre === "absent" ? undefined : backend.keeper(spot, right(args.to), old.pre, look);
      if (isFault(keep)) return keep;
      const shown = async (bytes: Uint8Array | undefined): Promise<DecodedText | undefined> => {
        if (bytes === undefined || bytes.length > MAX_TEXT) return undefined;
        const decoded = await textAt(backend, spot.place, bytes, look);
        return isText(decoded) ? decoded : undefined;
      };
      const [before, after] = [await shown(old.bytes), await shown(kept)];
      const texts = {
        before: old.pre === "absent" ? "" : before?.text,
        after: kept === undefined ? "" : after?.text,
      };
      const compared = texts.before !== undefined && texts.after !== undefined;
      const form = before && after ? describeFormChange(before, after) : [];
      const sizes = { pre: old.pre, post: args.to, oldSize: spot.size, bytes: kept?.length ?? 0 };
      const notes = [...form, ...(compared || kept === undefined ? [] : [describeSizes(sizes)])];
      return {
        prestate: { resource: spot.resource, pre: old.pre, post: args.to },
        preview: {
          verb: "restore",
          target: shownPath(spot.place),
          risk: riskOf(spot, view.roots, right(args.to), "medium"),
          ...(notes.length === 0 ? {} : { detail: notes.join("\n") }),
          ...(compared ? { before: texts.before ?? "", after: texts.after ?? "" } : {}),
        },
        ...(keep === undefined ? {} : { keep }),
      };
    },
    async probe(_args, raw) {
      const was = prestate.parse(raw);
      return probeFile(backend, was, () => ({
        path: pathOf(placeOfResource(was.resource)),
        sha256: was.post,
      }));
    },
    async invoke(_args, on) {
      const was = prestate.parse(on.prestate);
      const { pre, post } = was;
      if (on.state === undefined) return fault("ESTALE", "It is not what was prepared.");
      const kept = post === "absent" ? undefined : await backend.kept(on.state, post, on.grant);
      if (isFault(kept)) return kept;
      const failed =
        kept === undefined
          ? await backend.remove(on.state, pre, on.grant, on.signal)
          : await backend.write(on.state, kept, pre, on.grant, on.signal);
      if (failed !== undefined) return failed;
      reportEffect(on, was);
      return { path: pathOf(on.state.place), sha256: post };
    },
  });
}
