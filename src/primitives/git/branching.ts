// Branches: `git.branch` and `git.switch`. Deleting a branch is asked for each time, because commits can get lost with it.
import { gitNote, gitReason } from "./notes.ts";
import * as z from "zod";
import { fault, isFault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { fileNeeds } from "../../abi/resource.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { BranchChange, GitBackend, Switching } from "./backend.ts";
import { filesLine, hooksNote, here, verbNeed } from "./needs.ts";

const moved = fault(
  "ESTALE",
  "A branch has moved since it was looked at.",
  "Look with git_branch, then try again.",
);

const name = z.string().max(4096);
const branchInput = z.strictObject({
  name: name.optional().describe("Without it, all branches are listed."),
  from: z.string().max(4096).optional().describe("The commit it begins at; else HEAD."),
  delete: z.boolean().optional(),
});
const branchOutput = z.strictObject({
  current: z.string().optional(),
  branches: z.array(z.strictObject({ name: z.string(), commit: z.string() })),
});
const branchPrestate = z.strictObject({ before: z.string().optional(), after: z.string().optional() });

/** Builds `git.branch`: it lists branches, makes one or deletes one, and switches to none. */
export function branchOperation(backend: GitBackend): Operation {
  return define<z.infer<typeof branchInput>, z.infer<typeof branchOutput>, BranchChange>({
    name: "git.branch",
    tool: "git_branch",
    summary: "List branches, or make or delete one.",
    deferred: true,
    effect: "write",
    idempotent: false,
    input: branchInput,
    output: branchOutput,
    needs: (args, view) => [verbNeed(view, args.name === undefined ? "read" : "write", "branch")],
    async resolve(args, view, look, signal) {
      if (args.name === undefined) return { needs: [], state: {} };
      const change = { from: args.from, delete: args.delete === true };
      const state = await backend.planBranch(here(view), args.name, change, look, signal);
      return isFault(state) ? state : { needs: [], state };
    },
    async prepare(args, view, state, look, signal) {
      if (args.name === undefined)
        return { prestate: {}, preview: { target: verbNeed(view, "read", "branch").resource, risk: "low" } };
      const change = { from: args.from, delete: args.delete === true };
      const now = await backend.planBranch(here(view), args.name, change, look, signal);
      if (isFault(now)) return now;
      const { before, after } = now;
      if (before !== state?.before || after !== state?.after) return moved;
      const need = verbNeed(view, "write", "branch");
      const reason = gitReason("unbranch");
      return {
        prestate: {
          ...(before === undefined ? {} : { before }),
          ...(after === undefined ? {} : { after }),
        },
        preview: {
          verb: change.delete ? "unbranch" : "branch",
          target: quotedName(args.name),
          risk: change.delete ? "high" : "low",
          notes: [gitNote(change.delete ? "stands" : "begins", before ?? after ?? "HEAD")],
        },
        ...(change.delete ? { asks: [{ id: "unbranch", need, ...reason, once: true, secret: false }] } : {}),
      };
    },
    async probe(args, raw, view) {
      const was = branchPrestate.parse(raw);
      const now = await backend.refs(here(view));
      if (isFault(now)) return { state: "unknown", detail: now.message };
      const is = now.all.get(`refs/heads/${args.name ?? ""}`);
      if (args.name !== undefined && is === was.after)
        return {
          state: "done",
          value: { branches: is === undefined ? [] : [{ name: args.name, commit: is }] },
        };
      if (is === was.before) return { state: "not-started" };
      return { state: "unknown", detail: "the branch stands somewhere else" };
    },
    async invoke(args, on) {
      const at = here(on.view);
      if (args.name === undefined) {
        const found = await backend.branches(at, on.grant, on.signal);
        return isFault(found) ? found : { ...found, branches: [...found.branches] };
      }
      const was = branchPrestate.parse(on.prestate);
      const failed = await backend.changeBranch(at, args.name, was, on.grant, on.signal);
      const { after } = was;
      return failed ?? { branches: after === undefined ? [] : [{ name: args.name, commit: after }] };
    },
  });
}

const switchInput = z.strictObject({ branch: name, create: z.boolean().optional() });
const switchOutput = z.strictObject({ branch: z.string(), commit: z.string(), changed: z.int() });
const switchPrestate = z.strictObject({
  from: z.string().optional(),
  branch: z.string().optional(),
  commit: z.string(),
  creates: z.boolean(),
  changed: z.int(),
});

/** Builds `git.switch`. The files that it changes in the work tree are decided like any other change. */
export function switchOperation(backend: GitBackend): Operation {
  return define<z.infer<typeof switchInput>, z.infer<typeof switchOutput>, Switching>({
    name: "git.switch",
    tool: "git_switch",
    summary:
      "Switch to a branch, or with create make one here and switch to it. Needs a tree without changes.",
    deferred: true,
    effect: "write",
    idempotent: false,
    alone: true,
    input: switchInput,
    output: switchOutput,
    needs: (_, view) => [verbNeed(view, "write", "switch")],
    async resolve({ branch, create = false }, view, look, signal) {
      const state = await backend.planSwitch(here(view), branch, create, look, signal);
      return isFault(state) ? state : { needs: fileNeeds(state.files, false), state };
    },
    async prepare({ branch, create = false }, view, state, look, signal) {
      const now = await backend.planSwitch(here(view), branch, create, look, signal);
      if (isFault(now)) return now;
      const { from, commit, creates, files, hooks } = now;
      if (from !== state?.from || commit !== state?.commit) return moved;
      const changes = files.length === 0 ? gitNote("noFiles") : gitNote("files", filesLine(files));
      return {
        prestate: {
          ...(from === undefined ? {} : { from }),
          ...(now.branch === undefined ? {} : { branch: now.branch }),
          ...{ commit, creates, changed: files.length },
        },
        preview: {
          verb: "switch",
          target: quotedName(here(view).folder),
          to: quotedName(branch),
          risk: files.length === 0 ? "low" : "medium",
          notes: [changes, ...hooksNote(hooks)],
        },
      };
    },
    async probe({ branch }, raw, view) {
      const was = switchPrestate.parse(raw);
      const now = await backend.refs(here(view));
      if (isFault(now)) return { state: "unknown", detail: now.message };
      const { commit, changed } = was;
      if (now.branch === branch && now.head === commit) {
        const changes =
          was.from === undefined || changed === 0 ? [] : await backend.switched(here(view), was.from, commit);
        if (isFault(changes)) return { state: "unknown", detail: changes.message };
        return { state: "done", value: { branch, commit, changed }, changes };
      }
      // Git moves HEAD last. Before that, some files may have changed already.
      if (now.branch === was.branch && now.head === was.from && changed === 0)
        return { state: "not-started" };
      return {
        state: "unknown",
        detail: "HEAD did not move, but files may have changed; git_status shows it",
      };
    },
    async invoke({ branch }, on) {
      const was = switchPrestate.parse(on.prestate);
      const failed = await backend.switch(here(on.view), branch, was, on.grant, on.signal);
      if (failed === undefined) for (const change of on.state?.changes ?? []) on.changed(change);
      return failed ?? { branch, commit: was.commit, changed: was.changed };
    },
  });
}
