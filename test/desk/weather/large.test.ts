// Texts of megabytes at the desk: what is shown whole, what says that it is too large to be shown, or to be written.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { STILL, bed } from "../../support/desk/bed.ts";
import type { DeskEditor } from "../../support/desk/editor.ts";
import * as g from "../../support/desk/gestures.ts";
import { active, agentIs, answer, calls, done, newAgent, press, review } from "../../support/desk/people.ts";
import { asked, holds, leave, record } from "../../support/desk/weather.ts";

const MEGABYTE = 1024 * 1024;

let editor: DeskEditor;
let window: g.Window;
const script = bed(
  (on) => {
    window = on;
    editor = on.editor;
  },
  { settings: STILL },
);

const file = (name: string): string => join(editor.workspace, name);

/** Lines of so many megabytes, each another one. */
function lines(megabytes: number, of: string): string {
  const each = `${of}: ${"x".repeat(100)}`;
  const count = Math.ceil((megabytes * MEGABYTE) / (each.length + 9));
  return Array.from({ length: count }, (_, i) => `${each} ${String(i).padStart(7, "0")}\n`).join("");
}

test("the largest text that is shown whole is shown whole, and only then may it be allowed", async () => {
  writeFileSync(file("large.txt"), lines(0.9, "before"));
  const content = lines(0.9, "after");
  script.write([calls("I write.", ["write_file", { path: "large.txt", content }]), done]);
  await newAgent(window, "Write much", "Ask", false);
  const row = g.row(window, "Approvals", /large\.txt/);
  const offered = await row.buttons();
  assert.ok(!offered.some((button) => button.startsWith("Allow Once")), offered.join(", "));
  await review(window, /large\.txt/, /Overwrite app\/large\.txt/);
  await leave(window, "Reload Window");
  await review(window, /large\.txt/, /Overwrite app\/large\.txt/);
  const shown = await g.editorText(window);
  assert.ok(shown === content, `of ${content.length} characters ${shown.length} are shown`);
  await answer(window, "Allow Once");
  await asked(editor, 0);
  await g.command(window, "Agent libOS: Resume All");
  await agentIs(window, "Write much", /finished/);
  assert.ok(readFileSync(file("large.txt"), "utf8") === content, "it is written whole");
  holds(editor);
});

test("a text too large to be shown says so and what would be written; one too large to be written says why and what to do", async () => {
  const content = lines(3, "too much to show");
  const five = lines(5, "too much to write");
  writeFileSync(file("five.txt"), five);
  const part = five.slice(0, five.indexOf("\n"));
  script.write([
    calls("An edit of five.", ["edit_file", { path: "five.txt", old_text: part, new_text: "short" }]),
    calls("Three.", ["write_file", { path: "three.txt", content }]),
    done,
  ]);
  await newAgent(window, "Write too much", "Ask", false);
  await g.row(window, "Approvals", /three\.txt/).click();
  await active(window, /^Request /);
  const shown = await g.until(
    () => g.editorText(window),
    (said) => /sha256/.test(said),
  );
  assert.match(shown, new RegExp(`Writes ${Buffer.byteLength(content)} bytes`));
  await g.sleep(900);
  await press(window, "Allow Once");
  await agentIs(window, "Write too much", /finished/);
  assert.ok(readFileSync(file("three.txt"), "utf8") === content, "what was too large to be shown is written");
  assert.ok(readFileSync(file("five.txt"), "utf8") === five, "what was too large to be written is as it was");
  const refused = record(editor).findLast(
    ({ kind, data }) => kind === "call.end" && data["op"] === "fs.edit",
  );
  const { code, message, hint } = refused?.data["error"] as { code: string; message: string; hint: string };
  assert.equal(code, "E2BIG");
  assert.match(message, new RegExp(`${five.length}|bytes`));
  assert.notEqual(hint, "");
  holds(editor);
});
