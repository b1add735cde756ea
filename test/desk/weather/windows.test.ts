// Bad weather at the desk: a window goes away at the worst moment, and then nothing was answered, lost or done twice.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { README, STILL, bed } from "../../support/desk/bed.ts";
import type { DeskEditor } from "../../support/desk/editor.ts";
import * as g from "../../support/desk/gestures.ts";
import {
  active,
  agentIs,
  answer,
  calls,
  done,
  newAgent,
  review,
  rowMenu,
  type Turn,
} from "../../support/desk/people.ts";
import { asked, came, holds, leave, open } from "../../support/desk/weather.ts";

let editor: DeskEditor;
let window: g.Window;
const script = bed(
  (on) => {
    window = on;
    editor = on.editor;
  },
  { settings: { ...STILL, "files.autoSave": "off" } },
);

const file = (name: string): string => join(editor.workspace, name);
const text = (name: string): string | undefined =>
  existsSync(file(name)) ? readFileSync(file(name), "utf8") : undefined;
const write = (path: string): [string, unknown] => ["write_file", { path, content: `${path}\n` }];
const edit = (to: string): [string, unknown] => [
  "edit_file",
  { path: "README.md", old_text: "# Price list", new_text: to },
];
const start = async (goal: string, ...turns: Turn[]): Promise<void> => {
  script.write([...turns, done]);
  await newAgent(window, goal, "Ask", false);
};
const resume = (): Promise<void> => g.command(window, "Agent libOS: Resume All");
const SET = /^Changes of agent \d+, turn \d+ \(\d+ files?\)/;
beforeEach(() => writeFileSync(file("README.md"), README));

test("five agents ask at once: after kill -9 all are paused, the same is asked, and each answer does one thing", async () => {
  const at = "killed";
  const done = came(editor, "fs.write").length;
  await start(`Write two, ${at}`, calls("Two.", write(`${at}/a.txt`), write(`${at}/b.txt`)));
  await start(`Edit, ${at}`, calls("Edit.", edit("# Five")));
  await start(`Make a folder, ${at}`, calls("Folder.", ["make_directory", { path: `${at}-folder` }]));
  await start(`Ask, ${at}`, calls("Ask.", ["ask_human", { question: `Which colour, ${at}?` }]));
  await start(`Write one, ${at}`, calls("One.", write(`${at}-one.txt`)));
  const before = await asked(editor, 6);
  await leave(window, "kill -9");
  for (const goal of ["Write two", "Edit", "Make a folder", "Ask", "Write one"])
    await agentIs(window, `${goal}, ${at}`, /paused/);
  assert.deepEqual(open(editor), before);
  assert.deepEqual(
    [text("README.md"), existsSync(file(at)), existsSync(file(`${at}-folder`))],
    [README, false, false],
  );

  await g.row(window, "Approvals", /files? of turn/).click();
  await active(window, SET);
  await g.sleep(900);
  await answer(window, "Allow Checked");
  await asked(editor, 4);
  await review(window, /README\.md/, /Edit app\/README\.md/);
  await answer(window, "Allow Once");
  await asked(editor, 3);
  await g.sleep(800);
  await g.rowButton(window, "Approvals", `${at}-folder`, "Allow Once");
  await asked(editor, 2);
  await g.rowButton(window, "Approvals", `${at}-one.txt`, "Deny");
  await asked(editor, 1);
  await g.rowButton(window, "Approvals", `Which colour, ${at}?`, "Answer Question");
  await g.enter(window, "green");
  await asked(editor, 0);
  assert.equal(text("README.md"), README, "they are paused");
  await resume();
  for (const goal of ["Write two", "Edit", "Make a folder", "Ask", "Write one"])
    await agentIs(window, `${goal}, ${at}`, /finished/);
  assert.deepEqual([text(`${at}/a.txt`), text(`${at}/b.txt`)], [`${at}/a.txt\n`, `${at}/b.txt\n`]);
  assert.deepEqual(
    [text("README.md"), text(`${at}-one.txt`)],
    [README.replace("# Price list", "# Five"), undefined],
  );
  assert.deepEqual(came(editor, "fs.write").slice(done).sort(), [
    "approved ok",
    "approved ok",
    "refused not-run",
  ]);
  holds(editor);
});

test("the review in front: after Reload Window its tab answers for what it shows and nothing else, and once", async () => {
  await start("Be looked at", calls("Edit.", edit("# Looked at")));
  await review(window, /README\.md/, /Edit app\/README\.md/);
  const before = open(editor);
  await leave(window, "Reload Window");
  await agentIs(window, "Be looked at", /paused/);
  assert.deepEqual([open(editor), text("README.md")], [before, README]);
  await review(window, /README\.md/, /Edit app\/README\.md/);
  assert.equal((await g.tabs(window)).filter((tab) => /Edit app/.test(tab)).length, 1);
  assert.match(await g.editorText(window), /# Looked at/);
  await answer(window, "Allow Once");
  await asked(editor, 0);
  await resume();
  await agentIs(window, "Be looked at", /finished/);
  assert.equal(text("README.md"), README.replace("# Price list", "# Looked at"));
  holds(editor);
});

test("an answer in flight: Reload Window at the same moment leaves it given or not given, never half or twice", async () => {
  // So many turns of the program after the key the window goes: from before the answer is taken up until it is on the disk.
  for (const turns of [0, 1, 2, 3, 5, 8]) {
    writeFileSync(file("README.md"), README);
    const goal = `Be cut off after ${turns}.`;
    const done = came(editor, "fs.edit").length;
    await start(goal, calls("Edit.", edit("# Cut off")));
    await review(window, /README\.md/, /Edit app\/README\.md/);
    await g.strike(window, "Control+Enter");
    for (let i = 0; i < turns; i++) await turn();
    await leave(window, "Reload Window");
    const waits = open(editor);
    if (waits.length > 0) {
      assert.equal(text("README.md"), README);
      await review(window, /README\.md/, /Edit app\/README\.md/);
      await answer(window, "Allow Once");
      await asked(editor, 0);
    }
    await agentIs(window, goal, /paused|finished/);
    if (await g.row(window, "Agents", /paused/).isVisible()) await resume();
    await agentIs(window, goal, /finished/);
    assert.equal(text("README.md"), README.replace("# Price list", "# Cut off"));
    assert.deepEqual(came(editor, "fs.edit").slice(done), ["approved ok"]);
  }
  holds(editor);
});

test("a request that goes away while its review is open takes the tab with it, also over a reload", async () => {
  await start("Go away", calls("Edit.", edit("# Gone")));
  await review(window, /README\.md/, /Edit app\/README\.md/);
  await rowMenu(window, "Agents", "Go away", "Stop");
  await g.until(
    () => g.tabs(window),
    (tabs) => !tabs.some((tab) => /Edit app/.test(tab)),
  );
  await g.key(window, "Control+Enter");
  await leave(window, "Reload Window");
  assert.ok(!(await g.tabs(window)).some((tab) => /Edit app/.test(tab)));
  await g.key(window, "Control+Enter");
  await g.sleep(900);
  await agentIs(window, "Go away", /stopped/);
  assert.deepEqual([open(editor), text("README.md")], [[], README]);
  holds(editor);
});

test("one change: its old tab answers for what it shows, once, and is closed with the answer", async () => {
  await start("Edit one", calls("I edit.", edit("# Survived")));
  const done = came(editor, "fs.edit").length;
  await review(window, /README\.md/, /Edit app\/README\.md/);
  const before = open(editor);
  await g.lose(window);
  await agentIs(window, "Edit one", /paused/);
  assert.deepEqual([open(editor), text("README.md")], [before, README]);
  await active(window, /Edit app\/README\.md/);
  await answer(window, "Allow Once");
  await asked(editor, 0);
  await g.key(window, "Control+Enter");
  await g.until(
    () => g.tabs(window),
    (tabs) => !tabs.some((tab) => /Edit app/.test(tab)),
  );
  await resume();
  await agentIs(window, "Edit one", /finished/);
  assert.equal(text("README.md"), README.replace("# Price list", "# Survived"));
  assert.deepEqual(came(editor, "fs.edit").slice(done), ["approved ok"]);
  holds(editor);
});

test("a set of 300 files: after a reload its old tab answers nothing, and each file is written once", async () => {
  const done = came(editor, "fs.write").length;
  const many = Array.from({ length: 300 }, (_, i) => write(`many/${String(i).padStart(3, "0")}.txt`));
  await start("Write three hundred", calls("Many.", ...many));
  const row = g.row(window, "Approvals", /300 files of turn/);
  await row.click();
  await active(window, SET);
  const before = await asked(editor, 300);
  await leave(window, "Reload Window");
  await row.waitFor();
  await g.sleep(900);
  window.focusOn("editor");
  await g.key(window, "Control+Enter");
  await g.sleep(900);
  assert.deepEqual(open(editor), before);
  assert.equal(existsSync(file("many")), false);
  await row.click();
  await active(window, SET);
  await g.sleep(900);
  await answer(window, "Allow Checked");
  await asked(editor, 0);
  await resume();
  await agentIs(window, "Write three hundred", /finished/);
  assert.equal(readdirSync(file("many")).length, 300);
  assert.deepEqual([...new Set(came(editor, "fs.write").slice(done))], ["approved ok"]);
  assert.equal(came(editor, "fs.write").length - done, 300);
  holds(editor);
});
