// Addresses of providers: how each setting is read, in the environment and in the editor.
import assert from "node:assert/strict";
import { test } from "node:test";
import { editorProviders, editorSecrets, ollamaModels } from "../../../src/host/node/models/environment.ts";
import { chatAddress, messagesAddress, ollamaAddress } from "../../../src/host/node/models/reach/address.ts";
import { grantFor, refuses, REQUEST, serve } from "../server.ts";
import { never } from "./ask.ts";

test("OLLAMA_HOST is read as Ollama reads it", () => {
  for (const [text, address] of [
    ["", undefined],
    ["   ", undefined],
    ["gpu", "http://gpu:11434"],
    ["gpu:1234", "http://gpu:1234"],
    ["http://gpu", "http://gpu"],
    ["https://gpu", "https://gpu"],
    ["https://gpu:11434", "https://gpu:11434"],
    ["http://gpu:1234/ollama/", "http://gpu:1234/ollama"],
    ["0.0.0.0", "http://127.0.0.1:11434"],
    ["0.0.0.0:1234", "http://127.0.0.1:1234"],
    ["http://0.0.0.0:1234", "http://127.0.0.1:1234"],
    [":1234", "http://127.0.0.1:1234"],
    ["[::]:1234", "http://[::1]:1234"],
    ["[::1]", "http://[::1]:11434"],
    ["::1", "http://[::1]:11434"],
    ["gpu:99999", "http://gpu:11434"],
    ['"gpu:1234"', "http://gpu:1234"],
    ["10.0.0.5:80", "http://10.0.0.5"],
  ] as const)
    assert.equal(ollamaAddress(text), address, text);
});

test("the models of Ollama are listed from the address that is set, also when it names no protocol", async () => {
  await using wire = await serve((response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ models: [{ name: "qwen3:8b" }] }));
  });
  for (const set of [wire.origin, `${wire.origin}/`, wire.origin.slice("http://".length)])
    assert.deepEqual(await ollamaModels(set), { names: ["qwen3:8b"] });
  assert.equal(wire.seen[0]?.path, "/api/tags");
});

test("addresses of the other providers are taken with and without what each request adds", () => {
  for (const [text, address] of [
    ["https://h/v1", "https://h/v1"],
    ["https://h/v1/", "https://h/v1"],
    [" https://h/v1/chat/completions ", "https://h/v1"],
    ["https://h/openai/chat/completions?api-version=1", "https://h/openai?api-version=1"],
    ["h.test/v1", "https://h.test/v1"],
    ["localhost:8080/v1", "http://localhost:8080/v1"],
    ["192.168.1.5:8080/v1", "http://192.168.1.5:8080/v1"],
    ["http://", "http://"],
    ["", undefined],
  ] as const)
    assert.equal(chatAddress(text), address, text);
  for (const [text, address] of [
    ["https://h", "https://h/v1"],
    ["https://h/", "https://h/v1"],
    ["https://h/v1", "https://h/v1"],
    ["https://h/anthropic", "https://h/anthropic/v1"],
    ["https://h/v1/messages", "https://h/v1"],
    ["", undefined],
  ] as const)
    assert.equal(messagesAddress(text), address, text);
});

test("the editor's addresses are its settings, each with the key of its own vendor; its proxy is a secret", async () => {
  await using wire = await serve(refuses(401, { message: "no" }));
  const set = {
    ...{ openai: `${wire.origin}/openai/v1/`, anthropic: wire.origin, ollama: wire.origin.slice(7) },
    openaiCompatible: `${wire.origin}/own/chat/completions`,
  };
  const models = editorProviders({
    key: async (vendor) => `key-of-${vendor}`,
    baseUrl: (vendor) => set[vendor],
    prices: () => undefined,
    vscode: { complete: () => assert.fail("asked"), window: () => undefined },
  });
  for (const model of ["openai/m", "anthropic/m", "openai-compatible/m", "ollama/m"])
    await models.complete({ ...REQUEST, model }, grantFor(model), never, () => undefined);
  const told = new Map(
    wire.seen.map(({ path, headers }) => [path, headers.authorization ?? headers["x-api-key"]]),
  );
  assert.deepEqual(
    [...told],
    [
      ["/openai/v1/chat/completions", "Bearer key-of-openai"],
      ["/v1/messages", "key-of-anthropic"],
      ["/own/chat/completions", "Bearer key-of-openai-compatible"],
      ["/api/chat", undefined],
    ],
  );
  const secrets = editorSecrets(["sk-1", undefined], "http://c:hidden-3@proxy.test");
  assert.deepEqual([secrets.includes("sk-1"), secrets.includes("hidden-3")], [true, true]);
});
