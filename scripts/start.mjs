// npm start: packages, build, an editor with the extension, a scratch workspace. Plain JavaScript for Node 20.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { npmLog, Progress } from "./progress.mjs";
import { installPackages, packageCount } from "./testing/packages.mjs";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");
const node = join(bin, process.platform === "win32" ? "node.cmd" : "node");
const MODES = ["--desktop", "--browser", "--headless"];

/**
 * Runs to the end. What we start hears Ctrl+C itself (same terminal) and notices by its channel if we vanish.
 * @param {string} file @param {string[]} args
 * @param {import("node:child_process").StdioOptions | ((line: string) => void)} out where its output goes, or who reads
 *   the lines of its error output
 * @returns {Promise<number>}
 */
function run(file, args, out) {
  return new Promise((resolve) => {
    /** @type {import("node:child_process").StdioOptions} */
    const stdio = typeof out === "function" ? ["ignore", "ignore", "pipe"] : out;
    const child = spawn(file, args, { cwd: root, stdio, shell: process.platform === "win32" });
    if (typeof out === "function" && child.stderr !== null) createInterface(child.stderr).on("line", out);
    const pass = () => child.kill("SIGTERM");
    process.on("SIGTERM", pass);
    child.on("error", (error) => (console.error(String(error)), resolve(127)));
    child.on("exit", (code) => (process.off("SIGTERM", pass), resolve(code ?? 1)));
  });
}

/** Installs the packages, and tells how many are there. */
async function packages() {
  const progress = new Progress("[1/4] packages");
  const log = npmLog(progress, "", packageCount(root));
  const install = (/** @type {string} */ file, /** @type {string[]} */ args) => run(file, args, log.take);
  try {
    await installPackages(root, install, "http");
  } catch (error) {
    progress.end("failed");
    console.error(log.said);
    throw error;
  }
  progress.end();
}

async function main() {
  const args = process.argv.slice(2);
  if (args.length > 1 || args.some((a) => !MODES.includes(a))) {
    console.error(`usage: npm start -- [${MODES.join(" | ")}]`);
    return 2;
  }
  process.on("SIGINT", () => {}); // ours ends when what we started has ended
  await packages();
  const building = new Progress("[2/4] build");
  const built = await run(node, ["esbuild.mjs"], ["ignore", "ignore", "inherit"]);
  building.end();
  if (built !== 0) return built;
  if (args[0] === "--headless") {
    console.log("[3/4] editor: none, the tour runs on this terminal\n[4/4] workspace");
    return run(node, ["scripts/headless-tour.mjs"], "inherit");
  }
  return run(node, ["scripts/editor/people.ts", ...args], ["inherit", "inherit", "inherit", "ipc"]);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
