// The packaged extension in an editor of its own, for tests that use it as a person would; see gestures.ts.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import type { Child } from "./children.ts";
import { answers, freePort, start } from "./children.ts";
import { QUIET, browser, codeServer, root } from "./install.ts";
import { installVsix, packageVsix } from "./vsix.ts";
import type { Scratch } from "./workspace.ts";
import { scratch } from "./workspace.ts";

/** Nothing in the window but what a test is about. */
const SETTINGS = {
  "chat.disableAIFeatures": true,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.colorTheme": "Dark Modern",
  "window.commandCenter": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
};

export type Options = {
  /** True (the default) switches Workspace Trust off; false shows Restricted Mode and its dialogs. */
  trust?: boolean;
  /** The folder or `.code-workspace` to open instead of the demo copy; null opens none. */
  open?: string | null;
  settings?: Record<string, unknown>;
  env?: NodeJS.ProcessEnv;
  /** Puts something into the workspace before the editor starts. */
  prepare?: (place: Scratch) => void;
};

/** One window of the editor; `gestures.ts` says what can be done in it. */
export type Window = { readonly page: Page; readonly editor: Editor };

export type Editor = Scratch & {
  /** The window that was opened first. */
  readonly window: Window;
  /** Another window of the same editor, on the same folder if none is named. */
  another(open?: string | null): Promise<Window>;
  /** Process ids of the living extension hosts. */
  extensionHosts(): number[];
  /** What the server wrote. */
  output(): string;
  /** Ends the editor and removes its folders. */
  close(): Promise<void>;
};

export async function openEditor(options: Options = {}): Promise<Editor> {
  const [installed, executablePath] = await Promise.all([codeServer(), browser()]);
  const place = scratch();
  let server: Child | undefined;
  let chrome: Browser | undefined;
  const close = async () => {
    await chrome?.close().catch(() => {});
    await server?.stop();
    place.remove();
  };
  try {
    const vsix = await packageVsix(place.folder);
    await installVsix(installed, vsix, ["--extensions-dir", place.extensions]);
    options.prepare?.(place);
    mkdirSync(join(place.data, "User"), { recursive: true });
    const settings = JSON.stringify({ ...SETTINGS, ...options.settings }, null, 2);
    writeFileSync(join(place.data, "User/settings.json"), settings);
    const port = await freePort();
    server = await serve(installed, port, place, options);
    chrome = await chromium.launch({ executablePath, args: QUIET });
    const context = await chrome.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(15_000);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);

    const editor: Editor = Object.assign(place, {
      window: undefined as unknown as Window,
      async another(open?: string | null) {
        const page = await context.newPage();
        const what = open !== undefined ? open : options.open !== undefined ? options.open : place.workspace;
        const kind = what?.endsWith(".code-workspace") ? "workspace" : "folder";
        const query = what === null ? "ew=true" : `${kind}=${encodeURIComponent(what)}`;
        await page.goto(`http://127.0.0.1:${port}/?${query}`);
        await ready(page);
        return { page, editor };
      },
      extensionHosts: () => descendants(server?.pid ?? -1).filter(isExtensionHost),
      output: () => server?.output() ?? "",
      close,
    });
    Object.assign(editor, { window: await editor.another() });
    return editor;
  } catch (error) {
    const said = server?.output().slice(-4000) ?? "";
    await close();
    throw new Error(`the editor did not open\n${said}`, { cause: error });
  }
}

/** For tests only: nobody is asked who they are, so it listens on this machine alone and ends with us. */
async function serve(installed: string, port: number, place: Scratch, options: Options): Promise<Child> {
  const trusting = options.trust === false ? [] : ["--disable-workspace-trust"];
  const server = start(
    process.execPath,
    [
      ...[join(installed, "out/node/entry.js"), "--auth", "none", "--bind-addr", `127.0.0.1:${port}`],
      ...["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override", ...trusting],
      ...["--user-data-dir", place.data, "--extensions-dir", place.extensions],
    ],
    { env: { HOME: place.folder, AGENTLIBOS_HOME: place.home, ...options.env } },
  );
  await answers(`http://127.0.0.1:${port}/healthz`, server);
  return server;
}

/** The window stands and the extension's container is in it. */
export async function ready(page: Page): Promise<void> {
  await page.locator(".monaco-workbench .statusbar").waitFor({ timeout: 60_000 });
  await page.locator(`.activitybar [aria-label^="Agent libOS"]`).first().waitFor({ timeout: 60_000 });
}

/** Where a screenshot goes: into media/ only when UPDATE_MEDIA=1. */
export function shotPath(name: string): string {
  const folder = join(root, process.env["UPDATE_MEDIA"] === "1" ? "media" : "test-results");
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
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

const isExtensionHost = (pid: number): boolean =>
  read(`/proc/${pid}/cmdline`).includes("--type=extensionHost");

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it ended meanwhile
  }
}
