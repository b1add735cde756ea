// The check command: how a person checks a record of this machine in a shell.
import { basename, join } from "node:path";
import { homePath } from "./journal/home.ts";
import { programsOnPath } from "./programs.ts";

/** One word of a command as a shell reads it: POSIX shells, or PowerShell on Windows. */
function shellWord(word: string, windows: boolean): string {
  if (/^[\w@%+=:,./-]+$/u.test(word)) return word;
  return `'${word.replaceAll("'", windows ? "''" : String.raw`'\''`)}'`;
}

/**
 * The command that checks the record of a folder, as it can be typed anywhere on this machine. It is `agentlibos` when
 * a shell finds that outside the folder. Otherwise the Node that runs now starts the program.
 * @param dist the folder of the built program
 */
export function checkCommand(dist: string, folder: string, env: NodeJS.ProcessEnv = process.env): string {
  const windows = process.platform === "win32";
  const installed = !programsOnPath("agentlibos", [folder], env).next().done;
  const node = basename(process.execPath, ".exe") === "node";
  const set: (readonly [name: string, value: string])[] = [];
  if (homePath(env) !== homePath({ ...env, AGENTLIBOS_HOME: "" }))
    set.push(["AGENTLIBOS_HOME", homePath(env)]);
  // The editor's own program behaves as Node only when it is told so.
  if (!installed && !node) set.push(["ELECTRON_RUN_AS_NODE", "1"]);
  const program = installed ? ["agentlibos"] : [process.execPath, join(dist, "cli.js")];
  const words = [...program, "verify", "--workspace", folder].map((word) => shellWord(word, windows));
  if (!windows)
    return [...set.map(([name, value]) => `${name}=${shellWord(value, false)}`), ...words].join(" ");
  const call = installed ? words : ["&", ...words];
  return [...set.map(([name, value]) => `$env:${name}=${shellWord(value, true)};`), ...call].join(" ");
}
