// An agent apart in a real window: its row says so, the branch is one comparison, and a merge is chosen by file.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Window } from "../../scripts/editor/workbench.ts";
import { STILL, opensWindow } from "./support/opening.ts";
import { active, agentIs, calls, done, showViews, step } from "./support/people.ts";

let window: Window;
const script = opensWindow((on) => (window = on), {
  settings: { ...STILL, "workbench.colorTheme": "Light Modern" },
});
const has = (name: string): boolean => existsSync(join(window.editor.workspace, name));

test("an agent that works in a worktree is started, reviewed and merged from its row", async () => {
  script.write([
    calls(
      "I work apart.",
      ["write_file", { path: "src/discount.js", content: "export const discount = (n) => n * 0.9;\n" }],
      ["write_file", { path: "NOTES.md", content: "# Notes\n\nThe discount is ten percent.\n" }],
    ),
    done,
  ]);
  await showViews(window);
  await g.command(window, "Agent libOS: New Agent in Worktree…");
  await step(window, "New Agent in Worktree", "Add a discount");
  await step(window, "Which model?", "Script from AGENTLIBOS_SCRIPT");
  await step(window, "What may it do?", "Edit Freely");
  await agentIs(window, "Add a discount", /finished.*in worktree/u);
  assert.equal(has("NOTES.md"), false);

  await g.rowMenu(window, "Agents", "Add a discount", "Review Changes of the Branch");
  await active(window, /^agent\/2-add-a-discount/u);
  await window.page.getByText("The discount is ten percent.").first().waitFor();
  await g.shot(window, "worktree");

  await g.rowMenu(window, "Agents", "Add a discount", "Merge Into Workspace…");
  await window.page.locator(".quick-input-title", { hasText: "Which files come into app?" }).waitFor();
  assert.match((await g.choices(window)).join("\n"), /NOTES\.md[^]*is new[^]*src\/discount\.js[^]*is new/u);
  await window.page.keyboard.press("Enter");
  await g.toast(window, /2 files came into app/u).waitFor();
  assert.ok(has("NOTES.md") && has("src/discount.js"));
  await g.command(window, "Agent libOS: Show Worktrees");
  await g.toast(window, /There are no worktrees/u).waitFor();
});
