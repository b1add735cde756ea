// Commands in the background: they outlive their call, belong to their process, and their changes are decided when read.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { code } from "../../support/kernel.ts";
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
