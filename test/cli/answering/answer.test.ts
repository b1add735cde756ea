// Answering without a terminal: what waits is shown, answered by its id, and carried out by `resume`.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Workspace, came, script, toolCalls, type Turns } from "../workspace.ts";

const GRANTS = ["allow:read,list:fs:/app/**", "ask:write:fs:/app/**"].flatMap((g) => ["--grant", g]);

/** An agent that waits for its first answer. */
async function waiting(t: TestContext, turns: Turns): Promise<Workspace> {
  const workspace = new Workspace(t);
  await workspace.agent(script(turns), [...GRANTS, "--answer", "ask"], 1);
  return workspace;
}

test("a request that waits is shown whole, allowed once, and the agent goes on", async (t) => {
  const workspace = await waiting(t, [[["write_file", { path: "a.txt", content: "hello\n" }]], "done"]);
  for (const words of [["answer"], ["answer", "q1"], ["answer", "2.0.0"]]) {
    const { code, out } = await workspace.run(words);
    assert.equal(code, 0);
    assert.match(out, /\(q1\):[^]*a\.txt[^]*\| \+ ?hello/u);
  }
  assert.match((await workspace.run(["answer", "q1"])).out, /agentlibos answer q1 allow, or: .*deny/u);
  const answered = await workspace.run(["answer", "q1", "allow"]);
  assert.deepEqual([answered.code, answered.err], [0, ""]);
  assert.equal(workspace.read("a.txt"), undefined, "answering runs nothing by itself");
  const again = await workspace.run(["answer", "q1", "deny"]);
  assert.deepEqual([again.code, /no question "q1" waits; none does/u.test(again.err)], [2, true]);
  assert.equal((await workspace.run(["answer"])).out, "No question waits.\n");
  const run = workspace.parsed(await workspace.run(["resume", "--json"]), 0);
  assert.deepEqual(toolCalls(run).map(came), ["approved ok"]);
  assert.deepEqual(
    run.approvals.map((a) => [a.outcome, a.by, a.grant]),
    [["allowed", "person", "allow:write:fs:/app/a.txt;uses=1"]],
  );
  assert.equal(workspace.read("a.txt"), "hello\n");
});

test("deny refuses, and a free question takes any text", async (t) => {
  const workspace = await waiting(t, [
    [["write_file", { path: "a.txt", content: "x" }]],
    [["ask_human", { question: "Which one?" }]],
    "done",
  ]);
  assert.equal((await workspace.run(["answer", "q1", "deny"])).code, 0);
  assert.equal((await workspace.run(["resume"])).code, 1);
  assert.match((await workspace.run(["answer", "q2"])).out, /answer q2 "your answer"/u);
  assert.equal((await workspace.run(["answer", "q2", "the second one"])).code, 0);
  const run = workspace.parsed(await workspace.run(["resume", "--json"]), 0);
  assert.deepEqual(toolCalls(run).map(came), ["refused not-run ECANCELED", "approved ok"]);
  assert.deepEqual(
    run.approvals.map((a) => [a.outcome, a.by, a.note]),
    [
      ["denied", "person", undefined],
      ["answered", "person", "the second one"],
    ],
  );
  assert.equal(workspace.read("a.txt"), undefined);
});

test("a once-only request is named by its own id, and no other word allows anything", async (t) => {
  const workspace = await waiting(t, [
    [["write_file", { path: ".vscode/tasks.json", content: "{}" }]],
    "done",
  ]);
  const byCall = await workspace.run(["answer", "2.0.0", "allow"]);
  assert.deepEqual([byCall.code, /once only: name it by its own id, q1/u.test(byCall.err)], [2, true]);
  for (const word of ["yes", "y", "allow once", "ALLOW", "", "q1"])
    assert.equal((await workspace.run(["answer", "q1", word])).code, 2, word);
  for (const words of [
    ["answer", "q9", "allow"],
    ["answer", "q1", "allow", "more"],
  ])
    assert.equal((await workspace.run(words)).code, 2);
  assert.match((await workspace.run(["answer"])).out, /\(q1\)/u, "it still waits");
  assert.equal((await workspace.run(["answer", "q1", "allow"])).code, 0);
  workspace.parsed(await workspace.run(["resume", "--json"]), 0);
  assert.equal(workspace.read(".vscode/tasks.json"), "{}");
});

test("an answer for what is no longer true is not used: the changed file is asked about anew", async (t) => {
  const workspace = new Workspace(t);
  workspace.write("a.txt", "one\n");
  const turns: Turns = [[["write_file", { path: "a.txt", content: "two\n" }]], "done"];
  await workspace.agent(script(turns), [...GRANTS, "--answer", "ask"], 1);
  workspace.write("a.txt", "mine\n");
  assert.equal((await workspace.run(["answer", "q1", "allow"])).code, 0);
  const run = workspace.parsed(await workspace.run(["resume", "--json"]), 1);
  assert.deepEqual(run.approvals.map((a) => a.outcome).at(-1), "open");
  assert.equal(workspace.read("a.txt"), "mine\n");
});

test("without a record there is nothing to answer", async (t) => {
  const { code, err } = await new Workspace(t).run(["answer", "q1", "allow"]);
  assert.deepEqual([code, /there is no record here/u.test(err)], [2, true]);
});
