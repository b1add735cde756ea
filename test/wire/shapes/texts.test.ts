// Shapes of streams: texts and errors that servers send instead of what the format says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import type { ModelAnswer } from "../../../src/abi/model.ts";
import {
  delta,
  DONE,
  event,
  refuses,
  ROLE,
  serve,
  STOP,
  stream,
  typed,
  USAGE,
  type Reply,
} from "../server.ts";
import { usage } from "./parts.ts";

const counted = { input: 31, output: 7 };

const part = (type: string, fields: object) => ({ content: [{ type, ...fields }] });

const chunk = (choice: object, more: object = {}) => event({ choices: [{ index: 0, ...choice }], ...more });

/** Replies that all say "All done." with the same usage. */
const texts: Record<string, Reply> = {
  "a list of parts, a thought among them": stream(
    delta(part("thinking", { thinking: [{ type: "text", text: "hm" }] })),
    delta(part("text", { text: "All " })),
    delta({ content: "done." }),
    ...[STOP, USAGE, DONE],
  ),
  "parts of other names, and texts in a list": stream(
    delta(part("output_text", { text: "All " })),
    delta({ content: ["do", { text: "ne." }, { type: "text", text: null }] }),
    ...[STOP, USAGE, DONE],
  ),
  "finish reasons that are empty until the last": stream(
    ...["All ", "done."].map((content) => chunk({ delta: { content }, finish_reason: "" })),
    chunk({ delta: {}, finish_reason: "stop" }),
    ...[USAGE, DONE],
  ),
  "no finish reason, but an end": stream(ROLE, delta({ content: "All done." }), USAGE, DONE),
  "usage in the choice": stream(
    delta({ content: "All done." }),
    chunk({ delta: {}, finish_reason: "stop", usage }),
    DONE,
  ),
  "usage beside the choices": stream(
    delta({ content: "All done." }),
    chunk({ delta: {}, finish_reason: "stop" }, { x_groq: { id: "req", usage } }),
    DONE,
  ),
  "usage under other names": stream(
    delta({ content: "All done." }),
    STOP,
    event({ choices: [], usage: { input_tokens: 31, output_tokens: 7 } }),
    DONE,
  ),
  "a whole message at the end that repeats it": stream(
    delta({ content: "All done." }),
    chunk({ message: { role: "assistant", content: "All done." }, finish_reason: "stop" }, { usage }),
    DONE,
  ),
  "comments, empty events and errors that are none": stream(
    ": OPENROUTER PROCESSING\n\n",
    "data:\n\n",
    event({ choices: [{ index: 0, delta: { content: "All done." } }], error: null }),
    ...[": keep-alive\n\n", STOP, USAGE, DONE],
  ),
  "choices without a number, and nulls everywhere": stream(
    event({
      choices: [
        { delta: { role: null, content: "All done.", tool_calls: null, refusal: null }, logprobs: null },
      ],
    }),
    event({ choices: [{ delta: null, finish_reason: "stop" }], usage }),
    DONE,
  ),
  "one document": typed(
    "application/json; charset=utf-8",
    JSON.stringify({
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content: "All done." }, finish_reason: "stop" }],
      usage,
    }),
  ),
  "one document in a list": typed(
    "application/json",
    JSON.stringify([{ choices: [{ message: { content: [{ type: "text", text: "All done." }] } }], usage }]),
  ),
  "a stream that is called a document": typed(
    "application/json",
    ...[ROLE, delta({ content: "All done." }), STOP, USAGE, DONE],
  ),
  "a stream without a content type": (response) => {
    response.writeHead(200);
    response.end([ROLE, delta({ content: "All done." }), STOP, USAGE, DONE].join(""));
  },
};

for (const [name, reply] of Object.entries(texts))
  test(`understood: ${name}`, async () => {
    await using wire = await serve(reply);
    const { result, streamed } = await wire.ask();
    const answer = result as ModelAnswer;
    assert.deepEqual(
      [answer.text, streamed, answer.stop, answer.usage, answer.calls],
      ["All done.", "All done.", "end", counted, []],
    );
    assert.equal(wire.seen.length, 1);
  });

const CLAUDE = "anthropic/claude-sonnet-5";

test("a whole message of Anthropic's format is an answer, and an end without a reason is one", async () => {
  const message = {
    ...{ type: "message", role: "assistant", stop_reason: "end_turn" },
    content: [{ type: "text", text: "All done." }],
    usage: { input_tokens: 31, output_tokens: 7 },
  };
  await using wire = await serve(typed("application/json", JSON.stringify(message)));
  const { result, streamed } = await wire.ask({ model: CLAUDE });
  assert.deepEqual(
    [result, streamed],
    [{ text: "All done.", calls: [], usage: counted, stop: "end" }, "All done."],
  );
  const bare = (type: string, fields: object = {}) => event({ type, ...fields });
  await using ended = await serve(
    stream(
      bare("message_start", { message: { usage: { input_tokens: 0, output_tokens: 0 } } }),
      bare("content_block_start", { index: 0, content_block: { type: "text", text: "All done." } }),
      bare("message_delta", { delta: {}, usage: { input_tokens: 31, output_tokens: 7 } }),
      bare("message_stop"),
    ),
  );
  const answer = (await ended.ask({ model: CLAUDE })).result as ModelAnswer;
  assert.deepEqual([answer.text, answer.stop, answer.usage], ["All done.", "end", counted]);
});

test("one document of Ollama's format is an answer, also over several lines of JSON", async () => {
  const line = { message: { role: "assistant", content: "hi" }, done: true, done_reason: "stop" };
  for (const body of [JSON.stringify(line), JSON.stringify(line, null, 2), `${JSON.stringify(line)}\n`]) {
    await using wire = await serve(typed("application/json", body));
    assert.equal(((await wire.ask({ model: "ollama/x" })).result as ModelAnswer).text, "hi");
  }
});

test("an error in the middle of a stream is told in the provider's words, in any shape", async () => {
  for (const body of [
    { error: { message: "Provider disconnected", code: 502 } },
    { error: { message: "Provider disconnected", type: "server_error" } },
    { error: "Provider disconnected" },
    { error: { code: 502, metadata: { raw: '{"error":{"message":"Provider disconnected"}}' } } },
    {
      choices: [{ index: 0, delta: {}, finish_reason: "error" }],
      error: { message: "Provider disconnected" },
    },
  ]) {
    await using wire = await serve(stream(ROLE, delta({ content: "Hm" }), event(body)));
    const { result } = await wire.ask();
    assert.ok(isFault(result));
    assert.match(result.message, /HTTP 50\d: Provider disconnected \(4 attempts\)$/u);
  }
});

test("a refusal in an error body that is a list is understood", async () => {
  const reply: Reply = (response) => {
    response.writeHead(400, { "content-type": "application/json" });
    response.end(
      JSON.stringify([{ error: { code: 400, message: "No such thing", status: "INVALID_ARGUMENT" } }]),
    );
  };
  await using wire = await serve(reply);
  const { result } = await wire.ask();
  assert.ok(isFault(result));
  assert.match(result.message, /HTTP 400: No such thing$/u);
  await using text = await serve(refuses(400, "plainly no"));
  const plain = (await text.ask()).result;
  assert.ok(isFault(plain) && /HTTP 400: plainly no$/u.test(plain.message));
});
