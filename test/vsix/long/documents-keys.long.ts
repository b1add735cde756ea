// Objects by the keyboard alone, and the walkthrough by its command.
import { test } from "node:test";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Window } from "../../../scripts/editor/workbench.ts";
import { GOING_ON, opensWindow } from "../support/opening.ts";
import { PAGES } from "../support/pages.ts";
import { active, goTo, showViews } from "../support/people.ts";

let window: Window;
opensWindow((on) => (window = on), { height: 1800, settings: GOING_ON, agents: [PAGES] });

const press = (key: string): Promise<void> => window.page.keyboard.press(key);
const type = (text: string): Promise<void> => window.page.keyboard.type(text);
const title = (text: string) => window.page.locator(".quick-input-title", { hasText: text });
/** The document in front says this. */
const reads = (text: RegExp): Promise<string> =>
  g.until(
    () => g.editorText(window),
    (t) => text.test(t),
  );

test("the keyboard alone reaches an object, opens it and compares it", async () => {
  const run = async (command: string): Promise<void> => {
    await press("F1");
    await window.page.locator(".quick-input-widget input:focus").waitFor();
    await type(command);
    await window.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: command }).waitFor();
    await press("Enter");
  };
  await showViews(window);
  await g.row(window, "Agents", /2 objects/).click();
  await g.row(window, "Agents", /^pages/).waitFor();
  await g.command(window, "Focus on Agents View");
  const focused = g.view(window, "Agents").locator(".monaco-list-row.focused");
  await press("Home");
  await focused.first().waitFor();
  await goTo(window, "ArrowDown", focused, /^\S+\s+pages/);
  await press("Enter");
  await active(window, /^pages\.md/);
  await run("Agent libOS: Compare with Previous");
  await active(window, /pages: version 2 ↔ version 3/);
  await run("Agent libOS: Open Object");
  await title("Open which object?").waitFor();
  await type("notes");
  await window.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: "notes" }).waitFor();
  await press("Enter");
  await active(window, /^notes\.md/);
  await reads(/Bread, milk, hours\./);
});

test("the walkthrough opens with its five steps", async () => {
  await g.command(window, "View: Toggle Primary Side Bar Visibility");
  await g.command(window, "Agent libOS: Open Walkthrough");
  for (const each of ["Take the tour", "Choose a model", "Start your first agent", "Verify the record"])
    await window.page.getByText(each, { exact: true }).first().waitFor();
  await window.page
    .locator(".getting-started-media img, .getting-started-media iframe, .getting-started-media .markdown")
    .first()
    .waitFor();
  await g.shot(window, "walkthrough");
});
