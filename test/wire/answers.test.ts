// Well-behaved providers: text, finish reasons, usage, and the exact request.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelAnswer, ModelRequest } from "../../src/abi/model.ts";
import {
  delta,
  DONE,
  event,
  KEY,
  REQUEST,
  ROLE,
  says,
  serve,
  STOP,
  stream,
  USAGE,
  type Reply,
} from "./server.ts";

const READ = { name: "read_file", description: "Reads a file.", schema: { type: "object", properties: {} } };
const counted = { input: 31, output: 7 };

test("text is streamed as it comes and counted by the provider", async () => {
  await using wire = await serve(
    stream(
      ROLE,
      delta({ content: "Hel" }),
      delta({ content: "lo " }),
      delta({ content: "👋" }),
      STOP,
      USAGE,
      DONE,
    ),
  );
  const deltas: string[] = [];
  const { result } = await wire.ask({}, { onText: (d) => deltas.push(d) });
  assert.deepEqual(result, { text: "Hello 👋", calls: [], usage: counted, stop: "end" });
  assert.deepEqual(deltas, ["Hel", "lo ", "👋"]);
});

test("the request is exactly this, and the key is in one header and nowhere else", async () => {
  await using wire = await serve(says("ok"));
  const messages: ModelRequest["messages"] = [
    { role: "user", text: "Read \ud800it." },
    {
      role: "assistant",
      text: "",
      calls: [
        { id: "a", tool: "read_file", args: { path: "x" } },
        { id: "b", tool: "no such\ntool", args: '{"path":', malformed: "Unexpected end" },
      ],
    },
    { role: "tool", callId: "a", tool: "read_file", content: '{"content":"é"}' },
    { role: "tool", callId: "b", tool: "no such\ntool", content: '{"code":"EINVAL"}' },
    { role: "assistant", text: "Done.", calls: [] },
    { role: "user", text: "Thanks." },
  ];
  await wire.ask({ model: "openai/org/gpt-test", messages, tools: [READ] });
  const [seen] = wire.seen;
  assert.equal(seen?.path, "/v1/chat/completions");
  assert.deepEqual(JSON.parse(seen.body), {
    model: "org/gpt-test",
    messages: [
      { role: "system", content: "You are a test." },
      { role: "user", content: "Read \ufffdit." },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "a", type: "function", function: { name: "read_file", arguments: '{"path":"x"}' } },
          {
            id: "b",
            type: "function",
            function: { name: "no_such_tool", arguments: '{"malformed":"{\\"path\\":"}' },
          },
        ],
      },
      { role: "tool", tool_call_id: "a", content: '{"content":"é"}' },
      { role: "tool", tool_call_id: "b", content: '{"code":"EINVAL"}' },
      { role: "assistant", content: "Done." },
      { role: "user", content: "Thanks." },
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
    max_completion_tokens: 8192,
    stream: true,
    stream_options: { include_usage: true },
  });
  const { authorization, ...others } = seen.headers;
  assert.equal(authorization, `Bearer ${KEY}`);
  assert.ok(!JSON.stringify([others, seen.body, seen.path]).includes(KEY));
  const sent = Object.keys(seen.headers).sort();
  assert.deepEqual(sent, [
    ...["accept", "accept-encoding", "accept-language", "authorization", "connection", "content-length"],
    ...["content-type", "host", "sec-fetch-mode", "user-agent"],
  ]);
  assert.equal(seen.headers["user-agent"], "agentlibos");
});

test("without tools, system prompt or key none is sent", async () => {
  await using wire = await serve(says("ok"));
  await wire.ask({ system: "" }, { key: undefined });
  assert.deepEqual(JSON.parse(wire.seen[0]?.body ?? ""), {
    model: "gpt-test",
    messages: [{ role: "user", content: "Go." }],
    max_completion_tokens: 8192,
    stream: true,
    stream_options: { include_usage: true },
  });
  assert.equal(wire.seen[0]?.headers.authorization, undefined);
});

test("headers that the environment gives the library's own client do not leak in", async () => {
  process.env["OPENAI_ORG_ID"] = "org-env";
  process.env["OPENAI_CUSTOM_HEADERS"] = "x-env: 1";
  try {
    await using wire = await serve(says("ok"));
    await wire.ask();
    assert.deepEqual(
      Object.keys(wire.seen[0]?.headers ?? {}).filter((name) => /^(openai|x-)/u.test(name)),
      [],
    );
  } finally {
    delete process.env["OPENAI_ORG_ID"];
    delete process.env["OPENAI_CUSTOM_HEADERS"];
  }
});

test("a key with a line break around it is trimmed, the base URL may end in a slash or hold a query", async () => {
  await using wire = await serve(says("ok"));
  await wire.ask({}, { key: `${KEY}\n`, baseUrl: `${wire.baseUrl}//?api-version=1#x` });
  assert.equal(wire.seen[0]?.headers.authorization, `Bearer ${KEY}`);
  assert.equal(wire.seen[0]?.path, "/v1/chat/completions?api-version=1");
});

for (const [finish, stop] of [
  ["stop", "end"],
  ["length", "length"],
  ["content_filter", "filter"],
  ["eos", "end"],
] as const) {
  test(`finish reason ${finish} is ${stop}`, async () => {
    await using wire = await serve(stream(delta({ content: "x" }), delta({}, finish), USAGE, DONE));
    assert.equal(((await wire.ask()).result as { stop: string }).stop, stop);
  });
}

test("a refusal of the model is text", async () => {
  await using wire = await serve(
    stream(delta({ refusal: "I " }), delta({ refusal: "cannot." }), STOP, USAGE, DONE),
  );
  assert.equal(((await wire.ask()).result as { text: string }).text, "I cannot.");
});

const guessed = { input: Math.ceil((REQUEST.system.length + 3) / 4), output: 1, estimated: true };
const hi = delta({ content: "hi" });
for (const [name, reply] of Object.entries<Reply>({
  "is missing": stream(hi, STOP, DONE),
  "is null": stream(hi, STOP, event({ choices: [], usage: null }), DONE),
  "is negative": stream(
    hi,
    STOP,
    event({ choices: [], usage: { prompt_tokens: -1, completion_tokens: 2 } }),
    DONE,
  ),
  "is no number": stream(
    hi,
    STOP,
    event({ choices: [], usage: { prompt_tokens: "9", completion_tokens: 2 } }),
    DONE,
  ),
  "and [DONE] are missing": stream(hi, STOP),
  "is lost with the connection": (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(hi + STOP, () => setTimeout(() => response.socket?.destroy(), 20));
  },
})) {
  test(`usage that ${name} is estimated and marked`, async () => {
    await using wire = await serve(reply);
    assert.deepEqual((await wire.ask()).result, { text: "hi", calls: [], usage: guessed, stop: "end" });
    assert.equal(wire.seen.length, 1);
  });
}

test("after the finish reason only a short wait is made for the usage", async () => {
  await using wire = await serve((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(hi + STOP);
  });
  const { result } = await wire.ask({}, { limits: { tailMs: 20 } });
  assert.deepEqual(result, { text: "hi", calls: [], usage: guessed, stop: "end" });
});

test("usage may come with the last chunk, and without a choices list", async () => {
  const usage = { prompt_tokens: 31, completion_tokens: 7 };
  const last = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage };
  for (const pieces of [[event(last)], [STOP, event({ usage })]]) {
    await using wire = await serve(stream(hi, ...pieces, DONE));
    assert.deepEqual(((await wire.ask()).result as { usage: unknown }).usage, counted);
  }
});

test("what is sent beside the answer does not count against its size", async () => {
  const thought = delta({ reasoning_content: "x".repeat(1 << 20) });
  await using wire = await serve(stream(...Array.from({ length: 10 }, () => thought), hi, STOP, USAGE, DONE));
  const { reasoning, from, ...answer } = (await wire.ask()).result as ModelAnswer;
  assert.deepEqual(answer, { text: "hi", calls: [], usage: counted, stop: "end" });
  const field = "reasoning_content";
  assert.deepEqual(reasoning, [{ at: 0, text: "x".repeat(256 << 10), field }], "the rest is not kept");
  assert.equal(from, "openai/gpt-test");
});

test("what the provider had cached of the input is counted, unless it cannot be", async () => {
  for (const [cached_tokens, cached] of [
    [20, { cached: 20 }],
    [99, {}],
    ["9", {}],
  ] as const) {
    const usage = { prompt_tokens: 31, completion_tokens: 7, prompt_tokens_details: { cached_tokens } };
    await using wire = await serve(stream(hi, STOP, event({ choices: [], usage }), DONE));
    assert.deepEqual(((await wire.ask()).result as ModelAnswer).usage, { ...counted, ...cached });
  }
});

test("other choices than the first are ignored", async () => {
  const other = event({ choices: [{ index: 1, delta: { content: "no" }, finish_reason: "stop" }] });
  await using wire = await serve(stream(other, hi, other, STOP, USAGE, DONE));
  assert.equal(((await wire.ask()).result as { text: string }).text, "hi");
});
