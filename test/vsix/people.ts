// What the window tests share: scripts for the scripted model, New Agent step by step, reviews, and the record read back.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import { root } from "../../scripts/editor/install.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { ready } from "../../scripts/editor/workbench.ts";

export type Turn = { text: string; calls: { tool: string; args: unknown }[] };

/** One model answer with its calls. */
export function calls(text: string, ...made: [tool: string, args: unknown][]): Turn {
  return { text, calls: made.map(([tool, args]) => ({ tool, args })) };
}

/** The last turn of an agent that ends by itself. */
export const done = calls("Done.", ["finish", { result: "done" }]);

export type ScriptFile = {
  readonly path: string;
  write(turns: Turn[], children?: { turns: Turn[] }[]): void;
  remove(): void;
};

/** The file that AGENTLIBOS_SCRIPT names; what it holds when an agent is started is what that agent does. */
export function scriptFile(): ScriptFile {
  const folder = mkdtempSync(join(tmpdir(), "agentlibos-script-"));
  const path = join(folder, "script.json");
  return {
    path,
    write: (turns, children = []) => writeFileSync(path, JSON.stringify({ turns, children })),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Shows the views by their icon; the badge that lies over it passes a click on. */
export async function showViews(window: Window): Promise<void> {
  const shown = window.page.locator(".sidebar .composite.title", { hasText: /agent libos/i });
  const icon = window.page.locator(`.activitybar .action-label[aria-label^="Agent libOS"]`).first();
  for (let tries = 0; tries < 5; tries++) {
    if (await shown.isVisible()) break;
    await icon.click({ force: true });
    await shown.waitFor({ timeout: 3000 }).catch(() => undefined);
  }
  await g.view(window, "Approvals").waitFor();
}

/**
 * Opens a `.code-workspace` and shows the views. Sometimes the editor itself comes up without the folders that the file
 * names; a person would load the window again, and so do we.
 */
export async function openWorkspace(editor: Editor, file: string, trust = false): Promise<Window> {
  const window = await editor.another(file);
  if (trust) await trustAuthors(window, 60_000);
  for (let tries = 0; tries < 3; tries++) {
    await showViews(window);
    const none = g.view(window, "Agents").getByText("Agents work inside a folder");
    await sleep(1500);
    if (!(await none.isVisible())) break;
    await window.page.reload();
    await ready(window.page);
    // The answer may have come too early to be kept; then the editor asks again, and takes no key meanwhile.
    if (trust) await trustAuthors(window, 5000).catch(() => undefined);
  }
  return window;
}

async function trustAuthors(window: Window, timeout: number): Promise<void> {
  await g.dialog(window).waitFor({ timeout });
  await g.dialogButton(window, /^Yes/);
}

/** New Agent…, with the script, under the profile Ask; `opens` is whether the settings open its transcript. */
export async function newAgent(window: Window, goal: string, profile = "Ask", opens = true): Promise<void> {
  await showViews(window);
  await g.command(window, "Agent libOS: New Agent…");
  await step(window, "New Agent", goal);
  await step(window, "Which model?", "Script from AGENTLIBOS_SCRIPT");
  await step(window, "What may it do?", profile);
  if (opens) await active(window, /^Transcript of agent/);
  else await g.row(window, "Agents", goal).waitFor();
}

/** One step of a flow by the keyboard: waits for its title, types, and accepts what is typed or found. */
export async function step(window: Window, title: string, typed: string): Promise<void> {
  await window.page.locator(".quick-input-title", { hasText: title }).waitFor();
  await window.page.keyboard.type(typed);
  await sleep(100);
  // A list may still be filling: what is accepted is what stands there, marked.
  const rows = window.page.locator(".quick-input-list .monaco-list-row");
  const marked = window.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: typed });
  await g.until(
    async () => (await rows.count()) === 0 || (await marked.count()) > 0,
    (ready) => ready,
  );
  await window.page.keyboard.press("Enter");
}

/** Opens a waiting request by its row, and waits until its review may be answered. */
export async function review(window: Window, row: string | RegExp, tab: RegExp): Promise<void> {
  await g.row(window, "Approvals", row).click();
  await active(window, tab);
  await sleep(900); // an answer sooner than that is taken for one meant for something else
}

/**
 * A button of the review in front, clicked until it counts: on a busy machine the text may come late, and an answer too
 * soon after it is taken for one meant for something else.
 */
export async function answer(window: Window, button: string): Promise<void> {
  const label = window.page.locator(".editor-group-container.active .tab.active");
  const front = async (): Promise<string | null> =>
    (await label.count()) === 0 ? null : label.first().getAttribute("aria-label");
  const before = await front();
  for (let tries = 0; tries < 10 && (await front()) === before; tries++) {
    await g.titleButton(window, button).catch(() => undefined);
    await sleep(800);
  }
}

/** An entry of a row's context menu; a menu takes no click in its first moment. */
export async function rowMenu(
  window: Window,
  view: string,
  row: string | RegExp,
  entry: string,
): Promise<void> {
  await g.row(window, view, row).click({ button: "right" });
  const item = window.page.locator(".monaco-menu .action-item", { hasText: entry }).last();
  await item.waitFor();
  await sleep(300);
  await item.click();
}

/** Waits until the tab in front has this title. */
export async function active(window: Window, tab: RegExp): Promise<void> {
  const label = window.page.locator(".editor-group-container.active .tab.active");
  await g.until(
    async () => (await label.count()) > 0 && ((await label.first().getAttribute("aria-label")) ?? ""),
    (title) => title !== false && tab.test(title),
  );
}

/** Waits until the agent's row says this. */
export async function agentIs(window: Window, goal: string, word: RegExp): Promise<void> {
  await g.until(
    () => g.rows(window, "Agents"),
    (rows) => rows.some((r) => r.includes(goal) && word.test(r)),
  );
}

/** What waits, as the rows of Approvals read; what was decided lately is not part of it. */
export async function waiting(window: Window): Promise<string[]> {
  const rows = await g.rows(window, "Approvals");
  const recent = rows.findIndex((row) => row.includes("Recently decided"));
  return recent < 0 ? rows : rows.slice(0, recent);
}

/** Nothing waits any more. */
export async function nothingWaits(window: Window): Promise<void> {
  await g.until(
    () => waiting(window),
    (rows) => rows.length === 0,
  );
}

/** The built command line on the same record, while the editor holds it: what it prints and its exit code. */
export function cli(
  editor: Editor,
  command: string,
  ...args: string[]
): { code: number | null; out: string } {
  const env = { ...process.env, AGENTLIBOS_HOME: editor.home };
  const file = join(root, "dist/cli.js");
  const ran = spawnSync(process.execPath, [file, command, "--workspace", editor.workspace, ...args], { env });
  return { code: ran.status, out: `${ran.stdout.toString()}${ran.stderr.toString()}` };
}

/** A button of the review in front; again when it came too soon after the text, which the status bar then says. */
export async function press(window: Window, button: string): Promise<void> {
  for (let tries = 0; tries < 5; tries++) {
    await g.titleButton(window, button);
    await sleep(250);
    if (!(await g.statusBar(window)).includes("Look first, then answer")) return;
    await sleep(2200); // until it no longer says so
  }
}
