// Too long: a refused conversation gets smaller and is sent again, what cannot leave is shortened, and counts are learned.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, type Fault } from "../../../src/abi/errors.ts";
import type { ModelRequest } from "../../../src/abi/model.ts";
import { estimateTokens } from "../../../src/abi/size.ts";
import { worldWith } from "../../support/box.ts";
import { TestKernel, type Setup } from "../../support/kernel.ts";
import { answerOf, type Turn } from "../../support/kernel/turns.ts";
import { textOf } from "../../support/long.ts";

/** A provider whose real window is smaller than everybody believes. It counts as we do, times `ratio`. */
function provider(
  window: number,
  script: (turn: number) => Turn,
  { ratio = 1, tells = false, counts = false } = {},
) {
  const seen: { request: ModelRequest; tokens: number; refused: boolean }[] = [];
  const model = (request: ModelRequest): Promise<ReturnType<typeof answerOf> | Fault> => {
    const tokens = Math.ceil(estimateTokens(textOf(request) + JSON.stringify(request.tools)) * ratio);
    const refused = tokens > window;
    seen.push({ request, tokens, refused });
    const told = tells ? { tokens: { window, input: tokens } } : {};
    if (refused) return Promise.resolve({ ...fault("E2BIG", "too long", "Leave parts out."), ...told });
    const answer = answerOf(request.summary === undefined ? script(request.turn) : "the summary");
    return Promise.resolve(counts ? { ...answer, usage: { input: tokens, output: 5 } } : answer);
  };
  return { seen, model };
}

const note = (n: number, size = 8_000, text = "x"): Turn => [
  ["put_object", { name: `n${n}`, value: text.repeat(size) }],
];

async function run(model: NonNullable<Setup["model"]>, more: Setup = {}) {
  const k = await TestKernel.open({ window: 100_000, ...more, model });
  k.launch([], { goal: "keep this in mind" });
  await k.kernel.rest();
  return k;
}

for (const tells of [false, true])
  test(`a refusal as too long lets parts leave and sends again${tells ? ", as the provider counts" : ""}`, async () => {
    const { seen, model } = provider(12_000, (turn) => (turn < 10 ? note(turn) : "done"), { tells });
    const k = await run(model);
    assert.equal(k.process(2).life.ended, "finished");
    const refused = seen.filter((each) => each.refused);
    assert.ok(refused.length >= 1 && refused.length <= (tells ? 2 : 4), `${refused.length} refusals`);
    assert.ok(k.of("process.trim").length > 0);
    assert.ok(
      seen.every(
        ({ request }) => request.summary !== undefined || textOf(request).includes("keep this in mind"),
      ),
    );
    const paid = k.of("call.end").filter((e) => e.data.error?.code === "E2BIG");
    assert.ok(
      paid.every((e) => e.data.used.tokens === 0 && e.data.used.modelCalls === 1),
      "nothing is paid for them",
    );
  });

test("an agent that was stuck on it goes on when it is resumed", async () => {
  const { model } = provider(12_000, (turn) => (turn < 4 ? note(turn) : "done"));
  let stubborn = true;
  const k = await run((request) =>
    stubborn && request.turn === 4
      ? Promise.resolve(fault("EIO", "too long, in words that nobody knows", ""))
      : model(request),
  );
  assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["model"] });
  stubborn = false;
  const next = await k.crash(Infinity, { model });
  next.kernel.retry(next.person, 2);
  await next.kernel.rest();
  assert.equal(next.process(2).life.ended, "finished");
});

test("a conversation that cannot get smaller ends in a stop, after few tries", async () => {
  const { seen, model } = provider(10, () => "done");
  const k = await run(model);
  assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["model"] });
  assert.match(k.process(2).reason ?? "", /^E2BIG/u);
  assert.ok(seen.length <= 3, `${seen.length} calls`);
});

test("one turn larger than the window is shortened, says so, and shows the beginning of each result", async () => {
  const big = (n: number): Turn[number] =>
    ["put_object", { name: `n${n}`, value: `${n}`.repeat(40_000) }] as never;
  const get = (n: number): readonly [string, unknown] => ["get_object", { name: `n${n}` }];
  const script = (turn: number): Turn =>
    turn < 4
      ? ([big(turn)] as Turn)
      : turn === 4
        ? [get(0), get(1), get(2), get(3), ["list_objects", {}]]
        : "done";
  const { seen, model } = provider(20_000, script);
  const k = await run(model, { window: 20_000 });
  assert.equal(k.process(2).life.ended, "finished");
  assert.equal(seen.filter((each) => each.refused).length, 0, "nothing too long is sent");
  const results = seen.at(-1)?.request.messages.flatMap((m) => (m.role === "tool" ? [m.content] : [])) ?? [];
  assert.equal(results.length, 5);
  for (const text of results.slice(0, 4)) {
    assert.match(
      text,
      /^\(The first \d+ of \d+ characters\. get_object with the name result:4\.\d and from \d+ reads on/u,
    );
    assert.ok(text.length > 4_000, "as much as fits");
  }
  assert.ok(!results[4]?.startsWith("(The first"), "a short one stays whole");
});

test("text of another script leaves in time, and its summary request fits", async () => {
  const { seen, model } = provider(16_000, (turn) => (turn < 12 ? note(turn, 3_000, "中") : "done"));
  const k = await run(model, { window: 16_000 });
  assert.equal(k.process(2).life.ended, "finished");
  assert.equal(seen.filter((each) => each.refused).length, 0);
  const asked = seen.filter(({ request }) => request.summary !== undefined);
  assert.ok(asked.length > 0 && asked.every(({ tokens }) => tokens < 16_000));
});

test("the provider's own counts correct the estimate: its refusals end with its first count", async () => {
  const script = (turn: number): Turn => (turn < 14 ? note(turn, 6_000) : "done");
  const plain = provider(30_000, script, { ratio: 2.5 });
  await run(plain.model, { window: 30_000 });
  assert.ok(
    plain.seen.some((each) => each.refused),
    "without counts it finds out by a refusal",
  );
  const counting = provider(30_000, script, { ratio: 2.5, counts: true });
  const k = await run(counting.model, { window: 30_000 });
  assert.equal(k.process(2).life.ended, "finished");
  assert.equal(counting.seen.filter((each) => each.refused).length, 0);
  assert.ok(k.of("process.trim").length > 0);
});

test("a count that cannot be that of the whole request teaches nothing", async () => {
  const { seen, model } = provider(100_000, (turn) => (turn < 6 ? note(turn) : "done"));
  // The usage of these answers is ten tokens, as a server with a cache tells it that counts new tokens alone.
  const k = await run(model, { window: 9_000 });
  assert.equal(k.process(2).life.ended, "finished");
  assert.ok(
    seen.every(({ tokens }) => tokens < 9_000),
    "the window is still kept",
  );
});

test("the rest of a result that was shortened is read on by its name, until its end", async () => {
  const value = Array.from({ length: 30_000 }, (_, i) => `${i}🙂`).join(" ");
  const parts: string[] = [];
  const k = await TestKernel.open({
    window: 500_000,
    world: worldWith("fs:/app/a", value),
    model: ({ messages }) => {
      const last = messages.at(-1);
      const text = last?.role === "tool" ? last.content : "";
      if (text === "") return Promise.resolve(answerOf([["read_box", { at: "fs:/app/a" }]]));
      const [head = "", body = ""] = text.startsWith("(text")
        ? text.split(/\n(?!\()/u, 2)
        : text.split("\n", 2);
      parts.push(body);
      const [, next] = /from (\d+)/u.exec(head) ?? [];
      const args = { name: "result:0.0", from: next };
      return Promise.resolve(answerOf(next === undefined ? "done" : [["get_object", args]]));
    },
  });
  k.launch(["allow:read:fs:/app/**"]);
  await k.kernel.rest();
  assert.ok(parts.length > 2 && parts.every((part) => part.isWellFormed()));
  assert.equal(parts.join(""), JSON.stringify({ content: value }));
  const read = (name: string) => k.kernel.operations.get("object.put")?.decode({ name, value: 1 });
  assert.ok(read("result:0.0") !== undefined);
});

test("an answer that was cut because the window was full lets parts leave before it goes on", async () => {
  const window = 12_000;
  const sizes: number[] = [];
  const k = await TestKernel.open({
    window,
    model: (request) => {
      if (request.summary !== undefined) return Promise.resolve(answerOf("the summary"));
      const input = estimateTokens(textOf(request) + JSON.stringify(request.tools));
      sizes.push(input);
      if (request.turn < 4)
        return Promise.resolve({ ...answerOf(note(request.turn)), usage: { input, output: 5 } });
      if (input < 9_000) return Promise.resolve({ ...answerOf("done"), usage: { input, output: 5 } });
      // The server gives what is left of the window, which is no answer.
      const usage = { input, output: window - input };
      return Promise.resolve({ text: "I", calls: [], usage, stop: "length" });
    },
  });
  k.launch([]);
  await k.kernel.rest();
  assert.ok((sizes.at(-2) ?? 0) >= 9_000 && (sizes.at(-1) ?? 0) < 9_000, sizes.join());
  assert.deepEqual([k.process(2).life.ended, k.process(2).result], ["finished", "Idone"]);
});
