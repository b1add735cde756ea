// Windows come and go: a reload, a killed extension host, a second window and the end of the last one.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { GOING_ON, README, opensWindow } from "./support/opening.ts";
import { agentIs, answer, cli, gone, review, showViews } from "./support/people.ts";
import { LEAVING } from "./support/leavers.ts";
import { asked, holds, leave, open } from "./support/weather.ts";

let editor: Editor;
let window: Window;
opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    height: 1800,
    settings: GOING_ON,
    prepare: ({ workspace }) => writeFileSync(join(workspace, "front.md"), README),
    agents: LEAVING,
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

test("Reload Window while an approval waits brings both back, and the answer works", async () => {
  await showViews(window);
  await agentIs(window, "Survive a reload", /needs you/);
  editor.configure({ "agentlibos.resumeOnStart": "never" });
  await leave(window, "Reload Window");
  await agentIs(window, "Survive a reload", /paused/);
  await g.shot(window, "after-reload");
  await review(window, /one\.txt.*Survive|Create app\/one\.txt/s, /app\/one\.txt/);
  assert.match(await g.editorText(window), /one\.txt/);
  await answer(window, "Allow Once", /Edit app\/front\.md/);
  await gone(window, /app\/one\.txt/);
  await agentIs(window, "Survive a reload", /paused/);
  assert.equal(text("one.txt"), undefined);
  await resume("Survive a reload", "asks nothing");
  await agentIs(window, "Survive a reload", /finished/);
  assert.equal(text("one.txt"), "one.txt\n");
});

test("the review in front: after kill -9 its tab answers for what it shows and nothing else, and once", async () => {
  await resume("Be looked at", "asks");
  await agentIs(window, "Be looked at", /needs you/);
  await review(window, /front\.md/, /Edit app\/front\.md/);
  const before = open(editor);
  await leave(window, "kill -9");
  await agentIs(window, "Be looked at", /paused/);
  assert.deepEqual([open(editor), text("front.md")], [before, README]);
  await review(window, /front\.md/, /Edit app\/front\.md/);
  assert.equal((await g.tabs(window)).filter((tab) => /Edit app/.test(tab)).length, 1);
  assert.match(await g.editorText(window), /# Looked at/);
  await answer(window, "Allow Once", /three\.txt/);
  await asked(editor, before.length - 1);
  await resume("Be looked at", "asks nothing");
  await agentIs(window, "Be looked at", /finished/);
  assert.equal(text("front.md"), README.replace("# Price list", "# Looked at"));
  holds(editor);
});

test("a second window watches, and cannot answer while the first one runs", async () => {
  const message = (of: Window): Promise<string> => g.view(of, "Agents").innerText();
  await resume("Be watched", "asks");
  await agentIs(window, "Be watched", /needs you/);
  const second = await editor.another();
  await showViews(second);
  await g.view(second, "Agents").getByText("you are watching").waitFor();
  await g.rowButton(second, "Approvals", /three\.txt/, "Deny");
  await g.toast(second, /you are watching/).waitFor();
  await g.shot(second, "viewer");
  await window.page.bringToFront();
  await review(window, /three\.txt/, /three\.txt/);
  await answer(window, "Allow Once", /later\.txt/);
  await second.page.bringToFront();
  await g.row(second, "Approvals", /four\.txt/).waitFor();
  assert.equal(text("three.txt"), "three.txt\n");

  // The first window goes; what it left is paused, and the second one may take it over.
  await window.page.close();
  window = second;
  await g.until(
    () => editor.extensionHosts().length,
    (hosts) => hosts === 1,
  );
  await review(second, /four\.txt/, /four\.txt/);
  await answer(second, "Allow Once", /later\.txt/);
  await agentIs(second, "Be watched", /paused/);
  await gone(second, /four\.txt/);
  await g.until(
    () => message(second),
    (said) => !said.includes("you are watching"),
  );
  await resume("Be watched", "asks nothing");
  await agentIs(second, "Be watched", /finished/);
  assert.equal(text("four.txt"), "four.txt\n");
});

test("when its last window closes, nothing is left running and the record is free", async () => {
  assert.equal(cli(editor, "resume").code, 4);
  await window.page.goto("about:blank");
  await g.until(
    () => editor.extensionHosts().length,
    (hosts) => hosts === 0,
  );
  const { code, out } = cli(editor, "verify");
  assert.equal(code, 0, out);
});
