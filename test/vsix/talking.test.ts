// Talking by the keyboard: a draft that survives a reload, a transcript with what can be done over its lines, a receipt.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { bed } from "./bed.ts";
import { active, agentIs, calls, cli, done, newAgent, showViews, step, press as click } from "./people.ts";

let editor: Editor;
let window: Window;
const script = bed((on) => {
  window = on;
  editor = on.editor;
});

const journal = (): string => {
  const path = join(editor.workspace, ".agentlibos/journal/00000001.jsonl");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};
const recorded = (text: RegExp): Promise<string> => g.until(journal, (all) => text.test(all));
const type = (text: string): Promise<void> => window.page.keyboard.type(text);
const press = (key: string): Promise<void> => window.page.keyboard.press(key);
const lens = (title: string) =>
  window.page.locator(".editor-group-container.active .codelens-decoration a", { hasText: title });
/** A draft that was sent is closed. */
const gone = (tab: string): Promise<string[]> =>
  g.until(
    () => g.tabs(window),
    (tabs) => !tabs.some((each) => each.startsWith(tab)),
  );
const front = (): Promise<string> => g.editorText(window);

/** What is kept of drafts, on the disk. */
function drafts(): string {
  const folder = join(editor.data, "User/workspaceStorage");
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return all
    .map((name) => (name.endsWith("drafts.json") ? readFileSync(join(folder, name), "utf8") : ""))
    .join("");
}

test("a goal moves from the line into a document, survives a reload, and is sent by Ctrl+Enter", async () => {
  script.write([
    calls("I look at the README.", ["read_file", { path: "README.md" }]),
    calls("I would write this.", [
      "edit_file",
      { path: "README.md", old_text: "# Price list", new_text: "# Prices" },
    ]),
    calls("May I ask?", ["ask_human", { question: "Which currency do people pay in?" }]),
    calls("Thank you. It is your turn."),
    done,
  ]);
  await showViews(window);
  await g.command(window, "Agent libOS: New Agent…");
  await window.page.locator(".quick-input-title", { hasText: "New Agent" }).waitFor();
  await type("Tidy the price list");
  await window.page.locator(".quick-input-widget .action-label[aria-label^='Open in Editor']").click();
  await active(window, /^New agent/);
  await press("Enter");
  await type("Use short words.");
  await press("Control+s");
  await g.until(drafts, (kept) => kept.includes("Use short words."));
  await g.shot(window, "draft");
  assert.match(await front(), /Send asks for its model[^]*Tidy the price list\s+Use short words\./);
  await g.reload(window);
  await active(window, /^New agent/);
  await window.page.locator(".editor-group-container.active .view-lines").first().click();
  await g.until(front, (text) => /Use short words\./.test(text));
  await press("Control+End");
  await press("Control+Enter");
  await step(window, "Which model?", "Script from AGENTLIBOS_SCRIPT");
  await step(window, "What may it do?", "Ask");
  await recorded(/"goal":"Tidy the price list\\nUse short words\."/);
  assert.doesNotMatch(journal(), /is not sent/);
  await gone("New agent");
});

test("over the transcript's lines stand its questions and what can be done", async () => {
  await g.command(window, "Agent libOS: Open Transcript");
  await active(window, /^Transcript of agent/);
  await lens("Review").waitFor();
  for (const title of ["Message…", "Interrupt…", "Pause", "Stop"]) await lens(title).waitFor();
  await g.shot(window, "transcript");
  await lens("Review").click();
  await active(window, /README\.md/);
  await sleep(900);
  await click(window, "Allow Once");
  await recorded(/"op":"fs\.edit".*?"outcome":"ok"/);
});

test("a question is answered from a draft, by the keyboard alone", async () => {
  await g.command(window, "Agent libOS: Open Transcript");
  await active(window, /^Transcript of agent/);
  await lens("Answer…").waitFor();
  await g.command(window, "Agent libOS: Answer Question…");
  await window.page.locator(".quick-input-title", { hasText: "An agent asks" }).waitFor();
  await type("In euros");
  await press("Shift+Tab");
  await press("Enter");
  await active(window, /^Answer q/);
  await type(", and cents.");
  await press("Control+Enter");
  await recorded(/"text":"In euros, and cents\."/);
  await gone("Answer q");
});

test("your turn is seen and answered, and the receipt stands at the end", async () => {
  await agentIs(window, "Tidy the price list", /your turn/);
  await g.command(window, "Agent libOS: Open Transcript");
  await lens("Your turn: Message…").waitFor();
  await lens("Your turn: Message…").click();
  await step(window, "Message to Tidy the price list", "Then end.");
  await agentIs(window, "Tidy the price list", /finished/);
  await g.until(front, (text) => /Check it:/.test(text));
  await lens("Copy Receipt").waitFor();
  await g.shot(window, "receipt-in-transcript");
  await g.command(window, "Agent libOS: Show Receipt");
  await active(window, /^Receipt of agent/);
  await g.shot(window, "receipt");
  assert.equal(cli(editor, "verify").code, 0);
});

test("an interruption takes back what was asked, and a message to who has ended goes to a fork of it", async () => {
  const ask = calls("I ask.", ["ask_human", { question: "Shall I wait?" }]);
  script.write([ask, done]);
  await newAgent(window, "Wait for an answer");
  await agentIs(window, "Wait for an answer", /needs you/);
  await g.command(window, "Agent libOS: Answer Question…");
  await window.page.locator(".quick-input-title", { hasText: "An agent asks" }).waitFor();
  await type("Too late");
  await press("Shift+Tab");
  await press("Enter");
  await active(window, /^Answer q/);
  await g.command(window, "Agent libOS: Interrupt with Message…");
  await step(window, "Interrupt Wait for an answer", "Never mind.");
  await agentIs(window, "Wait for an answer", /finished/);
  await recorded(/"signal":"interrupt"[^]*"text":"Never mind\."/);
  await active(window, /^Answer q/);
  await window.page.locator(".editor-group-container.active .view-lines").first().click();
  await press("Control+Enter");
  await g.toast(window, /already answered/).waitFor();
  await active(window, /^Answer q/);
  assert.doesNotMatch(journal(), /Too late/);
  await g.command(window, "Agent libOS: Find Agent…");
  await step(window, "Find Agent", "Wait for an answer");
  script.write([calls("I know what was said.", ["read_file", { path: "README.md" }]), done]);
  await lens("Message a Fork of It…").click();
  await step(window, "Fork of Wait for an answer", "Look at the list.");
  await step(window, "Which model?", "Script from AGENTLIBOS_SCRIPT");
  await step(window, "What may the fork do?", "As It Was");
  await agentIs(window, "Look at the list.", /finished · fork of 3/);
  await recorded(/"forked":\d+,"forkOf":3/);
});

test("any agent is found by what it was to do", async () => {
  await g.command(window, "Agent libOS: Find Agent…");
  await window.page.locator(".quick-input-title", { hasText: "Find Agent" }).waitFor();
  await g.choices(window);
  await g.shot(window, "find-agent");
  await type("short words");
  await sleep(200);
  await press("Enter");
  await active(window, /^Transcript of agent 2/);
});

test("the walkthrough opens with its five steps", async () => {
  await g.command(window, "View: Toggle Primary Side Bar Visibility");
  await g.command(window, "Agent libOS: Open Walkthrough");
  for (const title of ["Take the tour", "Choose a model", "Start your first agent", "Verify the record"])
    await window.page.getByText(title, { exact: true }).first().waitFor();
  await sleep(1500);
  await g.shot(window, "walkthrough");
});
