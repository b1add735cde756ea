// The packaged extension in a fresh window: its views, what the palette offers, keys, and that looking writes nothing.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor } from "../../scripts/editor/workbench.ts";
import { openEditor } from "../../scripts/editor/workbench.ts";
import { step } from "./people.ts";

let editor: Editor;
before(async () => {
  editor = await openEditor();
});
after(() => editor?.close());

test("the container opens and shows its views, each with a welcome", async () => {
  await g.openContainer(editor.window);
  await g.view(editor.window, "Approvals").getByText("Nothing is waiting for you.").waitFor();
  await g.view(editor.window, "Agents").getByText("An agent can do only what you allow").waitFor();
  await g.view(editor.window, "Agents").getByRole("button", { name: "Run the Tour" }).waitFor();
  await g.shot(editor.window, "container");
});

test("the palette offers what makes sense without a record, and nothing that needs a row", async () => {
  const offered = ["New Agent…", "Run the Tour", "Set API Key…", "Select Model…", "Show Log"];
  for (const title of offered) assert.ok(await g.offers(editor.window, `Agent libOS: ${title}`), title);
  for (const title of ["Review", "Allow Once", "Verify Audit Log", "Pause"])
    assert.ok(!(await g.offers(editor.window, `Agent libOS: ${title}`)), title);
});

test("a cancelled New Agent keeps its goal as a draft, and nothing was started", async () => {
  await g.command(editor.window, "Agent libOS: New Agent…");
  await step(editor.window, "New Agent", "A goal to keep");
  await editor.window.page.locator(".quick-input-title", { hasText: "Which model?" }).waitFor();
  await editor.window.page.keyboard.press("Escape");
  await g.command(editor.window, "Agent libOS: New Agent…");
  await editor.window.page.locator(".quick-input-title", { hasText: "New Agent" }).waitFor();
  const input = editor.window.page.locator(".quick-input-widget input:visible").first();
  assert.equal(await input.inputValue(), "A goal to keep");
  await editor.window.page.keyboard.press("Enter");
  await step(editor.window, "Which model?", "Scripted demo");
  await editor.window.page.locator(".quick-input-title", { hasText: "What may it do?" }).waitFor();
  assert.ok((await g.choices(editor.window)).some((c) => c.includes("allow:read,list:fs:/app/**")));
  await g.shot(editor.window, "authority");
  await editor.window.page.keyboard.press("Escape");
});

test("a key is kept where New Agent finds it, and can be removed", async () => {
  await g.command(editor.window, "Agent libOS: Set API Key…");
  await step(editor.window, "Whose key?", "OpenAI");
  await step(editor.window, "API key", "sk-made-up-for-this-test");
  await g.toast(editor.window, /The key was saved/).waitFor();
  await g.command(editor.window, "Agent libOS: Select Model…");
  const row = editor.window.page.locator(".quick-input-list .monaco-list-row", { hasText: "OpenAI model…" });
  await row.waitFor();
  assert.doesNotMatch(await row.innerText(), /needs an API key/);
  await editor.window.page.keyboard.press("Escape");
  await g.command(editor.window, "Agent libOS: Remove API Key…");
  await step(editor.window, "Whose key", "OpenAI");
  await g.toast(editor.window, /The key was removed/).waitFor();
});

test("it is there again after Reload Window, in one extension host", async () => {
  await g.reload(editor.window);
  await g.openContainer(editor.window);
  await g.until(
    () => editor.extensionHosts().length,
    (n) => n === 1,
  );
});

test("nothing was written into the folder or the data folder", () => {
  assert.equal(existsSync(`${editor.workspace}/.agentlibos`), false);
  assert.equal(existsSync(`${editor.home}/journals`), false);
});
