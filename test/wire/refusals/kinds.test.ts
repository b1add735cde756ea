// Kinds of refusals: each is told by its own words with what to do about it, in any shape of body, and without the key.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/abi/errors.ts";
import { harmless, readComplaint } from "../../../src/host/node/models/refusals/complaint.ts";
import { KEY, refuses, serve, type Reply } from "../server.ts";

const body =
  (status: number, value: unknown, type = "application/json"): Reply =>
  (response) =>
    response
      .writeHead(status, { "content-type": type })
      .end(typeof value === "string" ? value : JSON.stringify(value));

const NO_KEY = /^(?!.*API key .* is missing)/su;
const kinds: readonly [name: string, reply: Reply, message: RegExp, hint: RegExp, not?: RegExp][] = [
  [
    "OpenAI's region",
    refuses(403, {
      ...{ message: "Country, region, or territory not supported", type: "request_forbidden" },
      code: "unsupported_country_region_territory",
    }),
    /does not serve this place: .*HTTP 403: Country, region, or territory not supported$/u,
    /network address/u,
  ],
  [
    "Gemini's region",
    body(400, [
      {
        error: {
          code: 400,
          message: "User location is not supported for the API use.",
          status: "FAILED_PRECONDITION",
        },
      },
    ]),
    /does not serve this place: .*User location is not supported/u,
    /another provider/u,
  ],
  [
    "a moderation",
    refuses(403, { message: "Your input was flagged by our moderation service", code: 403 }),
    /refused what the conversation says: .*flagged/u,
    /filter/u,
  ],
  [
    "Azure's filter",
    body(400, {
      error: {
        message:
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        code: "content_filter",
      },
    }),
    /refused what the conversation says/u,
    /another model/u,
  ],
  [
    "a firewall's page",
    body(403, "<html><body>Blocked by your administrator</body></html>", "text/html"),
    /HTTP 403$/u,
    /proxy or a firewall/u,
  ],
  [
    "a right that is missing",
    refuses(403, {
      message: "You have insufficient permissions for this operation. Missing scopes: model.request",
    }),
    /HTTP 403: You have insufficient permissions/u,
    /what the account and its key may do/u,
  ],
  [
    "a quota",
    refuses(429, { message: "You exceeded your current quota", code: "insufficient_quota" }),
    /may not be used further/u,
    /billing/u,
  ],
  [
    "DeepSeek's balance",
    refuses(402, { message: "Insufficient Balance" }),
    /Insufficient Balance$/u,
    /billing/u,
  ],
  ["a status of payment alone", refuses(402, "no"), /HTTP 402: no$/u, /billing/u],
  [
    "credits of OpenRouter",
    refuses(402, {
      message:
        "This request requires more credits, or fewer max_tokens. You requested up to 8192 tokens, but can only afford 12.",
    }),
    /requires more credits/u,
    /billing/u,
  ],
  [
    "a wrong key",
    refuses(401, { message: "invalid x-api-key" }),
    /the API key for openai-compatible is missing or was refused: invalid x-api-key$/u,
    /Set API Key/u,
  ],
  [
    "Gemini's wrong key",
    body(400, [
      {
        error: {
          code: 400,
          message: "API key not valid. Please pass a valid API key.",
          status: "INVALID_ARGUMENT",
          details: [{ reason: "API_KEY_INVALID" }],
        },
      },
    ]),
    /the API key for openai-compatible is missing or was refused: .*API key not valid/u,
    /Set API Key/u,
  ],
  [
    "no key",
    body(401, { detail: "Authentication credentials were not provided." }),
    /HTTP 401: .*: Authentication credentials/u,
    /Set API Key/u,
  ],
  [
    "an unknown model",
    refuses(404, {
      message: "The model `x` does not exist or you do not have access to it.",
      code: "model_not_found",
    }),
    /no model "openai-compatible\/m" there: .*does not exist/u,
    /another model/u,
  ],
  [
    "an unknown model with another status",
    body(400, { error: { message: "Invalid model: x", code: 1211 } }),
    /no model "openai-compatible\/m" there/u,
    /another model/u,
  ],
  [
    "a model that has gone",
    refuses(400, { message: "The model `x` has been decommissioned and is no longer supported." }),
    /no model "openai-compatible\/m" there: .*decommissioned/u,
    /another model/u,
  ],
  [
    "a model that the key may not use",
    refuses(403, { message: "Project `p` does not have access to model `gpt-5`" }),
    /no model "openai-compatible\/m" there: .*does not have access/u,
    /key may use it/u,
  ],
  [
    "a status of keys that is about a place",
    refuses(401, { message: "Access from this region is not allowed" }),
    /does not serve this place: .*HTTP 401: Access from this region/u,
    /network address/u,
  ],
  [
    "an empty account, told with a good status",
    body(200, { code: "1113", msg: "余额不足或无可用资源包,请充值。", success: false }),
    /may not be used further: .*余额不足/u,
    /billing/u,
  ],
  [
    "a wrong path",
    body(404, "404 page not found", "text/plain"),
    /nothing to ask: .*HTTP 404: 404 page not found$/u,
    /base URL, which usually ends in \/v1/u,
  ],
  [
    "a wrong path, in JSON",
    body(404, { detail: "Not Found" }),
    /nothing to ask: .*HTTP 404: Not Found$/u,
    /base URL/u,
  ],
  [
    "no calls of tools",
    refuses(404, { message: "No endpoints found that support tool use.", code: 404 }),
    /No endpoints found that support tool use\.$/u,
    /call tools/u,
  ],
  [
    "no calls of tools of a local server",
    body(400, { error: "registry.ollama.ai/library/x does not support tools" }),
    /does not support tools$/u,
    /call tools/u,
  ],
  [
    "our own parameters",
    refuses(400, { message: "Invalid schema for function 'x'", param: "tools[0]" }),
    /HTTP 400: Invalid schema for function 'x'$/u,
    /as it is/u,
  ],
];
for (const [name, reply, message, hint] of kinds)
  test(`told by its own words: ${name}`, async () => {
    await using wire = await serve(reply);
    const { result } = await wire.ask({ model: "openai-compatible/m" });
    assert.ok(isFault(result), JSON.stringify(result));
    assert.match(result.message, message);
    assert.match(result.hint, hint);
    if (!/key/iu.test(name)) assert.match(result.message, NO_KEY);
    assert.equal(wire.seen.length, 1, "it is not asked again");
  });

for (const [name, message] of [
  ["a limit by key", "Rate limit reached for your API key"],
  ["a limit by model", "The model is not available at the moment: too many requests"],
  ["a limit by region", "This region is not available: rate limited"],
] as const)
  test(`what passes is asked again, whatever words it shares with what does not: ${name}`, async () => {
    await using wire = await serve(refuses(429, { message }));
    const { result } = await wire.ask();
    assert.ok(isFault(result) && result.code === "EIO" && /4 attempts/u.test(result.message));
  });

/** All shapes of one sentence. */
for (const [name, value] of Object.entries({
  "an object": { error: { message: "No such thing" } },
  "a list of objects": [{ error: { message: "No such thing" } }],
  "text in the error": { error: "No such thing" },
  "a message alone": { object: "error", message: "No such thing", type: "BadRequestError", code: 400 },
  "a message that is an object": { message: { detail: "No such thing" } },
  "a detail": { detail: "No such thing" },
  "details of fields": { detail: [{ loc: [], msg: "No such thing", type: "value_error" }] },
  "a list of errors": { errors: [{ message: "No such thing" }] },
  "JSON in text": { error: { message: '{"error":{"message":"No such thing"}}' } },
  "JSON as text": '{"error":{"message":"No such thing"}}',
  "a description": { error_description: "No such thing" },
  "text alone": "No such thing",
}))
  test(`a sentence is found in ${name}`, () => {
    assert.match(readComplaint(400, value, undefined).said, /^:? ?No such thing$/u);
  });

test("bodies of any shape are read without an exception, and in bounds", () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 20 }),
      fc.constantFrom("error", "message", "detail"),
      (value, name) => {
        for (const given of [value, { [name]: value }, JSON.stringify(value)]) {
          const { said, text, status } = readComplaint(undefined, given, KEY);
          assert.ok(said.length <= 300 && text.length <= 4096 && status >= 400 && status < 600);
          assert.doesNotMatch(said, /[\n\u202e]/u);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("no part of a key that a provider quotes is told", () => {
  for (const quoted of [
    KEY,
    `${KEY.slice(0, 9)}...${KEY.slice(-4)}`,
    `${KEY.slice(0, 9)}***********${KEY.slice(-4)}`,
    `gsk_abcd********wxyz`,
    `key ending in ${KEY.slice(-4)}`,
    KEY.slice(3, 20),
    `Bearer ${KEY}`,
    `…${KEY.slice(-6)}`,
    encodeURIComponent(KEY),
  ]) {
    const said = harmless(`Incorrect API key provided: ${quoted}. See x.`, KEY);
    for (let at = 0; at + 4 <= KEY.length; at++)
      if (!"Incorrect API key provided: ending in".includes(KEY.slice(at, at + 4)))
        assert.ok(!said.includes(KEY.slice(at, at + 4)), `${said} of ${quoted}`);
    assert.match(said, /^Incorrect API key provided: .*\[key\]/u);
  }
  for (const words of ["a model… is not there... and more", "loading...please wait", "see docs…or ask"])
    assert.equal(harmless(words, KEY), words);
});
