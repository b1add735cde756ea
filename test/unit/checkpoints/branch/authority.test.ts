// Branches: the authority that goes over from the agent as it stood at a checkpoint, and what does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { printCap } from "../../../../src/abi/capability.ts";
import { code, TestKernel } from "../../../support/kernel.ts";
import { branchOne, listed, held, mark, MARK, READ, SPAWN, marked } from "./marked.ts";

function idOf(k: TestKernel, pid: number, text: string): string {
  const found = k.kernel.state.capabilities.heldBy(pid).find(({ cap }) => printCap(cap) === text);
  assert.ok(found, `${pid} holds no ${text}`);
  return found.cap.id;
}

/** What happens between the checkpoint and the branch, and what a branch may then not do. */
const WIDENING: Readonly<
  Record<string, { grants: string[]; then: (k: TestKernel, pid: number) => unknown; code: string }>
> = {
  "a revoked grant": {
    grants: [READ],
    then: (k, pid) => k.kernel.revoke(k.person, idOf(k, pid, READ), "no more"),
    code: "ENOTCAPABLE",
  },
  "a spent one-shot": {
    grants: [`${READ};uses=1`],
    then: (k, pid) => k.call(pid, "box.read", { at: "fs:/app/a" }),
    code: "ENOTCAPABLE",
  },
  "an expired grant": {
    grants: [`${READ};until=2026-01-01T00:10:00Z`],
    then: (k) => k.clock.advance(3_600_000),
    code: "ENOTCAPABLE",
  },
  "a grant that was dropped": {
    grants: [READ],
    then: (k, pid) => k.call(pid, "capability.drop", { id: idOf(k, pid, READ) }),
    code: "ENOTCAPABLE",
  },
  "a deny that a person gave": {
    grants: [READ],
    then: (k, pid) => k.kernel.give(k.person, pid, listed("deny:read:fs:/app/**")),
    code: "EACCES",
  },
  "a rule that came": {
    grants: [READ],
    then: (k) =>
      k.kernel.setPolicy(k.person, [
        { effect: "deny", rights: ["read"], resource: "fs:/app/**", reason: "frozen" },
      ]),
    code: "EACCES",
  },
  "a rule of the launch that went": {
    grants: [READ],
    then: (k) => k.kernel.setPolicy(k.person, []),
    code: "EACCES",
  },
};

for (const [name, { grants, then, code: expected }] of Object.entries(WIDENING))
  for (const replace of [false, true])
    test(`no branch gets back ${name}${replace ? ", also when it replaces the agent" : ""} (O, P6)`, async () => {
      const gone = name.includes("went");
      const rule = { effect: "deny" as const, rights: ["read"], resource: "fs:/app/**", reason: "launch" };
      const { k, checkpoint, pid } = await marked(grants, {
        ...(gone ? { policy: [rule] } : {}),
      });
      await then(k, pid);
      const to = await branchOne(k, { checkpoint, replace });
      assert.equal(code(await k.call(to, "box.read", { at: "fs:/app/a" })), expected);
    });

test("a use that was not spent goes over once: to a branch that replaces the agent, and to no other", async () => {
  const once = `${READ};uses=1`;
  const { k, pid, checkpoint } = await marked([once]);
  const beside = await branchOne(k, { checkpoint });
  assert.ok(!held(k, beside).some((cap) => cap.startsWith(READ)));
  const instead = await branchOne(k, { checkpoint, replace: true });
  assert.equal(k.process(pid).life.ended, "killed");
  assert.equal(code(await k.call(instead, "box.read", { at: "fs:/app/a" })), "ok");
  assert.equal(code(await k.call(instead, "box.read", { at: "fs:/app/a" })), "ENOTCAPABLE");
  const third = await branchOne(k, { checkpoint, replace: true });
  assert.equal(code(await k.call(third, "box.read", { at: "fs:/app/a" })), "ENOTCAPABLE");
});

test("what is revoked later is revoked for a branch, too, and what its agent must ask for, it must ask for", async () => {
  const { k, pid, checkpoint } = await marked();
  const to = await branchOne(k, { checkpoint });
  assert.equal(code(await k.call(to, "box.read", { at: "fs:/app/a" })), "ok");
  k.kernel.give(k.person, pid, listed("deny:write:fs:/app/**"));
  k.kernel.revoke(k.person, idOf(k, pid, READ), "no more");
  assert.equal(code(await k.call(to, "box.read", { at: "fs:/app/a" })), "ENOTCAPABLE");
  assert.equal(code(await k.call(to, "box.write", { at: "fs:/app/a", content: "x" })), "EACCES");
});

test("what every agent holds from its birth does not come back when a person took it away", async () => {
  const { k, pid, checkpoint } = await marked();
  k.kernel.revoke(k.person, idOf(k, pid, "allow:ask:human:/ask"), "be quiet");
  const to = await branchOne(k, { checkpoint });
  assert.equal(code(await k.call(to, "human.ask", { question: "may I?" })), "ENOTCAPABLE");
});

test("budgets are not refunded: the branch pays through the agent that it goes on from", async () => {
  const k = await TestKernel.open({ hands: true });
  const pid = k.launch([MARK, READ], { budget: { toolCalls: 4 } });
  const checkpoint = await mark(k, pid);
  await k.call(pid, "box.read", { at: "fs:/app/a" });
  const to = await branchOne(k, { checkpoint });
  assert.equal(code(await k.call(to, "capability.list", {})), "ok");
  assert.equal(code(await k.call(to, "capability.list", {})), "ok");
  assert.equal(code(await k.call(to, "capability.list", {})), "EDQUOT");
});

test("an agent may branch itself if a person let it, never somebody else, and never in place of one", async () => {
  const { k, pid, checkpoint } = await marked(["allow:branch:checkpoint:/**", SPAWN[0] ?? "", READ]);
  const other = k.launch([READ, "allow:read:fs:/app/b"]);
  assert.equal(code(await k.call(pid, "checkpoint.branch", { checkpoint, agent: other })), "ENOENT");
  const theirs = k.launch([MARK]);
  const mine = await mark(k, theirs);
  const came = await k.call(pid, "checkpoint.branch", { checkpoint: mine, agent: other });
  assert.equal(code(came), "EACCES");
  assert.equal(code(await k.call(pid, "checkpoint.branch", { checkpoint, replace: true })), "EACCES");
  const before = k.kernel.state.nextPid;
  assert.equal(code(await k.call(pid, "checkpoint.branch", { checkpoint })), "ok");
  const { parent, account } = k.process(before);
  assert.deepEqual([parent, account], [pid, pid]);
});
