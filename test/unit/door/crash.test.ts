// Crashes: what waits survives, what was begun is judged, and nothing is done twice, wherever the record is cut.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";
import { isFault } from "../../../src/abi/errors.ts";
import { nodeFs } from "../../../src/host/node/fs/fs.ts";
import { define } from "../../../src/kernel/operation.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { BOXES, code, TestKernel, turns, type Setup, type Turn } from "../../support/kernel.ts";

const FILE = "fs:/app/a.txt";
const SPAWN = ["allow:spawn:process:/children;uses=1", "allow:execute:image:/boxes"];

/** A root agent that takes these turns, until it rests. */
async function run(script: readonly Turn[], grants: string[], setup: Setup = {}) {
  const k = await TestKernel.open({ model: turns({ 2: script }), ...setup });
  k.world.files.set(FILE, "old");
  k.launch(grants);
  await k.settle();
  return k;
}

const WRITE: Turn[] = [[["write_box", { at: FILE, content: "new" }]], [["finish", { result: "done" }]]];

for (const when of ["before", "after"] as const) {
  test(`an approval that waits survives a crash; the answer ${when} its process goes on takes effect (P26)`, async () => {
    const k = await run(WRITE, ["ask:write:fs:/app/**"]);
    const { id } = k.question;
    const next = await k.crash(Infinity, { paused: true });
    assert.equal(next.question.id, id, "it still waits, under the same name");
    assert.deepEqual(next.kernel.standing(2), { state: "blocked", on: ["approval"] });
    if (when === "after") {
      next.kernel.resumeAll();
      await next.settle();
      assert.equal(next.question.id, id, "and is taken up, not asked twice");
    }
    next.answer();
    await next.kernel.rest();
    assert.deepEqual(next.world.effects, [`write ${FILE} new`]);
    assert.equal(next.process(2).life.ended, "finished");
    assert.equal(next.of("question.open").length, 1);
    assert.equal(next.of("call.end").find((e) => e.data.op === "box.write")?.data.decision, "approved");
  });

  test(`a question to a person survives a crash; the answer ${when} its process goes on arrives`, async () => {
    const script: Turn[] = [[["ask_human", { question: "Which?" }]], [["tell_human", { message: "thanks" }]]];
    const k = await run(script, []);
    const next = await k.crash(Infinity, { paused: true });
    if (when === "after") {
      next.kernel.resumeAll();
      await next.settle();
    }
    next.answer({ text: "the left one" });
    next.kernel.resumeAll();
    await next.kernel.rest();
    const end = next.of("call.end").find((e) => e.data.op === "human.ask");
    assert.deepEqual(end?.data.value, { answer: "the left one" });
    assert.equal(next.of("question.open").length, 1);
    assert.equal(next.process(2).life.ended, "finished");
  });

  test(`a no given ${when} the process goes on is a no`, async () => {
    const k = await run(WRITE, ["ask:write:fs:/app/**"]);
    const next = await k.crash(Infinity, { paused: true });
    if (when === "after") {
      next.kernel.resumeAll();
      await next.settle();
    }
    next.answer({ allow: false });
    await next.kernel.rest();
    assert.deepEqual(next.world.effects, []);
    assert.equal(next.of("call.end").find((e) => e.data.op === "box.write")?.data.decision, "refused");
    assert.equal(next.of("question.open").length, 1, "it is not asked again");
  });
}

test("a file that changed while the runtime was away is asked for anew", async () => {
  const k = await run(WRITE, ["ask:write:fs:/app/**"]);
  const { id } = k.question;
  k.world.files.set(FILE, "somebody else was here");
  const next = await k.crash(Infinity, { paused: true });
  next.answer({}, id);
  await next.settle();
  assert.deepEqual(next.world.effects, []);
  assert.notEqual(next.question.id, id);
  next.answer();
  await next.kernel.rest();
  assert.deepEqual(next.world.effects, [`write ${FILE} new`]);
});

test("authority revoked while the runtime was away is gone", async () => {
  const k = await run(WRITE, ["ask:write:fs:/app/**"]);
  k.journal.held = true;
  const minted = k.answer();
  await k.settle();
  assert.equal(k.of("call.begin").filter((b) => b.data.op === "box.write").length, 1);
  const next = await k.crash(Infinity, { paused: true });
  next.kernel.revoke(next.person, minted.ok ? (minted.value.minted[0] ?? "") : "", "no");
  next.kernel.resumeAll();
  await next.settle();
  assert.deepEqual(next.world.effects, []);
});

const UNSURE = { state: "unknown", detail: "neither old nor new" } as const;

test("a write that was cut off is recorded as done when it is there, and dispatched again when it is not", async () => {
  for (const there of [true, false]) {
    const k = await run(WRITE, ["allow:write:fs:/app/**;uses=1"], {});
    const begin = k.of("call.begin").find((b) => b.data.op === "box.write");
    assert.ok(begin);
    if (!there) {
      k.world.files.set(FILE, "old");
      k.world.effects.length = 0;
    }
    const next = await k.crash(begin.seq);
    await next.kernel.rest();
    const ends = next.of("call.end").filter((e) => e.call === begin.call);
    assert.equal(ends.length, 1);
    assert.equal(ends[0]?.data.recovered, there ? true : undefined);
    assert.equal(ends[0]?.data.outcome, "ok");
    assert.deepEqual(next.world.effects, [`write ${FILE} new`], "once");
    assert.equal(next.of("call.begin").filter((b) => b.call === begin.call).length, 1, "one begin");
    assert.deepEqual(ends[0]?.data.saw, [{ resource: FILE, sha256: next.world.digest(FILE) }]);
    assert.equal(next.process(2).life.ended, "finished");
    assert.equal(next.process(2).seen, undefined, "nobody reads it any more");
  }
});

test("a folder that was made before the cut is judged done, though two runs would equal one", async () => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "crash-")));
  const roots = [{ name: "app", path: join(base, "app") }];
  mkdirSync(join(base, "app"));
  const files = nodeFs({ folders: () => roots, reserved: () => [], preImages: join(base, "pre") });
  const image = { ...BOXES, name: "maker", tools: ["make_directory", "finish"] };
  const images = new Map([["maker", image]]);
  const make: Turn[] = [[["make_directory", { path: "made" }]], [["finish", { result: "done" }]]];
  const k = await TestKernel.open({ model: turns({ 2: make }), files, roots, images });
  k.launch(["allow:write:fs:/app/**"], { image });
  await k.kernel.rest();
  const begin = k.of("call.begin").find((b) => b.data.op === "fs.mkdir");
  const next = await k.crash(begin?.seq);
  await next.kernel.rest();
  const { recovered, outcome, value } = next.of("call.end").find((e) => e.call === begin?.call)?.data ?? {};
  assert.deepEqual([recovered, outcome, value], [true, "ok", { path: "app/made", created: true }]);
  files.close();
  rmSync(base, { recursive: true });
});

for (const [host, effect] of [
  ["inside", "read"],
  ["one.org", undefined],
] as const)
  test(`a crash is judged by the effect of the very call that it cut off: ${effect ?? "the most of its operation"}`, async () => {
    const script: Turn[] = [[["send_box", { host, body: "x" }]], [["finish", { result: "done" }]]];
    const k = await run(script, ["allow:connect:net:/**"]);
    const begin = k.of("call.begin").find((b) => b.data.op === "box.send");
    assert.equal(begin?.data.effect, effect, "the begin says it where it is less");
    k.world.verdict = UNSURE;
    const next = await k.crash(begin?.seq);
    await next.settle();
    const asked = effect === undefined ? ["effect"] : [];
    assert.deepEqual(
      next.open.map((a) => a.question.kind),
      asked,
    );
    assert.equal(next.world.effects.length, effect === undefined ? 1 : 2, "what did nothing runs again");
  });

test("a call has no more effect than its operation", () => {
  const op = define({
    ...{ name: "box.look", summary: "Look.", effect: "read", idempotent: true },
    input: z.strictObject({}),
    output: z.null(),
    needs: () => [],
    effectOf: () => "external",
    invoke: () => Promise.resolve(null),
  });
  const bound = op.decode({});
  if (isFault(bound)) assert.fail(bound.message);
  assert.throws(() => bound.effect(null), /external.*read at most/u);
});

const SAYS: [given: object, outcome: string, effects: number][] = [
  [{ text: "happened" }, "ok", 0],
  [{ text: "did not" }, "ok", 1],
  [{}, "unknown", 0],
  [{ allow: false }, "unknown", 0],
];
for (const [given, outcome, effects] of SAYS) {
  test(`an effect nobody can tell of is a person's to judge: ${JSON.stringify(given)} gives ${outcome}`, async () => {
    const script: Turn[] = [[["send_box", { host: "example.org", body: "hello" }]], [["finish", {}]]];
    const k = await run(script, ["allow:connect:net:/example.org"]);
    k.world.effects.length = 0;
    k.world.verdict = UNSURE;
    const begin = k.of("call.begin").find((b) => b.data.op === "box.send");
    const next = await k.crash(begin?.seq);
    await next.settle();
    assert.equal(next.question.kind, "effect");
    assert.deepEqual(next.kernel.standing(2).on, ["effect"]);
    assert.deepEqual(next.world.effects, [], "nothing is repeated by itself");
    assert.equal(
      code(next.kernel.answer(next.launcher, next.question.id, { allow: true, scope: "once" })),
      "EACCES",
    );
    next.answer(given);
    await next.kernel.rest();
    assert.equal(next.of("call.end").find((e) => e.call === begin?.call)?.data.outcome, outcome);
    assert.equal(next.world.effects.length, effects);
    assert.equal(next.of("call.begin").filter((b) => b.call === begin?.call).length, 1);
    assert.equal(next.process(2).life.ended, "finished");
  });
}

test("several effects of one turn that nobody can tell of are each asked for, and none is repeated (P73)", async () => {
  const script: Turn[] = [
    [
      ["send_box", { host: "a.org", body: "1" }],
      ["send_box", { host: "b.org", body: "2" }],
    ],
    [["finish", {}]],
  ];
  const k = await run(script, ["allow:connect:net:/**"]);
  k.world.effects.length = 0;
  k.world.verdict = UNSURE;
  const begin = k.of("call.begin").findLast((b) => b.data.op === "box.send");
  const first = await k.crash(begin?.seq);
  await first.settle();
  assert.equal(first.open.length, 2);
  const next = await first.crash();
  await next.settle();
  assert.equal(next.open.length, 2, "another crash does not ask twice");
  next.answer({ text: "happened" }, next.open[0]?.question.id);
  await next.settle();
  assert.deepEqual(next.world.effects, [], "one answer does not let the other go on");
  next.answer({ allow: false }, next.open[0]?.question.id);
  await next.kernel.rest();
  assert.deepEqual(next.world.effects, []);
  assert.equal(next.process(2).life.ended, "finished");
});

test("a spawn that was cut off finds its child, though what it passed on is gone", async () => {
  const goal = { goal: "part", grants: ["allow:read:fs:/app/**;uses=3"] };
  const script: Turn[] = [[["spawn_agent", goal]], [["wait_agent", { pid: 3 }]], [["finish", {}]]];
  const k = await run(script, [...SPAWN, "allow:read:fs:/app/**;uses=3"]);
  const end = k.of("call.end").find((e) => e.data.op === "process.spawn");
  assert.ok(end);
  // What it did was written in one tick, whole; only the end itself was not written.
  const next = await k.crash(k.of("call.did").find((d) => d.call === end.call)?.seq);
  await next.kernel.rest();
  assert.equal(next.of("process.spawn").length, 2, "init's child and one of its own");
  const again = next.of("call.end").find((e) => e.data.op === "process.spawn");
  assert.deepEqual(again?.data.value, { pid: 3 });
  assert.equal(again?.data.decision, "allow");
  const caps = [...next.kernel.state.capabilities.all()].filter((h) => h.cap.resource === "fs:/app/**");
  assert.deepEqual(
    caps.map((h) => h.left),
    [0, 3],
  );
  assert.equal(next.process(2).life.ended, "finished");
});

test("an object that was put before the cut is not put twice", async () => {
  const put = ["put_object", { name: "notes", value: { n: 1 } }] as const;
  const script: Turn[] = [[put], [["get_object", { name: "notes" }]], [["finish", {}]]];
  const k = await run(script, []);
  const next = await k.crash(k.of("call.did").at(-1)?.seq);
  await next.kernel.rest();
  assert.equal(next.of("object.put").length, 1);
  const got = callsOf(next.records).find((row) => row.json.syscall === "object.get");
  const time = "2026-01-01T00:00:00.000Z";
  assert.deepEqual(got?.value, { value: { n: 1 }, type: "json", version: 1, by: 2, time });
});

test("a model call that was cut off is made again under its begin, and what was lost is charged", async () => {
  const k = await run(WRITE, ["allow:write:fs:/app/**"]);
  const begin = k.of("call.begin").find((b) => b.data.op === "model.call");
  k.world.effects.length = 0;
  k.world.files.set(FILE, "old");
  const next = await k.crash(begin?.seq);
  await next.kernel.rest();
  const same = next.of("call.begin").filter((b) => b.call === begin?.call);
  assert.equal(same.length, 1);
  const end = next.of("call.end").find((e) => e.call === begin?.call);
  assert.deepEqual([end?.data.used.modelCalls, end?.data.used.tokens], [1, 15]);
  const { used } = next.process(2);
  const calls = next.of("call.end").filter((e) => e.data.op === "model.call").length;
  assert.equal(used.modelCalls, calls + 1);
  assert.equal(used.tokens, calls * 15 + (begin?.data.reserve.tokens ?? 0));
  assert.equal(used.estimated, true, "nobody knows what was lost");
  assert.deepEqual(next.world.effects, [`write ${FILE} new`]);
});

test("each crash in the middle of a model call is charged, and no more calls are made than the budget has", async () => {
  let asked = 0;
  const model = (): Promise<never> => (asked++, new Promise(() => undefined));
  let k = await TestKernel.open({ model });
  const pid = k.launch([], { budget: { modelCalls: 2 } });
  await k.settle();
  const { tokens } = k.process(pid).reserved;
  k = await k.crash();
  await k.settle();
  assert.deepEqual([k.process(pid).used.modelCalls, k.process(pid).reserved.modelCalls], [1, 1]);
  k = await k.crash();
  await k.settle();
  assert.equal(asked, 2);
  assert.equal(k.question.kind, "budget");
  assert.deepEqual(
    [k.lastEnd.outcome, k.lastEnd.used.estimated, k.process(pid).used.modelCalls, k.process(pid).used.tokens],
    ["unknown", true, 2, 2 * tokens],
  );
  assert.equal(k.process(pid).reserved.tokens, 0);
});

test("a model call that was cut off and is not made again is charged what it had reserved, as a guess", async () => {
  const k = await TestKernel.open({ model: () => new Promise(() => undefined) });
  const pid = k.launch([]);
  await k.settle();
  const { tokens } = k.process(pid).reserved;
  const next = await k.crash(Infinity, { paused: true });
  next.kernel.signal(next.person, pid, "kill", "test");
  assert.deepEqual(
    [next.process(pid).used.tokens, next.process(pid).used.estimated, next.process(pid).reserved.tokens],
    [tokens, true, 0],
  );
});

test("arguments with a secret do not survive: the question goes and the agent is told to call again", async () => {
  const secret = "hunter2-hunter2";
  const script: Turn[] = [[["write_box", { at: FILE, content: `password ${secret}` }]], [["finish", {}]]];
  const k = await run(script, ["ask:write:fs:/app/**"], { secrets: [secret] });
  assert.ok(!JSON.stringify(k.records).includes(secret));
  const shown = k.kernel.previewOf(k.question);
  assert.ok(shown?.after?.includes(secret), "the person who is asked now sees all of it");
  const next = await k.crash(Infinity, { secrets: [secret] });
  await next.kernel.rest();
  assert.equal(next.open.length, 0);
  const end = next.of("call.end").find((e) => e.data.op === "box.write");
  assert.deepEqual([end?.data.outcome, end?.data.error?.code], ["not-run", "ESTALE"]);
  assert.deepEqual(next.world.effects, []);
  assert.equal(next.world.files.get(FILE), "old");
});

test("without a crash the same arguments are written as they were said", async () => {
  const secret = "hunter2-hunter2";
  const script: Turn[] = [[["write_box", { at: FILE, content: `password ${secret}` }]], [["finish", {}]]];
  const k = await run(script, ["ask:write:fs:/app/**"], { secrets: [secret] });
  k.answer();
  await k.kernel.rest();
  assert.equal(k.world.files.get(FILE), `password ${secret}`);
  assert.ok(!JSON.stringify(k.records).includes(secret));
});
