// Child processes that never outlive us: each leads its own group, and every group is ended at exit, failure or signal.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createServer } from "node:net";

export type Child = {
  readonly pid: number;
  /** Everything it wrote so far. */
  output(): string;
  /** Resolves with the exit code; never rejects. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
};

const running = new Set<ChildProcess>();
let watching = false;

export type StartOptions = { cwd?: string; env?: NodeJS.ProcessEnv; onLine?: (line: string) => void };

export function start(file: string, args: string[], options: StartOptions = {}): Child {
  watch();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32", // its own group, so that grandchildren can be ended with it
  });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output = (output + text).slice(-200_000);
      if (options.onLine) for (const line of text.split("\n")) if (line.trim()) options.onLine(line);
    });
  }
  const ended = new Promise<number>((resolve) => {
    child.on("error", (error) => {
      output += String(error);
      running.delete(child);
      resolve(127);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
  const stop = async () => {
    signal(child, "SIGTERM");
    const late = setTimeout(() => signal(child, "SIGKILL"), 3000);
    await ended;
    clearTimeout(late);
    signal(child, "SIGKILL"); // what is left of its group
    running.delete(child);
  };
  return { pid: child.pid ?? -1, output: () => output, ended, stop };
}

/** Runs to the end and returns what it wrote; a non-zero exit code throws with that text. */
export async function run(file: string, args: string[], options: StartOptions = {}): Promise<string> {
  const child = start(file, args, options);
  const code = await child.ended;
  await child.stop();
  if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${code}\n${child.output()}`);
  return child.output();
}

export async function stopAll(): Promise<void> {
  for (const child of running) signal(child, "SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, running.size ? 300 : 0));
  killAll();
}

/** A port that was free a moment ago, on this machine only. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Waits until the address answers; says what the child wrote when it ended or stayed silent. */
export async function answers(url: string, child: Child, seconds = 60): Promise<void> {
  let over = false;
  void child.ended.then(() => (over = true));
  for (const limit = Date.now() + seconds * 1000; Date.now() < limit && !over;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `${url} did not answer${over ? ", its server ended" : ""}:\n${child.output().slice(-4000)}`,
  );
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // It has ended already.
  }
}

function killAll(): void {
  for (const child of running) signal(child, "SIGKILL");
  running.clear();
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.on("exit", killAll);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => void stopAll().then(() => process.exit(130)));
  }
}
