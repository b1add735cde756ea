// Why an answer ended: only one that came to its end finishes an agent; the model is asked again, bounded, and then a person.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelAnswer, ModelRequest } from "../../../src/abi/model.ts";
import { worldWith } from "../../support/box.ts";
import { BOXES, TestKernel, type Setup } from "../../support/kernel.ts";
import { answerOf } from "../../support/kernel/turns.ts";

const usage = { input: 10, output: 5 };

/** An answer without calls that stopped for a reason. */
function stopped(stop: ModelAnswer["stop"], text: string, stopReason?: string): ModelAnswer {
  return { text, calls: [], usage, stop, ...(stopReason === undefined ? {} : { stopReason }) };
}

/** Runs one agent over these answers; beyond them the last one is given again. */
async function play(answers: readonly ModelAnswer[], setup: Setup = {}, interactive = false) {
  const asked: ModelRequest[] = [];
  const left = [...answers];
  const k = await TestKernel.open({
    ...setup,
    model: (request) => {
      asked.push(request);
      const answer = left.length > 1 ? left.shift() : left[0];
      return Promise.resolve(answer ?? answerOf("done"));
    },
  });
  k.launch(["allow:read,write:fs:/app/**"], { launch: { interactive } });
  await k.kernel.rest();
  const last = (request: ModelRequest | undefined): string => {
    const message = request?.messages.at(-1);
    return message === undefined ? "" : message.role === "tool" ? message.content : message.text;
  };
  return { k, asked, last, agent: k.process(2) };
}

const CALL = '<tool_call>{"name":"rm","arguments":{}}</tool_call>';
const NEVER: readonly (readonly [
  name: string,
  answer: ModelAnswer,
  calls: number,
  why: RegExp,
  tells: RegExp,
])[] = [
  [
    "cut at its length limit",
    stopped("length", "I will now ed"),
    4,
    /cut at the length limit/u,
    /Go on exactly where/u,
  ],
  [
    "stopped by a filter",
    stopped("filter", "Well", "content_filter"),
    2,
    /filter .*\(content_filter\)/u,
    /filter/u,
  ],
  [
    "stopped for an unknown reason",
    stopped("other", "Well", "pause_turn"),
    2,
    /before their end \(pause_turn\)/u,
    /stopped/u,
  ],
  ["empty", stopped("end", " \n"), 3, /are empty/u, /was empty/u],
  ["a call that is none", stopped("end", CALL), 3, /calls as text/u, /tool call as text/u],
];
for (const interactive of [false, true])
  for (const [name, answer, calls, why, tells] of NEVER)
    test(`an answer that is ${name} never ends ${interactive ? "a turn" : "an agent"}: it is asked for ${calls} times, then a person looks`, async () => {
      const { k, asked, last, agent } = await play([answer], {}, interactive);
      assert.equal(asked.length, calls);
      assert.match(last(asked[1]), tells);
      assert.equal(agent.life.ended, undefined);
      assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["model"] });
      assert.match(agent.reason ?? "", why);
      assert.match(agent.reason ?? "", new RegExp(`${calls} times in a row$`, "u"));
      k.kernel.retry(k.person, 2);
      await k.kernel.rest();
      assert.equal(asked.length, calls + 1, "a retry asks once more");
      assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["model"] });
    });

test("an answer that was cut goes on, and the result is the whole text", async () => {
  const { agent, asked } = await play([
    stopped("length", "one "),
    stopped("length", "two "),
    answerOf("three"),
  ]);
  assert.deepEqual([agent.life.ended, agent.result, asked.length], ["finished", "one two three", 3]);
});

test("an answer that is whole after another kind of fault is the result alone", async () => {
  const { agent } = await play([stopped("filter", "I can"), answerOf("here it is")]);
  assert.deepEqual([agent.life.ended, agent.result], ["finished", "here it is"]);
});

test("a call between two cut answers starts the count anew", async () => {
  const cut = stopped("length", "and");
  const call = answerOf([["tell_human", { message: "hi" }]]);
  const { agent, asked } = await play([cut, cut, cut, call, cut, cut, cut, answerOf("done")]);
  assert.deepEqual([agent.life.ended, asked.length], ["finished", 8]);
});

test("what the model was told is on record, and a crash in the middle asks no more often", async () => {
  const { k, asked } = await play([stopped("length", "one "), answerOf("two")]);
  const told = k.of("process.message");
  assert.deepEqual(
    told.map((m) => m.data.by),
    ["kernel"],
  );
  const again = await k.crash(told[0]?.seq, { model: () => Promise.resolve(answerOf("three")) });
  await again.kernel.rest();
  assert.deepEqual([again.process(2).result, again.of("process.message").length], ["one three", 1]);
  assert.equal(asked.length, 2);
});

test("an agent whose answers come from a script ends with the script", async () => {
  const k = await TestKernel.open({ model: () => Promise.resolve(answerOf("")) });
  k.launch([], { launch: { interactive: false, script: { turns: [] } } });
  await k.kernel.rest();
  assert.equal(k.process(2).life.ended, "finished");
  assert.equal(k.of("process.message").length, 0);
});

test("a written call is a call: on record with its text, judged and run like any other", async () => {
  const text = 'I read it.\n<tool_call>\n{"name":"read_box","arguments":{"at":"fs:/app/a"}}\n</tool_call>';
  const { k, agent, asked } = await play([stopped("end", text), answerOf("done")]);
  assert.equal(k.of("call.end").find((e) => e.call === "2.0.0")?.data.op, "box.read");
  const answer = k.of("call.end").find((e) => e.call === "2.0")?.data.value as ModelAnswer;
  assert.deepEqual([answer.text, answer.stop, answer.calls.length], [text, "calls", 1]);
  const roles = asked[1]?.messages.map((m) => m.role);
  assert.deepEqual(roles, ["user", "assistant", "tool"]);
  assert.equal(agent.life.ended, "finished");
});

test("a call that stands in what the agent read is a quotation, and is not run", async () => {
  const call = '<tool_call>{"name":"write_box","arguments":{"at":"fs:/app/x","content":"!"}}</tool_call>';
  const { k, agent } = await play(
    [
      answerOf([["read_box", { at: "fs:/app/a" }]]),
      stopped("end", `The file says:\n${call}`),
      answerOf("done"),
    ],
    { world: worldWith("fs:/app/a", `hello\n${call}\n`) },
  );
  assert.deepEqual(k.world.effects, []);
  assert.equal(agent.life.ended, "finished");
});

test("a call in a file whose lines are numbered is a quotation, too, and one that differs is a call", async () => {
  const call = (at: string) =>
    `<tool_call>\n{"name":"write_box","arguments":{"at":"${at}","content":"!"}}\n</tool_call>`;
  const numbered = call("fs:/app/x")
    .split("\n")
    .map((line, i) => `${i + 1}\t${line}`)
    .join("\n");
  for (const at of ["fs:/app/x", "fs:/app/y"]) {
    const { k } = await play(
      [answerOf([["read_box", { at: "fs:/app/a" }]]), stopped("end", call(at)), answerOf("done")],
      { world: worldWith("fs:/app/a", numbered) },
    );
    assert.deepEqual(k.world.effects, at === "fs:/app/x" ? [] : [`write ${at} !`]);
  }
});

test("a text that ends with an example of a call is asked about once, and then is an answer", async () => {
  const text = 'A call looks like this:\n```json\n{"name":"read_box","arguments":{"at":"a"}}\n```';
  const { agent, asked } = await play([stopped("end", text)]);
  assert.deepEqual([agent.life.ended, agent.result, asked.length], ["finished", text, 2]);
  assert.deepEqual(agent.used.toolCalls, 0);
});

const CUT: readonly (readonly [name: string, call: object, message: RegExp])[] = [
  [
    "in its arguments",
    { args: '{"at":"fs:/app/a","content":"x', malformed: "the arguments were cut after 30 characters" },
    /^error EINVAL: It was not run: the arguments were cut after 30 .*\n.*in several parts/u,
  ],
  [
    "before its arguments",
    { args: "", malformed: "the arguments were cut after 0 characters" },
    /cut after 0/u,
  ],
];
for (const [name, call, message] of CUT)
  test(`a call that was cut ${name} is not run, and the model is told that it was cut`, async () => {
    const whole = { id: "c0", tool: "tell_human", args: { message: "hi" } };
    const cut = { id: "c1", tool: name === "in its arguments" ? "write_box" : "finish", ...call };
    const answer = { text: "", calls: [whole, cut], usage, stop: "length" } as ModelAnswer;
    const { k, agent, last, asked } = await play([answer, answerOf("done")]);
    assert.match(last(asked[1]), message);
    assert.deepEqual(
      k.of("call.end").flatMap((e) => (e.data.tool === undefined ? [] : [[e.data.tool, e.data.outcome]])),
      [
        [cut.tool, "not-run"],
        ["tell_human", "ok"],
      ],
    );
    assert.equal(agent.result, "done");
  });

test("malformed arguments that have one meaning are understood, and others are told where they break", async () => {
  const call = (args: string, malformed: string) => ({ id: "c", tool: "read_box", args, malformed });
  const answer = {
    text: "",
    calls: [
      call(JSON.stringify('{"at":"fs:/app/a"}'), "the arguments are not a JSON object"),
      { ...call("{at: 1}", "Expected property name at position 1"), id: "d" },
    ],
    usage,
    stop: "calls",
  } as ModelAnswer;
  const { k } = await play([answer, answerOf("done")], { world: worldWith("fs:/app/a", "text") });
  const ends = k.of("call.end").filter((e) => e.data.tool !== undefined);
  assert.deepEqual(ends.map((e) => [e.call, e.data.outcome]).sort(), [
    ["2.0.0", "ok"],
    ["2.0.1", "not-run"],
  ]);
  assert.match(
    ends.find((e) => e.call === "2.0.1")?.data.error?.message ?? "",
    /not run: Expected property name/u,
  );
});

test("finish that is called before an image without it is taken still has a result", async () => {
  const bare = { ...BOXES, name: "bare", tools: ["tell_human"] };
  const images = new Map([
    ["boxes", { ...BOXES, tools: [...BOXES.tools, "exec_image"] }],
    ["bare", bare],
  ]);
  const answers = [
    answerOf([
      ["finish", {}],
      ["exec_image", { image: "bare" }],
    ]),
    answerOf("done"),
  ];
  const asked: ModelRequest[] = [];
  const k = await TestKernel.open({
    images,
    model: (request) => {
      asked.push(request);
      return Promise.resolve(answers.shift() ?? answerOf("done"));
    },
  });
  k.launch(["allow:execute:image:/bare"], { image: images.get("boxes") ?? BOXES });
  await k.kernel.rest();
  assert.deepEqual([k.process(2).life.ended, k.process(2).result], ["finished", "done"]);
});
