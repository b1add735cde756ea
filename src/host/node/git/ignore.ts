// What git does not ignore: a listing by git itself, run so that nothing a repository configures can run a program.
import os from "node:os";
import { simpleGit } from "simple-git";
import type { Ignores, NodeKind, Place } from "../../../primitives/fs/backend.ts";
import { programsOnPath } from "../programs.ts";

const PATIENCE_MS = 10_000;
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Little more than a home: no keys, and no way for git to reach a network or to write. */
function environment(): Record<string, string> {
  const kept = ["HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "XDG_CONFIG_HOME"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    // An object that is missing from a partial clone would be fetched, and fetching runs what the config says.
    GIT_ALLOW_PROTOCOL: "",
    GIT_NO_LAZY_FETCH: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_LITERAL_PATHSPECS: "1",
  };
}

/** Names that git lists, NUL-separated, relative to `root`. Throws what simple-git throws. */
async function listed(
  root: string,
  folders: readonly string[],
  below: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  // A file called `git` in a workspace folder must never be what runs.
  const [binary] = programsOnPath("git", folders);
  if (binary === undefined) throw new Error("git is not installed");
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  const timer = setTimeout(abort, PATIENCE_MS);
  signal.addEventListener("abort", abort);
  const env = environment();
  try {
    return await simpleGit({
      baseDir: root,
      binary,
      abort: stop.signal,
      trimmed: false,
      // fsmonitor and hooks are programs that a repository's own config can name.
      config: ["core.fsmonitor=false", `core.hooksPath=${os.devNull}`, "core.quotePath=false"],
      unsafe: { allowUnsafeFsMonitor: true, allowUnsafeHooksPath: true, allowUnsafeCustomBinary: true },
      allowEnvironment: Object.keys(env).filter((name) => name.startsWith("GIT_")),
    })
      .env(env)
      .outputHandler((_command, stdout) => {
        let size = 0;
        stdout.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_OUTPUT) abort();
        });
      })
      .raw([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        below.length === 0 ? "." : below.join("/"),
      ]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** Why there is no listing, in words for whoever searched. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/not a git repository/u.test(text)) return "this is no git repository";
  if (/dubious ownership/u.test(text))
    return "git does not trust this folder, because another user owns it (safe.directory)";
  if (/abort|timeout/iu.test(text)) return "git took too long";
  if (/not installed|ENOENT/u.test(text)) return "git is not installed";
  return `git failed (${text.split("\n")[0]?.slice(0, 200) ?? ""})`;
}

/** Git's own folder is never searched; its objects are noise and its config may hold tokens. */
const outsideGit = (place: Place): boolean => !place.segments.includes(".git");

/**
 * Which names below a folder git does not ignore. Git only filters: what is there is for the walk to say. `root` and
 * `folders` are real paths; git itself is taken from outside all of them.
 */
export async function gitShows(
  root: string,
  folders: readonly string[],
  below: readonly string[],
  signal: AbortSignal,
): Promise<Ignores> {
  let names: string[];
  try {
    names = (await listed(root, folders, below, signal)).split("\0").filter((name) => name !== "");
  } catch (error) {
    return { shows: outsideGit, note: `Nothing was filtered: ${reason(error)}.` };
  }
  const known = new Set<string>();
  for (const name of names) {
    const plain = name.replace(/\/$/u, "");
    known.add(plain);
    for (let at = plain.lastIndexOf("/"); at > 0; at = plain.lastIndexOf("/", at - 1)) {
      const above = plain.slice(0, at);
      if (known.has(`${above}/`)) break;
      known.add(`${above}/`);
    }
  }
  // `name` is a listed thing, `name/` a folder on the way to one. A listed thing that is a folder is a repository of
  // its own, for whose content this listing does not speak.
  const shows = (place: Place, kind: NodeKind): boolean => {
    if (!outsideGit(place)) return false;
    const whole = place.segments.join("/");
    if (known.has(whole) || (kind === "folder" && known.has(`${whole}/`))) return true;
    return place.segments.some((_, i) => i > 0 && known.has(place.segments.slice(0, i).join("/")));
  };
  return { shows };
}
