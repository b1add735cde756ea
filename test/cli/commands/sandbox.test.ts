// Where the commands of a run may run: named on the command line, and refused with the reason where that is missing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Workspace, came, script, toolCalls } from "../workspace.ts";

const HELLO = script([[["run_command", { argv: ["sh", "-c", "echo hello > made.txt"] }]], "done"]);
const GRANTS = ["--grant", "allow:read,list,write:fs:/app/**", "--grant", "allow:execute:shell:/**"];
/** A machine without the programs that make layers. */
const BARE = { PATH: "/nowhere" };

test("a layer that is named and missing is exit 2 with the reason and the remedy, and starts nothing", async (t) => {
  const workspace = new Workspace(t);
  const path = workspace.file("script.json", HELLO);
  const { code, err } = await workspace.run(
    ["run", "--goal", "x", "--script", path, "--sandbox", "layered", ...GRANTS],
    { env: BARE },
  );
  assert.equal(code, 2, err);
  assert.match(
    err,
    /--sandbox layered: no layer works here: Bubblewrap is not installed\. Install bubblewrap/u,
  );
  assert.equal((await workspace.run(["ps", "--json"])).out, '{"processes":[]}\n');
});

test("where no layer works, a command that may only run in one is refused, and one that may run outside runs there", async (t) => {
  const workspace = new Workspace(t);
  const path = workspace.file("script.json", HELLO);
  const run = (...more: string[]) =>
    workspace.run(["run", "--goal", "x", "--script", path, "--json", ...GRANTS, ...more], { env: BARE });
  const result = await run();
  assert.match(
    result.err,
    /Commands run outside a layer here: Bubblewrap is not installed\. Install bubblewrap/u,
  );
  const refused = workspace.parsed(result, 0);
  assert.deepEqual(toolCalls(refused).map(came), ["deny not-run ENOTCAPABLE"]);
  assert.match(toolCalls(refused)[0]?.error?.hint ?? "", /allow:direct:shell:/u);
  assert.equal(workspace.read("made.txt"), undefined);
});

test("outside a layer by choice a command needs direct, and its effect is there at once", async (t) => {
  const workspace = new Workspace(t);
  const asked = await workspace.agent(HELLO, [...GRANTS, "--sandbox", "unconfined"]);
  assert.deepEqual(toolCalls(asked).map(came), ["deny not-run ENOTCAPABLE"]);
  const direct = ["--grant", "allow:direct:shell:/**", "--sandbox", "unconfined"];
  const ran = await workspace.agent(HELLO, [...GRANTS, ...direct]);
  assert.deepEqual(toolCalls(ran).map(came), ["allow ok"]);
  assert.equal(workspace.read("made.txt"), "hello\n");
  const { out } = await workspace.run(["explain", toolCalls(ran)[0]?.call ?? ""]);
  assert.match(out, /^Ran sh -c echo hello > made\.txt, exit 0, [\d.]+ s, outside a layer$/mu);
});

test("a grant to run one program outside a layer is for the workspace as it was: a script that was changed since asks (A12)", async (t) => {
  const workspace = new Workspace(t);
  workspace.file("app/run.mjs", "console.log('as it was')\n");
  const run = ["run_command", { argv: ["node", "run.mjs"] }] as const;
  const write = ["write_file", { path: "run.mjs", content: "console.log('changed')\n" }] as const;
  const turns = script([[run], [write], [run], "done"]);
  const grants = ["--grant", "allow:read,list,write:fs:/app/**", "--sandbox", "unconfined"];
  const one = await workspace.agent(turns, [...grants, "--grant", "allow:direct:shell:/node"]);
  assert.deepEqual(toolCalls(one).map(came), ["allow ok", "allow ok", "refused not-run ECANCELED"]);
  const { out } = await workspace.run(["explain", toolCalls(one)[2]?.call ?? ""]);
  assert.match(out, /files since this was granted.*app\/run\.mjs/u);
  const every = await workspace.agent(turns, [...grants, "--grant", "allow:direct:shell:/**"]);
  assert.deepEqual(toolCalls(every).map(came), ["allow ok", "allow ok", "allow ok"]);
});

test("a run that goes on later keeps to the sandbox of its launch", async (t) => {
  const workspace = new Workspace(t);
  const turns = script([
    [["write_file", { path: "a.txt", content: "a" }]],
    [["run_command", { argv: ["echo", "hello"] }]],
    "done",
  ]);
  const path = workspace.file("script.json", turns);
  const grants = ["--grant", "ask:write:fs:/app/**", "--grant", "allow:execute,direct:shell:/**"];
  const run = [
    "run",
    "--goal",
    "x",
    "--script",
    path,
    "--answer",
    "ask",
    "--sandbox",
    "unconfined",
    ...grants,
  ];
  assert.equal((await workspace.run(run)).code, 1, "it waits for a person");
  assert.equal((await workspace.run(["answer", "q1", "allow"])).code, 0);
  const went = workspace.parsed(await workspace.run(["resume", "--json"]), 0);
  const ran = toolCalls(went).at(-1);
  assert.deepEqual(
    [ran?.syscall, ran?.outcome, ran?.needs.map(({ right }) => right)],
    ["shell.run", "ok", ["direct"]],
  );
  const { out } = await workspace.run(["explain", ran?.call ?? ""]);
  assert.match(out, /^Ran echo hello, exit 0, [\d.]+ s, outside a layer$/mu);
});
