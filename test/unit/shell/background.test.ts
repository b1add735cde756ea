// Commands in the background: they outlive their call, belong to their process, and their changes are decided when read.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeShell } from "../../../src/host/node/shell/shell.ts";
import { PAUSE_GRACE } from "../../../src/kernel/person/stops.ts";
import { noSandbox } from "../../attacks/commands/sandbox.ts";
import { code, type TestKernel } from "../../support/kernel.ts";
import { ALLOWED, openShell } from "../../support/shell/opened.ts";

const GRANTS = [...ALLOWED, "allow:write,delete:fs:/app/**"];
const valueOf = (result: unknown): Record<string, unknown> =>
  (result as { value: Record<string, unknown> }).value;

test("it runs on after its call, and is listed, read and stopped by its id", async (t) => {
  const { k, shell, change, launch, at } = await openShell(t);
  const pid = launch(GRANTS);
  shell.came = { output: "listening\n", changes: [change("log.txt", null, "x\n")] };
  const { command } = valueOf(await k.call(pid, "shell.run", { command: "npm start", background: true }));
  assert.deepEqual(valueOf(await k.call(pid, "shell.list", {})), {
    commands: [{ command, runs: "npm start", seconds: 1 }],
  });
  const read = valueOf(await k.call(pid, "shell.read", { command }));
  assert.deepEqual(read, { running: 1, output: "listening\n" });
  const stopped = valueOf(await k.call(pid, "shell.stop", { command }));
  assert.deepEqual([stopped["ended"], stopped["output"]], ["stopped", "listening\n"]);
  assert.deepEqual(stopped["changes"], [{ path: "app/log.txt", change: "created", outcome: "applied" }]);
  assert.equal(existsSync(at("log.txt")), true);
  assert.equal(k.kernel.state.handles.size, 0, "its handle is closed");
  assert.equal(code(await k.call(pid, "shell.read", { command })), "ENOENT", "it is read once to its end");
});

test("no other process reads or stops it, also its child or parent", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const [mine, other] = [launch(GRANTS), launch(GRANTS)];
  const { command } = valueOf(await k.call(mine, "shell.run", { command: "npm start", background: true }));
  for (const op of ["shell.read", "shell.stop"])
    assert.equal(code(await k.call(other, op, { command })), "ENOENT");
  assert.equal(shell.background.get(command as string)?.state, "running");
  assert.deepEqual(valueOf(await k.call(other, "shell.list", {})), { commands: [] });
});

test("it ends with its process, and with the runtime", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const pid = launch(GRANTS);
  const { command } = valueOf(await k.call(pid, "shell.run", { command: "npm start", background: true }));
  k.kernel.signal(k.person, pid, "kill", "enough");
  await k.settle();
  assert.deepEqual(shell.ended, [command]);
  const next = launch(GRANTS);
  const later = valueOf(await k.call(next, "shell.run", { command: "npm start", background: true }))[
    "command"
  ];
  await k.kernel.stop();
  assert.deepEqual(shell.ended, [command, later]);
});

test("a crash ends it, and says so to who asks for it", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const pid = launch(GRANTS);
  const { command } = valueOf(await k.call(pid, "shell.run", { command: "npm start", background: true }));
  const next = await k.crash();
  assert.ok(shell.ended.includes(command as string));
  assert.equal(next.kernel.state.handles.size, 0);
  assert.equal(code(await next.call(pid, "shell.read", { command })), "ENOENT");
});

const ASKS = [...ALLOWED, "ask:write,delete:fs:/app/**"];

/** Waits until so many questions are open, as long as commands and the disk need. */
async function asked(k: TestKernel, n: number): Promise<void> {
  for (let i = 0; i < 1000 && k.open.length < n; i++) await sleep(10);
  assert.equal(k.open.length, n);
}

const whys = (k: TestKernel): string[] => k.of("handle.close").map(({ data }) => data.why);

test("what it changed until a person stopped it is one change set, and its process reads what came of it, once", async (t) => {
  const { k, shell, change, launch, at, text } = await openShell(t);
  const pid = launch(ASKS);
  shell.came = {
    output: "watching\n",
    changes: [change("a.txt", null, "a\n"), change("b.txt", null, "b\n")],
  };
  const { command } = valueOf(await k.call(pid, "shell.run", { command: "npm start", background: true }));
  const id = String(command);
  const [handle] = k.kernel.state.handles.get(pid)?.keys() ?? [];
  assert.equal(handle, id);
  assert.equal(await k.kernel.stopHandle(k.person, pid, id), undefined, "it does not wait for the answer");
  assert.deepEqual([shell.ended, k.kernel.state.handles.size], [[id, id], 0]);
  await asked(k, 2);
  assert.equal(k.of("call.found").length, 1, "it is on disk before anybody is asked");
  assert.equal(code(await k.call(pid, "shell.read", { command })), "EBUSY");
  assert.equal(code(await k.call(launch(ASKS), "shell.read", { command })), "ENOENT");
  for (const { question } of k.open)
    k.answer({ allow: JSON.stringify(question.needs).includes("a.txt") }, question.id);
  for (let i = 0; i < 100 && k.open.length + k.kernel.runningOf(pid).length > 0; i++) await sleep(10);
  const read = valueOf(await k.call(pid, "shell.stop", { command }));
  assert.deepEqual([read["ended"], read["output"]], ["stopped", "watching\n"]);
  assert.deepEqual(
    (read["changes"] as { path: string; outcome: string }[]).map(({ path, outcome }) => [path, outcome]),
    [
      ["app/a.txt", "applied"],
      ["app/b.txt", "refused"],
    ],
  );
  assert.deepEqual([text("a.txt"), existsSync(at("b.txt"))], ["a\n", false]);
  assert.equal(code(await k.call(pid, "shell.read", { command })), "ENOENT");
  assert.deepEqual(whys(k), ["a person stopped it"]);
});

test("a crash before a person answered throws its changes away, and nothing is asked again", async (t) => {
  const { k, shell, change, launch, at } = await openShell(t);
  const pid = launch(ASKS);
  shell.came = { changes: [change("a.txt", null, "a\n")] };
  const { command } = valueOf(await k.call(pid, "shell.run", { command: "npm start", background: true }));
  await k.kernel.stopHandle(k.person, pid, String(command));
  await asked(k, 1);
  const next = await k.crash();
  assert.deepEqual([next.open.length, next.kernel.state.open.size, existsSync(at("a.txt"))], [0, 0, false]);
  const ends = next.of("call.end").filter(({ data }) => data.op === "shell.stop" || data.op === "fs.put");
  assert.deepEqual(new Set(ends.map(({ data }) => data.outcome)), new Set(["not-run"]));
});

test("the end of its process throws its changes away, and the record says how many they were", async (t) => {
  const { k, shell, change, launch, at } = await openShell(t);
  const pid = launch(GRANTS);
  shell.came = { changes: [change("a.txt", null, "a\n"), change("b.txt", null, "b\n")] };
  await k.call(pid, "shell.run", { command: "npm start", background: true });
  k.kernel.signal(k.person, pid, "kill", "enough");
  await k.settle();
  assert.deepEqual(whys(k), ["its agent ended; 2 changes that it made were thrown away"]);
  assert.equal(existsSync(at("a.txt")), false);
});

test("Pause All stops it after a grace, and what it changed is decided when its process goes on", async (t) => {
  const { k, shell, change, launch, at } = await openShell(t);
  const [pid, other] = [launch(ASKS), launch(ASKS)];
  shell.came = { changes: [change("a.txt", null, "a\n")] };
  for (const each of [pid, other])
    await k.call(each, "shell.run", { command: "npm start", background: true });
  k.kernel.pauseAll("person", "a break");
  k.clock.advance(PAUSE_GRACE - 1);
  await k.settle();
  assert.deepEqual(shell.ended, []);
  k.kernel.signal(k.person, other, "resume", "go on");
  k.clock.advance(1);
  await k.settle();
  assert.equal(shell.background.size, 1, "one that goes on already keeps its command");
  assert.equal(k.open.length, 0);
  k.kernel.signal(k.person, pid, "resume", "go on");
  await asked(k, 1);
  k.answer();
  for (let i = 0; i < 100 && !existsSync(at("a.txt")); i++) await sleep(10);
  assert.equal(existsSync(at("a.txt")), true);
  assert.deepEqual(whys(k), ["its agent was paused with all others"]);
});

test(
  "a real one is stopped by a signal, and what it wrote until then is asked for",
  { skip: await noSandbox() },
  async (t) => {
    const { k, launch, text } = await openShell(t, {}, (folders) =>
      nodeShell({ ...folders, hidden: () => [], isCredential: () => false, home: folders.layers }),
    );
    t.after(() => k.kernel.stop());
    const pid = launch(ASKS);
    const script =
      "trap 'echo bye > bye.txt; exit 3' TERM; echo 1 > log.txt; echo on; while :; do sleep 0.1; done";
    let output = "";
    k.kernel.onOutput((piece) => (output += piece.text));
    const { command } = valueOf(await k.call(pid, "shell.run", { command: script, background: true }));
    for (let i = 0; i < 500 && output === ""; i++) await sleep(10);
    assert.equal(await k.kernel.stopHandle(k.person, pid, String(command)), undefined);
    await asked(k, 2);
    for (const { question } of k.open) k.answer({}, question.id);
    for (let i = 0; i < 500 && k.kernel.runningOf(pid).length > 0; i++) await sleep(10);
    assert.deepEqual([text("log.txt"), text("bye.txt")], ["1\n", "bye\n"]);
    const read = valueOf(await k.call(pid, "shell.read", { command }));
    assert.deepEqual([read["exit"], read["ended"]], [3, "stopped"]);
  },
);
