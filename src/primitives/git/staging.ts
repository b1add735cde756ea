// Staging and committing: `git.add` and `git.commit`. The tree that a person sees is the tree that is made.
import { gitNote } from "./notes.ts";
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { fileNeeds } from "../../abi/resource.ts";
import { define, type Operation, type View } from "../../kernel/operation.ts";
import type { GitBackend, Committing, Staging } from "./backend.ts";
import { filesLine, hooksNote, here, verbNeed } from "./needs.ts";
import { pathsArgument, locateAll, withPlaces } from "./reading.ts";

const changed = fault(
  "ESTALE",
  "It changed since it was looked at.",
  "Look with git_status, then try again.",
);

const addInput = z.strictObject({ paths: pathsArgument });
const addOutput = z.strictObject({ staged: z.int(), note: z.string().optional() });
const addPrestate = z.strictObject({
  before: z.string(),
  after: z.string(),
  staged: z.int(),
  skipped: z.int(),
});

/** What is told of the files of a folder that were left out. */
function skippedText(skipped: number): string {
  return `${skipped} changed files were left out: reading them asks, or is not allowed. Name one to ask.`;
}

/** Builds `git.add`. */
export function addOperation(backend: GitBackend): Operation {
  const plan = async (
    args: z.infer<typeof addInput>,
    view: View,
    ...by: [Parameters<GitBackend["planStage"]>[2], AbortSignal]
  ): Promise<Staging | Fault> => {
    const places = locateAll(args.paths, view);
    return isFault(places) ? places : backend.planStage(here(view), places, ...by);
  };
  return define<z.infer<typeof addInput>, z.infer<typeof addOutput>, Staging>({
    name: "git.add",
    tool: "git_add",
    summary: "Stage files, or all in folders.",
    deferred: true,
    effect: "write",
    idempotent: false,
    names: ["paths"],
    input: addInput,
    output: addOutput,
    content: () => null,
    needs: ({ paths }, view) => withPlaces(paths, view, verbNeed(view, "write", "add")),
    async resolve(args, view, look, signal) {
      const state = await plan(args, view, look, signal);
      return isFault(state) ? state : { needs: fileNeeds(state.files, true), state };
    },
    async prepare(args, view, state, look, signal) {
      const now = await plan(args, view, look, signal);
      if (isFault(now)) return now;
      if (now.before !== state?.before || now.after !== state.after) return changed;
      const { before, after, skipped, files, diff } = now;
      return {
        prestate: { before, after, staged: files.length, skipped },
        preview: {
          verb: "stage",
          target: filesLine(files),
          risk: "low",
          ...(skipped === 0 ? {} : { notes: [gitNote("skipped", skipped)] }),
          before: "",
          after: diff,
        },
      };
    },
    async probe(_, raw, view) {
      const was = addPrestate.parse(raw);
      const now = await backend.refs(here(view));
      if (isFault(now)) return { state: "unknown", detail: now.message };
      if (now.index === was.after) return { state: "done", value: stagedValue(was) };
      if (now.index === was.before) return { state: "not-started" };
      return { state: "unknown", detail: "the index is neither as before nor as after" };
    },
    async invoke({ paths }, on) {
      const was = addPrestate.parse(on.prestate);
      const places = locateAll(paths, on.view);
      if (isFault(places)) return places;
      const failed = await backend.stage(here(on.view), places, was, on.grant, on.signal);
      return failed ?? stagedValue(was);
    },
  });
}

function stagedValue({ staged, skipped }: z.infer<typeof addPrestate>): z.infer<typeof addOutput> {
  return { staged, ...(skipped === 0 ? {} : { note: skippedText(skipped) }) };
}

const commitInput = z.strictObject({
  message: z.string().max(20_000),
  paths: pathsArgument.optional(),
});
const commitOutput = z.strictObject({ commit: z.string() });
const commitPrestate = z.strictObject({
  head: z.string().optional(),
  branch: z.string().optional(),
  tree: z.string(),
});

/** The message, with a last line that says which agent of which record it comes from unless a person wants none. */
function signed(message: string, { image, pid }: View, origin: string | undefined): string | Fault {
  const plain = message.replace(/[^\S\n]+$/gmu, "").trim();
  if (plain === "" || plain.includes("\0") || !plain.isWellFormed())
    return fault("EINVAL", "The message is empty or no text.", "Say in a line what the commit does.");
  const line = origin === undefined ? "" : `\nAgent-libOS: ${image}, process ${pid} of journal ${origin}\n`;
  return `${plain}\n${line}`;
}

/** Builds `git.commit`. Hooks do not run, and nothing signs it. */
export function commitOperation(backend: GitBackend): Operation {
  const plan = async (
    args: z.infer<typeof commitInput>,
    view: View,
    ...by: [Parameters<GitBackend["planCommit"]>[2], AbortSignal]
  ): Promise<Committing | Fault> => {
    const message = signed(args.message, view, backend.origin);
    if (isFault(message)) return message;
    const places = locateAll(args.paths ?? [], view);
    return isFault(places) ? places : backend.planCommit(here(view), places, ...by);
  };
  return define<z.infer<typeof commitInput>, z.infer<typeof commitOutput>, Committing>({
    name: "git.commit",
    tool: "git_commit",
    summary: "Commit what is staged, or these paths as they are now.",
    deferred: true,
    effect: "write",
    idempotent: false,
    names: ["paths"],
    input: commitInput,
    output: commitOutput,
    content: ({ message }) => ({ message }),
    needs: ({ paths = [] }, view) => withPlaces(paths, view, verbNeed(view, "write", "commit")),
    async resolve(args, view, look, signal) {
      const state = await plan(args, view, look, signal);
      return isFault(state) ? state : { needs: fileNeeds(state.files, true), state };
    },
    async prepare(args, view, state, look, signal) {
      const now = await plan(args, view, look, signal);
      if (isFault(now)) return now;
      const { head, branch, tree, files, diff, author, hooks } = now;
      if (tree !== state?.tree || head !== state.head || branch !== state.branch) return changed;
      return {
        prestate: {
          ...(head === undefined ? {} : { head }),
          ...(branch === undefined ? {} : { branch }),
          tree,
        },
        preview: {
          verb: "commit",
          target: branch ?? "HEAD",
          risk: "medium",
          detail: args.message,
          notes: [gitNote("author", author, filesLine(files)), ...hooksNote(hooks)],
          before: "",
          after: diff,
        },
      };
    },
    async probe(_, raw, view) {
      const was = commitPrestate.parse(raw);
      const now = await backend.refs(here(view));
      if (isFault(now)) return { state: "unknown", detail: now.message };
      if (now.head === was.head) return { state: "not-started" };
      if (now.tree === was.tree && now.parent === was.head && now.head !== undefined)
        return { state: "done", value: { commit: now.head } };
      return { state: "unknown", detail: "HEAD is neither the commit before nor one with this tree on it" };
    },
    async invoke({ message, paths = [] }, on) {
      const was = commitPrestate.parse(on.prestate);
      const text = signed(message, on.view, backend.origin);
      if (isFault(text)) return text;
      const places = locateAll(paths, on.view);
      if (isFault(places)) return places;
      const made = await backend.commit(here(on.view), places, was, text, on.grant, on.signal);
      return isFault(made) ? made : { commit: made };
    },
  });
}
