// Hosts of commands: what each needs, what a person is asked, what the record tells, and what a crash leaves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reached } from "../../../src/primitives/shell/backend.ts";
import { code } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";
import { NO_LAYER } from "../../support/shell/fake.ts";
import { ALLOWED, openShell } from "../../support/shell/opened.ts";

const REGISTRY = "registry.npmjs.org";
const CONNECTS = `allow:connect:net:/${REGISTRY}`;

const REACHED: Reached = {
  connections: [
    { host: REGISTRY, port: 443, address: "104.16.0.1", up: 700, down: 9000 },
    { host: REGISTRY, port: 443, address: "104.16.0.1", up: 300, down: 1000 },
    { host: "evil.test", port: 443, up: 0, down: 0, problem: "host" },
  ],
  more: 2,
};

test("each host needs the right to connect to it, in whatever spelling it is named", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const pid = launch([...ALLOWED, CONNECTS]);
  const run = (hosts: readonly string[]) => k.call(pid, "shell.run", { command: "npm ci", hosts });
  assert.equal(code(await run([REGISTRY, "Registry.NPMjs.org."])), "ok");
  assert.deepEqual(shell.orders[0]?.hosts, [REGISTRY]);
  assert.ok(shell.grants[0]);
  const denied = await run([REGISTRY, "evil.test"]);
  assert.match(JSON.stringify(denied), /ENOTCAPABLE.*allow:connect:net:\/evil\.test/u);
  assert.equal(shell.orders.length, 1);
  for (const host of ["", "*", "*.npmjs.org", "a.test:443", "https://a.test", "a.test/x", "a b"])
    assert.match(JSON.stringify(await run([host])), /EINVAL.*without scheme, port, path or wildcard/u, host);
  assert.equal(code(await run(Array<string>(21).fill(REGISTRY))), "EINVAL");
  assert.equal(code(await run([])), "ok");
  assert.deepEqual(shell.orders[1]?.hosts, []);
});

test("a deny holds for every spelling of its host", async (t) => {
  const { k, launch } = await openShell(t);
  const pid = launch([...ALLOWED, "allow:connect:net:/**", "deny:connect:net:/Bücher.example."]);
  for (const host of ["bücher.example", "xn--bcher-kva.example", "BÜCHER.EXAMPLE."])
    assert.equal(code(await k.call(pid, "shell.run", { command: "ls", hosts: [host] })), "EACCES", host);
});

test("a bare address asks, unless exactly that was granted", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const pid = launch([...ALLOWED, "allow:connect:net:/**", "allow:connect:net:/10.0.0.5"]);
  assert.equal(code(await k.call(pid, "shell.run", { command: "ls", hosts: ["10.0.0.5"] })), "ok");
  for (const host of ["10.0.0.6", "::1", "8.8.8.8", "0x7f.1"]) {
    const coming = k.call(pid, "shell.run", { command: "ls", hosts: [host] });
    await k.settle();
    const { asks } = k.question;
    assert.deepEqual(
      asks.map((a) => a.key),
      ["class:address"],
    );
    k.answer({ allow: false });
    assert.equal(code(await coming), "ECANCELED");
  }
  assert.equal(shell.orders.length, 1);
});

test("a host that is asked for is one question with everything else, and its answer can be kept for it alone", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const pid = launch([...ALLOWED, "ask:connect:net:/**", "allow:connect:net:/**"]);
  const coming = k.call(pid, "shell.run", { command: "npm ci", hosts: [REGISTRY, "b.test"] });
  await k.settle();
  const wanted = k.question.asks.map((a) => `${a.need.right} ${a.need.resource}`);
  assert.deepEqual(wanted, [`connect net:/${REGISTRY}`, "connect net:/b.test"]);
  k.answer();
  assert.equal(code(await coming), "ok");
  assert.deepEqual(shell.orders[0]?.hosts, [REGISTRY, "b.test"]);
});

test("a command that goes on reaches a host only until the right to it is revoked", async (t) => {
  const { k, shell, launch } = await openShell(t);
  const pid = launch([...ALLOWED, CONNECTS, "allow:connect:net:/b.test;uses=1"]);
  const started = k.call(pid, "shell.run", {
    command: "npm start",
    hosts: [REGISTRY, "b.test"],
    background: true,
  });
  assert.equal(code(await started), "ok");
  const [order] = shell.orders;
  const may = () => [REGISTRY, "b.test"].map((host) => order?.mayReach?.(host));
  assert.deepEqual(may(), [true, true], "also by a grant that this call has used up");
  const held = k.kernel.state.capabilities.heldBy(pid);
  for (const [resource, left] of [
    [`net:/${REGISTRY}`, [false, true]],
    ["net:/b.test", [false, false]],
  ] as const) {
    k.kernel.revoke(k.person, held.find(({ cap }) => cap.resource === resource)?.cap.id ?? "", "enough");
    assert.deepEqual(may(), left);
  }
});

test("the result, the record and the model tell each connection", async (t) => {
  const { k, shell, launch } = await openShell(t);
  shell.came = { more: { reached: REACHED } };
  await k.call(launch([...ALLOWED, CONNECTS]), "shell.run", { command: "npm ci", hosts: [REGISTRY] });
  const value = k.lastEnd.value as Record<string, unknown>;
  const [first, second] = REACHED.connections;
  assert.deepEqual(value["connections"], [
    first,
    second,
    { host: "evil.test", port: 443, up: 0, down: 0, why: "the call does not name this host" },
  ]);
  assert.equal(value["more_connections"], 2);
  const told = k.kernel.operations.find("shell.run", 2)?.told(value, { command: "npm ci" }) ?? "";
  assert.match(told, /"?registry\.npmjs\.org:443"?, 2 times, 1000 bytes out, 10000 bytes in/u);
  assert.match(told, /evil\.test:443"?, refused: the call does not name this host/u);
  assert.match(told, /and 2 further connections/u);
});

test("outside a layer no hosts can be named, because nothing would hold the command to them", async (t) => {
  const { k, shell, launch } = await openShell(t);
  shell.sandbox = NO_LAYER;
  const pid = launch(["allow:direct:shell:/**", "allow:read,list:fs:/app/**", CONNECTS]);
  const result = JSON.stringify(await k.call(pid, "shell.run", { command: "npm ci", hosts: [REGISTRY] }));
  assert.match(result, /EINVAL.*outside a layer.*Leave hosts out/u);
  assert.equal(shell.orders.length, 0);
});

const script = (hosts: readonly string[]) =>
  turns({ 2: [[["run_command", { command: "npm publish", hosts }]], "done"] });

test("a crash while a command could reach a host leaves the question whether it did", async (t) => {
  const { k, shell, launch } = await openShell(t, { model: script([REGISTRY]) });
  shell.came = { lasts: true };
  launch([...ALLOWED, CONNECTS]);
  for (let i = 0; shell.orders.length === 0 && i < 2000; i++) await sleep(1);
  const next = await k.crash();
  await next.settle();
  assert.equal(next.question.kind, "effect");
  assert.match(next.question.text ?? "", /could reach registry\.npmjs\.org/u);
  assert.equal(shell.orders.length, 1, "it is not run again");
});

test("a command that reached a host is not run again, even if it changed nothing", async (t) => {
  const { k, shell, launch } = await openShell(t, { model: script([REGISTRY]) });
  shell.came = { output: "published\n", more: { reached: REACHED } };
  launch([...ALLOWED, CONNECTS]);
  await k.kernel.rest();
  const noted = k.records.find((r) => r.kind === "call.found");
  assert.ok(noted, "what it came to is on record before its call ends");
  const next = await k.crash(noted.seq);
  await next.kernel.rest();
  const end = next.of("call.end").find((e) => e.data.op === "shell.run");
  assert.deepEqual([end?.data.outcome, shell.orders.length], ["ok", 1]);
  assert.equal((end?.data.value as { connections: unknown[] }).connections.length, 3);
});
