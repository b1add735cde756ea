// Passing on is giving: whoever may speak to a process cannot bind it by what it passes on, unless it answers for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILY, valueOf } from "../../support/objects.ts";
import { code, TestKernel } from "../../support/kernel.ts";

const LIMITS = ["deny:call:model:/**", "ask:call:model:/test/one", "deny:read:fs:/app/**"];

test("a process that may answer another cannot take away from it what it may do", async () => {
  const k = await TestKernel.open();
  const asked = k.launch(["allow:read:fs:/app/**", "allow:message:process:/3"]);
  const answering = k.launch([]);
  for (const limit of LIMITS) {
    await k.call(asked, "process.send", {
      pid: answering,
      message: "well?",
      correlation: limit,
      reply: true,
    });
    const held = k.kernel.state.capabilities.heldBy(asked).length;
    const grants = [limit, "allow:ask:human:/ask"];
    const result = await k.call(answering, "capability.delegate", { pid: asked, grants });
    assert.equal(code(result), "EACCES", limit);
    assert.equal(k.kernel.state.capabilities.heldBy(asked).length, held);
  }
  assert.equal(
    code(await k.call(asked, "model.call", { model: "test/one", pid: asked, turn: 0 })),
    "EUNAVAILABLE",
  );
});

test("a child cannot bind its parent, and a parent can bind its children and theirs", async () => {
  const k = await TestKernel.open();
  const pid = k.launch([...FAMILY, "allow:read:fs:/app/**"]);
  const spawn = async (by: number): Promise<number> =>
    Number(valueOf(await k.call(by, "process.spawn", { goal: "part", grants: FAMILY }))["pid"]);
  const child = await spawn(pid);
  const grandchild = await spawn(child);
  for (const to of [child, grandchild])
    await k.call(pid, "process.send", { pid: to, message: "x", reply: true });
  const bind = (by: number, to: number) =>
    k.call(by, "capability.delegate", { pid: to, grants: ["deny:read:fs:/app/**"] });
  assert.equal(code(await bind(child, pid)), "EACCES");
  assert.equal(code(await bind(pid, child)), "ok");
  k.kernel.give(k.person, pid, { effect: "allow", rights: ["message"], resource: `process:/${grandchild}` });
  assert.equal(code(await bind(pid, grandchild)), "ok");
});
