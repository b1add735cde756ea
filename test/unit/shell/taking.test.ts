// Taking over: a person brings what commands left, and git ignores, into the workspace; each file is an order on record.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { suite, test, type TestContext } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import { nodeShell } from "../../../src/host/node/shell/shell.ts";
import type { KeptGroup, ShellBackend } from "../../../src/primitives/shell/backend.ts";
import { KeptFiles } from "../../../src/primitives/shell/keeping.ts";
import { noSandbox } from "../../attacks/commands/sandbox.ts";
import { ALLOWED, openShell } from "../../support/shell/opened.ts";

const IGNORED = "dist/\nnode_modules/\n*.log\n.env*\nold/\n";

/** A repository with real commands, a process in it, and what a person takes over of it. */
async function open(t: TestContext) {
  let backend: ShellBackend | undefined;
  const opened = await openShell(t, {}, (folders) => {
    const isCredential = (segments: readonly string[]): boolean => segments.at(-1) === ".env";
    return (backend = nodeShell({ ...folders, hidden: () => [], isCredential, home: folders.layers }));
  });
  const { k, launch, at } = opened;
  writeFileSync(at(".gitignore"), IGNORED);
  mkdirSync(at("old"));
  for (const name of ["kept", "gone", "edited"]) writeFileSync(at(`old/${name}`), `${name}\n`);
  execFileSync("git", ["-C", at("."), "init", "-q"]);
  assert.ok(backend);
  const pid = launch([...ALLOWED, "allow:write,delete:fs:/app/**"]);
  const kept = new KeptFiles(k.kernel, k.person, backend.keptFiles);
  t.after(() => k.kernel.stop());
  const run = async (command: string): Promise<Record<string, unknown>> => {
    const result = await k.call(pid, "shell.run", { command });
    assert.ok(result.ok, JSON.stringify(result));
    return result.value as Record<string, unknown>;
  };
  const groups = async (): Promise<Record<string, KeptGroup>> => {
    const found = await kept.groups(pid);
    assert.ok(!isFault(found), JSON.stringify(found));
    return Object.fromEntries(found.map((group) => [group.resource.slice("fs:/app/".length), group]));
  };
  const take = async (...names: string[]): Promise<Record<string, string>> => {
    const came = await kept.take(
      pid,
      names.map((name) => `fs:/app/${name}`),
    );
    assert.ok(!isFault(came), JSON.stringify(came));
    return Object.fromEntries(came.map(({ path, change, outcome }) => [path, `${change} ${outcome}`]));
  };
  return { ...opened, pid, kept, run, groups, take };
}

suite("kept files", { skip: await noSandbox() }, () => {
  test("are counted by name, and nothing that was not chosen comes into the workspace", async (t) => {
    const { run, groups, take, at, text, k } = await open(t);
    await run("mkdir -p dist/in; echo 1 > dist/a; echo 22 > dist/in/b; echo 3 > x.log; echo 4 > .env");
    const { dist, "x.log": log, ".env": env } = await groups();
    assert.deepEqual([dist?.files, dist?.bytes, dist?.conflicts, log?.files], [2, 5, 0, 1]);
    assert.equal(env?.secrets, 1);
    assert.deepEqual(await take("dist"), {
      "app/dist": "created applied",
      "app/dist/in": "created applied",
      "app/dist/a": "created applied",
      "app/dist/in/b": "created applied",
    });
    assert.deepEqual([text("dist/a"), text("dist/in/b"), existsSync(at("x.log"))], ["1\n", "22\n", false]);
    const answers = k.of("question.close").map(({ data }) => data.by);
    assert.deepEqual(answers, ["person", "person"], "each file is a person's act on record");
    const puts = k.of("call.end").filter(({ data }) => data.op === "fs.put");
    assert.ok(puts.every(({ pid, data }) => pid === 1 && data.changes?.length === 1));
    const next = await run("cat dist/a dist/in/b x.log");
    assert.deepEqual([next["output"], next["dropped"]], ["1\n22\n3\n", undefined], "the layer stays");
    assert.deepEqual(await take("dist"), {}, "nothing differs any more");
  });

  test("that somebody changed since, links and devices stay out, and are told", async (t) => {
    const { run, groups, take, at, text } = await open(t);
    await run(
      "echo cmd > old/kept; echo cmd > old/edited; rm old/gone; mkdir dist; echo cmd > dist/theirs; echo cmd > dist/own; ln -s /etc/passwd dist/out; ln -s own dist/in; mkfifo dist/pipe",
    );
    writeFileSync(at("old/edited"), "person\n");
    mkdirSync(at("dist"));
    writeFileSync(at("dist/theirs"), "person\n");
    const { old, dist } = await groups();
    assert.deepEqual([old?.files, old?.gone, old?.conflicts], [2, 1, 1]);
    assert.deepEqual([dist?.files, dist?.others, dist?.conflicts], [2, 3, 1]);
    assert.deepEqual(await take("old", "dist"), {
      "app/old/kept": "changed applied",
      "app/old/edited": "changed conflict",
      "app/old/gone": "deleted applied",
      "app/dist/theirs": "changed conflict",
      "app/dist/own": "created applied",
      "app/dist/out": "created denied",
      "app/dist/in": "created denied",
      "app/dist/pipe": "created denied",
    });
    assert.deepEqual([text("old/edited"), text("dist/theirs")], ["person\n", "person\n"]);
    assert.deepEqual([text("old/kept"), existsSync(at("old/gone"))], ["cmd\n", false]);
    assert.deepEqual([existsSync(at("dist/out")), existsSync(at("dist/pipe"))], [false, false]);
  });

  test("are never written through a link that has come into the workspace", async (t) => {
    const { run, take, at } = await open(t);
    await run("mkdir dist; echo cmd > dist/a");
    mkdirSync(at("../outside"));
    symlinkSync(at("../outside"), at("dist"));
    const came = await take("dist");
    assert.ok(
      Object.values(came).every((each) => !each.endsWith("applied")),
      JSON.stringify(came),
    );
    assert.equal(existsSync(at("../outside/a")), false);
  });

  test("that are too many for one step are offered in parts, and refused as a whole", async (t) => {
    const { run, groups, kept, pid, take, at } = await open(t);
    await run(
      "mkdir -p node_modules/a node_modules/b; truncate -s 40M node_modules/a/x; truncate -s 30M node_modules/b/x",
    );
    const found = await groups();
    const sizes = Object.entries(found).map(([name, { bytes }]) => [name, bytes / 1024 / 1024]);
    assert.deepEqual(sizes, [
      ["node_modules/a", 40],
      ["node_modules/b", 30],
    ]);
    const all = await kept.take(pid, ["fs:/app/node_modules"]);
    assert.equal(isFault(all) && all.code, "E2BIG");
    assert.equal(existsSync(at("node_modules")), false);
    assert.equal((await take("node_modules/b"))["app/node_modules/b/x"], "created applied");
    assert.deepEqual(readdirSync(at("node_modules")), ["b"]);
  });
});
