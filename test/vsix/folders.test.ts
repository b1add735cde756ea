// Folders and records of every standing: several roots, one that goes away, a copied record, a model without a key.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { bed } from "./bed.ts";
import {
  agentIs,
  answer,
  calls,
  cli,
  done,
  newAgent,
  openWorkspace,
  review,
  rowMenu,
  showViews,
  step,
} from "./people.ts";

let editor: Editor;
const script = bed(
  (on) => {
    editor = on.editor;
  },
  { settings: { "agentlibos.defaultModel": "openai/gpt-5", "explorer.confirmDelete": false } },
);

const write = (path: string) => calls("I write.", ["write_file", { path, content: "x\n" }]);
const agents = (of: Window): Promise<string> => g.view(of, "Agents").innerText();

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

test("when its last window closes, nothing is left running and the record is free", async () => {
  script.write([write("later.txt"), done]);
  await newAgent(editor.window, "Wait for later");
  await g.row(editor.window, "Approvals", /later\.txt/).waitFor();
  assert.equal(cli(editor, "resume").code, 4);
  await editor.window.page.goto("about:blank");
  await g.until(
    () => editor.extensionHosts().length,
    (hosts) => hosts === 0,
    60,
  );
  const { code, out } = cli(editor, "verify");
  assert.equal(code, 0, out);
  assert.doesNotMatch(out, /unfinished/);
});

test("an agent works in every root by its name, and a root that goes away pauses it", async () => {
  mkdirSync(join(editor.folder, "lib"));
  const file = join(editor.folder, "both.code-workspace");
  writeFileSync(
    file,
    JSON.stringify({ folders: [{ path: "app" }, { path: "lib" }, { path: "home", name: "third" }] }),
  );
  const both = await openWorkspace(editor, file);
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
  await both.page.close();
});

test("a copied record is shown, not obeyed", async () => {
  const copy = join(editor.folder, "copy");
  cpSync(editor.workspace, copy, { recursive: true });
  const window = await editor.another(copy);
  await showViews(window);
  await g.until(
    () => agents(window),
    (said) => /This record is a copy/.test(said) && /shown, not obeyed/.test(said) && /Need a key/.test(said),
  );
  await g.shot(window, "copy");
  await g.rowButton(window, "Approvals", /later\.txt/, "Deny");
  await g.toast(window, /This record is a copy/).waitFor();
  await sleep(300);
  assert.match(await g.row(window, "Approvals", /later\.txt/).innerText(), /later/);
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
  await sleep(300);
  assert.equal(existsSync(join(copy, ".agentlibos", "aside")), false);
  await begin();
  await g.dialogButton(window, "Start a New Record");
  await g.toast(window, /what was there is now .*aside/).waitFor();
  await g.until(
    () => agents(window),
    (said) => !/Need a key/.test(said) && /An agent can do only what you allow/.test(said),
  );
  assert.equal(existsSync(join(copy, ".agentlibos", "aside", "journal")), true);
  await window.page.close();
});

test("a record that moved with its folder goes on once a person says that it belongs there", async () => {
  const moved = join(editor.folder, "moved");
  renameSync(editor.workspace, moved);
  const window = await editor.another(moved);
  await showViews(window);
  await g.until(
    () => agents(window),
    (said) => /This record is in another place than before/.test(said),
  );
  await g.rowButton(window, "Approvals", /later\.txt/, "Deny");
  await g.toastButton(window, /in another place than before/, "It Belongs Here");
  await g.toast(window, /the journal now lives in/).waitFor();
  await g.rowButton(window, "Approvals", /later\.txt/, "Deny");
  await g.row(window, "Approvals", /later\.txt/).waitFor({ state: "detached" });
  await window.page.close();
});
