// Resuming: after a kill, a stop, a full disk or an open question, everything is done once under the same rules.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Workspace, came, script, toolCalls } from "./workspace.ts";

const ALL = ["--grant", "allow:read,list,write,delete:fs:/app/**"];

test("killed in the middle, resumed: everything is done exactly once", async (t) => {
  const workspace = new Workspace(t);
  const writes = Array.from({ length: 40 }, (_, i) => [
    ["write_file", { path: `out/f${i}.txt`, content: `${i}` }] as const,
  ]);
  const path = workspace.file("s.json", script([...writes, "done"]));
  let killed = false;
  const first = await workspace.run(["run", "--goal", "x", "--script", path, ...ALL], {
    started: (child) => {
      const look = setInterval(() => {
        if (workspace.read("out/f9.txt") === undefined) return;
        clearInterval(look);
        killed = child.kill("SIGKILL");
      }, 1);
      child.on("exit", () => {
        clearInterval(look);
      });
    },
  });
  assert.ok(killed || first.code === 0);
  const run = workspace.parsed(await workspace.run(["resume", "--json"]), 0);
  const calls = toolCalls(run);
  assert.equal(calls.length, 40);
  assert.deepEqual([...new Set(calls.map(came))], ["allow ok"]);
  assert.equal(new Set(calls.map((c) => c.call)).size, 40);
  for (let i = 0; i < 40; i += 1) assert.equal(workspace.read(`out/f${i}.txt`), `${i}`);
  assert.equal((await workspace.verify()).code, 0);
  // Nothing is left to go on with: the same account again, and the same code.
  assert.deepEqual(workspace.parsed(await workspace.run(["resume", "--json"]), 0).calls, run.calls);
});

test("Ctrl+C stops in good order: the record is whole, and resume goes on", async (t) => {
  const workspace = new Workspace(t);
  const writes = Array.from({ length: 60 }, (_, i) => [
    ["write_file", { path: `out/f${i}.txt`, content: `${i}` }] as const,
  ]);
  const path = workspace.file("s.json", script([...writes, "done"]));
  const stopped = await workspace.run(["run", "--goal", "x", "--script", path, "--json", ...ALL], {
    started: (child) => {
      const look = setInterval(() => {
        if (workspace.read("out/f3.txt") === undefined) return;
        clearInterval(look);
        child.kill("SIGINT");
      }, 1);
      child.on("exit", () => {
        clearInterval(look);
      });
    },
  });
  if (stopped.code !== 0) {
    assert.equal(stopped.code, 1);
    assert.match(stopped.err, /resume/u);
  }
  assert.equal((await workspace.verify()).code, 0);
  const run = workspace.parsed(await workspace.run(["resume", "--json"]), 0);
  assert.deepEqual(
    toolCalls(run).map(came),
    writes.map(() => "allow ok"),
  );
});

test("a question that nobody answered is still open after a resume, under the same rule", async (t) => {
  const workspace = new Workspace(t);
  const scripted = script([[["ask_human", { question: "which way?" }]], "done"]);
  const first = await workspace.agent(scripted, ["--answer", "ask"], 1);
  assert.deepEqual(
    first.approvals.map((a) => [a.id, a.outcome]),
    [["q1", "open"]],
  );
  const again = workspace.parsed(await workspace.run(["resume", "--json"]), 1);
  assert.deepEqual(again.approvals, first.approvals);
  const shown = await workspace.run(["ps"]);
  assert.match(shown.out, /blocked\(question\)/u);
});

test("a run over two folders is gone on with over both; when one is gone, that is said", async (t) => {
  const workspace = new Workspace(t);
  const lib = join(workspace.scratch, "lib");
  mkdirSync(lib);
  writeFileSync(join(lib, "x.txt"), "from lib");
  const scripted = script([[["ask_human", { question: "go?" }]], "done"]);
  const path = workspace.file("s.json", scripted);
  const folders = ["--workspace", workspace.folder, "--workspace", lib];
  const order = ["run", "--goal", "x", "--script", path, "--answer", "ask", "--json", ...folders];
  workspace.parsed(await workspace.run(order), 1);
  workspace.parsed(await workspace.run(["resume", "--json"]), 1);
  const opened = workspace.recordText().match(/"kind":"journal.open".*"roots":\[.*"lib"/gu);
  assert.equal(opened?.length, 2);
  renameSync(lib, `${lib}-moved`);
  const { code, err } = await workspace.run(["resume"]);
  assert.equal(code, 2);
  assert.match(err, /"lib" of that run is no longer at/u);
});

test("a script that held a secret is not gone on with from what the record kept of it", async (t) => {
  const workspace = new Workspace(t);
  const content = "key: sk-live0123456789abcdef";
  const waits = script([
    [["ask_human", { question: "go?" }]],
    [["write_file", { path: "a.txt", content }]],
    "done",
  ]);
  await workspace.agent(waits, [...ALL, "--answer", "ask"], 1);
  const again = await workspace.run(["resume", "--json"]);
  assert.deepEqual(
    workspace.parsed(again, 1).processes.map((p) => p.state),
    ["paused"],
  );
  assert.match(again.err, /left secrets out of its script/u);
  assert.equal(workspace.read("a.txt"), undefined);
});

test("when the record cannot be written any more, nothing more is done, and what was done is on record", async (t) => {
  const workspace = new Workspace(t);
  const files = Array.from({ length: 40 }, (_, i) => `f${i}`);
  const writes = files.map((path) => [["write_file", { path, content: "x".repeat(3000) }] as const]);
  const order = [
    "run",
    "--goal",
    "x",
    "--script",
    workspace.file("s.json", script([...writes, "done"])),
    "--json",
    ...ALL,
  ];
  const full = await workspace.run(order, { under: "ulimit -f 400" });
  const run = workspace.parsed(full, 1);
  assert.match(full.err, /cannot be written.*[Ff]ree some disk space/u);
  const done = toolCalls(run).filter((c) => c.outcome === "ok").length;
  assert.ok(done > 0 && done < 40, `${done} done`);
  assert.equal((await workspace.verify()).code, 0);
  const rest = workspace.parsed(await workspace.run(["resume", "--json"]), 0);
  assert.deepEqual(
    toolCalls(rest).map(came),
    files.map(() => "allow ok"),
  );
});

test("a run leaves the agents of earlier runs alone, with their questions", async (t) => {
  const workspace = new Workspace(t);
  const path = workspace.file("s.json", script([[["ask_human", { question: "go?" }]], "done"]));
  const first = workspace.parsed(
    await workspace.run(["run", "--goal", "x", "--script", path, "--json", "--answer", "ask"]),
    1,
  );
  const second = await workspace.agent(script([[["ask_human", { question: "mine?" }]], "done"]));
  assert.deepEqual(
    second.processes.map((p) => p.pid),
    [3],
  );
  assert.deepEqual(
    second.approvals.map((a) => [a.pid, a.outcome]),
    [[3, "denied"]],
  );
  assert.match((await workspace.run(["ps"])).out, /2 +blocked\(question\)/u);
  const again = workspace.parsed(await workspace.run(["resume", "--json"]), 1);
  assert.deepEqual(again.processes, first.processes);
});
