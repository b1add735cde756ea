// A fork of an agent that has ended: what it knows, what it holds, what it never does, and that a reload changes nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { printCap } from "../../../src/abi/capability.ts";
import type { Thinker } from "../../support/kernel/turns.ts";
import { BOXES, TestKernel } from "../../support/kernel.ts";
import { turns, type Turn } from "../../support/kernel/turns.ts";
import { parseGrants } from "../../../src/abi/capability.ts";
import { isFault, type Result } from "../../../src/abi/errors.ts";
import { kinds } from "../../harness/kinds.ts";

const HELD = ["allow:read,write:fs:/app/**", "allow:sleep:clock:/sleep"];

/** An agent that has done what `first` says, and what each later model call was told. */
async function ended(first: readonly Turn[], more: Record<number, readonly Turn[]> = {}, grants = HELD) {
  const heard: Record<number, string[][]> = {};
  const answers = turns({ 2: first, ...more });
  const model: Thinker = (request, signal) => {
    (heard[request.pid] ??= []).push(request.messages.map((m) => ("text" in m ? m.text : m.content)));
    return answers(request, signal);
  };
  const k = await TestKernel.open({ model });
  k.world.files.set("fs:/app/a", "what a says");
  k.launch(grants, { goal: "the first goal", budget: { modelCalls: 3 } });
  await k.kernel.rest();
  return { k, heard };
}

function fork(
  k: TestKernel,
  of: number,
  grants: readonly string[] = [],
  budget = {},
): Result<{ pid: number }> {
  const listed = parseGrants(grants, kinds);
  assert.ok(!isFault(listed));
  return k.kernel.launch(k.person, {
    ...{ image: BOXES, goal: "and now this", model: "test/one", grants: listed, budget },
    ...{ cwd: "fs:/app", launch: { interactive: false }, forkOf: of },
  });
}

const held = (k: TestKernel, pid: number): string[] =>
  k.kernel.state.capabilities.heldBy(pid).map(({ cap }) => printCap(cap));

test("it begins with all that was said, its own pid and account, and holds what was listed and nothing else", async () => {
  const { k, heard } = await ended([[["read_box", { at: "fs:/app/a" }]], [["finish", { result: "read" }]]], {
    3: [[["read_box", { at: "fs:/app/a" }]], [["finish", { result: "again" }]]],
  });
  const born = fork(k, 2, ["allow:sleep:clock:/sleep"], { modelCalls: 2 });
  assert.deepEqual(born, { ok: true, value: { pid: 3 } });
  await k.kernel.rest();
  const [first = []] = heard[3] ?? [];
  assert.deepEqual([first[0], first.at(-1), first.length], ["the first goal", "and now this", 6]);
  assert.match(first[2] ?? "", /what a says/u);
  const child = k.process(3);
  assert.deepEqual([child.parent, child.account, child.forkOf, child.goal], [1, 1, 2, "and now this"]);
  assert.deepEqual([child.result, child.used.modelCalls, k.process(2).used.modelCalls], ["again", 2, 2]);
  assert.deepEqual(held(k, 3), [
    "allow:sleep:clock:/sleep",
    "allow:call:model:/test/one",
    "allow:ask:human:/ask",
    "allow:read,write,link,share:object:/p3/**",
  ]);
  const refused = k.of("call.end").find((e) => e.pid === 3 && e.data.op === "box.read");
  assert.equal(refused?.data.error?.code, "ENOTCAPABLE", "what the first one held is not its own");
  const spawned = JSON.stringify(k.of("process.spawn").find((r) => r.pid === 3)?.data);
  assert.ok(!spawned.includes("the first goal"), "the record does not say it all again");
});

test("what an agent was stopped in the middle of is told as not run, and done by nobody", async () => {
  const write = (content: string): [string, unknown] => ["write_box", { at: "fs:/app/a", content }];
  const { k, heard } = await ended([[write("one"), write("two")]], { 3: ["I know."] }, [
    "ask:write:fs:/app/**",
  ]);
  k.kernel.signal(k.person, 2, "kill", "test");
  await k.settle();
  const unfinished = k.process(2).conversation.findLast((e) => e.role === "turn");
  assert.deepEqual(
    unfinished?.role === "turn" && [...unfinished.results.keys()],
    [0],
    "the second never began",
  );
  const before = k.of("call.end").length;
  assert.ok(fork(k, 2, HELD).ok);
  await k.kernel.rest();
  const [first = []] = heard[3] ?? [];
  assert.match(first[2] ?? "", /EINTR/u);
  assert.match(first[3] ?? "", /not run/u);
  const ends = k.of("call.end").slice(before);
  assert.deepEqual(
    ends.map((e) => e.data.op),
    ["model.call"],
  );
  assert.deepEqual([k.world.files.get("fs:/app/a"), k.process(3).result], ["what a says", "I know."]);
});

test("what was left out of the first one's model calls is left out of its fork's", async () => {
  const { k, heard } = await ended(
    [[["read_box", { at: "fs:/app/a" }]], [["read_box", { at: "fs:/app/b" }]], [["finish", {}]]],
    { 3: ["Yes."] },
  );
  // A record as the loop writes it when the window is full.
  k.journal.append("process.trim", { from: 2, reason: "test" }, { pid: 2 });
  assert.ok(fork(k, 2).ok);
  await k.kernel.rest();
  assert.equal(k.process(3).trimmed, 2);
  const [first = []] = heard[3] ?? [];
  assert.deepEqual([first[0], first[1]?.startsWith("(An earlier part")], ["the first goal", true]);
  assert.ok(!first.join("\n").includes("what a says"));
});

test("a reload at any record gives the state that was live, and a fork of a fork knows both", async () => {
  const { k, heard } = await ended([[["read_box", { at: "fs:/app/a" }]], "Read."], {
    3: [[["read_box", { at: "fs:/app/a" }]], "Done."],
    4: ["Both."],
  });
  assert.ok(fork(k, 2, HELD).ok);
  await k.kernel.rest();
  assert.ok(fork(k, 3).ok);
  await k.kernel.rest();
  const [first = []] = heard[4] ?? [];
  assert.deepEqual(
    first.filter((_, i) => [0, 4, 8].includes(i)),
    ["the first goal", "and now this", "and now this"],
  );
  const next = await k.crash();
  for (const pid of [2, 3, 4]) assert.deepEqual(next.process(pid), k.process(pid), `process ${pid}`);
  const half = await next.crash(next.of("capability.mint").at(-1)?.seq, { model: turns({ 4: ["Late."] }) });
  await half.kernel.rest();
  assert.deepEqual([half.process(4).forkOf, half.process(4).result], [3, "Late."]);
});

test("nobody forks what there is not, init, or one that lives; and only a person may", async () => {
  const { k } = await ended([[["ask_human", { question: "Which?" }]]], { 3: ["Your turn."] });
  const code = (of: number): string => {
    const born = fork(k, of);
    return born.ok ? "ok" : born.code;
  };
  k.launch([], { launch: { interactive: true } });
  await k.kernel.rest();
  assert.deepEqual(k.kernel.standing(3).on, ["message"]);
  assert.deepEqual([code(9), code(1), code(2), code(3)], ["ENOENT", "ENOENT", "EBUSY", "EBUSY"]);
  assert.equal(k.of("process.spawn").length, 2);
  const order = { image: BOXES, goal: "x", model: "test/one", grants: [], budget: {}, cwd: "fs:/app" };
  k.kernel.signal(k.person, 2, "kill", "test");
  await k.settle();
  const forged = k.kernel.launch({ as: "person" } as never, {
    ...order,
    launch: { interactive: false },
    forkOf: 2,
  });
  assert.equal(forged.ok, false);
  assert.equal(code(2), "ok");
});
