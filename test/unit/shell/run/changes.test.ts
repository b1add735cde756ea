// Commands: what becomes of the files that one changed, also after a crash.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fault } from "../../../../src/abi/errors.ts";
import { code, type TestKernel } from "../../../support/kernel.ts";
import { turns } from "../../../support/kernel/turns.ts";
import { ALLOWED, openShell } from "../../../support/shell/opened.ts";
import { run, asked } from "./asked.ts";

const WRITES = "allow:write,delete:fs:/app/**";

const ASKS = "ask:write,delete:fs:/app/**";

/** The outcomes of the last command, by path. */
const outcomes = (k: TestKernel): Record<string, string> => {
  const value = k.of("call.end").findLast((e) => e.data.op === "shell.run")?.data.value;
  const { changes } = value as { changes: { path: string; outcome: string }[] };
  return Object.fromEntries(changes.map((c) => [c.path, c.outcome]));
};

test("what git ignores is told as kept, and neither as made nor as left out", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const keptAt = [{ resource: "fs:/app/dist", change: "created" }] as const;
  shell.came = { more: { kept: 7, keptAt } };
  const result = await run(k, launch());
  const value = result.ok ? (result.value as { kept: number; changes: unknown[] }) : undefined;
  assert.deepEqual(value?.changes, [{ path: "app/dist", change: "created", outcome: "kept" }]);
  assert.equal(value.kept, 7);
  const told = k.core.operations.find("shell.run", 2)?.told(value, { command: "npm test" }) ?? "";
  assert.match(told, /7 files that git ignores/u);
  assert.doesNotMatch(told, /would have changed|changed the workspace/u);
});

test("each change is decided like an edit: applied where it is allowed, asked where that is held", async (t) => {
  const { k, shell, change, launch, at, text } = await openShell(t);
  writeFileSync(at("a.txt"), "a\n");
  writeFileSync(at("b.txt"), "b\n");
  writeFileSync(at("c.txt"), "c\n");
  const pid = launch([...ALLOWED, ASKS, "deny:write:fs:/app/denied/**"]);
  shell.came = {
    changes: [
      change("denied/x.txt", null, "x\n"),
      change("new/n.txt", null, "n\n"),
      change("a.txt", "a\n", "A\n"),
      change("b.txt", "b\n", "B\n"),
      change("c.txt", "c\n", null),
    ],
  };
  const coming = run(k, pid);
  await asked(k, 4);
  assert.deepEqual(
    [text("a.txt"), text("b.txt"), existsSync(at("c.txt"))],
    ["a\n", "b\n", true],
    "nothing has changed",
  );
  const of = (name: string): string =>
    k.open.find((a) => a.question.needs[0]?.resource === `fs:/app/${name}`)?.question.id ?? "";
  k.answer({}, of("a.txt"));
  k.answer({ allow: false }, of("b.txt"));
  k.answer({ allow: false, note: "keep it" }, of("c.txt"));
  k.answer({}, of("new/n.txt"));
  assert.equal(code(await coming), "ok");
  assert.deepEqual(outcomes(k), {
    ...{ "app/denied/x.txt": "denied", "app/new/n.txt": "applied", "app/a.txt": "applied" },
    ...{ "app/b.txt": "refused", "app/c.txt": "refused" },
  });
  assert.deepEqual(
    [text("a.txt"), text("b.txt"), text("c.txt"), text("new/n.txt")],
    ["A\n", "b\n", "c\n", "n\n"],
  );
  assert.equal(existsSync(at("denied")), false);
  const calls = k.of("call.end").filter((e) => e.data.op === "fs.put");
  assert.equal(
    calls.every((e) => e.call?.startsWith(`${pid}.x0.`)),
    true,
    "each is a call of the command",
  );
  assert.equal(k.process(pid).used.toolCalls, 1, "they cost bytes, not tool calls");
});

test("folders are made and deleted whole, unless something in them stays", async (t) => {
  const { k, shell, change, launch, at } = await openShell(t);
  const pid = launch([...ALLOWED, WRITES]);
  const folder = (name: string, what: "created" | "deleted") => ({
    ...{ resource: `fs:/app/${name}`, kind: "folder" as const, change: what, bytes: 0, executable: false },
  });
  shell.came = {
    changes: [folder("empty", "created"), folder("full", "created"), change("full/a.txt", null, "a\n")],
  };
  await run(k, pid);
  assert.deepEqual(outcomes(k), {
    "app/empty": "applied",
    "app/full": "applied",
    "app/full/a.txt": "applied",
  });
  assert.equal(existsSync(at("empty")), true);
  shell.came = {
    changes: [change("full/a.txt", "a\n", null), folder("full", "deleted"), folder("empty", "deleted")],
  };
  await run(k, pid);
  assert.deepEqual([existsSync(at("full")), existsSync(at("empty"))], [false, false]);
  assert.equal(k.of("call.end").filter((e) => e.data.op === "fs.delete").length, 2, "each goes in one call");
  shell.came = {
    changes: [folder("half", "created"), change("half/a.txt", null, "a\n"), change("half/.env", null, "x\n")],
  };
  const coming = run(k, pid);
  await asked(k, 1);
  k.answer();
  await coming;
  shell.came = {
    changes: [
      change("half/a.txt", "a\n", null),
      { ...change("half/.env", "x\n", null), problem: "hidden" },
      { ...folder("half", "deleted"), problem: "not-empty" },
    ],
  };
  await run(k, pid);
  assert.deepEqual(outcomes(k), {
    "app/half/a.txt": "applied",
    "app/half/.env": "denied",
    "app/half": "denied",
  });
  assert.deepEqual([existsSync(at("half/a.txt")), existsSync(at("half/.env"))], [false, true]);
});

test("what a person changed meanwhile stays, and what is no file is told", async (t) => {
  const { k, shell, change, launch, at, text } = await openShell(t);
  const pid = launch([...ALLOWED, WRITES]);
  writeFileSync(at("a.txt"), "a person\n");
  shell.came = {
    changes: [
      change("a.txt", "before\n", "command\n"),
      { ...change("b", null, "x"), problem: "special" },
      { resource: "fs:/app/l", kind: "link", change: "created", bytes: 1, executable: false, link: "a.txt" },
    ],
  };
  await run(k, pid);
  assert.deepEqual(outcomes(k), { "app/a.txt": "conflict", "app/b": "denied", "app/l": "denied" });
  assert.equal(text("a.txt"), "a person\n");
});

for (const [cut, runs] of [
  ["call.begin", 2],
  ["call.found", 1],
  ["question.open", 1],
] as const)
  test(`a crash after ${cut} leaves the command to be run ${runs === 2 ? "again" : "no second time"}`, async (t) => {
    const { k, shell, change, launch, at, text } = await openShell(t, {
      model: turns({ 2: [[["run_command", { command: "npm test" }]], "done"] }),
    });
    writeFileSync(at("a.txt"), "a\n");
    shell.came = { output: "ok\n", changes: [change("a.txt", "a\n", "A\n"), change("b.txt", null, "b\n")] };
    launch([...ALLOWED, "allow:write:fs:/app/b.txt", "ask:write:fs:/app/a.txt", "allow:write:fs:/app/a.txt"]);
    await asked(k, 1);
    // A real crash leaves no write under way.
    for (let i = 0; !existsSync(at("b.txt")) && i < 2000; i++) await sleep(1);
    const next = await k.crash(
      k.records.find((r) => r.kind === cut && (r.kind !== "call.begin" || r.data.op === "shell.run"))?.seq,
    );
    await asked(next, 1);
    assert.equal(next.of("call.begin").find((b) => b.data.op === "shell.run")?.data.effect, "read");
    assert.equal(text("a.txt"), "a\n");
    next.answer();
    await next.kernel.rest();
    assert.equal(shell.orders.length, runs);
    assert.deepEqual([text("a.txt"), text("b.txt")], ["A\n", "b\n"]);
    const end = next.of("call.end").find((e) => e.data.op === "shell.run");
    assert.deepEqual([end?.data.outcome, (end?.data.value as { output: string }).output], ["ok", "ok\n"]);
  });

test("a command that fails to start, is stopped, or changes too much says so and changes nothing", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const pid = launch([...ALLOWED, WRITES]);
  shell.came = { fails: fault("ENOENT", "bash is not installed.", "Install bash.") };
  assert.match(JSON.stringify(await run(k, pid)), /ENOENT.*Install bash/u);
  shell.came = { more: { tooMany: { entries: 2001, bytes: 5 } } };
  assert.match(JSON.stringify(await run(k, pid)), /"too_many":\{"entries":2001/u);
  shell.came = { lasts: true };
  const coming = run(k, pid);
  for (let i = 0; shell.orders.length < 3 && i < 2000; i++) await sleep(1);
  k.kernel.signal(k.person, pid, "interrupt", "enough");
  assert.equal(code(await coming), "EINTR");
});
