// A person's acts beside answering: only a person's, on living agents, and what each of them changes at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCap, type Listed } from "../../../src/abi/capability.ts";
import { code, TestKernel } from "../../support/kernel.ts";
import { kinds } from "../../harness/kinds.ts";

const FILE = "fs:/app/a.txt";
const cap = (text: string): Listed => {
  const listed = parseCap(text, kinds);
  assert.ok("effect" in listed, JSON.stringify(listed));
  return listed;
};

test("nobody but a person gives or raises, and only what exists", async () => {
  const k = await TestKernel.open();
  const pid = k.launch([], { budget: { toolCalls: 1 } });
  const listed = cap(`allow:read:${FILE}`);
  for (const who of [k.launcher, { as: "person" }, null]) {
    assert.equal(code(k.kernel.give(who as never, pid, listed)), "EACCES");
    assert.equal(k.kernel.raise(who as never, pid, { toolCalls: 1 })?.code, "EACCES");
  }
  for (const nobody of [0, 1, 99]) {
    assert.equal(code(k.kernel.give(k.person, nobody, listed)), "ENOENT", `${nobody}`);
    assert.equal(k.kernel.raise(k.person, nobody, { toolCalls: 1 })?.code, "ENOENT", `${nobody}`);
  }
  assert.equal(code(k.kernel.give(k.person, pid, { ...listed, id: "cap1" } as never)), "EINVAL");
  assert.equal(k.kernel.raise(k.person, pid, { toolCalls: -1 })?.code, "EINVAL");
  assert.equal(k.kernel.raise(k.person, pid, { tokens: 5 })?.code, "EINVAL", "what has no limit gets none");
  assert.deepEqual(k.process(pid).budget, { toolCalls: 1 });
  k.kernel.signal(k.person, pid, "kill", "enough");
  assert.equal(code(k.kernel.give(k.person, pid, listed)), "ENOENT");
});

test("what was given counts from then on, and settles no ask", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["ask:write:fs:/app/**"]);
  k.world.files.set(FILE, "text");
  assert.equal(code(await k.call(pid, "box.read", { at: FILE })), "ENOTCAPABLE");
  assert.equal(code(k.kernel.give(k.person, pid, cap(`allow:read,write:${FILE}`))), "ok");
  assert.equal(code(await k.call(pid, "box.read", { at: FILE })), "ok");
  void k.call(pid, "box.write", { at: FILE, content: "new" });
  await k.settle();
  assert.equal(k.question.kind, "approval");
  assert.equal(k.of("capability.mint").at(-1)?.data.capability.issuer, "person");
});

test("a denial made a rule ends what waits, and nothing of that kind is asked for again", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["ask:write:fs:/app/**"]);
  k.world.files.set(FILE, "text");
  const write = (content: string) => k.call(pid, "box.write", { at: FILE, content });
  const waiting = write("new");
  await k.settle();
  assert.equal(code(k.kernel.give(k.person, pid, cap(`deny:write:${FILE}`))), "ok");
  assert.equal(code(await waiting), "EACCES");
  assert.equal(code(await write("newer")), "EACCES");
  assert.equal(k.open.length, 0);
});

test("a raise before anything stopped is there when it is needed, and one after lets whoever stopped go on", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["allow:read:fs:/app/**"], { budget: { toolCalls: 1 } });
  let n = 0;
  const read = () => k.call(pid, "box.read", { at: `fs:/app/${n++}` });
  assert.equal(k.kernel.raise(k.person, pid, { toolCalls: 1 }), undefined);
  await read();
  assert.notEqual(code(await read()), "EDQUOT");
  assert.equal(code(await read()), "EDQUOT");
  assert.deepEqual(k.process(pid).life.stops, { budget: 1 });
  assert.equal(k.kernel.raise(k.person, pid, { toolCalls: 10 }), undefined);
  assert.deepEqual([k.process(pid).budget, k.process(pid).life.stops], [{ toolCalls: 12 }, {}]);
  assert.equal(k.open.length, 0);
  assert.equal(k.of("question.close").at(-1)?.data.by, "person");
  assert.notEqual(code(await read()), "EDQUOT");
});
