// Conversations that are too long, in the words of each provider: E2BIG with the counts that the words tell.
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import { readComplaint } from "../../../src/host/node/models/refusals/complaint.ts";
import { isTooLong, toldCounts } from "../../../src/host/node/models/refusals/counts.ts";
import { createModels } from "../../../src/host/node/models/providers.ts";
import { fault } from "../../../src/abi/errors.ts";
import { event, grantFor, KEY, refuses, REQUEST, serve, stream } from "../server.ts";
import { bodies } from "./too-long-bodies.ts";

for (const [who, status, body, told] of bodies)
  test(`too long in the words of ${who}`, async () => {
    const reply = refusesWith(status, body);
    await using wire = await serve(reply);
    const { result } = await wire.ask({ model: "openai-compatible/m" });
    assert.ok(isFault(result));
    assert.deepEqual([result.code, result.tokens ?? {}], ["E2BIG", told], result.message);
    assert.equal(wire.seen.length, 1, "nothing is asked again");
  });

function refusesWith(status: number, body: unknown) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
}

test("a refusal as too long inside a stream is the same", async () => {
  await using wire = await serve(
    stream(
      event({ error: { message: "the request exceeds the available context size", code: 400, n_ctx: 4096 } }),
    ),
  );
  const { result } = await wire.ask();
  assert.ok(isFault(result));
  assert.deepEqual([result.code, result.tokens], ["E2BIG", { window: 4096 }]);
});

/** Complaints that a smaller conversation would not mend. */
for (const [status, words] of [
  [
    400,
    "max_tokens is too large: 32768. This model supports at most 16384 completion tokens, whereas you provided 32768.",
  ],
  [
    400,
    "max_tokens: 32768 > 8192, which is the maximum allowed number of output tokens for claude-3-5-sonnet",
  ],
  [400, "The requested max_tokens exceeds the maximum number of tokens of this model"],
  [400, "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]"],
  [
    429,
    "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 4000. Please try again in 6s.",
  ],
  [413, "Rate limit reached for model `x` on tokens per minute (TPM): Limit 6000, Used 5900, Requested 800"],
  [429, "Too many requests. Your token limit resets in 5s."],
  [401, "Your access token is too long"],
  [400, "Invalid 'tools[0].function.name': string too long. Expected a string with maximum length 64"],
  [400, "The context field is required"],
  [404, "The model does not exist"],
] as const)
  test(`not too long: ${words.slice(0, 60)}`, async () => {
    await using wire = await serve(refuses(status, { message: words }));
    const { result } = await wire.ask({ model: "openai-compatible/m" });
    assert.ok(isFault(result) && result.code !== "E2BIG", JSON.stringify(result));
  });

test("words without end or with very many numbers are read in no time", () => {
  const began = process.cpuUsage();
  for (const piece of [
    "context length is 1,",
    "request (1 tokens) ",
    "prompt is too long: 1",
    "1 ",
    "a".repeat(50),
    ...["*", "a...", "max ", "model ", "[{"],
  ]) {
    const complaint = readComplaint(400, { error: { message: piece.repeat(5000) } }, KEY);
    isTooLong(complaint);
    toldCounts(complaint);
  }
  const { user } = process.cpuUsage(began);
  assert.ok(user < 2_000_000, `${user} microseconds`);
});

test("a model of the editor that says so in its provider's words is the same", async () => {
  const models = createModels({
    scripted: false,
    vscode: {
      complete: async () =>
        fault("EIO", "the editor's model failed: prompt token count of 145000 exceeds the limit of 128000"),
      window: () => undefined,
    },
  });
  const model = "vscode/gpt";
  const ask = models.complete(
    { ...REQUEST, model },
    grantFor(model),
    new AbortController().signal,
    () => undefined,
  );
  const result = await ask;
  assert.ok(isFault(result));
  assert.deepEqual([result.code, result.tokens], ["E2BIG", { window: 128_000, input: 145_000 }]);
});
