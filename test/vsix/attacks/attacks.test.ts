// Attacks that only a window can tell: what a click, a key, a focus or a page that is shown does with a request.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import { LONG } from "../../support/runs.ts";
import { PADDING, attackers } from "./attackers.ts";
import { GOING_ON, opensWindow } from "../support/opening.ts";
import {
  active,
  agentIs,
  answerRow,
  answerable,
  gone,
  nothingWaits,
  review,
  showViews,
  waiting,
} from "../support/people.ts";

let editor: Editor;
let window: Window;

/** What a page asked this server for, in order. */
const fetched: string[] = [];
const server = createServer((request, response) => {
  fetched.push(request.url ?? "");
  response.writeHead(200, { "content-type": "image/svg+xml", "access-control-allow-origin": "*" });
  response.end('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
});
let site = "";
before(async () => {
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    height: 1800,
    settings: { ...GOING_ON, "agentlibos.notifications": "whenHidden" },
    prepare: ({ workspace }) => {
      for (const name of ["own", "last"])
        writeFileSync(join(workspace, `${name}.md`), `![${name}](${site}/${name})\n`);
    },
    agents: () => attackers(site),
  },
);

const there = (name: string): boolean => existsSync(join(editor.workspace, name));
const record = (): string =>
  readFileSync(join(editor.workspace, ".agentlibos/journal/00000001.jsonl"), "utf8");
const answers = (): number => record().split('"kind":"question.close"').length - 1;

/** Denies what waits under this row, and waits until its agent has heard it. */
async function deny(goal: string, row: RegExp): Promise<void> {
  await showViews(window);
  await answerRow(window, row, "Deny");
  await agentIs(window, goal, /finished|needs you/);
}

/** Has the extension do something that is seen: what was asked of it before has been done by then. */
async function heard(): Promise<void> {
  await g.command(window, "Agent libOS: Show Status");
  await active(window, /^Status/);
}

/** Looks elsewhere and answers the one question that waits, so that its agent asks for the next thing unseen. */
async function goOnUnseen(): Promise<void> {
  await g.command(window, "View: Show Explorer");
  await g.view(window, "Approvals").waitFor({ state: "hidden" });
  await g.command(window, "Agent libOS: Answer Question…");
  await g.enter(window, "yes");
}

/** Opens a page of the person's own and its preview, and waits until its picture was fetched. */
async function previewOwn(name: string): Promise<void> {
  await g.command(window, "Go to File...");
  await window.page.keyboard.type(`${name}.md`);
  await g.pick(window, `${name}.md`);
  await active(window, new RegExp(`^${name}\\.md`));
  await g.command(window, "Markdown: Open Preview to the Side");
  await g.until(
    () => fetched.includes(`/${name}`),
    (is) => is,
  );
  await g.command(window, "View: Close All Editors");
}

test("L1: a picture in an agent's text is fetched by no transcript, no preview and no receipt", async () => {
  await g.command(window, "Go to File...");
  await window.page.keyboard.type("own.md");
  await g.pick(window, "own.md");
  await active(window, /^own\.md/);
  await g.command(window, "Markdown: Change Preview Security Settings");
  await g.pick(window, "Allow insecure local content");
  // The same preview does fetch it from a page that is a person's own: so it would be seen here.
  await previewOwn("own");
  await showViews(window);
  await g.rowButton(window, "Agents", "Show pictures", "Open Transcript");
  await active(window, /^Transcript of agent/);
  await g.until(
    () => g.editorText(window),
    (shown) => shown.includes("Agent"),
  );
  await g.command(window, "Markdown: Open Preview");
  await active(window, /^Preview/);
  const frame = window.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  await frame.locator("h2", { hasText: "Turn 1" }).first().waitFor();
  await g.row(window, "Agents", "Show pictures").hover();
  await g.shot(window, "attack-preview");
  await previewOwn("last"); // what the transcript's preview would fetch comes before it
  assert.deepEqual(fetched, ["/own", "/last"]);
});

test("G5: no key, click or focus on a row, on its view, on the window or on the review's opening answers", async () => {
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
      await page.locator(".monaco-menu").waitFor();
      await keys("Escape")();
    },
    Enter: keys("Enter"),
    Space: keys("Space"),
    Escape: keys("Escape"),
    "Control and Enter": keys("Control+Enter"),
    y: keys("y", "Enter"),
    "Tab and Enter": keys("Tab", "Enter"),
  };
  const before = answers();
  // In a long run all of them.
  for (const [name, touch] of Object.entries(TOUCHES).filter((_, i) => LONG || i % 3 === 0)) {
    await row.focus();
    await touch();
    await heard();
    assert.equal(answers(), before, name);
    assert.equal(there("never"), false, name);
    await g.command(window, "View: Close All Editors");
  }
  // The window loses and gets the focus, and a review opens under keys that are on their way.
  const other = await page.context().newPage();
  await other.bringToFront();
  await page.bringToFront();
  await page.mouse.click(640, 400);
  await g.command(window, "Agent libOS: Review Next");
  for (const key of ["Enter", "Space", "Escape"]) await page.keyboard.press(key);
  await other.close();
  await heard();
  assert.equal(answers(), before);
  await deny("Be touched", /app\/never/);
  assert.equal(there("never"), false);
});

for (const [name, { row }] of Object.entries(PADDING))
  test(`G1, G2: a request with ${name} has no Allow before its review was opened`, async () => {
    const shown = g.row(window, "Approvals", row);
    await shown.hover();
    await shown.locator('.actions .action-label[aria-label^="Deny"]').waitFor();
    assert.equal(await shown.locator('.actions .action-label[aria-label^="Allow"]').count(), 0);
    await shown.click({ button: "right" });
    const menu = window.page.locator(".monaco-menu .action-item");
    await menu.filter({ hasText: "Deny" }).first().waitFor();
    assert.equal(await menu.filter({ hasText: "Allow" }).count(), 0);
    await window.page.keyboard.press("Escape");
    await menu.first().waitFor({ state: "hidden" });
    await deny(`Pad with ${name}`, row);
  });

test("G1: a link and a picture in a question are text where it is answered, and run nothing", async () => {
  await g.rowButton(window, "Approvals", /go on.*trash/, "Answer Question");
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
  await review(window, /check/, /check/);
  const item = window.page.locator('.statusbar-item[id*="agentlibos.proposal"]');
  await item.waitFor();
  assert.match(await item.innerText(), /allow:write:fs:\/app\/\$\(trash\)/);
  await g.titleButton(window, "Allow for…");
  const offered = await g.choices(window);
  assert.ok(
    offered.some((c) => c.includes("allow:write:fs:/app/$(trash)/$(check).txt")),
    offered.join("\n"),
  );
  await g.shot(window, "attack-allow-for");
  await window.page.keyboard.press("Escape");
  await deny("Name a picture", /check/);
});

// A second window costs as much as all before it: in a long run.
if (LONG)
  test("G9: answered in one window, a request is gone from every other, and a late click there does nothing", async () => {
    const other = await editor.another();
    await showViews(other);
    const before = answers();
    // It only watches: nothing there answers.
    await g.rowButton(other, "Approvals", /app\/shared/, "Deny");
    await g.toast(other, /you are watching/).waitFor();
    assert.equal(answers(), before);
    await window.page.bringToFront();
    await answerRow(window, /app\/shared/, "Deny");
    await agentIs(window, "Be watched", /finished/);
    await other.page.bringToFront();
    await gone(other, /app\/shared/);
    const badge = other.page.locator(
      `.activitybar .action-item:has([aria-label^="Agent libOS"]) .badge-content`,
    );
    const waits = (await waiting(window)).length;
    assert.ok(waits > 0);
    await badge.filter({ hasText: "1" }).waitFor();
    assert.equal(there("shared"), false);
    await other.page.close();
    await window.page.bringToFront();
  });

test("G5: what a notification does by itself is to show the request, never to allow it", async () => {
  await goOnUnseen();
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
  await showViews(window);
  await answerable(window, /app\/toasted/);
  await deny("Be told", /app\/toasted/);
  assert.equal(there("toasted"), false);
});

test("G1: a link in a request is text in its notification, and runs nothing", async () => {
  await g.row(window, "Approvals", /And then/).waitFor();
  await goOnUnseen();
  await g.toast(window, /Agents are waiting for you/).waitFor();
  await g.shot(window, "attack-toast");
  assert.equal(await window.page.locator('.notification-toast a[href^="command:"]').count(), 0);
  await deny("Be told", /go on/);
  await nothingWaits(window);
});
