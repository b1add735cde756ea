// The server of an editor that tests drive, and the extension hosts that it runs.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "./children.ts";
import { answers, freePort, start } from "./children.ts";

export type Server = { readonly port: number; readonly child: Child };

export type Served = {
  /** User settings, state of the workbench and logs. */
  readonly data: string;
  readonly extensions: string;
  readonly env: NodeJS.ProcessEnv;
};

/** For tests only: nobody is asked who they are, so it listens on this machine alone and ends with us. */
export async function serve(installed: string, { data, extensions, env }: Served): Promise<Server> {
  const port = await freePort();
  const child = start(
    process.execPath,
    [
      ...[join(installed, "out/node/entry.js"), "--auth", "none", "--bind-addr", `127.0.0.1:${port}`],
      ...["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"],
      ...["--user-data-dir", data, "--extensions-dir", extensions],
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
