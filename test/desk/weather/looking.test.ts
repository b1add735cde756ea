// Bad weather while somebody looks, or does not: files edited by hand under a review, and a window behind another one.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { README, bed } from "../../support/desk/bed.ts";
import type { DeskEditor } from "../../support/desk/editor.ts";
import * as g from "../../support/desk/gestures.ts";
import {
  active,
  agentIs,
  answer,
  calls,
  done,
  newAgent,
  press,
  review,
  showViews,
} from "../../support/desk/people.ts";
import { asked, came, holds, leave, open } from "../../support/desk/weather.ts";

let editor: DeskEditor;
let window: g.Window;
const script = bed(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    settings: {
      "agentlibos.transcript.openOnStart": false,
      "agentlibos.resumeOnStart": "never",
      "files.autoSave": "off",
    },
  },
);

const file = (name: string): string => join(editor.workspace, name);
const text = (name: string): string => readFileSync(file(name), "utf8");
const EDIT = /Edit app\/README\.md/;
beforeEach(() => writeFileSync(file("README.md"), README));

/** An agent that wants to edit README.md, with its review in front. */
async function editing(goal: string): Promise<void> {
  const args = { path: "README.md", old_text: "# Price list", new_text: "# Theirs" };
  script.write([calls("I edit.", ["edit_file", args]), done]);
  await newAgent(window, goal, "Ask", false);
  await review(window, /README\.md/, EDIT);
}

/** README.md in an editor of its own, with a word typed into it that is not saved. */
async function typeIntoReadme(): Promise<void> {
  await g.command(window, "Go to File...");
  await g.type(window, "README.md");
  await g.pick(window, "README.md");
  await active(window, /^README\.md/);
  window.focusOn("editor");
  await g.key(window, "Control+Home");
  await g.type(window, "mine ");
}

/** What was allowed was for another text: nothing is written, and the person is asked anew for the one that is there. */
async function askedAnew(goal: string, now: string): Promise<void> {
  await asked(editor, 0);
  await g.command(window, "Agent libOS: Resume All");
  await asked(editor, 1);
  assert.equal(text("README.md"), now);
  await review(window, /README\.md/, EDIT);
  await g.until(
    () => g.editorText(window),
    (shown) => shown.includes(now.slice(0, 4)) && shown.includes("# Theirs"),
  );
  await press(window, "Deny");
  await agentIs(window, goal, /finished/);
  assert.equal(text("README.md"), now);
  assert.equal(came(editor, "fs.edit").at(-1), "refused not-run");
  holds(editor);
}

for (const how of ["Reload Window", "kill -9"] as const)
  test(`a file saved by hand under its open review, and ${how}: it stays as the person left it`, async () => {
    const goal = `Meet a hand, ${how}`;
    await editing(goal);
    const theirs = `by hand\n${README}`;
    writeFileSync(file("README.md"), theirs);
    await leave(window, how);
    await agentIs(window, goal, /paused/);
    await review(window, /README\.md/, EDIT);
    await answer(window, "Allow Once");
    await askedAnew(goal, theirs);
  });

test("typed and not saved under its open review, and Reload Window: what was typed is kept, and Allow asks to save it first", async () => {
  const goal = "Meet typing";
  await typeIntoReadme();
  await editing(goal);
  await leave(window, "Reload Window");
  await agentIs(window, goal, /paused/);
  assert.equal(text("README.md"), README);
  await review(window, /README\.md/, EDIT);
  await press(window, "Allow Once");
  await g.toastButton(window, /not saved/, "Save and Recheck");
  await askedAnew(goal, `mine ${README}`);
  await g.command(window, "View: Close All Editors");
});

test("the window behind another, and a reload there: it tells, answers nothing by itself, and keeps what is asked", async () => {
  const told = () => g.toast(window, /asks: Make the folder app\/behind/).waitFor();
  window.focused = false;
  script.write([calls("Folder.", ["make_directory", { path: "behind" }]), done]);
  await newAgent(window, "Ask behind", "Ask", false);
  const before = await asked(editor, 1);
  await told();
  assert.equal(g.view(window, "Approvals").tree.visible, true);
  await leave(window, "Reload Window", true);
  await told();
  assert.equal(g.view(window, "Approvals").tree.visible, true);
  assert.deepEqual([open(editor), existsSync(file("behind"))], [before, false]);
  await showViews(window);
  await g.rowButton(window, "Approvals", "app/behind", "Deny");
  await asked(editor, 0);
  await g.command(window, "Agent libOS: Resume All");
  await agentIs(window, "Ask behind", /finished/);
  assert.equal(existsSync(file("behind")), false);
  assert.equal(came(editor, "fs.mkdir").at(-1), "refused not-run");
  holds(editor);
});
