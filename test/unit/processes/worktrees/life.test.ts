// Worktrees of processes: how many there are, when they go, and what is on record.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { isFault, type Fault } from "../../../../src/abi/errors.ts";
import { define, type Operation } from "../../../../src/kernel/operation.ts";
import type { KernelOps } from "../../../../src/kernel/ops.ts";
import { Folded } from "../../../../src/kernel/state/fold.ts";
import { WORKTREES_MOST } from "../../../../src/kernel/state/roots.ts";
import { grantOf, kinds } from "../../../harness/kinds.ts";
import { digests } from "../../../support/journal.ts";
import { BOXES, code } from "../../../support/kernel.ts";
import { SPAWN, FILES, open, family, word } from "./trees.ts";

test("two that start at once get pids of their own, and one that fails wastes only its number", async () => {
  const { k, trees } = await open();
  const pid = k.launch(SPAWN);
  const spawn = (more: object) => k.call(pid, "process.spawn", { goal: "g", ...more });
  const born = await Promise.all([spawn({ worktree: true }), spawn({}), spawn({ worktree: true })]);
  assert.deepEqual(born.map(code), ["ok", "ok", "ok"]);
  const pids = k.process(pid).children.toSorted((a, b) => a - b);
  assert.equal(new Set(pids).size, 3);
  for (const name of trees.made) {
    const owner = k.kernel.state.roots.find((root) => root.name === name)?.owner;
    assert.equal(`${owner}-work`, `pid:${name}`);
  }
  trees.meanwhile = () => {
    k.kernel.signal(k.person, pid, "kill", "enough");
  };
  assert.equal(code(await spawn({ worktree: true })), "EINTR");
  assert.deepEqual(trees.removed, trees.made.slice(-1));
});

test("worktrees are capped, have none of their own, and only a plain folder has one", async () => {
  const { k, trees } = await open();
  const pid = k.launch(SPAWN, { budget: { children: 100 } });
  for (let i = 0; i < WORKTREES_MOST; i++)
    assert.equal(code(await k.call(pid, "process.spawn", { goal: `g${i}`, worktree: true })), "ok");
  const full = await k.call(pid, "process.spawn", { goal: "more", worktree: true });
  assert.ok(isFault(full) && full.code === "EDQUOT" && /discard/u.test(full.hint), JSON.stringify(full));
  assert.equal(trees.made.length, WORKTREES_MOST);
  const child = k.process(pid).children[0] ?? 0;
  const tree = `${child}-work`;
  const giving = [...SPAWN.slice(0, 2), `allow:write:git:/${tree}/worktree`];
  for (const text of giving) k.kernel.give(k.person, child, grantOf(text));
  assert.equal(code(await k.call(child, "process.spawn", { goal: "g", worktree: true })), "EINVAL");
});

test("the worktree outlives its process on record, and goes by word of the host once that has ended", async () => {
  const { k, child, tree } = await family([FILES]);
  const has = (): boolean => k.kernel.state.roots.some(({ name }) => name === tree);
  k.kernel.closeWorktree(tree, "too early");
  assert.ok(has(), "its process lives");
  k.kernel.signal(k.person, child, "kill", "enough");
  assert.ok(has(), "work may be in it");
  const next = await k.crash();
  assert.ok(
    next.kernel.state.roots.some(({ name }) => name === tree),
    "a restart forgets none",
  );
  next.kernel.closeWorktree("app", "no worktree");
  next.kernel.closeWorktree(tree, "nothing in it");
  assert.deepEqual(
    next.of("root.remove").map(({ data }) => [data.name, data.reason]),
    [[tree, "nothing in it"]],
  );
});

test("a call records that a worktree is gone only if it needed something in the folder that that is of", async () => {
  const closing = (ops: KernelOps): Operation =>
    define({
      name: "kit.close",
      summary: "Close a worktree.",
      effect: "kernel",
      idempotent: true,
      input: z.strictObject({ worktree: z.string(), resource: z.string() }),
      output: z.null(),
      needs: ({ resource }) => [{ right: "read", resource }],
      invoke: ({ worktree }, on) =>
        Promise.resolve(ops.closeWorktree(on.grant, worktree, "it is gone") ?? null),
    });
  const more = (ops: KernelOps) => [{ kind: "kit", operations: [closing(ops)] }];
  const { k, parent, child, tree } = await family([FILES], { more });
  const has = (): boolean => k.kernel.state.roots.some(({ name }) => name === tree);
  const close = async (resource: string) =>
    code(await k.call(parent, "kit.close", { worktree: tree, resource }));
  assert.deepEqual([await close("fs:/app/a"), has()], ["ok", true], "its process lives");
  k.kernel.signal(k.person, child, "kill", "enough");
  assert.deepEqual([await close(`object:/p${parent}/a`), has()], ["EACCES", true]);
  assert.deepEqual([await close("fs:/app/a"), has()], ["ok", false]);
  assert.deepEqual(
    k.of("root.remove").map(({ data }) => [data.name, data.reason]),
    [[tree, "it is gone"]],
  );
});

test("a crash at any record leaves child and worktree whole, or neither", async () => {
  const { k, child, tree } = await family([FILES, "allow:read:git:/app/**"]);
  const whole = k.of("call.did")[0]?.seq ?? assert.fail();
  const from = k.of("process.spawn")[1]?.seq ?? assert.fail();
  const state = (upTo: number) =>
    new Folded(
      (text) => digests.sha256(text),
      kinds,
      k.records.filter((r) => r.seq <= upTo),
    ).state;
  assert.equal(state(from - 1).roots.length, 1);
  // The records of one tick are one batch, so the disk has all of them or none.
  const times = new Set(k.records.filter((r) => r.seq >= from && r.seq <= whole).map((r) => r.time));
  assert.equal(times.size, 1);
  const after = state(whole);
  assert.ok(after.processes.has(child) && after.roots.some(({ name }) => name === tree));
  const next = await k.crash(whole);
  assert.equal(next.of("process.spawn").length, 2, "it is not born twice");
});

test("the process is told what is missing, and who started it, too", async () => {
  const { k, trees } = await open();
  trees.notes = "Submodules are empty: lib.";
  const pid = k.launch(SPAWN);
  const born = await k.call(pid, "process.spawn", { goal: "g", worktree: true });
  assert.ok(born.ok && JSON.stringify(born.value).includes("Submodules are empty: lib."));
  const child = k.process(pid).children[0] ?? 0;
  assert.match(JSON.stringify(k.process(child).conversation), /Submodules are empty: lib\./u);
});

test("a person starts an agent in a worktree; grants for the workspace stay outside", async () => {
  const { k } = await open();
  const wishing = k.call(k.launch(), "capability.request", {
    grant: "allow:read:fs:/app/x/**",
    reason: "to see",
  });
  await k.settle();
  k.answer({ scope: "workspace" });
  assert.equal(code(await wishing), "ok");
  const plain = k.launch();
  assert.equal(word(k, plain, "read", "fs:/app/x/a"), "allow", "others in this workspace have it");
  const pid = k.kernel.reserveWorktree(k.person, "app");
  assert.ok(!isFault(pid));
  assert.equal(code(fromFault(k.kernel.reserveWorktree({} as typeof k.person, "app"))), "EACCES");
  assert.equal(code(fromFault(k.kernel.reserveWorktree(k.person, "nowhere"))), "ENOENT");
  const name = `${pid}-mine`;
  const worktree = { of: "app", branch: `agent/${name}`, base: "c0" };
  const launched = k.kernel.launch(k.person, {
    ...{
      image: BOXES,
      goal: "work",
      model: "test/one",
      budget: {},
      cwd: "fs:/app/src",
      launch: { interactive: true },
    },
    grants: [grantOf(FILES)],
    worktree: { pid, name, path: `/w/trees/${name}`, worktree, notes: "" },
  });
  assert.ok(launched.ok && launched.value.pid === pid, JSON.stringify(launched));
  assert.equal(k.process(pid).cwd, `fs:/${name}`);
  assert.equal(word(k, pid, "write", `fs:/${name}/a`), "allow");
  assert.equal(word(k, pid, "write", "fs:/app/a"), "deny");
  assert.equal(word(k, pid, "read", "fs:/app/x/a"), "deny");
});

/** A fault as a result. */
const fromFault = (value: number | Fault) => (isFault(value) ? value : { ok: true as const, value });
