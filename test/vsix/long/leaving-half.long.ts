// Work that stands half done when a window goes away: five requests, an answer in flight, a set, typed text, hidden views.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import { STILL, README, opensWindow } from "../support/opening.ts";
import { active, agentIs, answer, answerRow, answerable, review, showViews } from "../support/people.ts";
import { CUT_OFF, FIVE } from "../support/leavers.ts";
import { asked, came, holds, leave, lose, open } from "../support/weather.ts";

let editor: Editor;
let window: Window;
opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    height: 1800,
    settings: { ...STILL, "agentlibos.notifications": "whenHidden", "files.autoSave": "off" },
    prepare: ({ workspace }) => {
      for (const name of ["five", "flight", "typed"]) writeFileSync(join(workspace, `${name}.md`), README);
    },
    agents: CUT_OFF,
  },
);

const file = (name: string): string => join(editor.workspace, name);
const text = (name: string): string | undefined =>
  existsSync(file(name)) ? readFileSync(file(name), "utf8") : undefined;
/** Lets an agent go on, once its row says that nothing, or something, still waits: until then the row is made anew. */
async function resume(goal: string, asks: "asks" | "asks nothing"): Promise<void> {
  await agentIs(window, goal, asks === "asks" ? /paused · / : /paused$/);
  await g.rowButton(window, "Agents", goal, "Resume");
}
const SET = /^Changes of agent \d+, turn \d+ \(\d+ files?\)/;

test("five agents ask at once: after Reload Window all are paused, the same is asked, and each answer does one thing", async () => {
  await showViews(window);
  const before = open(editor);
  for (const { goal } of FIVE) {
    await resume(goal, "asks");
    await agentIs(window, goal, /needs you/);
  }
  await leave(window, "Reload Window");
  for (const { goal } of FIVE) await agentIs(window, goal, /paused/);
  assert.deepEqual(open(editor), before);
  assert.deepEqual(
    [text("five.md"), existsSync(file("five")), existsSync(file("five-folder"))],
    [README, false, false],
  );
  await review(window, /2 files of turn.*/s, SET);
  await answer(window, "Allow Checked", /Edit app\/five\.md/);
  await asked(editor, before.length - 2);
  await answerable(window, /five\.md/);
  await answer(window, "Allow Once", /^Request/);
  await asked(editor, before.length - 3);
  await answerRow(window, /app\/five-folder/, "Allow Once");
  await asked(editor, before.length - 4);
  await answerRow(window, /app\/five-one\.txt/, "Deny");
  await asked(editor, before.length - 5);
  await g.rowButton(window, "Approvals", /Which colour/, "Answer Question");
  await g.enter(window, "green");
  await asked(editor, before.length - 6);
  assert.equal(text("five.md"), README, "they are paused");
  for (const { goal } of FIVE) {
    await resume(goal, "asks nothing");
    await agentIs(window, goal, /finished/);
  }
  assert.deepEqual([text("five/a.txt"), text("five/b.txt")], ["five/a.txt\n", "five/b.txt\n"]);
  assert.deepEqual(
    [text("five.md"), text("five-one.txt")],
    [README.replace("# Price list", "# Five"), undefined],
  );
  assert.deepEqual(came(editor, "fs.write").sort(), ["approved ok", "approved ok", "refused not-run"]);
  holds(editor);
});

test("an answer in flight: kill -9 at the same moment leaves it given or not given, never half or twice", async () => {
  const done = came(editor, "fs.edit").length;
  await resume("Be cut off", "asks");
  await agentIs(window, "Be cut off", /needs you/);
  const before = open(editor).length;
  await review(window, /flight\.md/, /Edit app\/flight\.md/);
  await window.page.keyboard.press("Control+Enter");
  await leave(window, "kill -9");
  if (open(editor).length === before) {
    assert.equal(text("flight.md"), README);
    await review(window, /flight\.md/, /Edit app\/flight\.md/);
    await answer(window, "Allow Once", SET);
    await asked(editor, before - 1);
  }
  await agentIs(window, "Be cut off", /paused|finished/);
  if (await g.row(window, "Agents", /Be cut off.*paused/s).isVisible())
    await resume("Be cut off", "asks nothing");
  await agentIs(window, "Be cut off", /finished/);
  assert.equal(text("flight.md"), README.replace("# Price list", "# Cut off"));
  assert.deepEqual(came(editor, "fs.edit").slice(done), ["approved ok"]);
  holds(editor);
});

test("a set of changes: its old tab, which knows no requests any more, answers nothing; opened again, it does", async () => {
  const done = came(editor, "fs.write").length;
  await resume("Write a set", "asks");
  await agentIs(window, "Write a set", /needs you/);
  await g.row(window, "Approvals", /2 files of turn/).click();
  await active(window, SET);
  const before = open(editor);
  await lose(window);
  await agentIs(window, "Write a set", /paused/);
  await active(window, SET);
  await window.page.locator(".editor-group-container.active .tab.active").click();
  await window.page.keyboard.press("Control+Enter");
  await review(window, /2 files of turn/, SET); // a key from before would have answered by now
  assert.deepEqual([open(editor), text("set/a.txt"), text("set/b.txt")], [before, undefined, undefined]);
  await answer(window, "Allow Checked", /three\.txt/);
  await asked(editor, before.length - 2);
  await resume("Write a set", "asks nothing");
  await agentIs(window, "Write a set", /finished/);
  assert.deepEqual([text("set/a.txt"), text("set/b.txt")], ["set/a.txt\n", "set/b.txt\n"]);
  assert.deepEqual(came(editor, "fs.write").slice(done), ["approved ok", "approved ok"]);
  holds(editor);
});

test("typed and not saved under its open review, and kill -9: what was typed is kept, and Allow asks to save it first", async () => {
  const before = open(editor).length;
  await g.command(window, "Go to File...");
  await window.page.keyboard.type("typed.md");
  await g.pick(window, "typed.md");
  await active(window, /^typed\.md/);
  await window.page.locator(".editor-group-container.active .monaco-editor").last().click();
  await window.page.keyboard.press("Control+Home");
  await window.page.keyboard.type("mine ");
  await resume("Meet typing", "asks");
  await agentIs(window, "Meet typing", /needs you/);
  await review(window, /typed\.md/, /Edit app\/typed\.md/);
  await leave(window, "kill -9");
  await agentIs(window, "Meet typing", /paused/);
  assert.equal(text("typed.md"), README);
  await review(window, /typed\.md/, /Edit app\/typed\.md/);
  await g.titleButton(window, "Allow Once");
  await g.toastButton(window, /not saved/, "Save and Recheck");
  await active(window, /three\.txt/); // the next one
  await asked(editor, before - 1);
  await resume("Meet typing", "asks nothing");
  // The answer was for another text. Nothing is written, and the person is asked anew for the one that is there.
  await asked(editor, before);
  const now = `mine ${README}`;
  assert.equal(text("typed.md"), now);
  await review(window, /typed\.md/, /Edit app\/typed\.md/);
  const shown = await g.editorText(window);
  assert.ok(shown.includes("mine") && /# Theirs/.test(shown), shown);
  await answer(window, "Deny", /three\.txt/);
  await agentIs(window, "Meet typing", /finished/);
  assert.equal(text("typed.md"), now);
  assert.equal(came(editor, "fs.edit").at(-1), "refused not-run");
  holds(editor);
  await g.command(window, "View: Close All Editors");
});

test("the views hidden, and a reload: nothing is answered, the badge and one toast say that somebody waits", async () => {
  for (const row of [/app\/three\.txt/, /app\/later\.txt/]) await answerRow(window, row, "Deny");
  await resume("Ask unseen", "asks");
  await agentIs(window, "Ask unseen", /needs you/);
  await g.rowButton(window, "Approvals", /Go on\?/, "Answer Question");
  await g.enter(window, "yes");
  await g.row(window, "Approvals", /app\/unseen/).waitFor();
  const before = open(editor);
  await g.command(window, "View: Show Explorer");
  await leave(window, "Reload Window", true);
  await g.toast(window, /asks: Make the folder app\/unseen/).waitFor();
  assert.equal(await g.view(window, "Approvals").isVisible(), false);
  assert.deepEqual([open(editor), existsSync(file("unseen"))], [before, false]);
  const badge = window.page.locator(`.activitybar [aria-label^="Agent libOS"] .badge-content`);
  await badge.filter({ hasText: "1" }).waitFor();
  await g.shot(window, "hidden-after-reload");
  await g.toastButton(window, /asks: Make the folder app\/unseen/, "Allow Once");
  await asked(editor, 0);
  assert.equal(existsSync(file("unseen")), false, "it is paused");
  await showViews(window);
  await resume("Ask unseen", "asks nothing");
  await g.row(window, "Approvals", /On\?/).waitFor();
  assert.equal(existsSync(file("unseen")), true);
  assert.deepEqual(came(editor, "fs.mkdir").slice(1), ["approved ok"]);
  holds(editor);
});

test("a request that the toast shows whole is allowed from it", async () => {
  await g.command(window, "View: Show Explorer");
  await g.command(window, "Agent libOS: Answer Question…");
  await g.enter(window, "yes");
  const asks = /Agent \d+ asks: Make the folder app\/docs/;
  await g.toast(window, asks).waitFor();
  await g.shot(window, "notification");
  assert.equal(existsSync(file("docs")), false);
  await g.toastButton(window, asks, "Allow Once");
  await g.until(
    () => existsSync(file("docs")),
    (is) => is,
  );
});
