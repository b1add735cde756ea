// The wire format of Anthropic’s messages: blocks, thoughts, caching, and every way in which a stream can fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelAnswer, ModelRequest, Thought } from "../../src/abi/model.ts";
import { STARTS_AGAIN } from "../../src/host/node/models/exchange.ts";
import { check, type Expected } from "./check.ts";
import { cut, hang, KEY, refuses, serve, stream, type Reply, type Setup } from "./server.ts";

const MODEL = "anthropic/claude-sonnet-5";
const READ = { name: "read_file", description: "Reads a file.", schema: { type: "object", properties: {} } };

/** One event as the API sends it: named by its type. */
function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
const open = (index: number, content_block: object): string =>
  event("content_block_start", { index, content_block });
const delta = (index: number, of: object): string => event("content_block_delta", { index, delta: of });
const text = (said: string, index = 0): string => delta(index, { type: "text_delta", text: said });
const args = (json: string, index: number): string =>
  delta(index, { type: "input_json_delta", partial_json: json });
const close = (index: number): string => event("content_block_stop", { index });
const usage = {
  input_tokens: 11,
  cache_read_input_tokens: 15,
  cache_creation_input_tokens: 5,
  output_tokens: 1,
};
const START = event("message_start", { message: { id: "msg_1", role: "assistant", content: [], usage } });
const finish = (stop_reason: string): string =>
  event("message_delta", { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } });
const END = event("message_stop");
const PING = event("ping");
const TEXT = open(0, { type: "text", text: "" });

const says = (said: string): Reply =>
  stream(START, TEXT, PING, text(said), close(0), finish("end_turn"), END);
const counted = { input: 31, output: 7, cached: 15, stored: 5 };
const fine = { text: "fine", calls: [], usage: counted, stop: "end" };

test("text is streamed as it comes; what was cached is part of the input", async () => {
  await using wire = await serve(
    stream(START, TEXT, text("fi"), PING, text("ne"), close(0), finish("end_turn"), END),
  );
  const { result, streamed } = await wire.ask({ model: MODEL });
  assert.deepEqual([result, streamed], [fine, "fine"]);
});

test("tool calls come in blocks whose arguments are cut anywhere", async () => {
  const json = '{"path":"é\\"👋.txt"}';
  await using wire = await serve(
    stream(
      ...[START, TEXT, text("I look."), close(0)],
      ...[open(1, { type: "tool_use", id: "toolu_1", name: "read_file", input: {} })],
      ...Array.from(json, (c) => args(c, 1)),
      ...[close(1), open(2, { type: "tool_use", id: "toolu_2", name: "list_directory", input: {} })],
      ...[close(2), open(3, { type: "tool_use", id: "toolu_3", name: "x", input: {} }), args("[1", 3)],
      ...[finish("tool_use"), END],
    ),
  );
  const answer = (await wire.ask({ model: MODEL })).result as ModelAnswer;
  assert.deepEqual([answer.text, answer.stop], ["I look.", "calls"]);
  assert.deepEqual(answer.calls.slice(0, 2), [
    { id: "toolu_1", tool: "read_file", args: { path: 'é"👋.txt' } },
    { id: "toolu_2", tool: "list_directory", args: {} },
  ]);
  assert.ok(answer.calls[2]?.malformed, "arguments that are no JSON are said to be none");
});

test("thoughts are kept with their signatures, sealed ones too, in their place in the text", async () => {
  await using wire = await serve(
    stream(
      ...[START, open(0, { type: "thinking", thinking: "", signature: "" })],
      ...["Let me ", "see."].map((t) => delta(0, { type: "thinking_delta", thinking: t })),
      ...[delta(0, { type: "signature_delta", signature: "sig1" }), close(0)],
      ...[open(1, { type: "redacted_thinking", data: "sealed1" }), close(1)],
      ...[open(2, { type: "text", text: "" }), text("fine", 2), close(2)],
      ...[open(3, { type: "thinking", thinking: "" })],
      ...[delta(3, { type: "signature_delta", signature: "sig2" }), close(3), finish("end_turn"), END],
    ),
  );
  const { result, streamed } = await wire.ask({ model: MODEL });
  const reasoning: Thought[] = [
    { at: 0, text: "Let me see.", signature: "sig1" },
    { at: 0, text: "", sealed: "sealed1" },
    { at: 4, text: "", signature: "sig2" },
  ];
  assert.deepEqual(result, { ...fine, reasoning, from: MODEL });
  assert.equal(streamed, "fine", "thoughts are not part of the answer");
});

test("the request is exactly this, and the key is in one header and nowhere else", async () => {
  await using wire = await serve(says("ok"));
  const messages: ModelRequest["messages"] = [
    { role: "user", text: "Read \ud800it." },
    {
      role: "assistant",
      text: "I look.",
      reasoning: [
        { at: 0, text: "Hm.", signature: "sig" },
        { at: 0, text: "", sealed: "box" },
        { at: 2, text: "unsigned" },
        { at: 7, text: "a [redacted:api-key] b", signature: "sig" },
      ],
      calls: [
        { id: "a:1", tool: "read_file", args: { path: "x" } },
        { id: "b", tool: "no such\ntool", args: '{"path":', malformed: "Unexpected end" },
      ],
    },
    { role: "tool", callId: "a:1", tool: "read_file", content: '{"content":"é"}' },
    { role: "tool", callId: "b", tool: "no such\ntool", content: '{"code":"EINVAL"}' },
    { role: "user", text: "Go on." },
    { role: "assistant", text: " ", calls: [] },
    { role: "user", text: "" },
  ];
  await wire.ask({ model: MODEL, messages, tools: [READ, { ...READ, name: "other" }] });
  const [seen] = wire.seen;
  const cache_control = { type: "ephemeral" };
  const input_schema = { type: "object", properties: {} };
  assert.equal(seen?.path, "/v1/messages");
  assert.deepEqual(JSON.parse(seen.body), {
    model: "claude-sonnet-5",
    max_tokens: 32_768,
    stream: true,
    system: [{ type: "text", text: "You are a test.", cache_control }],
    tools: [
      { name: "read_file", description: "Reads a file.", input_schema },
      { name: "other", description: "Reads a file.", input_schema, cache_control },
    ],
    thinking: { type: "adaptive", display: "summarized" },
    messages: [
      { role: "user", content: [{ type: "text", text: "Read \ufffdit." }] },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: "sig" },
          { type: "redacted_thinking", data: "box" },
          { type: "text", text: "I look." },
          { type: "tool_use", id: "a_1", name: "read_file", input: { path: "x" } },
          { type: "tool_use", id: "b", name: "no_such_tool", input: { malformed: '{"path":' } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a_1", content: '{"content":"é"}' },
          { type: "tool_result", tool_use_id: "b", content: '{"code":"EINVAL"}' },
          { type: "text", text: "Go on." },
          { type: "text", text: "(empty)", cache_control },
        ],
      },
    ],
  });
  const { "x-api-key": key, ...others } = seen.headers;
  assert.equal(key, KEY);
  assert.equal(others["anthropic-version"], "2023-06-01");
  assert.equal(others.authorization, undefined);
  assert.ok(!JSON.stringify([others, seen.body, seen.path]).includes(KEY));
});

test("only families that know it are asked to think as long as they like", async () => {
  const families = { "claude-opus-4-6": true, "claude-fable-5": true, "claude-haiku-5-5": true };
  const others = { "claude-sonnet-4-5": false, "claude-haiku-4-5": false, "claude-opus-4-20250514": false };
  for (const [family, adaptive] of Object.entries({ ...families, ...others })) {
    await using wire = await serve(says("ok"));
    await wire.ask({ model: `anthropic/${family}`, system: "" });
    const body = JSON.parse(wire.seen[0]?.body ?? "") as object;
    assert.equal("thinking" in body, adaptive, family);
    assert.equal("system" in body || "tools" in body, false);
  }
});

for (const [reason, stop] of [
  ["end_turn", "end"],
  ["stop_sequence", "end"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["refusal", "filter"],
] as const)
  test(`stop reason ${reason} is ${stop}`, async () => {
    await using wire = await serve(stream(START, TEXT, text("x"), close(0), finish(reason), END));
    assert.equal(((await wire.ask({ model: MODEL })).result as ModelAnswer).stop, stop);
  });

test("usage that is missing is estimated and marked", async () => {
  const bare = event("message_start", { message: {} });
  const last = event("message_delta", { delta: { stop_reason: "end_turn" } });
  await using wire = await serve(stream(bare, TEXT, text("hi"), last));
  assert.equal(((await wire.ask({ model: MODEL })).result as ModelAnswer).usage.estimated, true);
});

const inStream = (type: string): string => event("error", { error: { type, message: "says the provider" } });
const error = (type: string, message = "says the provider") => ({ type, message });
const retried: Record<string, { replies: Reply[]; waits: number[]; streamed?: string }> = {
  "429 with Retry-After": {
    replies: [refuses(429, error("rate_limit_error"), { "retry-after": "7" })],
    waits: [7000],
  },
  "529, overloaded": {
    replies: [refuses(529, error("overloaded_error"), { "retry-after": "3" })],
    waits: [3000],
  },
  "500 and 503": { replies: [refuses(500, error("api_error")), refuses(503, "")], waits: [1000, 2000] },
  "overloaded inside the stream": { replies: [stream(START, inStream("overloaded_error"))], waits: [1000] },
  "a stream cut in the middle of a text": {
    replies: [cut(START, TEXT, text("fi"))],
    waits: [1000],
    streamed: `fi${STARTS_AGAIN}fine`,
  },
  "a stream ended in the middle of a tool call": {
    replies: [stream(START, open(0, { type: "tool_use", id: "t", name: "read_file" }), args('{"pa', 0))],
    waits: [1000],
  },
  "a malformed chunk": { replies: [stream(START, "data: {no\n\n")], waits: [1000] },
  "an event without a type": { replies: [stream("data: {}\n\n")], waits: [1000] },
  "arguments without a call": { replies: [stream(START, args("{}", 4))], waits: [1000] },
  "a text that is no text": {
    replies: [stream(START, delta(0, { type: "text_delta", text: 7 }))],
    waits: [1000],
  },
  "nothing but pings": { replies: [stream(PING, PING)], waits: [1000] },
  "silence in the middle": { replies: [hang(() => undefined, START, TEXT)], waits: [1000] },
};
for (const [name, { replies, waits, streamed = "fine" }] of Object.entries(retried))
  test(`${name} is tried again, and only the answer that came whole counts`, async () => {
    await using wire = await serve(...replies, says("fine"));
    const asked = await wire.ask({ model: MODEL }, { limits: { idleMs: 100 } });
    assert.deepEqual([asked.result, asked.streamed, wire.waits], [fine, streamed, waits]);
  });

const final: Record<string, [Reply, Expected, Setup?]> = {
  "a wrong key": [
    refuses(401, error("authentication_error", `invalid x-api-key ${KEY}`)),
    { code: "EUNAVAILABLE", message: /the API key for anthropic/, hint: /ANTHROPIC_API_KEY/, requests: 1 },
  ],
  "no credit": [
    refuses(400, error("invalid_request_error", "Your credit balance is too low to access the API.")),
    { code: "EUNAVAILABLE", message: /credit/, hint: /billing/, requests: 1 },
  ],
  "an unknown model": [
    refuses(404, error("not_found_error", "model: claude-x")),
    { code: "EUNAVAILABLE", message: /no model "anthropic\/claude-sonnet-5"/, requests: 1 },
  ],
  "a context that is too long": [
    refuses(400, error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")),
    { code: "E2BIG", message: /too long for anthropic/, requests: 1 },
  ],
  "another bad request": [
    refuses(400, error("invalid_request_error", "tools: bad")),
    { code: "EIO", message: /tools: bad$/, requests: 1 },
  ],
  "a refusal inside the stream": [
    stream(START, inStream("permission_error")),
    { code: "EUNAVAILABLE", message: /HTTP 403: says the provider$/, hint: /key/, requests: 1 },
  ],
  "too much text": [
    stream(START, TEXT, ...Array.from({ length: 5 }, () => text("x".repeat(1 << 20)))),
    { code: "EIO", message: /more than 4 MB/, requests: 1 },
  ],
  "too many calls": [
    stream(
      START,
      ...Array.from({ length: 129 }, (_, i) => open(i, { type: "tool_use", id: `t${i}`, name: "t" })),
    ),
    { code: "EIO", message: /more than 128 tool calls/, requests: 1 },
  ],
};
for (const [name, [reply, expected, setup]] of Object.entries(final))
  test(`${name} is ${expected.code} at once`, async () => {
    await check(reply, expected, setup, MODEL);
  });

test("an interrupt ends the request", async () => {
  const gone = Promise.withResolvers<undefined>();
  const abort = new AbortController();
  await using wire = await serve(hang(() => gone.resolve(undefined), START, TEXT, text("fi")));
  const { result } = await wire.ask({ model: MODEL }, { signal: abort.signal, onText: () => abort.abort() });
  assert.equal((result as { code: string }).code, "EINTR");
  await gone.promise;
});
