// What the window tests share: scripts for the scripted model, New Agent step by step, reviews, and the record read back.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Locator } from "playwright-core";
import * as g from "../../../scripts/editor/gestures.ts";
import { root } from "../../../scripts/editor/install.mjs";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import { sharedEditor } from "../../../scripts/editor/shared.ts";

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
  const shared = sharedEditor()?.script;
  const folder = shared === undefined ? mkdtempSync(join(tmpdir(), "agentlibos-script-")) : undefined;
  const path = shared ?? join(folder ?? "", "script.json");
  return {
    path,
    write: (turns, children = []) => writeFileSync(path, JSON.stringify({ turns, children })),
    remove: () => folder !== undefined && rmSync(folder, { recursive: true, force: true }),
  };
}

/** Shows the views by their icon. */
export async function showViews(window: Window): Promise<void> {
  await g.openContainer(window);
  await g.view(window, "Approvals").waitFor();
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
  const { page } = window;
  await page.locator(".quick-input-title", { hasText: title }).waitFor();
  await page.locator(".quick-input-widget input:focus:enabled").waitFor();
  await page.keyboard.type(typed);
  // A list may still be filling: what is accepted is what stands there, marked. A line has no list.
  if (await page.locator(".quick-input-list").isVisible())
    await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: typed }).waitFor();
  await page.keyboard.press("Enter");
}

/** An answer this soon after a text was given, or after another answer, is taken for one meant for something else. */
const INERT = 700 + 100;
/** When something was answered last, in this file. */
let answered = 0;

/**
 * Waits until the editor in front has the focus. An editor takes it when it has opened, unless another text field had it
 * by then; a person clicks into it in that case.
 */
async function focused({ page }: Window): Promise<void> {
  const has = page.locator(".editor-group-container.active :focus");
  const text = page.locator(".editor-group-container.active .monaco-editor:visible").last();
  await g.until(
    async () => {
      const there = await has.waitFor({ state: "attached", timeout: 2000 }).then(
        () => true,
        () => false,
      );
      if (!there) await text.click({ timeout: 2000 }).catch(() => undefined);
      return there;
    },
    (there) => there,
  );
}

/** Opens a waiting request by its row, and waits until its review may be answered. */
export async function review(window: Window, row: string | RegExp, tab: RegExp): Promise<void> {
  await g.row(window, "Approvals", row).click();
  await active(window, tab);
  await focused(window);
  await answerable(window, row);
}

/** Waits until a request whose review was opened may be answered: its row offers the answer, and the time is over. */
export async function answerable({ page }: Window, row: string | RegExp): Promise<void> {
  const of = page.locator(".sidebar .monaco-list-row").filter({ hasText: row });
  // In English and German.
  const offers = ["Allow", "Answer", "Einmal", "Markierte", "Frage"]
    .map((word) => `[aria-label^="${word}"]`)
    .join();
  await of.locator(`.actions .action-label:is(${offers})`).first().waitFor({ state: "attached" });
  await sleep(INERT);
}

/**
 * Answers the review in front by a button in its title, and waits until the review goes. When others wait, the oldest
 * request is shown next by itself; `next` is its tab, and nothing else may be opened before it is there.
 */
export async function answer(window: Window, button: string, next?: RegExp): Promise<void> {
  const before = await front(window);
  await g.titleButton(window, button);
  await g.until(
    () => front(window),
    (now) => now !== before && (next === undefined || next.test(now)),
  );
  if (next !== undefined) await focused(window);
  answered = Date.now();
}

/** Answers by one of the ways that Allow for… offers. */
export async function pickAnswer(window: Window, text: string): Promise<void> {
  await g.pick(window, text);
  answered = Date.now();
}

/** Waits until the answer before is long enough ago for another one to count. */
export function settled(): Promise<void> {
  return sleep(Math.max(0, answered + INERT - Date.now()));
}

/** Answers a request by a button of its row, and waits until the row goes. */
export async function answerRow(window: Window, row: RegExp, button: string): Promise<void> {
  await g.row(window, "Approvals", row).waitFor();
  await settled();
  await g.rowButton(window, "Approvals", row, button);
  await gone(window, row);
}

/** Waits until a request that was answered is no longer among those that wait. */
export async function gone(window: Window, row: RegExp): Promise<void> {
  await g.until(
    () => waiting(window),
    (rows) => !rows.some((each) => row.test(each)),
  );
  answered = Date.now();
}

/** Presses a key until what is marked says this; a press is over when the mark has moved. */
export async function goTo(window: Window, key: string, marked: Locator, wanted: RegExp): Promise<void> {
  const mark = async (): Promise<string> => {
    const on = (await marked.count()) > 0 ? marked.first() : undefined;
    return on === undefined ? "" : `${(await on.getAttribute("id")) ?? ""} ${await on.innerText()}`;
  };
  for (let at = await mark(); !wanted.test(at);) {
    const before = at;
    await window.page.keyboard.press(key);
    at = await g.until(mark, (now) => now !== before);
  }
}

/** The title of the tab in front; empty without one. */
async function front(window: Window): Promise<string> {
  const label = window.page.locator(".editor-group-container.active .tab.active");
  return (await label.count()) > 0 ? ((await label.first().getAttribute("aria-label")) ?? "") : "";
}

/** Waits until the tab in front has this title. */
export async function active(window: Window, tab: RegExp): Promise<void> {
  await g.until(
    () => front(window),
    (title) => tab.test(title),
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
