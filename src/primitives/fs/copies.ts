// Copies: `fs.restore` brings a file back from the copies that changes leave, and `fs.put` puts there what a command made
// of it. Bytes lie among the copies by digest, never in the record. No image lists them.
import * as z from "zod";
import { fault, isFault } from "../../abi/errors.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import { asksOfChange } from "./asks.ts";
import type { FsBackend, Spot } from "./backend.ts";
import {
  noteSizes,
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
import { fsNote } from "./classes/notes.ts";
import { noteFormChange } from "./text/shape.ts";
import { isText, textAt } from "./text/text.ts";
import { modeOf } from "./whole.ts";

const digest = z.string().regex(/^(?:[0-9a-f]{64}|absent)$/u);

const copyInput = z.strictObject({
  path: pathArgument,
  from: digest.describe("SHA-256 of what must stand there now, or absent."),
  to: digest.describe("SHA-256 of what shall stand there, or absent."),
  executable: z.boolean().optional().describe("Whether it may be run as a program; as it was if left out."),
});
type CopyArguments = z.infer<typeof copyInput>;

const copyOutput = z.strictObject({ path: z.string(), sha256: z.string() });

const prestate = z.strictObject({
  ...{ resource: z.string(), pre: z.string(), post: z.string() },
  ...{ bytes: z.int().default(0), executable: z.boolean().optional(), mode: z.int().optional() },
});

/** The parts by which the two operations differ. */
interface Copying {
  readonly name: string;
  readonly summary: string;
  /** The action in a preview. */
  readonly verb: (change: { readonly pre: string; readonly post: string }) => string;
}

/** Builds `fs.restore`. */
export function restoreOperation(backend: FsBackend): Operation {
  return copyOperation(backend, {
    name: "fs.restore",
    summary: "Make a file what it was before a change, if nobody changed it since.",
    verb: () => "restore",
  });
}

/** Builds `fs.put`. */
export function putFileOperation(backend: FsBackend): Operation {
  return copyOperation(backend, {
    name: "fs.put",
    summary: "Make a file what a command made of it, if nobody changed it since.",
    verb: ({ pre, post }) => (post === "absent" ? "delete" : pre === "absent" ? "create" : "edit"),
  });
}

function copyOperation(backend: FsBackend, { name, summary, verb }: Copying): Operation {
  const right = (to: string): "write" | "delete" => (to === "absent" ? "delete" : "write");
  return define<CopyArguments, z.infer<typeof copyOutput>, Spot>({
    ...{ name, summary, input: copyInput, output: copyOutput },
    effect: "write",
    idempotent: false,
    names: ["path", "from", "to"],
    content: withoutPath,
    // The call that makes this one has paid. The bytes are counted as those of any write.
    cost: (_args, raw) => ({ toolCalls: 0, bytesWritten: prestate.safeParse(raw).data?.bytes ?? 0 }),
    needs: (args, view) => needsOf(args.path, view, [right(args.to)]),
    // The path is a name that was there, and no model wrote it: no look-alike is meant by it.
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
      const form = before && after ? noteFormChange(before, after) : [];
      const sizes = { pre: old.pre, post: args.to, oldSize: spot.size, bytes: kept?.length ?? 0 };
      const was = old.pre !== "absent" && (spot.mode & 0o111) !== 0;
      const executable = args.executable === was ? undefined : args.executable;
      const became = executable === true ? { ...spot, kind: "file" as const, mode: spot.mode | 0o111 } : spot;
      const turned = executable === undefined ? [] : [fsNote(executable ? "runnable" : "notRunnable")];
      const notes = [...form, ...(compared || kept === undefined ? [] : noteSizes(sizes)), ...turned];
      return {
        prestate: {
          ...{ resource: spot.resource, pre: old.pre, post: args.to, bytes: kept?.length ?? 0 },
          ...(executable === undefined ? {} : { executable }),
          ...modeOf(spot),
        },
        asks: args.to === "absent" ? [] : await asksOfChange(backend, { spot: became, ...texts }, view.roots),
        preview: {
          verb: verb({ pre: old.pre, post: args.to }),
          target: shownPath(spot.place),
          risk: riskOf(spot, view.roots, right(args.to), "medium"),
          ...(notes.length === 0 ? {} : { notes }),
          ...(compared ? { before: texts.before ?? "", after: texts.after ?? "" } : {}),
        },
        ...(keep === undefined ? {} : { keep }),
      };
    },
    async probe(_args, raw) {
      const was = prestate.parse(raw);
      // Its content does not tell whether it was made a program; to do that twice is to do it once.
      if (was.pre === was.post) return { state: "not-started" };
      return probeFile(backend, was, () => ({
        path: pathOf(placeOfResource(was.resource)),
        sha256: was.post,
      }));
    },
    async invoke(_args, on) {
      const was = prestate.parse(on.prestate);
      const { pre, post, executable } = was;
      if (on.state === undefined) return fault("ESTALE", "It is not what was prepared.");
      const kept = post === "absent" ? undefined : await backend.kept(on.state, post, on.grant);
      if (isFault(kept)) return kept;
      const failed =
        kept === undefined
          ? await backend.remove(on.state, pre, on.grant, on.signal)
          : await backend.write(on.state, kept, pre, on.grant, on.signal, executable);
      if (failed !== undefined) return failed;
      reportEffect(on, was);
      return { path: pathOf(on.state.place), sha256: post };
    },
  });
}
