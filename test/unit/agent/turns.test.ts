// From turn to turn: messages and interrupts that come while the model thinks, failing models, and slots.
import { queued } from "../../../src/kernel/state/unheard.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../../../src/abi/errors.ts";
import type { ModelRequest } from "../../../src/abi/model.ts";
import { started } from "../../support/gates.ts";
import { TestKernel } from "../../support/kernel.ts";
import { answerOf } from "../../support/kernel/turns.ts";

test("a message that comes while the model thinks waits for the next turn, and that turn reads it", async () => {
  const asked: ModelRequest[] = [];
  let answer: (text: string) => void = () => undefined;
  const k = await TestKernel.open({
    model: (request) => {
      asked.push(request);
      return new Promise((resolve) => (answer = (text) => resolve(answerOf(text))));
    },
  });
  k.launch([], { launch: { interactive: true } });
  await k.settle();
  assert.equal(queued(k.process(2)), 0, "the goal is no message");
  k.kernel.message(k.person, 2, "and this");
  assert.equal(queued(k.process(2)), 1);
  answer("first");
  await k.settle();
  assert.equal(queued(k.process(2)), 0);
  assert.deepEqual(
    asked[1]?.messages.map((m) => (m.role === "tool" ? "" : m.text)),
    ["work", "first", "and this"],
  );
  answer("second");
  await k.settle();
  assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["message"] }, "your turn");
  const again = await k.crash();
  assert.deepEqual(again.process(2).conversation, k.process(2).conversation);
});

test("an interrupt ends the model call with EINTR, and the message that came with it is read next (P44)", async () => {
  const asked: ModelRequest[] = [];
  const k = await TestKernel.open({
    model: (request, signal) => {
      asked.push(request);
      if (asked.length > 1) return Promise.resolve(answerOf("I heard you"));
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          resolve({ ok: false, code: "EINTR", message: "interrupted", hint: "" } satisfies Fault);
        });
      });
    },
  });
  k.launch([]);
  await k.settle();
  k.kernel.message(k.person, 2, "listen");
  k.kernel.signal(k.person, 2, "interrupt", "listen");
  await k.kernel.rest();
  assert.equal(asked.length, 2);
  assert.ok(asked[1]?.messages.some((m) => m.role === "user" && m.text === "listen"));
  assert.deepEqual(
    k.of("call.end").map((e) => [e.call, e.data.error?.code ?? "ok"]),
    [
      ["2.0", "EINTR"],
      ["2.0r1", "ok"],
    ],
  );
});

test("a model that fails for good stops its process until a person looks, and a retry goes on", async () => {
  let up = false;
  const k = await TestKernel.open({
    model: () =>
      Promise.resolve(
        up ? answerOf("hello") : { ok: false, code: "EIO", message: "the provider is down", hint: "" },
      ),
  });
  k.launch([], { launch: { interactive: true } });
  await k.kernel.rest();
  assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["model"] });
  assert.ok(k.of("process.block").at(-1)?.data.detail.includes("the provider is down"));
  up = true;
  k.kernel.retry(k.person, 2);
  await k.kernel.rest();
  assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["message"] }, "your turn");
  k.kernel.message(k.person, 2, "and now?");
  await k.settle();
  assert.equal(k.process(2).turns, 2, "the same process goes on");
});

test("a turn without calls ends a process that nobody talks with", async () => {
  const { k, launch } = await started(["the answer"]);
  await launch();
  assert.deepEqual([k.process(2).life.ended, k.process(2).result], ["finished", "the answer"]);
});

test("a long conversation is trimmed on record, and keeps its goal and whole entries", async () => {
  const asked: ModelRequest[] = [];
  const k = await TestKernel.open({
    model: (request) => {
      if (request.summary !== undefined) return Promise.resolve(answerOf("what was done"));
      asked.push(request);
      return Promise.resolve(
        answerOf(
          asked.length < 12
            ? [["put_object", { name: `n${asked.length}`, value: "v".repeat(60_000) }]]
            : "done",
        ),
      );
    },
  });
  k.launch([], { goal: "keep this in mind" });
  await k.kernel.rest();
  assert.ok(k.of("process.trim").length > 0);
  assert.ok(k.of("process.trim").every((t) => t.data.reason !== ""));
  for (const request of asked) {
    const [first] = request.messages;
    assert.ok(first?.role === "user" && first.text === "keep this in mind");
    const calls = request.messages.flatMap((m) => (m.role === "assistant" ? m.calls.map((c) => c.id) : []));
    const answers = request.messages.flatMap((m) => (m.role === "tool" ? [m.callId] : []));
    assert.deepEqual(calls, answers, "no answer without its call, no call without its answer");
    assert.ok(JSON.stringify(request.messages).length < 400_000);
  }
});

test("no more model calls run at once than there are slots, and none is starved", async () => {
  let now = 0;
  let most = 0;
  const k = await TestKernel.open({
    model: async (request) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return answerOf(request.turn < 3 ? [["tell_human", { message: "hi" }]] : "done");
    },
  });
  for (let i = 0; i < 12; i++) k.launch([]);
  await k.kernel.rest();
  assert.equal(most, 5);
  for (let pid = 2; pid < 14; pid++) assert.equal(k.process(pid).life.ended, "finished");
});
