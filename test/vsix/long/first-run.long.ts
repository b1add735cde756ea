// The first run by clicking alone, as a stranger has it: the walkthrough, the tour, New Agent, and a first reviewed edit.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { after, before, test } from "node:test";
import type { Locator } from "playwright-core";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Window } from "../../../scripts/editor/workbench.ts";
import { active, agentIs, answer, nothingWaits, review, showViews } from "../support/people.ts";
import type { Stranger } from "../support/strangers.ts";
import { firstEdit, stranger, tourEdit, tourEnded, tourWindow, untouched } from "../support/strangers.ts";

let who: Stranger;
let window: Window;
let folder = "";
before(async () => {
  who = await stranger();
  window = who.editor.window;
});
after(async () => {
  await who?.close();
  if (folder !== "") rmSync(dirname(folder), { recursive: true, force: true });
});

const title = (text: string): Locator => window.page.locator(".quick-input-title", { hasText: text });
const goal = (): Locator => window.page.locator(".quick-input-widget input:visible").first();

/** Opens the walkthrough's tab again, clicks a step open, and then its button. */
async function walk(stepTitle: string, button: string): Promise<void> {
  await window.page.locator(".tab", { hasText: "Walkthrough: Agent libOS" }).click();
  // What is not shown of the page is disabled: its cards, or the steps of one of them.
  const enabled = window.page.locator(":enabled");
  const card = window.page.locator(".getting-started-category", { hasText: "Agent libOS" }).and(enabled);
  const step = window.page.locator(".getting-started-step", { hasText: stepTitle }).and(enabled);
  const pushed = step.locator(".monaco-button", { hasText: button });
  // The editor goes back to its welcome page when it learns of something new.
  await card.or(step).first().waitFor();
  if ((await step.count()) === 0) await card.first().click();
  await step.first().waitFor();
  if (!(await pushed.isVisible())) await step.first().click();
  await pushed.click();
}

test("the walkthrough is on the welcome page, and looking at everything writes and asks nothing", async () => {
  await g.dialog(window).waitFor({ timeout: 60_000 });
  await g.dialogButton(window, /^Yes/);
  await window.page.locator(".getting-started-category", { hasText: "Agent libOS" }).first().click();
  for (const step of [
    "Take the tour",
    "Choose a model",
    "Know what an agent may do",
    "Start your first agent",
  ])
    await window.page.getByText(step, { exact: true }).first().waitFor();
  await showViews(window);
  await g.view(window, "Approvals").getByText("Nothing is waiting for you.").waitFor();
  await g.view(window, "Agents").getByText("An agent can do only what you allow").waitFor();
  for (const name of ["New Agent", "Run the Tour", "Select Model"])
    await g.view(window, "Agents").getByRole("button", { name, exact: true }).waitFor();
  await g.shot(window, "container");
  untouched(who);
});

test("each button of the walkthrough does what it says, and nothing has started yet", async () => {
  await walk("Know what an agent may do", "Choose the Profile");
  const settings = window.page.locator(".settings-editor");
  await settings.locator(".setting-item-contents", { hasText: "Agentlibos: Profile" }).waitFor();
  await settings.locator(":focus").first().waitFor({ state: "attached" });
  await window.page.keyboard.press("Escape"); // the editor shows its settings over everything else
  await settings.waitFor({ state: "hidden" });
  await walk("Verify the record", "Verify Audit Log");
  await g.toast(window, /Nothing was recorded here yet/).waitFor();
  await walk("Choose a model", "Set API Key");
  await title("Whose key?").waitFor();
  await window.page.keyboard.press("Escape");
  untouched(who);
  await walk("Choose a model", "Select Model");
  await title("Select the model that New Agent proposes first").waitFor();
  await g.pick(window, "Scripted demo");
  await g.until(
    () => who.asked.length,
    (asked) => asked > 0,
  );
  assert.deepEqual(who.asked, ["/api/tags"], "it is looked for when the picker opens");
  await walk("Start your first agent", "New Agent");
  await title("New Agent").waitFor();
  await window.page.keyboard.press("Escape");
});

test("the tour opens in a window of its own, and nothing runs there before its folder is trusted", async () => {
  const opened = await tourWindow(who.editor, () => walk("Take the tour", "Run the Tour"));
  const { tour } = opened;
  folder = opened.folder;
  await g.dialog(tour).waitFor({ timeout: 60_000 });
  await g.dialogButton(tour, /^Yes/);
  await g.row(tour, "Approvals", /basket\.js/).waitFor({ timeout: 60_000 });
  await active(tour, /^Transcript of agent 2/);
  await review(tour, /basket\.js/, /Edit price-list\/src\/basket\.js/);
  tourEdit(folder, false);
  await g.shot(tour, "review");
  await answer(tour, "Allow Once");
  await g.row(tour, "Approvals", /Prices below one euro/).waitFor();
  tourEdit(folder, true);
  await g.rowButton(tour, "Approvals", /Prices below one euro/, "Answer Question");
  await g.enter(tour, "yes, another day");
  await agentIs(tour, "Make quantities count", /finished/);
  await agentIs(tour, "Review src/basket.js", /finished/);
  await nothingWaits(tour);
  await active(tour, /The end of the tour/);
  await g.shot(tour, "tour-end");
  await tourEnded(tour, folder);
  await tour.page.close();
});

test("New Agent can be left at each step and begun again where it was, and nothing has started", async () => {
  await window.page.bringToFront();
  await showViews(window);
  const leave = async (last: string): Promise<void> => {
    await title(last).waitFor();
    await window.page.keyboard.press("Escape");
    await title(last).waitFor({ state: "hidden" });
    await g.view(window, "Agents").getByRole("button", { name: "New Agent", exact: true }).click();
    await title("New Agent").waitFor();
    assert.equal(await goal().inputValue(), "Say hello");
  };
  await g.view(window, "Agents").getByRole("button", { name: "New Agent", exact: true }).click();
  await title("New Agent").waitFor();
  await goal().fill("Say hello");
  await leave("New Agent");
  await goal().press("Enter");
  await leave("Which model?");
  await goal().press("Enter");
  await title("Which model?").waitFor();
  await g.pick(window, "Scripted demo");
  await leave("What may it do?");
  assert.equal(await g.view(window, "Agents").getByText("An agent can do only what you allow").count(), 1);
});

test("what it may do is said in words and to the letter, narrower and wider, and the first edit is reviewed", async () => {
  await goal().press("Enter");
  await title("Which model?").waitFor();
  await g.pick(window, "Scripted demo");
  await title("What may it do?").waitFor();
  const offered = (await g.choices(window)).join("\n");
  for (const part of [/Ask: reads the folder/, /allow:read,list:fs:\/app\/\*\*/, /may read and list/])
    assert.match(offered, part);
  await g.shot(window, "authority");
  await g.pick(window, "Ask: reads the folder");
  await active(window, /^Transcript of agent 2/);
  await review(window, /hello-from-an-agent/, /hello-from-an-agent/);
  await answer(window, "Allow Once");
  await agentIs(window, "Say hello", /finished/);
  firstEdit(who.editor);
  await walk("Verify the record", "Verify Audit Log");
  await g.until(
    () => g.editorText(window),
    (text) => /good: every byte is what was written/.test(text),
  );
});
