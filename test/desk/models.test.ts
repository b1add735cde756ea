// Choosing a model at the desk: Ollama is looked for when the picker opens and not before, answers, and is paid for.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { uninstall } from "../support/desk/clock.ts";
import { openEditor, type DeskEditor } from "../support/desk/editor.ts";
import * as g from "../support/desk/gestures.ts";
import { active, agentIs, cli, showViews, step } from "../support/desk/people.ts";

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

let editor: DeskEditor;
let window: g.Window;
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
  uninstall();
  server.close();
});

/** Waits until the picker shows what is installed. */
async function installed(): Promise<void> {
  await g.until(
    () => g.choices(window),
    (choices) => choices.some((choice) => choice.includes("qwen3:8b")),
  );
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
  await g.key(window, "Escape");
  assert.deepEqual([...new Set(asked)], ["/api/tags"]);
});

test("a key is kept where New Agent finds it, and can be removed", async () => {
  await g.command(window, "Agent libOS: Set API Key…");
  await step(window, "Whose key?", "OpenAI");
  await step(window, "API key", "sk-made-up-for-this-test");
  await g.toast(window, /The key was saved/).waitFor();
  await g.command(window, "Agent libOS: Select Model…");
  const row = (await g.choices(window)).find((choice) => choice.includes("OpenAI model…"));
  assert.ok(row);
  assert.doesNotMatch(row, /needs an API key/);
  await g.key(window, "Escape");
  await g.command(window, "Agent libOS: Remove API Key…");
  await step(window, "Whose key", "OpenAI");
  await g.toast(window, /The key was removed/).waitFor();
});

test("the address of a compatible server is asked for where it is missing, and then a model's name", async () => {
  await g.command(window, "Agent libOS: Select Model…");
  await step(window, "Select the model", "compatible server");
  await g.titled(window, "The address of your server");
  for (const wrong of ["localhost:8080", "ftp://host/v1", "javascript:x"]) {
    await g.type(window, wrong);
    await g.key(window, "Enter");
    await g.titled(window, "The address of your server");
  }
  await step(window, "The address of your server", "http://127.0.0.1:9/v1");
  await step(window, "Model of your compatible server", "some/model");
  const kept = (name: string): unknown => editor.settings.user(`agentlibos.${name}`);
  await g.until(
    () => Promise.resolve(kept("defaultModel")),
    (model) => model === "openai-compatible/some/model",
  );
  assert.equal(kept("openaiCompatible.baseUrl"), "http://127.0.0.1:9/v1");
});

test("without a key, a vendor's model asks for it first, and then for its name", async () => {
  await g.command(window, "Agent libOS: Select Model…");
  await step(window, "Select the model", "Anthropic model");
  await step(window, "API key for Anthropic", "sk-ant-made-up-for-this-test");
  await g.titled(window, "Anthropic model…");
  await g.key(window, "Escape");
});

test("an agent answers from Ollama, and what it cost is in the status bar and in the record", async () => {
  await g.command(window, "Agent libOS: New Agent…");
  await step(window, "New Agent", "Say hello");
  await g.titled(window, "Which model?");
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
  assert.deepEqual(asked.slice(-2), ["/api/show", "/api/chat"]);
  assert.match(cli(editor, "ps").out, /1050 \$0\.06/u);
});
