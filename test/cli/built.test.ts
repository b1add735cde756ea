// The command line as users have it: the built program runs every command without the sources, and the tour ends well.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Workspace, BUILT, script } from "./workspace.ts";

const built = existsSync(BUILT);

test(
  "the built command line runs, resumes, looks and verifies",
  { skip: built ? false : "not built" },
  async (t) => {
    const workspace = new Workspace(t);
    workspace.write("README.md", "read me");
    const path = workspace.file(
      "s.json",
      script([
        [
          ["read_file", { path: "README.md" }],
          ["ask_human", { question: "?" }],
        ],
        "done",
      ]),
    );
    const order = ["run", "--goal", "x", "--script", path, "--json", "--grant", "allow:read:fs:/app/**"];
    const run = workspace.parsed(await workspace.run(order, { built }), 0);
    assert.equal(run.calls.filter((c) => c.tool !== undefined).length, 2);
    assert.deepEqual(workspace.parsed(await workspace.run(["resume", "--json"], { built }), 0), run);
    for (const args of [["ps"], ["audit"], ["explain", "2.0.0"], ["verify"], ["--version"], ["--help"]]) {
      const { code, out, err } = await workspace.run(args, { built });
      assert.deepEqual([code, out === "", err], [0, false, ""], args[0]);
    }
    assert.equal((await workspace.run(["frobnicate"], { built })).code, 2);
  },
);

test("every beat of the headless tour holds", () => {
  const script = join(import.meta.dirname, "../../scripts/headless-tour.mjs");
  const { AGENTLIBOS_HOME: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", script, "--clean"], {
    env,
  });
  const said = stdout.toString();
  assert.equal(status, 0, stderr.toString());
  for (const heading of [/^8\. /mu, /^Denied \(2\)$/mu, /^Asked \(2\)$/mu, /verify --workspace/u])
    assert.match(said, heading);
  assert.doesNotMatch(said, /demo-secret/u);
  const folder = /^Record: (\S+)/mu.exec(said)?.[1] ?? "";
  assert.ok(folder !== "" && !existsSync(folder));
});
