// Registered operations: who adds and removes them, and when they go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../../src/abi/errors.ts";
import {
  registerOperation,
  REGISTERED_MOST,
  removeOperation,
} from "../../../../src/kernel/operations/register.ts";
import type { Grant } from "../../../../src/kernel/witness.ts";
import { code } from "../../../support/kernel.ts";
import { readAndAdd, SPAWN, open, NAME, ARGS } from "./kit.ts";

test("only a running call or a person registers; a grant that is over, a copy or a rule is refused", async () => {
  const { k, grants } = await open();
  const pid = k.launch();
  await k.call(pid, "kit.add", { tool: "count_words" });
  const [over] = grants;
  assert.ok(over);
  for (const by of [over, { ...over, pid, live: true, mode: "full" }, null, k.launcher]) {
    const tried = readAndAdd({ tool: "more" }, (made) => registerOperation(k.core, by as Grant, made));
    assert.equal(code(tried), "EACCES");
    assert.equal(code(removeOperation(k.core, by as Grant, NAME, "no")), "EACCES");
  }
  assert.deepEqual(await k.call(pid, "kit.peek", { tool: "more" }), { ok: true, value: "EACCES" });
  assert.deepEqual(await k.call(pid, "kit.pass", { tool: "more" }, { id: "0.0" }), {
    ok: true,
    value: "EACCES",
  });
  assert.equal(k.kernel.state.operations.size, 1);
});

test("its owner or a person removes it, nobody else; a call that waited for an answer meanwhile is not run", async () => {
  const { k, child } = await open();
  const pid = k.launch([...SPAWN, "ask:read:fs:/app/a"]);
  const other = await child(pid);
  await k.call(pid, "kit.add", { tool: "count_words", need: "fs:/app/a" });
  assert.equal(code(await k.call(other, "kit.remove", { tool: NAME })), "ENOENT");
  const waits = k.call(pid, NAME, ARGS);
  await k.settle();
  assert.equal(code(await k.call(pid, "kit.remove", { tool: NAME })), "ok");
  await k.call(pid, "kit.add", { tool: "count_words", need: "fs:/app/a", says: "something else" });
  k.answer();
  assert.equal(code(await waits), "ESTALE");
  assert.equal(k.lastEnd.outcome, "not-run");
  assert.equal(code(k.kernel.removeOperation(k.person, NAME, "not here")), "ok");
  assert.equal(code(await k.call(pid, NAME, ARGS)), "ENOSYS");
  assert.deepEqual(
    k.of("operation.remove").map((r) => [r.data.name, r.data.by]),
    [
      [NAME, "pid:2"],
      [NAME, "person"],
    ],
  );
});

test("it goes when its owner ends, however that ends, and not before", async () => {
  for (const how of ["exit", "kill"] as const) {
    const { k, child } = await open();
    const pid = k.launch(SPAWN);
    const first = await child(pid);
    const name = `kit/p${first}/count_words`;
    await k.call(first, "kit.add", { tool: "count_words" });
    await k.call(pid, "kit.add", { tool: "count_lines" });
    assert.equal(code(await k.call(pid, name, ARGS)), "ok");
    if (how === "kill") k.kernel.signal(k.person, first, "kill", "enough");
    else await k.call(first, "process.exit", { result: "done" });
    assert.equal(code(await k.call(pid, name, ARGS)), "ENOSYS", how);
    assert.deepEqual([...k.kernel.state.operations.keys()], ["kit/p2/count_lines"]);
    assert.deepEqual(
      k.of("operation.remove").map((r) => [r.data.name, r.data.by, r.pid]),
      [[name, "kernel", first]],
    );
  }
});

test("after a restart it is there without its code, and says so, until the same declaration comes again", async () => {
  const { k } = await open();
  const pid = k.launch();
  await k.call(pid, "kit.add", { tool: "count_words", code: "a" });
  const next = await k.crash();
  assert.deepEqual([...next.kernel.state.operations.values()], [...k.kernel.state.operations.values()]);
  const call = () => next.call(pid, NAME, ARGS);
  const gone = await call();
  assert.ok(isFault(gone) && gone.code === "EUNAVAILABLE");
  assert.match(
    `${gone.message} ${gone.hint}`,
    /The code of the tool "count_words" is not here.*Register it again/u,
  );
  assert.deepEqual([next.lastEnd.decision, next.lastEnd.outcome], ["none", "not-run"]);
  assert.match(next.lastEnd.hash ?? "", /^[0-9a-f]{64}$/u);
  const add = async (more: object) => code(await next.call(pid, "kit.add", { tool: "count_words", ...more }));
  for (const other of [{ code: "b" }, {}, { code: "a", summary: "Count other words." }])
    assert.equal(await add(other), "EEXIST", JSON.stringify(other));
  assert.equal(code(await call()), "EUNAVAILABLE");
  assert.equal(await add({ code: "a" }), "ok");
  assert.equal(code(await call()), "ok");
  assert.equal(next.of("operation.add").length, 1, "it is declared once");
});

test("their number is bounded, for a family and for all", async () => {
  const { k, child } = await open();
  const pid = k.launch(SPAWN);
  const other = await child(pid);
  const add = async (who: number, i: number) => code(await k.call(who, "kit.add", { tool: `t${i}` }));
  for (let i = 0; i < REGISTERED_MOST.family; i++)
    assert.equal(await add(i % 2 === 0 ? pid : other, i), "ok");
  assert.deepEqual([await add(pid, 1000), await add(other, 1000)], ["EDQUOT", "EDQUOT"]);
  assert.equal(await add(k.launch(), 1000), "ok");
});
