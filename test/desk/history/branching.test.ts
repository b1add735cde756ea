// Going on at the desk: a branch from a checkpoint, agents that are brought back to one, and two that are compared.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bed } from "../../support/desk/bed.ts";
import * as g from "../../support/desk/gestures.ts";
import { agentIs, calls, done, newAgent, showViews } from "../../support/desk/people.ts";

let window: g.Window;
const script = bed((on) => (window = on));
const write = (path: string, content: string): [string, unknown] => ["write_file", { path, content }];

test("an agent goes on from a checkpoint beside the one that was, and is told what a person says", async () => {
  await showViews(window);
  script.write([
    calls("I begin.", write("a.txt", "one\n")),
    calls("And more.", write("b.txt", "two\n")),
    done,
  ]);
  await newAgent(window, "Begin", "Edit Freely");
  await agentIs(window, "Begin", /finished/);
  await g.command(window, "Agent libOS: Branch from Checkpoint…");
  await g.titled(window, "Go on from which checkpoint?");
  await g.pick(window, "before turn 2 of agent 2");
  await g.enter(window, "try it otherwise");
  await g.toast(window, /Agent 3 goes on from agent 2\./).waitFor();
  await g.until(
    () => g.rows(window, "Agents"),
    (rows) => rows.length > 1,
  );
});

test("two positions are compared: the files as differences, and all of it as a text", async () => {
  await g.command(window, "Agent libOS: Compare Checkpoints…");
  await g.titled(window, "Compare which checkpoint?");
  await g.pick(window, "before turn 1 of agent 2");
  await g.titled(window, "Compare it with which?");
  await g.pick(window, "now");
  await g.until(
    () => g.editorText(window),
    (text) => /^Files\n {2}app\/a\.txt {2}created/u.test(text),
  );
  const text = await g.editorText(window);
  assert.match(text, /app\/b\.txt {2}created/u);
  assert.match(text, /\nAuthority\n/u);
});

test("nothing is ended before a person says so, and then the new agent takes the place of the old one", async () => {
  await g.command(window, "Agent libOS: Restore Processes…");
  await g.titled(window, "Bring agents back to which checkpoint?");
  await g.pick(window, "before turn 2 of agent 2");
  assert.match(
    await g.dialog(window).innerText(),
    /let them go on from there\?[^]*Their work in files stays/u,
  );
  await g.dialogButton(window, "Restore Processes");
  await g.enter(window, "");
  await g.toast(window, /Agent 4 goes on from agent 2\./).waitFor();
});
