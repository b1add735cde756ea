// Roots that come and go: what is bound to their place, and that they open nothing.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseGrants } from "../../../../src/abi/capability.ts";
import { isFault } from "../../../../src/abi/errors.ts";
import { nodeFs } from "../../../../src/host/node/fs/fs.ts";
import type { Kernel } from "../../../../src/kernel/kernel.ts";
import { kinds } from "../../../harness/kinds.ts";
import { code, type TestKernel, type Setup } from "../../../support/kernel.ts";
import { TREE, open } from "./trees.ts";

test("a removed folder suspends what is bound to its place, also in a call that waits for an answer", async () => {
  const k = await open();
  const pid = k.launch(["allow:read:fs:/app/**"]);
  await k.call(pid, "tree.add", TREE);
  const [ask, allow] = ["ask:write:fs:/tree/**", "allow:read:fs:/tree/**"].map((text) => {
    const listed = parseGrants([text], kinds);
    const given = isFault(listed) || listed[0] === undefined ? undefined : listed[0];
    return given ?? assert.fail(text);
  });
  assert.ok(ask !== undefined && allow !== undefined);
  k.kernel.give(k.person, pid, allow);
  k.kernel.give(k.person, pid, ask);
  k.world.files.set("fs:/tree/a", "text");
  const read = (): ReturnType<typeof k.call> => k.call(pid, "box.read", { at: "fs:/tree/a" });
  assert.equal(code(await read()), "ok");
  const waits = k.call(pid, "box.write", { at: "fs:/tree/a", content: "x" });
  await k.settle();
  assert.equal(k.open.length, 1);
  await k.call(pid, "tree.remove", { name: "tree" });
  assert.equal(code(await waits), "ENOTCAPABLE");
  assert.equal(code(await read()), "ENOTCAPABLE");
  await k.call(pid, "tree.add", { name: "tree", path: "/w/another" });
  assert.equal(code(await read()), "ENOTCAPABLE", "another place of that name");
  await k.call(pid, "tree.remove", { name: "tree" });
  await k.call(pid, "tree.add", TREE);
  assert.equal(code(await read()), "ok", "the same place again");
});

/** Real folders: the workspace, a place in it and one outside, and the user's data folder. */
async function onDisk(t: TestContext, policy: Setup["policy"] = []) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "roots-")));
  const at = (...parts: string[]): string => join(base, ...parts);
  for (const name of ["app/inner", "tree", "home/data"]) mkdirSync(at(name), { recursive: true });
  const roots = [{ name: "app", path: at("app") }];
  const made: { k?: TestKernel } = {};
  const files = nodeFs({
    folders: () => made.k?.kernel.state.roots ?? roots,
    reserved: () => [at("home")],
    preImages: at("home", "pre"),
  });
  t.after(() => {
    files.close();
    rmSync(base, { recursive: true, force: true });
  });
  const k = (made.k = await open({ roots, files, policy }));
  const pid = k.launch(["allow:read,list,write,delete:fs:/app/**"]);
  const give = (text: string): void => {
    const [listed] = parseGrants([text], kinds) as [Parameters<Kernel["give"]>[2]];
    assert.ok(k.kernel.give(k.person, pid, listed).ok);
  };
  const write = async (path: string, content = "x\n") =>
    code(await k.call(pid, "fs.write", { path, content }));
  return { k, pid, at, give, write };
}

test("the files of an added folder are reached with a grant on it, and no longer when it is gone", async (t) => {
  const { k, pid, at, give, write } = await onDisk(t);
  assert.equal(await write("tree/a.txt"), "ok", "a folder of that name in the working directory");
  const tree = { name: "wood", path: at("tree") };
  assert.equal(code(await k.call(pid, "tree.add", tree)), "ok");
  assert.equal(await write("wood/a.txt"), "ENOTCAPABLE");
  give("allow:write:fs:/wood/**");
  assert.equal(await write("wood/a.txt"), "ok");
  assert.equal(readFileSync(at("tree", "a.txt"), "utf8"), "x\n");
  await k.call(pid, "tree.remove", { name: "wood" });
  assert.equal(await write("wood/b.txt"), "ok", "a path in the working directory again");
  assert.equal(await write(at("tree", "b.txt")), "EACCES");
});

test("a folder that was removed and made anew in its place is reached again", async (t) => {
  const { k, pid, at, give, write } = await onDisk(t);
  const tree = { name: "wood", path: at("tree") };
  await k.call(pid, "tree.add", tree);
  give("allow:write:fs:/wood/**");
  assert.equal(await write("wood/a.txt"), "ok");
  await k.call(pid, "tree.remove", { name: "wood" });
  rmSync(at("tree"), { recursive: true });
  mkdirSync(at("tree"));
  await k.call(pid, "tree.add", tree);
  assert.equal(await write("wood/b.txt"), "ok");
  assert.equal(readFileSync(at("tree", "b.txt"), "utf8"), "x\n");
});

test("an added folder in a reserved place opens nothing, and one inside another keeps the rules of both", async (t) => {
  const { k, pid, at, give, write } = await onDisk(t, [
    { effect: "deny", rights: ["write"], resource: "fs:/app/inner/**", reason: "frozen" },
  ]);
  writeFileSync(at("home", "data", "key"), "secret\n");
  await k.call(pid, "tree.add", { name: "data", path: at("home", "data") });
  await k.call(pid, "tree.add", { name: "part", path: at("app", "inner") });
  for (const name of ["data", "part"]) give(`allow:read,write:fs:/${name}/**`);
  assert.equal(code(await k.call(pid, "fs.read", { path: "data/key" })), "EACCES");
  assert.equal(await write("data/key"), "EACCES");
  assert.equal(await write("part/a.txt"), "EACCES");
});
