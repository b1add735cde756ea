// A desktop VS Code for a person, with a profile of its own: an installed `code`, else a downloaded one.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { downloadAndUnzipVSCode, resolveCliPathFromVSCodeExecutablePath } from "@vscode/test-electron";
import type { Child } from "./children.mjs";
import { run, start } from "./children.mjs";
import { root } from "./install.mjs";
import type { Scratch } from "./workspace.ts";

const DOWNLOADS = "https://update.code.visualstudio.com/api/releases/stable";

/** Opens it, or says why there is none. Unless `forced`, nothing is tried without a display. */
export async function desktop(
  place: Scratch,
  vsix: string,
  forced: boolean,
): Promise<{ editor: Child } | { reason: string }> {
  if (!forced && !hasDisplay()) return { reason: "There is no display." };
  const cli = installed() ?? (await downloaded());
  if (cli === undefined)
    return { reason: `There is no \`code\` in the path, and ${DOWNLOADS} cannot be reached.` };
  const profile = ["--user-data-dir", place.data, "--extensions-dir", place.extensions];
  const env = { AGENTLIBOS_HOME: place.home };
  // As root VS Code starts only without its own sandbox.
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  await run(cli, [...profile, ...root, "--install-extension", vsix], { env });
  return { editor: start(cli, [...profile, ...root, "--new-window", "--wait", place.workspace], { env }) };
}

function hasDisplay(): boolean {
  if (process.env["SSH_CONNECTION"]) return false;
  return process.platform !== "linux" || Boolean(process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"]);
}

function installed(): string | undefined {
  const name = process.platform === "win32" ? "code.cmd" : "code";
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

async function downloaded(): Promise<string | undefined> {
  try {
    await fetch(DOWNLOADS, { method: "HEAD", signal: AbortSignal.timeout(5000) });
    const app = await downloadAndUnzipVSCode({
      version: "stable",
      cachePath: join(root, ".vscode-test"),
      reporter: { report: () => {}, error: () => {} },
    });
    return resolveCliPathFromVSCodeExecutablePath(app);
  } catch {
    return undefined;
  }
}
