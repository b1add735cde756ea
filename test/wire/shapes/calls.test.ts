// Shapes of streams: calls and reasons that servers send instead of what the format says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import type { ModelAnswer } from "../../../src/abi/model.ts";
import { CALLS, delta, DONE, fragment, says, serve, stream, typed, USAGE, type Reply } from "../server.ts";
import { usage } from "./parts.ts";

/** Replies that all make the same call. */
const READ = { name: "read_file", arguments: '{"path":"a"}' };

const calls: Record<string, Reply> = {
  "arguments as an object": stream(
    delta({ tool_calls: [{ index: 0, id: "c", function: { name: "read_file", arguments: { path: "a" } } }] }),
    ...[CALLS, USAGE, DONE],
  ),
  "arguments under another name": stream(
    delta({
      tool_calls: [{ index: 0, id: "c", function: { name: "read_file", parameters: { path: "a" } } }],
    }),
    ...[CALLS, USAGE, DONE],
  ),
  "a call without its function": stream(delta({ tool_calls: [{ id: "c", ...READ }] }), CALLS, USAGE, DONE),
  "one call that is no list": stream(
    delta({ tool_calls: { id: "c", type: "function", function: READ } }),
    ...[CALLS, USAGE, DONE],
  ),
  "an index that is text": stream(
    delta({ tool_calls: [{ index: "0", id: "c", function: { name: "read_file", arguments: '{"path"' } }] }),
    delta({ tool_calls: [{ index: "0", function: { arguments: ':"a"}' } }] }),
    ...[CALLS, USAGE, DONE],
  ),
  "pieces without index and id": stream(
    delta({ tool_calls: [{ id: "c", function: { name: "read_file", arguments: "" } }] }),
    ...Array.from(READ.arguments, (text) => delta({ tool_calls: [{ function: { arguments: text } }] })),
    ...[CALLS, USAGE, DONE],
  ),
  "one document": typed(
    "application/json",
    JSON.stringify({
      choices: [
        { message: { content: null, tool_calls: [{ id: "c", function: READ }] }, finish_reason: "stop" },
      ],
      usage,
    }),
  ),
};

for (const [name, reply] of Object.entries(calls))
  test(`a call is understood: ${name}`, async () => {
    await using wire = await serve(reply);
    const answer = (await wire.ask()).result as ModelAnswer;
    assert.deepEqual(
      [answer.calls, answer.stop],
      [[{ id: "c", tool: "read_file", args: { path: "a" } }], "calls"],
    );
  });

test("a call in the old form, without an id, is a call", async () => {
  const old = (fields: object) => delta({ function_call: fields });
  await using wire = await serve(
    stream(old({ name: "read_file", arguments: '{"pa' }), old({ arguments: 'th":"a"}' }), CALLS, USAGE, DONE),
  );
  const answer = (await wire.ask()).result as ModelAnswer;
  assert.deepEqual(answer.calls, [{ id: "call_4_0", tool: "read_file", args: { path: "a" } }]);
});

for (const [raw, finish, why] of [
  [
    '{"path":"big.txt","content":"line one\\nline tw',
    "length",
    /^the arguments were cut after 46 characters.*limit/u,
  ],
  ["", "length", /^the arguments were cut after 0 characters/u],
  ['{"path":"a', "tool_calls", /not whole JSON: they end after 10 characters/u],
  ['{"path":', "tool_calls", /not whole JSON: they end after 8 characters/u],
  ['{"path": "a", content: "b"}', "tool_calls", /not JSON: .*, after "\{\\"path\\": \\"a\\", "$/u],
  ['{"a":1} trailing', "tool_calls", /not JSON: .*, after "\{\\"a\\":1\} "$/u],
] as const)
  test(`arguments say where they break, or that they were cut: ${raw.slice(0, 24)}`, async () => {
    const end = delta({}, finish);
    await using wire = await serve(
      stream(fragment(0, "{}", "a", "t"), fragment(1, raw, "b", "write_file"), end, USAGE, DONE),
    );
    const answer = (await wire.ask()).result as ModelAnswer;
    assert.deepEqual(answer.calls[0], { id: "a", tool: "t", args: {} }, "a whole call before it stays whole");
    assert.match(answer.calls[1]?.malformed ?? "", why);
    assert.equal(answer.calls[1]?.args, raw);
  });

const reasons: Record<string, [ModelAnswer["stop"], string?]> = {
  stop: ["end"],
  STOP: ["end"],
  end_turn: ["end"],
  eos: ["end"],
  length: ["length"],
  MAX_TOKENS: ["length"],
  model_length: ["length"],
  "max-output-tokens": ["length"],
  content_filter: ["filter", "content_filter"],
  SAFETY: ["filter", "SAFETY"],
  RECITATION: ["filter", "RECITATION"],
  pause_turn: ["other", "pause_turn"],
  "\u202e brand\nnew ": ["other", "brand new"],
};

for (const [reason, [stop, stopReason]] of Object.entries(reasons))
  test(`the reason ${JSON.stringify(reason)} means ${stop}, and one that is not plain keeps its word`, async () => {
    await using wire = await serve(stream(delta({ content: "x" }), delta({}, reason), USAGE, DONE));
    const answer = (await wire.ask()).result as ModelAnswer;
    assert.deepEqual([answer.stop, answer.stopReason], [stop, stopReason]);
  });

test("an unknown reason beside calls is other, so that nobody takes the answer for whole", async () => {
  await using wire = await serve(stream(fragment(0, "{}", "a", "t"), delta({}, "brand_new"), USAGE, DONE));
  const answer = (await wire.ask()).result as ModelAnswer;
  assert.deepEqual([answer.stop, answer.calls.length], ["other", 1]);
});

for (const reason of ["error", "insufficient_system_resource", "network_error", "MALFORMED_FUNCTION_CALL"])
  test(`an answer that ends by ${reason} broke, and is asked for again`, async () => {
    await using wire = await serve(stream(delta({ content: "x" }), delta({}, reason), DONE), says("fine"));
    const answer = (await wire.ask()).result as ModelAnswer;
    assert.deepEqual([answer.text, wire.seen.length], ["fine", 2]);
    await using lasting = await serve(stream(delta({ content: "x" }), delta({}, reason), DONE));
    const { result } = await lasting.ask();
    assert.ok(
      isFault(result) && result.code === "EIO" && result.message.includes(reason),
      JSON.stringify(result),
    );
  });
