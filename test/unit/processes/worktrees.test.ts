// Worktrees of processes: the grants hold there and nowhere else, and every limit on the folder holds in its worktree.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { isFault, type Fault } from "../../../src/abi/errors.ts";
import type { PolicyRule } from "../../../src/abi/policy.ts";
import type { Right } from "../../../src/abi/resource.ts";
import { define, type Operation } from "../../../src/kernel/operation.ts";
import type { KernelOps } from "../../../src/kernel/ops.ts";
import { Folded } from "../../../src/kernel/state/fold.ts";
import { WORKTREES_MOST } from "../../../src/kernel/state/roots.ts";
import type { MadeWorktree, WorktreeBackend } from "../../../src/primitives/git/worktrees.ts";
import { grantOf, kinds } from "../../harness/kinds.ts";
import { digests } from "../../support/journal.ts";
import { BOXES, code, TestKernel, type Setup } from "../../support/kernel.ts";

const SPAWN = [
  "allow:spawn:process:/children",
  "allow:execute:image:/boxes",
  "allow:write:git:/app/worktree",
  "allow:message:process:/**",
];
const FILES = "allow:read,list,write,delete:fs:/app/**";

/** A machine whose worktrees are names alone. */
class Trees implements Pick<WorktreeBackend, "make" | "remove"> {
  readonly made: string[] = [];
  readonly removed: string[] = [];
  notes = "";
  meanwhile: () => void = () => undefined;

  make({ of, pid }: Parameters<WorktreeBackend["make"]>[0]): Promise<MadeWorktree> {
    const name = `${pid}-work`;
    this.made.push(name);
    this.meanwhile();
    const worktree = { of, branch: `agent/${name}`, base: "c0" };
    return Promise.resolve({ name, path: `/w/trees/${name}`, worktree, notes: this.notes });
  }
  remove({ name }: { readonly name: string }): Promise<undefined> {
    this.removed.push(name);
    return Promise.resolve(undefined);
  }
}

/** A kernel whose worktrees are these; the methods that no spawn uses are bugs. */
async function open(setup: Setup = {}): Promise<{ k: TestKernel; trees: Trees }> {
  const trees = new Trees();
  const worktrees = trees as unknown as WorktreeBackend;
  return { k: await TestKernel.open({ worktrees, ...setup }), trees };
}

/** An agent, and its child in a worktree of its folder. */
async function family(grants: readonly string[], setup: Setup = {}, own: readonly string[] = []) {
  const { k, trees } = await open(setup);
  const parent = k.launch([...SPAWN, ...own, ...grants]);
  const born = await k.call(parent, "process.spawn", { goal: "do it", worktree: true, grants });
  assert.equal(code(born), "ok", JSON.stringify(born));
  const child = k.process(parent).children.at(-1) ?? 0;
  return { k, trees, parent, child, tree: `${child}-work` };
}

/** The word of a decision about one right on one resource. */
function word(k: TestKernel, holder: number, right: Right, resource: string): string {
  return k.kernel.decide({ needs: [{ right, resource }], authority: { holder } }).kind;
}

test("what is granted on the folder holds in the worktree, and nothing holds in the folder", async () => {
  const { k, child, tree, parent } = await family([
    FILES,
    "allow:read:git:/app/**",
    "allow:execute:shell:/npm",
  ]);
  assert.equal(k.process(child).cwd, `fs:/${tree}`);
  const cases: [Right, string, string][] = [
    ["write", `fs:/${tree}/src/a.ts`, "allow"],
    ["delete", `fs:/${tree}/src/**`, "allow"],
    ["read", `git:/${tree}/log`, "allow"],
    ["execute", "shell:/npm", "allow"],
    ["read", "fs:/app/src/a.ts", "deny"],
    ["list", "fs:/app", "deny"],
    ["write", "fs:/app/src/a.ts", "deny"],
    ["read", "git:/app/log", "deny"],
    ["write", `git:/${tree}/commit`, "deny"],
  ];
  for (const [right, resource, expected] of cases)
    assert.equal(word(k, child, right, resource), expected, `${right} ${resource}`);
  // Who started it has no way into its worktree.
  assert.equal(word(k, parent, "read", `fs:/${tree}/src/a.ts`), "deny");
});

test("every limit on the folder is one on its worktree, whoever has it and whatever its kind is", async () => {
  const rule = (effect: "ask" | "deny", right: string, resource: string): PolicyRule => ({
    ...{ effect, rights: [right], resource, reason: "a person said so" },
  });
  const policy = [
    rule("deny", "read", "fs:/app/secret/**"),
    rule("ask", "write", "fs:/app/docs/**"),
    rule("deny", "execute", "shell:/./app/run.sh"),
    rule("deny", "write", "git:/app/commit"),
  ];
  const all = [FILES, "allow:read,write:git:/app/**", "allow:execute:shell:/**"];
  const own = ["deny:write:fs:/app/held/**", "ask:delete:fs:/app/old/**"];
  const { k, child, tree } = await family(all, { policy }, own);
  const cases: [Right, string, string][] = [
    ["read", `fs:/${tree}/secret/a`, "deny"],
    ["read", `fs:/${tree}/SECRET/a`, "deny"],
    ["read", `fs:/${tree}/secret`, "deny"],
    ["read", `fs:/${tree}/**`, "deny"],
    ["read", `fs:/${tree}/elsewhere`, "allow"],
    ["write", `fs:/${tree}/docs/a.md`, "ask"],
    ["execute", `shell:/./${tree}/run.sh`, "deny"],
    ["execute", `shell:/./${tree}/walk.sh`, "allow"],
    ["write", `git:/${tree}/commit`, "deny"],
    ["write", `git:/${tree}/add`, "allow"],
    ["write", `fs:/${tree}/held/a`, "deny"],
    ["delete", `fs:/${tree}/old/a`, "ask"],
    ["delete", `fs:/${tree}/**`, "ask"],
    // Classes go by the names, too.
    ["write", `fs:/${tree}/.vscode/tasks.json`, "ask"],
    ["read", `fs:/${tree}/.env`, "ask"],
    ["write", `fs:/${tree}/.agentlibos/x`, "deny"],
    ["write", `fs:/${tree}/plain.txt`, "allow"],
  ];
  for (const [right, resource, expected] of cases)
    assert.equal(word(k, child, right, resource), expected, `${right} ${resource}`);
});

test("a worktree is judged by the way to its origin, not by where it lies itself", async () => {
  // The fake puts it into /w/trees; a folder of keys on the way to the origin makes all of it secret.
  const roots = [{ name: "app", path: "/home/ann/.ssh/app" }];
  const { k, child, tree } = await family([FILES], { roots });
  assert.equal(word(k, child, "read", `fs:/${tree}/a.txt`), "ask");
});

test("no capability on the folder, an ask included, opens a name of the worktree", async () => {
  const { k, child, tree } = await family(["allow:read:fs:/app/src/**"]);
  assert.equal(word(k, child, "read", `fs:/${tree}/other`), "deny");
  k.kernel.give(k.person, child, grantOf("ask:read:fs:/app/**"));
  k.kernel.give(k.person, child, grantOf("allow:list:fs:/app/**"));
  assert.equal(word(k, child, "read", `fs:/${tree}/other`), "deny");
  assert.equal(word(k, child, "list", `fs:/${tree}`), "deny");
});

test("a limit of its parent goes along when a worktree is passed on to somebody it does not bind", async () => {
  const own = ["deny:read:fs:/app/secret/**", "ask:read:fs:/app/asked/**", "allow:message:process:/**"];
  const { k, child, tree } = await family([FILES], {}, own);
  const stranger = k.launch([]);
  k.kernel.give(k.person, child, grantOf(`allow:message:process:/${stranger}`));
  const grants = [`allow:read:fs:/${tree}/**`];
  assert.equal(code(await k.call(child, "capability.delegate", { pid: stranger, grants })), "ok");
  assert.equal(word(k, stranger, "read", `fs:/${tree}/a`), "allow");
  assert.equal(word(k, stranger, "read", `fs:/${tree}/secret/a`), "deny");
  assert.equal(word(k, stranger, "read", `fs:/${tree}/asked/a`), "ask");
  // A copied ask permits asking a person; it must not reach into the folder, which nobody passed on.
  assert.equal(word(k, stranger, "read", "fs:/app/asked/a"), "deny");
});

test("a revoke of what the parent holds takes away what the child has in the worktree", async () => {
  const { k, parent, child, tree } = await family([FILES]);
  const [held] = k.kernel.state.capabilities
    .heldBy(parent)
    .filter(({ cap }) => cap.resource === "fs:/app/**");
  assert.ok(held);
  k.kernel.revoke(k.person, held.cap.id, "enough");
  assert.equal(word(k, child, "read", `fs:/${tree}/a`), "deny");
});

test("a grant that is not held, or lies in another folder, starts nobody and leaves no worktree", async () => {
  const roots = [
    { name: "app", path: "/w/app" },
    { name: "other", path: "/w/other" },
  ];
  const { k, trees } = await open({ roots });
  const pid = k.launch([...SPAWN, "allow:read:fs:/**"]);
  const spawn = (...grants: string[]) => k.call(pid, "process.spawn", { goal: "g", worktree: true, grants });
  assert.equal(code(await spawn("allow:write:fs:/app/**")), "ENOTCAPABLE");
  assert.deepEqual(trees.made, []);
  assert.equal(code(await spawn("allow:read:fs:/app/**", "allow:read:fs:/other/**")), "EINVAL");
  assert.deepEqual(trees.removed, trees.made);
  assert.equal(k.of("process.spawn").length, 1);
  assert.equal(k.of("root.add").length, 0);
  // All folders are all of the worktree alone.
  assert.equal(code(await spawn("allow:read:fs:/**")), "ok");
  const child = k.process(pid).children.at(-1) ?? 0;
  assert.equal(word(k, child, "read", `fs:/${child}-work/a`), "allow");
  assert.equal(word(k, child, "read", "fs:/other/a"), "deny");
});

test("a worktree needs its right on git, of the folder that the parent works in", async () => {
  const { k, trees } = await open();
  const pid = k.launch(SPAWN.filter((grant) => !grant.includes("git:")));
  assert.equal(code(await k.call(pid, "process.spawn", { goal: "g", worktree: true })), "ENOTCAPABLE");
  assert.equal(code(await k.call(pid, "process.spawn", { goal: "g" })), "ok");
  assert.deepEqual(trees.made, []);
});

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
