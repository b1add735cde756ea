// The server of an editor that tests drive, and the extension hosts that it runs.
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "./children.mjs";
import { answers, freePort, start } from "./children.mjs";

export type Server = { readonly port: number; readonly child: Child };

export type Served = {
  /** User settings, state of the workbench and logs. */
  readonly data: string;
  readonly extensions: string;
  readonly env: NodeJS.ProcessEnv;
};

/**
 * The extensions of the editor itself that tests meet: git, Markdown's preview, colours and symbols. The others, a
 * compiler and a chat among them, cost a third of the time of a window.
 */
const MET = [
  ...["git", "git-base", "javascript", "json", "markdown-basics", "markdown-language-features"],
  ...["theme-defaults", "theme-modern-icons", "theme-seti"],
];

/** A folder that holds only these of them, or undefined in a long run, which has them all. */
function builtIn(installed: string, data: string): string | undefined {
  if (process.env["TEST_LONG"] === "1") return undefined;
  const folder = join(data, "built-in");
  mkdirSync(folder, { recursive: true });
  for (const name of MET)
    if (!existsSync(join(folder, name)))
      symlinkSync(join(installed, "lib/vscode/extensions", name), join(folder, name), "junction");
  return folder;
}

/** For tests only: nobody is asked who they are, so it listens on this machine alone and ends with us. */
export async function serve(installed: string, { data, extensions, env }: Served): Promise<Server> {
  const port = await freePort();
  const own = builtIn(installed, data);
  const child = start(
    process.execPath,
    [
      ...[join(installed, "out/node/entry.js"), "--auth", "none", "--bind-addr", `127.0.0.1:${port}`],
      ...["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"],
      ...["--user-data-dir", data, "--extensions-dir", extensions],
      ...(own === undefined ? [] : ["--builtin-extensions-dir", own]),
    ],
    { env },
  );
  await answers(`http://127.0.0.1:${port}/healthz`, child);
  return { port, child };
}

/** Process ids of the living extension hosts of a server. */
export function extensionHosts(server: number): number[] {
  return descendants(server).filter((pid) => read(`/proc/${pid}/cmdline`).includes("--type=extensionHost"));
}

function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = /^PPid:\s*(\d+)/m.exec(read(`/proc/${entry}/status`))?.[1];
    if (parent) children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(entry)]);
  }
  const all = children.get(pid) ?? [];
  for (const child of all) all.push(...(children.get(child) ?? []));
  return all;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it ended meanwhile
  }
}
