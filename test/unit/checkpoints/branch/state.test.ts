// Branches: the conversation, objects and tree that go over, and that a crash leaves all of it or nothing.
import { EXIT } from "../../../../src/abi/cli.ts";
import { runExit } from "../../../../src/cli/run.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOXES, code, TestKernel } from "../../../support/kernel.ts";
import { turns } from "../../../support/kernel/turns.ts";
import { branch, branchOne, listed, held, mark, MARK, READ, SPAWN, marked } from "./marked.ts";

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

test("a run ends as the branch that took the place of its root agent, not as that", async () => {
  const { k, pid, checkpoint } = await marked();
  const to = await branchOne(k, { checkpoint, replace: true });
  const { state } = k.kernel;
  assert.equal(k.process(pid).life.ended, "killed");
  assert.equal(runExit({ state }, [pid]), EXIT.failed, "it goes on");
  await k.call(to, "process.exit", { result: "done" });
  assert.equal(runExit({ state }, [pid]), EXIT.finished);
});
