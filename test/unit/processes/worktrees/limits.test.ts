// Worktrees and authority: what is granted and limited on the folder holds in its worktree.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyRule } from "../../../../src/abi/policy.ts";
import type { Right } from "../../../../src/abi/resource.ts";
import { grantOf } from "../../../harness/kinds.ts";
import { code } from "../../../support/kernel.ts";
import { SPAWN, FILES, open, family, word } from "./trees.ts";

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
