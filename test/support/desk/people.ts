// What tests at the desk share, under the names that test/vsix/people.ts has for a real window.
import { spawnSync } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import { dirname, join } from "node:path";
import type { DeskEditor } from "./editor.ts";
import * as g from "./gestures.ts";
import type { Window } from "./gestures.ts";

export { calls, done, scriptFile, type ScriptFile, type Turn } from "./script.ts";

const root = join(import.meta.dirname, "../../..");
/** How long a person takes for one step of a flow, in milliseconds. */
const STEP = 300;
/** How long a person reads what has just opened, in milliseconds. */
const READ = 900;

/** Shows the views of the extension. */
export async function showViews(window: Window): Promise<void> {
  await g.openContainer(window);
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

/** One step of a flow: waits for its title, types, and accepts what is typed or found. */
export async function step(window: Window, title: string, typed: string): Promise<void> {
  await g.titled(window, title);
  await g.sleep(STEP);
  if (typed !== "") await g.type(window, typed);
  const ask = g.asked(window);
  if (ask.kind === "list" && ask.activeItems.length === 0)
    throw new Error(`${title} offers nothing like ${typed}: ${(await g.choices(window)).join(" | ")}`);
  await g.key(window, "Enter");
}

/** Opens a waiting request by its row, and reads its review, so that it may be answered. */
export async function review(window: Window, row: string | RegExp, tab: RegExp): Promise<void> {
  await g.row(window, "Approvals", row).click();
  await active(window, tab);
  await g.sleep(READ);
}

/** A button of the review in front, after it was read; the review goes away by it. */
export async function answer(window: Window, button: string): Promise<void> {
  const before = window.tabs.activeTab;
  await g.sleep(READ);
  await g.titleButton(window, button);
  await g.until(
    () => window.tabs.activeTab?.label,
    () => window.tabs.activeTab !== before,
  );
}

/** A button of the review in front, pressed once. */
export async function press(window: Window, button: string): Promise<void> {
  await g.titleButton(window, button);
}

/** An entry of a row's context menu. */
export async function rowMenu(
  window: Window,
  view: string,
  row: string | RegExp,
  entry: string,
): Promise<void> {
  await g.rowMenu(window, view, row, entry);
}

/** Waits until the tab in front has this title. */
export async function active(window: Window, tab: RegExp): Promise<void> {
  await g.until(
    () => window.tabs.activeTab?.label ?? "no tab",
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

/** The command line on the same record, in a process of its own, while the editor holds it: what it prints and its exit code. */
export function cli(
  editor: Pick<DeskEditor, "home" | "workspace">,
  command: string,
  ...args: string[]
): { code: number | null; out: string } {
  const cache = getCompileCacheDir();
  const env = {
    ...process.env,
    AGENTLIBOS_HOME: editor.home,
    ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) }),
  };
  const file = join(root, "src/cli.ts");
  const all = ["--no-warnings", file, command, "--workspace", editor.workspace, ...args];
  const ran = spawnSync(process.execPath, all, { env });
  return { code: ran.status, out: `${ran.stdout.toString()}${ran.stderr.toString()}` };
}
