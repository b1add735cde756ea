// Undo This Turn: what an agent did in one turn is previewed, chosen file by file, taken back, and the undo undone.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { bed } from "./bed.ts";
import { agentIs, calls, cli, done, newAgent, rowMenu, showViews } from "./people.ts";

let editor: Editor;
let window: Window;
const script = bed((on) => {
  window = on;
  editor = on.editor;
});

const at = (name: string): string => join(editor.workspace, name);
const text = (name: string): string => readFileSync(at(name), "utf8");

test("Edit Freely writes without asking, and one turn of it is taken back and put back again", async () => {
  writeFileSync(at("old.txt"), "old\n");
  writeFileSync(at("gone.txt"), "gone\n");
  writeFileSync(at("mine.txt"), "before\n");
  script.write([
    calls(
      "I tidy up.",
      ["write_file", { path: "old.txt", content: "new\n" }],
      ["write_file", { path: "made.txt", content: "made\n" }],
      ["edit_file", { path: "mine.txt", old_text: "before", new_text: "agent" }],
    ),
    done,
  ]);
  await newAgent(window, "Tidy up", "Edit Freely");
  await agentIs(window, "Tidy up", /finished/);
  assert.equal(text("old.txt"), "new\n");
  writeFileSync(at("mine.txt"), "a person\n");
  await showViews(window);
  await rowMenu(window, "Agents", "Tidy up", "Undo This Turn");
  await window.page.locator(".quick-input-title", { hasText: "Undo turn 1" }).waitFor();
  const offered = await g.choices(window);
  assert.match(offered.join("\n"), /mine\.txt[^]*was changed since/);
  await g.shot(window, "undo");
  await window.page.locator(".quick-input-widget .monaco-button", { hasText: "OK" }).click();
  await g.toast(window, /Brought back: made\.txt, old\.txt/).waitFor();
  assert.equal(text("old.txt"), "old\n");
  assert.equal(existsSync(at("made.txt")), false);
  assert.equal(text("mine.txt"), "a person\n");
  await g.toastButton(window, /Brought back/, "Undo the Undo");
  await g.until(
    () => existsSync(at("made.txt")) && text("old.txt") === "new\n",
    (good) => good,
  );
  assert.equal(text("made.txt"), "made\n");
  assert.equal(text("mine.txt"), "a person\n");
  const { code, out } = cli(editor, "audit", "--syscall", "fs.restore");
  assert.equal(code, 0);
  assert.equal(out.trim().split("\n").length, 4, out);
});
