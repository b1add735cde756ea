// Folders and records of every standing: several roots, one that goes away, a copied record, a model without a key.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bed } from "../support/desk/bed.ts";
import { openEditor, type DeskEditor } from "../support/desk/editor.ts";
import * as g from "../support/desk/gestures.ts";
import {
  agentIs,
  answer,
  calls,
  done,
  newAgent,
  review,
  rowMenu,
  showViews,
  step,
} from "../support/desk/people.ts";

let editor: DeskEditor;
const script = bed(
  (on) => {
    editor = on.editor;
    return begin();
  },
  { settings: { "agentlibos.defaultModel": "openai/gpt-5" } },
);

const write = (path: string) => calls("I write.", ["write_file", { path, content: "x\n" }]);
const agents = (of: g.Window): string => g.view(of, "Agents").text;
const says = (of: g.Window, ...texts: RegExp[]): Promise<string> =>
  g.until(
    () => agents(of),
    (said) => texts.every((text) => text.test(said)),
  );

/** An agent whose request waits, also when its window has closed. */
async function begin(): Promise<void> {
  script.write([write("later.txt"), done]);
  await newAgent(editor.window, "Wait for later");
  await g.row(editor.window, "Approvals", /later\.txt/).waitFor();
}

test("a model without a key is told with what can be done about it", async () => {
  const { window } = editor;
  await showViews(window);
  await g.command(window, "Agent libOS: New Agent…");
  await step(window, "New Agent", "Need a key");
  await step(window, "Which model?", "openai/gpt-5");
  await step(window, "What may it do?", "Read Only");
  await g.toast(window, /no API key for openai/).waitFor();
  await agentIs(window, "Need a key", /needs you/);
  await rowMenu(window, "Agents", "Need a key", "Stop");
  await agentIs(window, "Need a key", /stopped/);
});

test("an agent works in every root by its name, and a root that goes away pauses it", async () => {
  await editor.window.close(); // the record is free for the window of three folders
  mkdirSync(join(editor.folder, "lib"));
  const file = join(editor.folder, "both.code-workspace");
  writeFileSync(
    file,
    JSON.stringify({ folders: [{ path: "app" }, { path: "lib" }, { path: "home", name: "third" }] }),
  );
  const both = await editor.another(file);
  script.write([write("lib/new.txt"), write("app/new.txt"), done]);
  await newAgent(both, "Write in two places");
  await review(both, /lib\/new\.txt/, /new\.txt/);
  await answer(both, "Allow Once");
  await g.row(both, "Approvals", /app\/new\.txt/).waitFor();
  assert.deepEqual(
    ["lib/new.txt", "app/new.txt"].map((name) => existsSync(join(editor.folder, name))),
    [true, false],
  );
  await g.command(both, "Workspaces: Remove Folder from Workspace...");
  await g.pick(both, "third");
  await g.toast(both, /The folders changed; agents were paused/).waitFor();
  await showViews(both);
  await agentIs(both, "Write in two places", /paused/);
  await both.close();
});

test("a copied record is shown, not obeyed", async () => {
  const copy = join(editor.folder, "copy");
  cpSync(editor.workspace, copy, { recursive: true });
  const window = await editor.another(copy);
  await showViews(window);
  await says(window, /This record is a copy/, /shown, not obeyed/, /Need a key/);
  await g.rowButton(window, "Approvals", /later\.txt/, "Deny");
  await g.toast(window, /This record is a copy/).waitFor();
  await g.sleep(300);
  assert.match(await g.row(window, "Approvals", /later\.txt/).innerText(), /later/);
  const shown: string[] = [];
  const before = await g.editorText(window).catch(() => "");
  window.notes.onTask = (title, cancel) => (shown.push(title), cancel());
  await g.command(window, "Agent libOS: Verify Audit Log");
  await g.until(
    () => shown.join(),
    (told) => told === "Checking the record",
  );
  // A check that was stopped tells nothing.
  await g.sleep(300);
  assert.equal(await g.editorText(window).catch(() => ""), before);
  window.notes.onTask = () => undefined;
  await g.command(window, "Agent libOS: Verify Audit Log");
  await g.until(
    () => g.editorText(window),
    (text) => /a copy: shown, but not obeyed/.test(text),
  );
});

test("a record that is not obeyed is set aside only when a person says so twice", async () => {
  const copy = join(editor.folder, "copy");
  const window = await editor.another(copy);
  await showViews(window);
  const begin = async (): Promise<void> => {
    await g.rowButton(window, "Approvals", /later\.txt/, "Deny");
    await g.toastButton(window, /This record is a copy/, "Start a New Record…");
  };
  await begin();
  await g.dialogButton(window, "Cancel");
  await g.sleep(300);
  assert.equal(existsSync(join(copy, ".agentlibos", "aside")), false);
  await begin();
  await g.dialogButton(window, "Start a New Record");
  await g.toast(window, /what was there is now .*aside/).waitFor();
  await g.until(
    () => agents(window),
    (said) => !/Need a key/.test(said) && /An agent can do only what you allow/.test(said),
  );
  assert.equal(existsSync(join(copy, ".agentlibos", "aside", "journal")), true);
  await window.close();
});

test("a record that moved with its folder goes on once a person says that it belongs there", async () => {
  const moved = join(editor.folder, "moved");
  renameSync(editor.workspace, moved);
  const window = await editor.another(moved);
  await showViews(window);
  await says(window, /This record is in another place than before/);
  await g.rowButton(window, "Approvals", /later\.txt/, "Deny");
  await g.toastButton(window, /in another place than before/, "It Belongs Here");
  await g.toast(window, /the journal now lives in/).waitFor();
  await g.rowButton(window, "Approvals", /later\.txt/, "Deny");
  await g.row(window, "Approvals", /later\.txt/).waitFor({ state: "detached" });
  await window.close();
});

test("two folders of one name are refused clearly, two of different names are not", async () => {
  const untrusted = await openEditor({
    trust: false,
    settings: { "security.workspace.trust.startupPrompt": "always" },
  });
  const other = join(untrusted.folder, "other", "app");
  mkdirSync(other, { recursive: true });
  const file = join(untrusted.folder, "twins.code-workspace");
  writeFileSync(file, JSON.stringify({ folders: [{ path: "app" }, { path: "other/app" }] }));
  const twins = await untrusted.another(file);
  await g.dialogButton(twins, /^Yes/);
  await showViews(twins);
  await says(twins, /Two folders are named “app”/);
  await g.command(twins, "Agent libOS: New Agent…");
  await g.toast(twins, /Two folders are named/).waitFor();
  await untrusted.close();
});
