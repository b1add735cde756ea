// Installs what drives a real editor here: code-server into .vscode-test (once), and finds or installs a browser.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { npmLog, type Progress } from "../progress.mjs";
import { run } from "./children.ts";

const VERSION = "4.139.1"; // VS Code 1.139.1
export const root = join(import.meta.dirname, "../..");

/** The folder of an installed code-server; `entry.js` and `server-main.js` are below it. */
export async function codeServer(progress?: Progress): Promise<string> {
  const home = join(root, ".vscode-test", `code-server-${VERSION}`);
  const installed = join(home, "node_modules", "code-server");
  const stamp = join(home, "installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === VERSION && existsSync(serverMain(installed))) {
    return installed;
  }
  const npm = (what: string, args: string[], cwd: string): Promise<string> => {
    progress?.at(what);
    return runNpm(args, cwd, progress === undefined ? undefined : npmLog(progress, `${what}, `).take);
  };
  // Made beside its place and moved in whole, so that a broken or a second install never shows.
  const making = `${home}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  try {
    writeFileSync(join(making, "package.json"), '{"private":true}\n');
    const quiet = [
      "--no-audit",
      "--no-fund",
      progress === undefined ? "--loglevel=error" : "--loglevel=http",
    ];
    await npm(
      "its server, once",
      ["install", "--ignore-scripts", ...quiet, `code-server@${VERSION}`],
      making,
    );
    const inner = join(making, "node_modules", "code-server", "lib", "vscode");
    await npm("its packages, once", ["install", "--omit=dev", "--ignore-scripts", ...quiet], inner);
    // Without these two the editor falls back to plain logs and no watchdog; neither matters here.
    const native = ["@vscode/spdlog", "@vscode/native-watchdog"];
    await npm("its native modules, once", ["rebuild", ...quiet, ...native], inner).catch(() => undefined);
    writeFileSync(join(making, "installed"), VERSION);
    rmSync(home, { recursive: true, force: true });
    renameSync(making, home);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return installed;
}

export const serverMain = (installed: string): string => join(installed, "lib/vscode/out/server-main.js");

function runNpm(args: string[], cwd: string, onLine: ((line: string) => void) | undefined): Promise<string> {
  // code-server demands Node 24; the one that runs us is it, so it goes first in the path.
  const path = `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`;
  const failed = (error: unknown): never => {
    // The lines that only count fetched packages would hide the reason.
    const lines = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new Error(lines.filter((line) => !line.startsWith("npm http")).join("\n"));
  };
  const told = onLine === undefined ? {} : { onLine };
  return run("npm", args, { cwd, env: { PATH: path }, ...told }).catch(failed);
}

/** A Chrome or Chromium: $CHROME, an installed one, or as root on Debian installed now. */
export async function browser(say: (line: string) => void = () => {}): Promise<string> {
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

function findBrowser(): string | undefined {
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

if (process.argv[1] === import.meta.filename) {
  // One after the other: both load the network, and apt-get is the shorter one.
  await browser();
  await codeServer();
}
