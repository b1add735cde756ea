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
  const refused = workspace.parsed(await run(), 0);
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
