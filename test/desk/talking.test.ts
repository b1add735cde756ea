// Talking at the desk, by the keyboard: answers and messages as drafts, an interruption, a fork, and a receipt at the end.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bed } from "../support/desk/bed.ts";
import * as g from "../support/desk/gestures.ts";
import { active, agentIs, answer, calls, cli, done, newAgent, review, step } from "../support/desk/people.ts";

let window: g.Window;
const script = bed((on) => {
  window = on;
  return begin();
});

const journal = (): string => {
  const path = join(window.editor.workspace, ".agentlibos/journal/00000001.jsonl");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};
const recorded = (text: RegExp): Promise<string> => g.until(journal, (all) => text.test(all));
const press = (key: string): Promise<void> => g.key(window, key);
const lens = (title: string): Promise<string[]> =>
  g.until(
    () => g.lenses(window),
    (titles) => titles.some((each) => each.includes(title)),
  );
/** A draft that was sent is closed. */
const gone = (tab: string): Promise<string[]> =>
  g.until(
    () => g.tabs(window),
    (tabs) => !tabs.some((each) => each.startsWith(tab)),
  );
const front = (): Promise<string> => g.editorText(window);

/** An agent with a goal of two lines, whose edit was allowed and whose question waits. */
async function begin(): Promise<void> {
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
  await g.command(window, "Agent libOS: New Agent…");
  await g.titled(window, "New Agent");
  await g.type(window, "Tidy the price list");
  await g.askButton(window, "Open in Editor");
  await active(window, /^New agent/);
  await press("Control+End");
  await press("Enter");
  await g.type(window, "Use short words.");
  await press("Control+Enter");
  await step(window, "Which model?", "Script from AGENTLIBOS_SCRIPT");
  await step(window, "What may it do?", "Ask");
  await review(window, /README\.md/, /README\.md/);
  await answer(window, "Allow Once");
  await recorded(/"op":"fs\.edit".*?"outcome":"ok"/);
}

test("a question is answered from a draft, by the keyboard alone", async () => {
  await g.command(window, "Agent libOS: Open Transcript");
  await active(window, /^Transcript of agent/);
  await lens("Answer…");
  await g.command(window, "Agent libOS: Answer Question…");
  await g.titled(window, "An agent asks");
  await g.type(window, "In euros");
  await press("Shift+Tab");
  await press("Enter");
  await active(window, /^Answer q/);
  await g.type(window, ", and cents.");
  await press("Control+Enter");
  await recorded(/"text":"In euros, and cents\."/);
  await gone("Answer q");
});

test("your turn is seen and answered, and the receipt stands at the end", async () => {
  await agentIs(window, "Tidy the price list", /your turn/);
  await g.command(window, "Agent libOS: Open Transcript");
  await g.lens(window, "Your turn: Message…");
  await step(window, "Message to Tidy the price list", "Then end.");
  await agentIs(window, "Tidy the price list", /finished/);
  await g.until(front, (text) => /Check it:/.test(text));
  await lens("Copy Receipt");
  await g.command(window, "Agent libOS: Show Receipt");
  await active(window, /^Receipt of agent/);
  assert.equal(cli(window.editor, "verify").code, 0);
});

test("an interruption takes back what was asked, and a message to who has ended goes to a fork of it", async () => {
  const ask = calls("I ask.", ["ask_human", { question: "Shall I wait?" }]);
  script.write([ask, done]);
  await newAgent(window, "Wait for an answer");
  await agentIs(window, "Wait for an answer", /needs you/);
  await g.command(window, "Agent libOS: Answer Question…");
  await g.titled(window, "An agent asks");
  await g.type(window, "Too late");
  await press("Shift+Tab");
  await press("Enter");
  await active(window, /^Answer q/);
  await g.command(window, "Agent libOS: Interrupt with Message…");
  await step(window, "Interrupt Wait for an answer", "Never mind.");
  await agentIs(window, "Wait for an answer", /finished/);
  await recorded(/"signal":"interrupt"[^]*"text":"Never mind\."/);
  await active(window, /^Answer q/);
  window.focusOn("editor");
  await press("Control+Enter");
  await g.toast(window, /already answered/).waitFor();
  await active(window, /^Answer q/);
  assert.doesNotMatch(journal(), /Too late/);
  await g.command(window, "Agent libOS: Find Agent…");
  await step(window, "Find Agent", "Wait for an answer");
  script.write([calls("I know what was said.", ["read_file", { path: "README.md" }]), done]);
  await g.lens(window, "Message a Fork of It…");
  await step(window, "Fork of Wait for an answer", "Look at the list.");
  await step(window, "Which model?", "Script from AGENTLIBOS_SCRIPT");
  await step(window, "What may the fork do?", "As It Was");
  await agentIs(window, "Look at the list.", /finished · fork of 3/);
  await recorded(/"forked":\d+,"forkOf":3/);
});

test("any agent is found by what it was to do", async () => {
  await g.command(window, "Agent libOS: Find Agent…");
  await g.titled(window, "Find Agent");
  await g.choices(window);
  await g.type(window, "short words");
  await press("Enter");
  await active(window, /^Transcript of agent 2/);
});
