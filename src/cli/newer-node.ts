// A newer Node: if this Node lacks what the record needs, the command line restarts under a newer one.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { show } from "./print.ts";

/** The first release that has `node:sqlite`, the lock of the one writer, without a flag. */
const NEEDED = [22, 13] as const;

/** Set for the second start, so that there is never a third. */
const MARK = "AGENTLIBOS_NODE";

function isEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/u, "").split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** The binaries to try: the npm package `node` above this program, then those on the PATH. */
function* candidates(from: string): IterableIterator<string> {
  const name = process.platform === "win32" ? "node.exe" : "node";
  for (let folder = from; ; folder = dirname(folder)) {
    yield join(folder, "node_modules", "node", "bin", name);
    if (folder === dirname(folder)) break;
  }
  for (const folder of (process.env["PATH"] ?? "").split(delimiter))
    if (folder !== "") yield join(folder, name);
}

function findNode(from: string): string | undefined {
  for (const file of candidates(from)) {
    if (!existsSync(file)) continue;
    if (isEnough(spawnSync(file, ["--version"], { encoding: "utf8" }).stdout)) return file;
  }
  return undefined;
}

/**
 * False when this Node is new enough. Else it runs the same command under a newer Node, sets the exit code
 * and gives true. When there is none, the exit code is 2 and the message says what to install. The child ends
 * when this process is killed: the channel between them breaks, and the child kills itself.
 */
export async function ranUnderNewerNode(main: string): Promise<boolean> {
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
  const node = findNode(dirname(main));
  if (node === undefined) {
    const needs = `agentlibos needs Node ${NEEDED.join(".")} or newer; this is ${process.version}.`;
    await show(`${needs} Install one, or put it first on the PATH.\n`);
    process.exitCode = 2;
    return true;
  }
  const child = spawn(node, ["--no-warnings", main, ...process.argv.slice(2)], {
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
