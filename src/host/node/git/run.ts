// Runs of git: one process of a git that no agent can write, with an environment of our own and bounds on time and output.
import fs from "node:fs";
import { simpleGit, type SimpleGitOptions } from "simple-git";
import { refuse } from "../fs/errno.ts";
import { programsOnPath } from "../programs.ts";
import { gitEnvironment, keptVariables, remoteEnvironment, type Entry } from "./environment.ts";

/** One command of git. */
export interface GitRun {
  /** The folder that it starts in. */
  readonly at: string;
  readonly args: readonly string[];
  /** Settings beside those of every command; all of them win over those of every file. */
  readonly settings?: readonly Entry[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** True for a command that talks to another repository: it may use `ssh`, and the person's agent for keys. */
  readonly remote?: boolean;
  /** Exit codes beside 0 that are answers, too. */
  readonly answers?: readonly number[];
  readonly patience?: number;
}

/** A command of git that failed, with its own words. */
export class GitFailed extends Error {
  readonly exit: number;
  constructor(exit: number, stderr: string) {
    super(stderr.trim());
    this.exit = exit;
  }
}

const PATIENCE_MS = 30_000;
const MAX_OUTPUT = 64 * 1024 * 1024;

/** `GIT_CONFIG_COUNT`, by which names with any character can be overridden, came with this version. */
const OLDEST = [2, 31] as const;

/** The guards of simple-git that refuse defensive settings, too. No argument of a model comes this far unchecked. */
const UNSAFE: NonNullable<SimpleGitOptions["unsafe"]> = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeCustomBinary: true,
  allowUnsafeDiffExternal: true,
  allowUnsafeDiffTextConv: true,
  allowUnsafeEditor: true,
  allowUnsafeFilter: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGitProxy: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeHooksPath: true,
  allowUnsafeMergeDriver: true,
  allowUnsafePack: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
  allowUnsafeSubmodule: true,
};

/** The git programs that were found new enough, by path and time of change. */
const usable = new Set<string>();

/** The git of this machine. It lies in none of these folders, so no agent can have put it there. */
async function findGit(folders: readonly string[]): Promise<string> {
  const [binary] = programsOnPath("git", folders);
  const hint = "Install git 2.31 or newer, so that it is on PATH outside the workspace folders.";
  if (binary === undefined) return refuse("EUNAVAILABLE", "git is not installed.", hint);
  const key = `${binary} ${fs.statSync(binary).mtimeMs}`;
  if (usable.has(key)) return binary;
  const said = await simpleGit({ binary, unsafe: { allowUnsafeCustomBinary: true } })
    .env(keptVariables())
    .raw(["--version"]);
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/u.exec(said) ?? [];
  const [first, second] = OLDEST;
  if (Number(major) < first || (Number(major) === first && Number(minor) < second))
    return refuse("EUNAVAILABLE", `This git is too old (${said.trim()}).`, hint);
  usable.add(key);
  return binary;
}

/**
 * Runs git and gives what it printed. It throws {@link GitFailed} when git fails, and a refusal when git is missing, was
 * stopped, took too long or printed too much.
 */
export async function runGit(run: GitRun, folders: readonly string[], signal: AbortSignal): Promise<string> {
  if (signal.aborted) return refuse("EINTR", "Interrupted.", "Call again if it is still wanted.");
  const binary = await findGit(folders);
  const remote = run.remote === true ? remoteEnvironment(folders) : undefined;
  const settings = [...(run.settings ?? []), ...(remote?.settings ?? [])];
  const env = { ...gitEnvironment(settings), ...remote?.env, ...run.env };
  const stop = new AbortController();
  let size = 0;
  let failed: GitFailed | undefined;
  const abort = (): void => stop.abort();
  const timer = setTimeout(abort, run.patience ?? PATIENCE_MS);
  signal.addEventListener("abort", abort);
  const count = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > MAX_OUTPUT) abort();
  };
  try {
    return await simpleGit({
      baseDir: run.at,
      binary,
      abort: stop.signal,
      trimmed: false,
      // All output has come when the pipes are closed; after the exit some may still be on its way.
      completion: { onClose: true, onExit: false },
      unsafe: UNSAFE,
      allowEnvironment: Object.keys(env).filter((name) => name.startsWith("GIT_")),
      // The client closes the input only after some text.
      input: () => run.input ?? "\n",
      errors: (error, { exitCode, stdErr }) => {
        if (exitCode === 0) return error;
        if (run.answers?.includes(exitCode) === true) return undefined;
        const said = Buffer.concat(stdErr).toString("utf8");
        return (failed = new GitFailed(exitCode, said === "" ? String(error ?? "") : said));
      },
    })
      .env(env)
      .outputHandler((_command, stdout, stderr) => {
        stdout.on("data", count);
        stderr.on("data", count);
      })
      .raw(["--no-pager", ...run.args]);
  } catch (error) {
    if (signal.aborted) return refuse("EINTR", "Interrupted.", "Call again if it is still wanted.");
    if (size > MAX_OUTPUT) return refuse("E2BIG", "git printed too much.", "Ask for less: name paths.");
    if (stop.signal.aborted) return refuse("ETIMEDOUT", "git took too long.", "Ask for less, or try later.");
    throw failed ?? error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
