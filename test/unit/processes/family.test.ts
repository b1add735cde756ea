// Families: signals, ends, orphans, waiting and reaping, and who may speak to whom.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOXES, code, TestKernel, type Setup } from "../../support/kernel.ts";
import { notesOf } from "../../harness/notes.ts";

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:read,write:fs:/app/**"];
const FILE = "fs:/app/a.txt";

async function family(setup: Setup = {}) {
  const k = await TestKernel.open(setup);
  const pid = k.launch(FAMILY);
  const spawn = async (of = pid, grants = FAMILY) => {
    const result = await k.call(of, "process.spawn", { goal: "part", grants });
    assert.equal(code(result), "ok", JSON.stringify(result));
    return Math.max(...k.kernel.state.processes.keys());
  };
  const word = (p: number) => {
    const { ended, reaped, paused } = k.process(p).life;
    return `${ended ?? (paused ? "paused" : "alive")}${reaped ? " reaped" : ""} of ${k.process(p).parent}`;
  };
  return { k, pid, spawn, word };
}

test("kill takes the whole subtree, deepest first, and nobody else", async () => {
  const { k, pid, spawn, word } = await family();
  const child = await spawn();
  const grandchild = await spawn(child);
  const sibling = await spawn();
  const other = k.launch(FAMILY);
  k.kernel.signal(k.person, child, "kill", "wrong way");
  assert.deepEqual([pid, child, grandchild, sibling, other].map(word), [
    ...["alive of 1", `killed of ${pid}`, "killed reaped of 1", `alive of ${pid}`, "alive of 1"],
  ]);
  assert.deepEqual(
    k.of("process.exit").map((r) => r.pid),
    [grandchild, child],
  );
  assert.equal(k.process(grandchild).reason, "wrong way");
});

test("who ends leaves living children to init, and dead ones are reaped with it", async () => {
  const { k, pid, spawn, word } = await family();
  const living = await spawn();
  const dead = await spawn();
  const below = await spawn(living);
  k.kernel.signal(k.person, dead, "kill", "test");
  assert.equal(word(dead), `killed of ${pid}`, "a zombie waits for its parent");
  await k.call(pid, "process.exit", { result: "done" });
  assert.deepEqual([pid, living, dead, below].map(word), [
    ...["finished reaped of 1", "alive of 1", "killed reaped of 1", `alive of ${living}`],
  ]);
  assert.equal(
    code(await k.call(living, "box.write", { at: FILE, content: "x" })),
    "ok",
    "what it was given stays",
  );
  k.kernel.signal(k.person, living, "kill", "test");
  assert.equal(word(living), "killed reaped of 1");
});

test("wait collects the result and reaps, once; another holder of the right only looks", async () => {
  const { k, pid, spawn, word } = await family();
  const child = await spawn();
  const waiting = k.call(pid, "process.wait", { pid: child });
  await k.settle();
  await k.call(child, "process.exit", { result: { answer: 42 } });
  const result = await waiting;
  assert.deepEqual(result.ok && result.value, { pid: child, exit: "finished", result: { answer: 42 } });
  assert.equal(word(child), `finished reaped of ${pid}`);
  const again = await k.call(pid, "process.wait", { pid: child });
  assert.deepEqual(again, result, "the result stays readable");
  assert.equal(k.of("process.reap").length, 1);
  const sister = await spawn();
  const stranger = await k.call(sister, "process.wait", { pid: child });
  assert.equal(code(stranger), "ENOTCAPABLE");
  const third = await spawn();
  const watcher = await spawn(pid, [...FAMILY, `allow:wait:process:/${third}`]);
  await k.call(third, "process.exit", { failed: true, result: "no" });
  const looked = await k.call(watcher, "process.wait", { pid: third });
  assert.deepEqual(looked.ok && looked.value, { pid: third, exit: "failed", result: "no" });
  assert.equal(word(third), `failed of ${pid}`, "its parent has not collected it yet");
});

test("an interrupted wait ends, and the child goes on", async () => {
  const { k, pid, spawn, word } = await family();
  const child = await spawn();
  const waiting = k.call(pid, "process.wait", { pid: child });
  await k.settle();
  k.kernel.signal(k.person, pid, "interrupt", "listen");
  assert.equal(code(await waiting), "EINTR");
  assert.equal(word(child), `alive of ${pid}`);
});

test("a process signals its own children and nobody else", async () => {
  const { k, pid, spawn, word } = await family();
  const child = await spawn();
  const sibling = await spawn();
  const other = k.launch(FAMILY);
  const signal = (who: number, to: number, name: string) =>
    k.call(who, "process.signal", { pid: to, signal: name, reason: "because" });
  for (const [who, to] of [
    [child, sibling],
    [child, pid],
    [child, child],
    [pid, other],
    [pid, 1],
    [pid, pid],
  ] as const)
    assert.equal(code(await signal(who, to, "kill")), "ENOTCAPABLE", `${who} to ${to}`);
  assert.equal(code(await signal(pid, child, "pause")), "ok");
  assert.equal(word(child), `paused of ${pid}`);
  assert.equal(k.of("process.signal").at(-1)?.data.by, `pid:${pid}`);
  assert.equal(code(await signal(pid, child, "resume")), "ok");
  assert.equal(code(await signal(pid, child, "kill")), "ok");
  assert.equal(code(await signal(pid, child, "resume")), "ENOENT");
  assert.equal(code(await signal(pid, 99, "kill")), "ENOTCAPABLE");
});

test("an agent cannot lift a person's pause", async () => {
  const { k, pid, spawn, word } = await family();
  const child = await spawn();
  k.kernel.signal(k.person, child, "pause", "let me look");
  assert.equal(code(await k.call(pid, "process.signal", { pid: child, signal: "resume" })), "EACCES");
  assert.equal(word(child), `paused of ${pid}`);
  k.kernel.signal(k.person, child, "resume", "go on");
  await k.call(pid, "process.signal", { pid: child, signal: "pause" });
  k.kernel.signal(k.person, child, "pause", "and from me");
  assert.equal(code(await k.call(pid, "process.signal", { pid: child, signal: "resume" })), "EACCES");
  k.kernel.signal(k.person, child, "resume", "go on");
  assert.equal(word(child), `alive of ${pid}`);
});

test("init is nobody's to signal, speak to or end", async () => {
  const { k } = await family();
  for (const name of ["pause", "kill", "terminate", "interrupt"] as const)
    assert.equal(k.kernel.signal(k.person, 1, name, "try")?.code, "ENOENT");
  assert.equal(k.kernel.message(k.person, 1, "hello")?.code, "ENOENT");
  assert.equal(k.process(1).life.ended, undefined);
});

test("terminate ends at the safe point: what runs is finished and recorded first", async () => {
  const { k, pid, word } = await family();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  k.world.before = (touch) => (touch.startsWith("write") ? promise : undefined);
  const call = k.call(pid, "box.write", { at: FILE, content: "new" });
  await k.settle();
  k.kernel.signal(k.person, pid, "terminate", "enough");
  assert.equal(word(pid), "alive of 1", "not in the middle of a write");
  resolve(undefined);
  assert.equal(code(await call), "ok");
  assert.equal(k.kernel.mayGo(k.caller(pid)), false);
  assert.equal(word(pid), "killed reaped of 1");
});

test("a terminate survives a crash before the safe point", async () => {
  const { k, pid } = await family();
  k.world.before = (touch) =>
    touch.startsWith("write") ? new Promise<undefined>(() => undefined) : undefined;
  void k.call(pid, "box.write", { at: FILE, content: "new" });
  await k.settle();
  k.kernel.signal(k.person, pid, "terminate", "enough");
  const next = await k.crash();
  assert.equal(next.process(pid).life.ended, "killed");
  assert.equal(next.kernel.state.open.size, 0, "and its call is judged");
  assert.equal(next.lastEnd.outcome, "not-run");
});

test("without a person's witness nobody launches, signals, speaks, revokes or retries", async () => {
  const { k, pid } = await family();
  const before = k.records.length;
  const forged = [{ as: "person" }, null, structuredClone({}), new Proxy(k.person, {}), k.caller(pid)];
  for (const witness of forged as never[]) {
    assert.equal(k.kernel.signal(witness, pid, "kill", "x")?.code, "EACCES");
    assert.equal(k.kernel.message(witness, pid, "x")?.code, "EACCES");
    assert.equal(code(k.kernel.revoke(witness, "cap1", "x")), "EACCES");
    k.kernel.retry(witness, pid);
    k.kernel.signal(witness, pid, "interrupt", "test");
    assert.equal(code(k.kernel.launch(witness, { grants: [] } as never)), "EACCES");
  }
  assert.equal(k.records.length, before);
});

test("a bug in one process ends that process and nobody else", async () => {
  const { k, pid, spawn, word } = await family();
  const child = await spawn();
  k.world.before = () => Promise.reject(new Error("a null in the works"));
  k.world.files.set(FILE, "x");
  const result = await k.call(child, "box.read", { at: FILE });
  assert.equal(code(result), "EFAULT");
  assert.deepEqual([k.lastEnd.outcome, k.lastEnd.error?.code], ["error", "EFAULT"]);
  assert.equal(word(child), `failed of ${pid}`);
  assert.equal(word(pid), "alive of 1");
});

test("a loop that throws ends its process, on record", async () => {
  const broken = () => {
    throw new Error("the provider has a bug");
  };
  const k = await TestKernel.open({ model: broken });
  const pid = k.launch([]);
  await k.settle();
  assert.equal(k.process(pid).life.ended, "failed");
  assert.ok(k.process(pid).reason?.includes("the provider has a bug"), k.process(pid).reason);
});

test("a child gets its image's budget, what the call says over it, and a person sees what it would hold", async () => {
  const small = { ...BOXES, name: "small", budget: { toolCalls: 7, modelCalls: 3 } };
  const images = new Map([
    ["boxes", BOXES],
    ["small", small],
  ]);
  const k = await TestKernel.open({ images });
  const pid = k.launch([...FAMILY, "ask:execute:image:/small"]);
  const spawned = k.call(pid, "process.spawn", {
    ...{ goal: "look around", image: "small", budget: { toolCalls: 2 } },
    grants: ["allow:read:fs:/app/**;uses=2"],
  });
  await k.settle();
  const { preview } = k.question;
  assert.equal(preview?.target, "image:/small");
  assert.ok(
    notesOf(preview).includes("look around") && notesOf(preview).includes("allow:read:fs:/app/**;uses=2"),
  );
  k.answer();
  assert.equal(code(await spawned), "ok");
  assert.deepEqual(k.process(pid + 1).budget, { toolCalls: 2, modelCalls: 3 });
});

test("what a cut-off call left open or done goes with its process", async () => {
  const { k, pid, spawn } = await family();
  const child = await spawn();
  void k.call(child, "human.ask", { question: "Well?" }, { id: "0.0" });
  await k.settle();
  await k.call(pid, "process.send", { pid: child, message: "hello" }, { id: "0.0" });
  const next = await k.crash(k.of("call.did").at(-1)?.seq);
  assert.deepEqual([next.open.length, next.process(pid).did?.size], [1, 1]);
  next.answer({ text: "yes" });
  next.kernel.signal(next.person, pid, "kill", "test");
  assert.deepEqual([next.kernel.state.questions.size, next.process(pid).did], [0, undefined]);
});

test("a question that is taken back because its process ends is forgotten with it", async () => {
  const { k, pid } = await family();
  void k.call(pid, "human.ask", { question: "Well?" }, { id: "0.0" });
  await k.settle();
  const next = await k.crash();
  next.kernel.signal(next.person, pid, "kill", "test");
  assert.equal(next.kernel.state.questions.size, 0);
});

test("who waits for itself does nothing with its own end", async () => {
  const { k, spawn } = await family();
  const child = await spawn();
  k.kernel.give(k.person, child, { effect: "allow", rights: ["wait"], resource: `process:/${child}` });
  const own = k.call(child, "process.wait", { pid: child }, { id: "0.0" });
  await k.settle();
  k.kernel.signal(k.person, child, "kill", "test");
  assert.equal(code(await own), "EINTR");
  assert.equal(k.of("call.did").filter((r) => r.pid === child).length, 0);
  assert.equal(k.process(child).did, undefined);
});
