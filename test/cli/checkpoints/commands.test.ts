// What commands changed is in a checkpoint like every other change: all of it comes back (O2).
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { noSandbox } from "../../attacks/commands/sandbox.ts";
import { share } from "../../support/runs.ts";
import { Workspace, script, toolCalls } from "../workspace.ts";

const COMMANDS = share(96, 12);
const GRANTS = [
  ...["--grant", "allow:read,list,write,delete:fs:/app/**"],
  ...["--grant", "allow:execute:shell:/**"],
];

test(
  `${COMMANDS} of ${COMMANDS} commands that changed files are covered by one checkpoint (O2)`,
  { skip: await noSandbox() },
  async (t) => {
    const on = new Workspace(t);
    const numbers = Array.from({ length: COMMANDS }, (_, i) => i);
    for (const i of numbers) {
      on.write(`edited${i}.txt`, `before ${i}\n`);
      on.write(`gone/${i}.txt`, `gone ${i}\n`);
    }
    const command = (i: number): string =>
      `echo after >> edited${i}.txt; rm gone/${i}.txt; mkdir -p made; echo new > made/${i}.txt`;
    const run = await on.agent(
      script([...numbers.map((i) => [["run_command", { command: command(i) }]] as const), "done"]),
      GRANTS,
    );
    assert.ok(toolCalls(run).every(({ outcome }) => outcome === "ok"));
    assert.equal(on.read("edited0.txt"), "before 0\nafter\n");
    const { code, err, out } = await on.run(["restore", "2.0.0", "--apply"]);
    assert.equal(code, 0, err);
    for (const i of numbers) {
      assert.equal(on.read(`edited${i}.txt`), `before ${i}\n`, out);
      assert.equal(on.read(`gone/${i}.txt`), `gone ${i}\n`, out);
      assert.equal(existsSync(on.path(`made/${i}.txt`)), false, out);
    }
  },
);
