// The last two steps of npm start: an editor with the extension for a person, and a scratch workspace in it.
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { Child } from "./children.mjs";
import { answers, freePort, start, stopAll } from "./children.mjs";
import { desktop } from "./desktop.ts";
import { codeServer, root, serverMain } from "./install.mjs";
import { checkCommand } from "../../src/host/node/check-command.ts";
import { installVsix, packageVsix } from "./vsix.ts";
import { Progress } from "../progress.mjs";
import type { Scratch } from "./workspace.ts";
import { scratch } from "./workspace.ts";

type Opened = { editor: Child; lines: string[] };

/** The editor in a browser: only who knows the token is let in, and only from this machine. */
async function inBrowser(place: Scratch, vsix: string, progress: Progress): Promise<Opened> {
  const installed = await codeServer(progress);
  progress.at("the extension is installed");
  await installVsix(installed, vsix, ["--server-data-dir", place.data]);
  const token = randomBytes(24).toString("hex");
  const tokenFile = join(place.folder, "token"); // a file, because arguments are seen by everybody on the machine
  writeFileSync(tokenFile, token, { mode: 0o600 });
  mkdirSync(join(place.data, "data/Machine"), { recursive: true });
  writeFileSync(
    join(place.data, "data/Machine/settings.json"),
    JSON.stringify({
      "chat.disableAIFeatures": true,
      "workbench.startupEditor": "none",
      "workbench.secondarySideBar.defaultVisibility": "hidden",
      // Else the page of Workspace Trust covers the views that it is opened from.
      "workbench.editor.useModal": "off",
      // The editor was installed without a compiler of its own, which its TypeScript support complains about.
      "typescript.tsdk": join(root, "node_modules/typescript/lib"),
    }),
  );
  const port = await freePort();
  const editor = start(
    process.execPath,
    [
      ...[serverMain(installed), "--host", "127.0.0.1", "--port", String(port)],
      ...["--connection-token-file", tokenFile, "--accept-server-license-terms"],
      ...["--telemetry-level", "off", "--server-data-dir", place.data],
    ],
    { env: { AGENTLIBOS_HOME: place.home } },
  );
  await answers(`http://127.0.0.1:${port}/version`, editor);
  const address = `http://127.0.0.1:${port}/?tkn=${token}&folder=${encodeURIComponent(place.workspace)}`;
  const lines = [`Open ${address}`];
  if (process.env["SSH_CONNECTION"]) {
    const login = `${userInfo().username}@${hostname()}`;
    lines.push(`First, on your own machine: ssh -L ${port}:127.0.0.1:${port} ${login}`);
  }
  return { editor, lines };
}

async function open(
  mode: string | undefined,
  place: Scratch,
  vsix: string,
  progress: Progress,
): Promise<Opened> {
  if (mode !== "--browser") {
    const found = await desktop(place, vsix, mode === "--desktop");
    if ("editor" in found) return { editor: found.editor, lines: ["VS Code opens in a window of its own."] };
    if (mode === "--desktop") throw new Error(found.reason);
  }
  return inBrowser(place, vsix, progress);
}

async function main(): Promise<number> {
  const progress = new Progress("[3/4] editor");
  progress.at("the extension is packed");
  const place = scratch("app", true); // kept, so that the record can be checked afterwards
  const { editor, lines } = await packageVsix(place.folder)
    .then((vsix) => open(process.argv[2], place, vsix, progress))
    .catch((error: unknown) => {
      progress.end("failed");
      place.remove();
      throw error;
    });
  progress.end("ready");
  console.log("[4/4] workspace\n");
  console.log(
    [
      ...lines,
      "Agent libOS icon → Run the Tour",
      "Each receipt, also that of the tour, ends with the command that checks its record.",
      `For agents in ${place.workspace} it is`,
      `  ${checkCommand(join(root, "dist"), place.workspace, { ...process.env, AGENTLIBOS_HOME: place.home })}`,
      "Ctrl+C stops everything it started",
    ].join("\n"),
  );
  process.on("disconnect", () => void stopAll().then(() => process.exit(1)));
  return editor.ended;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await stopAll();
  if (process.connected) process.disconnect();
}
