// Approvals by hand: what each click, key, checkbox and menu of a request does, and when the file is written.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { GOING_ON, README, opensWindow } from "./support/opening.ts";
import {
  active,
  agentIs,
  answer,
  answerRow,
  answerable,
  calls,
  cli,
  done,
  goTo,
  gone,
  newAgent,
  review,
  settled,
  showViews,
} from "./support/people.ts";

const write = (path: string): [string, unknown] => ["write_file", { path, content: `${path}\n` }];
const make = (path: string): [string, unknown] => ["make_directory", { path }];
const ask = (question: string) => calls("I ask.", ["ask_human", { question }]);
const edit = (path: string, old_text: string, new_text: string): [string, unknown] => [
  "edit_file",
  { path, old_text, new_text },
];

let editor: Editor;
let window: Window;
const script = opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    height: 1800,
    settings: { ...GOING_ON, "files.autoSave": "off" },
    prepare: ({ workspace }) => {
      writeFileSync(join(workspace, "README.md"), README);
      for (const name of ["old", "kept", "tiny"]) writeFileSync(join(workspace, `${name}.txt`), `${name}\n`);
      writeFileSync(join(workspace, "mine.txt"), "before\n");
    },
    agents: [
      {
        goal: "Shorten the title",
        turns: [
          calls("I read first.", ["read_file", { path: "README.md" }]),
          calls("I propose an edit.", edit("README.md", "# Price list", "# Prices")),
          done,
        ],
      },
      { goal: "Make a folder", turns: [calls("I make a folder.", make("docs")), done] },
      { goal: "Ask three times", turns: [calls("I make three.", make("n1"), make("n2"), make("n3")), done] },
      {
        goal: "Change three files",
        turns: [
          calls("I change three.", write("set/a.txt"), edit("tiny.txt", "tiny", "small"), write("set/b.txt")),
          done,
        ],
      },
      { goal: "Do not commit me", turns: [calls("I change one.", edit("kept.txt", "kept", "taken")), done] },
      { goal: "Stay for a while", turns: [calls("I make it.", make("extra")), ask("What now?"), done] },
    ],
  },
);

const file = (name: string): string => join(editor.workspace, name);
const text = (name: string): string | undefined =>
  existsSync(file(name)) ? readFileSync(file(name), "utf8") : undefined;
const journal = (): string => readFileSync(file(".agentlibos/journal/00000001.jsonl"), "utf8");
const closed = (tab: RegExp): Promise<string[]> =>
  g.until(
    () => g.tabs(window),
    (tabs) => !tabs.some((each) => tab.test(each)),
  );
const SET = /^Changes of agent \d+, turn \d+ \(\d+ files?\)/;

test("a file is written only after Allow Once was clicked", async () => {
  await showViews(window);
  await g.row(window, "Approvals", /extra/).waitFor();
  await g.shot(window, "approvals");
  await review(window, /^Edit app\/README\.md/, /Edit app\/README\.md · Shorten the title/);
  assert.equal(text("README.md"), README);
  assert.match(await g.editorText(window), /# Prices/);
  await answer(window, "Allow Once", /^Request/);
  await agentIs(window, "Shorten the title", /finished/);
  assert.equal(text("README.md"), README.replace("# Price list", "# Prices"));
  await closed(/Shorten the title/);
});

test("a request that its row shows whole is allowed from the row", async () => {
  assert.equal(existsSync(file("docs")), false);
  await g.row(window, "Approvals", /app\/docs/).waitFor();
  await settled();
  const row = g.row(window, "Approvals", /app\/docs/);
  await row.hover();
  await row.locator('.actions .action-label[aria-label^="Allow Once"]').click();
  await gone(window, /app\/docs/);
  await agentIs(window, "Make a folder", /finished/);
  assert.equal(existsSync(file("docs")), true);
});

test("a question is answered in words", async () => {
  script.write([ask("Which colour?"), calls("So ${0.0.answer}."), done]);
  await newAgent(window, "Ask for a colour", "Ask", false);
  await g.rowButton(window, "Approvals", /Which colour/, "Answer Question");
  await g.enter(window, "green");
  await agentIs(window, "Ask for a colour", /your turn/);
  await g.rowButton(window, "Agents", /Ask for a colour/, "Send Message");
  await g.enter(window, "That is all.");
  await agentIs(window, "Ask for a colour", /finished/);
  assert.match(journal(), /So green\./);
});

test("Enter only opens the review, and several rows can only be denied", async () => {
  const row = (name: string) => g.row(window, "Approvals", name);
  const menu = window.page.locator(".monaco-menu .action-item");
  await row("app/n1").click();
  await active(window, /^Request /);
  await row("app/n1").focus();
  for (const key of ["Enter", "Space", "Escape"]) await window.page.keyboard.press(key);
  await answerable(window, "app/n1"); // by now an answer would have counted
  assert.equal(existsSync(file("n1")), false);
  await row("app/n2").click({ modifiers: ["Control"] });
  await row("app/n2").click({ button: "right" });
  await menu.filter({ hasText: "Deny" }).first().waitFor();
  assert.equal(await menu.filter({ hasText: "Allow" }).count(), 0);
  await menu.filter({ hasText: "Deny" }).first().click({ delay: g.HELD });
  await gone(window, /app\/n[12]/);
  await answerRow(window, /app\/n3/, "Allow Once");
  await agentIs(window, "Ask three times", /finished/);
  assert.deepEqual(
    ["n1", "n2", "n3"].map((name) => existsSync(file(name))),
    [false, false, true],
  );
});

test("what is checked is written, and what is not is denied by the same answer", async () => {
  const set = g.row(window, "Approvals", /files? of turn/);
  const allow = '.action-label[aria-label^="Allow Checked"]';
  assert.equal(await set.locator(allow).count(), 0);
  await review(window, /files? of turn/, SET);
  await g
    .row(window, "Approvals", /set\/b\.txt/)
    .locator(".custom-view-tree-node-item-checkbox")
    .click();
  const counted = g.view(window, "Approvals").locator(".pane-header .description");
  await counted.filter({ hasText: /2 of 3 checked/ }).waitFor();
  await g.shot(window, "change-set");
  assert.deepEqual([text("set/a.txt"), text("tiny.txt")], [undefined, "tiny\n"]);
  await answer(window, "Allow Checked, Deny the Rest", /kept\.txt/);
  await agentIs(window, "Change three files", /finished/);
  assert.deepEqual(
    [text("set/a.txt"), text("tiny.txt"), text("set/b.txt")],
    ["set/a.txt\n", "small\n", undefined],
  );
  const audit = cli(editor, "audit").out;
  assert.equal(audit.match(/fs\.write +approved, done/g)?.length, 1, audit);
  assert.match(audit, /fs\.write +refused, not run.*set\/b\.txt/);
});

test("a commit message sent by the same key answers nothing", async () => {
  await review(window, /kept\.txt/, /Edit app\/kept\.txt/);
  await g.command(window, "View: Show Explorer");
  await g.sideBar(window, /explorer/i).waitFor();
  await window.page.keyboard.press("Control+Enter");
  await window.page.locator(".editor-group-container.active .monaco-editor").last().click();
  await active(window, /Edit app\/kept\.txt/);
  assert.equal(text("kept.txt"), "kept\n"); // what the key would have done would be done before the next one
  await window.page.keyboard.press("Control+Enter");
  await g.until(
    () => text("kept.txt"),
    (now) => now === "taken\n",
  );
  await showViews(window);
  await agentIs(window, "Do not commit me", /finished/);
});

test("what was denied becomes a rule, by the keyboard alone", async () => {
  const { page } = window;
  const { keyboard } = page;
  await answerRow(window, /extra/, "Deny");
  await g.row(window, "Approvals", /What now/).waitFor();
  await g.command(window, "Agent libOS: Show Approvals");
  const focused = g.view(window, "Approvals").locator(".monaco-list-row.focused");
  await g.view(window, "Approvals").locator(".monaco-list:focus-within").waitFor();
  await goTo(window, "ArrowDown", focused, /Recently decided/);
  await keyboard.press("ArrowRight"); // opens it
  const decided = g.row(window, "Approvals", /extra.*denied/s);
  await decided.waitFor();
  await goTo(window, "ArrowDown", focused, /extra/);
  await keyboard.press("Shift+F10");
  await page.locator(".monaco-menu").waitFor();
  await goTo(window, "ArrowDown", page.locator(".monaco-menu .action-item.focused"), /Never Allow/);
  await keyboard.press("Enter");
  await g.row(window, "Approvals", /extra.*denied from then on/s).waitFor();
  assert.match(journal(), /"effect":"deny"/);
  await answerRow(window, /What now/, "Deny");
  await agentIs(window, "Stay for a while", /finished/);
});

test("Edit Freely writes without asking, and one turn of it is taken back and put back again", async () => {
  script.write([
    calls(
      "I tidy up.",
      ["write_file", { path: "old.txt", content: "new\n" }],
      ["write_file", { path: "made.txt", content: "made\n" }],
      edit("mine.txt", "before", "agent"),
    ),
    done,
  ]);
  await newAgent(window, "Tidy up", "Edit Freely", false);
  await agentIs(window, "Tidy up", /finished/);
  assert.equal(text("old.txt"), "new\n");
  writeFileSync(file("mine.txt"), "a person\n");
  await g.rowMenu(window, "Agents", "Tidy up", "Undo This Turn");
  await window.page.locator(".quick-input-title", { hasText: "Undo turn 1" }).waitFor();
  assert.match((await g.choices(window)).join("\n"), /mine\.txt[^]*was changed since/);
  await g.shot(window, "undo");
  await window.page.locator(".quick-input-widget .monaco-button", { hasText: "OK" }).click();
  await g.toast(window, /Brought back: made\.txt, old\.txt/).waitFor();
  assert.equal(text("old.txt"), "old\n");
  assert.equal(existsSync(file("made.txt")), false);
  assert.equal(text("mine.txt"), "a person\n");
  await g.toastButton(window, /Brought back/, "Undo the Undo");
  await g.until(
    () => existsSync(file("made.txt")) && text("old.txt") === "new\n",
    (good) => good,
  );
  assert.equal(text("made.txt"), "made\n");
  assert.equal(text("mine.txt"), "a person\n");
  const { code, out } = cli(editor, "audit", "--syscall", "fs.restore");
  assert.equal(code, 0);
  assert.equal(out.trim().split("\n").length, 4, out);
});

test("the record of all this verifies while the editor holds it", () => {
  const { code, out } = cli(editor, "verify");
  assert.equal(code, 0, out);
  assert.equal(cli(editor, "run", "--goal", "x", "--script", script.path).code, 4);
});
