// Editing one file: `fs.edit` replaces exact text, and bounds the result before it makes it.
import type { Note } from "../../abi/question.ts";
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { define, type Operation, type View } from "../../kernel/operation.ts";
import type { Digests } from "../../kernel/ports.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { FsBackend, Spot } from "./backend.ts";
import {
  MAX_TEXT,
  placeOfResource,
  probeFile,
  reachForWrite,
  readBefore,
  recheckSpot,
  reportEffect,
  staleFault,
} from "./change.ts";
import type { HeavyReads } from "./heavy.ts";
import { needsOf, pathOf, withoutPath } from "./path.ts";
import { pathArgument } from "./read.ts";
import { noteEndsChange } from "./text/ends.ts";
import { replaceText } from "./text/replace.ts";
import { noteNamed } from "./text/shape.ts";
import { encodeText, encodingAfter, isAscii, isText, noTextFault, textAt } from "./text/text.ts";
import { MAX_WRITE, prepareWrite, writeCost, writePrestate } from "./write.ts";

/** Files up to this size are edited at once; larger ones one after the other, because each needs many times its size. */
const LIGHT = 128 * 1024;

const editInput = z.strictObject({
  path: pathArgument,
  old_text: z.string(),
  new_text: z.string(),
  all: z.boolean().optional().describe("Replace every occurrence."),
});
const editOutput = z.strictObject({
  path: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  replaced: z.int(),
});

interface Edited {
  readonly bytes: Uint8Array;
  readonly before: string;
  readonly after: string;
  readonly count: number;
  readonly pre: string;
  /** The changes of encoding, mark and line ends, in sentences. */
  readonly form: readonly Note[];
}

/** Reads and replaces. It also runs at the effect, which must come out exactly as it was shown. */
async function editFile(
  backend: FsBackend,
  args: z.infer<typeof editInput>,
  spot: Spot,
  grant: Grant,
  signal: AbortSignal,
  expected?: string,
): Promise<Edited | Fault> {
  const half = (["old_text", "new_text"] as const).find((name) => !args[name].isWellFormed());
  if (half !== undefined)
    return fault("EINVAL", `${half} has half a character in it.`, "Send whole characters.");
  const old = await backend.content(spot, "read", MAX_WRITE, grant, signal);
  if (isFault(old)) return old;
  if (expected !== undefined && old.sha256 !== expected) {
    return fault("ESTALE", `${spot.resource} changed since it was looked at.`, "Read it again, then repeat.");
  }
  const { place, resource } = spot;
  const decoded = await textAt(backend, place, old.bytes, grant);
  if (!isText(decoded)) return noTextFault(resource, decoded, old.size, old.sha256);
  const { text: before, encoding } = decoded;
  const { old_text: wanted, new_text: instead, all = false } = args;
  const within = { max: MAX_WRITE, breath: backend.breath() };
  const next = await replaceText(before, { wanted, instead, all }, within);
  if (isFault(next)) return { ...next, message: `${resource}: ${next.message}` };
  const { text: after, count } = next;
  const then = await encodingAfter(backend, place, { encoding, ascii: isAscii(before) }, after, grant);
  const bytes = await encodeText(backend, resource, after, then);
  if (isFault(bytes)) return bytes;
  if (bytes.length > MAX_WRITE)
    return fault(
      "E2BIG",
      `${resource} would have ${bytes.length} bytes; ${MAX_WRITE} are edited.`,
      "Replace less.",
    );
  const form = [...(then === encoding ? [] : noteNamed(then, true)), ...noteEndsChange(before, after)];
  return { bytes, before, after, count, pre: old.sha256, form };
}

/** Builds `fs.edit`. */
export function editOperation(backend: FsBackend, digests: Digests, heavy: HeavyReads): Operation {
  const edited = (
    args: z.infer<typeof editInput>,
    spot: Spot,
    grant: Grant,
    signal: AbortSignal,
    expected?: string,
  ): Promise<Edited | Fault> => {
    const work = (): Promise<Edited | Fault> => editFile(backend, args, spot, grant, signal, expected);
    return spot.size > LIGHT ? heavy.run(grant.pid, signal, work) : work();
  };
  return define<z.infer<typeof editInput>, z.infer<typeof editOutput>, Spot>({
    name: "fs.edit",
    tool: "edit_file",
    summary:
      "Replace exact text in a file. old_text must occur once, or pass all. Encoding, line ends and mode stay.",
    effect: "write",
    idempotent: false,
    names: ["path"],
    input: editInput,
    output: editOutput,
    content: withoutPath,
    needs: (args, view) => needsOf(args.path, view, ["read", "write"]),
    cost: (_, prestate) => writeCost(prestate),
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
      const next = await edited(args, spot, look, signal);
      if (isFault(next)) return next;
      const post = digests.sha256(next.bytes);
      const { pre, count, form } = next;
      const texts =
        spot.size <= MAX_TEXT && next.bytes.length <= MAX_TEXT
          ? next
          : { before: undefined, after: undefined };
      const { before, after } = texts;
      const shown = {
        verb: "edit",
        before,
        after,
        pre,
        post,
        oldSize: spot.size,
        bytes: next.bytes.length,
        count,
        form,
      };
      return prepareWrite(backend, spot, shown, next, view, look);
    },
    async probe(_args, raw) {
      const was = writePrestate.parse(raw);
      return probeFile(backend, was, (now) => ({
        path: pathOf(placeOfResource(was.resource)),
        sha256: now,
        bytes: was.bytes,
        replaced: was.count,
      }));
    },
    async invoke(args, on) {
      const was = writePrestate.parse(on.prestate);
      if (on.state === undefined) return fault("ESTALE", "It is not what was prepared.");
      const next = await edited(args, on.state, on.grant, on.signal, was.pre);
      if (isFault(next)) return next;
      if (digests.sha256(next.bytes) !== was.post) return fault("ESTALE", "It is not what was prepared.");
      const failed =
        (await on.learn(was.resource, next.before)) ??
        (await on.learn(was.resource, next.after)) ??
        (await backend.write(on.state, next.bytes, was.pre, on.grant, on.signal));
      if (failed !== undefined) return failed;
      reportEffect(on, was);
      return { path: pathOf(on.state.place), sha256: was.post, bytes: was.bytes, replaced: was.count };
    },
  });
}
