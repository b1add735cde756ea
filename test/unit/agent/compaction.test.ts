// Compaction: what leaves a conversation stands in it as a summary, made once, whatever cuts in, and stays readable.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../src/abi/errors.ts";
import type { ModelRequest } from "../../../src/abi/model.ts";
import { hangs, long, summed, textOf } from "../../support/long.ts";

const summaries = (asked: readonly ModelRequest[]) => asked.filter((r) => r.summary !== undefined);

test("several compactions in a row make versions of one summary, each made of the one before (P60)", async () => {
  const { k, asked } = await long({ length: 30 });
  k.launch([], { goal: "keep this in mind" });
  await k.kernel.rest();
  const trims = k.of("process.trim");
  assert.ok(trims.length >= 3, `${trims.length} compactions`);
  assert.equal(k.process(2).life.ended, "finished");
  const puts = k.of("object.put").filter((p) => p.data.type === "summary");
  for (const [nth, { data, call }] of trims.entries()) {
    const named = { namespace: "p2", name: "conversation-summary", version: nth + 1 };
    assert.deepEqual(data.summary, { ...named, to: data.from });
    assert.equal(puts[nth]?.data.value, summed(2, nth));
    const turns = { pid: 2, first: 0, last: data.from - 2 };
    const before = nth === 0 ? [] : [{ ...named, version: nth }];
    assert.deepEqual(puts[nth]?.data.from, [turns, ...before], "it says which turns it stands for");
    assert.equal(call, puts[nth]?.data.call);
  }
  const ends = k.of("call.end").filter((e) => e.call !== undefined && /s\d+$/u.test(e.call));
  assert.deepEqual(
    ends.map((e) => [e.data.op, e.data.outcome, e.data.used.modelCalls, e.data.used.tokens]),
    trims.map(() => ["model.call", "ok", 1, 15]),
  );
  for (const request of asked) {
    assert.ok(textOf(request).length < 40_000, "no request is larger than the window");
    const [first, gap] = request.messages;
    if (request.summary !== undefined) {
      assert.deepEqual(request.tools, []);
      const { nth } = request.summary;
      assert.ok(first?.role === "user" && first.text.startsWith("Goal: keep this in mind"));
      assert.equal(first.text.includes(summed(2, nth - 1)), nth > 0);
      continue;
    }
    assert.ok(first?.role === "user" && first.text === "keep this in mind");
    const made = asked.slice(0, asked.indexOf(request)).filter((r) => r.summary !== undefined).length;
    if (made === 0) continue;
    assert.ok(gap?.role === "user" && gap.text.endsWith(`\n\n${summed(2, made - 1)}`));
    const to = trims[made - 1]?.data.from ?? 0;
    assert.ok(gap.text.startsWith(`(Left out here: turns 1 to ${to - 1}. This is their summary`), gap.text);
    assert.ok(gap.text.includes(`object "conversation-summary" version ${made}; it is data`));
  }
});

test("each part of the conversation is in exactly one request for a summary, and the original can be read", async () => {
  const read: unknown[] = [];
  const { k, asked } = await long({
    length: 18,
    script: (_, turn) =>
      turn === 17
        ? [
            ["get_object", { name: "said:2" }],
            ["get_object", { name: "said:99" }],
          ]
        : undefined,
  });
  k.launch([]);
  await k.kernel.rest();
  const left = k.of("process.trim").at(-1)?.data.from ?? 0;
  const told = summaries(asked).map(textOf).join("\n");
  for (let turn = 0; turn < left - 1; turn++)
    assert.equal(told.split(`v${turn} xx`).length, 2, `turn ${turn}`);
  // They run beside each other, so either may end first.
  const ends = k.of("call.end").filter((end) => end.data.op === "object.get");
  for (const end of ends.toSorted((a, b) => ((a.call ?? "") < (b.call ?? "") ? -1 : 1)))
    read.push(end.data.value ?? end.data.error?.code);
  const [original, none] = read;
  assert.ok(
    JSON.stringify(original).includes(`Turn 2: \\n- put_object {\\"name\\":\\"n1\\"`),
    JSON.stringify(original).slice(0, 200),
  );
  assert.equal(none, "ENOENT");
});

const FAILS: [
  name: string,
  sumUp: (r: ModelRequest) => Promise<string | ReturnType<typeof fault>>,
  why: string,
][] = [
  ["fails", () => Promise.resolve(fault("EIO", "the line is dead")), "EIO: the line is dead"],
  ["comes back empty", () => Promise.resolve("  \n"), "EIO: The summary came back empty."],
];
for (const [name, sumUp, why] of FAILS) {
  test(`a summary that ${name} is asked for once: the part leaves without one, and the next stands for it too (P60)`, async () => {
    const { k, asked } = await long({
      length: 20,
      sumUp: (r) => (r.summary?.nth === 0 ? sumUp(r) : Promise.resolve("whole again")),
    });
    k.launch([]);
    await k.kernel.rest();
    assert.equal(k.process(2).life.ended, "finished");
    const [first, second] = k.of("process.trim");
    assert.ok(first?.data.reason.endsWith(`no summary: ${why}`), first?.data.reason);
    assert.equal(first?.data.summary, undefined);
    assert.equal(second?.data.summary?.version, 1);
    assert.equal(summaries(asked).length, k.of("process.trim").length);
    assert.ok(
      textOf(summaries(asked)[1] as ModelRequest).includes("v0 xx"),
      "what had left without a summary",
    );
    const next = asked[asked.findIndex((r) => r.summary !== undefined) + 1];
    assert.ok(next && textOf(next).includes("An earlier part of this conversation was left out."));
  });
}

test("a summary beyond the budget is refused without asking anybody; the next turn asks as any does", async () => {
  const whole = await long({ length: 9 });
  whole.k.launch([]);
  await whole.k.kernel.rest();
  const modelCalls = whole.asked.findIndex((r) => r.summary !== undefined);
  const { k, asked } = await long({ length: 9 });
  k.launch([], { budget: { modelCalls } });
  await k.kernel.rest();
  const [trim] = k.of("process.trim");
  assert.match(trim?.data.reason ?? "", /no summary: EDQUOT/u);
  assert.equal(k.question.kind, "budget");
  assert.ok((k.of("question.open")[0]?.seq ?? 0) > (trim?.seq ?? Infinity), "not for the summary");
  k.answer();
  await k.kernel.rest();
  assert.equal(k.process(2).life.ended, "finished");
  assert.equal(summaries(asked).length, 0);
});

test("without the right to its own objects the part leaves without a summary (P60)", async () => {
  const { k, asked } = await long({
    policy: [
      { effect: "deny", rights: ["write"], resource: "object:/p2/conversation-summary", reason: "none" },
    ],
  });
  k.launch([]);
  await k.kernel.rest();
  assert.equal(summaries(asked).length, 0, "the door refuses it before a model is asked");
  assert.match(k.of("process.trim")[0]?.data.reason ?? "", /no summary: EACCES/u);
  assert.equal(k.process(2).life.ended, "finished");
});

test("a crash at any record of a compaction loses nothing and asks for nothing twice", async () => {
  const { k } = await long({ length: 9 });
  k.launch([]);
  await k.kernel.rest();
  const about = (call: string | undefined): boolean =>
    call === "2.7s0" || call === k.of("process.trim")[0]?.call;
  const seqs = k.records
    .filter((r) => about(r.call) || (r.kind === "object.put" && r.data.type === "summary"))
    .map((r) => r.seq);
  assert.ok(seqs.length >= 5, `${seqs.length} records`);
  const [begin] = seqs;
  // One tick wrote what it did, so a crash keeps all of that or none.
  const did = k.of("call.did").find((d) => about(d.call))?.seq ?? 0;
  for (const cut of [begin, did, seqs.at(-1)]) {
    const { k: next, asked } = await long({
      ...k.setup,
      length: 9,
      records: k.records.filter((r) => r.seq <= (cut ?? 0)),
    });
    await next.kernel.rest();
    assert.equal(next.process(2).life.ended, "finished");
    assert.equal(next.of("process.trim").length, 1, `cut at ${cut}`);
    assert.equal(next.of("object.put").filter((p) => p.data.type === "summary").length, 1);
    assert.equal(next.of("call.begin").filter((b) => about(b.call)).length, 1, "under the same begin");
    assert.equal(next.of("call.end").filter((e) => about(e.call)).length, 1);
    assert.equal(summaries(asked).length, cut === begin ? 1 : 0);
    assert.equal(next.process(2).reserved.tokens, 0);
  }
});

test("what a crash left of a compaction is what goes on, though more was said meanwhile", async () => {
  const { k } = await long({ length: 9, sumUp: (_, signal) => hangs(signal) });
  k.launch([]);
  await k.settle();
  const begin = k.of("call.begin").at(-1);
  assert.ok(begin?.call !== undefined && /s0$/u.test(begin.call));
  k.kernel.message(k.person, 2, `and this: ${"z".repeat(9_000)}`);
  const { k: next } = await long({ length: 9, records: structuredClone([...k.records]) });
  await next.kernel.rest();
  assert.equal(next.of("call.end").filter((e) => e.call === begin.call).length, 1);
  assert.equal(next.of("call.end").find((e) => e.call === begin.call)?.data.outcome, "ok");
  assert.deepEqual(next.of("process.trim")[0]?.call, begin.call);
});

test("a reload in the middle asks for the summary again under the same name", async () => {
  const { k } = await long({ length: 9, sumUp: (_, signal) => hangs(signal) });
  k.launch([]);
  await k.settle();
  await k.kernel.stop();
  assert.equal(k.of("process.trim").length, 0);
  const { k: next, asked } = await long({ length: 9, records: structuredClone([...k.records]) });
  await next.kernel.rest();
  assert.equal(summaries(asked).length, 1);
  assert.equal(next.of("process.trim").length, 1);
  assert.equal(next.process(2).life.ended, "finished");
});

test("an interrupted summary is asked for again, under another name; the message is heard", async () => {
  let hang = true;
  const { k, asked } = await long({
    length: 9,
    sumUp: (_, signal) => (hang ? hangs(signal) : Promise.resolve("then")),
  });
  k.launch([]);
  await k.settle();
  hang = false;
  k.kernel.message(k.person, 2, "listen");
  k.kernel.signal(k.person, 2, "interrupt", "a person speaks");
  await k.kernel.rest();
  assert.equal(summaries(asked).length, 2);
  const names = k
    .of("call.end")
    .flatMap((e) =>
      e.call !== undefined && /s\d+$/u.test(e.call) ? [[e.call.slice(-2), e.data.outcome]] : [],
    );
  assert.deepEqual(names, [
    ["s0", "error"],
    ["s1", "ok"],
  ]);
  assert.equal(k.of("process.trim").length, 1);
  assert.ok(asked.slice(-2).every((r) => textOf(r).includes("listen")));
});

test("paused meanwhile, the summary is kept and nothing more is asked; killed, nothing is kept", async () => {
  for (const signal of ["pause", "kill"] as const) {
    let answer = (_: string): void => undefined;
    const { k, asked } = await long({ length: 9, sumUp: () => new Promise((resolve) => (answer = resolve)) });
    k.launch([]);
    await k.settle();
    k.kernel.signal(k.person, 2, signal, "enough");
    const before = asked.length;
    answer("late");
    await k.settle();
    assert.equal(asked.length, before);
    assert.equal(k.of("process.trim").length, signal === "pause" ? 1 : 0);
    assert.equal(k.kernel.state.open.size, 0);
    assert.equal(k.process(2).reserved.tokens, 0);
  }
});
