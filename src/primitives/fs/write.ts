// Changing one file: `fs.write` and `fs.edit`.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
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
import { needsOf, pathOf, withoutPath } from "./path.ts";
import { pathArgument } from "./read.ts";
import { decodeText, replaceBytes } from "./text.ts";

/** The largest content of one write; larger files are built by programs, not by calls. */
const MAX_WRITE = 4 * 1024 * 1024;

/** The prestate recorded with the begin of a write; `post` is the digest of the bytes that a person saw. */
const prestate = z.strictObject({
  resource: z.string(),
  pre: z.string(),
  post: z.string(),
  identity: z.string(),
  mode: z.int(),
  bytes: z.int(),
  count: z.int(),
});

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

const editInput = z.strictObject({
  path: pathArgument,
  old_text: z.string().describe("Exact text to replace; must occur once."),
  new_text: z.string(),
  all: z.boolean().optional().describe("Replace every occurrence."),
});
const editOutput = z.strictObject({
  path: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  replaced: z.int(),
});

/** The bytes of a `content` argument, or why they cannot be written as they are. */
function contentBytes(content: string): Uint8Array | Fault {
  if (!content.isWellFormed())
    return fault("EINVAL", "content has half a character in it.", "Send whole characters.");
  const bytes = new TextEncoder().encode(content);
  return bytes.length > MAX_WRITE
    ? fault(
        "E2BIG",
        `content has ${bytes.length} bytes; one write holds ${MAX_WRITE}.`,
        "Write smaller files.",
      )
    : bytes;
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

async function prepareWrite(
  backend: FsBackend,
  spot: Spot,
  shown: ShownWrite,
  texts: Texts,
  look: Grant,
): Promise<Prepared | Fault> {
  const { pre, post, bytes, count } = shown;
  const keep = pre === "absent" ? undefined : backend.keeper(spot, "write", pre, look);
  if (isFault(keep)) return keep;
  const sizes = shown.after === undefined || (pre !== "absent" && shown.before === undefined);
  const asks = await asksOfChange(backend, { spot, ...texts });
  const notes = [
    ...(sizes ? [describeSizes(shown)] : []),
    ...(spot.size > backend.keeps.file
      ? ["The old content is too large to be kept: this cannot be undone."]
      : []),
    ...(spot.names > 1 ? [`The file has ${spot.names} names; the others keep the old content.`] : []),
    ...spot.missing.map((folder) => `Makes the folder ${folder}.`),
  ];
  return {
    prestate: { resource: spot.resource, pre, post, identity: spot.identity, mode: spot.mode, bytes, count },
    preview: {
      title: `${shown.verb} ${pathOf(spot.place)}`,
      target: pathOf(spot.place),
      risk: asks.length > 0 ? "high" : riskOf(spot, "write", pre === "absent" ? "low" : "medium"),
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
): Pick<OperationSpec<A, WriteResult, Spot>, "resolve" | "prepare" | "changes" | "probe" | "invoke"> {
  const wanted = (args: A, view: View): { text: string; bytes: Uint8Array } | Fault => {
    const text = contentOf(args, view);
    if (isFault(text)) return text;
    const bytes = contentBytes(text);
    return isFault(bytes) ? bytes : { text, bytes };
  };
  return {
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
      return prepareWrite(backend, spot, shown, { before, after: text }, look);
    },
    changes: fileChangeOf,
    async probe(_args, raw) {
      const was = prestate.parse(raw);
      return probeFile(backend, was, (now) => ({
        path: pathOf(placeOfResource(was.resource)),
        sha256: now,
        bytes: was.bytes,
        created: was.pre === "absent",
      }));
    },
    async invoke(args, on) {
      const was = prestate.parse(on.prestate);
      const next = wanted(args, on.view);
      if (isFault(next)) return next;
      if (on.state === undefined || digests.sha256(next.bytes) !== was.post)
        return fault("ESTALE", "It is not what was prepared.");
      const failed = await backend.write(on.state, next.bytes, was.pre, on.grant, on.signal);
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
    input: writeInput,
    output: writeResultSchema,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["write"]),
    ...wholeFileWrite(backend, digests, (args) => args.content),
  });
}

/** Reads and replaces. It also runs at the effect, which must come out exactly as it was shown. */
async function editFile(
  backend: FsBackend,
  args: z.infer<typeof editInput>,
  spot: Spot,
  grant: Grant,
  signal: AbortSignal,
  expected?: string,
): Promise<{ bytes: Uint8Array; before: string; after: string; count: number; pre: string } | Fault> {
  if (!args.new_text.isWellFormed())
    return fault("EINVAL", "new_text has half a character in it.", "Send whole characters.");
  const old = await backend.content(spot, "read", MAX_WRITE, grant, signal);
  if (isFault(old)) return old;
  if (expected !== undefined && old.sha256 !== expected) {
    return fault("ESTALE", `${spot.resource} changed since it was looked at.`, "Read it again, then repeat.");
  }
  const next = replaceBytes(old.bytes, args.old_text, args.new_text, args.all === true);
  if (isFault(next)) return { ...next, message: `${spot.resource}: ${next.message}` };
  return { ...next, pre: old.sha256 };
}

/** Builds `fs.edit`. */
export function editOperation(backend: FsBackend, digests: Digests): Operation {
  return define<z.infer<typeof editInput>, z.infer<typeof editOutput>, Spot>({
    name: "fs.edit",
    tool: "edit_file",
    summary:
      "Replace exact text in a UTF-8 file. old_text must occur once, or pass all. Line ends and mode are kept.",
    effect: "write",
    idempotent: false,
    input: editInput,
    output: editOutput,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["read", "write"]),
    resolve: (args, view: View, look) => reachForWrite(backend, args.path, ["read", "write"], view, look),
    async prepare(args, view, state, look, signal) {
      const spot = await recheckSpot(backend, args.path, "read", state, view, look);
      if (isFault(spot)) return spot;
      if (spot.kind === "absent")
        return fault("ENOENT", `${spot.resource} is not there.`, "Use write_file to create it.");
      const old = await readBefore(backend, spot, "read", look, signal);
      if (isFault(old)) return old;
      const changed = staleFault(view, spot, old.pre);
      if (changed !== undefined) return changed;
      const next = await editFile(backend, args, spot, look, signal);
      if (isFault(next)) return next;
      const post = digests.sha256(next.bytes);
      const { pre, count } = next;
      const texts =
        spot.size <= MAX_TEXT && next.bytes.length <= MAX_TEXT
          ? next
          : { before: undefined, after: undefined };
      const { before, after } = texts;
      const sizes = { oldSize: spot.size, bytes: next.bytes.length, count };
      const shown = { verb: "Edit", before, after, pre, post, ...sizes };
      return prepareWrite(backend, spot, shown, next, look);
    },
    changes: fileChangeOf,
    async probe(_args, raw) {
      const was = prestate.parse(raw);
      return probeFile(backend, was, (now) => ({
        path: pathOf(placeOfResource(was.resource)),
        sha256: now,
        bytes: was.bytes,
        replaced: was.count,
      }));
    },
    async invoke(args, on) {
      const was = prestate.parse(on.prestate);
      if (on.state === undefined) return fault("ESTALE", "It is not what was prepared.");
      const next = await editFile(backend, args, on.state, on.grant, on.signal, was.pre);
      if (isFault(next)) return next;
      if (digests.sha256(next.bytes) !== was.post) return fault("ESTALE", "It is not what was prepared.");
      const failed = await backend.write(on.state, next.bytes, was.pre, on.grant, on.signal);
      if (failed !== undefined) return failed;
      on.saw(was.resource, was.post);
      return { path: pathOf(on.state.place), sha256: was.post, bytes: was.bytes, replaced: was.count };
    },
  });
}
