// Other repositories: fetching from one and pushing to one, at the address that a person saw, and at no other.
import os from "node:os";
import type { Pushing, Remote } from "../../../primitives/git/backend.ts";
import { refuse } from "../fs/errno.ts";
import { addressOf, type Address } from "./address.ts";
import { proveName, tipOf } from "./branching.ts";
import { commitsOf } from "./reading.ts";
import { hooksOf, type Repository } from "./repository.ts";
import { GitFailed } from "./run.ts";

const PATIENCE_MS = 300_000;
/** The most commits that a push lists. */
const MAX_LISTED = 50;

/**
 * Settings for the other side when that is a place on this machine: git would obey the config there, and drops ours on
 * the way to it.
 */
const OTHER_SIDE = [
  ...[`core.hooksPath=${os.devNull}`, "core.fsmonitor=false", "core.alternateRefsCommand="],
  ...["gc.auto=0", "receive.autogc=false", "receive.denyCurrentBranch=refuse"],
];

function program(verb: "upload-pack" | "receive-pack", { protocol }: Address): string {
  if (protocol !== "file") return `--${verb}=git-${verb}`;
  return `--${verb}=git ${OTHER_SIDE.map((setting) => `-c ${setting}`).join(" ")} ${verb}`;
}

/** Runs a command that connects to an address, by its protocol alone. */
async function connect(
  repository: Repository,
  { protocol, shown }: Address,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const env = { GIT_ALLOW_PROTOCOL: protocol };
  // A redirect would lead to a host that nobody was asked for.
  const settings = [["http.followRedirects", "false"]] as const;
  try {
    return await repository.run(args, signal, { remote: true, patience: PATIENCE_MS, env, settings });
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    return refuseConnection(error.message, shown);
  }
}

function refuseConnection(message: string, shown: string): never {
  const said = message.split("\n").find((each) => /^(?:fatal|error|remote|ssh|!)/u.test(each)) ?? "";
  const words = said.slice(0, 300);
  if (/non-fast-forward|fetch first|stale info|\[rejected\]/u.test(message))
    return refuse(
      "ESTALE",
      `${shown} has something else on that branch than was known here.`,
      "Call git_fetch and look; then bring your work on top of it.",
    );
  if (/Permission denied|Authentication failed|could not read (?:Username|Password)|403|401/u.test(message))
    return refuse(
      "EUNAVAILABLE",
      `${shown} refused the access: ${words}`,
      "Stored passwords are not used for agents; ask a person to push, or to set up a key for ssh.",
    );
  return refuse("EIO", `Talking to ${shown} failed: ${words}`, "Ask a person if the remote can be reached.");
}

/** Fails unless the remote still leads where it did. */
async function sameAddress(
  repository: Repository,
  planned: Remote,
  pushes: boolean,
  signal: AbortSignal,
): Promise<Address> {
  const now = await addressOf(repository, planned.name, pushes, signal);
  if (now.url !== planned.url) refuse("ESTALE", "The remote leads elsewhere now.", "Try again.");
  return now;
}

const tracking = (remote: string, branch: string): string => `refs/remotes/${remote}/${branch}`;

export function planFetch(repository: Repository, name: string, signal: AbortSignal): Promise<Remote> {
  return addressOf(repository, name, false, signal);
}

export async function planPush(
  repository: Repository,
  name: string,
  branch: string | undefined,
  signal: AbortSignal,
): Promise<Pushing> {
  const remote = await addressOf(repository, name, true, signal);
  const sent = branch ?? (await repository.branch(signal));
  if (sent === undefined)
    return refuse("EINVAL", "HEAD is on no branch.", "Name the branch to push, or switch to one.");
  await proveName(repository, sent, signal);
  const commit = await tipOf(repository, sent, signal);
  if (commit === undefined)
    return refuse("ENOENT", `There is no branch ${JSON.stringify(sent)}.`, "List them with git_branch.");
  const ask = ["rev-parse", "--verify", "--quiet", tracking(name, sent)];
  const known = await repository.ask(ask, signal);
  const news = [commit, "--not", `--remotes=${name}`];
  const count = async (revisions: readonly string[]): Promise<number> =>
    Number(await repository.run(["rev-list", "--count", ...revisions, "--"], signal));
  return {
    remote,
    branch: sent,
    commit,
    ...(known === undefined ? {} : { known }),
    commits: await commitsOf(repository, news, MAX_LISTED, [], signal),
    total: await count(news),
    lost: known === undefined ? 0 : await count([known, `^${commit}`]),
    hooks: hooksOf(repository, "push"),
  };
}

export async function push(
  repository: Repository,
  planned: Pick<Pushing, "remote" | "branch" | "commit" | "known">,
  force: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { remote, branch, commit, known = "" } = planned;
  const address = await sameAddress(repository, remote, true, signal);
  await proveName(repository, branch, signal);
  const ref = `refs/heads/${branch}`;
  // With force only the commit that was known here is replaced, never one that came meanwhile.
  const lease = force ? [`--force-with-lease=${ref}:${known}`] : [];
  const still = ["--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"];
  const args = ["push", "--quiet", ...still, program("receive-pack", address), ...lease];
  await connect(repository, address, [...args, "--", address.url, `${commit}:${ref}`], signal);
  // A push to an address leaves the branch that stands for it here as it was.
  await repository.run(["update-ref", "-m", "update by push", tracking(remote.name, branch), commit], signal);
}

export async function fetchBranches(
  repository: Repository,
  planned: Remote,
  signal: AbortSignal,
): Promise<number> {
  const address = await sameAddress(repository, planned, false, signal);
  const refs = async (): Promise<string[]> => {
    const args = ["for-each-ref", "--format=%(objectname) %(refname)", `refs/remotes/${planned.name}/`];
    return (await repository.run(args, signal)).split("\n");
  };
  const before = new Set(await refs());
  const still = ["--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--no-write-fetch-head"];
  const args = ["fetch", "--quiet", "--no-prune", ...still, program("upload-pack", address)];
  const spec = `+refs/heads/*:${tracking(planned.name, "*")}`;
  await connect(repository, address, [...args, "--", address.url, spec], signal);
  return (await refs()).filter((each) => !before.has(each)).length;
}
