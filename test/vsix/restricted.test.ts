// Windows that cannot run agents: an untrusted folder, and no folder at all. The extension is there and says so.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor } from "../../scripts/editor/workbench.ts";
import { openEditor } from "../../scripts/editor/workbench.ts";

let editor: Editor;
before(async () => {
  editor = await openEditor({
    trust: false,
    settings: { "security.workspace.trust.startupPrompt": "always" },
  });
});
after(() => editor?.close());

test("in Restricted Mode the container opens", async () => {
  await g.dialogButton(editor.window, /^No/);
  await g.openContainer(editor.window);
  await g.view(editor.window, "Agents").waitFor();
  assert.match(await g.statusBar(editor.window), /Restricted Mode/);
});

test("without a folder the container opens", async () => {
  const empty = await editor.another(null);
  await g.openContainer(empty);
  await g.view(empty, "Agents").waitFor();
});
