// Attacks of families on their limits and on each other: spending at once, stale names, other people's answers and mail.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { fault } from "../../../src/abi/errors.ts";
import { FAMILY, valueOf } from "../../support/objects.ts";
import { code, TestKernel } from "../../support/kernel.ts";
import { answerOf, turns } from "../../support/kernel/turns.ts";

const READ = "allow:read:fs:/app/**";
const BEARS = [...FAMILY, READ];

async function open(budget: object = {}, grants = BEARS) {
  const k = await TestKernel.open();
  for (let i = 0; i < 40; i++) k.world.files.set(`fs:/app/${i}`, "text");
  const top = k.launch(grants, { budget });
  const born = async (by: number, args: object = {}, how = "process.spawn"): Promise<number> =>
    Number(valueOf(await k.call(by, how, { goal: "part", grants: BEARS, ...args }))["pid"]);
  return { k, top, born };
}
type Open = Awaited<ReturnType<typeof open>>;

/** Ways to have several spend of one account; each gives the pids that do. */
const SPENDERS: Readonly<Record<string, (on: Open) => Promise<number[]>>> = {
  "children that were promised more": ({ top, born }) =>
    Promise.all([1, 2, 3].map(() => born(top, { budget: { toolCalls: 1000 } }))),
  forks: ({ top, born }) => Promise.all([1, 2, 3].map(() => born(top, {}, "process.fork"))),
  "a child with its parent": async ({ top, born }) => [top, await born(top)],
  "a grandchild with a child": async ({ top, born }) => {
    const child = await born(top);
    return [child, await born(child)];
  },
  "orphans, after their parent has ended": async ({ k, top, born }) => {
    const child = await born(top);
    const orphans = [await born(child), await born(child)];
    await k.call(child, "process.exit", {});
    return orphans;
  },
};

suite("J5: a family cannot spend more than the account that pays for all of it", () => {
  for (const [title, spenders] of Object.entries(SPENDERS))
    for (const left of [0, 1, 4])
      test(`J5: ${title}, ${left} calls left, all at once`, async () => {
        const on = await open({ toolCalls: 20 });
        const { k, top } = on;
        const pids = await spenders(on);
        for (let i = 0; k.process(top).used.toolCalls < 20 - left; i++)
          await k.call(pids[0] ?? 0, "box.read", { at: `fs:/app/${i}` });
        const calls = pids.flatMap((pid) =>
          [30, 31, 32, 33].map((i) => k.call(pid, "box.read", { at: `fs:/app/${i}` })),
        );
        const codes = (await Promise.all(calls)).map((r) => code(r));
        assert.equal(codes.filter((c) => c === "ok").length, left);
        assert.equal(codes.filter((c) => c === "EDQUOT").length, codes.length - left);
        assert.equal(k.process(top).used.toolCalls, 20);
        // The counters do not move while it is stopped, and a reload does not give anything back.
        const again = await k.crash();
        assert.equal(again.process(top).used.toolCalls, 20);
        assert.equal(again.process(top).reserved.toolCalls, 0);
      });
});

suite("J4: what a model fails to say costs a bounded number of tries, and each is counted once", () => {
  for (const failing of ["EIO", "EUNAVAILABLE", "E2BIG"] as const)
    test(`J4: ${failing}`, async () => {
      let asked = 0;
      const model = () => {
        asked += 1;
        return Promise.resolve(fault(failing, "no answer", "later"));
      };
      const k = await TestKernel.open({ model });
      const pid = k.launch([]);
      await k.kernel.rest();
      assert.equal(asked, 1, "retries of the transport are the provider's own");
      const { used, reserved, life } = k.process(pid);
      assert.deepEqual([used.modelCalls, reserved.modelCalls, reserved.tokens], [1, 0, 0]);
      assert.notEqual(life.stops.model, undefined);
    });

  test("J4: answers that say nothing are asked for again twice, and then the agent waits for a person", async () => {
    let asked = 0;
    const model = () => {
      asked += 1;
      return Promise.resolve(answerOf(""));
    };
    const k = await TestKernel.open({ model });
    const pid = k.launch([]);
    await k.kernel.rest();
    const { life, used } = k.process(pid);
    assert.deepEqual([asked, used.modelCalls, life.ended], [3, 3, undefined]);
    assert.notEqual(life.stops.model, undefined);
  });

  test("J4: tools that do not exist are refused each time and stop at the budget", async () => {
    const script = Array.from({ length: 50 }, (_, i) => [[`no_tool_${i}`, {}]] as const);
    const k = await TestKernel.open({ model: turns({ 2: script }) });
    const pid = k.launch([], { budget: { modelCalls: 5 } });
    await k.kernel.rest();
    assert.equal(k.process(pid).used.modelCalls, 5);
    assert.ok(k.of("call.end").every((r) => r.data.op === "model.call" || r.data.error?.code === "ENOSYS"));
  });
});

suite("J6: what is guessed is counted and capped like what is known", () => {
  for (const estimated of [true, undefined])
    test(`J6: ${estimated === true ? "estimated" : "known"} tokens`, async () => {
      const usage = { input: 300, output: 100, ...(estimated === true ? { estimated } : {}) };
      const model = ({ turn }: { turn: number }) =>
        Promise.resolve({ ...answerOf([["read_box", { at: `fs:/app/${turn}` }]]), usage });
      const k = await TestKernel.open({ model });
      const pid = k.launch([READ], { budget: { tokens: 2000 } });
      await k.kernel.rest();
      const { used, life } = k.process(pid);
      assert.ok(used.tokens <= 2000 && used.tokens >= 400, String(used.tokens));
      assert.equal(used.estimated, estimated);
      assert.notEqual(life.stops.budget, undefined);
    });
});

/** What one process may try on another that has ended or was never there, and how it is told. */
const STALE: readonly (readonly [op: string, args: (pid: number) => object])[] = [
  ["process.send", (pid) => ({ pid, message: "hello" })],
  ["process.signal", (pid) => ({ pid, signal: "resume" })],
  ["process.signal", (pid) => ({ pid, signal: "kill" })],
  ["capability.delegate", (pid) => ({ pid, grants: [READ] })],
  ["capability.transfer", (pid) => ({ pid, id: "cap3" })],
];

suite("K1: names of processes go stale and never mean another", () => {
  for (const end of ["killed", "finished", "reaped by its parent"])
    test(`K1: a process that was ${end}`, async () => {
      const { k, top, born } = await open();
      const child = await born(top);
      const caller = k.caller(child);
      if (end === "killed") k.kernel.signal(k.person, child, "kill", "test");
      else await k.call(child, "process.exit", { result: 1 });
      if (end === "reaped by its parent") await k.call(top, "process.wait", { pid: child });
      for (const [op, args] of STALE) assert.equal(code(await k.call(top, op, args(child))), "ENOENT", op);
      // It can do nothing more itself, and nothing of it is written down.
      const before = k.records.length;
      for (const op of ["box.read", "process.exit", "capability.list", "no.such"])
        assert.equal(code(await k.kernel.syscall(caller, op, {})), "EINTR", op);
      assert.equal(k.records.length, before);
      const again = await k.crash();
      const next = again.launch([]);
      assert.ok(next > child, "no pid is given twice");
    });

  test("K1: what was granted on a pid before it was born is no more than what it says", async () => {
    const { k, top, born } = await open({}, [...BEARS, "allow:message:process:/3"]);
    const child = await born(top);
    assert.equal(child, 3);
    const other = await born(top);
    assert.equal(code(await k.call(child, "process.send", { pid: other, message: "x" })), "ENOTCAPABLE");
  });
});

suite("K1: a child is not its parent, nor a person", () => {
  test("K1: it cannot answer a question, give, revoke, raise or launch, with the witness of a process", async () => {
    const { k, top, born } = await open({ toolCalls: 9 }, [...BEARS, "ask:write:fs:/app/**"]);
    const child = await born(top);
    const asking = k.call(top, "box.write", { at: "fs:/app/1", content: "x" });
    await k.settle();
    const { id } = k.question;
    const before = k.records.length;
    for (const who of [
      k.caller(child),
      k.caller(top),
      { as: "person" },
      Object.create(k.person),
    ] as never[]) {
      const answer = { allow: true, scope: "workspace" as const };
      const grant = { effect: "allow" as const, rights: ["write" as const], resource: "fs:/app/**" };
      const acts = [
        k.kernel.answer(who, id, answer),
        k.kernel.give(who, child, grant),
        k.kernel.revoke(who, "cap1", "test"),
        k.kernel.raise(who, top, { toolCalls: 1 }),
        k.kernel.signal(who, top, "kill", "test"),
        k.kernel.message(who, top, "obey"),
        k.kernel.setPolicy(who, []),
      ];
      assert.deepEqual(
        acts.map((result) => (result === undefined || !("code" in result) ? "done" : result.code)),
        acts.map(() => "EACCES"),
      );
    }
    assert.equal(k.records.length, before);
    k.answer({ allow: false });
    assert.equal(code(await asking), "ECANCELED");
  });

  test("K1: it reaches neither the mail, the objects nor the end of its parent and its siblings", async () => {
    const { k, top, born } = await open();
    const [child, sibling] = [await born(top), await born(top)];
    for (const pid of [child, sibling]) await k.call(top, "process.send", { pid, message: `for ${pid}` });
    for (const pid of [top, sibling]) await k.call(pid, "object.put", { name: "n", value: `of ${pid}` });
    for (const pid of [top, sibling, 1]) {
      const tries: [string, object][] = [
        ["object.get", { name: "n", namespace: `p${pid}` }],
        ["object.put", { name: "n", namespace: `p${pid}`, value: 1 }],
        ["object.delete", { name: "n", namespace: `p${pid}` }],
        ["process.wait", { pid, seconds: 0 }],
        ["process.events", { pid }],
        ["process.signal", { pid, signal: "pause" }],
        ["process.send", { pid, message: "x" }],
        ["capability.delegate", { pid, grants: [READ] }],
      ];
      for (const [op, args] of tries)
        assert.equal(code(await k.call(child, op, args)), "ENOTCAPABLE", `${op} ${JSON.stringify(args)}`);
    }
    const got = valueOf(await k.call(child, "process.receive", { seconds: 0 }));
    assert.equal(got["message"], `for ${child}`);
    assert.equal(code(await k.call(child, "process.receive", { from: top, seconds: 0 })), "ETIMEDOUT");
    assert.equal(k.process(sibling).mailbox.length, 1);
    assert.deepEqual(valueOf(await k.call(child, "object.list"))["entries"], []);
  });
});
