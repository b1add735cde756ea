// Bad weather in a real window: it goes away at the worst moment, and then nothing was answered, lost or done twice.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { README, STILL, bed } from "./bed.ts";
import { active, agentIs, answer, calls, done, newAgent, review, rowMenu, type Turn } from "./people.ts";
import { asked, came, holds, leave, open } from "./weather.ts";

let editor: Editor;
let window: Window;
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

for (const how of ["Reload Window", "kill -9"] as const) {
  const at = how === "kill -9" ? "killed" : "reloaded";

  test(`five agents ask at once: after ${how} all are paused, the same is asked, and each answer does one thing`, async () => {
    const done = came(editor, "fs.write").length;
    await start(`Write two, ${at}`, calls("Two.", write(`${at}/a.txt`), write(`${at}/b.txt`)));
    await start(`Edit, ${at}`, calls("Edit.", edit("# Five")));
    await start(`Make a folder, ${at}`, calls("Folder.", ["make_directory", { path: `${at}-folder` }]));
    await start(`Ask, ${at}`, calls("Ask.", ["ask_human", { question: `Which colour, ${at}?` }]));
    await start(`Write one, ${at}`, calls("One.", write(`${at}-one.txt`)));
    const before = await asked(editor, 6);
    await leave(window, how);
    for (const goal of ["Write two", "Edit", "Make a folder", "Ask", "Write one"])
      await agentIs(window, `${goal}, ${at}`, /paused/);
    assert.deepEqual(open(editor), before);
    assert.deepEqual(
      [text("README.md"), existsSync(file(at)), existsSync(file(`${at}-folder`))],
      [README, false, false],
    );

    await g.row(window, "Approvals", /files? of turn/).click();
    await active(window, SET);
    await sleep(900);
    await answer(window, "Allow Checked");
    await asked(editor, 4);
    await review(window, /README\.md/, /Edit app\/README\.md/);
    await answer(window, "Allow Once");
    await asked(editor, 3);
    await sleep(800);
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

  test(`the review in front: after ${how} its tab answers for what it shows and nothing else, and once`, async () => {
    await start(`Be looked at, ${at}`, calls("Edit.", edit("# Looked at")));
    await review(window, /README\.md/, /Edit app\/README\.md/);
    const before = open(editor);
    await leave(window, how);
    await agentIs(window, `Be looked at, ${at}`, /paused/);
    assert.deepEqual([open(editor), text("README.md")], [before, README]);
    await review(window, /README\.md/, /Edit app\/README\.md/);
    assert.equal((await g.tabs(window)).filter((tab) => /Edit app/.test(tab)).length, 1);
    assert.match(await g.editorText(window), /# Looked at/);
    await answer(window, "Allow Once");
    await asked(editor, 0);
    await resume();
    await agentIs(window, `Be looked at, ${at}`, /finished/);
    assert.equal(text("README.md"), README.replace("# Price list", "# Looked at"));
    holds(editor);
  });

  test(`an answer in flight: ${how} at the same moment leaves it given or not given, never half or twice`, async () => {
    const done = came(editor, "fs.edit").length;
    await start(`Be cut off, ${at}`, calls("Edit.", edit("# Cut off")));
    await review(window, /README\.md/, /Edit app\/README\.md/);
    await window.page.keyboard.press("Control+Enter");
    await leave(window, how === "kill -9" ? how : "the browser");
    const waits = open(editor);
    if (waits.length > 0) {
      assert.equal(text("README.md"), README);
      await review(window, /README\.md/, /Edit app\/README\.md/);
      await answer(window, "Allow Once");
      await asked(editor, 0);
    }
    await agentIs(window, `Be cut off, ${at}`, /paused|finished/);
    if (await g.row(window, "Agents", /paused/).isVisible()) await resume();
    await agentIs(window, `Be cut off, ${at}`, /finished/);
    assert.equal(text("README.md"), README.replace("# Price list", "# Cut off"));
    assert.deepEqual(came(editor, "fs.edit").slice(done), ["approved ok"]);
    holds(editor);
  });
}

test("a request that goes away while its review is open takes the tab with it, also over a reload", async () => {
  await start("Go away", calls("Edit.", edit("# Gone")));
  await review(window, /README\.md/, /Edit app\/README\.md/);
  await rowMenu(window, "Agents", "Go away", "Stop");
  await g.until(
    () => g.tabs(window),
    (tabs) => !tabs.some((tab) => /Edit app/.test(tab)),
  );
  await window.page.keyboard.press("Control+Enter");
  await leave(window, "Reload Window");
  assert.ok(!(await g.tabs(window)).some((tab) => /Edit app/.test(tab)));
  await window.page.keyboard.press("Control+Enter");
  await sleep(900);
  await agentIs(window, "Go away", /stopped/);
  assert.deepEqual([open(editor), text("README.md")], [[], README]);
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
  await sleep(900);
  await window.page.locator(".editor-group-container").first().click();
  await window.page.keyboard.press("Control+Enter");
  await sleep(900);
  assert.deepEqual(open(editor), before);
  assert.equal(existsSync(file("many")), false);
  await row.click();
  await active(window, SET);
  await sleep(900);
  await answer(window, "Allow Checked");
  await asked(editor, 0);
  await resume();
  await agentIs(window, "Write three hundred", /finished/);
  assert.equal(readdirSync(file("many")).length, 300);
  assert.deepEqual([...new Set(came(editor, "fs.write").slice(done))], ["approved ok"]);
  assert.equal(came(editor, "fs.write").length - done, 300);
  holds(editor);
});
