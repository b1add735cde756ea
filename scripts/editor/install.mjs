// Installs what drives a real editor here: code-server into .vscode-test (once), and finds or installs a browser.
// Plain JavaScript: it runs on Node 20, while the packages of the project are still being installed.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { npmLog } from "../progress.mjs";
import { run } from "./children.mjs";

/** @typedef {import("../progress.mjs").Progress} Progress */

const VERSION = "4.139.1"; // VS Code 1.139.1
export const root = join(import.meta.dirname, "../..");

const installed = join(root, ".vscode-test", `code-server-${VERSION}`, "node_modules", "code-server");

/** The program of a server. @param {string} server the folder of an installed code-server */
export const serverMain = (server) => join(server, "lib/vscode/out/server-main.js");

/**
 * The folder of an installed code-server; `entry.js` and `server-main.js` are below it.
 * @param {Progress} [progress] where people look on: then it also gets what writes its log files, which takes half a
 *   minute of compiling. Without that its logs are not written, and nothing that a test looks at is missing.
 * @returns {Promise<string>}
 */
export async function codeServer(progress) {
  await fetched(progress);
  if (progress !== undefined) await logging(progress);
  return installed;
}

/** @param {Progress | undefined} progress */
async function fetched(progress) {
  const home = join(installed, "../..");
  const stamp = join(home, "installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === VERSION && existsSync(serverMain(installed)))
    return;
  // Made beside its place and moved in whole, so that a broken or a second install never shows.
  const making = `${home}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  try {
    writeFileSync(join(making, "package.json"), '{"private":true}\n');
    await npm(
      "its server, once",
      ["install", "--ignore-scripts", `code-server@${VERSION}`],
      making,
      progress,
    );
    const inner = join(making, "node_modules", "code-server", "lib", "vscode");
    await npm("its packages, once", ["install", "--omit=dev", "--ignore-scripts"], inner, progress);
    writeFileSync(join(making, "installed"), VERSION);
    rmSync(home, { recursive: true, force: true });
    renameSync(making, home);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** Builds the editor's native log for the Node that runs us, which runs the editor, too. @param {Progress} progress */
async function logging(progress) {
  const stamp = join(installed, "../..", `logging-${process.versions.modules}`);
  if (existsSync(stamp)) return;
  // Where there is no compiler the editor works as well, but keeps no log.
  const args = ["rebuild", "@vscode/spdlog", "@vscode/native-watchdog"];
  await npm("its log, once", args, join(installed, "lib", "vscode"), progress).catch(() => undefined);
  writeFileSync(stamp, "");
}

/** @param {string} what @param {string[]} args @param {string} cwd @param {Progress | undefined} progress */
async function npm(what, args, cwd, progress) {
  progress?.at(what);
  const quiet = ["--no-audit", "--no-fund", progress === undefined ? "--loglevel=error" : "--loglevel=http"];
  // Scripts that npm runs get the Node that runs us.
  const path = `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`;
  const told = progress === undefined ? {} : { onLine: npmLog(progress, `${what}, `).take };
  try {
    await run("npm", [...args, ...quiet], { cwd, env: { PATH: path }, ...told });
  } catch (error) {
    // The lines that only count fetched packages would hide the reason.
    const lines = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new Error(lines.filter((line) => !line.startsWith("npm http")).join("\n"), { cause: error });
  }
}

/**
 * A Chrome or Chromium: $CHROME, an installed one, or as root on Debian installed now.
 * @param {(line: string) => void} say @returns {Promise<string>}
 */
export async function browser(say = () => {}) {
  const found = findBrowser();
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    say("installing chromium with apt-get (once)");
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update"], { env });
    await run("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], { env });
    const now = findBrowser();
    if (now) return now;
  }
  throw new Error("No browser found. Install Chrome or Chromium, or name one in the CHROME variable.");
}

/** @returns {string | undefined} */
function findBrowser() {
  const named = process.env["CHROME"];
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROME names ${named}, which does not exist.`);
    return named;
  }
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const usual = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ];
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...usual].find((path) =>
    existsSync(path),
  );
}

/** Flags that keep the browser quiet in a closed network. */
export const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

if (process.argv[1] === import.meta.filename) await Promise.all([browser(), codeServer()]);
