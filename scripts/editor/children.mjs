// Child processes that never outlive us: each leads its own group, and every group is ended at exit, failure or signal.
// Plain JavaScript: the editor is fetched on Node 20 while the packages are still being installed.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

/**
 * @typedef {object} Child
 * @property {number} pid
 * @property {() => string} output everything it wrote so far, at most 200,000 characters
 * @property {Promise<number>} ended resolves with the exit code; never rejects
 * @property {() => Promise<void>} stop
 */
/** @typedef {{cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void}} StartOptions */

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
let watching = false;

/** @param {string} file @param {string[]} args @param {StartOptions} options @returns {Child} */
export function start(file, args, options = {}) {
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
    stream.on("data", (/** @type {string} */ text) => {
      output = (output + text).slice(-200_000);
      if (options.onLine) for (const line of text.split("\n")) if (line.trim()) options.onLine(line);
    });
  }
  /** @type {Promise<number>} */
  const ended = new Promise((resolve) => {
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

/**
 * Runs to the end and returns what it wrote; a non-zero exit code throws with that text.
 * @param {string} file @param {string[]} args @param {StartOptions} options @returns {Promise<string>}
 */
export async function run(file, args, options = {}) {
  const child = start(file, args, options);
  const code = await child.ended;
  await child.stop();
  if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${code}\n${child.output()}`);
  return child.output();
}

/** Ends everything that runs. @returns {Promise<void>} */
export async function stopAll() {
  for (const child of running) signal(child, "SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, running.size ? 300 : 0));
  killAll();
}

/** A port that was free a moment ago, on this machine only. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/**
 * Waits until the address answers; says what the child wrote when it ended or stayed silent.
 * @param {string} url @param {Child} child @param {number} seconds
 */
export async function answers(url, child, seconds = 60) {
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

/** @param {import("node:child_process").ChildProcess} child @param {NodeJS.Signals} name */
function signal(child, name) {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // It has ended already.
  }
}

function killAll() {
  for (const child of running) signal(child, "SIGKILL");
  running.clear();
}

function watch() {
  if (watching) return;
  watching = true;
  process.on("exit", killAll);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(name, () => void stopAll().then(() => process.exit(130)));
  }
}
