// Objects: their types, versions, sources and links, and deleting one.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { IMAGES } from "../../harness/images.ts";
import type { State } from "../../../src/kernel/state/rows.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { BOXES, code, TestKernel } from "../../support/kernel.ts";
import { turns, type Turn } from "../../support/kernel/turns.ts";
import { openKernel, FAMILY, messageOf, valueOf } from "../../support/objects.ts";
import { folded, plainState } from "../../support/plain.ts";

const TYPED: readonly (readonly [type: string, fits: unknown, strays: unknown, where: string])[] = [
  ["text", "", 7, "value"],
  ["goal", "ship it", "", "value"],
  ["plan", { steps: [{ text: "one", done: true }] }, { steps: [{ text: "one" }, {}] }, "value.steps.1.text"],
  ["message", "hello", { text: "hello" }, "value"],
  ["observation", "it rains", null, "value"],
  ["file_snapshot", { path: "a", sha256: "x", content: "" }, { path: "a", sha256: "x" }, "value.content"],
  ["tool_result", { tool: "t", ok: true, value: 1 }, { tool: "t" }, "value.ok"],
  ["patch", { path: "a", diff: "+b" }, { path: "a", diff: 1 }, "value.diff"],
  ["test_result", { passed: 1, failed: 0, names: [] }, { passed: -1, failed: 0 }, "value.passed"],
  ["summary", "all of it", [], "value"],
  ["artifact", { content: "x", media_type: "text/css" }, { media_type: "text/css" }, "value.content"],
];
for (const [type, fits, strays, where] of TYPED) {
  test(`a value of type ${type} fits it, and one that does not is refused with the place`, async () => {
    const { k, pid, put, get } = await openKernel();
    assert.equal(code(await put(pid, { name: "n", type, value: fits })), "ok");
    const got = valueOf(await get(pid, { name: "n" }));
    assert.deepEqual([got["type"], got["value"]], [type, fits]);
    const refused = await put(pid, { name: "n", type, value: strays });
    assert.equal(code(refused), "EINVAL");
    assert.ok(messageOf(refused).includes(`"${where}"`), messageOf(refused));
    assert.equal(k.of("object.put").length, 1);
  });
}

test("an unknown type is refused, and json takes anything", async () => {
  const { pid, put } = await openKernel();
  assert.equal(code(await put(pid, { name: "n", type: "policy", value: 1 })), "EINVAL");
  for (const value of [null, 0, "x", [1], { a: { b: 1 } }])
    assert.equal(code(await put(pid, { name: "n", value })), "ok");
});

test("versions never change, and compare-and-set finds whoever was faster (P54)", async () => {
  const { pid, put, get } = await openKernel();
  const puts = [
    await put(pid, { name: "n", value: "a", if_version: 0 }),
    await put(pid, { name: "n", value: "b", if_version: 0 }),
    await put(pid, { name: "n", value: "c", if_version: 1 }),
    await put(pid, { name: "n", value: "d", if_version: 1 }),
    await put(pid, { name: "n", value: "e" }),
  ];
  assert.deepEqual(puts.map(code), ["ok", "ESTALE", "ok", "ESTALE", "ok"]);
  assert.match(messageOf(puts[1]), /at version 1, not at 0/u);
  assert.match(messageOf(puts[3]), /at version 2, not at 1/u);
  const values = [];
  for (const version of [1, 2, 3]) values.push(valueOf(await get(pid, { name: "n", version }))["value"]);
  assert.deepEqual(values, ["a", "c", "e"]);
  assert.equal(code(await get(pid, { name: "n", version: 4 })), "ENOENT");
});

test("two at once that expect the same version: one of them is told", async () => {
  const { pid, put } = await openKernel();
  const both = await Promise.all(["a", "b"].map((value) => put(pid, { name: "n", value, if_version: 0 })));
  assert.deepEqual(both.map(code).sort(), ["ESTALE", "ok"]);
});

test("the newest sixteen versions stay readable; what is asked for earlier says what is held", async () => {
  const { pid, put, get, list } = await openKernel();
  for (let i = 1; i <= 20; i++) await put(pid, { name: "n", value: i });
  assert.equal(valueOf(await get(pid, { name: "n", version: 5 }))["value"], 5);
  const gone = await get(pid, { name: "n", version: 4 });
  assert.deepEqual([code(gone), gone.ok ? "" : gone.hint], ["ENOENT", "Held are 5 to 20."]);
  assert.deepEqual(await list(pid), [
    { namespace: "p2", name: "n", type: "json", version: 20, oldest: 5, bytes: 3 },
  ]);
});

test("a version says who made it, when, and from which versions and files, as the process can prove", async () => {
  const { k, pid, put, get, child } = await openKernel([...FAMILY, "allow:read:fs:/app/**"]);
  const other = await child(pid, []);
  await put(pid, { name: "a", value: 1 });
  await put(other, { name: "theirs", value: 1 });
  k.process(pid).seen = new Map([["fs:/app/read.txt", "f".repeat(64)]]);
  const from = ["a", "fs:/app/read.txt"];
  assert.equal(code(await put(pid, { name: "b", value: 2, from })), "ok");
  await put(pid, { name: "a", value: 3 });
  const { by, time, from: sources } = valueOf(await get(pid, { name: "b" }));
  assert.deepEqual([by, time], [pid, "2026-01-01T00:00:00.000Z"]);
  assert.deepEqual(sources, [
    { namespace: "p2", name: "a", version: 1 },
    { resource: "fs:/app/read.txt", sha256: "f".repeat(64) },
  ]);
  const reader = await child(pid, ["allow:read:object:/p2/b"]);
  const seen = valueOf(await get(reader, { namespace: "p2", name: "b" }));
  assert.equal(seen["from"], undefined, "names of what may not be read are kept back");
  const claim = async (source: string) => code(await put(pid, { name: "c", value: 2, from: [source] }));
  assert.equal(await claim("fs:/app/other.txt"), "EINVAL", "it never read it");
  assert.equal(await claim("p3/theirs"), "ENOTCAPABLE", "it may not read it");
  assert.equal(await claim("none"), "ENOENT");
});

test("a link leads from one object to a version of another, once, for those who may read both", async () => {
  const { k, pid, put, get, list, child } = await openKernel();
  await put(pid, { name: "plan", value: 1 });
  await put(pid, { name: "goal", value: 1 });
  await put(pid, { name: "goal", value: 2 });
  const link = (who: number, from: string, to: string, relation = "derived_from") =>
    k.call(who, "object.link", { from, to, relation });
  assert.equal(code(await link(pid, "plan", "goal")), "ok");
  assert.equal(code(await link(pid, "plan", "p2/goal")), "ok", "the same again is the same");
  assert.equal(k.of("object.link").length, 1);
  const links = [{ to: "p2/goal", version: 2, relation: "derived_from" }];
  assert.deepEqual(valueOf(await get(pid, { name: "plan" }))["links"], links);
  assert.deepEqual(
    (await list(pid)).map((e) => e.links),
    [links, undefined],
  );

  const reader = await child(pid, ["allow:read:object:/p2/plan"]);
  assert.equal(valueOf(await get(reader, { namespace: "p2", name: "plan" }))["links"], undefined);
  assert.deepEqual(
    (await list(reader)).map((e) => [e.name, e.links]),
    [["plan", undefined]],
  );
  await put(reader, { name: "own", value: 1 });
  const came = [
    await link(reader, "p2/plan", "own"),
    await link(reader, "own", "p2/goal"),
    await link(reader, "own", "p2/plan", "summarizes"),
    await link(reader, "own", "p2/plan", "is better than"),
    await link(pid, "plan", "none"),
    await link(pid, "none", "plan"),
  ];
  assert.deepEqual(came.map(code), ["ENOTCAPABLE", "ENOTCAPABLE", "ok", "EINVAL", "ENOENT", "ENOENT"]);
});

test("deleting frees the name with its versions and links; the next of that name is another object (P55)", async () => {
  const { k, pid, put, get, list } = await openKernel();
  const del = (args: object) => k.call(pid, "object.delete", args);
  await put(pid, { name: "a", value: "a secret plan" });
  await put(pid, { name: "a", value: 2 });
  await put(pid, { name: "b", value: 1 });
  for (const [from, to] of [
    ["a", "b"],
    ["b", "a"],
  ])
    await k.call(pid, "object.link", { from, to, relation: "references" });
  assert.equal(code(await del({ name: "a", if_version: 1 })), "ESTALE");
  assert.deepEqual(valueOf(await del({ name: "a" })), { name: "a", version: 2 });
  assert.equal(code(await get(pid, { name: "a" })), "ENOENT");
  assert.equal(code(await del({ name: "a" })), "ENOENT");
  assert.equal(JSON.stringify(plainState(k.kernel.state)).includes('"value":"a secret plan"'), false);
  assert.deepEqual(
    (await list(pid)).map((e) => [e.name, e.links]),
    [["b", undefined]],
  );
  assert.equal(valueOf(await put(pid, { name: "a", value: 3, if_version: 0 }))["version"], 3);
  assert.equal(code(await del({ name: "a", if_version: 2 })), "ESTALE", "that one is gone");
  assert.deepEqual(
    (await list(pid)).map((e) => e.links),
    [undefined, undefined],
    "links to it died with it",
  );
  assert.equal(code(await get(pid, { name: "a", version: 2 })), "ENOENT");
});

test("a delete that is dispatched again after a crash deletes nothing that came after it", async () => {
  const { k, pid, put } = await openKernel();
  await put(pid, { name: "a", value: 1 });
  await k.call(pid, "object.delete", { name: "a" }, { id: "0.0" });
  const next = await k.crash(k.of("call.did").at(-1)?.seq);
  await next.call(pid, "object.put", { name: "a", value: 2 });
  const again = await next.call(pid, "object.delete", { name: "a" }, { id: "0.0" });
  assert.deepEqual([code(again), code(await next.call(pid, "object.get", { name: "a" }))], ["ok", "ok"]);
  assert.equal(next.of("object.delete").length, 1);
});

test("the value of an object stands in the record once, and whoever asks for the call reads it there", async () => {
  const { k, pid, put } = await openKernel();
  const value = { text: "said-once" };
  const args = { name: "n", value, type: "json" };
  assert.equal(code(await put(pid, args)), "ok");
  assert.equal(JSON.stringify(k.records).split("said-once").length, 2);
  assert.deepEqual([k.lastEnd.args, k.lastEnd.kept], [{ ...args, value: null }, "value"]);
  assert.deepEqual(callsOf(k.records).at(-1)?.json.args, args);
  assert.equal(code(await put(pid, { name: "n", type: "plan", value: "said-wrongly" })), "EINVAL");
  assert.deepEqual(
    [k.lastEnd.args, k.lastEnd.kept],
    [{ name: "n", type: "plan", value: "said-wrongly" }, undefined],
  );
});

test("a put that spends a use or was asked keeps its value in no begin, and in its end only where it failed", async () => {
  const { k, put } = await openKernel();
  const pid = k.launch(["allow:write:object:/shared/**;uses=2", "ask:write:object:/asked/**"]);
  const said = "said once ".repeat(1000);
  const count = (): number => JSON.stringify(k.records).split(said).length - 1;
  const args = { namespace: "shared", name: "n", type: "text", value: said };
  const argsOf = (): unknown => callsOf(k.records).at(-1)?.json.args;
  assert.equal(code(await put(pid, args)), "ok");
  assert.equal(count(), 1);
  assert.deepEqual([k.of("call.begin").at(-1)?.data.kept, argsOf()], ["value", args]);
  const late = { ...args, if_version: 7 };
  assert.equal(code(await put(pid, late)), "ESTALE");
  assert.equal(count(), 2, "no object holds it, so the end does");
  assert.deepEqual([k.lastEnd.args, argsOf()], [late, late]);
  const wish = { ...args, namespace: "asked", value: `${said}.` };
  const asked = put(pid, wish);
  await k.settle();
  k.answer({ scope: "once" });
  assert.equal(code(await asked), "ok");
  assert.equal(count(), 4, "the question as it was shown, and the object");
  assert.deepEqual(argsOf(), wish);
});

test("wherever a crash cuts a put that spends a use, it is made once, with the value that its begin left out", async () => {
  const { k } = await openKernel();
  const pid = k.launch(["allow:write:object:/shared/**;uses=1"]);
  const args = { namespace: "shared", name: "n", type: "text", value: "said once" };
  assert.equal(code(await k.call(pid, "object.put", args, { id: "0.0" })), "ok");
  // The version and the note that it is done are written in one tick, so no crash comes between them.
  for (const seq of [k.of("call.begin").at(-1)?.seq, k.of("call.did").at(-1)?.seq]) {
    const next = await k.crash(seq);
    const other = { ...args, value: "said otherwise" };
    assert.equal(code(await next.call(pid, "object.put", args, { id: "0.0" })), "ok", `cut after ${seq}`);
    assert.deepEqual(
      next.of("object.put").map(({ data }) => data.value),
      ["said once"],
    );
    assert.equal(next.of("call.begin").filter(({ data }) => data.op === "object.put").length, 1);
    assert.equal(JSON.stringify(next.records).split("said once").length, 2);
    assert.equal(code(await next.call(pid, "object.put", other)), "ENOTCAPABLE", "the use is spent");
  }
});

test("a call that reads an object names the version in the record, and its result stays what it was", async () => {
  const said = { text: "said-once" };
  const read: [string, object] = ["get_object", { name: "n" }];
  const script: Turn[] = [
    [["put_object", { name: "n", value: said }]],
    [read],
    [["put_object", { name: "n", value: "another" }]],
    [["delete_object", { name: "n" }]],
    [["get_object", { name: "said:1" }]],
  ];
  const k = await TestKernel.open({ model: turns({ 2: script }) });
  k.launch([], { image: IMAGES.get("coding") ?? BOXES });
  await k.kernel.rest();
  const ends = k.of("call.end").filter(({ data }) => data.op === "object.get");
  const to = { namespace: "p2", name: "n", version: 1 };
  assert.deepEqual(
    ends.map(({ data }) => data.refers),
    [{ field: "value", to }, undefined],
  );
  assert.ok(!JSON.stringify(ends).includes("said-once"), JSON.stringify(ends));
  const resultIn = (state: Readonly<State>): unknown => {
    const entry = state.processes.get(2)?.conversation[2];
    const result = entry?.role === "turn" ? entry.results.get(0) : undefined;
    return result?.ok === true && (result.value as { value: unknown }).value;
  };
  assert.deepEqual(resultIn(k.kernel.state), said);
  assert.deepEqual(resultIn(folded(k.records)), said, "also after its version was deleted");
  const shown = (records: readonly AnyRecord[]): unknown => {
    const row = callsOf(records).find(({ json }) => json.syscall === "object.get");
    return (row?.value as { value: unknown }).value;
  };
  assert.deepEqual(shown(k.records), said);
  assert.equal(shown(k.records.filter(({ kind }) => kind !== "object.put")), "p2/n@1");
});
