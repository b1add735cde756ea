// Limits on doing the same again: repeated calls are noticed, and families are bounded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILY_LIMITS } from "../../../src/kernel/processes/budget.ts";
import { BOXES, code, TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:read,write:fs:/app/**"];

const FILE = "fs:/app/a.txt";

async function family(budget = {}, grants: string[] = FAMILY, setup = {}) {
  const k = await TestKernel.open(setup);
  const pid = k.launch(grants, { budget });
  k.world.files.set(FILE, "text");
  let n = 0;
  const read = (who = pid) => k.call(who, "box.read", { at: `fs:/app/file${n++}` });
  const spawn = async (of = pid, more: object = {}) => {
    const result = await k.call(of, "process.spawn", { goal: "part", grants: FAMILY, ...more });
    assert.equal(code(result), "ok", JSON.stringify(result));
    return Math.max(...k.kernel.state.processes.keys());
  };
  return { k, pid, read, spawn };
}

test("the third time asks, the fifth is refused, and a change starts anew", async () => {
  const { k, pid } = await family();
  const read = async () => {
    const call = k.call(pid, "box.read", { at: FILE });
    await k.settle();
    const asked = k.open.length;
    if (asked > 0) k.answer();
    return `${code(await call)}${asked > 0 ? " asked" : ""}`;
  };
  const seen = [await read(), await read(), await read(), await read(), await read(), await read()];
  assert.deepEqual(seen, ["ok", "ok", "ok asked", "ok asked", "EACCES", "EACCES"]);
  assert.equal(k.lastEnd.decision, "deny");
  const leftover = [...k.kernel.state.capabilities.all()].filter((h) => h.cap.boundTo !== undefined);
  assert.deepEqual(
    leftover.map((h) => h.left),
    [0, 0],
    "what was approved is spent",
  );
  assert.equal(code(await k.call(pid, "box.write", { at: "fs:/app/other", content: "x" })), "ok");
  assert.equal(await read(), "ok", "it changed something");
});

test("another result, another argument and a failure each count by themselves", async () => {
  const { k, pid } = await family();
  const read = async (at = FILE) => code(await k.call(pid, "box.read", { at }));
  for (let i = 0; i < 8; i++) {
    k.world.files.set(FILE, `version ${i}`);
    if (i % 2 === 1) assert.equal(await read(), "ok");
    else assert.equal(await read(`fs:/app/b${i}`), "ENOENT");
  }
  assert.equal(k.open.length, 0);
  assert.equal(await read("fs:/app/gone"), "ENOENT");
  assert.equal(await read("fs:/app/gone"), "ENOENT");
  const third = k.call(pid, "box.read", { at: "fs:/app/gone" });
  await k.settle();
  assert.equal(k.question.asks[0]?.key, "class:loop");
  assert.equal(code(k.kernel.answer(k.launcher, k.question.id, { allow: true, scope: "once" })), "EACCES");
  k.answer({ allow: false });
  assert.equal(code(await third), "ECANCELED");
});

test("what only waits or speaks is no loop", async () => {
  const { k, pid } = await family();
  for (let i = 0; i < 7; i++)
    assert.equal(code(await k.call(pid, "human.tell", { message: "still here" })), "ok");
  assert.equal(k.open.length, 0);
});

test("what needs nothing cannot be asked for, and is refused in the end", async () => {
  const { k, pid } = await family();
  const codes = [];
  for (let i = 0; i < 6; i++) codes.push(code(await k.call(pid, "object.list", {})));
  assert.deepEqual(codes, ["ok", "ok", "ok", "ok", "EACCES", "EACCES"]);
});

test("families are at most so deep, so wide and so many", async () => {
  const { k, pid, spawn } = await family();
  let at = pid;
  for (let depth = 1; depth < FAMILY_LIMITS.depth; depth++) at = await spawn(at);
  assert.equal(code(await k.call(at, "process.spawn", { goal: "deeper" })), "EDQUOT");
  const wide = k.launch(FAMILY);
  for (let i = 0; i < FAMILY_LIMITS.children; i++) await spawn(wide, { goal: `child ${i}` });
  assert.equal(code(await k.call(wide, "process.spawn", { goal: "one more" })), "EDQUOT");
  const some = k.process(wide).children[0] ?? 0;
  k.kernel.signal(k.person, some, "kill", "make room");
  assert.equal(code(await k.call(wide, "process.spawn", { goal: "one more now" })), "ok");
  k.core.state.nextPid = FAMILY_LIMITS.processes + 1;
  const launched = k.kernel.launch(k.person, {
    ...{ image: BOXES, goal: "x", model: "test/one", grants: [] },
    ...{ budget: {}, cwd: "fs:/app", launch: { interactive: false } },
  });
  assert.equal(code(launched), "EDQUOT");
});

test("a refusal counts as a repetition only while the model still sees it", async () => {
  for (const trims of [false, true]) {
    const k = await TestKernel.open({ hands: true, model: turns({}) });
    const pid = k.launch([]);
    const codes: string[] = [];
    const hints: string[] = [];
    for (let turn = 0; turn < 8; turn++) {
      await k.call(pid, "model.call", { model: "test/one", pid, turn }, { id: `${turn}` });
      const result = await k.call(pid, "box.write", { at: FILE, content: "x" }, { id: `${turn}.0` });
      codes.push(code(result));
      hints.push(k.lastEnd.error?.hint ?? "");
      if (trims && turn === 4) k.kernel.trim(k.caller(pid), 6, "it grew too long", "5s0");
    }
    assert.deepEqual(new Set(codes), new Set(["ENOTCAPABLE"]));
    const again = hints.map((hint) => hint.includes("again and again"));
    const seen = [false, false, false, false, true, true, true, true];
    assert.deepEqual(again, trims ? [...seen.slice(0, 5), false, false, false] : seen);
  }
});
