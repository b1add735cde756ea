// Looking back and going back as a person does: the History view, the timeline of a file, and a restore with its undo.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Window } from "../../scripts/editor/workbench.ts";
import { opensWindow, STILL } from "./support/opening.ts";
import { active, agentIs, calls, done, newAgent, showViews } from "./support/people.ts";

let window: Window;
const script = opensWindow((on) => (window = on), { settings: STILL });

const file = (name: string): string => join(window.editor.workspace, name);
const text = (name: string): string => readFileSync(file(name), "utf8");
const write = (path: string, content: string): [string, unknown] => ["write_file", { path, content }];
const quick = (words: string | RegExp) =>
  window.page.locator(".quick-input-list .monaco-list-row", { hasText: words }).first();
const title = (words: string) => window.page.locator(".quick-input-title", { hasText: words });

/** Opens a row of the History view, and waits for what is below it. */
async function unfold(row: string | RegExp, below: string | RegExp): Promise<void> {
  const found = g.row(window, "History", row);
  await g.until(
    async () => {
      if ((await found.getAttribute("aria-expanded")) !== "true") await found.click();
      return g.row(window, "History", below).count();
    },
    (count) => count > 0,
  );
}

test("the history shows day, agent, turn and call, opens a record, and the timeline of a file its changes", async () => {
  await showViews(window);
  writeFileSync(file("prices.md"), "# Prices\n\nBread: 3\n");
  script.write([
    calls(
      "I look at the prices.",
      ["read_file", { path: "prices.md" }],
      ["read_file", { path: "../elsewhere.txt" }],
    ),
    calls(
      "I correct the price of bread.",
      write("prices.md", "# Prices\n\nBread: 4\n"),
      write("notes.md", "Done.\n"),
    ),
    done,
  ]);
  await newAgent(window, "Correct the prices", "Edit Freely", false);
  await agentIs(window, "Correct the prices", /finished/);
  for (const name of ["Approvals", "Agents", "History"])
    await window.page.locator(".sidebar .pane-header", { hasText: name }).click();
  await g.row(window, "History", /^Today/u).waitFor();
  await unfold(/^Today/u, /Correct the prices/u);
  await unfold(/Correct the prices/u, /Turn 2/u);
  await unfold(/Turn 2/u, /change app\/prices\.md/u);
  await unfold(/Turn 1/u, /denied/u);
  await g.row(window, "History", /change app\/prices\.md/u).click();
  await active(window, /^Call 2\.1\.0\.txt/u);
  await g.until(
    () => g.editorText(window),
    (shown) => /Record \d+, as it is stored/u.test(shown),
  );
  await g.shot(window, "history");
  await g.command(window, "View: Close All Editors");
  await g.command(window, "Go to File...");
  await window.page.keyboard.type("prices.md");
  await quick("prices.md").waitFor();
  await window.page.keyboard.press("Enter");
  await active(window, /^prices\.md/u);
  await g.command(window, "Agent libOS: File Timeline…");
  await title("Who read or changed app/prices.md?").waitFor();
  await quick("Correct the prices read it").waitFor();
  await g.shot(window, "timeline");
  await quick("Correct the prices: changed").click();
  await active(window, /^prices\.md: call 2\.1\.0 by Correct the prices/u);
});

test("a restore compares every file, leaves a person's change to their choice, and is undone", async () => {
  writeFileSync(file("notes.md"), "Mine.\n");
  await g.command(window, "Agent libOS: Restore Checkpoint…");
  await title("Bring files back to which checkpoint?").waitFor();
  await quick("before turn 2 of agent 2").click();
  await title("Which files go back?").waitFor();
  await quick("app/notes.md").waitFor();
  await g.shot(window, "restore");
  await quick("app/notes.md").click();
  await window.page.locator(".quick-input-widget .monaco-button", { hasText: "OK" }).click();
  await title("app/notes.md: somebody changed it since").waitFor();
  await quick("Keep It as It Is Now").click();
  await g.toast(window, /1 files? (?:is|are) as (?:it was|they were) then/u).waitFor();
  assert.equal(text("prices.md"), "# Prices\n\nBread: 3\n");
  assert.equal(text("notes.md"), "Mine.\n");
  await g.toastButton(window, /as (?:it was|they were) then/u, "Undo Restore");
  await g.until(
    () => text("prices.md"),
    (now) => now.includes("Bread: 4"),
  );
  assert.equal(text("notes.md"), "Mine.\n");
});
