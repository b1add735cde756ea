// Permanent failures of providers: refusals, garbage, too much data, bad configuration; no key appears in any text.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { isFault } from "../../src/abi/errors.ts";
import { check, type Expected } from "./check.ts";
import {
  delta,
  event,
  fragment,
  hang,
  KEY,
  refuses,
  says,
  serve,
  stream,
  type Reply,
  type Setup,
} from "./server.ts";

const web: Reply = (response) => {
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  response.end("<html><body>Sign in</body></html>");
};
const final: Record<string, [Reply, Expected, Setup?]> = {
  "a wrong key": [
    refuses(401, { message: `Incorrect API key provided: ${KEY.slice(0, 12)}****cdef.` }),
    {
      code: "EUNAVAILABLE",
      message:
        /HTTP 401: the API key for openai is missing or was refused: Incorrect API key provided: \[key\]\.$/,
      hint: /Set API Key/,
      requests: 1,
    },
  ],
  "a forbidden key": [
    refuses(403, `no entry for Bearer ${KEY}`),
    { code: "EUNAVAILABLE", message: /HTTP 403/, hint: /OPENAI_API_KEY/, requests: 1 },
  ],
  "an unknown model": [
    refuses(404, { message: "The model does not exist", code: "model_not_found" }),
    {
      code: "EUNAVAILABLE",
      message: /no model "openai\/gpt-test" there: .*does not exist/,
      hint: /another model/,
      requests: 1,
    },
  ],
  "no credit": [
    refuses(429, { message: "You exceeded your current quota", code: "insufficient_quota" }),
    { code: "EUNAVAILABLE", message: /quota/, hint: /billing/, requests: 1 },
  ],
  "a context that is too long, by code": [
    refuses(400, { message: "too long", code: "context_length_exceeded" }),
    { code: "E2BIG", message: /too long for openai\/gpt-test/, requests: 1 },
  ],
  "a context that is too long, in words": [
    refuses(400, { message: "This model's maximum context length is 8192 tokens." }),
    { code: "E2BIG", message: /8192 tokens/, requests: 1 },
  ],
  "a body that is too large": [refuses(413, "big"), { code: "E2BIG", message: /HTTP 413/, requests: 1 }],
  "another bad request": [
    refuses(400, { message: "tools are not supported" }),
    { code: "EIO", message: /HTTP 400: tools are not supported$/, hint: /as it is/, requests: 1 },
  ],
  "a redirect": [
    (response) => response.writeHead(307, { location: "http://127.0.0.1:1/elsewhere" }).end(),
    { code: "EUNAVAILABLE", message: /HTTP 307, a redirect/, hint: /base URL/, requests: 1 },
  ],
  "a web page": [web, { code: "EIO", message: /answered with a web page/, hint: /base URL/, requests: 1 }],
  "a JSON document that is no answer": [
    (response) => response.writeHead(200, { "content-type": "application/json" }).end('{"hello":1}'),
    { code: "EIO", message: /no answer: a chunk has no choices/, requests: 4 },
  ],
  "an error document with status 200": [
    refuses(200, { message: "no such model", code: 404 }),
    { code: "EUNAVAILABLE", message: /no such model/, requests: 1 },
  ],
  "an error in the stream that is final": [
    stream(event({ error: { message: "bad key", code: 401 } })),
    { code: "EUNAVAILABLE", message: /API key/, requests: 1 },
  ],
  "too much text": [
    stream(...Array.from({ length: 5 }, () => delta({ content: "x".repeat(1 << 20) }))),
    { code: "EIO", message: /sent too much: more than 4 MB/, requests: 1 },
  ],
  "too much in arguments": [
    stream(...Array.from({ length: 5 }, () => fragment(0, "x".repeat(1 << 20), "c", "t"))),
    { code: "EIO", message: /sent too much: more than 4 MB/, requests: 1 },
  ],
  "too many calls": [
    stream(...Array.from({ length: 129 }, (_, i) => fragment(i, "{}", `c${i}`, "t"))),
    { code: "EIO", message: /more than 128 tool calls/, requests: 1 },
  ],
  "one event without an end": [
    stream(...Array.from({ length: 9 }, () => "x".repeat(1 << 20))),
    { code: "EIO", message: /sent too much/, requests: 1 },
  ],
  "a stream that keeps itself alive for ever": [
    (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const timer = setInterval(() => response.write(": ping\n\n"), 10);
      response.on("close", () => clearInterval(timer));
    },
    { code: "EIO", message: /did not come to an end$/, requests: 1 },
    { limits: { totalMs: 1_000 } }, // long enough for a busy machine to take the request
  ],
};
for (const [name, [reply, expected, setup]] of Object.entries(final)) {
  test(`${name} is ${expected.code} at once`, async () => {
    await check(reply, expected, setup);
  });
}

test("what a provider says is shortened, in one line, visible, and without the key", async () => {
  const message = `a\n\u202eb\u200bc ${KEY} Authorization: Bearer abcdef123 sk-other-000 ${"z".repeat(500)}`;
  const result = await check(refuses(400, { message }), {
    code: "EIO",
    message: /HTTP 400: a b c \[key\]/,
    requests: 1,
  });
  assert.ok(result.message.length < 400);
  assert.doesNotMatch(result.message, /abcdef123|sk-other|[\n\u202e\u200b]/u);
});

test("a key that looks like nothing known is left out by its value", async () => {
  await using wire = await serve(refuses(400, { message: "your key is plain+key/1234" }));
  const { result } = await wire.ask({}, { key: "plain+key/1234" });
  assert.ok(isFault(result));
  assert.match(result.message, /HTTP 400: your key is \[key\]$/u);
});

test("a huge error body is not read to its end", async () => {
  let written = 0;
  const reply: Reply = (response) => {
    response.writeHead(400, { "content-type": "text/plain" });
    const more = () => {
      while (!response.destroyed && response.write("y".repeat(65536))) written += 65536;
    };
    response.on("drain", more);
    more();
  };
  await check(reply, { code: "EIO", message: /HTTP 400: y{300}$/, requests: 1 });
  assert.ok(written < 20 << 20, `${written} bytes were taken`);
});

test("a server that is not there is EUNAVAILABLE after four attempts", async () => {
  await using wire = await serve(says("fine"));
  const unused = createServer().listen(0, "127.0.0.1");
  await once(unused, "listening");
  const { port } = unused.address() as AddressInfo;
  unused.close();
  await once(unused, "close");
  const { result } = await wire.ask({}, { baseUrl: `http://127.0.0.1:${port}/v1` });
  assert.ok(isFault(result));
  assert.equal(result.code, "EUNAVAILABLE");
  assert.match(
    result.message,
    new RegExp(`^127\\.0\\.0\\.1:${port} cannot be reached: ECONNREFUSED \\(4 attempts\\)$`),
  );
  assert.deepEqual(wire.waits, [1000, 2000, 4000]);
});

for (const baseUrl of [
  "",
  "not a url",
  "file:///etc/passwd",
  "ftp://x/v1",
  `http://user:${KEY}@127.0.0.1/v1`,
  `http://${KEY}@127.0.0.1/v1`,
]) {
  test(`the base URL ${JSON.stringify(baseUrl.replace(KEY, "…"))} is refused before anything is sent`, async () => {
    await using wire = await serve(says("fine"));
    const { result } = await wire.ask({}, { baseUrl });
    assert.ok(isFault(result));
    assert.equal(result.code, "EUNAVAILABLE");
    assert.ok(!JSON.stringify(result).includes(KEY));
    assert.equal(wire.seen.length, 0);
  });
}

test("a key that no header can carry is refused without being quoted", async () => {
  await using wire = await serve(says("fine"));
  for (const key of [`${KEY}\nx-evil: 1`, `${KEY}é`, "two words"]) {
    const { result } = await wire.ask({}, { key });
    assert.ok(isFault(result));
    assert.equal(result.code, "EUNAVAILABLE");
    assert.ok(!JSON.stringify(result).includes(key.slice(0, 8)));
  }
  assert.equal(wire.seen.length, 0);
});

test("too large an answer closes the connection", async () => {
  let closed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (closed = resolve));
  const pieces = Array.from({ length: 5 }, () => delta({ content: "x".repeat(1 << 20) }));
  await using wire = await serve(hang(closed, ...pieces));
  const { result } = await wire.ask();
  assert.ok(isFault(result));
  await gone;
});
