// Branches from the command line: agents go on from a checkpoint, and two positions of the record are compared.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cliRunSchema } from "../../../src/abi/cli.ts";
import { branchedSchema } from "../../../src/abi/record/files.ts";
import { Workspace, script, type Scripted } from "../workspace.ts";

const GRANTS = [
  ...["--grant", "allow:read,list,write,delete:fs:/app/**"],
  ...["--grant", "allow:create:checkpoint:/self"],
  ...["--grant", "allow:write:fs:/app/once.txt;uses=1"],
  ...["--grant", "allow:spawn:process:/children", "--grant", "allow:execute:image:/coding"],
];

/** An agent with a child: it takes a checkpoint, then writes what an earlier turn has read. */
const WORK: Scripted = script(
  [
    [
      ["read_file", { path: "a.txt" }],
      ["put_object", { name: "note", type: "text", value: "first" }],
      ["spawn_agent", { goal: "wait", grants: [] }],
    ],
    [["create_checkpoint", { label: "here" }]],
    [
      ["put_object", { name: "note", type: "text", value: "second" }],
      ["write_file", { path: "b.txt", content: "${0.0.content}" }],
    ],
    "done",
  ],
  script([[["sleep", { seconds: 1 }]], "slept"]),
);

async function worked(on: Workspace): Promise<void> {
  on.write("a.txt", "one\n");
  await on.agent(WORK, GRANTS);
}

async function branch(on: Workspace, ...args: string[]) {
  const { out, code, err } = await on.run(["branch", ...args, "--json"]);
  assert.equal(code, 0, err);
  return branchedSchema.parse(JSON.parse(out)).processes;
}

test("agents go on from a checkpoint where their script stood, and resume runs them to their end", async (t) => {
  const on = new Workspace(t);
  await worked(on);
  on.write("a.txt", "changed\n");
  on.write("b.txt", "changed\n");
  const made = await branch(on, "c1");
  assert.deepEqual(
    made.map(({ from, to }) => [from, to]),
    [
      [2, 4],
      [3, 5],
    ],
  );
  assert.ok(made[0]?.held.includes("allow:read,list,write,delete:fs:/app/**"));
  assert.deepEqual(made[0]?.left, ["allow:write:fs:/app/once.txt;uses=1"]);
  const { out, code, err } = await on.run(["resume", "--json"]);
  assert.equal(code, 0, err);
  const run = cliRunSchema.parse(JSON.parse(out));
  const states = run.processes.map(({ pid, exit }) => [pid, exit]);
  assert.deepEqual(states, [
    [2, "finished"],
    [3, "finished"],
    [4, "finished"],
    [5, "finished"],
  ]);
  const calls = run.calls.filter(({ pid, tool }) => pid === 4 && tool !== undefined);
  assert.deepEqual(
    calls.map(({ call, tool, outcome }) => [call, tool, outcome]),
    [
      ["4.1.0", "create_checkpoint", "ok"],
      ["4.2.0", "put_object", "ok"],
      ["4.2.1", "write_file", "ok"],
    ],
  );
  assert.equal(on.read("b.txt"), "one\n", "it knows what the first one had read");
});

test("what is not there, or cannot be, is said with what to do", async (t) => {
  const on = new Workspace(t);
  await worked(on);
  for (const [args, code, says] of [
    [["branch", "c9"], 2, /knows no checkpoint c9; see agentlibos checkpoints/u],
    [["branch"], 2, /branch takes one CHECKPOINT/u],
    [["branch", "c1", "--agent", "99"], 1, /Agent 99 did not live at that checkpoint\. Name one that did\./u],
    [["compare", "c1", "c9"], 2, /knows no checkpoint c9/u],
  ] as const) {
    const came = await on.run([...args]);
    assert.equal(came.code, code, came.err);
    assert.match(came.err, says);
  }
});

test("two positions are compared in files, objects and authority", async (t) => {
  const on = new Workspace(t);
  await worked(on);
  const { out, code, err } = await on.run(["compare", "c1"]);
  assert.equal(code, 0, err);
  assert.match(out, /^Files\n {2}app\/b\.txt {2}created\nObjects\n {2}p2\/note {2}/mu);
  assert.match(out, /\nAuthority\n(?: {2}\d+ {2}went {2}\S+\n)+$/u);
  const json = await on.run(["compare", "c1", "2.2", "--json"]);
  assert.equal(json.code, 0, json.err);
  const compared = JSON.parse(json.out) as Record<string, readonly object[]>;
  assert.deepEqual(compared["files"], []);
  assert.deepEqual(compared["objects"], [{ namespace: "p2", name: "note", from: 1, to: 2 }]);
});

test("a run without checkpoints before its turns takes none, on record, and the list says so", async (t) => {
  const on = new Workspace(t);
  on.write("a.txt", "one\n");
  const off = ["--checkpoint-every-turn", "off"];
  await on.agent(script([[["write_file", { path: "a.txt", content: "two\n" }]], "done"]), [
    ...GRANTS,
    ...off,
  ]);
  const listed = await on.run(["checkpoints"]);
  assert.equal(listed.out, "Agent 2 was started without a checkpoint before each turn.\n", listed.err);
  await on.agent(script([[["write_file", { path: "a.txt", content: "three\n" }]], "done"]), GRANTS);
  const { out } = await on.run(["checkpoints", "--json"]);
  assert.equal(out.trim().split("\n").length, 1, "the next run has them again");
  const wrong = await on.run(["run", "--goal", "x", "--model", "a/b", "--checkpoint-every-turn", "never"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--checkpoint-every-turn "never" is not one of on, off/u);
});
