// Other repositories: `git.fetch` and `git.push`. The address that a person sees is the one that is used.
import type { Preview } from "../../abi/question.ts";
import { gitNote, gitReason } from "./notes.ts";
import * as z from "zod";
import { fault, isFault } from "../../abi/errors.ts";
import { quotedLine, quotedName } from "../../abi/quoted.ts";
import { remoteNeeds } from "../../abi/resource.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { GitBackend, Pushing, Remote } from "./backend.ts";
import { hooksNote, here, verbNeed } from "./needs.ts";

const moved = fault("ESTALE", "It is not what was prepared: a branch or the remote changed.", "Try again.");

const remoteName = z.string().max(4096).describe("Name of a configured remote, such as origin.");
const remotePrestate = z.strictObject({
  name: z.string(),
  shown: z.string(),
  host: z.string(),
  inside: z.array(z.string()),
});

/** A remote as the record keeps it: its address can hold a password, which its shown form does not. */
function recordedRemote({ name, shown, host, inside }: Remote): z.infer<typeof remotePrestate> {
  return { name, shown, host, inside: [...inside] };
}

const fetchInput = z.strictObject({ remote: remoteName });
const fetchOutput = z.strictObject({ remote: z.string(), url: z.string(), changed: z.int() });

/** Builds `git.fetch`: it brings the branches of a remote, and changes no file and no branch of one's own. */
export function fetchOperation(backend: GitBackend): Operation {
  return define<z.infer<typeof fetchInput>, z.infer<typeof fetchOutput>, Remote>({
    name: "git.fetch",
    tool: "git_fetch",
    summary: "Fetch the branches of a remote; they are then named REMOTE/BRANCH. Merges nothing.",
    deferred: true,
    effect: "external",
    idempotent: false,
    input: fetchInput,
    output: fetchOutput,
    needs: (_, view) => [verbNeed(view, "write", "fetch")],
    async resolve({ remote }, view, look, signal) {
      const state = await backend.planFetch(here(view), remote, look, signal);
      return isFault(state) ? state : { needs: remoteNeeds(state, "read"), state };
    },
    async prepare({ remote }, view, state, look, signal) {
      const now = await backend.planFetch(here(view), remote, look, signal);
      if (isFault(now)) return now;
      if (now.url !== state?.url) return moved;
      return {
        prestate: recordedRemote(now),
        preview: { verb: "fetch", target: quotedName(now.shown), risk: "medium" },
      };
    },
    async invoke({ remote }, on) {
      if (on.state === undefined) return moved;
      const changed = await backend.fetchBranches(here(on.view), on.state, on.grant, on.signal);
      return isFault(changed) ? changed : { remote, url: on.state.shown, changed };
    },
  });
}

const pushInput = z.strictObject({
  remote: remoteName,
  branch: z.string().max(4096).optional().describe("Else the current one."),
  force: z.boolean().optional(),
});
const pushOutput = z.strictObject({
  remote: z.string(),
  url: z.string(),
  branch: z.string(),
  commit: z.string(),
  commits: z.int(),
});
const pushPrestate = z.strictObject({
  remote: remotePrestate,
  branch: z.string(),
  commit: z.string(),
  known: z.string().optional(),
  commits: z.int(),
});

/** The commits that go out, one a line, and what a person should know beside them. */
function notePush(
  { commits, total, known, lost, hooks }: Pushing,
  force: boolean,
): Pick<Preview, "detail" | "notes"> {
  const lines = commits.map(({ commit, subject }) => `${commit.slice(0, 10)} ${quotedLine(subject)}`);
  const notes = [
    gitNote("commits", total),
    ...(total > commits.length ? [gitNote("moreCommits", total - commits.length)] : []),
    ...(known === undefined ? [gitNote("newThere")] : []),
    ...(force && lost > 0 ? [gitNote("lost", lost)] : []),
    ...hooksNote(hooks),
  ];
  return { notes, ...(lines.length === 0 ? {} : { detail: lines.join("\n") }) };
}

/** Builds `git.push`. It is asked for each time; with force even a launcher cannot allow it beforehand. */
export function pushOperation(backend: GitBackend): Operation {
  return define<z.infer<typeof pushInput>, z.infer<typeof pushOutput>, Pushing>({
    name: "git.push",
    tool: "git_push",
    summary:
      "Push a branch to a remote. With force, what is there is replaced, if it is what was last fetched.",
    deferred: true,
    effect: "external",
    idempotent: false,
    input: pushInput,
    output: pushOutput,
    needs: (_, view) => [verbNeed(view, "write", "push")],
    async resolve({ remote, branch }, view, look, signal) {
      const state = await backend.planPush(here(view), remote, branch, look, signal);
      return isFault(state) ? state : { needs: remoteNeeds(state.remote, "write"), state };
    },
    async prepare({ remote, branch, force = false }, view, state, look, signal) {
      const now = await backend.planPush(here(view), remote, branch, look, signal);
      if (isFault(now)) return now;
      const { commit, known, total } = now;
      if (now.remote.url !== state?.remote.url || commit !== state.commit || known !== state.known)
        return moved;
      const need = verbNeed(view, "write", "push");
      const reason = gitReason("force");
      return {
        prestate: {
          remote: recordedRemote(now.remote),
          ...{ branch: now.branch, commit, commits: total },
          ...(known === undefined ? {} : { known }),
        },
        preview: {
          verb: force ? "force" : "push",
          target: quotedName(now.branch),
          to: quotedName(now.remote.shown),
          risk: "high",
          ...notePush(now, force),
        },
        ...(force ? { asks: [{ id: "force", need, ...reason, once: true, secret: false }] } : {}),
      };
    },
    async probe(_, raw, view) {
      const { remote, branch, commit, known, commits } = pushPrestate.parse(raw);
      const now = await backend.refs(here(view));
      if (isFault(now)) return { state: "unknown", detail: now.message };
      // The branch that stands for the remote's is moved once the remote has said yes.
      const value = { remote: remote.name, url: remote.shown, branch, commit, commits };
      const is = now.all.get(`refs/remotes/${remote.name}/${branch}`);
      if (is === commit && known !== commit) return { state: "done", value };
      return { state: "unknown", detail: `only ${remote.shown} knows if it got ${commit.slice(0, 10)}` };
    },
    async invoke({ force = false }, on) {
      const { state } = on;
      if (state === undefined) return moved;
      const failed = await backend.push(here(on.view), state, force, on.grant, on.signal);
      const { remote, branch, commit, total } = state;
      return failed ?? { remote: remote.name, url: remote.shown, branch, commit, commits: total };
    },
  });
}
