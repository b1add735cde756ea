// A pseudo-terminal for the command line: keys are typed when something appears, and the screen is kept as text.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ENTRY, type Ended, type Workspace } from "../../cli/workspace.ts";

/** Keys to type: once `on` appears behind what was seen before, and `wait` milliseconds have passed. */
export interface Keys {
  readonly on?: RegExp;
  readonly wait?: number;
  readonly keys: string;
}

/** The program of util-linux that gives another one a terminal. */
const SCRIPT = ["/usr/bin/script", "/bin/script"].find((path) => existsSync(path));

/** How long one command may take, in milliseconds. Then it is ended, with what it had printed. */
const LIMIT = 40_000;

/** Why the tests of typed keys cannot run here; undefined when they can. */
export const NO_PTY =
  SCRIPT === undefined || process.platform !== "linux" ? "needs script(1) of util-linux" : undefined;

/** Runs a command on a terminal of 200 columns and types the keys, one after the other. */
export async function typeAt(
  workspace: Workspace,
  args: readonly string[],
  typed: readonly Keys[],
  how: { readonly to?: string } = {},
): Promise<Ended> {
  const quoted = [process.execPath, ENTRY, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const line = `stty cols 200; exec ${quoted.join(" ")} ${how.to ?? ""}`;
  const child = spawn(SCRIPT ?? "script", ["-qefc", line, "/dev/null"], {
    cwd: workspace.folder,
    env: { ...process.env, NODE_NO_WARNINGS: "1", AGENTLIBOS_HOME: workspace.home },
    stdio: ["pipe", "pipe", "ignore"],
  });
  let out = "";
  let seen = 0;
  let over = false;
  const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  child.stdin.on("error", () => undefined);
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  const code = new Promise<number | null>((resolve) => child.on("close", resolve)).finally(() => {
    over = true;
    clearTimeout(limit);
  });
  const isOver = (): boolean => over;
  for (const { on, wait = 0, keys } of typed) {
    while (on !== undefined && !isOver()) {
      const found = on.exec(out.slice(seen));
      if (found !== null) {
        seen += found.index + found[0].length;
        break;
      }
      await sleep(2);
    }
    await sleep(wait);
    if (!isOver()) child.stdin.write(keys);
  }
  return { code: await code, out: out.replaceAll("\r\n", "\n"), err: "" };
}
