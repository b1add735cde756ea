// Objects of several processes: who sees which, who may show them on, and when they are let go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { code } from "../../support/kernel.ts";
import { openKernel, FAMILY, messageOf, valueOf } from "../../support/objects.ts";
import { folded, plainState } from "../../support/plain.ts";

test("a name is not authority: knowing it opens nothing, and a capability opens exactly what it names (P51)", async () => {
  const { pid, put, get, child } = await openKernel();
  await put(pid, { name: "notes", value: 1 });
  await put(pid, { name: "diary", value: 2 });
  const told = await child(pid, []);
  const given = await child(pid, ["allow:read:object:/p2/notes"]);
  const notes = { namespace: "p2", name: "notes" };
  assert.equal(code(await get(told, notes)), "ENOTCAPABLE");
  assert.equal(code(await get(given, notes)), "ok");
  assert.equal(code(await get(given, { namespace: "p2", name: "diary" })), "ENOTCAPABLE");
  assert.equal(code(await put(given, { ...notes, value: 3 })), "ENOTCAPABLE");
  assert.equal(
    code(await get(given, { namespace: "p2", name: "nothing" })),
    "ENOTCAPABLE",
    "nor what is there",
  );
});

test("the same bare name in two namespaces is two objects (P52)", async () => {
  const { pid, put, get, child } = await openKernel();
  const other = await child(pid, []);
  await put(pid, { name: "n", value: "mine" });
  await put(other, { name: "n", value: "theirs" });
  const values = [valueOf(await get(pid, { name: "n" })), valueOf(await get(other, { name: "n" }))];
  assert.deepEqual(
    values.map((v) => [v["value"], v["version"]]),
    [
      ["mine", 1],
      ["theirs", 1],
    ],
  );
});

test("listing hides what may not be read, by namespace where asked, and spends nothing (P53)", async () => {
  const { k, pid, put, get, list, child } = await openKernel();
  for (const name of ["a", "b", "c"]) await put(pid, { name, value: 1 });
  const reader = await child(pid, ["allow:read:object:/p2/a;uses=1", "ask:read:object:/p2/b"]);
  await put(reader, { name: "own", value: 1 });
  for (let i = 0; i < 3; i++)
    assert.deepEqual(
      (await list(reader)).map((e) => `${e.namespace}/${e.name}`),
      ["p2/a", `p${reader}/own`],
    );
  assert.deepEqual(
    (await list(reader, { namespace: "p2" })).map((e) => e.name),
    ["a"],
  );
  assert.deepEqual(await list(reader, { namespace: "p9" }), []);
  assert.equal(code(await get(reader, { namespace: "p2", name: "a" })), "ok", "the one use is left");
  assert.equal(k.of("call.begin").at(-1)?.data.spends.length, 1);
  assert.deepEqual(
    (await list(reader)).map((e) => e.name),
    ["own"],
    "and then it is gone",
  );
});

test("who was shown an object does not show it on, unless share was passed with it", async () => {
  const { pid, put, get, child, k } = await openKernel();
  await put(pid, { name: "n", value: 1 });
  const all = [...FAMILY, "allow:read:object:/p2/n"];
  const reader = await child(pid, all);
  const spawn = (who: number, grants: string[]) =>
    k.call(who, "process.spawn", { goal: "x", image: "boxes", grants });
  const shown = ["allow:read:object:/p2/n"];
  assert.equal(code(await spawn(reader, shown)), "ENOTCAPABLE");
  assert.match(messageOf(await spawn(reader, shown)), /share on object:\/p2\/n is not held/u);
  const sharer = await child(pid, [...FAMILY, "allow:read,share:object:/p2/n"]);
  const grandchild = await child(sharer, shown);
  assert.equal(code(await get(grandchild, { namespace: "p2", name: "n" })), "ok");
  assert.equal(code(await spawn(sharer, ["allow:write:object:/p2/n"])), "ENOTCAPABLE", "share is not write");
  const counted = await child(pid, [...FAMILY, "allow:read,share:object:/p2/n;uses=5"]);
  const once = ["allow:read:object:/p2/n;uses=1"];
  assert.equal(code(await spawn(counted, once)), "ENOTCAPABLE", "share is not counted");
});

test("who was shown an object does not give that away either, and who holds share may", async () => {
  const { k, pid, put, get, child } = await openKernel();
  await put(pid, { name: "n", value: 1 });
  const other = await child(pid, []);
  const n = { namespace: "p2", name: "n" };
  for (const [rights, came] of [
    ["read", "ENOTCAPABLE"],
    ["read,share", "ok"],
  ] as const) {
    const cap = `allow:${rights}:object:/p2/n`;
    const reader = await child(pid, [cap]);
    const spoken = await k.call(pid, "capability.delegate", {
      pid: reader,
      grants: [`allow:message:process:/${other}`],
    });
    assert.equal(code(spoken), "ok");
    const held = k.kernel.state.capabilities.heldBy(reader).find((h) => h.cap.resource === "object:/p2/n");
    const given = await k.call(reader, "capability.transfer", { pid: other, id: held?.cap.id });
    assert.deepEqual([code(given), code(await get(other, n))], [came, came]);
  }
});

test("what a reaped process kept goes with it, but not while somebody who lives can reach it (P56)", async () => {
  const { k, pid, put, get, child } = await openKernel();
  const parent = await child(pid, FAMILY);
  const reader = await child(parent, []);
  await put(parent, { name: "n", value: "kept" });
  const late = await child(parent, [`allow:read:object:/p${parent}/n`]);
  await put(reader, { name: "lost", value: 1 });
  k.kernel.signal(k.person, reader, "kill", "test");
  k.kernel.signal(k.person, k.launch(), "kill", "somebody else is reaped meanwhile");
  assert.ok(k.kernel.state.objects.has(`p${reader}`), "a zombie waits for its parent");
  assert.equal(code(await k.call(parent, "process.wait", { pid: reader })), "ok");
  assert.ok(!k.kernel.state.objects.has(`p${reader}`), "reaped, and nobody can reach it");
  await k.call(parent, "process.exit", { result: 1 });
  assert.equal(code(await k.call(pid, "process.wait", { pid: parent })), "ok");
  assert.equal(valueOf(await get(late, { namespace: `p${parent}`, name: "n" }))["value"], "kept");
  const shared = await put(pid, { name: "n", value: 1 });
  assert.equal(code(shared), "ok");
  k.kernel.signal(k.person, late, "kill", "test");
  assert.deepEqual([...k.kernel.state.objects.keys()], ["p2"]);
  assert.deepEqual(plainState(folded(k.records)), plainState(k.kernel.state));
});

test("a namespace that no process owns stays when those who wrote in it are gone", async () => {
  const { k, pid, put } = await openKernel(["allow:read,write:object:/board/**"]);
  await put(pid, { namespace: "board", name: "n", value: 1 });
  await k.call(pid, "process.exit", {});
  assert.deepEqual([...k.kernel.state.objects.keys()], ["board"]);
  const next = k.launch(["allow:read:object:/board/**"]);
  assert.equal(code(await k.call(next, "object.get", { namespace: "board", name: "n" })), "ok");
});

test("what was kept out of the record as a secret is kept out of the object, and the putter is told", async () => {
  const { pid, put, get } = await openKernel();
  const told = valueOf(await put(pid, { name: "n", type: "text", value: "token ghp_0123456789abcdefghij" }));
  assert.equal(told["redacted"], true);
  assert.match(String(told["sha256"]), /^[0-9a-f]{64}$/u);
  assert.equal(valueOf(await get(pid, { name: "n" }))["value"], "token [redacted:token]");
  assert.equal(valueOf(await put(pid, { name: "m", value: "plain" }))["redacted"], undefined);
});

test("what was kept for the last who could reach it goes when they end, when it is taken back, and not when it was given on", async () => {
  for (const way of ["killed", "revoked", "given on"] as const)
    for (const resource of ["object:/p2/n", "object:/p2/**", "object:/**"]) {
      const { k, pid, put } = await openKernel();
      const kept = (): boolean => k.kernel.state.objects.has("p2");
      await put(pid, { name: "n", value: 1 });
      const reader = k.launch([`allow:read,share:${resource}`]);
      const heir = k.launch([`allow:message:process:/${reader}`]);
      k.kernel.give(k.person, reader, { effect: "allow", rights: ["message"], resource: `process:/${heir}` });
      k.kernel.signal(k.person, pid, "kill", "test");
      assert.ok(kept(), `${resource}: a reader lives`);
      const held = k.kernel.state.capabilities.heldBy(reader).find((h) => h.cap.resource === resource);
      const id = held?.cap.id ?? "";
      if (way === "revoked") k.kernel.revoke(k.person, id, "test");
      if (way === "given on")
        assert.equal(code(await k.call(reader, "capability.transfer", { pid: heir, id })), "ok");
      if (way !== "revoked") k.kernel.signal(k.person, reader, "kill", "test");
      assert.equal(kept(), way === "given on", `${resource} ${way}`);
      k.kernel.signal(k.person, heir, "kill", "test");
      assert.ok(!kept(), `${resource}: nobody is left`);
      assert.deepEqual(plainState(folded(k.records)), plainState(k.kernel.state));
    }
});

test("what is put into the namespace of a process that is long gone goes with the last who could reach it", async () => {
  const { k, pid, put } = await openKernel();
  const { leading } = k.kernel.state.capabilities;
  k.kernel.signal(k.person, pid, "kill", "test");
  const late = k.launch(["allow:read,write:object:/**"]);
  assert.equal(code(await put(late, { namespace: "p2", name: "n", value: 1 })), "ok");
  assert.deepEqual([k.kernel.state.objects.has("p2"), [...leading.into("")].length], [true, 1]);
  k.kernel.signal(k.person, late, "kill", "test");
  assert.deepEqual([k.kernel.state.objects.has("p2"), [...leading.into("")].length], [false, 0]);
  assert.equal(leading.left.size, 0);
});
