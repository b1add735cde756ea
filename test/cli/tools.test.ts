// Every tool on the command line does what its golden journal shows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";
import { cliCallSchema } from "../../src/abi/cli.ts";
import { IMAGES } from "../harness/images.ts";
import { journalFile, JOURNALS, makeRepository, SCENARIOS } from "../golden/perform.ts";
import { gitIn } from "../support/git/repository.ts";
import { Workspace, came, script, toolCalls, type Scripted } from "./workspace.ts";

/** Each family of tools once, with what comes out otherwise than in its golden journal. */
const SHOWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "three-children": {},
  "fork-and-merge": {},
  "ping-pong": {},
  sleep: {},
  commands: {},
  // Nobody is there to allow the deletion of a branch.
  repository: { "2.16.0": "refused not-run ECANCELED" },
  "shared-object": {},
  "registered-image": {},
  checkpoints: {},
  // Nobody is there to allow that a commit is lost; the command for it is tried in commands/worktrees.
  worktree: { "2.4.0": "refused not-run ECANCELED" },
  // There is no editor that would know of problems.
  files: { "2.3.0": "allow error EUNAVAILABLE" },
};

const { decision, outcome, error, tool } = cliCallSchema.shape;
const endSchema = z.object({ decision, outcome, error, tool });
const used = new Set<string>();

/** How each call of a tool came out in a golden journal: its name, its tool, its end. */
function golden(name: string): string[] {
  const text = readFileSync(join(JOURNALS, journalFile(name)), "utf8");
  return [...text.matchAll(/^call\.end (\S+) (.+)$/gmu)].flatMap(([, call = "", data = ""]) => {
    const end = endSchema.parse(JSON.parse(data));
    return end.tool === undefined ? [] : `${call} ${end.tool} ${SHOWN[name]?.[call] ?? came(end)}`;
  });
}

for (const name of Object.keys(SHOWN)) {
  test(`the tools of ${name} do from the command line what its golden journal shows`, async (t) => {
    const workspace = new Workspace(t);
    workspace.write("README.md", "hello world\n");
    workspace.write(".env", "KEY=a-secret-value\n");
    workspace.write("src/main.ts", "export {};\n");
    const scenario = SCENARIOS[name];
    assert.ok(scenario);
    if (scenario.repository === true) makeRepository(workspace.folder);
    const run = await workspace.agent(
      scenario.script as Scripted,
      scenario.grants.flatMap((cap) => ["--grant", cap]),
    );
    const calls = toolCalls(run);
    assert.deepEqual(calls.map((c) => `${c.call} ${c.tool} ${came(c)}`).sort(), golden(name).sort());
    assert.ok(run.processes.every((p) => p.exit !== null));
    for (const { tool = "", outcome } of calls) if (outcome === "ok") used.add(tool);
    const verdict = await workspace.verify();
    assert.equal(verdict.code, 0, verdict.out);
  });
}

test("a rule that allows once gives what is asked for, and answers no question in words", async (t) => {
  const workspace = new Workspace(t);
  workspace.write("README.md", "hello world\n");
  workspace.write("src/main.ts", "export {};\n");
  makeRepository(workspace.folder);
  const turns = script([
    [["ask_human", { question: "How?" }]],
    [["request_capability", { grant: "allow:read:fs:/app/README.md" }]],
    [["read_file", { path: "README.md" }]],
    [["edit_file", { path: "src/main.ts", old_text: "{}", new_text: "{ a }" }]],
    [["tell_human", { message: "Greeted." }]],
    [["git_branch", { name: "greeted" }]],
    [["git_branch", {}]],
    "done",
  ]);
  const run = await workspace.agent(turns, [
    ...[
      "--grant",
      "ask:write:fs:/app/src/**",
      "--grant",
      "allow:read:fs:/app/src/**",
      "--grant",
      "ask:write:git:/app/**",
      "--grant",
      "allow:read:git:/app/**",
      "--answer",
      "allow-once",
    ],
  ]);
  const ends = ["refused error ECANCELED", "approved ok", "allow ok", "approved ok", "allow ok"];
  const branched = ["approved ok", "allow ok"];
  assert.deepEqual(toolCalls(run).map(came), [...ends, ...branched]);
  assert.match(gitIn(workspace.folder, "branch"), /^ {2}greeted$/mu);
  assert.equal(workspace.read("src/main.ts"), "export { a };\n");
  for (const { tool = "", outcome } of toolCalls(run)) if (outcome === "ok") used.add(tool);
});

test("every tool there is was used, but those that need an editor or a person", () => {
  const tools = new Set([...IMAGES.values()].flatMap((image) => image.tools));
  assert.deepEqual(
    [...tools].filter((tool) => !used.has(tool)),
    ["get_diagnostics", "ask_human", "discard_worktree"],
  );
});
