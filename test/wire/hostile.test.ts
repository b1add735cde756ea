// Hostile streams: whatever a server sends in whatever place, an answer or one of three errors comes of it, in bounds.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answerMessage, boundAnswer, modelAnswerSchema } from "../../src/abi/model.ts";
import { messagesFormat } from "../../src/host/node/models/anthropic.ts";
import { ollamaChat } from "../../src/host/node/models/ollama.ts";
import { chatCompletions } from "../../src/host/node/models/openai.ts";
import { adaptRequest, learnQuirk, NO_QUIRKS } from "../../src/host/node/models/refusals/quirks.ts";
import { readComplaint } from "../../src/host/node/models/refusals/complaint.ts";
import { ExcessiveAnswer, MalformedChunk, ReportedError } from "../../src/host/node/models/streams/gather.ts";
import type { Dialect } from "../../src/host/node/models/wire.ts";
import { REQUEST } from "./server.ts";

/** The fields that a format reads, with values that may be anything, also what they should be. */
const any = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
  fc.constantFrom("text", "tool_use", "thinking", "{}", '{"a":', "stop", 0, 1, null, "__proto__", [], {}),
);
const fields = (...names: readonly string[]): fc.Arbitrary<object> =>
  fc.dictionary(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...names) }, fc.string()), any, {
    maxKeys: 6,
  });

const call = fc.record(
  { index: any, id: any, function: fields("name", "arguments", "x"), extra_content: any },
  { requiredKeys: [] },
);
const part = fields("type", "text", "thinking", "signature", "data", "index");
const delta = fc.record(
  {
    content: fc.oneof(any, fc.array(part)),
    tool_calls: fc.oneof(any, fc.array(call)),
    ...{ reasoning_content: any, reasoning: any, reasoning_details: fc.oneof(any, fc.array(part)) },
    ...{ extra_content: any, function_call: any, refusal: any },
  },
  { requiredKeys: [] },
);
const chunk = fc.record(
  {
    choices: fc.oneof(
      any,
      fc.array(
        fc.record(
          { index: fc.constantFrom(0, 1), delta, message: delta, finish_reason: any },
          { requiredKeys: [] },
        ),
      ),
    ),
    ...{ usage: any, error: fc.constantFrom(null, undefined) },
  },
  { requiredKeys: [] },
);
const event = fc.oneof(
  fc.record({
    type: fc.constant("content_block_start"),
    index: fc.nat(3),
    content_block: fc.record(
      {
        type: fc.constantFrom("text", "tool_use", "thinking", "redacted_thinking", "new"),
        text: any,
        id: any,
        name: any,
        input: any,
        thinking: any,
        signature: any,
        data: any,
      },
      { requiredKeys: ["type"] },
    ),
  }),
  fc.record({
    type: fc.constant("content_block_delta"),
    index: fc.nat(3),
    delta: fc.record(
      {
        type: fc.constantFrom(
          "text_delta",
          "input_json_delta",
          "thinking_delta",
          "signature_delta",
          "new_delta",
        ),
        text: any,
        partial_json: any,
        thinking: any,
        signature: any,
        more: any,
      },
      { requiredKeys: ["type"] },
    ),
  }),
  fc.record({ type: fc.constant("content_block_stop"), index: fc.nat(3) }),
  fields("type", "message", "usage", "delta", "content"),
);
const line = fc.record(
  { message: delta, done: any, done_reason: any, prompt_eval_count: any },
  { requiredKeys: [] },
);

const formats: Record<string, [Dialect, string, fc.Arbitrary<unknown>]> = {
  "chat completions": [chatCompletions("openai"), "openai/m", chunk],
  "Anthropic's messages": [messagesFormat, "anthropic/claude-sonnet-5", event],
  "Ollama's lines": [ollamaChat(() => 8192), "ollama/m", line],
};
for (const [name, [dialect, model, piece]] of Object.entries(formats))
  test(`whatever comes as ${name} gives an answer that can be recorded and sent back, or a known error`, () => {
    let answers = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const gathering = dialect.gathering();
        for (const each of pieces)
          try {
            gathering.take(JSON.stringify(each) ?? "null");
          } catch (error) {
            const known = [MalformedChunk, ExcessiveAnswer, ReportedError];
            assert.ok(
              known.some((kind) => error instanceof kind),
              String(error),
            );
          }
        const usage = { input: 1, output: 1 };
        const answer = boundAnswer({ ...gathering.answer(1, model), usage });
        assert.deepEqual(modelAnswerSchema.safeParse(answer).error, undefined);
        const recorded = modelAnswerSchema.parse(JSON.parse(JSON.stringify(answer)));
        const results = recorded.calls.map(({ id, tool }) => ({
          role: "tool" as const,
          callId: id,
          tool,
          content: "{}",
        }));
        const body = dialect.body({
          ...REQUEST,
          model,
          messages: [...REQUEST.messages, answerMessage(recorded), ...results],
        });
        assert.ok(JSON.stringify(body).length > 0);
        if (recorded.calls.length > 0 || recorded.text !== "") answers += 1;
      }),
      { numRuns: 150 },
    );
    assert.ok(answers > 3, `only ${answers} answers`);
  });

test("whatever a refusal says, a request is changed a few times at most, and never into another conversation", () => {
  const words = fc.constantFrom(
    ..."max_tokens is too large|stream_options|not supported|unknown|reasoning_content|missing|4096|context length is 8192|messages|tools|model|system role not supported|stream|at most 10".split(
      "|",
    ),
  );
  const request = chatCompletions("openai-compatible").body({ ...REQUEST, model: "openai-compatible/m" }) as {
    messages: unknown;
  };
  fc.assert(
    fc.property(fc.array(fc.array(words, { maxLength: 6 }), { maxLength: 40 }), (refusals) => {
      let quirks = NO_QUIRKS;
      let changes = 0;
      for (const said of refusals) {
        const sent = adaptRequest(request, quirks);
        const next = learnQuirk(
          quirks,
          sent,
          readComplaint(400, { error: { message: said.join(" ") } }, undefined),
        );
        if (next === undefined) continue;
        changes += 1;
        quirks = next;
      }
      const body = adaptRequest(request, quirks) as { model: string; messages: unknown[] };
      assert.ok(changes < 20, `${changes} changes`);
      assert.equal(body.model, "m");
      assert.match(JSON.stringify(body.messages), /You are a test\..*Go\./u);
    }),
    { numRuns: 300 },
  );
});

test("very many small pieces of opaque fields are put together in no time", () => {
  const gathering = chatCompletions("openai").gathering();
  const piece = (details: object) =>
    JSON.stringify({ choices: [{ index: 0, delta: { reasoning_details: [details] } }] });
  const began = process.cpuUsage();
  for (let i = 0; i < 10_000; i++) gathering.take(piece({ type: "reasoning.encrypted", data: "x" }));
  for (let i = 0; i < 10_000; i++) gathering.take(piece({ type: "reasoning.text", text: "x" }));
  const { user } = process.cpuUsage(began);
  assert.ok(user < 5_000_000, `${user} microseconds`);
  const { extra } = gathering.answer(1, "openai/m");
  assert.equal((extra?.["reasoning_details"] as unknown[]).length, 4096);
});
