// Change sets at the desk: the writes of one turn looked at together, answered together, and never more than that.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { README, bed } from "../../support/desk/bed.ts";
import * as g from "../../support/desk/gestures.ts";
import {
  active,
  agentIs,
  answer,
  calls,
  cli,
  done,
  newAgent,
  nothingWaits,
  press,
} from "../../support/desk/people.ts";
import { share } from "../../support/runs.ts";

let window: g.Window;
const script = bed((on) => (window = on), { settings: { "files.autoSave": "off" } });

const file = (name: string): string => join(window.editor.workspace, name);
const text = (name: string): string | undefined =>
  existsSync(file(name)) ? readFileSync(file(name), "utf8") : undefined;
const write = (path: string, content = `${path}\n`): [string, unknown] => ["write_file", { path, content }];
const edit = (to: string): [string, unknown] => [
  "edit_file",
  { path: "README.md", old_text: "# Price list", new_text: to },
];
const SET = /^Changes of agent \d+, turn \d+ \(\d+ files?\)/;
const setRow = () => g.row(window, "Approvals", /files? of turn/);
const counted = (text: RegExp): Promise<string> =>
  g.until(
    () => g.view(window, "Approvals").description,
    (said) => text.test(said),
  );
const allows = async (): Promise<boolean> =>
  (await setRow().buttons()).some((button) => button.startsWith("Allow Checked"));
const review = async (): Promise<void> => {
  await setRow().click();
  await active(window, SET);
  await g.sleep(900);
};
beforeEach(() => writeFileSync(file("README.md"), README));

test("what is checked is written, and what is not is denied by the same answer", async () => {
  script.write([calls("I change three.", write("docs/a.txt"), edit("# Prices"), write("docs/b.txt")), done]);
  await newAgent(window, "Change three files");
  await setRow().waitFor();
  assert.equal(await allows(), false);
  await review();
  await g.row(window, "Approvals", /docs\/b\.txt/).check();
  await counted(/2 of 3 checked/);
  assert.deepEqual([text("docs/a.txt"), text("README.md")], [undefined, README]);
  await answer(window, "Allow Checked, Deny the Rest");
  await agentIs(window, "Change three files", /finished/);
  assert.deepEqual(
    [text("docs/a.txt"), text("README.md"), text("docs/b.txt")],
    ["docs/a.txt\n", README.replace("# Price list", "# Prices"), undefined],
  );
  const audit = cli(window.editor, "audit").out;
  assert.equal(audit.match(/fs\.write +approved, done/g)?.length, 1, audit);
  assert.match(audit, /fs\.write +refused, not run.*docs\/b\.txt/);
  await nothingWaits(window);
});

test("by the keyboard alone: review next, an answer too soon does nothing, and the next one counts", async () => {
  script.write([calls("I change two.", write("docs/c.txt"), write("docs/d.txt")), done]);
  await newAgent(window, "Change two files");
  await setRow().waitFor();
  await g.key(window, "Control+Alt+A");
  await active(window, SET);
  await g.key(window, "Control+Enter");
  await g.sleep(1000);
  assert.deepEqual([text("docs/c.txt"), text("docs/d.txt")], [undefined, undefined]);
  await g.key(window, "Control+Enter");
  await agentIs(window, "Change two files", /finished/);
  assert.deepEqual([text("docs/c.txt"), text("docs/d.txt")], ["docs/c.txt\n", "docs/d.txt\n"]);
  await g.until(
    () => g.tabs(window),
    (tabs) => !tabs.some((tab) => SET.test(tab)),
  );
});

test("what came after the review was opened is not covered by it", async () => {
  const twice: [string, unknown] = [
    "edit_file",
    { path: "docs/e.txt", old_text: "docs/e.txt", new_text: "again" },
  ];
  script.write([calls("I change three.", write("docs/e.txt"), write("docs/f.txt"), twice), done]);
  await newAgent(window, "Come one by one");
  await setRow().waitFor();
  await review();
  await g.row(window, "Approvals", /docs\/e\.txt/).click();
  await active(window, /Create app\/docs\/e\.txt/);
  await g.sleep(900);
  await answer(window, "Allow Once");
  await g.row(window, "Approvals", /Edit app\/docs\/e\.txt/).waitFor();
  assert.equal(await allows(), false);
  assert.equal(text("docs/f.txt"), undefined);
  await g.rowButton(window, "Approvals", /files? of turn/, "Deny");
  await agentIs(window, "Come one by one", /finished/);
  assert.deepEqual([text("docs/e.txt"), text("docs/f.txt")], ["docs/e.txt\n", undefined]);
});

test("files with unsaved changes are saved and checked again, and the rest of the set waits", async () => {
  script.write([calls("I change two.", edit("# Theirs"), write("docs/g.txt")), done]);
  await g.command(window, "Go to File...");
  await g.type(window, "README.md");
  await g.pick(window, "README.md");
  await active(window, /README\.md/);
  window.focusOn("editor");
  await g.key(window, "Control+Home");
  await g.type(window, "mine ");
  await newAgent(window, "Meet unsaved changes");
  await setRow().waitFor();
  await review();
  await press(window, "Allow Checked, Deny the Rest");
  await g.toastButton(window, /README\.md has changes that are not saved/, "Save and Recheck");
  await g.until(
    () => text("README.md"),
    (now) => now === `mine ${README}`,
  );
  await active(window, /^Changes of agent \d+, turn 1 \(1 file\)/);
  assert.equal(text("docs/g.txt"), undefined);
  await g.sleep(900);
  await answer(window, "Allow Checked");
  await agentIs(window, "Meet unsaved changes", /finished/);
  assert.deepEqual([text("README.md"), text("docs/g.txt")], [`mine ${README}`, "docs/g.txt\n"]);
});

test("a commit message sent by the same key answers nothing", async () => {
  script.write([calls("I change one.", edit("# Other")), done]);
  await newAgent(window, "Do not commit me");
  await g.row(window, "Approvals", /README\.md/).click();
  await active(window, /Edit app\/README\.md/);
  await g.sleep(900);
  await g.command(window, "View: Show Explorer");
  await g.key(window, "Control+Enter");
  await g.sleep(500);
  assert.equal(text("README.md"), README);
  window.focusOn("editor");
  await active(window, /Edit app\/README\.md/);
  await g.until(
    async () => {
      await g.key(window, "Control+Enter");
      await g.sleep(900);
      return text("README.md");
    },
    (now) => now !== README,
  );
});

test("a denial becomes a rule in one click, and a grant is taken back in one", async () => {
  const again = (n: number) => calls("I try.", write(`docs/${n}.txt`));
  const ask = calls("Go on?", ["ask_human", { question: "Go on?" }]);
  script.write([again(1), again(2), ask, again(2), ask, done]);
  await newAgent(window, "Decide and undo");
  const allow = async (button: string, row: RegExp) => {
    await g.row(window, "Approvals", row).click();
    await active(window, row);
    await g.sleep(900);
    await press(window, button);
  };
  await g.row(window, "Approvals", /docs\/1\.txt/).click();
  await active(window, /docs\/1\.txt/);
  await g.until(
    () => g.statusBar(window),
    (bar) =>
      bar.includes("it may change everything in app/docs") && bar.includes("allow:write:fs:/app/docs/**"),
  );
  await allow("Allow for…", /docs\/1\.txt/);
  assert.match((await g.choices(window))[0] ?? "", /app\/docs.*proposed/s);
  await g.pick(window, "allow:write:fs:/app/docs/1.txt");
  await allow("Deny", /docs\/2\.txt/);
  await g.row(window, "Approvals", /Go on\?/).waitFor();
  await g.row(window, "Approvals", /Recently decided/).click();
  await g.row(window, "Approvals", /docs\/2\.txt/).waitFor();
  await g.rowButton(window, "Approvals", /docs\/2\.txt/, "Never Allow This Agent");
  await g.row(window, "Approvals", /docs\/2\.txt.*denied from then on/).waitFor();
  await g.rowButton(window, "Approvals", /docs\/1\.txt/, "Take Back");
  await g.row(window, "Approvals", /docs\/1\.txt.*taken back/).waitFor();
  const record = readFileSync(file(".agentlibos/journal/00000001.jsonl"), "utf8");
  assert.match(record, /"effect":"deny".*?"resource":"fs:\/app\/docs\/2\.txt"/);
  assert.match(record, /"kind":"capability\.revoke"/);
  await g.rowButton(window, "Approvals", /Go on\?/, "Answer Question");
  await g.enter(window, "yes");
  await g.until(
    () => cli(window.editor, "audit").out,
    (out) => /fs\.write +denied, not run.*docs\/2\.txt/.test(out),
  );
  await g.reload(window);
  await g.row(window, "Approvals", /Recently decided/).click();
  await g.row(window, "Approvals", /docs\/2\.txt.*denied from then on/).waitFor();
  await g.row(window, "Approvals", /docs\/1\.txt.*taken back/).waitFor();
});

/** In a long run 300. */
const MANY = share(300, 5);

test(`a set of ${MANY} files is shown, looked at and answered in one go`, async () => {
  const writes = Array.from({ length: MANY }, (_, i) => write(`many/${String(i).padStart(3, "0")}.txt`));
  script.write([calls("I write many.", ...writes), done]);
  await newAgent(window, "Write many");
  await g.row(window, "Approvals", new RegExp(`${MANY} files of turn 1`)).waitFor();
  await review();
  await g.row(window, "Approvals", /many\/001\.txt/).check();
  await counted(new RegExp(`${MANY - 1} of ${MANY} checked`));
  await answer(window, "Allow Checked, Deny the Rest");
  await agentIs(window, "Write many", /finished/);
  assert.equal(readdirSync(file("many")).length, MANY - 1);
  assert.equal(text("many/001.txt"), undefined);
});

test("a large set is narrowed by folders: one is refused by its box, and only the other is looked at", async () => {
  const writes = (folder: string, n: number) =>
    Array.from({ length: n }, (_, i) => write(`${folder}/${i}.txt`));
  script.write([calls("I write two folders.", ...writes("one", 20), ...writes("two", 15)), done]);
  await newAgent(window, "Write two folders");
  const folder = (name: string) =>
    g.row(window, "Approvals", new RegExp(`app/${name} (?:\\d+ files|\\d+ of)`));
  await folder("two").waitFor();
  assert.equal(await g.row(window, "Approvals", /one\/3\.txt/).isVisible(), false);
  await folder("two").check();
  await counted(/20 of 35 checked/);
  assert.match(await folder("two").innerText(), /app\/two 0 of 15 checked/);
  assert.equal(await folder("two").checked(), false);
  await folder("one").twist();
  await g.row(window, "Approvals", /one\/3\.txt/).check();
  await counted(/19 of 35 checked/);
  assert.equal(await folder("one").checked(), false);
  assert.ok(!(await folder("one").buttons()).some((button) => button.startsWith("Allow Checked")));
  await folder("one").click();
  await active(window, /^Changes of agent \d+, turn 1: app\/one \(20 files\)/);
  assert.deepEqual(window.tabs.activeTab?.changes?.files.length, 20);
  await g.sleep(900);
  assert.ok(await allows(), "nothing is checked that was not looked at");
  await g.rowButton(window, "Approvals", /35 files of turn 1/, "Allow Checked");
  await agentIs(window, "Write two folders", /finished/);
  assert.equal(readdirSync(file("one")).length, 19);
  assert.deepEqual([text("one/3.txt"), existsSync(file("two"))], [undefined, false]);
});

test("the part of a set in one folder is answered by itself", async () => {
  const writes = (folder: string) => Array.from({ length: 18 }, (_, i) => write(`${folder}/${i}.txt`));
  script.write([calls("I write two folders.", ...writes("three"), ...writes("four")), done]);
  await newAgent(window, "Write in parts");
  const three = g.row(window, "Approvals", /app\/three 18 files/);
  await three.click();
  await active(window, /turn 1: app\/three \(18 files\)/);
  await g.sleep(900);
  assert.equal(await allows(), false, "the other folder was not looked at");
  await answer(window, "Allow Checked, Deny the Rest");
  await g.until(
    () => existsSync(file("three")) && readdirSync(file("three")).length,
    (n) => n === 18,
  );
  assert.equal(existsSync(file("four")), false);
  await g.rowButton(window, "Approvals", /app\/four 18 files/, "Deny");
  await agentIs(window, "Write in parts", /finished/);
  assert.equal(existsSync(file("four")), false);
});
