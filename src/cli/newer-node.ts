// A newer Node: if this Node lacks what the record needs, the command line restarts under a newer one.
import { spawn, spawnSync } from "node:child_process";
import { say, show } from "./print.ts";
import { USAGE } from "./usage.ts";

/** The first release that has `node:sqlite`, the lock of the one writer, without a flag. */
const NEEDED = [22, 13] as const;

/** The words that ask for the help text. */
const HELP: ReadonlySet<string> = new Set(["help", "--help", "-h"]);

/** Set for the second start, so that there is never a third. */
const MARK = "AGENTLIBOS_NODE";

function isEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/u, "").split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

function findNode(nodes: Iterable<string>): string | undefined {
  for (const file of nodes) {
    const { status, stdout } = spawnSync(file, ["--version"], { encoding: "utf8" });
    if (status === 0 && isEnough(stdout)) return file;
  }
  return undefined;
}

/**
 * False when this Node is new enough. Else it runs the same command under a newer Node, sets the exit code
 * and gives true. When there is none, the message says what to install: below the help if that was asked for, else
 * with exit code 2. The child ends when this process is killed: the channel between them breaks, and the child kills
 * itself.
 * @param main the file of this program
 * @param nodes finds the binaries to try, the first that is new enough runs
 */
export async function ranUnderNewerNode(
  main: string,
  nodes: (main: string) => Iterable<string>,
): Promise<boolean> {
  if (process.env[MARK] !== undefined) {
    delete process.env[MARK];
    const die = (): void => void process.kill(process.pid, "SIGKILL");
    process.once("disconnect", die);
    // This process may have lost its parent before it could listen.
    if (!process.connected) die();
    process.channel?.unref();
    return false;
  }
  if (isEnough(process.version)) return false;
  const node = findNode(nodes(main));
  if (node === undefined) {
    const needs = `agentlibos needs Node ${NEEDED.join(".")} or newer; this is ${process.version}.`;
    const help = process.argv.slice(2).some((word) => HELP.has(word));
    if (help) await say(`${USAGE}\n`);
    await show(`${needs} Install one, or put it first on the PATH.\n`);
    process.exitCode = help ? 0 : 2;
    return true;
  }
  const child = spawn(node, ["--no-warnings", process.argv[1] ?? main, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [MARK]: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((resolve) => {
    child.on("error", () => resolve(2));
    child.on("exit", (code) => resolve(code ?? 1));
  });
  return true;
}
