// The first run by the keyboard alone: trust, the tour, a goal left and found again, and a change set unchecked and allowed.
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Window } from "../../../scripts/editor/workbench.ts";
import {
  active,
  agentIs,
  answerable,
  calls,
  cli,
  done,
  nothingWaits,
  scriptFile,
  step,
} from "../support/people.ts";
import type { Stranger } from "../support/strangers.ts";
import { firstEdit, stranger, tourEdit, tourEnded, tourWindow, untouched } from "../support/strangers.ts";

let who: Stranger;
let window: Window;
let folder = "";
const script = scriptFile();
before(async () => {
  who = await stranger(script.path);
  window = who.editor.window;
});
after(async () => {
  await who?.close();
  script.remove();
  if (folder !== "") rmSync(dirname(folder), { recursive: true, force: true });
});

const press = (keys: string, on = window): Promise<void> => on.page.keyboard.press(keys);

/** What has the focus, as a screen reader says it: in a list that is its row. */
async function spoken({ page }: Window): Promise<string> {
  const has = page.locator("*:focus").last();
  if ((await has.count()) === 0) return "";
  const row = await has.getAttribute("aria-activedescendant", { timeout: 1000 }).catch(() => null);
  const said = row === null ? has : page.locator(`[id="${row}"]`);
  const label = await said.getAttribute("aria-label", { timeout: 1000 }).catch(() => null);
  return label ?? (await said.innerText({ timeout: 1000 }).catch(() => ""));
}

/** Where the focus is: which element of the page has it, and which row if that is a list. */
const place = ({ page }: Window): Promise<string> =>
  page.evaluate(`(() => {
    const on = document.activeElement;
    return [...document.querySelectorAll("*")].indexOf(on) + " " + on?.getAttribute("aria-activedescendant");
  })()`);

/** Presses a key until what has the focus is called this. */
async function goTo(keys: string, name: RegExp, on = window): Promise<void> {
  const heard: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    heard.push(await spoken(on));
    if (name.test(heard.at(-1) ?? "")) return;
    const before = await place(on);
    await press(keys, on);
    // Inside a page of its own, like a step's picture, the focus moves without being seen from here.
    const moved = g.until(
      () => place(on),
      (now) => now !== before,
      1,
    );
    await moved.catch(() => undefined);
  }
  assert.fail(`${keys} never led to ${String(name)}: ${heard.join(" | ")}`);
}

/** A command from the palette, typed and accepted. */
async function run(title: string, on = window): Promise<void> {
  await press("F1", on);
  await on.page.locator(".quick-input-widget input:focus").waitFor();
  await on.page.keyboard.type(title);
  await on.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: title }).waitFor();
  await press("Enter", on);
}

test("the folder is trusted, and the first view has the focus and says that nothing waits", async () => {
  await g.dialog(window).waitFor({ timeout: 60_000 });
  await goTo("Tab", /^Yes/);
  await press("Enter");
  await g.dialog(window).waitFor({ state: "hidden" });
  await run("Agent libOS: Show Approvals");
  await g.view(window, "Approvals").getByText("Nothing is waiting for you.").waitFor();
  for (const title of ["New Agent…", "Run the Tour", "Set API Key…", "Select Model…", "Show Log"])
    assert.ok(await g.offers(window, `Agent libOS: ${title}`), title);
  for (const title of ["Review", "Allow Once", "Verify Audit Log", "Pause"])
    assert.ok(!(await g.offers(window, `Agent libOS: ${title}`)), title);
  untouched(who);
});

test("the walkthrough is opened, and Enter on its button starts the tour in a window of its own", async () => {
  await run("Agent libOS: Open Walkthrough");
  await window.page.getByText("Take the tour", { exact: true }).first().waitFor();
  const opened = await tourWindow(who.editor, async () => {
    await goTo("Tab", /^Run the Tour$/);
    await press("Enter");
  });
  const { tour } = opened;
  folder = opened.folder;
  await g.dialog(tour).waitFor({ timeout: 60_000 });
  await goTo("Tab", /^Yes/, tour);
  await press("Enter", tour);
  await active(tour, /^Transcript of agent 2/);
  await g.row(tour, "Approvals", /basket\.js/).waitFor({ timeout: 60_000 });
  await press("Control+Alt+A", tour);
  await active(tour, /Edit price-list\/src\/basket\.js/);
  tourEdit(folder, false);
  await answerable(tour, /basket\.js/);
  await press("Control+Enter", tour);
  await g.row(tour, "Approvals", /Prices below one euro/).waitFor();
  tourEdit(folder, true);
  await run("Agent libOS: Answer Question…", tour);
  await step(tour, "An agent asks", "yes, another day");
  await agentIs(tour, "Make quantities count", /finished/);
  await agentIs(tour, "Review src/basket.js", /finished/);
  await nothingWaits(tour);
  await active(tour, /The end of the tour/);
  await tourEnded(tour, folder);
  await tour.page.close();
});

test("the button of the empty view begins an agent; what was left is there again, and the edit is reviewed", async () => {
  await window.page.bringToFront();
  await run("Focus on Agents View");
  await goTo("Tab", /^New Agent$/);
  await press("Enter");
  await step(window, "New Agent", "Say hello");
  await window.page.locator(".quick-input-title", { hasText: "Which model?" }).waitFor();
  await press("Escape");
  await run("Agent libOS: New Agent…");
  await step(window, "New Agent", "");
  await step(window, "Which model?", "Scripted demo");
  await step(window, "What may it do?", "Ask: reads");
  await active(window, /^Transcript of agent 2/);
  await g.row(window, "Approvals", /hello-from-an-agent/).waitFor();
  await press("Control+Alt+A");
  await active(window, /hello-from-an-agent/);
  await answerable(window, /hello-from-an-agent/);
  await press("Control+Enter");
  await agentIs(window, "Say hello", /finished/);
  firstEdit(who.editor);
});

test("a file of a change set is unchecked by Tab and Space, the rest is allowed, and a plain request is denied", async () => {
  const write = (path: string): [string, unknown] => ["write_file", { path, content: `${path}\n` }];
  script.write([
    calls("I write three.", write("docs/a.txt"), write("docs/b.txt"), write("docs/c.txt")),
    calls("This is old.", ["delete_file", { path: "src/format.js" }]),
    done,
  ]);
  await run("Agent libOS: New Agent…");
  await step(window, "New Agent", "Write three");
  await step(window, "Which model?", "Script from");
  await step(window, "What may it do?", "Ask: reads");
  await active(window, /^Transcript of agent 3/);
  await g.row(window, "Approvals", /3 files/).waitFor();
  await run("Agent libOS: Show Approvals");
  await goTo("ArrowDown", /docs\/b\.txt/);
  await goTo("Tab", /docs\/b\.txt: allowed/);
  await press("Space");
  await g
    .view(window, "Approvals")
    .getByText(/2 of 3 checked/)
    .waitFor();
  await run("Agent libOS: Show Approvals");
  await goTo("ArrowUp", /^Changes of agent 3/);
  await press("Enter");
  await active(window, /^Changes of agent 3/);
  await answerable(window, /3 files/);
  await press("Control+Enter");
  await g.row(window, "Approvals", /format\.js/).waitFor();
  const there = ["a", "b", "c"].map((name) => existsSync(join(who.editor.workspace, `docs/${name}.txt`)));
  assert.deepEqual(there, [true, false, true]);
  await press("Control+Alt+A");
  await active(window, /^Request/);
  await answerable(window, /format\.js/);
  await press("Control+Shift+Backspace");
  await agentIs(window, "Write three", /finished/);
  assert.ok(readFileSync(join(who.editor.workspace, "src/format.js"), "utf8").length > 0);
  assert.match(cli(who.editor, "audit").out, /fs\.delete +refused, not run/);
});
