// Branches: what goes over to one from the agent as it stood at a checkpoint, and what does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCap, printCap, type Listed } from "../../../src/abi/capability.ts";
import { isFault } from "../../../src/abi/errors.ts";
import { BOXES, code, TestKernel, turns, type Setup } from "../../support/kernel.ts";
import { kinds } from "../../harness/kinds.ts";

interface Branched {
  readonly processes: readonly { from: number; to: number; held: string[]; left: string[] }[];
}

/** Orders a branch as a person; fails the test when it is refused. */
async function branch(k: TestKernel, args: object): Promise<Branched["processes"]> {
  const came = await k.kernel.order(k.person, "checkpoint.branch", args);
  await k.settle();
  assert.ok(!isFault(came), JSON.stringify(came));
  return (came.value as Branched).processes;
}

async function branchOne(k: TestKernel, args: object): Promise<number> {
  const [made] = await branch(k, args);
  assert.ok(made);
  return made.to;
}

function listed(text: string): Listed {
  const cap = parseCap(text, kinds);
  assert.ok(!isFault(cap), JSON.stringify(cap));
  return cap;
}

/** The allows and asks that a process holds now, as texts. */
function held(k: TestKernel, pid: number): string[] {
  const { capabilities } = k.kernel.state;
  const live = capabilities.heldBy(pid).filter((each) => capabilities.live(each, k.kernel.now()));
  return live.map(({ cap }) => printCap(cap)).sort();
}

function idOf(k: TestKernel, pid: number, text: string): string {
  const found = k.kernel.state.capabilities.heldBy(pid).find(({ cap }) => printCap(cap) === text);
  assert.ok(found, `${pid} holds no ${text}`);
  return found.cap.id;
}

async function mark(k: TestKernel, pid: number): Promise<string> {
  const made = await k.call(pid, "checkpoint.create", {});
  assert.ok(!isFault(made), JSON.stringify(made));
  return (made.value as { checkpoint: string }).checkpoint;
}

const MARK = "allow:create:checkpoint:/self";
const READ = "allow:read:fs:/app/a";
const SPAWN = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];

/** An agent that makes each call by hand, and its checkpoint. */
async function marked(grants: readonly string[] = [READ], more: Setup = {}) {
  const k = await TestKernel.open({ ...more, hands: true });
  k.world.files.set("fs:/app/a", "text");
  const pid = k.launch([MARK, ...grants]);
  const checkpoint = await mark(k, pid);
  return { k, pid, checkpoint };
}

test("a branch begins with the conversation, the objects and the authority of the checkpoint, not with later ones", async () => {
  const k = await TestKernel.open({ hands: true });
  const pid = k.launch([MARK, READ]);
  await k.call(pid, "object.put", { name: "plan", type: "text", value: "first" });
  await k.call(pid, "object.put", { name: "part", type: "text", value: "1" });
  await k.call(pid, "object.link", { from: "plan", to: "part", relation: "has_step" });
  const checkpoint = await mark(k, pid);
  await k.call(pid, "object.put", { name: "plan", type: "text", value: "second" });
  await k.call(pid, "object.put", { name: "later", type: "text", value: "x" });
  k.kernel.message(k.person, pid, "and now something else");
  k.kernel.give(k.person, pid, listed("allow:read:fs:/app/later"));
  const to = await branchOne(k, { checkpoint, text: "try another way" });
  const { conversation, account, parent, branch: at, forkOf } = k.process(to);
  assert.deepEqual([account, parent, forkOf, at?.checkpoint], [pid, 1, pid, checkpoint]);
  const said = conversation.map((entry) => (entry.role === "user" ? [entry.by, entry.text] : []));
  assert.deepEqual([said[0], said[2], said.length], [["person", "work"], ["person", "try another way"], 3]);
  assert.match(said[1]?.[1] ?? "", /^You go on from checkpoint c1, as a branch of process 2\./u);
  const objects = [...(k.kernel.state.objects.get(`p${to}`)?.values() ?? [])];
  assert.deepEqual(
    objects.map(({ name, versions }) => [name, versions.map((v) => [v.version, v.value, v.from])]),
    [
      ["plan", [[1, "first", [{ namespace: "p2", name: "plan", version: 1 }]]]],
      ["part", [[1, "1", [{ namespace: "p2", name: "part", version: 1 }]]]],
    ],
  );
  assert.deepEqual(objects[0]?.links, [
    { to: { namespace: `p${to}`, name: "part", version: 1 }, relation: "has_step" },
  ]);
  assert.ok(held(k, to).includes(READ));
  assert.ok(!held(k, to).includes("allow:read:fs:/app/later"));
  assert.equal(code(await k.call(to, "object.get", { name: "plan" })), "ok");
  assert.equal(code(await k.call(to, "object.get", { name: "plan", namespace: "p2" })), "ENOTCAPABLE");
});

/** What happens between the checkpoint and the branch, and what a branch may then not do. */
const WIDENING: Readonly<
  Record<string, { grants: string[]; then(k: TestKernel, pid: number): unknown; code: string }>
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

test("a tree goes on with the same parts: each holds the new ones where it held the old ones, and no more", async () => {
  const { k, pid } = await marked([...SPAWN, READ, "allow:read:fs:/app/b"]);
  await k.call(pid, "process.spawn", { goal: "narrow", image: "boxes", grants: ["allow:read:fs:/app/b"] });
  const [child = 0] = k.process(pid).children;
  const checkpoint = await mark(k, pid);
  await k.call(pid, "process.spawn", { goal: "later", image: "boxes", grants: [] });
  const made = await branch(k, { checkpoint });
  assert.deepEqual(
    made.map(({ from }) => from),
    [pid, child],
  );
  const [trunk = 0, twig = 0] = made.map(({ to }) => to);
  assert.deepEqual([k.process(twig).parent, k.process(twig).account], [trunk, child]);
  const signals = held(k, trunk).filter((cap) => cap.includes(":process:/"));
  assert.deepEqual(signals, [`allow:spawn:process:/children`, `allow:wait,signal,message:process:/${twig}`]);
  assert.equal(code(await k.call(twig, "box.read", { at: "fs:/app/a" })), "ENOTCAPABLE");
  assert.equal(code(await k.call(trunk, "process.signal", { pid: child, signal: "kill" })), "ENOTCAPABLE");
  assert.equal(code(await k.call(trunk, "process.signal", { pid: twig, signal: "kill" })), "ok");
  const told = k.process(trunk).conversation.at(-1);
  assert.match(told?.role === "user" ? told.text : "", new RegExp(`${child} is ${twig}`, "u"));
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

test("the turn that was not over is decided anew, a question that waited is withdrawn, and the branch is told", async () => {
  const secret = "hunter2-and-more";
  const requests = new Map<number, string>();
  const image = { ...BOXES, tools: [...BOXES.tools, "create_checkpoint"] };
  const k = await TestKernel.open({
    images: new Map([["boxes", image]]),
    secrets: [secret],
    model: (request, signal) => {
      requests.set(request.pid, JSON.stringify(request.messages));
      const own = [
        [["put_object", { name: "note", type: "text", value: secret }]],
        [
          ["create_checkpoint", {}],
          ["ask_human", { question: "go on?" }],
        ],
      ] as const;
      return turns({ 2: own })(request, signal);
    },
  });
  const pid = k.launch([MARK]);
  await k.settle();
  assert.equal(k.open.length, 1);
  assert.ok(requests.get(pid)?.includes(secret), "its own model knows what it said");
  const to = await branchOne(k, { checkpoint: "c1", replace: true });
  assert.equal(k.process(pid).life.ended, "killed");
  assert.equal(k.open.length, 0);
  const { conversation, turns: next } = k.process(to);
  assert.deepEqual(
    conversation.slice(0, 3).map((entry) => entry.role),
    ["user", "turn", "user"],
  );
  assert.equal(next, 2, "it took turn 1 again");
  const told = conversation[2];
  assert.match(told?.role === "user" ? told.text : "", /Your turn was not over; decide it anew\./u);
  const sent = requests.get(to) ?? "";
  assert.ok(sent.includes("put_object") && !sent.includes(secret), "the branch reads the record alone");
  const again = await k.crash();
  assert.deepEqual(again.process(to).conversation, conversation);
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

test("a branch of one that has ended holds what that one still would, and stands below init", async () => {
  const { k, pid, checkpoint } = await marked();
  await k.call(pid, "process.exit", { result: "done" });
  const to = await branchOne(k, { checkpoint });
  assert.equal(code(await k.call(to, "box.read", { at: "fs:/app/a" })), "ok");
  assert.equal(k.process(to).parent, 1);
});

test("a crash at any record leaves the whole branch, or nothing of it", async () => {
  const { k, pid } = await marked([...SPAWN, READ]);
  await k.call(pid, "process.spawn", { goal: "part", image: "boxes", grants: [] });
  await k.call(pid, "object.put", { name: "plan", type: "text", value: "x" });
  const checkpoint = await mark(k, pid);
  const before = k.records.length;
  const cuts = new Set(k.journal.cuts);
  const made = await branch(k, { checkpoint, replace: true });
  assert.equal(made.length, 2);
  const all = structuredClone(k.kernel.state.processes);
  const heads = k.journal.cuts.filter((cut) => !cuts.has(cut));
  assert.ok(heads.length > 0);
  for (const at of [before, ...heads]) {
    const again = await k.crash(at);
    const born = [...again.kernel.state.processes.keys()].filter((each) => ![1, pid, pid + 1].includes(each));
    assert.ok(born.length === 0 || born.length === 2, `${born.length} at ${at}`);
    assert.equal(again.process(pid).life.ended, born.length === 0 ? undefined : "killed");
    if (born.length === 2)
      for (const { to } of made) {
        assert.deepEqual(again.process(to).conversation, all.get(to)?.conversation);
        assert.deepEqual(held(again, to), held(k, to));
      }
  }
});
