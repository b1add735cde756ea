// Commands by hand: what one changed is one set, and what it puts out streams into a document that its row opens.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { STILL, opensWindow } from "./support/opening.ts";
import { active, agentIs, calls, done, newAgent, showViews } from "./support/people.ts";

let editor: Editor;
let window: Window;
const script = opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  { settings: STILL, prepare: ({ workspace }) => writeFileSync(join(workspace, "notes.old"), "old\n") },
);

const run = (command: string): [string, unknown] => ["run_command", { command }];
const inside = (name: string): string => join(editor.workspace, name);
const CHANGES =
  "sed -i 's/Price list/Prices/' README.md && mkdir -p out && echo one > out/one.txt && echo two > out/two.txt && rm notes.old";

test("a command that changes, creates and deletes files brings one change set, refused in part", async () => {
  script.write([calls("I bring it in order.", run(CHANGES)), done]);
  await newAgent(window, "Bring it in order", "Ask", false);
  await showViews(window);
  const set = g.row(window, "Approvals", /4 files of call/);
  await set.waitFor();
  await set.click();
  await active(window, /^Changes of agent \d+, turn 1, call 1/);
  await window.page.getByText("Prices", { exact: false }).last().waitFor();
  await sleep(1000); // each file is compared and coloured by itself
  await g.shot(window, "command-set");
  await g
    .row(window, "Approvals", /Create app\/out\/two\.txt/)
    .locator(".custom-view-tree-node-item-checkbox")
    .click();
  assert.equal(existsSync(inside("out/one.txt")), false, "nothing has happened yet");
  await sleep(900); // an answer right after the review opened is not taken
  await g.titleButton(window, "Allow Checked, Deny the Rest");
  await agentIs(window, "Bring it in order", /finished/);
  assert.deepEqual(
    ["out/one.txt", "out/two.txt", "notes.old"].map((name) => existsSync(inside(name))),
    [true, false, true],
  );
});

test("a running command has a row, its output streams, and Stop ends it alone", async () => {
  script.write([
    calls("I test.", run("for i in 1 2 3; do echo test $i ok; done; sleep 300")),
    calls("Well.", ["ask_human", { question: "Go on?" }]),
  ]);
  await newAgent(window, "Test it", "Ask", false);
  const row = g.row(window, "Agents", /Run for i in/);
  await row.click();
  await active(window, /^Output of call/);
  await g.until(
    () => g.editorText(window),
    (text) => text.includes("test 3 ok"),
  );
  await g.shot(window, "command-output");
  await g.rowButton(window, "Agents", /Run for i in/, "Stop Command…");
  await g.row(window, "Approvals", /Go on\?/).waitFor();
  await g.until(
    () => g.editorText(window),
    (text) => text.includes("A person stopped this."),
  );
});
