// Writing a whole file: `fs.write`, and the steps that every write of one file shares.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import type { Usage } from "../../abi/image.ts";
import { quotedName } from "../../abi/quoted.ts";
import {
  define,
  type Operation,
  type OperationSpec,
  type Prepared,
  type View,
} from "../../kernel/operation.ts";
import type { Digests } from "../../kernel/ports.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { FsBackend, Spot } from "./backend.ts";
import {
  describeSizes,
  fileChangeOf,
  MAX_TEXT,
  placeOfResource,
  probeFile,
  reachForWrite,
  readBefore,
  recheckSpot,
  riskOf,
  staleFault,
} from "./change.ts";
import { asksOfChange, type TextChange } from "./asks.ts";
import { needsOf, pathOf, shownPath, withoutPath } from "./path.ts";
import { pathArgument } from "./read.ts";
import { decodeText } from "./text/text.ts";

/** The largest content of one write; larger files are built by programs, not by calls. */
export const MAX_WRITE = 4 * 1024 * 1024;

/** The prestate recorded with the begin of a write; `post` is the digest of the bytes that a person saw. */
export const writePrestate = z.strictObject({
  resource: z.string(),
  pre: z.string(),
  post: z.string(),
  identity: z.string(),
  mode: z.int(),
  bytes: z.int(),
  count: z.int(),
});

/** The cost of a write of one file, read from its prestate. */
export function writeCost(raw: unknown): Pick<Usage, "toolCalls" | "bytesWritten"> {
  return { toolCalls: 1, bytesWritten: writePrestate.safeParse(raw).data?.bytes ?? 0 };
}

const writeInput = z.strictObject({
  path: pathArgument,
  content: z.string().describe("The whole new content."),
});
/** The value of an operation that writes one whole file. */
export const writeResultSchema = z.strictObject({
  path: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  created: z.boolean(),
});

export type WriteResult = z.infer<typeof writeResultSchema>;

/** The bytes of a `content` argument, or why they cannot be written as they are. */
function contentBytes(content: string): Uint8Array | Fault {
  const tooLarge = (size: string): Fault =>
    fault("E2BIG", `content has ${size} bytes; one write holds ${MAX_WRITE}.`, "Write smaller files.");
  // A character has at least one byte, so a text that is too long is never encoded.
  if (content.length > MAX_WRITE) return tooLarge(`at least ${content.length}`);
  if (!content.isWellFormed())
    return fault("EINVAL", "content has half a character in it.", "Send whole characters.");
  const bytes = new TextEncoder().encode(content);
  return bytes.length > MAX_WRITE ? tooLarge(`${bytes.length}`) : bytes;
}

/** The whole texts of a change, of any size, for its asks. */
type Texts = Pick<TextChange, "before" | "after">;

interface ShownWrite {
  readonly verb: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly pre: string;
  readonly post: string;
  readonly oldSize: number;
  readonly bytes: number;
  readonly count: number;
}

/** The prestate, preview and asks of a write of one file, and the copy of its old content. */
export async function prepareWrite(
  backend: FsBackend,
  spot: Spot,
  shown: ShownWrite,
  texts: Texts,
  { roots }: View,
  look: Grant,
): Promise<Prepared | Fault> {
  const { pre, post, bytes, count } = shown;
  const keep = pre === "absent" ? undefined : backend.keeper(spot, "write", pre, look);
  if (isFault(keep)) return keep;
  const sizes = shown.after === undefined || (pre !== "absent" && shown.before === undefined);
  const asks = await asksOfChange(backend, { spot, ...texts }, roots);
  const notes = [
    ...(sizes ? [describeSizes(shown)] : []),
    ...(spot.size > backend.keeps.file
      ? ["The old content is too large to be kept: this cannot be undone."]
      : []),
    ...(spot.names > 1 ? [`The file has ${spot.names} names; the others keep the old content.`] : []),
    ...spot.missing.map((folder) => `Makes the folder ${quotedName(folder)}.`),
  ];
  return {
    prestate: { resource: spot.resource, pre, post, identity: spot.identity, mode: spot.mode, bytes, count },
    preview: {
      title: `${shown.verb} ${shownPath(spot.place)}`,
      target: shownPath(spot.place),
      risk: asks.length > 0 ? "high" : riskOf(spot, roots, "write", pre === "absent" ? "low" : "medium"),
      ...(notes.length === 0 ? {} : { detail: notes.join("\n") }),
      ...(sizes ? {} : { before: shown.before ?? "", after: shown.after ?? "" }),
    },
    ...(keep === undefined ? {} : { keep }),
    ...(asks.length === 0 ? {} : { asks }),
  };
}

/**
 * The part of an operation that writes one whole file. `contentOf` gives the text again at each step. Only
 * the bytes that a person saw are ever written.
 */
export function wholeFileWrite<A extends { readonly path: string }>(
  backend: FsBackend,
  digests: Digests,
  contentOf: (args: A, view: View) => string | Fault,
): Pick<
  OperationSpec<A, WriteResult, Spot>,
  "resolve" | "cost" | "prepare" | "changes" | "probe" | "invoke"
> {
  const wanted = (args: A, view: View): { text: string; bytes: Uint8Array } | Fault => {
    const text = contentOf(args, view);
    if (isFault(text)) return text;
    const bytes = contentBytes(text);
    return isFault(bytes) ? bytes : { text, bytes };
  };
  return {
    cost: (_, prestate) => writeCost(prestate),
    async resolve(args, view, look) {
      const next = wanted(args, view);
      return isFault(next) ? next : reachForWrite(backend, args.path, ["write"], view, look);
    },
    async prepare(args, view, state, look, signal) {
      const spot = await recheckSpot(backend, args.path, "write", state, view, look);
      if (isFault(spot)) return spot;
      const next = wanted(args, view);
      if (isFault(next)) return next;
      const { text, bytes } = next;
      const old = await readBefore(backend, spot, "write", look, signal);
      if (isFault(old)) return old;
      const changed = staleFault(view, spot, old.pre);
      if (changed !== undefined) return changed;
      const before = old.bytes === undefined ? undefined : decodeText(old.bytes)?.text;
      const after = bytes.length > MAX_TEXT ? undefined : text;
      const verb = old.pre === "absent" ? "Create" : "Overwrite";
      const post = digests.sha256(bytes);
      const sizes = { oldSize: spot.size, bytes: bytes.length, count: 1 };
      const shown = { verb, before, after, pre: old.pre, post, ...sizes };
      return prepareWrite(backend, spot, shown, { before, after: text }, view, look);
    },
    changes: fileChangeOf,
    async probe(_args, raw) {
      const was = writePrestate.parse(raw);
      return probeFile(backend, was, (now) => ({
        path: pathOf(placeOfResource(was.resource)),
        sha256: now,
        bytes: was.bytes,
        created: was.pre === "absent",
      }));
    },
    async invoke(args, on) {
      const was = writePrestate.parse(on.prestate);
      const next = wanted(args, on.view);
      if (isFault(next)) return next;
      if (on.state === undefined || digests.sha256(next.bytes) !== was.post)
        return fault("ESTALE", "It is not what was prepared.");
      const failed =
        (await on.learn(was.resource, next.text)) ??
        (await backend.write(on.state, next.bytes, was.pre, on.grant, on.signal));
      if (failed !== undefined) return failed;
      on.saw(was.resource, was.post);
      const path = pathOf(on.state.place);
      return { path, sha256: was.post, bytes: was.bytes, created: was.pre === "absent" };
    },
  };
}

/** Builds `fs.write`. */
export function writeOperation(backend: FsBackend, digests: Digests): Operation {
  return define<z.infer<typeof writeInput>, WriteResult, Spot>({
    name: "fs.write",
    tool: "write_file",
    summary:
      "Write a whole text file as UTF-8, byte for byte; makes missing folders. Use edit_file for small changes.",
    effect: "write",
    idempotent: false,
    names: ["path"],
    input: writeInput,
    output: writeResultSchema,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["write"]),
    ...wholeFileWrite(backend, digests, (args) => args.content),
  });
}
