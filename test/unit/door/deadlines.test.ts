// Deadlines: a question that nobody answers in time expires once, on the clock of the wall, also over a reload.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/abi/errors.ts";
import type { Launch } from "../../../src/abi/script.ts";
import { applyRecord } from "../../../src/kernel/state/fold.ts";
import { emptyState } from "../../../src/kernel/state/rows.ts";
import { approvalsOf } from "../../../src/views/questions/approvals.ts";
import { digests, FakeClock } from "../../support/journal.ts";
import { code, TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";
import { share } from "../../support/runs.ts";
import { kinds } from "../../harness/kinds.ts";

const ASKS = ["allow:read:fs:/app/**", "ask:write,delete:fs:/app/**"];
const SOON: Launch = { interactive: false, answerWithin: 60 };

/** A clock whose machine may sleep: the wall goes on and no timer does. */
class Sleepy extends FakeClock {
  slept = 0;
  override now(): number {
    return super.now() + this.slept;
  }
}

test("a question that asks for an answer within seconds expires, and a late answer does nothing", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(ASKS);
  const asked = k.call(pid, "human.ask", { question: "Which?", seconds: 30 });
  await k.settle();
  const { id, deadline } = k.question;
  assert.equal(deadline, "2026-01-01T00:00:30.000Z");
  k.clock.advance(29_999);
  assert.equal(k.open.length, 1);
  k.clock.advance(1);
  const result = await asked;
  assert.equal(code(result), "ETIMEDOUT");
  assert.equal(k.lastEnd.decision, "expired");
  assert.equal(code(k.answer({ text: "late" }, id)), "ESTALE");
  assert.deepEqual(
    k.of("question.close").map((r) => [r.data.outcome, r.data.by]),
    [["expired", "kernel"]],
  );
  assert.equal(k.kernel.state.decided.at(-1)?.outcome, "expired");
  assert.equal(approvalsOf(k.records).at(-1)?.outcome, "expired");
  assert.equal(k.clock.pending, 0);
});

test("what a family is launched with holds for each of its approvals, and an answer in time leaves no timer", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(ASKS, { launch: SOON });
  const write = (at: string) => k.call(pid, "box.write", { at, content: "x" });
  const first = write("fs:/app/a.txt");
  await k.settle();
  k.clock.advance(59_000);
  assert.equal(code(k.answer()), "ok");
  assert.equal(code(await first), "ok");
  assert.equal(k.clock.pending, 0);
  const second = write("fs:/app/b.txt");
  await k.settle();
  k.clock.advance(60_000);
  assert.equal(code(await second), "ETIMEDOUT");
  assert.deepEqual(k.world.effects, ["write fs:/app/a.txt x"]);
  const sooner = k.call(pid, "human.ask", { question: "?", seconds: 600 });
  await k.settle();
  assert.equal(k.question.deadline, "2026-01-01T00:02:59.000Z", "the sooner of the two");
  k.answer({ text: "this" });
  await sooner;
});

test("a child asks under the deadline of its family", async () => {
  const spawn = ["spawn_agent", { goal: "ask", image: "boxes", grants: [] }] as const;
  const k = await TestKernel.open({
    model: turns({ 2: [[spawn], [["wait_agent", { pid: 3 }]]], 3: [[["ask_human", { question: "?" }]]] }),
  });
  k.launch(["allow:spawn:process:/children", "allow:execute:image:/boxes"], { launch: SOON });
  await k.settle();
  await k.settle();
  assert.equal(k.question.pid, 3);
  k.clock.advance(60_000);
  await k.kernel.rest();
  const results = approvalsOf(k.records).map((a) => a.outcome);
  assert.deepEqual(results, ["expired"]);
});

test("after a reload the rest of the time counts, also for an agent that stays paused", async () => {
  const model = turns({ 2: [[["ask_human", { question: "?", seconds: 60 }]]] });
  const k = await TestKernel.open({ model });
  const pid = k.launch([]);
  await k.settle();
  k.kernel.pauseAll("kernel", "the window closes");
  k.clock.advance(40_000);
  const again = await k.crash(Infinity, { paused: true });
  assert.equal(again.open.length, 1);
  again.clock.advance(19_000);
  assert.equal(again.open.length, 1, "twenty seconds were left");
  again.clock.advance(1000);
  assert.equal(again.open.length, 0);
  assert.equal(again.of("question.close")[0]?.data.outcome, "expired");
  again.kernel.signal(again.person, pid, "resume", "");
  await again.kernel.rest();
  const end = again.of("call.end").find((r) => r.data.op === "human.ask");
  assert.deepEqual([end?.data.decision, end?.data.error?.code], ["expired", "ETIMEDOUT"]);
  assert.equal(again.of("question.open").length, 1, "it is not asked again");
});

test("a machine that slept over the deadline takes no answer, though no timer said so yet", async () => {
  const clock = new Sleepy();
  const k = await TestKernel.open({ clock });
  const pid = k.launch(ASKS, { launch: SOON });
  const call = k.call(pid, "box.write", { at: "fs:/app/a.txt", content: "x" });
  await k.settle();
  const { id } = k.question;
  clock.slept = 3_600_000;
  assert.equal(code(k.answer({}, id)), "ESTALE");
  assert.equal(code(await call), "ETIMEDOUT");
  assert.deepEqual(k.world.effects, []);
  assert.deepEqual(
    k.of("capability.mint").filter((r) => r.data.capability.boundTo !== undefined),
    [],
  );
});

test("a clock that is set back gives no more time than there was", async () => {
  const clock = new Sleepy();
  const k = await TestKernel.open({ clock });
  const pid = k.launch(ASKS, { launch: SOON });
  const call = k.call(pid, "box.write", { at: "fs:/app/a.txt", content: "x" });
  await k.settle();
  clock.slept = -3_600_000;
  clock.advance(60_000);
  assert.equal(k.open.length, 0);
  assert.equal(code(await call), "ETIMEDOUT");
});

test("a run does not rest while a deadline will let it go on", async () => {
  const k = await TestKernel.open({ model: turns({ 2: [[["ask_human", { question: "?" }]]] }) });
  k.launch([], { launch: SOON });
  await k.settle();
  let rested = false;
  void k.kernel.rest().then(() => (rested = true));
  await k.settle();
  assert.equal(rested, false);
  k.clock.advance(60_000);
  await k.settle();
  assert.equal(rested, true);
});

test("going away in good order leaves no timer and no record of an expiry", async () => {
  const k = await TestKernel.open({ model: turns({ 2: [[["ask_human", { question: "?" }]]] }) });
  k.launch([], { launch: SOON });
  await k.settle();
  await k.kernel.stop();
  assert.equal(k.clock.pending, 0);
  k.clock.advance(600_000);
  assert.equal(k.of("question.close").length, 0);
});

test("whatever comes in whatever order, each question has one outcome, and none is answered too late", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(1, 500, 999, 1000, 1001, 5000) }),
    fc.record({ do: fc.constant("sleep" as const), ms: fc.constantFrom(1, 999, 1000, 3000) }),
    fc.record({
      do: fc.constantFrom("yes" as const, "no" as const, "interrupt" as const, "reload" as const),
    }),
    fc.record({ do: fc.constantFrom("pause" as const, "resume" as const) }),
    fc.record({ do: fc.constant("settle" as const) }),
  );
  const asks = [1, 2, 3].map((n) => ["ask_human", { question: `Which ${n}?`, seconds: n }] as const);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const clock = new Sleepy();
      let k = await TestKernel.open({ clock, model: turns({ 2: [asks, asks.slice(0, 1)] }) });
      const pid = k.launch([]);
      await k.settle();
      for (const each of steps) {
        const [asked] = k.open;
        if (each.do === "advance") clock.advance(each.ms);
        else if (each.do === "sleep") clock.slept += each.ms;
        else if (each.do === "pause" || each.do === "resume" || each.do === "interrupt")
          k.kernel.signal(k.person, pid, each.do, "");
        else if (each.do === "reload") k = await k.crash(Infinity, { clock });
        else if (each.do === "settle") await k.settle();
        else if (asked !== undefined) {
          const given = k.answer({ allow: each.do === "yes", text: "this" }, asked.question.id);
          const due = Date.parse(asked.question.deadline ?? "") <= clock.now();
          assert.equal(isFault(given), due, "answered if and only if it is in time");
          assert.equal(asked.outcome, due ? "expired" : each.do === "yes" ? "answered" : "denied");
        }
      }
      clock.slept += 3_600_000;
      clock.advance(60_000);
      await k.settle();
      const closes = k.of("question.close");
      const ids = closes.map((r) => r.data.id);
      assert.equal(new Set(ids).size, ids.length, "no question has two outcomes");
      for (const { data, time } of closes.filter((r) => r.data.outcome === "expired")) {
        const put = k.of("question.open").find((r) => r.data.id === data.id);
        assert.ok(time >= (put?.data.deadline ?? ""), "none expires early");
      }
      const folded = emptyState((text) => digests.sha256(text), kinds);
      for (const record of k.records) applyRecord(folded, record);
      assert.deepEqual(folded.questions, k.kernel.state.questions);
      assert.deepEqual(folded.decided, k.kernel.state.decided);
    }),
    { numRuns: share(1000) },
  );
});
