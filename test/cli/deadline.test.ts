// Deadlines from outside: a run whose questions nobody answers goes on after the time it was given, and says so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Workspace, came, script, toolCalls } from "./workspace.ts";

test("a run given a time for answers goes on without one, and its record says that nobody answered", async (t) => {
  const workspace = new Workspace(t);
  const grants = ["--grant", "allow:read:fs:/app/**", "--grant", "ask:write:fs:/app/**"];
  const turns = script([
    [["write_file", { path: "a.txt", content: "x" }]],
    [["ask_human", { question: "?" }]],
    "done",
  ]);
  const run = await workspace.agent(turns, [...grants, "--answer", "ask", "--answer-within", "0.2"]);
  assert.deepEqual(toolCalls(run).map(came), ["expired not-run ETIMEDOUT", "expired error ETIMEDOUT"]);
  assert.deepEqual(
    run.approvals.map((a) => [a.outcome, a.by]),
    [
      ["expired", "kernel"],
      ["expired", "kernel"],
    ],
  );
  assert.equal(workspace.read("a.txt"), undefined);
  const [call] = toolCalls(run);
  const explained = await workspace.run(["explain", call?.call ?? ""]);
  assert.match(explained.out, /nobody answered/u);
  assert.match(explained.out, /q1 expired\n/u);
  const audit = await workspace.run(["audit", "--decision", "expired", "--json"]);
  assert.equal(audit.out.trim().split("\n").length, 2);
});
