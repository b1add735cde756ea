// Grants outside a layer: they cover the workspace as it was when they were given (A12).
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { code } from "../../support/kernel.ts";
import { NO_LAYER } from "../../support/shell/fake.ts";
import { openShell } from "../../support/shell/opened.ts";

const NPM = "allow:direct:shell:/npm";
const FILES = "allow:read,list,write,delete:fs:/app/**";

/** A machine without layers, on which an agent holds these grants. */
async function unconfined(t: Parameters<typeof openShell>[0], ...grants: string[]) {
  const opened = await openShell(t);
  opened.shell.sandbox = NO_LAYER;
  const { k, shell, at } = opened;
  const pid = opened.launch([FILES, ...grants]);
  const run = (of = pid, command = "npm test") => k.call(of, "shell.run", { command });
  /** The answer to everything that is asked until the call ends. */
  const answering = async <T>(calls: Promise<T>, allow = true): Promise<T> => {
    let over = false;
    void calls.finally(() => (over = true));
    while (!over) {
      for (const { question } of k.open) k.answer({ allow }, question.id);
      await sleep(1);
    }
    return calls;
  };
  const write = (path: string, content = "x", of = pid) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    return answering(k.call(of, "fs.write", { path, content }));
  };
  const ran = (): number => shell.orders.length;
  return { ...opened, pid, run, write, ran, answering };
}

/** Where the text that a program runs may come from. */
const TEXTS = [
  ...["package.json", "scripts/build.js", "src/index.test.ts", "Makefile", "vite.config.ts", ".npmrc"],
  ...["node_modules/.bin/jest", "node_modules/left-pad/index.js", "data.json", "deep/er/conftest.py"],
];

for (const text of TEXTS)
  test(`a granted program asks again once an agent has written ${text}`, async (t) => {
    const { k, run, write, ran } = await unconfined(t, NPM);
    assert.equal(code(await run()), "ok");
    assert.equal(k.of("question.open").length, 0, "it was granted as it was");
    assert.equal(code(await write(text)), "ok");
    for (const allow of [true, false]) {
      const before = ran();
      const again = run();
      for (let i = 0; k.open.length === 0 && i < 2000; i++) await sleep(1);
      const [ask, ...more] = k.question.asks;
      assert.deepEqual([ask?.key, ask?.once, more.length], ["call:changed", true, 0]);
      assert.match(ask?.reason ?? "", new RegExp(`app/${text}`, "u"));
      k.answer({ allow });
      assert.equal(code(await again), allow ? "ok" : "ECANCELED");
      assert.equal(ran() - before, allow ? 1 : 0);
    }
  });

test("a yes is for the files that were named: another change meanwhile is ESTALE", async (t) => {
  const { k, run, write, ran } = await unconfined(t, NPM);
  await write("a.js");
  const asked = run();
  for (let i = 0; k.open.length === 0 && i < 2000; i++) await sleep(1);
  const { id } = k.question;
  const other = k.launch([FILES], {});
  assert.equal(code(await k.call(other, "fs.write", { path: "b.js", content: "y" })), "ok");
  k.answer({}, id);
  assert.equal(code(await asked), "ESTALE");
  assert.equal(ran(), 0);
});

test("a grant that is passed on is no younger than the one it comes from", async (t) => {
  const { k, write, run, pid } = await unconfined(
    t,
    NPM,
    "allow:spawn:process:/children",
    "allow:execute:image:/**",
  );
  await write("package.json", "{}");
  const grants = [NPM];
  const born = await k.call(pid, "process.spawn", { goal: "run it", image: "shells", grants });
  const child = born.ok ? (born.value as { pid: number }).pid : 0;
  const asked = run(child);
  for (let i = 0; k.open.length === 0 && i < 2000; i++) await sleep(1);
  assert.equal(k.question.asks[0]?.key, "call:changed");
  k.answer({ allow: false });
  assert.equal(code(await asked), "ECANCELED");
});

test("a grant that a person gives after the change covers it, and so does one of every program", async (t) => {
  const { k, write, run, ran } = await unconfined(t, NPM);
  await write("package.json", "{}");
  assert.equal(code(await run(k.launch([FILES, NPM], {}))), "ok");
  const any = k.launch([FILES, "allow:direct:shell:/**"], {});
  await write("b.js");
  assert.equal(code(await run(any)), "ok");
  assert.deepEqual([ran(), k.open.length], [2, 0]);
});

test("what a person orders is no change of an agent, and in a layer nothing is asked", async (t) => {
  const { k, run } = await unconfined(t, NPM);
  assert.equal(code(await k.kernel.order(k.person, "fs.write", { path: "app/p.js", content: "x" })), "ok");
  assert.equal(code(await run()), "ok");
  const layered = await openShell(t);
  const inside = layered.launch([FILES, "allow:execute:shell:/npm"]);
  await layered.k.call(inside, "fs.write", { path: "a.js", content: "x" });
  assert.equal(layered.k.kernel.state.written.length, 1);
  assert.equal(code(await layered.k.call(inside, "shell.run", { command: "npm test" })), "ok");
});
