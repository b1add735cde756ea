// Commands at the desk: what one changed is one set, what it puts out is shown while it runs, and a person stops it.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { bed } from "../../support/desk/bed.ts";
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
} from "../../support/desk/people.ts";

const at = (path: string): string => pathToFileURL(join(import.meta.dirname, path)).href;
const [real, commanding] = [at("../../../src/host/node/shell/commands.ts"), at("./commanding.ts")];
const hooks = registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const boots = context.parentURL?.endsWith("/src/boot.ts") === true;
    return boots && found.url === real ? { ...found, url: commanding } : found;
  },
});
after(() => hooks.deregister());

let window: g.Window;
const script = bed((on) => (window = on));
const file = (name: string): string => join(window.editor.workspace, name);
const text = (name: string): string | undefined =>
  existsSync(file(name)) ? readFileSync(file(name), "utf8") : undefined;
const run = (command: string, more: object = {}): [string, unknown] => ["run_command", { command, ...more }];
const set = (of = /\d+ files? of call/) => g.row(window, "Approvals", of);
const counted = (wanted: RegExp): Promise<string> =>
  g.until(
    () => g.view(window, "Approvals").description,
    (said) => wanted.test(said),
  );

test("what one command changed is one set: removals first and unchecked, folders among it, and it is named", async () => {
  writeFileSync(file("old.txt"), "old\n");
  script.write([calls("I build.", run("write a.txt one; make out; write b.txt two; remove old.txt")), done]);
  await newAgent(window, "Build it");
  await set().waitFor();
  assert.match(await set().innerText(), /^4 files of call \d+\.0\.0 Run write a\.txt one; make out/);
  const rows = g.view(window, "Approvals").rows;
  const shown = rows.slice(rows.findIndex((row) => /files of call/.test(row)) + 1).slice(0, 4);
  assert.deepEqual(
    shown.map((row) => row.replace(/ once only$/u, "")),
    ["Delete app/old.txt", "Create app/a.txt", "Make the folder app/out", "Create app/b.txt"],
  );
  await counted(/3 of 4 checked/);
  await set().click();
  await active(window, /^Changes of agent \d+, turn 1, call 1 \(4 files\)/);
  const files = window.tabs.activeTab?.changes?.files ?? [];
  assert.deepEqual(
    files.map(([, left, right]) => [left?.scheme, right?.scheme]),
    [
      ["file", undefined],
      [undefined, "agentlibos"],
      [undefined, "agentlibos"],
      [undefined, "agentlibos"],
    ],
  );
  const shownAs = files[2]?.[2];
  assert.ok(shownAs);
  const request = await window.texts.openDocument(shownAs);
  assert.match(request.getText(), /Make the folder app\/out[^]*Made by call \d+\.0\.0: Run write a\.txt/);
  await g.row(window, "Approvals", /app\/b\.txt/).check();
  await counted(/2 of 4 checked/);
  await answer(window, "Allow Checked, Deny the Rest");
  await agentIs(window, "Build it", /finished/);
  assert.deepEqual([text("a.txt"), text("b.txt"), text("old.txt")], ["one\n", undefined, "old\n"]);
  assert.ok(existsSync(file("out")));
  await nothingWaits(window);
});

test("a checked removal is carried out", async () => {
  writeFileSync(file("old.txt"), "old\n");
  script.write([calls("I clean.", run("remove old.txt; write c.txt three")), done]);
  await newAgent(window, "Clean it");
  await set().click();
  await active(window, /call 1 \(2 files\)/);
  await g.row(window, "Approvals", /Delete app\/old\.txt/).check();
  await answer(window, "Allow Checked");
  await agentIs(window, "Clean it", /finished/);
  assert.deepEqual([text("old.txt"), text("c.txt")], [undefined, "three\n"]);
});

test("the output of a running command streams into a document that its row opens, and Stop ends it alone", async () => {
  script.write([
    calls("I test.", run("say one; say \u001b[31mtwo\u001b[0m; last")),
    calls("Well.", ["ask_human", { question: "Go on?" }]),
  ]);
  await newAgent(window, "Test it");
  const row = g.row(window, "Agents", /Run say one/);
  await row.waitFor();
  assert.equal(await row.spoken(), "Run say one; say ‹U+001B›[31mtwo‹U+001B›[0m; last, runs");
  await row.click();
  await active(window, /^Output of call \d+\.0\.0\.txt/);
  const shown = await g.until(
    () => g.editorText(window),
    (now) => now.includes("two"),
  );
  assert.match(shown, /^Run say one.*\n\none\ntwo\n$/);
  assert.deepEqual(await row.buttons(), ["Show Output…", "Stop Command…"]);
  await g.rowButton(window, "Agents", /Run say one/, "Stop Command…");
  await g.row(window, "Approvals", /Go on\?/).waitFor();
  await row.waitFor({ state: "detached" });
  const ended = await g.until(
    () => g.editorText(window),
    (now) => now.includes("EINTR"),
  );
  assert.match(ended, /EINTR: A person stopped this\.\n\none\ntwo\n$/);
  await g.rowButton(window, "Approvals", /Go on\?/, "Answer Question");
  await g.enter(window, "yes");
});

test("a command in the background stands under its agent, with its output, until it is stopped", async () => {
  script.write([
    calls("I serve.", run("npm start", { background: true })),
    calls("Well.", ["ask_human", { question: "Ready?" }]),
  ]);
  await newAgent(window, "Serve it");
  await g.row(window, "Approvals", /Ready\?/).waitFor();
  const row = g.row(window, "Agents", /^npm start runs in the background/);
  await row.click();
  await active(window, /^Output of call/);
  await g.until(
    () => g.editorText(window),
    (now) => /^Started npm start in the background as h\d+\n\nlistening\n$/.test(now),
  );
  await g.command(window, "Agent libOS: Stop Command…");
  assert.match((await g.choices(window)).join(), /npm start/);
  await g.pick(window, "npm start");
  await row.waitFor({ state: "detached" });
  await g.command(window, "Agent libOS: Show Output…");
  await g.toast(window, /No agent runs a command now/).waitFor();
  await g.rowButton(window, "Approvals", /Ready\?/, "Answer Question");
  await g.enter(window, "yes");
});

test("what a command in the background changed until a person stopped it is a change set", async () => {
  script.write([
    calls("I watch.", run("write w1.txt one; write w2.txt two", { background: true })),
    calls("Well.", ["ask_human", { question: "Watched?" }]),
  ]);
  await newAgent(window, "Watch it");
  await g.row(window, "Approvals", /Watched\?/).waitFor();
  await g.rowButton(window, "Agents", /^write w1\.txt one/, "Stop Command…");
  await set().waitFor();
  assert.match(await set().innerText(), /^2 files of call \d+\.x0 Command h\d+/);
  await set().click();
  await active(window, /^Changes of agent \d+/);
  await g.row(window, "Approvals", /app\/w2\.txt/).check();
  await answer(window, "Allow Checked, Deny the Rest");
  await g.until(
    () => String(text("w1.txt")),
    (now) => now === "one\n",
  );
  assert.equal(text("w2.txt"), undefined);
  await g.rowButton(window, "Approvals", /Watched\?/, "Answer Question");
  await g.enter(window, "yes");
});

test("the ignored files that its commands left are opened by their agent", async () => {
  script.write([calls("Well.", ["ask_human", { question: "Kept?" }])]);
  await newAgent(window, "Keep it");
  await g.row(window, "Approvals", /Kept\?/).waitFor();
  await g.rowMenu(window, "Agents", /Keep it/, "Open Kept Folder…");
  await g.toast(window, /Its commands have left no ignored files/).waitFor();
  const folder = window.editor.home;
  Object.assign(globalThis, { keptFolder: folder });
  await g.rowMenu(window, "Agents", /Keep it/, "Open Kept Folder…");
  const opened = window.ran.find(({ command }) => command === "vscode.openFolder")?.args;
  assert.deepEqual(opened?.[1], { forceNewWindow: true });
  assert.equal(String(opened?.[0]), `file://${folder}`);
});

test("a person takes ignored files over by folder, with counts, and is told what stays", async () => {
  script.write([calls("Well.", ["ask_human", { question: "Taken?" }])]);
  await newAgent(window, "Take it");
  await g.row(window, "Approvals", /Taken\?/).waitFor();
  await g.rowMenu(window, "Agents", /Take it/, "Keep Ignored Files…");
  await g.toast(window, /Its commands have left no ignored files/).waitFor();
  const none = { gone: 0, others: 0, conflicts: 0, secrets: 0 };
  const keptGroups = [
    { resource: "fs:/app/dist", files: 1, bytes: 900, ...none },
    {
      ...{ resource: "fs:/app/$(x)modules", files: 1204, bytes: 12_340_000 },
      ...{ gone: 2, others: 3, conflicts: 4, secrets: 5 },
    },
  ];
  Object.assign(globalThis, { keptGroups });
  await g.rowMenu(window, "Agents", /Take it/, "Keep Ignored Files…");
  const [dist = "", modules = ""] = await g.choices(window);
  assert.match(dist, /app\/dist\n1 file, 900 bytes/);
  assert.match(modules, /app\/\$\(x\)modules\n1204 files, 12\.3 MB/);
  assert.match(modules, /deletes 2, 4 were changed in the workspace since and stay, 3 links/);
  assert.match(modules, /5 hold credentials by their name/);
  assert.equal(g.asked(window).checked.size, 0, "nothing is chosen for the person");
  await g.pick(window, "app/dist");
  g.asked(window).accept();
  await g.toast(window, /were taken over: 1\. These stay as they are: app\/dist\/theirs \(some/).waitFor();
  assert.deepEqual([text("dist/x"), existsSync(file("$(x)modules"))], ["fs:/app/dist\n", false]);
  const audit = cli(window.editor, "audit", "--pid", "1", "--syscall", "fs.put").out;
  assert.match(audit, /fs\.put +approved, done +fs:\/app\/dist\/x/);
  await g.rowButton(window, "Approvals", /Taken\?/, "Answer Question");
  await g.enter(window, "yes");
});

test("where commands run is shown: before it was tried, where no layer works, and by the person's settings", async () => {
  const status = async (): Promise<string> => {
    await g.command(window, "Agent libOS: Show Status");
    await active(window, /^Status\.txt/);
    await g.sleep(500);
    return /^Commands\n +place +(.*)$/mu.exec(await g.editorText(window))?.[1] ?? "";
  };
  assert.equal(await status(), "in a layer");
  Object.assign(globalThis, { noLayer: true });
  await window.reload();
  script.write([calls("I say it.", run("say hello")), calls("Well.", ["ask_human", { question: "Good?" }])]);
  await newAgent(window, "Say it");
  const row = g.row(window, "Approvals", /Run say hello/);
  await row.waitFor();
  assert.match(await row.innerText(), /once only/);
  await row.click();
  await active(window, /^Request/);
  assert.match(await g.editorText(window), /It runs outside a layer: it can do whatever you can/);
  await answer(window, "Allow Once");
  await g.row(window, "Approvals", /Good\?/).waitFor();
  assert.match(await g.statusBar(window), /\d no layer$/);
  const why = "no layer works here: Bubblewrap is not installed. Install bubblewrap.";
  assert.equal(await status(), `outside a layer, and each asks; ${why}`);
  const { settings } = window.editor;
  settings.set("agentlibos.shell.unconfined", "never");
  settings.set("agentlibos.shell.unconfined", "ask", "workspace");
  assert.equal(await status(), `nowhere; ${why}`);
  settings.set("agentlibos.shell.mode", "off");
  settings.set("agentlibos.shell.mode", "auto", "workspace");
  assert.equal(await status(), "nowhere: the setting agentlibos.shell.mode says off");
  script.write([calls("I say it.", run("say more")), calls("Well.", ["ask_human", { question: "Off?" }])]);
  await newAgent(window, "Say more");
  await g.row(window, "Approvals", /Off\?/).waitFor();
  assert.match(
    cli(window.editor, "audit").out,
    /shell\.run .*EUNAVAILABLE: Commands are switched off here\./,
  );
});
