// Choosing a model in a real window: Ollama is looked for when the picker opens and not before, answers, and is paid for.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { openEditor } from "../../scripts/editor/workbench.ts";
import { active, agentIs, cli, showViews, step } from "./people.ts";

const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? "");
  request.resume().on("end", () => {
    const answers: Record<string, unknown[]> = {
      "/api/tags": [{ models: [{ name: "qwen3:8b" }] }],
      "/api/show": [{ model_info: { "qwen3.context_length": 16_384 } }],
      "/api/chat": [
        { message: { role: "assistant", content: "What shall I do?" }, done: false },
        { message: { role: "assistant", content: "" }, done: true, prompt_eval_count: 1000, eval_count: 50 },
      ],
    };
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.end((answers[request.url ?? ""] ?? []).map((line) => JSON.stringify(line) + "\n").join(""));
  });
});

let editor: Editor;
let window: Window;
before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  editor = await openEditor({
    settings: {
      "agentlibos.ollama.baseUrl": `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      "agentlibos.prices": { "ollama/*": { input: 50, output: 200 } },
      "agentlibos.statusBar.showCost": true,
    },
  });
  window = editor.window;
});
after(async () => {
  await editor?.close();
  server.close();
});

/** Waits until the picker shows what is installed; on a busy machine even a server beside us can be late. */
async function installed(): Promise<void> {
  const found = window.page.locator(".monaco-list-row", { hasText: "qwen3:8b" });
  const late = window.page.locator(".monaco-list-row", { hasText: "choose to look again" });
  for (let tries = 0; tries < 5; tries++) {
    await found.or(late).waitFor();
    if (await found.isVisible()) return;
    await late.click();
  }
  assert.fail("Ollama was not found");
}

test("the picker offers every kind of model and never ends in nothing", async () => {
  await showViews(window);
  assert.deepEqual(asked, [], "nothing is asked before");
  await g.command(window, "Agent libOS: Select Model…");
  await installed();
  const choices = await g.choices(window);
  for (const label of [
    "Anthropic model…",
    "OpenAI model…",
    "compatible server",
    "Scripted demo",
    "Set API Key…",
  ])
    assert.ok(
      choices.some((choice) => choice.includes(label)),
      `${label} in ${choices.join(" | ")}`,
    );
  await g.shot(window, "models");
  await window.page.keyboard.press("Escape");
  assert.deepEqual([...new Set(asked)], ["/api/tags"]);
});

test("a key is kept where New Agent finds it, and can be removed", async () => {
  await g.command(window, "Agent libOS: Set API Key…");
  await step(window, "Whose key?", "OpenAI");
  await step(window, "API key", "sk-made-up-for-this-test");
  await g.toast(window, /The key was saved/).waitFor();
  await g.command(window, "Agent libOS: Select Model…");
  const row = window.page.locator(".quick-input-list .monaco-list-row", { hasText: "OpenAI model…" });
  await row.waitFor();
  assert.doesNotMatch(await row.innerText(), /needs an API key/);
  await window.page.keyboard.press("Escape");
  await g.command(window, "Agent libOS: Remove API Key…");
  await step(window, "Whose key", "OpenAI");
  await g.toast(window, /The key was removed/).waitFor();
});

test("without a key, a vendor's model asks for it first, and then for its name", async () => {
  await g.command(window, "Agent libOS: Select Model…");
  await step(window, "Select the model", "Anthropic model");
  await step(window, "API key for Anthropic", "sk-ant-made-up-for-this-test");
  await window.page.locator(".quick-input-title", { hasText: "Anthropic model…" }).waitFor();
  await window.page.keyboard.press("Escape");
});

test("an agent answers from Ollama, and what it cost is in the status bar and in the record", async () => {
  await g.command(window, "Agent libOS: New Agent…");
  await step(window, "New Agent", "Say hello");
  await window.page.locator(".quick-input-title", { hasText: "Which model?" }).waitFor();
  await installed();
  await step(window, "Which model?", "qwen3");
  await step(window, "What may it do?", "Ask");
  await active(window, /^Transcript of agent/);
  await agentIs(window, "Say hello", /your turn/);
  // 1,000 tokens at $50 and 50 at $200 for a million.
  await g.until(
    () => g.statusBar(window),
    (text) => text.includes("$0.06"),
  );
  await g.shot(window, "cost");
  assert.deepEqual(asked.slice(-2), ["/api/show", "/api/chat"]);
  assert.match(cli(editor, "ps").out, /1050 \$0\.06/u);
});
