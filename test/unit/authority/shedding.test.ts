// Shedding: what a process may not do to its own authority and to that of others, also while a person is asked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { code, TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:read,write:fs:/app/**"];

const idOf = (k: TestKernel, pid: number, resource: string) =>
  k.kernel.state.capabilities.heldBy(pid).find((h) => h.cap.resource === resource)?.cap.id ?? "none";

test("a process gives up and gives away its own allows, never its asks and denies, and nothing of another's (P19, P20)", async () => {
  const k = await TestKernel.open();
  const pid = k.launch([...FAMILY, "ask:write:fs:/app/src/**", "deny:read:fs:/app/keys/**"]);
  const other = k.launch(["allow:delete:fs:/app/**"]);
  assert.equal(code(await k.call(pid, "process.spawn", { goal: "part" })), "ok");
  const theirs = idOf(k, other, "fs:/app/**");
  for (const id of [idOf(k, pid, "fs:/app/src/**"), idOf(k, pid, "fs:/app/keys/**"), theirs]) {
    assert.equal(code(await k.call(pid, "capability.drop", { id })), "ENOENT");
    assert.equal(code(await k.call(pid, "capability.transfer", { id, pid: other + 1 })), "ENOENT");
  }
  assert.deepEqual([k.of("capability.revoke").length, k.of("capability.move").length], [0, 0]);
  assert.equal(code(await k.call(pid, "box.delete", { at: "fs:/app/a" })), "ENOTCAPABLE");
  assert.equal(code(await k.call(pid, "box.read", { at: "fs:/app/keys/a" })), "EACCES");
  assert.equal(code(await k.call(pid, "capability.drop", { id: idOf(k, pid, "fs:/app/**") })), "ok");
});

test("what is passed on is looked at again after a person said yes: what is gone by then is not passed on (P21)", async () => {
  const grants = [...FAMILY.slice(1), "ask:spawn:process:/children"];
  for (const [name, args] of [
    ["process.spawn", { goal: "part", grants: ["allow:read:fs:/app/src/**"] }],
    ["process.fork", { goal: "part", grants: ["allow:read:fs:/app/src/**"] }],
  ] as const) {
    const k = await TestKernel.open();
    const pid = k.launch(grants);
    const call = k.call(pid, name, args);
    await k.settle();
    k.kernel.revoke(k.person, idOf(k, pid, "fs:/app/**"), "no more");
    for (const { question } of k.open) k.answer({}, question.id);
    assert.notEqual(code(await call), "ok", name);
    assert.equal(k.kernel.state.processes.size, 2, "init and who asked");
  }
});

test("a spawned child knows its goal and nothing that its parent was told, read or kept (P37)", async () => {
  const heard: string[] = [];
  const think = turns({
    2: [
      [
        ["read_box", { at: "fs:/app/a" }],
        ["put_object", { name: "diary", value: "kept to myself" }],
      ],
      [["spawn_agent", { goal: "your part" }]],
      [["wait_agent", {}]],
    ],
    3: [
      [
        ["get_object", { namespace: "p2", name: "diary" }],
        ["list_objects", {}],
      ],
      [["finish", {}]],
    ],
  });
  const k = await TestKernel.open({
    model: (request, signal) => {
      if (request.pid === 3) heard.push(JSON.stringify(request.messages));
      return think(request, signal);
    },
  });
  k.world.files.set("fs:/app/a", "read by the parent");
  k.launch(FAMILY, { goal: "the whole" });
  await k.kernel.rest();
  assert.deepEqual(JSON.parse(heard[0] ?? "[]"), [{ role: "user", text: "your part" }]);
  const [diary, list] = ["3.0.0", "3.0.1"].map((call) => k.of("call.end").find((e) => e.call === call)?.data);
  assert.deepEqual([diary?.error?.code, list?.value], ["ENOTCAPABLE", { entries: [], truncated: false }]);
  for (const text of heard) assert.ok(!/the whole|read by|kept to/u.test(text));
});
