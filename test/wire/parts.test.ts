// Parts of answers: what a provider wants back comes back in its order and to the letter, and only to the provider.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerMessage, type ModelAnswer, type ModelRequest } from "../../src/abi/model.ts";
import {
  CALLS,
  delta,
  DONE,
  REQUEST,
  ROLE,
  serve,
  STOP,
  stream,
  typed,
  USAGE,
  type Reply,
} from "./server.ts";

type Sent = Record<string, unknown>;

/** The answer to `reply`, and the messages of the next request, in which the answer may be changed by `over`. */
async function goesBack(
  model: string,
  reply: Reply,
  over: (answer: ModelAnswer) => ModelAnswer = (answer) => answer,
  next = model,
): Promise<{ answer: ModelAnswer; messages: Sent[] }> {
  await using wire = await serve(reply, reply);
  const answer = (await wire.ask({ model })).result as ModelAnswer;
  // As the record gives it back after a restart.
  const recorded = over(JSON.parse(JSON.stringify(answer)) as ModelAnswer);
  const messages: ModelRequest["messages"] = [
    ...REQUEST.messages,
    answerMessage(recorded),
    ...recorded.calls.map(({ id, tool }) => ({ role: "tool" as const, callId: id, tool, content: "{}" })),
  ];
  await wire.ask({ model: next, messages });
  return { answer, messages: (JSON.parse(wire.seen[1]?.body ?? "{}") as { messages: Sent[] }).messages };
}

const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const start = (index: number, content_block: object): string =>
  event("content_block_start", { index, content_block });
const piece = (index: number, of: object): string => event("content_block_delta", { index, delta: of });
const stop = (index: number): string => event("content_block_stop", { index });

/** Blocks as the API streams them: each begins empty and grows. */
function streamed(blocks: readonly Sent[]): string[] {
  return blocks.flatMap((block, index) => {
    const cut = (text: unknown): string[] => String(text).match(/[^]{1,7}/gu) ?? [];
    switch (block["type"]) {
      case "text":
        return [
          start(index, { type: "text", text: "" }),
          ...cut(block["text"]).map((text) => piece(index, { type: "text_delta", text })),
          stop(index),
        ];
      case "thinking":
        return [
          start(index, { type: "thinking", thinking: "", signature: "" }),
          ...cut(block["thinking"]).map((thinking) => piece(index, { type: "thinking_delta", thinking })),
          piece(index, { type: "signature_delta", signature: block["signature"] }),
          stop(index),
        ];
      case "tool_use":
      case "server_tool_use":
        return [
          start(index, { ...block, input: {} }),
          ...cut(JSON.stringify(block["input"])).map((partial_json) =>
            piece(index, { type: "input_json_delta", partial_json }),
          ),
          stop(index),
        ];
      default:
        return [start(index, block), stop(index)];
    }
  });
}

const BLOCKS: readonly Sent[] = [
  { type: "thinking", thinking: "First I look.", signature: "EqQBCgIYAhIM+one/=" },
  { type: "tool_use", id: "toolu_1", name: "read_file", input: { path: "a.txt" } },
  { type: "thinking", thinking: "", signature: "EqQBCgIYAhIM+two/=" },
  { type: "redacted_thinking", data: "EmwKAhgBEgy3va3pzix/LafPsn4a" },
  { type: "text", text: "Now the other one." },
  { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "é" } },
  { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [{ encrypted_content: "x" }] },
  { type: "tool_use", id: "toolu_2", name: "read_file", input: { path: "b.txt" } },
];
const CLAUDE = "anthropic/claude-sonnet-5";
const ENDED = [
  event("message_delta", { delta: { stop_reason: "tool_use" }, usage: { output_tokens: 7 } }),
  event("message_stop"),
];
const begun = event("message_start", { message: { usage: { input_tokens: 3, output_tokens: 1 } } });
const whole = (blocks: readonly Sent[]): string =>
  JSON.stringify({
    ...{ type: "message", role: "assistant", content: blocks, stop_reason: "tool_use" },
    usage: { input_tokens: 3, output_tokens: 7 },
  });

for (const [way, reply] of [
  ["streamed", stream(begun, ...streamed(BLOCKS), ...ENDED)],
  ["as one document", typed("application/json", whole(BLOCKS))],
] as const)
  test(`thoughts, calls, texts and blocks that nobody here knows go back in their order: ${way}`, async () => {
    const { answer, messages } = await goesBack(CLAUDE, reply);
    assert.deepEqual(messages[1], { role: "assistant", content: BLOCKS });
    assert.deepEqual(
      [answer.calls.map((call) => call.args), answer.stop, answer.text],
      [[{ path: "a.txt" }, { path: "b.txt" }], "calls", "Now the other one."],
    );
  });

test("every order of blocks comes back as it was", async () => {
  const kinds: Sent[] = [
    { type: "thinking", thinking: "t", signature: "s" },
    { type: "text", text: "said" },
    { type: "tool_use", id: "u", name: "n", input: { a: 1 } },
  ];
  for (let n = 0; n < 27; n++) {
    const blocks = [0, 1, 2].map((at) => ({ ...kinds[Math.floor(n / 3 ** at) % 3] }));
    for (const [at, block] of blocks.entries()) if (block["type"] === "tool_use") block["id"] = `u${at}`;
    const joined = blocks.some(
      (block, at) => block["type"] === "text" && blocks[at + 1]?.["type"] === "text",
    );
    if (joined) continue; // neighbouring texts are one text
    const { messages } = await goesBack(CLAUDE, stream(begun, ...streamed(blocks), ...ENDED));
    assert.deepEqual(messages[1]?.["content"], blocks);
  }
});

test("what the record has redacted goes back whole or not at all, and the order of the rest stays", async () => {
  const reply = stream(begun, ...streamed(BLOCKS), ...ENDED);
  const { messages } = await goesBack(CLAUDE, reply, (answer) => ({
    ...answer,
    text: "Now [redacted:secret] one.",
    reasoning: (answer.reasoning ?? []).map((thought, at) =>
      at === 0 ? { ...thought, text: "First [redacted:secret]" } : thought,
    ),
    parts: (answer.parts ?? []).map((part) =>
      part.kind === "block" && part.block["type"] === "server_tool_use"
        ? { kind: "block", block: { ...part.block, input: { query: "[redacted:secret]" } } }
        : part,
    ),
  }));
  const expected = BLOCKS.filter((_, at) => at !== 0 && at !== 5).map((block) =>
    block["type"] === "text" ? { type: "text", text: "Now [redacted:secret] one." } : block,
  );
  assert.deepEqual(messages[1]?.["content"], expected);
});

test("blocks go back to their model alone, signed thoughts to their vendor alone", async () => {
  const reply = stream(begun, ...streamed(BLOCKS), ...ENDED);
  const types = (messages: readonly Sent[]) =>
    (messages[1]?.["content"] as Sent[]).map((block) => block["type"]);
  const other = await goesBack(CLAUDE, reply, undefined, "anthropic/claude-opus-5");
  assert.deepEqual(
    types(other.messages),
    BLOCKS.map((block) => block["type"]).filter((type) => !/server|result/u.test(String(type))),
  );
  const foreign = await goesBack(CLAUDE, reply, (answer) => ({ ...answer, from: "openai/x" }));
  assert.deepEqual(types(foreign.messages), ["tool_use", "text", "tool_use"]);
});

const CHAT = "openai-compatible/deepseek-reasoner";
const call = (more: object = {}) =>
  delta({
    tool_calls: [
      { index: 0, id: "c1", type: "function", function: { name: "read_file", arguments: "{}" }, ...more },
    ],
  });

for (const field of ["reasoning_content", "reasoning", "reasoning_text", "thinking"])
  test(`a thought goes back in the field that it came in: ${field}`, async () => {
    const pieces = ["I should ", "read it."].map((text) => delta({ content: null, [field]: text }));
    const { messages } = await goesBack("openai/m", stream(ROLE, ...pieces, call(), CALLS, USAGE, DONE));
    assert.equal(messages[2]?.[field], "I should read it.");
    assert.equal(messages[2]["content"], null);
  });

test("of a thought that comes under two names at once, one goes back", async () => {
  const both = delta({ reasoning_content: "Hm.", reasoning: "Hm." });
  const { answer, messages } = await goesBack("openai/m", stream(ROLE, both, call(), CALLS, USAGE, DONE));
  assert.deepEqual(answer.reasoning, [{ at: 0, text: "Hm.", field: "reasoning_content" }]);
  assert.deepEqual([messages[2]?.["reasoning_content"], messages[2]?.["reasoning"]], ["Hm.", undefined]);
});

test("a thought goes back to another model of its vendor, and to no other vendor", async () => {
  const reply = stream(ROLE, delta({ reasoning_content: "Hm." }), call(), CALLS, USAGE, DONE);
  const same = await goesBack("openai/a", reply, undefined, "openai/b");
  assert.equal(same.messages[2]?.["reasoning_content"], "Hm.");
  const other = await goesBack("openai/a", reply, (answer) => ({ ...answer, from: CHAT }));
  assert.equal("reasoning_content" in (other.messages[2] ?? {}), false);
  const old = await goesBack("openai/a", reply, ({ from: _, ...answer }) => answer);
  assert.equal("reasoning_content" in (old.messages[2] ?? {}), false, "a record of an earlier version");
  const redacted = await goesBack("openai/a", reply, (answer) => ({
    ...answer,
    reasoning: [{ at: 0, text: "[redacted:secret]", field: "reasoning_content" }],
  }));
  assert.equal("reasoning_content" in (redacted.messages[2] ?? {}), false);
});

test("signatures of calls go back with their calls, also within the function, and to their model alone", async () => {
  const extra_content = { google: { thought_signature: "AY89a18IwQsQ8in/==" } };
  const raw = {
    ...{ index: 0, id: "c1", type: "function", extra_content, custom: null },
    function: { name: "read_file", arguments: "{}", thought_signature: "inner" },
  };
  const reply = stream(ROLE, delta({ tool_calls: [raw] }), STOP, USAGE, DONE);
  const { answer, messages } = await goesBack("openai/gemini-3", reply);
  assert.deepEqual(answer.calls[0]?.extra, { extra_content, function: { thought_signature: "inner" } });
  assert.deepEqual(messages[2]?.["tool_calls"], [
    {
      ...{ id: "c1", type: "function", extra_content },
      function: { name: "read_file", arguments: "{}", thought_signature: "inner" },
    },
  ]);
  const other = await goesBack("openai/gemini-3", reply, undefined, "openai/gpt-5");
  assert.doesNotMatch(JSON.stringify(other.messages), /signature/u);
});

test("details of thoughts are put together from their pieces", async () => {
  const detail = (fields: object) =>
    delta({ reasoning: "", reasoning_details: [{ format: "anthropic-claude-v1", index: 0, ...fields }] });
  const reply = stream(
    ...[
      ROLE,
      detail({ type: "reasoning.text", text: "I sh" }),
      detail({ type: "reasoning.text", text: "ould." }),
    ],
    ...[
      detail({ type: "reasoning.text", signature: "sig==" }),
      detail({ type: "reasoning.encrypted", data: "e1" }),
    ],
    ...[detail({ type: "reasoning.encrypted", data: "e2" }), call(), CALLS, USAGE, DONE],
  );
  const { messages } = await goesBack("openai/anthropic/claude", reply);
  const common = { format: "anthropic-claude-v1", index: 0 };
  assert.deepEqual(messages[2]?.["reasoning_details"], [
    { ...common, type: "reasoning.text", text: "I should.", signature: "sig==" },
    { ...common, type: "reasoning.encrypted", data: "e1" },
    { ...common, type: "reasoning.encrypted", data: "e2" },
  ]);
});

test("content that came as a list goes back as one", async () => {
  const thinking = (text: string) =>
    delta({ content: [{ type: "thinking", thinking: [{ type: "text", text }] }] });
  const reference = { type: "reference", reference_ids: [1] };
  const reply = stream(
    ...[ROLE, thinking("h"), thinking("m"), delta({ content: [{ type: "text", text: "All " }] })],
    ...[delta({ content: "done" }), delta({ content: [{ type: "output_text", text: "." }, reference] })],
    ...[STOP, USAGE, DONE],
  );
  const { answer, messages } = await goesBack("openai/magistral", reply);
  assert.deepEqual([answer.text, answer.reasoning?.[0]?.text], ["All done.", "hm"]);
  assert.deepEqual(messages[2]?.["content"], [
    { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
    { type: "text", text: "All done." },
    reference,
  ]);
  const other = await goesBack("openai/magistral", reply, undefined, "openai/gpt-5");
  assert.equal(other.messages[2]?.["content"], "All done.");
});

test("fields that are too deep or too many do not come back, and the answer stays", async () => {
  let deep: object = {};
  for (let i = 0; i < 60; i++) deep = { deep };
  const many = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`f${i}`, i]));
  const reply = stream(ROLE, delta({ extra_content: deep }), call(many), CALLS, USAGE, DONE);
  const { answer, messages } = await goesBack("openai/m", reply);
  assert.deepEqual(answer.calls[0]?.args, {});
  assert.equal(answer.extra, undefined);
  assert.equal(Object.keys(answer.calls[0]?.extra ?? {}).length, 32);
  assert.doesNotMatch(JSON.stringify(messages), /deep/u);
});

test("thoughts of Ollama go back to Ollama alone", async () => {
  const line = (message: object, more: object = {}) => `${JSON.stringify({ message, ...more })}\n`;
  const reply = typed(
    "application/x-ndjson",
    line({ role: "assistant", content: "", thinking: "Hm." }),
    line({ role: "assistant", content: "", tool_calls: [{ function: { name: "t", arguments: { a: 1 } } }] }),
    line({ role: "assistant", content: "" }, { done: true, done_reason: "stop" }),
  );
  const { messages } = await goesBack("ollama/qwen3", reply);
  assert.deepEqual(messages[2], {
    ...{ role: "assistant", content: "", thinking: "Hm." },
    tool_calls: [{ function: { name: "t", arguments: { a: 1 } } }],
  });
  const other = await goesBack("ollama/qwen3", reply, (answer) => ({ ...answer, from: "openai/x" }));
  assert.equal("thinking" in (other.messages[2] ?? {}), false);
});
