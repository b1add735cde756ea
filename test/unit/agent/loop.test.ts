// One turn: which calls run at once, in what order their results come, and what a model can get wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelRequest } from "../../../src/abi/model.ts";
import { ALL, at, started } from "../../support/gates.ts";
import { code, TestKernel } from "../../support/kernel.ts";
import { answerOf, type Turn } from "../../support/kernel/turns.ts";

const read = (name: string) => ["read_box", { at: at(name) }] as const;

const write = (name: string, content = "x") => ["write_box", { at: at(name), content }] as const;

/** How the calls of turn 0 came out, in the order the model listed them. */
function results(k: TestKernel, turn = 0): string[] {
  const entry = k.process(2).conversation.find((e) => e.role === "turn" && e.turn === turn);
  assert.ok(entry?.role === "turn");
  return [...entry.results].sort(([a], [b]) => a - b).map(([i, r]) => `${i}:${code(r)}`);
}

test("calls that have nothing in common run at once, and results stand in the listed order", async () => {
  const { k, go, launch } = await started([
    [read("a"), write("b"), read("c"), ["send_box", { host: "x.org", body: "" }]],
  ]);
  await launch();
  assert.deepEqual(go.held(), ["read a", "read c", "send x.org", "write b"]);
  for (const touch of ["send x.org", "read c", "write b", "read a"]) await go.pass(touch);
  assert.deepEqual(results(k), ["0:ok", "1:ok", "2:ok", "3:ok"]);
  assert.deepEqual(
    k
      .of("call.end")
      .filter((e) => e.data.tool !== undefined)
      .map((e) => e.call),
    ["2.0.3", "2.0.2", "2.0.1", "2.0.0"],
  );
});

test("a call waits for an earlier one that writes what it touches, and so on in a row", async () => {
  const { k, go, launch } = await started([
    [write("a", "1"), read("a"), write("a", "2"), read("b"), read("A")],
  ]);
  await launch();
  assert.deepEqual(go.held(), ["read b", "write a"], "a name of another case may be the same file");
  await go.pass("write a");
  assert.deepEqual(go.held(), ["read a", "read b"]);
  await go.pass("read a");
  assert.deepEqual(go.held(), ["read b", "write a"]);
  await go.pass("write a");
  assert.deepEqual(go.held(), ["read A", "read b"]);
  assert.equal(k.world.files.get(at("a")), "2");
});

test("a write waits for an earlier read of the same thing", async () => {
  const { go, launch } = await started([[read("c"), write("c"), read("b")]]);
  await launch();
  assert.deepEqual(go.held(), ["read b", "read c"]);
  await go.pass("read c");
  assert.deepEqual(go.held(), ["read b", "write c"]);
});

test("one that asks does not stop its siblings", async () => {
  const { k, go, launch } = await started([[write("a"), read("b")]], [...ALL, `ask:write:${at("a")}`]);
  await launch();
  assert.equal(k.open.length, 1);
  assert.deepEqual(go.held(), ["read b"]);
  await go.pass("read b");
  assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["approval"] });
  k.answer({ allow: false });
  await k.settle();
  assert.deepEqual(results(k), ["0:ECANCELED", "1:ok"]);
});

test("one that waits on a refused write still runs, on what is there", async () => {
  const { k, go, launch } = await started([[write("a"), read("a")]], [...ALL, `ask:write:${at("a")}`]);
  await launch();
  assert.deepEqual(go.held(), []);
  k.answer({ allow: false });
  await k.settle();
  await go.pass("read a");
  assert.deepEqual(results(k), ["0:ECANCELED", "1:ok"]);
});

test("a change built on a refused one of its turn is refused with it, and nobody is asked again", async () => {
  const turn = [write("a", "1"), write("a", "2"), write("b", "3"), write("a", "4")];
  const { k, launch } = await started([turn], [...ALL, `ask:write:fs:/app/**`]);
  await launch();
  assert.equal(k.open.length, 2, "a and b are asked for, what is built on a waits");
  k.answer({ allow: false }, k.open.find((a) => a.question.call === "2.0.0")?.question.id ?? "");
  await k.settle();
  assert.equal(k.open.length, 1);
  assert.deepEqual(results(k), ["0:ECANCELED", "1:ECANCELED", "3:ECANCELED"]);
  const built = k.of("call.end").find((r) => r.call === "2.0.1")?.data;
  assert.match(built?.error?.message ?? "", /built on call 0/u);
  assert.equal(k.lastEnd.decision, "refused");
});

test("finish runs after all other calls of its turn, wherever it stands", async () => {
  const { k, go, launch } = await started([[read("a"), ["finish", { result: 1 }], read("b")]]);
  await launch();
  assert.deepEqual(go.held(), ["read a", "read b"]);
  await go.pass("read b");
  assert.equal(k.process(2).life.ended, undefined);
  await go.pass("read a");
  assert.equal(k.process(2).life.ended, "finished");
  assert.deepEqual(results(k), ["0:ok", "1:ok", "2:ok"]);
});

const FINISH = ["finish", { result: "done" }] as const;
const UNSEEN: readonly (readonly [name: string, turn: Turn, grants: string[], results: string[]])[] = [
  ["after a call that failed", [read("zz"), FINISH], ALL, ["0:ENOENT", "1:ESTALE"]],
  ["before a call that fails", [FINISH, read("zz")], ALL, ["0:ESTALE", "1:ENOENT"]],
  [
    "beside a call that is denied",
    [FINISH, write("a")],
    ["allow:read:fs:/app/**"],
    ["0:ESTALE", "1:ENOTCAPABLE"],
  ],
  [
    "beside a tool that is not there",
    [["rm", {}], FINISH, FINISH],
    ALL,
    ["0:ENOSYS", "1:ESTALE", "2:ESTALE"],
  ],
  ["beside arguments that are wrong", [["read_box", {}], FINISH], ALL, ["0:EINVAL", "1:ESTALE"]],
];
for (const [name, turn, grants, expected] of UNSEEN)
  test(`finish ${name} waits until the model has seen the failure`, async () => {
    const asked: ModelRequest[] = [];
    const k = await TestKernel.open({
      model: (request) => {
        asked.push(request);
        return Promise.resolve(answerOf(asked.length === 1 ? turn : [["finish", { result: "seen" }]]));
      },
    });
    k.launch(grants);
    await k.kernel.rest();
    assert.deepEqual(results(k), expected);
    const waits = k.of("call.end").find((e) => e.data.error?.code === "ESTALE")?.data;
    assert.equal(waits?.outcome, "not-run");
    assert.match(waits?.error?.message ?? "", /^Call \d of this turn \(\w+\) failed with E[A-Z]+/u);
    assert.ok(asked[1]?.messages.some((m) => m.role === "tool" && m.content.startsWith("error E")));
    assert.deepEqual([k.process(2).life.ended, k.process(2).result], ["finished", "seen"]);
  });

test("what a model gets wrong comes back as errors it can read, on record, with nothing touched (P2)", async () => {
  const wrong: Turn = [
    ["no_such_tool", { x: 1 }],
    ["model.call", { model: "test/one", pid: 2, turn: 9 }],
    ["fs.read", { path: "x" }],
    ["read_file", { path: "src/a" }],
    ["read_box", {}],
    ["read_box", { at: at("a"), more: true }],
    ["read_box", "{not json"],
    ["read_box", null],
    ["read_box", [at("a")]],
    ["__proto__", {}],
    ["", {}],
  ];
  const { k, launch } = await started([wrong, "I see"]);
  await launch();
  assert.deepEqual(
    results(k).map((r) => r.replace(/^\d+:/u, "")),
    [
      "ENOSYS",
      "ENOSYS",
      "ENOSYS",
      "ENOSYS",
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "ENOSYS",
      "ENOSYS",
    ],
  );
  assert.deepEqual([k.world.touched, k.of("question.open")], [[], []]);
  const ends = k.of("call.end").filter((e) => e.data.tool !== undefined);
  assert.equal(ends.length, wrong.length, "each on record");
  for (const end of ends) {
    assert.deepEqual([end.data.decision, end.data.outcome], ["none", "not-run"]);
    assert.ok(end.data.error?.message !== "" && end.data.error?.hint !== "");
  }
  assert.equal(k.process(2).life.ended, "finished", "and the agent went on");
});

test("the next request carries every result in order, with hints for what failed", async () => {
  const asked: ModelRequest[] = [];
  const k = await TestKernel.open({
    model: (request) => {
      asked.push(request);
      return Promise.resolve(answerOf(asked.length === 1 ? [write("a"), read("zz")] : "done"));
    },
  });
  k.launch(["allow:read:fs:/app/**"]);
  await k.kernel.rest();
  const tools = asked[1]?.messages.filter((m) => m.role === "tool") ?? [];
  assert.equal(tools.length, 2);
  assert.ok(tools[0]?.content.includes("ENOTCAPABLE") && tools[0].content.includes("request_capability"));
  assert.match(tools[1]?.content ?? "", /^error ENOENT: .+\n.+/u);
});

test("a pause between calls keeps the rest of the turn for later", async () => {
  const { k, go, launch } = await started([[write("a"), read("a")], "done"]);
  await launch();
  k.kernel.signal(k.person, 2, "pause", "wait");
  await go.pass("write a");
  assert.deepEqual(go.held(), []);
  assert.deepEqual(k.kernel.standing(2), { state: "paused", on: [] });
  k.kernel.signal(k.person, 2, "resume", "go on");
  await k.settle();
  assert.deepEqual(go.held(), ["read a"]);
  await go.pass("read a");
  assert.equal(k.process(2).life.ended, "finished");
});
