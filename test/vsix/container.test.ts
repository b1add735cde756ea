// The packaged extension in a real window: its container opens, its commands answer, a reload brings it back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor } from "../../scripts/editor/workbench.ts";
import { openEditor } from "../../scripts/editor/workbench.ts";

let editor: Editor;
before(async () => {
  editor = await openEditor();
});
after(() => editor?.close());

test("the container opens and shows its views", async () => {
  await g.openContainer(editor.window);
  await g.view(editor.window, "Agents").waitFor();
  await g.shot(editor.window, "container");
});

test("a command of the palette answers with a toast", async () => {
  await g.command(editor.window, "Agent libOS: Show Status");
  await g.toast(editor.window, /Agent libOS/).waitFor();
});

test("it is there again after Reload Window, in one extension host", async () => {
  await g.reload(editor.window);
  await g.openContainer(editor.window);
  await g.until(
    () => editor.extensionHosts().length,
    (n) => n === 1,
  );
});

test("nothing was written into the folder", async () => {
  const { existsSync } = await import("node:fs");
  assert.equal(existsSync(`${editor.workspace}/.agentlibos`), false);
});
