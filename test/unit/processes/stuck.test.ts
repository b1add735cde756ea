// A stuck child: its parent hears that it is stuck and why, at once or when its time is up, and waits on when it asks again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault, type Result } from "../../../src/abi/errors.ts";
import { resultText } from "../../../src/agent/context/results.ts";
import { code, TestKernel, type Setup } from "../../support/kernel.ts";
import { answerOf, type Turn } from "../../support/kernel/turns.ts";

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:write:fs:/app/**"];

/** A parent whose calls a test makes by hand, and a child of it. */
async function family(setup: Setup = {}) {
  const k = await TestKernel.open(setup);
  const parent = k.launch(FAMILY);
  const spawn = async (of: number, more: object = {}) => {
    assert.equal(code(await k.call(of, "process.spawn", { goal: "part", ...more })), "ok");
    return k.process(of).children.at(-1) ?? 0;
  };
  const child = await spawn(parent);
  /** Waits until the clock has passed the seconds. */
  const wait = async (args: object): Promise<Result<unknown>> => {
    const waiting = k.call(parent, "process.wait", { seconds: 3, ...args });
    await k.settle();
    k.clock.advance(4_000);
    return waiting;
  };
  return { k, parent, child, spawn, wait };
}

const messageOf = (result: Result<unknown>): string => (isFault(result) ? result.message : "");

type Made = Awaited<ReturnType<typeof family>>;
const STUCK: readonly (readonly [name: string, make: (on: Made) => unknown, says: RegExp])[] = [
  [
    "that asks a person",
    ({ k, child }) => void k.call(child, "human.ask", { question: "Secret?" }),
    /waits for a person to answer its question/u,
  ],
  [
    "that wants to be allowed something",
    ({ k, child }) => void k.call(child, "capability.request", { grant: "allow:read:fs:/app/hidden/x" }),
    /waits for a person to allow/u,
  ],
  [
    "that a person paused",
    ({ k, child }) => k.kernel.signal(k.person, child, "pause", "later"),
    /paused by a person/u,
  ],
  [
    "that its parent paused",
    ({ k, parent, child }) => k.call(parent, "process.signal", { pid: child, signal: "pause" }),
    /paused by an agent/u,
  ],
  [
    "whose budget is used up",
    async ({ k, parent, spawn }) => {
      const poor = await spawn(parent, { budget: { toolCalls: 0 } });
      await k.call(poor, "human.tell", { message: "hi" });
    },
    /raise a budget: The budget for toolCalls is used up \(0 of 0\)/u,
  ],
  [
    "whose own child is stuck",
    async ({ k, child, spawn, parent }) => {
      await k.call(parent, "capability.delegate", { pid: child, grants: FAMILY.slice(0, 2) });
      const grandchild = await spawn(child);
      void k.call(grandchild, "human.ask", { question: "?" });
    },
    /its child agent \d+ is stuck: it waits for a person to answer/u,
  ],
];
for (const [name, make, says] of STUCK)
  test(`a parent is told of a child ${name} when its time is up, without the words of it`, async () => {
    const on = await family();
    await make(on);
    await on.k.settle();
    const told = await on.wait({});
    assert.equal(code(told), "ETIMEDOUT");
    assert.match(messageOf(told), says);
    assert.doesNotMatch(messageOf(told), /Secret|hidden/u);
  });

test("a child that works is not said to be stuck", async () => {
  const { wait, child } = await family();
  assert.equal(messageOf(await wait({ pid: child })), "No child ended in time.");
});

test("of many stuck children some are named and the others counted", async () => {
  const { k, parent, spawn, wait } = await family();
  for (let i = 0; i < 12; i++) await spawn(parent);
  for (const each of k.process(parent).children) void k.call(each, "human.ask", { question: "?" });
  await k.settle();
  const told = messageOf(await wait({}));
  assert.equal(told.match(/is stuck/gu)?.length, 8);
  assert.match(told, /5 more are stuck/u);
});

test("a parent that waits for good is told at once that the model of its child refused it, and only once", async () => {
  const refused = fault("EUNAVAILABLE", "api.example answered HTTP 401: no", "Set the key.");
  const asked: string[] = [];
  const told: string[] = [];
  let up = false;
  const parent: Turn[] = [
    [["spawn_agent", { goal: "look" }]],
    [["wait_agent", {}]],
    [["wait_agent", {}]],
    "parent done",
  ];
  const k = await TestKernel.open({
    model: (request) => {
      if (request.pid === 3) return Promise.resolve(up ? answerOf("child done") : refused);
      asked.push(`turn ${request.turn}`);
      const last = request.messages.at(-1);
      if (last?.role === "tool") told.push(last.content);
      return Promise.resolve(answerOf(parent[request.turn] ?? "more"));
    },
  });
  k.launch(FAMILY);
  await k.kernel.rest();
  assert.deepEqual(asked, ["turn 0", "turn 1", "turn 2"], "the second wait waits");
  assert.match(told[1] ?? "", /^Agent 3 has not ended: its model call failed.*HTTP 401: no/u);
  assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["child"] });
  up = true;
  k.kernel.retry(k.person, 3);
  await k.kernel.rest();
  assert.deepEqual(
    [k.process(2).result, told[2]],
    ["parent done", "Agent 3 finished. Its result:\nchild done"],
  );
});

test("a second failure of a child is told again", async () => {
  const { k, parent, child } = await family({
    hands: true,
    model: () => Promise.resolve(fault("EIO", "down", "")),
  });
  const fail = (): void => k.kernel.block(k.caller(child), "model", "EIO: down");
  fail();
  assert.deepEqual(await k.call(parent, "process.wait", {}), {
    ok: true,
    value: { pid: child, stuck: "its model call failed, and a person has to look: EIO: down" },
  });
  const waiting = k.call(parent, "process.wait", { pid: child });
  await k.settle();
  assert.equal(k.kernel.standing(parent).state, "blocked");
  k.kernel.retry(k.person, child);
  fail();
  assert.equal(code(await waiting), "ok");
});

test("results of children, messages and lists reach a model as lines", async () => {
  const { k, parent, child } = await family();
  const told = async (name: string, args: object): Promise<string> => {
    const result = await k.call(parent, name, args);
    assert.ok(result.ok, JSON.stringify(result));
    return resultText(k.kernel.operations.get(name), args, result.value);
  };
  assert.match(await told("capability.list", {}), /^\d+ capabilities: id, grant\ncap1 {2}allow:/u);
  await k.call(parent, "object.put", { name: "note", type: "text", value: "one\ntwo" });
  assert.match(
    await told("object.get", { name: "note" }),
    /^\(text, version 1, put by process 2 at .*\)\none\ntwo$/u,
  );
  assert.match(await told("object.list", {}), /^1 objects: .*\np2\/note {2}text {2}1 \(1\) {2}7$/u);
  assert.match(await told("process.events", {}), /^\d+ events: .*\n\d+ {2}2 {2}process\.spawn {2}boxes/u);
  await k.call(parent, "object.put", { name: "long", type: "text", value: `${"🙂".repeat(40_000)}end` });
  const first = await told("object.get", { name: "long" });
  assert.match(first, /\(Characters 0 to 55000 of 80003\. Call again with from 55000 for the next part\.\)/u);
  const rest = await told("object.get", { name: "long", from: 55_000 });
  assert.match(rest, /\(Characters 55000 to 80003 of 80003\.\)\n.*end$/u);
  assert.ok(first.isWellFormed() && rest.isWellFormed());
  await k.call(child, "process.exit", { result: { found: 2 } });
  assert.equal(await told("process.wait", {}), 'Agent 3 finished. Its result:\n{"found":2}');
});
