// Calls of calls: whose authority they have, and what a narrowed caller is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../../src/abi/errors.ts";
import { code } from "../../../support/kernel.ts";
import { make, NEST_FILE as FILE, type Part } from "../../../support/nest.ts";
import { READ, WRITE, open, came, caller } from "./calls.ts";

test("a call of a call is decided by the same line: what is not held is refused, on record", async () => {
  const { k, run } = await open(["allow:read:fs:/app/**", "deny:read:fs:/app/no"]);
  const denied = { op: "box.read", args: { at: "fs:/app/no" } };
  assert.deepEqual(came(await run([READ, WRITE, denied, { op: "box.read", args: 7 }])), [
    ...["ok", "ENOTCAPABLE", "EACCES", "EINVAL"],
  ]);
  assert.deepEqual(
    k.of("call.end").map((e) => e.data.decision),
    ["allow", "deny", "deny", "none", "allow"],
  );
  assert.deepEqual(k.world.effects, []);
});

const WITHIN: [held: string[], within: string[], op: Part, code: string][] = [
  [["allow:read,write:fs:/app/**"], ["allow:read:fs:/app/**"], READ, "ok"],
  [["allow:read,write:fs:/app/**"], ["allow:read:fs:/app/**"], WRITE, "ENOTCAPABLE"],
  [["allow:read:fs:/app/**"], ["allow:read,write:fs:/**"], WRITE, "ENOTCAPABLE"],
  [["allow:read:fs:/app/**"], [], READ, "ENOTCAPABLE"],
  [["allow:read:fs:/app/**"], ["allow:read:fs:/app/b.txt"], READ, "ENOTCAPABLE"],
  [["allow:read:fs:/app/b.txt"], ["allow:read:fs:/app/**"], READ, "ENOTCAPABLE"],
  [["allow:read:fs:/app/**", `deny:read:${FILE}`], ["allow:read:fs:/app/**"], READ, "EACCES"],
  [["allow:read:fs:/app/**"], ["allow:read:fs:/app/**;until=2025-01-01T00:00:00Z"], READ, "ENOTCAPABLE"],
  [["allow:read:fs:/app/**"], ["allow:read:fs:/app/**;until=2027-01-01T00:00:00Z"], READ, "ok"],
  [["allow:read:fs:/app/**"], ["allow:read:fs:/app/**;uses=1"], READ, "EINVAL"],
  [["allow:read:fs:/app/**"], ["deny:read:fs:/app/**"], READ, "EINVAL"],
];

for (const [held, within, part, expected] of WITHIN)
  test(`held ${held.join(" ")}, narrowed to ${within.join(" ") || "nothing"}: ${part.op} is ${expected}`, async () => {
    const { k, run } = await open(held);
    assert.deepEqual(came(await run([{ ...part, within }])), [expected]);
    const end = k.of("call.end").find((e) => e.data.op === part.op);
    if (expected === "EINVAL") assert.equal(end, undefined);
    else assert.deepEqual(end?.data.within, within, "the list is on record");
  });

test("a narrowed caller that narrows again has what both lists cover, and no more than its maker", async () => {
  const { nest, run } = await open(["allow:read,write:fs:/app/**"]);
  const inner = (within: string[]): Part => ({
    op: "nest.run",
    args: { calls: [{ ...READ, within }, WRITE] },
    within: ["allow:read:fs:/app/**"],
  });
  const seen: unknown[] = [];
  nest.body = async (on, parts) => {
    const results = [];
    for (const part of parts) results.push(code(await make(on, part)));
    seen.push(results);
    return results;
  };
  await run([inner(["allow:read,write:fs:/**"])]);
  await run([inner(["allow:read:fs:/app/b.txt"])]);
  assert.deepEqual(seen, [["ok", "ENOTCAPABLE"], ["ok"], ["ENOTCAPABLE", "ENOTCAPABLE"], ["ok"]]);
});

test("what acts for the whole process is refused to a narrowed caller, whatever its list says", async () => {
  const everything = ["allow:spawn,wait,signal,message:process:/**", "allow:execute,register:image:/**"];
  const { k, run } = await open([...everything, "allow:read:fs:/app/**"]);
  const whole = [...k.kernel.operations.values()].filter((op) => op.whole === true);
  for (const name of ["request", "delegate", "transfer", "drop"].map((verb) => `capability.${verb}`))
    assert.ok(whole.some((op) => op.name === name));
  for (const name of ["process.spawn", "process.fork", "process.exec", "process.exit", "image.register"])
    assert.ok(whole.some((op) => op.name === name));
  const within = [...everything, "allow:ask:human:/ask", "allow:call:model:/**", "allow:read:fs:/**"];
  const parts = whole.map(({ name: op }) => ({ op, args: {}, within }));
  assert.deepEqual(
    came(await run(parts)),
    whole.map(() => "EACCES"),
  );
  const refused = k.of("call.end").filter((e) => e.data.op !== "nest.run");
  assert.ok(refused.every((e) => e.data.decision === "deny" && e.data.outcome === "not-run"));
  assert.equal(k.process(2).life.ended, undefined);
});

test("no operation is free to a narrowed caller but one that decides each entry by itself", async () => {
  const { k } = await open([]);
  const view = { pid: 2, parent: 1, cwd: "fs:/app", roots: [], image: "nests", model: "test/one" };
  const free = [...k.kernel.operations.values()].filter((op) => {
    const bound = op.decode({});
    const needs = isFault(bound) ? undefined : bound.needs({ ...view, seen: () => undefined });
    return op.whole !== true && needs !== undefined && !isFault(needs) && needs.length === 0;
  });
  assert.deepEqual(free.map((op) => op.name).sort(), [
    "nest.run",
    "nest.write",
    "object.list",
    "process.wait",
  ]);
});

test("a call of a call asks like any other, and the process waits for the answer", async () => {
  const { k, run } = await open(["ask:write:fs:/app/**"]);
  const call = run([WRITE]);
  await k.settle();
  assert.deepEqual([k.question.call, k.question.op], ["2.x0.1", "box.write"]);
  assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["approval"] });
  k.answer();
  assert.deepEqual(came(await call), ["ok"]);
  assert.deepEqual(k.world.effects, [`write ${FILE} new`]);
  assert.equal(k.of("call.end").find((e) => e.call === "2.x0.1")?.data.decision, "approved");
});

test("an answer gives a narrowed caller nothing beyond its list", async () => {
  const { k, run } = await open(["ask:read,write:fs:/app/**"]);
  const within = [`allow:read:${FILE}`];
  const call = run([
    { ...READ, within },
    { ...WRITE, within },
  ]);
  await k.settle();
  k.answer({ scope: "agent", grant: "allow:read,write:fs:/app/**" });
  assert.deepEqual(came(await call), ["ok", "ENOTCAPABLE"]);
});

test("a revoke takes the authority of a narrowed caller with that of its process", async () => {
  const { k, nest, run } = await open(["allow:read:fs:/app/**"]);
  nest.body = async (on) => {
    const as = caller(on, "allow:read:fs:/app/**");
    const first = code(await on.sub("box.read", { at: FILE }, as));
    k.kernel.revoke(k.person, "cap1", "no");
    return [first, code(await on.sub("box.read", { at: FILE }, as))];
  };
  assert.deepEqual(came(await run()), ["ok", "ENOTCAPABLE"]);
});
