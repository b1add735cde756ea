// Starting by the keyboard from an image file, and forking an agent that has ended: every step shows what it would give.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bed } from "../support/desk/bed.ts";
import * as g from "../support/desk/gestures.ts";
import { active, agentIs, calls, cli, done, showViews, step } from "../support/desk/people.ts";

let window: g.Window;
const script = bed((on) => (window = on));

const FINDER = "---\ndescription: Finds things\ntools: [read_file, write_file, finish]\n---\nFind.\n";
const journal = (): string =>
  readFileSync(join(window.editor.workspace, ".agentlibos/journal/00000001.jsonl"), "utf8");
const recorded = (text: RegExp): Promise<string> => g.until(journal, (all) => text.test(all));
const MODEL = "Script from AGENTLIBOS_SCRIPT";

function imageFile(name: string, text: string): void {
  mkdirSync(join(window.editor.workspace, ".agents/images"), { recursive: true });
  writeFileSync(join(window.editor.workspace, ".agents/images", name), text);
}

test("an image file that cannot be used is listed with its line, which opens", async () => {
  imageFile("finder.agent.md", FINDER);
  imageFile("flyer.agent.md", "---\ndescription: Flies\ntools: [fly]\n---\nFly.\n");
  await showViews(window);
  await g.command(window, "Agent libOS: New Agent…");
  await step(window, "New Agent", "Find the prices");
  await g.titled(window, "Which image?");
  const listed = (await g.choices(window)).join("\n");
  assert.match(listed, /coding[^]*built in[^]*finder[^]*finder\.agent\.md, untrusted text/);
  assert.match(listed, /flyer\.agent\.md:3: there is no tool "fly"/);
  await step(window, "Which image?", "flyer");
  await active(window, /^flyer\.agent\.md/);
  await g.key(window, "Control+F4");
});

test("an agent starts from a file with what the file suggests, once a person accepts it", async () => {
  script.write([
    calls("I look.", ["read_file", { path: "README.md" }], ["delete_file", { path: "README.md" }]),
    done,
  ]);
  await g.command(window, "Agent libOS: New Agent…");
  await step(window, "New Agent", ""); // the goal that was left is there again
  await step(window, "Which image?", "finder");
  await step(window, "Which model?", MODEL);
  await g.titled(window, "What may it do?");
  const offered = (await g.choices(window)).join("\n");
  assert.match(offered, /Ask: reads[^]*suggested by the image file[^]*Read Only[^]*narrower[^]*wider/);
  imageFile("finder.agent.md", FINDER.replace("Find.", "Rule."));
  await step(window, "What may it do?", "Ask: reads");
  await agentIs(window, "Find the prices", /finished/);
  const record = await recorded(/"result":"done"/);
  assert.match(record, /"prompt":"Find\."/, "what was read when it was chosen");
  assert.doesNotMatch(record, /Rule\./);
  assert.match(record, /"tool":"delete_file".*?ENOSYS/);
});

test("a message to an agent that has ended shows what a fork would hold; left, the text is a draft, and goes on", async () => {
  script.write([calls("I know the list.", ["write_file", { path: "list.md", content: "x\n" }]), done]);
  await g.command(window, "Agent libOS: Send Message…");
  await step(window, "Fork of Find the prices", "Write them down");
  await step(window, "Which model?", MODEL);
  await g.titled(window, "What may the fork do?");
  const offered = (await g.choices(window)).join("\n");
  assert.match(offered, /As It Was[^]*allow:read,list:fs:[^]*ask:write,delete:fs:[^]*narrower/);
  await g.key(window, "Escape");
  await active(window, /^Fork of Find the prices/);
  assert.match(await g.editorText(window), /a fork of it[^]*Write them down/);
  await g.key(window, "Control+Enter");
  await step(window, "Which model?", MODEL);
  await step(window, "What may the fork do?", "As It Was");
  await agentIs(window, "Write them down", /needs you[^]*fork of 2/);
  await active(window, /^Transcript of agent 3/);
  await g.until(
    () => g.editorText(window),
    (text) => /Turn 1 of agent 2[^]*Write them down/.test(text),
  );
});

test("after a reload the fork is what it was, and says so in the row, the status and the record", async () => {
  await g.reload(window);
  await showViews(window);
  await agentIs(window, "Write them down", /fork of 2/);
  await g.command(window, "Agent libOS: Show Status");
  await g.until(
    () => g.editorText(window),
    (text) => /Write them down[^\n]*fork of 2/.test(text),
  );
  assert.match(cli(window.editor, "audit").out, /process 3: fork of 2/);
  assert.equal(cli(window.editor, "verify").code, 0);
});
