// Records that git took away or brought along, in the editor: one comes back by a button, the other grants and runs nothing.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bed } from "../../support/desk/bed.ts";
import { openEditor, type DeskEditor } from "../../support/desk/editor.ts";
import * as g from "../../support/desk/gestures.ts";
import { calls, done, newAgent, showViews, step } from "../../support/desk/people.ts";
import { gitIn } from "../../support/git/repository.ts";

let editor: DeskEditor;
const script = bed(
  (on) => {
    editor = on.editor;
    return begin();
  },
  { settings: { "agentlibos.defaultModel": "openai/gpt-5" } },
);

const agents = (of: g.Window): string => g.view(of, "Agents").text;
const says = (of: g.Window, text: RegExp): Promise<string> =>
  g.until(
    () => agents(of),
    (said) => text.test(said),
  );
const git = (folder: string, ...args: string[]): string =>
  gitIn(folder, "-c", "user.name=Eve", "-c", "user.email=eve@example.invalid", ...args);

/** Goes through New Agent up to the point where the record must be written. */
async function start(window: g.Window): Promise<void> {
  await g.command(window, "Agent libOS: New Agent…");
  await step(window, "New Agent", "Another");
  await step(window, "Which model?", "Script from AGENTLIBOS_SCRIPT");
  await step(window, "What may it do?", "Ask");
}

/** An agent whose request waits, in a repository that carries the record. */
async function begin(): Promise<void> {
  script.write([calls("I write.", ["write_file", { path: "owned.txt", content: "owned\n" }]), done]);
  await newAgent(editor.window, "Own this folder");
  await g.row(editor.window, "Approvals", /owned\.txt/).waitFor();
  git(editor.workspace, "init", "-q", "-b", "main");
  git(editor.workspace, "add", "-A", "-f");
  git(editor.workspace, "commit", "-q", "-m", "with the record");
  gitIn(editor.folder, "clone", "-q", editor.workspace, "origin");
}

test("a record that `git clean -fdx` took away comes back by a button, and its request still waits", async () => {
  await editor.window.close();
  git(editor.workspace, "rm", "-r", "-q", "--cached", ".agentlibos");
  const segment = join(editor.workspace, ".agentlibos", "journal", "00000001.jsonl");
  const before = readFileSync(segment);
  git(editor.workspace, "clean", "-fdxq");
  assert.equal(existsSync(segment), false);
  const window = await editor.another(editor.workspace);
  await showViews(window);
  await start(window);
  await g.toastButton(window, /The record is gone[^]*keeps the record of this folder/, "Fetch It Back");
  await g.toast(window, /files are back/).waitFor();
  await says(window, /Own this folder/);
  assert.deepEqual(readFileSync(segment).subarray(0, before.length), before);
  await g.row(window, "Approvals", /owned\.txt/).waitFor();
  await window.close();
});

test("a cloned record is shown on another machine, and no click makes anything of it valid", async () => {
  const other = await openEditor({ settings: { "agentlibos.defaultModel": "openai/gpt-5" } });
  const clone = join(other.folder, "clone", "app");
  mkdirSync(join(clone, ".."));
  gitIn(other.folder, "clone", "-q", join(editor.folder, "origin"), clone);
  const names = readdirSync(clone, { recursive: true }).sort();
  const window = await other.another(clone);
  await showViews(window);
  await says(window, /This record was made elsewhere[^]*agents in it cannot run here[^]*Own this folder/);
  await g.rowButton(window, "Approvals", /owned\.txt/, "Deny");
  await g.toast(window, /made elsewhere/).waitFor();
  await start(window);
  await g.toast(window, /made elsewhere/).waitFor();
  await g.sleep(300);
  await g.row(window, "Approvals", /owned\.txt/).waitFor();
  assert.equal(existsSync(join(clone, "owned.txt")), false);
  assert.deepEqual(readdirSync(clone, { recursive: true }).sort(), names, "nothing was written");
  await other.close();
});
