// Quirks of servers: a parameter that one refuses is left out or lowered, tried again once, and remembered for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import type { ModelAnswer, ModelRequest } from "../../../src/abi/model.ts";
import { createModels } from "../../../src/host/node/models/providers.ts";
import {
  grantFor,
  refuses,
  REQUEST,
  serve,
  stream,
  ROLE,
  STOP,
  delta,
  DONE,
  type Reply,
  type Wire,
} from "../server.ts";
import { cases, type Sent } from "./quirk-cases.ts";

const READ = {
  name: "read_file",
  description: "Reads.",
  schema: { type: "object", properties: { stream: {} } },
};

const ok: Reply = stream(ROLE, delta({ content: "fine" }), STOP, DONE);

const claude: Reply = (response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({ type: "message", content: [{ type: "text", text: "fine" }], stop_reason: "end_turn" }),
  );
};

const bodies = (wire: Wire): Sent[] => wire.seen.map((seen) => JSON.parse(seen.body) as Sent);

/** An earlier answer with all fields that a server may know or refuse. */
const EARLIER = (model: string): ModelRequest["messages"] => [
  { role: "user", text: "Go." },
  {
    ...{ role: "assistant", text: "", from: model, extra: { reasoning_details: [{ type: "x" }] } },
    reasoning: [{ at: 0, text: "Hm.", field: "reasoning_content" }],
    calls: [{ id: "a", tool: "read_file", args: { stream_options: 1, reasoning_content: 2 } }],
  },
  { role: "tool", callId: "a", tool: "read_file", content: "{}" },
];

const COMPATIBLE = "openai-compatible/m";

for (const { name, model = COMPATIBLE, status = 400, error, then } of cases)
  test(`a server that refuses ${name}`, async () => {
    const answer = model.startsWith("anthropic/") ? claude : ok;
    await using wire = await serve(refuses(status, error), answer);
    const asked = { model, messages: EARLIER(model), tools: [READ] };
    const models = serverModels(wire);
    const first = await models.ask(asked);
    assert.equal((first as ModelAnswer).text, "fine", JSON.stringify(first));
    const [refused, changed] = bodies(wire);
    assert.ok(refused !== undefined && changed !== undefined);
    then(changed);
    assert.match(
      JSON.stringify(changed),
      /stream_options[^}]*reasoning_content/u,
      "arguments of calls are nobody's fields",
    );
    assert.equal(wire.waits.length, 0, "it is asked again at once");
    await models.ask(asked);
    assert.deepEqual([wire.seen.length, bodies(wire)[2]], [3, changed], "and it is remembered");
  });

/** The provider of one server, which remembers, as in one run. */
function serverModels(wire: Wire) {
  const connection = { baseUrl: wire.baseUrl, key: () => "key", keyRequired: false, pace: never };
  const all = { openai: connection, "openai-compatible": connection, anthropic: connection };
  const models = createModels({ scripted: false, ...all });
  return {
    models,
    ask: (over: Partial<ModelRequest> & { model: string }) =>
      models.complete(
        { ...REQUEST, ...over },
        grantFor(over.model),
        new AbortController().signal,
        () => undefined,
      ),
  };
}

const never = { wait: () => Promise.reject(new Error("it waited")), random: () => 0, now: () => 0 };

test("an answer without a field that the server insists on gets an empty one", async () => {
  await using wire = await serve(
    refuses(400, {
      message: "Missing `reasoning_content` field in the assistant message at message index 2.",
    }),
    ok,
  );
  const messages: ModelRequest["messages"] = [
    ...REQUEST.messages,
    { role: "assistant", text: "", calls: [{ id: "a", tool: "t", args: {} }] },
    { role: "tool", callId: "a", tool: "t", content: "{}" },
  ];
  await serverModels(wire).ask({ model: COMPATIBLE, messages });
  assert.deepEqual(
    bodies(wire).map((sent) => sent.messages[2]?.["reasoning_content"]),
    [undefined, ""],
  );
});

const limits: readonly [who: string, words: string, limit: number][] = [
  [
    "OpenAI",
    "max_tokens is too large: 8192. This model supports at most 4096 completion tokens, whereas you provided 8192.",
    4096,
  ],
  [
    "Anthropic",
    "max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens for claude-3-haiku",
    4096,
  ],
  [
    "Bedrock",
    "The maximum tokens you requested exceeds the model limit of 2048. Try again with a maximum tokens value that is lower than 2048.",
    2048,
  ],
  ["DeepSeek", "Invalid max_tokens value, the valid range of max_tokens is [1, 4096]", 4096],
  [
    "Groq",
    "`max_tokens` must be less than or equal to `4096`, the maximum value for `max_tokens` is less than the `context_window` for this model",
    4096,
  ],
  ["Qwen", "Range of max_tokens should be [1, 2000]", 2000],
  [
    "Gemini",
    "Unable to submit request because it has a max_tokens value of 8192 but the supported range is from 1 (inclusive) to 4097 (exclusive).",
    4096,
  ],
  ["a server without a number", "max_tokens is too large", 4096],
];

for (const [who, message, limit] of limits)
  test(`a limit of the answer that is too large for ${who} is lowered, and remembered`, async () => {
    await using wire = await serve(refuses(400, { message }), ok);
    const { ask, models } = serverModels(wire);
    assert.equal(models.answerMax(COMPATIBLE), 8192);
    assert.equal(((await ask({ model: COMPATIBLE })) as ModelAnswer).text, "fine");
    await ask({ model: COMPATIBLE });
    assert.deepEqual(
      bodies(wire).map((sent) => sent["max_tokens"]),
      [8192, limit, limit],
    );
    assert.equal(models.answerMax(COMPATIBLE), limit, "and calls reserve no more from the budget");
  });

const shared: readonly [who: string, words: string][] = [
  [
    "vLLM",
    "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context length is 9000 tokens and your request has 4200 input tokens (8192 > 9000 - 4200).",
  ],
  [
    "Anthropic",
    "input length and `max_tokens` exceed context limit: 4200 + 8192 > 9000, decrease input length or `max_tokens` and try again",
  ],
  [
    "Together",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 9000. Given: 4200 `inputs` tokens and 8192 `max_new_tokens`",
  ],
  [
    "OpenAI",
    "This model's maximum context length is 9000 tokens. However, you requested 12392 tokens (4200 in the messages, 8192 in the completion). Please reduce the length of the messages or completion.",
  ],
  [
    "OpenRouter",
    "This endpoint's maximum context length is 9000 tokens. However, you requested about 12392 tokens (4000 of text input, 200 of tool input, 8192 in the output).",
  ],
];

for (const [who, message] of shared)
  test(`an answer that does not fit beside the input is asked to be shorter: ${who}`, async () => {
    await using wire = await serve(refuses(400, { message }), ok);
    const { ask, models } = serverModels(wire);
    const text = "word ".repeat(2000);
    const messages = [{ role: "user" as const, text }];
    assert.equal(((await ask({ model: COMPATIBLE, messages })) as ModelAnswer).text, "fine");
    const [, second] = bodies(wire).map((sent) => sent["max_tokens"] as number);
    assert.ok(second !== undefined && second <= 4800 && second > 4500, `${second}`);
    // A shorter conversation leaves more room, and a longer one less; nothing is asked in vain.
    await ask({ model: COMPATIBLE, messages: [{ role: "user", text: text.slice(0, 5000) }] });
    await ask({ model: COMPATIBLE, messages: [{ role: "user", text: text + text.slice(0, 5000) }] });
    const [, , third, fourth] = bodies(wire).map((sent) => sent["max_tokens"] as number);
    assert.ok((third ?? 0) > 6500 && (fourth ?? 9000) < 3000, `${third}, ${fourth}`);
    assert.deepEqual([models.window(COMPATIBLE), wire.seen.length], [9000, 4]);
  });

test("a complaint that does not end is not answered for ever", async () => {
  await using wire = await serve(refuses(400, { message: "max_tokens is too large" }));
  const result = await serverModels(wire).ask({ model: COMPATIBLE });
  assert.ok(isFault(result) && result.code === "EIO", JSON.stringify(result));
  assert.deepEqual(
    bodies(wire).map((sent) => sent["max_tokens"]),
    [8192, 4096, 2048, 1024],
  );
});

test("a refusal that names nothing that was sent changes nothing", async () => {
  for (const message of [
    "tools are not supported",
    "Unknown parameter: 'seed'",
    "temperature is too large",
    "thinking is not supported",
  ]) {
    await using wire = await serve(refuses(400, { message }));
    const result = await serverModels(wire).ask({ model: COMPATIBLE, tools: [READ] });
    assert.ok(isFault(result) && result.code === "EIO");
    assert.equal(wire.seen.length, 1, message);
  }
});

test("what one model of a server refuses is sent to another", async () => {
  await using wire = await serve(refuses(400, { message: "Unknown parameter: 'stream_options'." }), ok);
  const { ask } = serverModels(wire);
  await ask({ model: COMPATIBLE });
  await ask({ model: "openai-compatible/other" });
  assert.deepEqual(
    bodies(wire).map((sent) => "stream_options" in sent),
    [true, false, true],
  );
});
