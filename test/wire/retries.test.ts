// Temporary failures of providers: what is tried again, how often, and what an interrupt ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../src/abi/errors.ts";
import { STARTS_AGAIN } from "../../src/host/node/models/exchange.ts";
import { realPace } from "../../src/host/node/models/retry.ts";
import { check } from "./check.ts";
import {
  cut,
  delta,
  DONE,
  event,
  fragment,
  hang,
  refuses,
  ROLE,
  says,
  serve,
  STOP,
  stream,
  USAGE,
  type Reply,
  type Setup,
} from "./server.ts";

const good = { text: "fine", calls: [], usage: { input: 31, output: 7 }, stop: "end" };
const fine = says("fine");

const retried: Record<string, { replies: Reply[]; waits: number[]; streamed?: string }> = {
  "429 with Retry-After in seconds": {
    replies: [refuses(429, { message: "slow down" }, { "retry-after": "7" }), fine],
    waits: [7000],
  },
  "429 with Retry-After as a date": {
    replies: [refuses(429, "slow", { "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" }), fine],
    waits: [9000],
  },
  "429 with a Retry-After that says nothing": {
    replies: [refuses(429, "slow", { "retry-after": "soon" }), fine],
    waits: [1000],
  },
  "500, 502, 503": {
    replies: [refuses(500, { message: "oops" }), refuses(502, "<html>bad"), refuses(503, ""), fine],
    waits: [1000, 2000, 4000],
  },
  "a connection reset before the head": {
    replies: [(response) => response.socket?.resetAndDestroy(), fine],
    waits: [1000],
  },
  "a stream cut before the first delta": { replies: [cut(ROLE), fine], waits: [1000] },
  "a stream cut after the first delta": {
    replies: [cut(ROLE, delta({ content: "fi" })), fine],
    waits: [1000],
    streamed: `fi${STARTS_AGAIN}fine`,
  },
  "a stream ended in the middle of a tool call": {
    replies: [stream(fragment(0, '{"path":', "c", "read_file")), fine],
    waits: [1000],
  },
  "a stream ended in the middle of an event": {
    replies: [stream(ROLE, delta({ content: "fi" }).slice(0, -20)), fine],
    waits: [1000],
  },
  "a malformed chunk": { replies: [stream(ROLE, "data: {not json\n\n", STOP, DONE), fine], waits: [1000] },
  "an error inside the stream": {
    replies: [stream(ROLE, event({ error: { message: "overloaded", code: 503 } })), fine],
    waits: [1000],
  },
  "empty choices": { replies: [stream(event({ choices: [] }), USAGE, DONE), fine], waits: [1000] },
  "silence in the middle": {
    replies: [hang(() => undefined, ROLE, delta({ content: "f" })), fine],
    waits: [1000],
    streamed: `f${STARTS_AGAIN}fine`,
  },
};
for (const [name, { replies, waits, streamed }] of Object.entries(retried)) {
  test(`${name} is tried again, and only the answer that came whole counts`, async () => {
    await using wire = await serve(...replies);
    const asked = await wire.ask({}, { limits: { idleMs: 100 } });
    assert.deepEqual(asked.result, good);
    assert.deepEqual(wire.waits, waits);
    assert.equal(asked.streamed, streamed ?? "fine");
    assert.equal(wire.seen.length, replies.length);
    assert.equal(new Set(wire.seen.map((seen) => seen.body)).size, 1, "every attempt asks the same");
  });
}

const lasting: Record<string, [Reply, RegExp]> = {
  "500 for ever": [refuses(500, { message: "oops" }), /answered HTTP 500: oops \(4 attempts\)/],
  "429 for ever": [refuses(429, { message: "slow down" }), /HTTP 429: slow down \(4 attempts\)/],
  "a stream always cut": [cut(ROLE, delta({ content: "x" })), /failed: [A-Z_]+ \(4 attempts\)/],
  "a stream always ended early": [
    stream(delta({ content: "x" })),
    /broke off in the middle of an answer \(4/,
  ],
  "empty choices": [stream(event({ choices: [] }), DONE), /ended the stream without an answer \(4/],
  "an empty body": [stream(), /ended the stream without an answer \(4/],
  "only [DONE]": [stream(DONE), /ended the stream without an answer \(4/],
  "a malformed chunk": [stream("data: {\n\n"), /no answer: a chunk is not JSON \(4/],
  "a chunk that is a number": [stream(event(3)), /no answer: a chunk has no choices \(4/],
  "a chunk without choices": [stream(event({ hello: 1 })), /no answer: a chunk has no choices \(4/],
  "content that is no text": [stream(delta({ content: 5 })), /no answer: content is not text \(4/],
  "tool calls that are no list": [
    stream(delta({ tool_calls: "x" })),
    /no answer: tool_calls is not a list \(4/,
  ],
  "arguments that are no text": [
    stream(delta({ tool_calls: [{ index: 0, function: { name: "t", arguments: 7 } }] })),
    /no answer: arguments is not text \(4/,
  ],
  "binary noise": [
    stream(Uint8Array.from({ length: 999 }, (_, i) => (i * 89) % 256)),
    /without an answer \(4/,
  ],
  "an error inside the stream": [stream(event({ error: "broken" })), /HTTP 502: broken \(4 attempts\)/],
};
for (const [name, [reply, message]] of Object.entries(lasting)) {
  test(`${name} is EIO after four attempts`, async () => {
    await check(reply, { code: "EIO", message, requests: 4 });
  });
}

test("a wait longer than a minute is not made", async () => {
  const reply = refuses(429, { message: "later" }, { "retry-after": "3600" });
  await check(reply, { code: "EIO", message: /HTTP 429: later$/, hint: /3600 seconds/, requests: 1 });
});

test("silence before the first byte is EIO after four attempts", async () => {
  const expected = { code: "EIO", message: /fell silent \(4 attempts\)/, requests: 4 } as const;
  await check(() => undefined, expected, { limits: { firstMs: 60 } });
});

/** Interrupts while the server does `reply`, and measures until both the caller and the server know. */
async function interruptDuring(reply: (closed: () => void) => Reply, after: (stop: () => void) => Setup) {
  let closed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (closed = resolve));
  await using wire = await serve(reply(closed));
  const stop = new AbortController();
  let began = 0;
  const setup = after(() => {
    began = performance.now();
    stop.abort();
  });
  const { result } = await wire.ask({}, { signal: stop.signal, ...setup });
  await gone;
  assert.ok(isFault(result));
  assert.equal(result.code, "EINTR");
  assert.ok(performance.now() - began < 1000, "within a second");
  assert.equal(wire.seen.length, 1);
}

test("an interrupt in the middle of a stream is EINTR and the server sees the connection close", () =>
  interruptDuring(
    (closed) => hang(closed, ROLE, delta({ content: "slow" })),
    (stop) => ({ onText: stop }),
  ));

test("an interrupt before the first byte is EINTR and the server sees the connection close", () =>
  interruptDuring(
    (closed) => (response) => response.once("close", closed),
    (stop) => {
      setTimeout(stop, 50);
      return {};
    },
  ));

test("an interrupt during the wait before a retry is EINTR, and nothing is sent again", async () => {
  await using wire = await serve(refuses(500, "no"));
  const stop = new AbortController();
  const wait = (signal: AbortSignal) => {
    setImmediate(() => stop.abort());
    return realPace.wait(60_000, signal);
  };
  const { result } = await wire.ask({}, { signal: stop.signal, wait });
  assert.ok(isFault(result));
  assert.equal(result.code, "EINTR");
  assert.equal(wire.seen.length, 1);
});

test("an interrupt before the call sends nothing", async () => {
  await using wire = await serve(fine);
  const { result } = await wire.ask({}, { signal: AbortSignal.abort() });
  assert.ok(isFault(result));
  assert.equal(result.code, "EINTR");
  assert.equal(wire.seen.length, 0);
});
