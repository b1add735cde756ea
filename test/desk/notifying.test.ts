// Notifications at the desk: one, after a while, only when nobody looks; answered only where it shows everything.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bed } from "../support/desk/bed.ts";
import type { DeskEditor } from "../support/desk/editor.ts";
import * as g from "../support/desk/gestures.ts";
import {
  active,
  agentIs,
  answer,
  calls,
  done,
  newAgent,
  nothingWaits,
  showViews,
} from "../support/desk/people.ts";

let editor: DeskEditor;
let window: g.Window;
const script = bed((on) => {
  window = on;
  editor = on.editor;
});

const there = (name: string): boolean => existsSync(join(editor.workspace, name));
const folder = (path: string) => calls("I make a folder.", ["make_directory", { path }]);
const write = (path: string) => calls("I write.", ["write_file", { path, content: "x\n" }]);
/** Looks elsewhere, once the row of the agent just started was brought into view. */
const hide = async (goal: string): Promise<void> => {
  await g.until(
    () => g.row(window, "Agents", goal).isSelected(),
    (is) => is,
  );
  await g.command(window, "View: Show Explorer");
};
const mine = async (): Promise<string[]> => (await g.toasts(window)).filter((t) => /[Aa]gent/.test(t));

test("while the approvals are in view nothing is said", async () => {
  script.write([folder("seen"), done]);
  await newAgent(window, "Stay in view");
  await g.row(window, "Approvals", /app\/seen/).waitFor();
  await g.sleep(6000);
  assert.deepEqual(await mine(), []);
  await g.rowButton(window, "Approvals", /app\/seen/, "Allow Once");
  await agentIs(window, "Stay in view", /finished/);
});

test("anything else is only reviewed from it, and what came meanwhile adds no second one", async () => {
  script.write([write("a.txt"), write("b.txt"), done]);
  await newAgent(window, "Write from afar");
  await hide("Write from afar");
  await g.toast(window, /Agents are waiting for you/).waitFor();
  assert.equal((await mine()).length, 1);
  await g.toastButton(window, /Agents are waiting for you/, "Review");
  await active(window, /Create app\/a\.txt/);
  await g.sleep(900);
  await answer(window, "Allow Once");
  // The next request opens by itself when the first was answered from its review.
  await showViews(window);
  await g.row(window, "Approvals", /b\.txt/).waitFor();
  await g.rowButton(window, "Approvals", /b\.txt/, "Deny");
  await nothingWaits(window);
  assert.deepEqual([there("a.txt"), there("b.txt")], [true, false]);
});

test("a late click on a toast changes nothing and says so", async () => {
  script.write([folder("late"), done]);
  await newAgent(window, "Come after");
  await hide("Come after");
  await g.toast(window, /asks: Make the folder app\/late/).waitFor();
  await showViews(window);
  await g.rowButton(window, "Approvals", /app\/late/, "Deny");
  await agentIs(window, "Come after", /finished/);
  await g.toastButton(window, /asks: Make the folder app\/late/, "Allow Once");
  await g.toast(window, /already answered/).waitFor();
  assert.equal(there("late"), false);
});
