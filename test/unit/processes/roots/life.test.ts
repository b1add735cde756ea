// Roots: folders that are added and removed at run time, who may do it, and when they go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addRoot, removeRoot } from "../../../../src/kernel/processes/roots.ts";
import { Folded } from "../../../../src/kernel/state/fold.ts";
import { openedRoots, rootRemoved, ROOTS_MOST } from "../../../../src/kernel/state/roots.ts";
import type { Grant } from "../../../../src/kernel/witness.ts";
import { kinds } from "../../../harness/kinds.ts";
import { digests } from "../../../support/journal.ts";
import { code, TestKernel } from "../../../support/kernel.ts";
import { Nest, nestPrimitive } from "../../../support/nest.ts";
import { TREE, kept, trees, open } from "./trees.ts";

const names = (k: TestKernel): string[] => k.kernel.state.roots.map((root) => root.name);

/** The state that the record folds to has the same folders as the living one. */
function sameAsRecord(k: TestKernel): void {
  const folded = new Folded((text) => digests.sha256(text), kinds, k.records);
  assert.deepEqual(folded.state.roots, k.kernel.state.roots);
}

test("a process adds a folder and removes it; both are on record, and the record folds to the same", async () => {
  const k = await open();
  const pid = k.launch();
  assert.equal(code(await k.call(pid, "tree.add", TREE)), "ok");
  assert.deepEqual(k.kernel.state.roots.at(-1), { ...TREE, owner: `pid:${pid}` });
  sameAsRecord(k);
  assert.equal(code(await k.call(pid, "tree.remove", { name: "tree" })), "ok");
  assert.deepEqual(names(k), ["app"]);
  sameAsRecord(k);
  assert.deepEqual(
    k.of("root.remove").map((r) => [r.pid, r.data.by, r.data.name]),
    [[pid, `pid:${pid}`, "tree"]],
  );
});

test("names that are taken or could be confused are refused, and places that are taken", async () => {
  const k = await open();
  const pid = k.launch();
  await k.call(pid, "tree.add", TREE);
  const refused: [name: string, path: string, code: string][] = [
    ["tree", "/w/other", "EEXIST"],
    ["TREE", "/w/other", "EEXIST"],
    ["tr\u200bee", "/w/other", "EINVAL"],
    ["tree.", "/w/other", "EEXIST"],
    ["App", "/w/other", "EEXIST"],
    ["other", "/w/tree", "EEXIST"],
    ["other", "/w/app", "EEXIST"],
    ["other", "w/other", "EINVAL"],
    ["other", "", "EINVAL"],
    ["", "/w/other", "EINVAL"],
    ["..", "/w/other", "EINVAL"],
    ["a/b", "/w/other", "EINVAL"],
    ["a\\b", "/w/other", "EINVAL"],
    [" a", "/w/other", "EINVAL"],
    ["a\n", "/w/other", "EINVAL"],
    ["x".repeat(300), "/w/other", "EINVAL"],
    [`sk-ant-${"a1b2c3d4".repeat(5)}`, "/w/other", "EINVAL"],
  ];
  for (const [name, path, expected] of refused)
    assert.equal(code(await k.call(pid, "tree.add", { name, path })), expected, JSON.stringify([name, path]));
  assert.deepEqual(names(k), ["app", "tree"]);
});

test("the folders that a person opened stay, and each owner removes its own", async () => {
  const k = await open();
  const [one, two] = [k.launch(), k.launch()];
  await k.call(one, "tree.add", TREE);
  assert.equal(code(await k.call(two, "tree.remove", { name: "tree" })), "EACCES");
  assert.equal(code(await k.call(one, "tree.remove", { name: "app" })), "EACCES");
  assert.equal(code(await k.call(one, "tree.remove", { name: "none" })), "ENOENT");
  const { core } = k;
  assert.equal(removeRoot(core, k.person, "app", "no")?.code, "EACCES");
  assert.equal(removeRoot(core, k.launcher, "tree", "no")?.code, "EACCES");
  assert.equal(removeRoot(core, k.person, "tree", "enough"), undefined);
  assert.deepEqual(names(k), ["app"]);
});

test("a caller with a part of its process's authority changes no folders", async () => {
  const k = await open({ more: (ops) => [...trees(ops), nestPrimitive(new Nest())] });
  const pid = k.launch();
  await k.call(pid, "tree.add", TREE);
  const within = ["allow:read:fs:/**"];
  const calls = [
    { op: "tree.add", args: { name: "other", path: "/w/other" }, within },
    { op: "tree.remove", args: { name: "tree" }, within },
    { op: "tree.remove", args: { name: "tree" } },
  ];
  assert.deepEqual(await k.call(pid, "nest.run", { calls }), {
    ok: true,
    value: { came: ["EACCES", "EACCES", "ok"] },
  });
  assert.deepEqual(names(k), ["app"]);
});

test("a grant that is over or forged, and whoever is no person, adds nothing", async () => {
  const k = await open();
  const pid = k.launch();
  await k.call(pid, "tree.add", TREE);
  const { core } = k;
  const other = { name: "other", path: "/w/other" };
  const over = kept.at(-1);
  assert.ok(over !== undefined && !over.live);
  assert.equal(addRoot(core, over, other)?.code, "EACCES");
  assert.equal(addRoot(core, { mode: "full", live: true, pid } as unknown as Grant, other)?.code, "EACCES");
  assert.equal(addRoot(core, { as: "person" } as unknown as typeof k.person, other)?.code, "EACCES");
  assert.equal(addRoot(core, k.launcher, other)?.code, "EACCES");
  assert.deepEqual(names(k), ["app", "tree"]);
});

test("the folders of a process end with it: when it finishes, when it is killed, and at the next opening", async () => {
  const k = await open();
  const [one, two, three] = [k.launch(), k.launch(), k.launch()];
  for (const [pid, name] of [
    [one, "a"],
    [two, "b"],
    [three, "c"],
  ] as const)
    await k.call(pid, "tree.add", { name, path: `/w/${name}` });
  assert.equal(k.kernel.addRoot(k.person, { name: "mine", path: "/w/mine" }), undefined);
  await k.call(one, "process.exit", { result: "done" });
  assert.deepEqual(names(k), ["app", "b", "c", "mine"]);
  k.kernel.signal(k.person, two, "kill", "enough");
  assert.deepEqual(names(k), ["app", "c", "mine"]);
  sameAsRecord(k);
  const next = await k.crash();
  assert.deepEqual(names(next), ["app", "mine"]);
  assert.deepEqual(next.of("root.remove").at(-1)?.data.name, "c");
  sameAsRecord(next);
  assert.deepEqual(openedRoots(next.kernel.state.roots), [{ name: "app", path: "/w/app" }]);
});

test("wherever a crash cuts the record, no folder outlives its process", async () => {
  const k = await open();
  const pid = k.launch();
  await k.call(pid, "tree.add", TREE);
  await k.call(pid, "process.exit", { result: "done" });
  const last = k.records.at(-1)?.seq ?? 0;
  for (let seq = k.of("root.add")[0]?.seq ?? 1; seq <= last; seq++) {
    const folded = new Folded((text) => digests.sha256(text), kinds, k.records.slice(0, seq));
    const next = await open({ records: structuredClone(k.records.slice(0, seq)), paused: true });
    assert.deepEqual(
      names(next),
      ["app"],
      `cut after ${seq}, where the record had ${folded.state.roots.length}`,
    );
    sameAsRecord(next);
  }
});

test("a folder that is opened under the name of an added one takes its place", async () => {
  const k = await open();
  k.kernel.addRoot(k.person, TREE);
  const roots = [
    { name: "app", path: "/w/app" },
    { name: "Tree", path: "/w/elsewhere" },
  ];
  const next = await TestKernel.open({ records: structuredClone(k.records), roots });
  assert.deepEqual(next.kernel.state.roots, roots);
});

test("no record removes a folder that a person opened, whatever it says", () => {
  const opened = [{ name: "app", path: "/w/app" }];
  assert.equal(rootRemoved("app", opened), opened);
  assert.deepEqual(rootRemoved("tree", [...opened, { ...TREE, owner: "pid:2" }]), opened);
});

test("there are so many folders at most", async () => {
  const k = await open();
  const pid = k.launch();
  for (let i = 1; i < ROOTS_MOST; i++)
    assert.equal(k.kernel.addRoot(k.person, { name: `t${i}`, path: `/w/t${i}` }), undefined);
  assert.equal(code(await k.call(pid, "tree.add", TREE)), "EDQUOT");
});
