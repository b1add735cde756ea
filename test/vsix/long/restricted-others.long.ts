// Windows that a window without trust leads to: that of the tour, and one without a folder, which says what is missing.
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import { opensWindow } from "../support/opening.ts";
import { tourWindow } from "../support/strangers.ts";

let editor: Editor;
let window: Window;
opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  { trust: false, settings: { "security.workspace.trust.startupPrompt": "always" } },
);

const record = (): string => join(editor.workspace, ".agentlibos");

test("the tour opens even from here, in a window of its own", async () => {
  await g.dialogButton(window, /^No/);
  const run = (): Promise<void> => g.command(window, "Agent libOS: Run the Tour");
  const { tour, folder } = await tourWindow(editor, run);
  await tour.page.close();
  await window.page.bringToFront();
  rmSync(dirname(folder), { recursive: true, force: true });
  assert.equal(existsSync(record()), false);
});

test("without a folder the views offer one, and New Agent says what is missing", async () => {
  const empty = await editor.another(null);
  await g.openContainer(empty);
  await g.view(empty, "Agents").getByText("Agents work inside a folder").waitFor();
  await g.command(empty, "Agent libOS: New Agent…");
  await g.toast(empty, /Agents work inside a folder/).waitFor();
});
