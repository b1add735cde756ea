// Attacks that only a window can tell: what a click, a key, a focus or a page that is shown does with a request.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { bed } from "./bed.ts";
import { active, agentIs, calls, done, newAgent, nothingWaits, showViews, waiting } from "./people.ts";

let editor: Editor;
let window: Window;
const script = bed((on) => {
  window = on;
  editor = on.editor;
});

const there = (name: string): boolean => existsSync(join(editor.workspace, name));
const record = (): string =>
  readFileSync(join(editor.workspace, ".agentlibos/journal/00000001.jsonl"), "utf8");
const answers = (): number => record().split('"kind":"question.close"').length - 1;
const make = (path: string) => calls("I make a folder.", ["make_directory", { path }]);
const write = (path: string, content: string) => calls("I write.", ["write_file", { path, content }]);
const ask = (question: string) => calls("I ask.", ["ask_human", { question }]);
const LINK = "[go on](command:workbench.action.files.newUntitledFile)";

/** Denies what waits under this row, and waits until it is gone. */
async function deny(goal: string, row: string | RegExp): Promise<void> {
  await showViews(window);
  await g.rowButton(window, "Approvals", row, "Deny");
  await agentIs(window, goal, /finished/);
  await nothingWaits(window);
}
/** Looks elsewhere, once the row of the agent just started was brought into view. */
async function hide(goal: string): Promise<void> {
  await g.row(window, "Agents", goal).and(window.page.locator(".selected")).waitFor();
  await sleep(1000);
  await g.command(window, "View: Show Explorer");
}

test("G5: no key, click or focus on a row, on its view, on the window or on the review's opening answers", async () => {
  script.write([make("never"), done]);
  await newAgent(window, "Be touched");
  const row = g.row(window, "Approvals", /app\/never/);
  const { page } = window;
  const keys =
    (...all: string[]) =>
    async () => {
      for (const key of all) await page.keyboard.press(key);
    };
  const TOUCHES: Readonly<Record<string, () => Promise<unknown>>> = {
    "a click": () => row.click(),
    "a double click": () => row.dblclick(),
    "a middle click": () => row.click({ button: "middle" }),
    "a context menu that is closed again": async () => {
      await row.click({ button: "right" });
      await keys("Escape")();
    },
    Enter: keys("Enter"),
    Space: keys("Space"),
    Escape: keys("Escape"),
    "Control and Enter": keys("Control+Enter"),
    y: keys("y", "Enter"),
    "Tab and Enter": keys("Tab", "Enter"),
  };
  await row.waitFor();
  const before = answers();
  for (const [name, touch] of Object.entries(TOUCHES)) {
    await g.command(window, "View: Close All Editors");
    await showViews(window);
    await row.waitFor();
    await row.focus();
    await touch();
    await sleep(100);
    assert.equal(answers(), before, name);
    assert.equal(there("never"), false, name);
  }
  // The window loses and gets the focus, and a review opens under keys that are on their way.
  const other = await page.context().newPage();
  await other.bringToFront();
  await page.bringToFront();
  await page.mouse.click(640, 400);
  await g.command(window, "Agent libOS: Review Next");
  for (const key of ["Enter", "Space", "Escape"]) await page.keyboard.press(key);
  await other.close();
  await sleep(300);
  assert.equal(answers(), before);
  await deny("Be touched", /app\/never/);
  assert.equal(there("never"), false);
});

test("G5: what a notification does by itself is to show the request, never to allow it", async () => {
  script.write([make("toasted"), done]);
  await newAgent(window, "Be told");
  await hide("Be told");
  const toast = g.toast(window, /asks: Make the folder app\/toasted/);
  await toast.waitFor();
  const buttons = toast.locator(".monaco-button");
  assert.match(await buttons.and(window.page.locator(":not(.secondary)")).first().innerText(), /Review/);
  const before = answers();
  await g.command(window, "Notifications: Focus Notification Toast");
  for (const key of ["Space", "y"]) await window.page.keyboard.press(key);
  assert.equal(answers(), before);
  await g.command(window, "Notifications: Accept Notification Primary Action");
  await active(window, /^Request /);
  assert.equal(answers(), before);
  await deny("Be told", /app\/toasted/);
  assert.equal(there("toasted"), false);
});

const PADDING: Readonly<Record<string, { turn: ReturnType<typeof make>; row: RegExp }>> = {
  "300 lines": { turn: write("many.txt", "line\n".repeat(300)), row: /many\.txt/ },
  "one line of 20,000 characters": { turn: write("wide.txt", `${"x".repeat(20_000)}\n`), row: /wide\.txt/ },
  "a long name": { turn: make(`docs/${"long-".repeat(40)}`), row: /long-long/ },
  "a hidden character": { turn: make("do\u200Bcs"), row: /‹U\+200B›/ },
  "a name turned around": { turn: make("docs\u202Egnp"), row: /‹U\+202E›/ },
  "a link in its name": { turn: make(LINK.replace(/\//g, "-")), row: /go on/ },
};
for (const [name, { turn, row }] of Object.entries(PADDING))
  test(`G1, G2: a request with ${name} has no Allow before its review was opened`, async () => {
    script.write([turn, done]);
    await newAgent(window, `Pad with ${name}`);
    const shown = g.row(window, "Approvals", row);
    await shown.waitFor();
    await shown.hover();
    await shown.locator('.actions .action-label[aria-label^="Deny"]').waitFor();
    assert.equal(await shown.locator('.actions .action-label[aria-label^="Allow"]').count(), 0);
    await shown.click({ button: "right" });
    const menu = window.page.locator(".monaco-menu .action-item");
    await menu.filter({ hasText: "Deny" }).first().waitFor();
    assert.equal(await menu.filter({ hasText: "Allow" }).count(), 0);
    await window.page.keyboard.press("Escape");
    await deny(`Pad with ${name}`, row);
  });

test("G1: a link in a request is text in its notification, and runs nothing", async () => {
  script.write([make("[go on](command:x)"), done]);
  await newAgent(window, "Link a folder");
  await hide("Link a folder");
  await g.toast(window, /Agents are waiting for you/).waitFor();
  await g.shot(window, "attack-toast");
  assert.equal(await window.page.locator('.notification-toast a[href^="command:"]').count(), 0);
  await deny("Link a folder", /go on/);
  await g.command(window, "Notifications: Clear All Notifications");
});

test("G1: a link and a picture in a question are text where it is answered, and run nothing", async () => {
  script.write([ask(`${LINK} $(trash) [b](https://e.example/x)`), done]);
  await newAgent(window, "Link a question");
  await g.row(window, "Approvals", /go on/).waitFor();
  await g.rowButton(window, "Approvals", /go on/, "Answer Question");
  const input = window.page.locator(".quick-input-widget");
  await input.locator(".quick-input-message", { hasText: "command:workbench" }).waitFor();
  await g.shot(window, "attack-question");
  assert.equal(await input.locator(".quick-input-message a").count(), 0);
  assert.match(await input.locator(".quick-input-message").innerText(), /\[go on\] ?\(command:.*\$\(trash\)/);
  const before = await g.tabs(window);
  await input.locator(".quick-input-message").click();
  assert.deepEqual(await g.tabs(window), before);
  await g.enter(window, "no");
  await agentIs(window, "Link a question", /finished/);
});

test("G3: a name that the editor has a picture for is letters in what is proposed", async () => {
  script.write([write("$(trash)/$(pass).txt", "x\n"), done]);
  await newAgent(window, "Name a picture");
  await g.row(window, "Approvals", /pass/).click();
  await active(window, /pass/);
  const item = window.page.locator('.statusbar-item[id*="agentlibos.proposal"]');
  await item.waitFor();
  assert.match(await item.innerText(), /allow:write:fs:\/app\/\$\(trash\)/);
  await sleep(900);
  await g.titleButton(window, "Allow for…");
  const offered = await g.choices(window);
  assert.ok(
    offered.some((c) => c.includes("allow:write:fs:/app/$(trash)/$(pass).txt")),
    offered.join("\n"),
  );
  await g.shot(window, "attack-allow-for");
  await window.page.keyboard.press("Escape");
  await deny("Name a picture", /pass/);
});

test("G9: answered in one window, a request is gone from every other, and a late click there does nothing", async () => {
  script.write([make("shared"), done]);
  await newAgent(window, "Be watched");
  await g.row(window, "Approvals", /app\/shared/).waitFor();
  const other = await editor.another();
  await showViews(other);
  await g.row(other, "Approvals", /app\/shared/).waitFor();
  const before = answers();
  // It only watches: nothing there answers.
  await g.rowButton(other, "Approvals", /app\/shared/, "Deny").catch(() => undefined);
  await sleep(500);
  assert.equal(answers(), before);
  await window.page.bringToFront();
  await g.rowButton(window, "Approvals", /app\/shared/, "Deny");
  await agentIs(window, "Be watched", /finished/);
  await g.until(
    () => waiting(other),
    (rows) => rows.length === 0,
  );
  const badge = other.page.locator(
    `.activitybar .action-item:has([aria-label^="Agent libOS"]) .badge-content`,
  );
  await g.until(
    async () => ((await badge.count()) === 0 ? "" : await badge.first().innerText()),
    (count) => count === "",
  );
  assert.equal(there("shared"), false);
  await other.page.close();
});
