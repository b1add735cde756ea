// A person and an agent at the desk: what is written, and when, and what each answer does.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { README, bed } from "../support/desk/bed.ts";
import * as g from "../support/desk/gestures.ts";
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
  review,
  rowMenu,
  waiting,
} from "../support/desk/people.ts";

let window: g.Window;
const script = bed((on) => (window = on), { settings: { "files.autoSave": "off" } });

const file = (name: string): string => join(window.editor.workspace, name);
const text = (name: string): string => readFileSync(file(name), "utf8");
const edit = (to: string) =>
  calls("I propose an edit.", ["edit_file", { path: "README.md", old_text: "# Price list", new_text: to }]);
beforeEach(() => writeFileSync(file("README.md"), README));

test("a file is written only after Allow Once was clicked", async () => {
  script.write([calls("I read first.", ["read_file", { path: "README.md" }]), edit("# Prices"), done]);
  await newAgent(window, "Shorten the title");
  await g.row(window, "Approvals", /README\.md/).waitFor();
  await review(window, /README\.md/, /Edit app\/README\.md/);
  assert.equal(text("README.md"), README);
  assert.match(await g.editorText(window), /# Prices/);
  await answer(window, "Allow Once");
  await agentIs(window, "Shorten the title", /finished/);
  assert.equal(text("README.md"), README.replace("# Price list", "# Prices"));
  await nothingWaits(window);
  assert.ok(!(await g.tabs(window)).some((t) => /Edit app/.test(t)), "the review is closed");
});

test("Deny leaves it, and the agent hears no", async () => {
  script.write([edit("# Denied"), done]);
  await newAgent(window, "Be denied");
  await g.row(window, "Approvals", /README\.md/).waitFor();
  await g.rowButton(window, "Approvals", /README\.md/, "Deny");
  await agentIs(window, "Be denied", /finished/);
  assert.equal(text("README.md"), README);
  assert.match(cli(window.editor, "audit", "--decision", "refused").out, /fs\.edit.*ECANCELED/);
});

test("a row that does not show everything offers no Allow before its review was opened", async () => {
  script.write([edit("# Later"), done]);
  await newAgent(window, "Wait for the review");
  const row = g.row(window, "Approvals", /README\.md/);
  assert.ok(!(await row.buttons()).includes("Allow Once"));
  await review(window, /README\.md/, /Edit app\/README\.md/);
  assert.ok((await row.buttons()).includes("Allow Once"));
  await rowMenu(window, "Approvals", /README\.md/, "Deny with Note…");
  await g.enter(window, "use a shorter title");
  await agentIs(window, "Wait for the review", /finished/);
  assert.match(cli(window.editor, "audit", "--decision", "refused").out, /use a shorter title/);
});

test("a click that comes right after a review opened does nothing", async () => {
  script.write([edit("# Hasty"), done]);
  await newAgent(window, "Be hasty");
  await g.row(window, "Approvals", /README\.md/).click();
  await active(window, /Edit app\/README\.md/);
  await g.titleButton(window, "Allow Once");
  await g.sleep(500);
  assert.equal(text("README.md"), README);
  await g.sleep(700);
  await g.key(window, "Control+Enter");
  await agentIs(window, "Be hasty", /finished/);
  assert.match(text("README.md"), /^# Hasty/);
});

test("a request that its row shows whole is allowed from the row", async () => {
  script.write([calls("I make a folder.", ["make_directory", { path: "docs" }]), done]);
  await newAgent(window, "Make a folder");
  await g.row(window, "Approvals", /docs/).waitFor();
  assert.equal(existsSync(file("docs")), false);
  await g.rowButton(window, "Approvals", /docs/, "Allow Once");
  await agentIs(window, "Make a folder", /finished/);
  assert.equal(existsSync(file("docs")), true);
});

test("Allow for… shows the text that is stored, and the next edit is not asked for", async () => {
  const write = (path: string) => calls("I write.", ["write_file", { path, content: "x\n" }]);
  script.write([write("src/one.txt"), write("src/two.txt"), done]);
  await newAgent(window, "Write twice");
  await review(window, /one\.txt/, /one\.txt/);
  await press(window, "Allow for…");
  const offered = await g.choices(window);
  assert.ok(offered.some((c) => c.includes("allow:write:fs:/app/src/one.txt")));
  assert.ok(offered.some((c) => c.includes("allow:write:fs:/app/src/**")));
  await g.pick(window, "allow:write:fs:/app/src/**");
  await agentIs(window, "Write twice", /finished/);
  assert.deepEqual([text("src/one.txt"), text("src/two.txt")], ["x\n", "x\n"]);
  assert.match(
    readFileSync(file(".agentlibos/journal/00000001.jsonl"), "utf8"),
    /"resource":"fs:\/app\/src\/\*\*"/,
  );
});

test("a question is answered in words", async () => {
  script.write([
    calls("I ask.", ["ask_human", { question: "Which colour?" }]),
    calls("So ${0.0.answer}."),
    done,
  ]);
  await newAgent(window, "Ask for a colour");
  await g.row(window, "Approvals", /Which colour/).waitFor();
  await g.rowButton(window, "Approvals", /Which colour/, "Answer Question");
  await g.enter(window, "green");
  await agentIs(window, "Ask for a colour", /your turn/);
  await g.rowButton(window, "Agents", /Ask for a colour/, "Send Message");
  await g.enter(window, "That is all.");
  await agentIs(window, "Ask for a colour", /finished/);
  assert.match(readFileSync(file(".agentlibos/journal/00000001.jsonl"), "utf8"), /So green\./);
});

test("a target with unsaved changes is saved and checked again, not overwritten", async () => {
  script.write([edit("# Theirs"), done]);
  await g.command(window, "Go to File...");
  await g.type(window, "README.md");
  await g.pick(window, "README.md");
  await active(window, /README\.md/);
  window.focusOn("editor");
  await g.key(window, "Control+Home");
  await g.type(window, "mine ");
  await newAgent(window, "Meet unsaved changes");
  await review(window, /README\.md/, /Edit app\/README\.md/);
  await press(window, "Allow Once");
  await g.toastButton(window, /not saved/, "Save and Recheck");
  await agentIs(window, "Meet unsaved changes", /finished/);
  assert.equal(text("README.md"), `mine ${README}`);
  assert.match(cli(window.editor, "audit").out, /ESTALE/);
});

test("Enter only opens the review, and several rows can only be denied", async () => {
  const make = (path: string): [string, unknown] => ["make_directory", { path }];
  script.write([calls("I make three.", make("n1"), make("n2"), make("n3")), done]);
  await newAgent(window, "Ask three times");
  const row = (name: string) => g.row(window, "Approvals", name);
  await row("app/n3").waitFor();
  await row("app/n1").click();
  await active(window, /^Request /);
  await row("app/n1").focus();
  for (const key of ["Enter", "Space", "Escape"]) await g.key(window, key);
  await g.sleep(800);
  assert.equal(existsSync(file("n1")), false);
  await row("app/n2").click({ modifiers: ["Control"] });
  const menu = await row("app/n2").menu();
  assert.ok(menu.includes("Deny"), menu.join(", "));
  assert.ok(!menu.some((entry) => entry.includes("Allow")), menu.join(", "));
  await row("app/n2").choose("Deny");
  await g.until(
    () => waiting(window),
    (rows) => rows.length === 2 && rows.some((r) => r.includes("app/n3")),
  );
  await g.sleep(800); // rows moved up: a click in that moment may have been meant for another
  await g.rowButton(window, "Approvals", "app/n3", "Allow Once");
  await agentIs(window, "Ask three times", /finished/);
  assert.deepEqual(
    ["n1", "n2", "n3"].map((name) => existsSync(file(name))),
    [false, false, true],
  );
});

test("the record of all this verifies while the editor holds it", () => {
  const { code, out } = cli(window.editor, "verify");
  assert.equal(code, 0, out);
  assert.equal(cli(window.editor, "run", "--goal", "x", "--script", script.path).code, 4);
});
