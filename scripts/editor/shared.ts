// One editor server and one browser for all the window tests of a run: `node --test --test-global-setup` starts and ends them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { stopAll } from "./children.mjs";
import { QUIET, browser, codeServer } from "./install.mjs";
import { serve } from "./server.ts";
import { installVsix, packageVsix } from "./vsix.ts";
import { scratch } from "./workspace.ts";

/** The variable that tells a test file of what is running; without it a file starts its own. */
const VARIABLE = "AGENTLIBOS_SHARED_EDITOR";

/** What runs for all files: they come one after another, and each has the server to itself while its windows are open. */
export type Shared = {
  readonly folder: string;
  readonly port: number;
  /** The server's process id; the extension hosts are its descendants. */
  readonly pid: number;
  readonly data: string;
  readonly home: string;
  readonly extensions: string;
  /** The file that AGENTLIBOS_SCRIPT names in the extension host. */
  readonly script: string;
  /** Where the browser listens. */
  readonly browser: string;
};

/** What runs for all files, if anything does. */
export function sharedEditor(): Shared | undefined {
  const said = process.env[VARIABLE];
  return said === undefined ? undefined : (JSON.parse(said) as Shared);
}

let end: (() => Promise<void>) | undefined;

/** Called by node --test before the first file; the files inherit the environment that it leaves. */
export async function globalSetup(): Promise<void> {
  const [installed, executablePath] = await Promise.all([codeServer(), browser()]);
  const place = scratch();
  end = async () => {
    await stopAll();
    place.remove();
  };
  const { folder, data, home, extensions } = place;
  const script = join(folder, "script.json");
  writeFileSync(script, "{}");
  await installVsix(installed, await packageVsix(folder), ["--extensions-dir", extensions]);
  const env = { HOME: folder, AGENTLIBOS_HOME: home, AGENTLIBOS_SCRIPT: script };
  const [server, chrome] = await Promise.all([
    serve(installed, { data, extensions, env }),
    chromium.launchServer({ executablePath, args: QUIET }),
  ]);
  end = async () => {
    await chrome.close();
    await stopAll();
    place.remove();
  };
  const { port, child } = server;
  const shared: Shared = {
    ...{ folder, port, pid: child.pid, data, home, extensions, script },
    browser: chrome.wsEndpoint(),
  };
  process.env[VARIABLE] = JSON.stringify(shared);
}

/** Called by node --test after the last file. */
export async function globalTeardown(): Promise<void> {
  await end?.();
}
