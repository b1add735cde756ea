// Fork, exec, waiting for any child, events, and passing authority on: who knows what, and that nobody gains anything.
import assert from "node:assert/strict";
import { test } from "node:test";
import { printCap } from "../../../src/abi/capability.ts";
import { IMAGES } from "../../harness/images.ts";
import { code, TestKernel } from "../../support/kernel.ts";
import { turns, type Turn } from "../../support/kernel/turns.ts";

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:read,write:fs:/app/**"];

async function family(grants = FAMILY) {
  const k = await TestKernel.open();
  const parent = k.launch(grants);
  const spawn = async (more: object = {}) => {
    const born = await k.call(parent, "process.spawn", { goal: "part", ...more });
    assert.equal(code(born), "ok", JSON.stringify(born));
    return Math.max(...k.kernel.state.processes.keys());
  };
  const held = (pid: number) =>
    k.kernel.state.capabilities
      .heldBy(pid)
      .filter((h) => !h.revoked)
      .map((h) => printCap({ ...h.cap, ...(h.left === undefined ? {} : { uses: h.left }) }));
  return { k, parent, spawn, held };
}

/** Runs scripts by pid, in an image whose tools they need, until all is at rest. */
async function play(scripts: Record<number, Turn[]>, grants: readonly string[]) {
  const heard: Record<number, string[][]> = {};
  const model = turns(scripts);
  const tools = ["fork_agent", "exec_image", "wait_agent", "read_box", "list_capabilities", "finish"];
  const image = { name: "boxes", version: "1", summary: "", prompt: "", budget: {}, tools };
  const k = await TestKernel.open({
    images: new Map([...IMAGES, ["boxes", image]]),
    model: (request, signal) => {
      (heard[request.pid] ??= []).push(request.messages.map((m) => ("text" in m ? m.text : m.content)));
      return model(request, signal);
    },
  });
  k.launch(grants, { image, goal: "the whole" });
  await k.kernel.rest();
  return { k, heard };
}

test("a forked child knows what was said before the answer that forked it, and holds only what was listed (P37)", async () => {
  const { k, heard } = await play(
    {
      2: [
        [["read_box", { at: "fs:/app/a" }]],
        [["fork_agent", { goal: "look closer", grants: ["allow:read:fs:/app/a"] }]],
        [["wait_agent", {}]],
      ],
      3: [[["read_box", { at: "fs:/app/b" }]], [["finish", { result: "looked" }]]],
    },
    FAMILY,
  );
  const first = heard[3]?.[0] ?? [];
  assert.deepEqual([first[0], first.at(-1), first.length], ["the whole", "look closer", 4]);
  assert.match(first[2] ?? "", /ENOENT|null|error/u, "the result of the parent's first call");
  const child = k.process(3);
  assert.deepEqual([child.turns, child.result, child.image], [2, "looked", "boxes"]);
  const refused = k.of("call.end").find((e) => e.pid === 3 && e.data.op === "box.read");
  assert.equal(refused?.data.error?.code, "ENOTCAPABLE");
  const waited = k.of("call.end").find((e) => e.data.op === "process.wait");
  assert.deepEqual(waited?.data.value, { pid: 3, exit: "finished", result: "looked" });
});

test("exec keeps pid, conversation, authority and account, takes the other image's tools, and drops what was for once (P39, P84)", async () => {
  const { k } = await play(
    {
      2: [
        [
          ["exec_image", { image: "reviewer", goal: "now review" }],
          ["read_box", { at: "fs:/app/a" }],
        ],
        [["list_capabilities", {}]],
        [["finish", { result: "reviewed" }]],
      ],
    },
    ["allow:execute:image:/reviewer", "allow:read:fs:/app/**", "allow:write:fs:/app/x;uses=1"],
  );
  const process = k.process(2);
  assert.deepEqual([process.image, process.result, process.turns], ["reviewer", "reviewed", 3]);
  const late = k.of("call.end").find((e) => e.data.tool === "read_box");
  assert.equal(late?.data.error?.code, "ENOSYS", "a tool of the image that it no longer is");
  const listed = JSON.stringify(k.of("call.end").find((e) => e.data.op === "capability.list")?.data.value);
  assert.ok(listed.includes("allow:read:fs:/app/**") && !listed.includes("fs:/app/x"), listed);
  assert.equal(k.of("process.exec").length, 1);
});

test("exec and fork of an image that nobody may execute are refused", async () => {
  const { k, parent } = await family(["allow:spawn:process:/children"]);
  assert.equal(code(await k.call(parent, "process.exec", { image: "coding" })), "ENOTCAPABLE");
  assert.equal(code(await k.call(parent, "process.fork", { goal: "part" })), "ENOTCAPABLE");
  assert.equal(k.process(parent).image, "boxes");
});

test("waiting for any child gives each end once, the first to end first, and knows when there is nobody left", async () => {
  const { k, parent, spawn } = await family();
  const wait = (more: object = {}) => k.call(parent, "process.wait", more);
  assert.equal(code(await wait()), "ENOENT");
  const [one, two] = [await spawn(), await spawn()];
  const first = wait({ seconds: 60 });
  await k.settle();
  assert.deepEqual(k.kernel.standing(parent).on, ["child"]);
  k.kernel.signal(k.person, two, "kill", "test");
  assert.deepEqual(await first, { ok: true, value: { pid: two, exit: "killed", result: null } });
  const late = wait({ seconds: 60 });
  await k.settle();
  k.clock.advance(60_000);
  assert.equal(code(await late), "ETIMEDOUT");
  k.kernel.signal(k.person, one, "kill", "test");
  assert.deepEqual(await wait(), { ok: true, value: { pid: one, exit: "killed", result: null } });
  assert.equal(code(await wait()), "ENOENT");
});

test("of two that wait for the last child one gets it, and the other hears that nobody is left", async () => {
  const { k, parent, spawn } = await family();
  const child = await spawn();
  const both = [1, 2].map(() => k.call(parent, "process.wait", {}));
  await k.settle();
  k.kernel.signal(k.person, child, "kill", "test");
  assert.deepEqual((await Promise.all(both)).map(code).sort(), ["ENOENT", "ok"]);
  await spawn();
  const last = k.call(parent, "process.wait", {});
  await k.settle();
  for (const { cap } of k.kernel.state.capabilities.heldBy(parent))
    if (cap.rights.includes("wait")) k.kernel.revoke(k.person, cap.id, "test");
  assert.equal(code(await last), "ENOENT");
});

test("of several that wait for any child each gets another one, and none is told of a time that has not passed", async () => {
  const { k, parent, spawn } = await family();
  const kids = [await spawn(), await spawn(), await spawn()];
  const waits = [{}, { seconds: 60 }, { seconds: 60 }].map((more) => k.call(parent, "process.wait", more));
  await k.settle();
  for (const kid of kids.slice(0, 2)) {
    k.kernel.signal(k.person, kid, "kill", "test");
    await k.settle();
  }
  assert.deepEqual(k.kernel.standing(parent).on, ["child"], "the third still waits");
  k.clock.advance(60_000);
  const came = (await Promise.all(waits)).map((got) =>
    got.ok ? (got.value as { pid: number }).pid : got.code,
  );
  assert.deepEqual(came, [kids[0], kids[1], "ETIMEDOUT"]);
  k.kernel.signal(k.person, kids[2] ?? 0, "kill", "test");
  const named = [1, 2].map(() => k.call(parent, "process.wait", { pid: kids[2], seconds: 1 }));
  assert.deepEqual((await Promise.all(named)).map(code), ["ok", "ok"], "a named child tells everybody");
  const late = await k.call(parent, "process.wait", {});
  assert.match(late.ok ? "" : `${late.message} ${late.hint}`, /collected already.* for example \d/u);
});

test("an end that was collected before a cut is collected by the same call again, and not by another", async () => {
  const { k, parent, spawn } = await family();
  const child = await spawn();
  k.kernel.signal(k.person, child, "kill", "test");
  await k.call(parent, "process.wait", {}, { id: "0.0" });
  const next = await k.crash(k.of("call.did").at(-1)?.seq);
  const again = await next.call(parent, "process.wait", {}, { id: "0.0" });
  assert.deepEqual(again, { ok: true, value: { pid: child, exit: "killed", result: null } });
  assert.equal(code(await next.call(parent, "process.wait", {}, { id: "0.1" })), "ENOENT");
});

test("events tell of oneself and one's children, after what is known, and wake who waits for one", async () => {
  const { k, parent, spawn } = await family();
  const child = await spawn();
  const events = async (args: object) => {
    const got = await k.call(parent, "process.events", args);
    assert.ok(got.ok, JSON.stringify(got));
    return (got.value as { events: { seq: number; pid: number; kind: string; about: string }[] }).events;
  };
  const known = (await events({ kinds: ["process.spawn"] })).map((e) => [e.pid, e.about]);
  assert.deepEqual(known, [
    [parent, "boxes"],
    [child, "boxes"],
  ]);
  const last = (await events({})).at(-1)?.seq ?? 0;
  const waiting = events({ after: last, kinds: ["process.exit"], seconds: 60 });
  await k.settle();
  k.kernel.signal(k.person, child, "kill", "test");
  assert.deepEqual(
    (await waiting).map((e) => [e.pid, e.about]),
    [[child, "killed"]],
  );
  const stranger = k.launch([]);
  assert.equal(code(await k.call(stranger, "process.events", { pid: child })), "ENOTCAPABLE");
  assert.deepEqual(
    (await events({ pid: child, kinds: ["process.signal"] })).map((e) => e.about),
    ["kill"],
  );
});

test("delegation to a child narrows: it keeps the giver's asks, ends with the giver's, and is never more (P14, P18, P23)", async () => {
  const { k, parent, spawn, held } = await family([...FAMILY, "ask:write:fs:/app/src/**"]);
  const child = await spawn();
  const pass = (grants: string[]) => k.call(parent, "capability.delegate", { pid: child, grants });
  assert.equal(code(await pass(["allow:delete:fs:/app/**"])), "ENOTCAPABLE");
  assert.equal(code(await pass(["allow:read:fs:/app/**", "allow:delete:fs:/app/a"])), "ENOTCAPABLE");
  assert.equal(
    held(child).some((cap) => cap.includes("fs:")),
    false,
    "all or nothing",
  );
  assert.equal(code(await pass(["allow:write:fs:/app/src/a;until=2026-06-01T00:00:00Z"])), "ok");
  assert.deepEqual(
    held(child).filter((cap) => cap.includes("fs:")),
    ["allow:write:fs:/app/src/a;until=2026-06-01T00:00:00Z"],
  );
  const write = k.call(child, "box.write", { at: "fs:/app/src/a", content: "x" });
  await k.settle();
  assert.equal(k.open.length, 1, "the child is asked for what its parent would be asked for");
  for (const { cap } of k.kernel.state.capabilities.heldBy(parent))
    if (cap.resource.startsWith("fs:")) k.kernel.revoke(k.person, cap.id, "test");
  assert.equal(code(await write), "ENOTCAPABLE", "and so for a call that waits");
});

test("a capability that is given away is held by the other, with what was passed on from it, and by nobody twice", async () => {
  const { k, parent, spawn, held } = await family([
    ...FAMILY,
    "allow:delete:fs:/app/**",
    "deny:delete:fs:/app/keep/**",
  ]);
  const [one, two] = [await spawn({ grants: ["allow:delete:fs:/app/old"] }), await spawn()];
  const cap = k.kernel.state.capabilities
    .heldBy(parent)
    .find((h) => printCap(h.cap) === "allow:delete:fs:/app/**");
  const give = (id: string) => k.call(parent, "capability.transfer", { pid: two, id });
  assert.equal(code(await give(cap?.cap.id ?? "")), "ok");
  assert.equal(code(await give(cap?.cap.id ?? "")), "ENOENT");
  assert.equal(held(parent).includes("allow:delete:fs:/app/**"), false);
  assert.ok(held(two).includes("allow:delete:fs:/app/**"));
  k.world.files.set("fs:/app/old", "x");
  assert.equal(code(await k.call(parent, "box.delete", { at: "fs:/app/old" })), "ENOTCAPABLE");
  assert.equal(code(await k.call(two, "box.delete", { at: "fs:/app/keep/a" })), "EACCES");
  assert.equal(code(await k.call(one, "box.delete", { at: "fs:/app/old" })), "ok");
  k.kernel.revoke(k.person, cap?.cap.id ?? "", "test");
  assert.equal(
    held(one).some((c) => c.includes("delete:fs:/app/old")),
    false,
    "what came from it goes with it",
  );
});
