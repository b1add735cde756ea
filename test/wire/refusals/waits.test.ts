// Waits that providers ask for: in headers and in bodies, in all their forms, honoured up to a minute.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import type { ModelAnswer } from "../../../src/abi/model.ts";
import { readDuration } from "../../../src/host/node/models/refusals/waits.ts";
import { event, refuses, ROLE, says, serve, stream, type Reply } from "../server.ts";

const slow = { message: "slow down" };
const list =
  (body: unknown): Reply =>
  (response) =>
    response.writeHead(429, { "content-type": "application/json" }).end(JSON.stringify(body));
const gemini = (message: string, retryDelay: unknown) =>
  list([
    {
      error: {
        ...{ code: 429, message, status: "RESOURCE_EXHAUSTED" },
        details: [
          { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [] },
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay },
        ],
      },
    },
  ]);

const waits: Record<string, [Reply, number]> = {
  "milliseconds in a header": [refuses(429, slow, { "retry-after-ms": "1500" }), 1500],
  "a duration in a header": [refuses(429, slow, { "retry-after": "1m30s" }), 90_000],
  "a header with a fraction": [refuses(429, slow, { "retry-after": "2.5" }), 2500],
  "milliseconds before seconds": [refuses(429, slow, { "retry-after-ms": "800", "retry-after": "1" }), 800],
  "the limit that is used up, of two": [
    refuses(429, slow, {
      ...{ "x-ratelimit-remaining-requests": "12", "x-ratelimit-reset-requests": "30s" },
      ...{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s" },
    }),
    7660,
  ],
  "a duration of several units": [
    refuses(429, slow, { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "0m6s250ms" }),
    6250,
  ],
  "a date of Anthropic's": [
    refuses(429, slow, {
      ...{ "anthropic-ratelimit-tokens-remaining": "0" },
      ...{ "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:12Z" },
      ...{ "anthropic-ratelimit-requests-remaining": "9" },
      ...{ "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:50Z" },
    }),
    12_000,
  ],
  "a moment in milliseconds": [
    refuses(429, slow, {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Date.UTC(2026, 0, 1, 0, 0, 5)),
    }),
    5000,
  ],
  "a moment in seconds": [
    refuses(429, slow, { "x-ratelimit-reset": String(Date.UTC(2026, 0, 1, 0, 0, 5) / 1000) }),
    5000,
  ],
  "words with seconds": [
    refuses(429, { message: "You exceeded your current quota. Please retry in 9.4s." }),
    9400,
  ],
  "words with minutes": [
    refuses(429, { message: "Rate limit reached. Please try again in 1m0.5s. Visit x" }),
    60_500,
  ],
  "words with milliseconds": [
    refuses(429, { message: "Rate limit reached. Please try again in 200ms." }),
    200,
  ],
  "words in full": [refuses(429, "Too many requests. Please retry after 12 seconds."), 12_000],
  "words with a colon": [refuses(429, "retry after: 3s"), 3000],
  "a detail, longer than the words": [gemini("Please retry in 9.4s.", "10s"), 10_000],
  "a detail, shorter than the words": [gemini("Please retry in 9.4s.", "9s"), 9400],
  "a detail in parts": [gemini("slow", { seconds: "4" }), 4000],
  "a field": [refuses(429, { ...slow, retry_after: 6 }), 6000],
  "a field of OpenRouter's": [
    refuses(429, {
      ...{ message: "Rate limit exceeded", code: 429 },
      metadata: { headers: { "X-RateLimit-Reset": String(Date.UTC(2026, 0, 1, 0, 0, 8)) } },
    }),
    8000,
  ],
  "a header of a server that is overloaded": [refuses(503, "busy", { "retry-after": "2" }), 2000],
  "words inside the stream": [
    stream(ROLE, event({ error: { type: "rate_limit_error", message: "Please try again in 5s" } })),
    5000,
  ],
};
for (const [name, [reply, ms]] of Object.entries(waits)) {
  const long = ms > 60_000;
  test(`${long ? "a wait that is too long is told" : "a wait is made"}: ${name}`, async () => {
    await using wire = await serve(reply, says("fine"));
    const { result } = await wire.ask();
    if (long) {
      assert.ok(isFault(result));
      assert.match(result.hint, new RegExp(`wait ${Math.ceil(ms / 1000)} seconds`, "u"));
      assert.deepEqual([wire.waits, wire.seen.length], [[], 1]);
      return;
    }
    assert.equal((result as ModelAnswer).text, "fine");
    assert.deepEqual(wire.waits, [ms]);
  });
}

for (const [name, reply] of Object.entries({
  "no wait at all": refuses(429, slow),
  "a wait of nothing": refuses(429, slow, { "retry-after": "0" }),
  "a wait in the past": refuses(429, slow, { "retry-after": "Thu, 01 Jan 2015 00:00:00 GMT" }),
  "limits that are not used up": refuses(500, slow, {
    ...{ "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "40s" },
  }),
  "words that tell no time": refuses(429, { message: "Please try again in a while, or retry later" }),
  "a number that is no time": refuses(429, { message: "available 5 slots; try again" }),
}))
  test(`without a time, the usual wait is made: ${name}`, async () => {
    await using wire = await serve(reply, says("fine"));
    assert.equal(((await wire.ask()).result as ModelAnswer).text, "fine");
    assert.deepEqual(wire.waits, [1000]);
  });

test("a quota that comes back is waited for; one that is empty is told at once", async () => {
  const words = "You exceeded your current quota, please check your plan and billing details.";
  await using back = await serve(gemini(`${words} Please retry in 3s.`, "3s"), says("fine"));
  assert.equal(((await back.ask()).result as ModelAnswer).text, "fine");
  await using empty = await serve(refuses(429, { message: words, code: "insufficient_quota" }));
  const { result } = await empty.ask();
  assert.ok(isFault(result) && result.code === "EUNAVAILABLE" && /billing/u.test(result.hint));
});

test("durations", () => {
  for (const [text, ms] of [
    ["1h2m3.5s", 3_723_500],
    ["6m0s", 360_000],
    ["90", 90_000],
    ["1 minute 5 seconds", 65_000],
    ["250 milliseconds", 250],
    ["3 days", 259_200_000],
    ["soon", undefined],
    ["5 apples", 0],
  ] as const)
    assert.equal(readDuration(text) ?? 0, ms ?? 0, text);
});
