// Writing a whole file: `fs.write`, and the steps that every write of one file shares.
import type { Note } from "../../abi/question.ts";
import { fsNote } from "./classes/notes.ts";
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import type { Usage } from "../../abi/image.ts";
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
  MAX_TEXT,
  noteFolders,
  noteSizes,
  placeOfResource,
  probeFile,
  reachForWrite,
  readBefore,
  recheckSpot,
  reportEffect,
  riskOf,
  staleFault,
} from "./change.ts";
import { asksOfChange, type TextChange } from "./asks.ts";
import { needsOf, pathOf, shownPath, withoutPath } from "./path.ts";
import { pathArgument } from "./read.ts";
import type { NoText } from "./text/form.ts";
import { formOfText, shapeText, type OldText, type ShapedText, type WantedText } from "./text/shape.ts";
import { isText, likelyAt } from "./text/text.ts";

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
  content: z.string(),
  encoding: z.string().optional().describe("Only to change it, e.g. utf-8."),
  line_ends: z.enum(["lf", "crlf"]).optional(),
});
/** The value of an operation that writes one whole file. */
export const writeResultSchema = z.strictObject({
  path: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  created: z.boolean(),
  /** The form that the text was given, where that is not the one of `content`. */
  note: z.string().optional(),
});

export type WriteResult = z.infer<typeof writeResultSchema>;

function tooLarge(size: string): Fault {
  return fault("E2BIG", `content has ${size} bytes; one write holds ${MAX_WRITE}.`, "Write smaller files.");
}

/** The reason why a `content` argument cannot be written. */
function refuseContent(content: string): Fault | undefined {
  // A character has at least one byte, so a text that is too long is never encoded.
  if (content.length > MAX_WRITE) return tooLarge(`at least ${content.length}`);
  if (!content.isWellFormed())
    return fault("EINVAL", "content has half a character in it.", "Send whole characters.");
  const { length } = new TextEncoder().encode(content);
  return length > MAX_WRITE ? tooLarge(`${length}`) : undefined;
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
  /** The changes of encoding, mark and line ends, which a comparison of texts does not show. */
  readonly form: readonly Note[];
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
    ...shown.form,
    ...(sizes ? noteSizes(shown) : []),
    ...(spot.size > backend.keeps.file ? [fsNote("notKept")] : []),
    ...(spot.names > 1 ? [fsNote("manyNames", spot.names)] : []),
    ...noteFolders(spot),
  ];
  return {
    prestate: { resource: spot.resource, pre, post, identity: spot.identity, mode: spot.mode, bytes, count },
    preview: {
      verb: shown.verb,
      target: shownPath(spot.place),
      risk: asks.length > 0 ? "high" : riskOf(spot, roots, "write", pre === "absent" ? "low" : "medium"),
      ...(notes.length === 0 ? {} : { notes }),
      ...(sizes ? {} : { before: shown.before ?? "", after: shown.after ?? "" }),
    },
    ...(keep === undefined ? {} : { keep }),
    ...(asks.length === 0 ? {} : { asks }),
  };
}

/** The form of the file that a write replaces; undefined when nothing is there, and the reason when it is no text. */
async function formBefore(
  backend: FsBackend,
  spot: Spot,
  bytes: Uint8Array | undefined,
  grant: Grant,
  signal: AbortSignal,
): Promise<OldText | NoText | Fault | undefined> {
  if (spot.kind === "absent") return undefined;
  const likely = likelyAt(backend, spot.place, grant);
  if (bytes === undefined) return backend.form(spot, "write", likely, grant, signal);
  const decoded = await backend.decode(bytes, likely);
  return isText(decoded) ? formOfText(decoded.text, decoded.encoding) : decoded;
}

/** The bytes that a wanted text becomes at a spot, and the text that they replace. */
async function shapeAt(
  backend: FsBackend,
  spot: Spot,
  wanted: WantedText,
  bytes: Uint8Array | undefined,
  grant: Grant,
  signal: AbortSignal,
): Promise<(ShapedText & { readonly before: string | undefined }) | Fault> {
  const old = await formBefore(backend, spot, bytes, grant, signal);
  if (isFault(old)) return old;
  const form = old === undefined || "why" in old ? undefined : old;
  const shaped = await shapeText(backend, spot, wanted, form, grant);
  if (isFault(shaped)) return shaped;
  if (shaped.bytes.length > MAX_WRITE) return tooLarge(`${shaped.bytes.length}`);
  const replaced = old !== undefined && "why" in old ? [fsNote("textForNoText")] : [];
  return { ...shaped, changes: [...replaced, ...shaped.changes], before: form?.text };
}

/**
 * The part of an operation that writes one whole file. `contentOf` gives the text again at each step, and the form of
 * the file is found again. Only the bytes that a person saw are ever written.
 */
export function wholeFileWrite<A extends { readonly path: string }>(
  backend: FsBackend,
  digests: Digests,
  contentOf: (args: A, view: View) => WantedText | Fault | Promise<WantedText | Fault>,
): Pick<OperationSpec<A, WriteResult, Spot>, "resolve" | "cost" | "prepare" | "probe" | "invoke"> {
  const textOf = async (args: A, view: View): Promise<WantedText | Fault> => {
    const wanted = await contentOf(args, view);
    return isFault(wanted) ? wanted : (refuseContent(wanted.text) ?? wanted);
  };
  return {
    cost: (_, prestate) => writeCost(prestate),
    async resolve(args, view, look) {
      const next = await textOf(args, view);
      return isFault(next) ? next : reachForWrite(backend, args.path, ["write"], view, look);
    },
    async prepare(args, view, state, look, signal) {
      const spot = await recheckSpot(backend, args.path, "write", state, view, look);
      if (isFault(spot)) return spot;
      const wanted = await textOf(args, view);
      if (isFault(wanted)) return wanted;
      const old = await readBefore(backend, spot, "write", look, signal);
      if (isFault(old)) return old;
      const changed = staleFault(view, spot, old.pre);
      if (changed !== undefined) return changed;
      const next = await shapeAt(backend, spot, wanted, old.bytes, look, signal);
      if (isFault(next)) return next;
      const { text, bytes, before, changes: form } = next;
      const after = bytes.length > MAX_TEXT ? undefined : text;
      const verb = old.pre === "absent" ? "create" : "overwrite";
      const post = digests.sha256(bytes);
      const sizes = { oldSize: spot.size, bytes: bytes.length, count: 1 };
      const shown = { verb, before, after, pre: old.pre, post, form, ...sizes };
      return prepareWrite(backend, spot, shown, { before, after: text }, view, look);
    },
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
      const wanted = await textOf(args, on.view);
      if (isFault(wanted)) return wanted;
      const spot = on.state;
      if (spot === undefined) return fault("ESTALE", "It is not what was prepared.");
      const old = await readBefore(backend, spot, "write", on.grant, on.signal);
      if (isFault(old)) return old;
      const next = await shapeAt(backend, spot, wanted, old.bytes, on.grant, on.signal);
      if (isFault(next)) return next;
      if (digests.sha256(next.bytes) !== was.post) return fault("ESTALE", "It is not what was prepared.");
      const failed =
        (await on.learn(was.resource, next.text)) ??
        (await backend.write(spot, next.bytes, was.pre, on.grant, on.signal));
      if (failed !== undefined) return failed;
      reportEffect(on, was);
      const path = pathOf(spot.place);
      const note = next.kept.length === 0 ? {} : { note: next.kept.join(" ") };
      return { path, sha256: was.post, bytes: was.bytes, created: was.pre === "absent", ...note };
    },
  };
}

/** Builds `fs.write`. */
export function writeOperation(backend: FsBackend, digests: Digests): Operation {
  return define<z.infer<typeof writeInput>, WriteResult, Spot>({
    name: "fs.write",
    tool: "write_file",
    summary:
      "Write a whole text file; makes missing folders. Encoding and line ends are kept. Use edit_file for small changes.",
    effect: "write",
    idempotent: false,
    names: ["path"],
    input: writeInput,
    output: writeResultSchema,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["write"]),
    ...wholeFileWrite(backend, digests, ({ content, encoding, line_ends }) => ({
      text: content,
      encoding,
      ends: line_ends,
    })),
  });
}
