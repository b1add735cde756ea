// The wire format of Ollama: lines of JSON, windows that are looked up, models that are listed, and its faults.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelAnswer, ModelRequest } from "../../src/abi/model.ts";
import { STARTS_AGAIN } from "../../src/host/node/models/exchange.ts";
import { installedModels } from "../../src/host/node/models/ollama.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { check, type Expected } from "./check.ts";
import { cut, grantFor, hang, refuses, REQUEST, serve, typed, type Reply } from "./server.ts";

const MODEL = "ollama/qwen3:8b";
const READ = { name: "read_file", description: "Reads a file.", schema: { type: "object", properties: {} } };

const line = (message: object, more: object = {}): string =>
  JSON.stringify({ model: "qwen3:8b", created_at: "2026-01-01T00:00:00Z", message, done: false, ...more }) +
  "\n";
const said = (content: string): string => line({ role: "assistant", content });
const END = line(
  { role: "assistant", content: "" },
  { done: true, done_reason: "stop", prompt_eval_count: 31, eval_count: 7 },
);
const lines = (...pieces: string[]): Reply => typed("application/x-ndjson", ...pieces);
const says = (text: string): Reply => lines(said(text), END);
const fine = { text: "fine", calls: [], usage: { input: 31, output: 7 }, stop: "end" };
const bodyOf = (seen: { body: string } | undefined) =>
  JSON.parse(seen?.body ?? "{}") as { options: { num_ctx: number; num_predict: number } };

test("lines are read wherever they are cut, the last one without a line break too", async () => {
  const whole = said("fi 👋") + said("ne") + END.trimEnd();
  const bytes = Array.from(Buffer.from(whole), (byte) => Buffer.from([byte]));
  await using wire = await serve(typed("application/x-ndjson", ...bytes));
  const { result, streamed } = await wire.ask({ model: MODEL });
  assert.deepEqual([result, streamed], [{ ...fine, text: "fi 👋ne" }, "fi 👋ne"]);
});

test("calls, with arguments as objects, and thoughts", async () => {
  await using wire = await serve(
    lines(
      line({ role: "assistant", content: "", thinking: "H" }),
      line({ role: "assistant", content: "", thinking: "m." }),
      line({
        role: "assistant",
        content: "",
        tool_calls: [
          { function: { name: "read_file", arguments: { path: "x" } } },
          { function: { name: "list_directory", arguments: '{"path":"y"}' } },
          { function: { name: "bad", arguments: [1] } },
        ],
      }),
      END,
    ),
  );
  const answer = (await wire.ask({ model: MODEL })).result as ModelAnswer;
  assert.deepEqual(answer.reasoning, [{ at: 0, text: "Hm." }]);
  assert.deepEqual(answer.calls.slice(0, 2), [
    { id: "call_4_0", tool: "read_file", args: { path: "x" } },
    { id: "call_4_1", tool: "list_directory", args: { path: "y" } },
  ]);
  assert.ok(answer.calls[2]?.malformed);
  assert.equal(answer.stop, "calls");
});

test("the request is exactly this", async () => {
  await using wire = await serve(says("ok"));
  const messages: ModelRequest["messages"] = [
    { role: "user", text: "Read it." },
    {
      role: "assistant",
      text: "",
      reasoning: [{ at: 0, text: "Hm." }],
      calls: [
        { id: "a", tool: "read_file", args: { path: "x" } },
        { id: "b", tool: "no such", args: "{", malformed: "cut" },
      ],
    },
    { role: "tool", callId: "a", tool: "read_file", content: '{"content":"é"}' },
    { role: "assistant", text: "Done.", calls: [] },
  ];
  await wire.ask({ model: MODEL, messages, tools: [READ] }, { key: undefined });
  const [seen] = wire.seen;
  assert.equal(seen?.path, "/api/chat");
  assert.equal(seen.headers.authorization, undefined);
  assert.deepEqual(JSON.parse(seen.body), {
    model: "qwen3:8b",
    messages: [
      { role: "system", content: "You are a test." },
      { role: "user", content: "Read it." },
      {
        role: "assistant",
        content: "",
        thinking: "Hm.",
        tool_calls: [
          { function: { name: "read_file", arguments: { path: "x" } } },
          { function: { name: "no_such", arguments: { malformed: "{" } } },
        ],
      },
      { role: "tool", tool_name: "read_file", content: '{"content":"é"}' },
      { role: "assistant", content: "Done." },
    ],
    tools: [
      {
        type: "function",
        function: {
          name: "read_file",
          description: "Reads a file.",
          parameters: { type: "object", properties: {} },
        },
      },
    ],
    stream: true,
    options: { num_ctx: 32_768, num_predict: 8_192 },
  });
});

for (const [name, shown, window] of [
  ["what the model can take", { model_info: { "qwen3.context_length": 8_192 } }, 8_192],
  ["no more than memory is likely to hold", { model_info: { "qwen3.context_length": 262_144 } }, 32_768],
  [
    "what its own file sets",
    { parameters: "num_ctx 65536\nstop x", model_info: { "q.context_length": 9 } },
    65_536,
  ],
  ["a safe size where nothing is known", { model_info: { "qwen3.context_length": "9" } }, 32_768],
  ["a safe size where the server does not say", undefined, 32_768],
] as const)
  test(`the window is ${name}, and the server is told it`, async () => {
    await using wire = await serve(says("ok"));
    wire.shown = shown;
    const models = createModels({
      scripted: false,
      ollama: { baseUrl: wire.origin, key: () => undefined, keyRequired: false },
    });
    const request = { ...REQUEST, model: MODEL };
    await models.complete(request, grantFor(MODEL), new AbortController().signal, () => undefined);
    assert.deepEqual([models.window(MODEL), models.answerMax(MODEL)], [window, window / 4]);
    const { num_ctx, num_predict } = bodyOf(wire.seen[0]).options;
    assert.deepEqual([num_ctx, num_predict], [window, window / 4]);
  });

test("usage that is missing is estimated, and a length stop is told", async () => {
  await using wire = await serve(
    lines(said("hi"), line({}, { done: true, done_reason: "length", eval_count: 7 })),
  );
  const answer = (await wire.ask({ model: MODEL })).result as ModelAnswer;
  assert.deepEqual([answer.usage.estimated, answer.stop], [true, "length"]);
});

const retried: Record<string, { replies: Reply[]; streamed?: string }> = {
  "a server that is busy": { replies: [refuses(503, "server busy")] },
  "a cut stream": { replies: [cut(said("fi"))], streamed: `fi${STARTS_AGAIN}fine` },
  "a stream that ends before it is done": { replies: [lines(said("fi"))], streamed: `fi${STARTS_AGAIN}fine` },
  "a line that is not JSON": { replies: [lines("{no\n")] },
  "a line without a message": { replies: [lines("{}\n")] },
  "calls that are no list": { replies: [lines(line({ tool_calls: 3 }))] },
  "an error in the stream": {
    replies: [lines(JSON.stringify({ error: "model runner has crashed" }) + "\n")],
  },
  "silence in the middle": { replies: [hang(() => undefined, said("f"))], streamed: `f${STARTS_AGAIN}fine` },
};
for (const [name, { replies, streamed = "fine" }] of Object.entries(retried))
  test(`${name} is tried again, and only the answer that came whole counts`, async () => {
    await using wire = await serve(...replies, says("fine"));
    const asked = await wire.ask({ model: MODEL }, { limits: { idleMs: 100 } });
    assert.deepEqual([asked.result, asked.streamed, wire.waits], [fine, streamed, [1000]]);
  });

const plain =
  (status: number, error: string): Reply =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error }));
const final: Record<string, [Reply, Expected]> = {
  "a model that is not installed": [
    plain(404, 'model "qwen3:8b" not found'),
    { code: "EUNAVAILABLE", message: /not found/, hint: /ollama pull/, requests: 1 },
  ],
  "a model without tools": [
    plain(400, '"qwen3:8b" does not support tools'),
    { code: "EIO", message: /does not support tools$/, requests: 1 },
  ],
  "too much text": [
    lines(...Array.from({ length: 5 }, () => said("x".repeat(1 << 20)))),
    { code: "EIO", message: /more than 4 MB/, requests: 1 },
  ],
  "one line without an end": [
    lines(...Array.from({ length: 9 }, () => "x".repeat(1 << 20))),
    { code: "EIO", message: /sent too much/, requests: 1 },
  ],
};
for (const [name, [reply, expected]] of Object.entries(final))
  test(`${name} is ${expected.code} at once`, async () => {
    await check(reply, expected, {}, MODEL);
  });

test("installed models are listed, odd names left out; nobody there is no error", async () => {
  const models = [{ name: "qwen3:8b" }, { name: "a b" }, { name: 7 }, null, { name: "llama3.2:latest" }];
  await using wire = await serve((response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ models }));
  });
  assert.deepEqual(await installedModels(wire.origin), ["qwen3:8b", "llama3.2:latest"]);
  assert.equal(wire.seen[0]?.path, "/api/tags");
  await using bad = await serve(
    plain(200, "no"),
    refuses(500, ""),
    hang(() => undefined),
  );
  for (let i = 0; i < 3; i++) assert.equal(await installedModels(bad.origin, 100), undefined);
  for (const address of ["http://127.0.0.1:1", "nowhere"])
    assert.equal(await installedModels(address), undefined);
});
