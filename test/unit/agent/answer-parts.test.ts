// Parts of answers in the record: what a provider wants back is still there after a restart and in a fork, in bounds.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  boundAnswer,
  modelAnswerSchema,
  piecesInOrder,
  type AnswerMessage,
  type AnswerPart,
  type ModelAnswer,
  type ModelRequest,
} from "../../../src/abi/model.ts";
import { IMAGES } from "../../harness/images.ts";
import { ALL, at } from "../../support/gates.ts";
import { BOXES, TestKernel } from "../../support/kernel.ts";
import { answerOf } from "../../support/kernel/turns.ts";

const usage = { input: 10, output: 5 };
const extra = { extra_content: { google: { thought_signature: "AY89a18IwQs/==" } } };
const ANSWER: ModelAnswer = {
  text: "Now the other one.",
  reasoning: [
    { at: 0, text: "First.", signature: "EqQBCgIYAhIM+one/=" },
    { at: 0, text: "Then.", signature: "EqQBCgIYAhIM+two/=", field: "reasoning_content", extra: { id: "t" } },
  ],
  calls: [
    { id: "a", tool: "read_box", args: { at: at("a") }, extra },
    { id: "b", tool: "read_box", args: { at: at("b") } },
  ],
  parts: [
    { kind: "thought" },
    { kind: "call" },
    { kind: "thought" },
    { kind: "text", length: 18 },
    { kind: "block", block: { type: "server_tool_use", id: "s", input: { query: "é" } } },
    { kind: "call" },
  ],
  extra: { reasoning_details: [{ type: "reasoning.encrypted", data: "e1" }] },
  from: "test/one",
  usage,
  stop: "calls",
};
const SENT: AnswerMessage = {
  ...{ role: "assistant", text: ANSWER.text, calls: ANSWER.calls, reasoning: ANSWER.reasoning },
  ...{ parts: ANSWER.parts, extra: ANSWER.extra, from: ANSWER.from },
};
const FAMILY = new Map([...IMAGES, ["boxes", { ...BOXES, tools: [...BOXES.tools, "fork_agent"] }] as const]);

/** The first answer in each request. */
const firsts = (asked: readonly ModelRequest[]): unknown[] =>
  asked.flatMap(({ messages }) => messages.find((message) => message.role === "assistant") ?? []);

test("all parts of an answer are in the next request, after a restart too, and in a fork", async () => {
  const asked: ModelRequest[] = [];
  const k = await TestKernel.open({
    images: FAMILY,
    model: (request) => {
      asked.push(request);
      if (request.turn === 0) return Promise.resolve(ANSWER);
      return Promise.resolve(
        answerOf(request.pid === 2 && request.turn === 1 ? [["fork_agent", { goal: "b" }]] : "done"),
      );
    },
  });
  k.launch([...ALL, "allow:spawn:process:/children", "allow:execute:image:/boxes"], {
    launch: { interactive: true },
  });
  await k.kernel.rest();
  assert.ok(
    asked.some(({ pid }) => pid === 3),
    "there is a fork",
  );
  assert.deepEqual(
    new Set(firsts(asked).map((message) => JSON.stringify(message))),
    new Set([JSON.stringify(SENT)]),
  );
  asked.length = 0;
  const later = await k.crash();
  later.kernel.message(later.person, 2, "go on");
  await later.kernel.rest();
  assert.deepEqual(firsts(asked.filter(({ pid }) => pid === 2))[0], SENT);
});

test("the record keeps no opaque field beside arguments that it must not keep, and the run keeps all", async () => {
  const asked: ModelRequest[] = [];
  const args = { at: at(".env"), content: "KEY=value-123456" };
  const calls = [{ id: "a", tool: "write_box", args, extra: { copy: args } }];
  const answer: ModelAnswer = {
    text: "",
    calls,
    extra: { copy: args },
    from: "test/one",
    usage,
    stop: "calls",
  };
  const k = await TestKernel.open({
    model: (request) => {
      asked.push(request);
      return Promise.resolve(request.turn === 0 ? answer : answerOf("done"));
    },
  });
  k.launch(ALL);
  await k.kernel.rest();
  const recorded = JSON.stringify(k.of("call.end").find((end) => end.call === "2.0")?.data.value);
  assert.ok(recorded.includes('"write_box"') && !/value-123456|copy/u.test(recorded), recorded);
  if (asked.length > 1) assert.ok(JSON.stringify(firsts(asked)[0]).includes('"copy"'));
});

test("an answer of an earlier version is read as it was", () => {
  const old = {
    text: "hi",
    reasoning: [{ at: 0, text: "h", signature: "s" }],
    calls: [],
    usage,
    stop: "end",
  };
  assert.deepEqual(modelAnswerSchema.parse(old), old);
});

test("opaque fields that are too large or too deep stay out as a whole; the order and the rest stay", () => {
  let deep: Record<string, unknown> = {};
  for (let i = 0; i < 80; i++) deep = { deep };
  for (const large of [{ data: "x".repeat(1_000_001) }, deep]) {
    const bounded = boundAnswer({ ...ANSWER, extra: large });
    assert.equal(bounded.extra, undefined);
    assert.deepEqual(
      bounded.calls.map((call) => Object.keys(call)),
      [
        ["id", "tool", "args"],
        ["id", "tool", "args"],
      ],
    );
    assert.deepEqual(
      bounded.parts?.map((part) => part.kind),
      ["thought", "call", "thought", "text", "call"],
    );
    assert.equal(bounded.reasoning?.[1]?.signature, ANSWER.reasoning?.[1]?.signature);
  }
  assert.deepEqual(boundAnswer(ANSWER), ANSWER);
  const long = boundAnswer({ ...ANSWER, text: "x".repeat(1_000_001) });
  assert.deepEqual([long.text.length, long.reasoning, long.parts], [1_000_000, undefined, undefined]);
});

test("whatever an order says, no text, thought or call is lost or doubled", () => {
  const part: fc.Arbitrary<AnswerPart> = fc.oneof(
    fc.record({ kind: fc.constant("text" as const), length: fc.nat(6) }),
    fc.record({ kind: fc.constantFrom("thought" as const, "call" as const) }),
    fc.record({ kind: fc.constant("block" as const), block: fc.constant({ type: "x" }) }),
  );
  const message = fc.record({
    text: fc.string({ maxLength: 12 }),
    thoughts: fc.nat(3),
    calls: fc.nat(3),
    parts: fc.option(fc.array(part, { maxLength: 8 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(message, ({ text, thoughts, calls, parts }) => {
      const pieces = piecesInOrder({
        ...{ role: "assistant", text, parts },
        reasoning: Array.from({ length: thoughts }, (_, at) => ({ at: at * 3, text: `${at}` })),
        calls: Array.from({ length: calls }, (_, at) => ({ id: `${at}`, tool: "t", args: {} })),
      });
      assert.equal(pieces.map((piece) => (piece.kind === "text" ? piece.text : "")).join(""), text);
      const ids = pieces.flatMap((piece) => (piece.kind === "call" ? [piece.call.id] : []));
      assert.deepEqual(
        ids,
        Array.from({ length: calls }, (_, at) => `${at}`),
      );
      const seen = pieces.flatMap((piece) => (piece.kind === "thought" ? [piece.thought.text] : []));
      assert.deepEqual(
        seen,
        Array.from({ length: seen.length }, (_, at) => `${at}`),
        "in their order, once",
      );
      if (parts === undefined) assert.equal(seen.length, thoughts);
    }),
  );
});
