// Every view in each theme, dark, light and both of high contrast: a picture of it, and what a screen reader says of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Window } from "../../../scripts/editor/workbench.ts";
import { opensWindow } from "../support/opening.ts";
import { active, agentIs, answer, calls, done, newAgent, showViews, step } from "../support/people.ts";

let window: Window;
const script = opensWindow((on) => {
  window = on;
});

/** What the page hands out of its elements. */
type Shown = { getAttribute(name: string): string | null; textContent: string | null; outerHTML: string };
/** Each theme, and the class by which the window says that it has it. */
const THEMES = {
  dark: ["Dark Modern", "vs-dark"],
  light: ["Light Modern", "vs"],
  contrast: ["Dark High Contrast", "hc-black"],
  "contrast-light": ["Light High Contrast", "hc-light"],
} as const;
/** What media/ keeps in each theme; the other pictures are looked at and thrown away. */
const KEPT = ["approvals", "set", "review", "question"];

/** Does this in each theme, with what takes a picture there. */
async function inEach(show: (take: (scene: string) => Promise<void>) => Promise<void>): Promise<void> {
  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    await g.command(window, "Preferences: Color Theme");
    await window.page.locator(".quick-input-list .monaco-list-row", { hasText: "Modern" }).first().waitFor();
    await window.page.keyboard.type(theme);
    await window.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: theme }).waitFor();
    await window.page.keyboard.press("Enter");
    await window.page.locator(`.monaco-workbench.${kind}`).waitFor();
    await show(async (scene) => {
      await sleep(500); // the text is coloured a moment after
      await named();
      if (process.env["UPDATE_MEDIA"] !== "1" || KEPT.includes(scene))
        await g.shot(window, `${scene}-${name}`);
    });
  }
}

/** All that can be pressed has a name. */
async function named(): Promise<void> {
  const pressed = window.page.locator(
    ".sidebar :is(.action-label, .monaco-button, [role=checkbox]), .editor-group-container.active .editor-actions .action-label",
  );
  const nameless = await pressed.evaluateAll((all: Shown[]) =>
    all
      .filter((one) => (one.getAttribute("aria-label") ?? one.textContent ?? "").trim() === "")
      .map((one) => one.outerHTML),
  );
  assert.deepEqual(nameless, []);
}

/** What a screen reader says of the rows of a view. */
const heard = (view: string): Promise<string[]> =>
  g
    .view(window, view)
    .locator(".monaco-list-row")
    .evaluateAll((all: Shown[]) => all.map((row) => row.getAttribute("aria-label") ?? ""));

test("the empty views, what an agent would hold, and the walkthrough", async () => {
  await inEach(async (take) => {
    await showViews(window);
    await g.view(window, "Agents").getByText("An agent can do only what you allow").waitFor();
    await take("welcome");
    await g.command(window, "Agent libOS: New Agent…");
    await step(window, "New Agent", "Tidy the price list");
    await window.page.locator(".quick-input-title", { hasText: "Which model?" }).waitFor();
    await g.pick(window, "Script from AGENTLIBOS_SCRIPT");
    await window.page.locator(".quick-input-title", { hasText: "What may it do?" }).waitFor();
    await g.choices(window);
    await take("authority-step");
    await window.page.keyboard.press("Escape");
    await g.command(window, "Agent libOS: Open Walkthrough");
    await window.page.getByText("Start your first agent", { exact: true }).first().waitFor();
    await take("walkthrough");
  });
  await g.command(window, "View: Close All Editors");
});

const write = (path: string): [string, unknown] => ["write_file", { path, content: `# ${path}\n` }];
const EDIT: [string, unknown] = [
  "edit_file",
  { path: "README.md", old_text: "# Price list", new_text: "# Prices" },
];

test("four agents that ask, their requests, and what each review shows", async () => {
  script.write([calls("I read first.", ["read_file", { path: "README.md" }]), calls("Look.", EDIT), done]);
  await newAgent(window, "Shorten the title");
  await g.row(window, "Approvals", /README\.md/).waitFor();
  script.write([calls("Three pages.", write("docs/hours.md"), write("docs/prices.md"), EDIT), done]);
  await newAgent(window, "Write the opening hours");
  await g.row(window, "Approvals", /3 files/).waitFor();
  script.write([calls("I ask.", ["ask_human", { question: "Which currency do people pay in?" }]), done]);
  await newAgent(window, "Ask for the currency");
  await g.row(window, "Approvals", /Which currency/).waitFor();
  script.write([calls("This is old.", ["delete_file", { path: "test/basket.test.js" }]), done]);
  await newAgent(window, "Clean up");
  await g.row(window, "Approvals", /basket\.test/).waitFor();
  const look = async (row: RegExp, tab: RegExp): Promise<void> => {
    await g.row(window, "Approvals", row).click();
    await active(window, tab);
  };
  await inEach(async (take) => {
    await g.command(window, "View: Close All Editors");
    await take("approvals");
    await look(/files of turn 1/, /^Changes of agent 3/);
    await take("set");
    await look(/Which currency/, /^Request/);
    await take("question");
    await look(/basket\.test/, /^Request/);
    await take("request");
    await look(/^Edit app\/README\.md/, /^Edit app\/README\.md/);
    await take("review");
  });
  assert.deepEqual(await heard("Agents"), [
    "Clean up, needs you, Delete app/test/basket.test.js",
    'Ask for the currency, needs you, "Which currency do people pay in?"',
    "Write the opening hours, needs you, 3 requests",
    "Shorten the title, needs you, Edit app/README.md",
  ]);
  const requests = (await heard("Approvals")).map((label) => label.replace(/, \d of \d checked/, ""));
  assert.deepEqual(requests.slice(0, 7), [
    ...["Shorten the title, needs you, 1 request", "Edit app/README.md"],
    ...["Write the opening hours, needs you, 3 requests", "Changes of agent 3, turn 1 (3 files)"],
    ...["Create app/docs/hours.md", "Create app/docs/prices.md", "Edit app/README.md"],
  ]);
  await window.page.setViewportSize({ width: 640, height: 400 }); // as at 200 %
  await sleep(500);
  await g.shot(window, "zoomed");
  await window.page.setViewportSize({ width: 1280, height: 800 });
});

test("what was decided, and each document of the record, and a draft", async () => {
  await g.row(window, "Approvals", /^Edit app\/README\.md/).click();
  await active(window, /^Edit app\/README\.md/);
  await sleep(900);
  await answer(window, "Allow Once", /^Changes of agent 3/);
  await agentIs(window, "Shorten the title", /finished/);
  await g.rowButton(window, "Approvals", /basket\.test/, "Deny");
  await g.row(window, "Approvals", /Recently decided/).click();
  await g.row(window, "Approvals", /basket\.test.*denied/s).waitFor();
  const decided = ["Delete app/test/basket.test.js, denied", "Edit app/README.md, allowed"];
  const last = async (): Promise<string[]> => (await heard("Approvals")).slice(-2);
  await g.until(last, (rows) => rows.join() === decided.join(), 60);
  const document = async (title: string, pick: string, tab: RegExp): Promise<void> => {
    await g.command(window, `Agent libOS: ${title}`);
    await g.pick(window, pick);
    await active(window, tab);
  };
  await inEach(async (take) => {
    await g.command(window, "View: Close All Editors");
    await take("decided");
    await document("Open Transcript", "Shorten the title", /^Transcript of agent 2/);
    await take("transcript");
    await document("Show Authority", "Shorten the title", /^Authority of agent 2/);
    await take("authority");
    await g.command(window, "Agent libOS: Explain Decision…");
    await g.pick(window, "Shorten the title");
    await g.pick(window, "edit_file");
    await active(window, /^Call /);
    await take("explain");
    await document("Show Receipt", "Shorten the title", /^Receipt of agent/);
    await take("receipt");
    await g.command(window, "Agent libOS: Show Status");
    await active(window, /^Status/);
    await take("status");
    await g.command(window, "Agent libOS: New Agent…");
    const line = window.page.locator(".quick-input-widget .action-label[aria-label^='Open in Editor']");
    const draft = window.page.locator(".tab.active", { hasText: "New agent" }); // once begun it comes back
    await line.or(draft).waitFor();
    if (await line.isVisible()) await line.click();
    await active(window, /^New agent/);
    await take("draft");
  });
});
