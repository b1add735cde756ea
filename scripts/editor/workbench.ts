// The packaged extension in a window of an editor, for tests that use it as a person would; see gestures.ts.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { QUIET, browser, codeServer, root } from "./install.mjs";
import { extensionHosts, serve } from "./server.ts";
import { sharedEditor } from "./shared.ts";
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
  // An editor that opens takes the focus; the palette would close under the next command.
  "workbench.quickOpen.closeOnFocusLost": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  // Nothing is drawn that only looks good: the browser draws without a graphics card.
  "workbench.reduceMotion": "on",
  "editor.minimap.enabled": false,
  "editor.cursorBlinking": "solid",
};

export type Options = {
  /** True (the default) switches Workspace Trust off; false shows Restricted Mode and its dialogs. */
  trust?: boolean;
  /** The folder or `.code-workspace` to open instead of the demo copy; null opens none. */
  open?: string | null;
  /** Of the user; a function is asked when the window opens. */
  settings?: Record<string, unknown> | (() => Record<string, unknown>);
  /** How high the window is, for tests that want many rows on the screen; pictures are always taken of 800 pixels. */
  height?: number;
  /** Gives the file a server, data folder and home of its own, so that it starts like just installed. */
  alone?: boolean;
  /** What AGENTLIBOS_SCRIPT names in the extension host of a server of its own; the shared one has its own. */
  script?: string;
  /** Puts something into the workspace before the window opens. */
  prepare?: (place: Scratch) => void;
};

/** One window of the editor; `gestures.ts` says what can be done in it. */
export type Window = { readonly page: Page; readonly editor: Editor };

export type Editor = Scratch & {
  /** The window that was opened first. */
  readonly window: Window;
  /** Another window of the same editor, on the same folder if none is named. */
  another(open?: string | null): Promise<Window>;
  /** User settings beside those of the file, from when a window is loaded the next time. */
  configure(settings: Record<string, unknown>): void;
  /** Process ids of the living extension hosts. */
  extensionHosts(): number[];
  /** Closes the windows and removes the folders. */
  close(): Promise<void>;
};

/** Where a file's windows run: with all others, or on a server of its own. */
type Site = {
  readonly place: Scratch;
  readonly port: number;
  readonly pid: number;
  readonly chrome: Browser;
  output(): string;
  end(): Promise<void>;
};

export async function openEditor(options: Options = {}): Promise<Editor> {
  const site = await siteFor(options);
  const { place, port, pid, chrome } = site;
  let context: BrowserContext | undefined;
  const close = async () => {
    await context?.close().catch(() => {});
    await gone(pid);
    await site.end();
  };
  try {
    const given = typeof options.settings === "function" ? options.settings() : options.settings;
    const configure = (settings: Record<string, unknown>) => {
      const trust = options.trust === false ? {} : { "security.workspace.trust.enabled": false };
      const all = { ...SETTINGS, ...trust, ...given, ...settings };
      mkdirSync(join(place.data, "User"), { recursive: true });
      // As a whole: an editor that reads half of a file keeps to what it understands of it.
      writeFileSync(join(place.data, "User/settings.new"), JSON.stringify(all, null, 2));
      renameSync(join(place.data, "User/settings.new"), join(place.data, "User/settings.json"));
    };
    configure({});
    options.prepare?.(place);
    const opened = await chrome.newContext({ viewport: { width: 1280, height: options.height ?? 800 } });
    context = opened;
    opened.setDefaultTimeout(30_000);
    await opened.grantPermissions(["clipboard-read", "clipboard-write"]);
    const editor: Editor = Object.assign(place, {
      window: undefined as unknown as Window,
      async another(open?: string | null) {
        const page = await opened.newPage();
        const what = open !== undefined ? open : options.open !== undefined ? options.open : place.workspace;
        const kind = what?.endsWith(".code-workspace") ? "workspace" : "folder";
        const query = what === null ? "ew=true" : `${kind}=${encodeURIComponent(what)}`;
        await page.goto(`http://127.0.0.1:${port}/?${query}`);
        await ready(page, what === null);
        return { page, editor };
      },
      configure,
      extensionHosts: () => extensionHosts(pid),
      close,
    });
    Object.assign(editor, { window: await editor.another() });
    return editor;
  } catch (error) {
    const said = site.output().slice(-4000);
    await close();
    throw new Error(`the editor did not open\n${said}`, { cause: error });
  }
}

/** The shared server and browser as far as they run and a file does not ask for its own. */
async function siteFor(options: Options): Promise<Site> {
  const shared = sharedEditor();
  const chrome =
    shared === undefined
      ? await chromium.launch({ executablePath: await browser(), args: QUIET })
      : await chromium.connect(shared.browser);
  const own = scratch();
  if (shared !== undefined && options.alone !== true) {
    const { data, home, extensions, port, pid } = shared;
    const end = async () => {
      await chrome.close();
      own.remove();
    };
    return { place: { ...own, data, home, extensions }, port, pid, chrome, output: () => "", end };
  }
  const installed = await codeServer();
  const extensions = shared?.extensions ?? own.extensions;
  if (shared === undefined)
    await installVsix(installed, await packageVsix(own.folder), ["--extensions-dir", extensions]);
  const scripted = options.script === undefined ? {} : { AGENTLIBOS_SCRIPT: options.script };
  const env = { HOME: own.folder, AGENTLIBOS_HOME: own.home, ...scripted };
  const { port, child } = await serve(installed, { data: own.data, extensions, env });
  const end = async () => {
    await chrome.close();
    await child.stop();
    own.remove();
  };
  return { place: own, port, pid: child.pid, chrome, output: () => child.output(), end };
}

/** Waits until the extension hosts of closed windows have ended, so that none of them disturbs the next file. */
async function gone(pid: number): Promise<void> {
  for (const limit = Date.now() + 20_000; Date.now() < limit; await sleep(50))
    if (extensionHosts(pid).length === 0) return;
  for (const host of extensionHosts(pid)) process.kill(host, "SIGKILL");
}

/**
 * The window stands: its side bar shows what it showed last (at first the explorer), and the icon of the extension is
 * there. A click before that is undone when the side bar comes back. An empty window shows no side bar.
 */
export async function ready(page: Page, empty = false): Promise<void> {
  const timeout = 90_000;
  await page.locator(".monaco-workbench .statusbar").waitFor({ timeout });
  if (!empty)
    await page.locator(".part.sidebar .composite.title", { hasText: /\S/ }).first().waitFor({ timeout });
  await page.locator(`.activitybar [aria-label^="Agent libOS"]`).first().waitFor({ timeout });
}

/** Where a screenshot goes: into media/ only when UPDATE_MEDIA=1. */
export function shotPath(name: string): string {
  const folder = join(root, process.env["UPDATE_MEDIA"] === "1" ? "media" : "test-results");
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}
