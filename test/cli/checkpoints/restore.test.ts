// Going back from the command line: checkpoints, a restore, its undo, and the files that stay.
import assert from "node:assert/strict";
import { chmodSync, existsSync, rmSync, statSync } from "node:fs";
import { test } from "node:test";
import { cliCheckpointSchema, cliRestoreSchema } from "../../../src/abi/cli.ts";
import { Workspace, script, snapshot, toolCalls, type Turns } from "../workspace.ts";

const FILES = ["--grant", "allow:read,list,write,delete:fs:/app/**"];
const GRANTS = [...FILES, "--grant", "allow:create:checkpoint:/self"];

/** Runs an agent that has all rights on files. */
async function work(on: Workspace, turns: Turns, grants = GRANTS): Promise<ReturnType<typeof toolCalls>> {
  return toolCalls(await on.agent(script(turns), grants));
}

/** The lines of `checkpoints --json`, the newest first. */
async function checkpoints(on: Workspace) {
  const { out, code, err } = await on.run(["checkpoints", "--json"]);
  assert.equal(code, 0, err);
  const lines = out.split("\n").filter(Boolean);
  return lines.map((line) => cliCheckpointSchema.parse(JSON.parse(line)));
}

/** The outcomes of a restore or of an undo, by path. */
async function going(on: Workspace, ...args: string[]) {
  const { out, code, err } = await on.run([...args, "--json"]);
  assert.equal(code, 0, err);
  const { applied, files } = cliRestoreSchema.parse(JSON.parse(out));
  return { applied, files: Object.fromEntries(files.map(({ path, outcome }) => [path, outcome])) };
}

/** Names and contents below the workspace, without the record. */
function content(on: Workspace): Map<string, string> {
  return new Map(
    [...snapshot(on.folder)]
      .filter(([name]) => !name.startsWith(".agentlibos"))
      .map(([name, about]) => [name, about.split(" ").slice(3).join(" ")]),
  );
}

test("a named checkpoint brings every file back, and the undo gives back exactly what was there (H4)", async (t) => {
  const on = new Workspace(t);
  on.write("a.txt", "one\n");
  on.write("b.txt", "keep\n");
  on.write("sub/c.txt", "three\n");
  on.write("run.sh", "#!/bin/sh\n");
  chmodSync(on.path("run.sh"), 0o755);
  const before = content(on);
  await work(on, [
    [["create_checkpoint", { label: "before the work" }]],
    [["write_file", { path: "a.txt", content: "two\n" }]],
    [["write_file", { path: "new/d.txt", content: "new\n" }]],
    [["delete_file", { path: "run.sh" }]],
    [["delete_file", { path: "sub", recursive: true }]],
    [["edit_file", { path: "a.txt", old_text: "two", new_text: "three" }]],
    "done",
  ]);
  const after = content(on);
  const untouched = statSync(on.path("b.txt"), { bigint: true });
  const [named] = (await checkpoints(on)).filter(({ label }) => label === "before the work");
  assert.ok(named);
  assert.equal(named.files, 4);
  const all = {
    ...{ "app/a.txt": "restored", "app/new/d.txt": "removed" },
    ...{ "app/run.sh": "restored", "app/sub/c.txt": "restored" },
  };
  assert.deepEqual(await going(on, "restore", named.checkpoint), { applied: false, files: all });
  assert.deepEqual(content(on), after, "a preview changes nothing");
  assert.deepEqual(await going(on, "restore", named.checkpoint, "--apply"), { applied: true, files: all });
  const back = content(on);
  for (const [name, about] of before) assert.equal(back.get(name), about, name);
  assert.equal(existsSync(on.path("new/d.txt")), false);
  assert.equal(statSync(on.path("run.sh")).mode & 0o777, 0o755);
  const still = statSync(on.path("b.txt"), { bigint: true });
  assert.deepEqual([still.mtimeNs, still.ino], [untouched.mtimeNs, untouched.ino]);
  const equal = Object.fromEntries(Object.keys(all).map((path) => [path, "equal"]));
  assert.deepEqual(await going(on, "restore", named.checkpoint, "--apply"), { applied: true, files: equal });
  await going(on, "undo-restore");
  for (const [name, about] of after)
    if (!name.startsWith("sub")) assert.equal(content(on).get(name), about, name);
  assert.equal(existsSync(on.path("sub/c.txt")), false);
  assert.equal((await on.verify()).code, 0);
});

test("a file that a person changed since stays, unless it is named (O1)", async (t) => {
  const on = new Workspace(t);
  on.write("a.txt", "one\n");
  on.write("b.txt", "one\n");
  on.write("c.txt", "one\n");
  await work(on, [
    [["write_file", { path: "a.txt", content: "agent\n" }]],
    [["write_file", { path: "b.txt", content: "agent\n" }]],
    [["delete_file", { path: "c.txt" }]],
    "done",
  ]);
  on.write("a.txt", "person\n");
  const at = (await checkpoints(on)).at(-1)?.checkpoint ?? "";
  const told = { "app/a.txt": "conflict", "app/b.txt": "restored", "app/c.txt": "restored" };
  assert.deepEqual((await going(on, "restore", at, "--apply")).files, told);
  assert.deepEqual([on.read("a.txt"), on.read("b.txt"), on.read("c.txt")], ["person\n", "one\n", "one\n"]);
  assert.deepEqual((await going(on, "restore", at, "--path", "a.txt", "--apply")).files, {
    "app/a.txt": "restored",
  });
  assert.equal(on.read("a.txt"), "one\n");
  await going(on, "undo-restore");
  assert.equal(on.read("a.txt"), "person\n", "the work of the person was kept");
});

test("a person's edit between two edits of an agent is never lost (O1)", async (t) => {
  const on = new Workspace(t);
  on.write("a.txt", "one\n");
  await work(on, [
    [["create_checkpoint", {}]],
    [["write_file", { path: "a.txt", content: "two\n" }]],
    "done",
  ]);
  on.write("a.txt", "person\n");
  await work(on, [[["write_file", { path: "a.txt", content: "three\n" }]], "done"]);
  const [named] = (await checkpoints(on)).filter(({ checkpoint }) => checkpoint === "c1");
  assert.deepEqual((await going(on, "restore", named?.checkpoint ?? "", "--apply")).files, {
    "app/a.txt": "conflict",
  });
  assert.equal(on.read("a.txt"), "three\n");
});

test("what another agent wrote is kept unless it is chosen (O3)", async (t) => {
  const on = new Workspace(t);
  on.write("a.txt", "one\n");
  await work(on, [[["write_file", { path: "a.txt", content: "first\n" }]], "done"]);
  await work(on, [[["write_file", { path: "a.txt", content: "second\n" }]], "done"]);
  const at = (await checkpoints(on)).at(-1)?.checkpoint ?? "";
  assert.deepEqual((await going(on, "restore", at, "--apply")).files, { "app/a.txt": "conflict" });
  assert.equal(on.read("a.txt"), "second\n");
  const { out } = await on.run(["restore", at]);
  assert.match(out, /app\/a\.txt {2}stays: agent 3 changed it, too/u);
});

test("a file of which no copy is kept is told, and nothing else is lost", async (t) => {
  const on = new Workspace(t);
  on.write("a.txt", "one\n");
  on.write("b.txt", "one\n");
  await work(on, [
    [["write_file", { path: "a.txt", content: "two\n" }]],
    [["write_file", { path: "b.txt", content: "two and more\n" }]],
    "done",
  ]);
  const at = (await checkpoints(on)).at(-1)?.checkpoint ?? "";
  rmSync(on.home + "/journals", { recursive: true, force: false });
  const { code, err } = await on.run(["restore", at, "--apply"]);
  assert.equal(code, 3, err);
});

test("an agent takes checkpoints and cannot go back to one without a grant", async (t) => {
  const on = new Workspace(t);
  on.write("a.txt", "one\n");
  const turns: Turns = [
    [["create_checkpoint", { label: "mine" }]],
    [["write_file", { path: "a.txt", content: "two\n" }]],
    [["list_checkpoints", {}]],
    [["restore_checkpoint", { checkpoint: "c1" }]],
    "done",
  ];
  const denied = await work(on, turns);
  assert.deepEqual(
    denied.map((call) => call.error?.code ?? "ok"),
    ["ok", "ok", "ok", "ENOTCAPABLE"],
  );
  assert.equal(on.read("a.txt"), "two\n");
  const grants = [...GRANTS, "--grant", "allow:restore:checkpoint:/self"];
  const back: Turns = [
    turns[0] ?? "",
    turns[1] ?? "",
    [["restore_checkpoint", { checkpoint: "${0.0.checkpoint}" }]],
    "done",
  ];
  on.write("a.txt", "one\n");
  const allowed = await work(on, back, grants);
  assert.deepEqual(
    allowed.map((call) => call.error?.code ?? "ok"),
    ["ok", "ok", "ok"],
  );
  assert.equal(on.read("a.txt"), "one\n");
});

test("an unknown checkpoint, and an undo of nothing, are bad usage", async (t) => {
  const on = new Workspace(t);
  await work(on, ["done"]);
  assert.deepEqual(await checkpoints(on), []);
  for (const args of [["restore", "c9"], ["restore", "c9", "--apply"], ["undo-restore"], ["restore"]]) {
    const { code, err } = await on.run(args);
    assert.equal(code, 2, `${args.join(" ")}: ${err}`);
  }
});
