// The git of this machine: the backend of `git`, where each step opens the repository again and checks its grant first.
import { isFault, type Fault } from "../../../abi/errors.ts";
import { fileNeeds, gitResource, remoteNeeds, type GitVerb } from "../../../abi/resource.ts";
import type { Grant } from "../../../kernel/witness.ts";
import type { Place } from "../../../primitives/fs/backend.ts";
import type { GitBackend, GitFile } from "../../../primitives/git/backend.ts";
import { demand } from "../fs/grant.ts";
import { groundHere } from "../fs/node.ts";
import { Roots, type RootsOptions } from "../fs/roots.ts";
import type { Repository } from "./repository.ts";

export interface NodeGitOptions extends Omit<RootsOptions, "ground"> {
  /** Names the record that commits come from. */
  readonly journal: string;
  /** Whether the message of a commit names its agent and record; it does if left out. */
  readonly trailer?: (() => boolean) | undefined;
}

/** Loaded when used: git's client is heavy, and many runs never touch a repository. */
const load = () => import("./steps.ts");

/** The steps, once loaded. */
type Git = Awaited<ReturnType<typeof load>>;

/** Builds the backend. Close it to give back the descriptors of the workspace folders. */
export function nodeGit(options: NodeGitOptions): GitBackend & { close(): void } {
  const roots = new Roots({ ...options, ground: groundHere() });

  /** Runs one step in the repository at a place; what it throws comes back as a fault. */
  async function step<T>(
    at: Place,
    signal: AbortSignal,
    check: () => void,
    work: (repository: Repository, git: Git) => Promise<T>,
  ): Promise<T | Fault> {
    const git = await load();
    try {
      check();
      return await work(await git.opening.openRepository(roots, at, signal), git);
    } catch (error) {
      return git.opening.gitFault(error);
    }
  }

  const read =
    (grant: Grant, at: Place, verb: GitVerb): (() => void) =>
    () =>
      demand(grant, "full", [{ right: "read", resource: gitResource(at.folder, verb) }]);
  const write =
    (grant: Grant, mode: "look" | "full", at: Place, verb: GitVerb): (() => void) =>
    () =>
      demand(grant, mode, [{ right: "write", resource: gitResource(at.folder, verb) }]);
  const permit =
    (grant: Grant, reads: boolean) =>
    (files: readonly GitFile[]): void =>
      demand(grant, "full", fileNeeds(files, reads));
  const voided = <T>(result: T | Fault): Fault | undefined => (isFault(result) ? result : undefined);

  return {
    get origin() {
      return options.trailer?.() === false ? undefined : options.journal;
    },

    status: (at, grant, signal) =>
      step(at, signal, read(grant, at, "status"), (it, { status }) => status.statusOf(it, grant, signal)),
    diff: (at, sides, paths, grant, signal) =>
      step(at, signal, read(grant, at, "diff"), (it, { reading }) =>
        reading.diffOf(it, sides, paths, grant, signal),
      ),
    log: (at, order, grant, signal) =>
      step(at, signal, read(grant, at, "log"), (it, { reading }) => reading.logOf(it, order, signal)),
    show: (at, ref, grant, signal) =>
      step(at, signal, read(grant, at, "show"), (it, { reading }) => reading.showOf(it, ref, grant, signal)),
    blame: (at, file, grant, signal) =>
      step(at, signal, read(grant, at, "blame"), (it, { reading }) => {
        const needs = it.resources(it.name(file)).map((resource) => ({ right: "read", resource }));
        demand(grant, "full", needs);
        return reading.blameOf(it, file, signal);
      }),
    branches: (at, grant, signal) =>
      step(at, signal, read(grant, at, "branch"), (it, { reading }) => reading.branchesOf(it, signal)),

    planStage: (at, paths, look, signal) =>
      step(at, signal, write(look, "look", at, "add"), (it, { staging }) =>
        staging.planStage(it, paths, look, signal),
      ),
    planCommit: (at, paths, look, signal) =>
      step(at, signal, write(look, "look", at, "commit"), (it, { staging }) =>
        staging.planCommit(it, paths, look, signal),
      ),
    planSwitch: (at, branch, create, look, signal) =>
      step(at, signal, write(look, "look", at, "switch"), (it, { branching }) =>
        branching.planSwitch(it, branch, create, signal),
      ),
    planBranch: (at, name, change, look, signal) =>
      step(at, signal, write(look, "look", at, "branch"), (it, { branching }) =>
        branching.planBranch(it, name, change, signal),
      ),
    planFetch: (at, name, look, signal) =>
      step(at, signal, write(look, "look", at, "fetch"), (it, { remote }) =>
        remote.planFetch(it, name, signal),
      ),
    planPush: (at, name, branch, look, signal) =>
      step(at, signal, write(look, "look", at, "push"), (it, { remote }) =>
        remote.planPush(it, name, branch, signal),
      ),

    stage: async (at, paths, planned, grant, signal) =>
      voided(
        await step(at, signal, write(grant, "full", at, "add"), (it, { staging }) =>
          staging.stage(it, paths, planned, grant, permit(grant, true), signal),
        ),
      ),
    commit: (at, paths, planned, message, grant, signal) =>
      step(at, signal, write(grant, "full", at, "commit"), (it, { staging }) =>
        staging.makeCommit(it, paths, planned, message, grant, permit(grant, true), signal),
      ),
    switch: async (at, branch, planned, grant, signal) =>
      voided(
        await step(at, signal, write(grant, "full", at, "switch"), (it, { branching }) =>
          branching.switchTo(it, branch, planned, permit(grant, false), signal),
        ),
      ),
    changeBranch: async (at, name, planned, grant, signal) =>
      voided(
        await step(at, signal, write(grant, "full", at, "branch"), (it, { branching }) =>
          branching.changeBranch(it, name, planned, signal),
        ),
      ),
    fetchBranches: (at, planned, grant, signal) =>
      step(at, signal, write(grant, "full", at, "fetch"), async (it, { remote }) => {
        demand(grant, "full", remoteNeeds(planned, "read"));
        return remote.fetchBranches(it, planned, signal);
      }),
    push: async (at, planned, force, grant, signal) =>
      voided(
        await step(at, signal, write(grant, "full", at, "push"), async (it, { remote }) => {
          demand(grant, "full", remoteNeeds(planned.remote, "write"));
          return remote.push(it, planned, force, signal);
        }),
      ),

    refs: (at) => {
      const { signal } = new AbortController();
      const free = (): void => undefined;
      return step(at, signal, free, async (it, { reading, staging }) => {
        const index = await staging.indexTree(it, signal);
        return { ...(await reading.refsOf(it, signal)), ...(index === undefined ? {} : { index }) };
      });
    },

    switched: (at, from, to) => {
      const { signal } = new AbortController();
      const free = (): void => undefined;
      return step(at, signal, free, (it, { branching }) => branching.switched(it, from, to, signal));
    },

    close: () => roots.close(),
  };
}
