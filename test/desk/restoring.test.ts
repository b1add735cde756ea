// Going back at the desk: a checkpoint, a restore with a choice of files and of conflicts, and its undo.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TabInputTextDiff } from "../support/vscode/values.ts";
import { bed } from "../support/desk/bed.ts";
import * as g from "../support/desk/gestures.ts";
import { active, agentIs, calls, done, newAgent, showViews } from "../support/desk/people.ts";

let window: g.Window;
const script = bed((on) => (window = on));
const file = (name: string): string => join(window.editor.workspace, name);
const text = (name: string): string | undefined =>
  existsSync(file(name)) ? readFileSync(file(name), "utf8") : undefined;
const write = (path: string, content: string): [string, unknown] => ["write_file", { path, content }];

/** Waits for the list of files, and gives its rows. */
async function files(): Promise<readonly string[]> {
  await g.titled(window, "Which files go back?");
  return g.choices(window);
}

test("a person names the present state, and brings chosen files back to it, also one that was changed since", async () => {
  await showViews(window);
  for (const name of ["a.txt", "b.txt", "mine.txt"]) writeFileSync(file(name), `${name} one\n`);
  script.write([calls("I begin.", write("first.txt", "first\n")), done]);
  await newAgent(window, "Begin", "Edit Freely");
  await agentIs(window, "Begin", /finished/);
  await g.command(window, "Agent libOS: Create Checkpoint…");
  await g.enter(window, "before tidying");
  await g.toast(window, /The checkpoint is taken/).waitFor();
  script.write([
    calls(
      "I tidy up.",
      write("a.txt", "two\n"),
      write("b.txt", "two\n"),
      write("mine.txt", "two\n"),
      write("new.txt", "new\n"),
    ),
    done,
  ]);
  await newAgent(window, "Tidy up", "Edit Freely");
  await agentIs(window, "Tidy up", /finished/);
  writeFileSync(file("mine.txt"), "a person\n");

  await g.command(window, "Agent libOS: Restore Checkpoint…");
  await g.titled(window, "Bring files back to which checkpoint?");
  assert.match(
    (await g.choices(window)).join("\n"),
    /before turn 1 of agent 3[^]*before tidying[^]*4 files changed since/,
  );
  await g.pick(window, "before tidying");
  const told = (await files()).join("\n");
  assert.match(told, /app\/a\.txt\nis brought back/);
  assert.match(told, /app\/mine\.txt\nstays: somebody changed it since/);
  assert.match(told, /app\/new\.txt\nis removed again/);
  const compared = window.tabs.activeTab?.changes?.files ?? [];
  assert.deepEqual(
    compared.map(([, left, right]) => [left?.scheme, right?.scheme]),
    [
      ["file", "agentlibos"],
      ["file", "agentlibos"],
      ["file", "agentlibos"],
      ["file", "agentlibos"],
    ],
  );
  const old = compared[0]?.[2];
  assert.ok(old);
  assert.equal((await window.texts.openDocument(old)).getText(), "a.txt one\n");

  // One file less, and the one of the person in spite of the conflict: this is asked once more.
  await g.pick(window, "app/b.txt");
  await g.pick(window, "app/mine.txt");
  g.asked(window).accept();
  await g.titled(window, "app/mine.txt: somebody changed it since");
  assert.deepEqual(
    (await g.choices(window)).map((row) => row.split("\n")[0]),
    ["Keep It as It Is Now", "Bring It Back", "Merge by Hand"],
  );
  await g.pick(window, "Bring It Back");
  await g.toast(window, /3 files are as they were then/).waitFor();
  assert.deepEqual(
    [text("a.txt"), text("b.txt"), text("mine.txt"), text("new.txt")],
    ["a.txt one\n", "two\n", "mine.txt one\n", undefined],
  );
  await g.toastButton(window, /3 files are as they were then/, "Undo Restore");
  await g.until(
    () => text("mine.txt") ?? "",
    (now) => now === "a person\n",
  );
  assert.deepEqual([text("a.txt"), text("new.txt")], ["two\n", "new\n"]);
});

test("nothing happens when the dialog or the choice is left", async () => {
  await g.command(window, "Agent libOS: Restore Checkpoint…");
  await g.titled(window, "Bring files back to which checkpoint?");
  const { placeholder = "" } = g.asked(window);
  assert.match(placeholder, /^The copies of old texts take 0\.0 MB of at most 1024 MB\.$/);
  await g.pick(window, "before tidying");
  await files();
  window.asks.leave();
  await g.sleep(500);
  assert.equal(text("a.txt"), "two\n");
});

test("a file that a person changed since is merged by hand: the restore leaves it alone, and shows both texts", async () => {
  writeFileSync(file("mine.txt"), "a person\n");
  await g.command(window, "Agent libOS: Restore Checkpoint…");
  await g.titled(window, "Bring files back to which checkpoint?");
  await g.pick(window, "before tidying");
  await files();
  await g.pick(window, "app/mine.txt");
  g.asked(window).accept();
  await g.titled(window, "app/mine.txt: somebody else changed it in between");
  await g.pick(window, "Merge by Hand");
  await active(window, /^Merge app\/mine\.txt: the checkpoint, and now$/);
  assert.deepEqual(
    [text("a.txt"), text("mine.txt"), text("new.txt")],
    ["a.txt one\n", "a person\n", undefined],
  );
  const input = window.tabs.activeTab?.input;
  assert.ok(input instanceof TabInputTextDiff);
  assert.equal(input.modified.fsPath, file("mine.txt"));
  assert.equal((await window.texts.openDocument(input.original)).getText(), "mine.txt one\n");
});

test("Show Status tells how many checkpoints there are, and the room of their copies", async () => {
  await g.command(window, "Agent libOS: Show Status");
  await active(window, /^Status/);
  const told = await g.editorText(window);
  assert.match(
    told,
    /Checkpoints\n +positions +\d+, of which 1 have a name\n +room +The copies of old texts take 0\.0 MB of/,
  );
});
