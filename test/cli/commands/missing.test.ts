// A machine without bash or without git: the command line says what is missing, and what to do instead.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { programsOnPath } from "../../../src/host/node/programs.ts";
import { Workspace, came, script, toolCalls } from "../workspace.ts";

const GRANTS = [
  ...["allow:read,list,write:fs:/app/**", "allow:execute,direct:shell:/**", "allow:read:git:/**"],
].flatMap((grant) => ["--grant", grant]);

/** A workspace, and a PATH on which only these programs are. */
function machine(t: TestContext, programs: readonly string[]) {
  const workspace = new Workspace(t);
  const bin = join(workspace.scratch, "bin");
  mkdirSync(bin);
  for (const name of programs)
    for (const at of programsOnPath(name, [], process.env)) {
      symlinkSync(at, join(bin, name));
      break;
    }
  const run = async (calls: Parameters<typeof script>[0], ...more: string[]) => {
    const path = workspace.file("script.json", script(calls));
    const args = ["run", "--goal", "x", "--script", path, "--json", ...GRANTS, ...more];
    return toolCalls(workspace.parsed(await workspace.run(args, { env: { PATH: bin } }), 0));
  };
  return { workspace, run };
}

test("without bash a text for it is refused and argv is named, and argv and simple commands run", async (t) => {
  const { run } = machine(t, ["sh", "echo", "cat", "mkfifo"]);
  const calls = await run(
    [
      [["run_command", { command: "echo one | cat" }]],
      [["run_command", { argv: ["echo", "two"] }]],
      [["run_command", { command: "echo three" }]],
      "done",
    ],
    ...["--sandbox", "unconfined"],
  );
  assert.deepEqual(calls.map(came), ["allow error EUNAVAILABLE", "allow ok", "allow ok"]);
  assert.match(
    `${calls[0]?.error?.message} ${calls[0]?.error?.hint}`,
    /bash is not installed.*Give the command as argv/u,
  );
});

test("without git its tools say so and how to get it, and files are read all the same", async (t) => {
  const { workspace, run } = machine(t, ["sh"]);
  workspace.write(".git/HEAD", "ref: refs/heads/main\n");
  workspace.write("a.txt", "here\n");
  const calls = await run([[["git_status", {}]], [["read_file", { path: "a.txt" }]], "done"]);
  assert.deepEqual(calls.map(came), ["allow error EUNAVAILABLE", "allow ok"]);
  assert.match(
    `${calls[0]?.error?.message} ${calls[0]?.error?.hint}`,
    /^git is not installed\. Install git 2\.31 or newer, so that it is on PATH/u,
  );
});

test("without the program that makes pipes a command says so, and not that it is missing itself", async (t) => {
  const { run } = machine(t, ["sh", "echo"]);
  const calls = await run([[["run_command", { argv: ["echo", "two"] }]], "done"], "--sandbox", "unconfined");
  assert.equal(calls[0]?.error?.message, "mkfifo is not installed.");
});
