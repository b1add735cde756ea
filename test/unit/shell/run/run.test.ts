// Commands: what one needs, what it is asked for, and what its result tells.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { code } from "../../../support/kernel.ts";
import { turns } from "../../../support/kernel/turns.ts";
import { NO_LAYER } from "../../../support/shell/fake.ts";
import { ALLOWED, openShell } from "../../../support/shell/opened.ts";
import { run, asked } from "./asked.ts";

test("a command in a layer runs without a question, and its result says how it ended", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const pid = launch();
  shell.came = { output: "1 passed\n", exit: 1 };
  const result = await run(k, pid, { command: "npm test", seconds: 7, stdin: "yes\n" });
  assert.deepEqual(result, {
    ok: true,
    value: { exit: 1, output: "1 passed\n", seconds: 0.1, mode: "layered", changes: [] },
  });
  assert.deepEqual([k.lastEnd.decision, k.lastEnd.outcome, k.of("question.open").length], ["allow", "ok", 0]);
  const [order] = shell.orders;
  assert.deepEqual(
    [order?.mode, order?.cwd, order?.command, order?.stdin, order?.limits, order?.programs],
    ["layered", "fs:/app", { argv: ["npm", "test"] }, "yes\n", { seconds: 7 }, ["shell:/npm"]],
  );
  assert.equal(shell.grants[0]?.live, false, "its grant is over with it");
  assert.equal(k.of("call.found").length, 0, "nothing is left to decide, so nothing is noted");
});

test("a text that needs a shell gets one, and needs each program in it", async (t) => {
  const { k, shell, launch } = await openShell(t);
  await run(k, launch(), { command: "npm test | head -3 && node x.js" });
  assert.deepEqual(shell.orders[0]?.command, { script: "npm test | head -3 && node x.js" });
  assert.deepEqual([...(shell.orders[0]?.programs ?? [])].sort(), [
    "shell:/head",
    "shell:/node",
    "shell:/npm",
  ]);
});

test("without the right to run the program nothing is run, and the hint names the grant", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const pid = launch(["allow:execute:shell:/ls", "allow:read:fs:/app/**"]);
  const result = await run(k, pid);
  assert.equal(code(result), "ENOTCAPABLE");
  assert.match(JSON.stringify(result), /shell:\/npm/u);
  assert.equal(shell.orders.length, 0);
});

test("a command sees what its process may read, folders at once where no rule parts them", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const pid = launch([...ALLOWED, "deny:read:fs:/app/private/**"]);
  let sights: string[] = [];
  shell.run = (order, _grant, _on) => {
    sights = ["fs:/app", "fs:/app/src", "fs:/app/private", "fs:/app/private/x"].map((r) => order.sees(r));
    return Promise.resolve(shell.ran(order));
  };
  assert.equal(code(await run(k, pid)), "ok");
  assert.deepEqual(sights, ["some", "all", "none", "none"]);
});

test("the model reads exit, output and what was not applied", async (t) => {
  const { k, shell, change, launch } = await openShell(t, {
    model: turns({ 2: [[["run_command", { command: "npm test" }]], "done"] }),
  });
  shell.came = {
    output: "ok\n",
    changes: [change("a.txt", null, "a\n")],
    more: { kept: 3, git: ["fs:/app/.git"] },
  };
  launch([...ALLOWED, "deny:write:fs:/app/a.txt"]);
  await k.kernel.rest();
  const op = k.kernel.operations.find("shell.run", 2);
  const end = k.of("call.end").find((e) => e.data.op === "shell.run");
  const told = op?.told(end?.data.value, { command: "npm test" }) ?? "";
  for (const part of [
    /exit code 0, 0\.1 s/u,
    /^ok$/mu,
    /created app\/a\.txt \(.*denied/u,
    /3 files that git ignores/u,
    /git tools/u,
  ])
    assert.match(told, part);
});

test("outside a layer a command is asked for each time, and a crash in it leaves the question whether it happened", async (t) => {
  const { k, shell, launch } = await openShell(t, {
    model: turns({ 2: [[["run_command", { command: "npm test" }]], "done"] }),
  });
  shell.sandbox = NO_LAYER;
  shell.came = { lasts: true };
  launch(["allow:execute:shell:/**", "ask:direct:shell:/**", "allow:direct:shell:/**"]);
  await asked(k, 1);
  const { asks, preview } = k.question;
  assert.deepEqual(
    asks.map((a) => [a.need.right, a.need.resource, a.once]),
    [["direct", "shell:/npm", true]],
  );
  assert.deepEqual([preview?.verb, preview?.target, preview?.risk], ["run", "npm test", "high"]);
  k.answer();
  for (let i = 0; shell.orders.length === 0 && i < 2000; i++) await sleep(1);
  assert.equal(shell.orders[0]?.mode, "unconfined");
  const next = await k.crash();
  await next.settle();
  assert.equal(next.question.kind, "effect");
  const begin = next.of("call.begin").find((b) => b.data.op === "shell.run");
  assert.equal(begin?.data.effect, undefined, "all that a command may have");
  assert.equal(shell.orders.length, 1);
});

test("a person’s choice of the mode holds, and a missing one says what to do", async (t) => {
  const { k, shell, rules, launch } = await openShell(t);
  const pid = launch(["allow:execute,direct:shell:/**", "allow:read,list:fs:/app/**"]);
  shell.sandbox = NO_LAYER;
  rules.now = { choice: "off", unconfined: true };
  assert.match(JSON.stringify(await run(k, pid)), /switched off/u);
  assert.equal(shell.probes, 0, "nothing is tried where nothing may run");
  rules.now = { choice: "layered", unconfined: true };
  const missing = JSON.stringify(await run(k, pid));
  assert.match(missing, /EUNAVAILABLE.*Bubblewrap is not installed.*Install bubblewrap/u);
  rules.now = { choice: "auto", unconfined: false };
  assert.match(JSON.stringify(await run(k, pid)), /EUNAVAILABLE.*forbids/u);
  rules.now = { choice: "unconfined", unconfined: true };
  assert.equal(code(await run(k, pid)), "ok");
  assert.equal(shell.orders[0]?.mode, "unconfined");
  assert.equal(shell.probes, 1);
});

test("bad arguments are told apart", async (t) => {
  const { k, launch } = await openShell(t);
  const pid = launch();
  for (const args of [
    {},
    { command: "ls", argv: ["ls"] },
    { command: "" },
    { argv: [] },
    { command: "ls", seconds: 0 },
    { command: "ls", seconds: 9999 },
  ])
    assert.equal(code(await run(k, pid, args)), "EINVAL", JSON.stringify(args));
  assert.equal(code(await run(k, pid, { command: "ls", cwd: "../.." })), "EACCES");
});

test("a secret is shown to a command only when a person allowed exactly that", async (t) => {
  const { k, shell, launch, at } = await openShell(t);
  writeFileSync(at(".env"), "KEY=s3cret-word-77\n");
  const coming = run(k, launch(), { command: "npm test", reads: [".env"] });
  await asked(k, 1);
  assert.deepEqual(
    k.question.asks.map((a) => [a.need.right, a.need.resource, a.once, a.secret]),
    [["read", "fs:/app/.env", true, true]],
  );
  k.answer();
  assert.equal(code(await coming), "ok");
  assert.deepEqual(shell.orders[0]?.reads, ["fs:/app/.env"]);
  assert.equal(k.journal.redactor.text("it prints s3cret-word-77"), "it prints [redacted:secret]");
});
