// Answers when no person is there: the rules of a run answer, and a time for answers runs out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Workspace, came, script, toolCalls } from "../workspace.ts";

test("rules answer for a person: deny says no, allow-once says yes exactly once, and the record says who", async (t) => {
  const workspace = new Workspace(t);
  const asks = ["--grant", "allow:read:fs:/app/**", "--grant", "ask:write:fs:/app/**"];
  const twice = script([
    [["write_file", { path: "a", content: "1" }]],
    [["write_file", { path: "a", content: "2" }]],
    [["ask_human", { question: "which?" }]],
    [["request_capability", { grant: "allow:write:fs:/app/a" }]],
    "done",
  ]);
  const denied = await workspace.agent(twice, asks);
  assert.deepEqual(toolCalls(denied).map(came), [
    "refused not-run ECANCELED",
    "refused not-run ECANCELED",
    "refused error ECANCELED",
    "refused error ECANCELED",
  ]);
  assert.equal(workspace.read("a"), undefined);
  const allowed = await workspace.agent(twice, [...asks, "--answer", "allow-once"]);
  assert.deepEqual(toolCalls(allowed).map(came), [
    "approved ok",
    "approved ok",
    "refused error ECANCELED",
    "approved ok",
  ]);
  assert.equal(workspace.read("a"), "2");
  assert.deepEqual(
    allowed.approvals.map((a) => [a.outcome, a.by, a.grant]),
    [
      ["allowed", "launcher", "allow:write:fs:/app/a;uses=1"],
      ["allowed", "launcher", "allow:write:fs:/app/a;uses=1"],
      ["denied", "launcher", undefined],
      ["allowed", "launcher", "allow:write:fs:/app/a;uses=1"],
    ],
  );
});

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
