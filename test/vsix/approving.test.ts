// A person and an agent in a real window: a file is written only after Allow Once was clicked, and Deny leaves it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor } from "../../scripts/editor/workbench.ts";
import { openEditor } from "../../scripts/editor/workbench.ts";
import { calls, newAgent, scriptFile } from "./people.ts";

let editor: Editor;
const script = scriptFile();
before(async () => {
  editor = await openEditor({ env: { AGENTLIBOS_SCRIPT: script.path } });
});
after(async () => {
  await editor?.close();
  script.remove();
});

const text = (name: string): string => readFileSync(join(editor.workspace, name), "utf8");

test("a file is written only after Allow Once was clicked", async () => {
  script.write([
    calls("I read first.", ["read_file", { path: "README.md" }]),
    calls("I propose an edit.", [
      "edit_file",
      { path: "README.md", old_text: "# Price list", new_text: "# Prices" },
    ]),
    calls("Done.", ["finish", { result: "done" }]),
  ]);
  await newAgent(editor.window, "Shorten the title");
  const row = g.row(editor.window, "Approvals", /README\.md/);
  await row.waitFor();
  assert.match(text("README.md"), /^# Price list/);
  await g.shot(editor.window, "approval-tree");
  await row.click();
  await g.until(
    () => g.tabs(editor.window),
    (tabs) => tabs.some((t) => /README\.md/.test(t)),
  );
  await g.shot(editor.window, "approval-diff");
  assert.match(text("README.md"), /^# Price list/);
  await new Promise((resolve) => setTimeout(resolve, 800));
  await g.titleButton(editor.window, "Allow Once");
  await g.until(
    () => text("README.md"),
    (now) => now.startsWith("# Prices\n"),
  );
  await g.until(
    () => g.rows(editor.window, "Agents"),
    (rows) => rows.some((r) => /finished/.test(r)),
  );
});
