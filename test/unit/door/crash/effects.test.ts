// Crashes in the middle of effects: each is judged, and none is done twice.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";
import { isFault } from "../../../../src/abi/errors.ts";
import { nodeFs } from "../../../../src/host/node/fs/fs.ts";
import { define } from "../../../../src/kernel/operation.ts";
import { callsOf } from "../../../../src/views/record/calls.ts";
import { BOXES, code, TestKernel } from "../../../support/kernel.ts";
import { turns, type Turn } from "../../../support/kernel/turns.ts";
import { FILE, run, WRITE } from "./file.ts";

const SPAWN = ["allow:spawn:process:/children;uses=1", "allow:execute:image:/boxes"];

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
