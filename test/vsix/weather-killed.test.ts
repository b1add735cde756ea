// The extension host dies under open reviews: the editor starts another, and the tabs that stayed answer nothing wrong.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { STILL, bed } from "./bed.ts";
import { active, agentIs, answer, calls, done, newAgent, review } from "./people.ts";
import { asked, came, holds, lose, open } from "./weather.ts";

let editor: Editor;
let window: Window;
const script = bed(
  (on) => {
    window = on;
    editor = on.editor;
  },
  { settings: STILL },
);

const file = (name: string): string => join(editor.workspace, name);
const text = (name: string): string | undefined =>
  existsSync(file(name)) ? readFileSync(file(name), "utf8") : undefined;
const resume = (): Promise<void> => g.command(window, "Agent libOS: Resume All");
const SET = /^Changes of agent \d+, turn \d+ \(\d+ files?\)/;

test("a set of changes: its old tab, which knows no requests any more, answers nothing; opened again, it does", async () => {
  const write = (path: string): [string, unknown] => ["write_file", { path, content: `${path}\n` }];
  script.write([calls("I write two.", write("docs/a.txt"), write("docs/b.txt")), done]);
  await newAgent(window, "Write two", "Ask", false);
  const row = g.row(window, "Approvals", /files? of turn/);
  await row.click();
  await active(window, SET);
  const before = await asked(editor, 2);
  await lose(window);
  await agentIs(window, "Write two", /paused/);
  await active(window, SET);
  await window.page.locator(".editor-group-container.active .tab.active").click();
  await window.page.keyboard.press("Control+Enter");
  await sleep(900);
  await window.page.keyboard.press("Control+Enter");
  await sleep(900);
  assert.deepEqual([open(editor), text("docs/a.txt"), text("docs/b.txt")], [before, undefined, undefined]);
  await row.click();
  await sleep(900);
  await answer(window, "Allow Checked");
  await asked(editor, 0);
  await resume();
  await agentIs(window, "Write two", /finished/);
  assert.deepEqual([text("docs/a.txt"), text("docs/b.txt")], ["docs/a.txt\n", "docs/b.txt\n"]);
  assert.deepEqual(came(editor, "fs.write"), ["approved ok", "approved ok"]);
  holds(editor);
});

test("one change: its old tab answers for what it shows, once, and is closed with the answer", async () => {
  const README = text("README.md") ?? "";
  const args = { path: "README.md", old_text: "# Price list", new_text: "# Survived" };
  script.write([calls("I edit.", ["edit_file", args]), done]);
  await newAgent(window, "Edit one", "Ask", false);
  await review(window, /README\.md/, /Edit app\/README\.md/);
  const before = open(editor);
  await lose(window);
  await agentIs(window, "Edit one", /paused/);
  assert.deepEqual([open(editor), text("README.md")], [before, README]);
  await active(window, /Edit app\/README\.md/);
  await answer(window, "Allow Once");
  await asked(editor, 0);
  await window.page.keyboard.press("Control+Enter");
  await g.until(
    () => g.tabs(window),
    (tabs) => !tabs.some((tab) => /Edit app/.test(tab)),
  );
  await resume();
  await agentIs(window, "Edit one", /finished/);
  assert.equal(text("README.md"), README.replace("# Price list", "# Survived"));
  assert.deepEqual(came(editor, "fs.edit"), ["approved ok"]);
  holds(editor);
});
