// A window that cannot run agents, because its folder is not trusted: it says so, and every way to run is closed.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { opensWindow } from "./support/opening.ts";
import { agentIs, answer, calls, done, newAgent, review } from "./support/people.ts";

let editor: Editor;
let window: Window;
const script = opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    trust: false,
    settings: { "security.workspace.trust.startupPrompt": "always", "workbench.editor.useModal": "off" },
  },
);

const record = (): string => join(editor.workspace, ".agentlibos");

test("in Restricted Mode the views say what is possible", async () => {
  await g.dialogButton(window, /^No/);
  await g.openContainer(window);
  await g.view(window, "Agents").getByText("Restricted Mode: the record is readable").waitFor();
  assert.match(await g.statusBar(window), /Restricted Mode/);
  await g.shot(window, "restricted");
});

test("New Agent says why it cannot start, and writes nothing", async () => {
  await g.command(window, "Agent libOS: New Agent…");
  await g.toast(window, /Restricted Mode/).waitFor();
  assert.equal(await window.page.locator(".quick-input-title", { hasText: "New Agent" }).count(), 0);
  assert.equal(existsSync(record()), false);
});

test("trust granted later starts the features without a reload", async () => {
  const loads: string[] = [];
  window.page.on("load", () => loads.push("load"));
  await g.toastButton(window, /Restricted Mode/, "Manage Workspace Trust");
  await window.page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).click();
  await g.view(window, "Agents").getByText("An agent can do only what you allow").waitFor();
  script.write([calls("I write.", ["write_file", { path: "trusted.txt", content: "x\n" }]), done]);
  await newAgent(window, "Use the trust");
  await review(window, /trusted\.txt/, /trusted\.txt/);
  await answer(window, "Allow Once");
  await agentIs(window, "Use the trust", /finished/);
  assert.ok(existsSync(join(editor.workspace, "trusted.txt")));
  assert.deepEqual(loads, []);
});
