// Images of a run: built in, from a file, or registered by an agent before; and which of them need no question.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Workspace, came, script, toolCalls } from "./workspace.ts";

const FILE = "---\ndescription: Finds things\ntools: [read_file, finish]\n---\nFind.\n";
const FINDER = { name: "finder", prompt: "Find what is asked for.", tools: ["read_file", "finish"] };
const done = script([[["finish", { result: "done" }]]]);

test("--image finds what is built in, what a file says, and what an agent registered in an earlier run", async (t) => {
  const workspace = new Workspace(t);
  workspace.write(".agents/images/filed.agent.md", FILE);
  const registers = script([[["register_image", FINDER]], "done"]);
  await workspace.agent(registers, ["--grant", "allow:register:image:/finder"]);
  const reads = script([
    [
      ["read_file", { path: "README.md" }],
      ["write_file", { path: "new.md", content: "x" }],
    ],
    "done",
  ]);
  workspace.write("README.md", "hello");
  const grants = ["--grant", "allow:read,write:fs:/app/**"];
  for (const image of ["reviewer", "filed", "finder"]) {
    const run = await workspace.agent(reads, ["--image", image, ...grants]);
    const [root] = run.processes;
    assert.equal(root?.image, image);
    assert.deepEqual(
      toolCalls(run).map((call) => came(call)),
      ["allow ok", "none not-run ENOSYS"],
      "it has the tools that its image lists",
    );
  }
  const { code, out } = await workspace.verify();
  assert.equal(code, 0, out);
});

test("the image file of the README is one, and runs as the README says", async (t) => {
  const workspace = new Workspace(t);
  const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  const [, file = ""] = /```markdown\n(---\n[^]*?)```/u.exec(readme) ?? [];
  const [, options = ""] = /npx agentlibos run (--image .*) --model VENDOR\/FAMILY/u.exec(readme) ?? [];
  workspace.write(".agents/images/finder.agent.md", file);
  workspace.write("price.js", "export const price = 1;\n");
  const words = [...options.matchAll(/"([^"]*)"|(\S+)/gu)].map((m) => m[1] ?? m[2] ?? "");
  const found = script([[["search_text", { query: "price" }]], [["finish", { result: "price.js:1" }]]]);
  const ended = await workspace.run([
    "run",
    ...words,
    "--script",
    workspace.file("found.json", found),
    "--json",
  ]);
  const run = workspace.parsed(ended, 0);
  assert.deepEqual(
    toolCalls(run).map((call) => came(call)),
    ["allow ok", "allow ok"],
  );
  assert.equal(run.processes[0]?.image, "finder");
});

test("a name that nothing or more than one file has is bad usage, says what there is, and makes no record", async (t) => {
  const workspace = new Workspace(t);
  const lib = join(workspace.scratch, "lib");
  mkdirSync(join(lib, ".agents/images"), { recursive: true });
  writeFileSync(join(lib, ".agents/images/two.agent.md"), FILE);
  workspace.write(".agents/images/two.agent.md", FILE);
  workspace.write(".agents/images/bad.agent.md", "---\ntools: [fly]\n---\nFly.\n");
  const path = workspace.file("script.json", done);
  const both = ["--workspace", workspace.folder, "--workspace", lib];
  const run = (image: string) =>
    workspace.run(["run", "--goal", "x", "--script", path, "--image", image, ...both]);
  for (const [image, said] of [
    ["nobody", /no image "nobody"\. Images: coding, reviewer, tour, two\./u],
    ["two", /More than one file says the image "two": fs:\/app\/.* and fs:\/lib\/.*Images: /u],
    ["bad", /bad\.agent\.md:2: there is no tool "fly".*Images: /u],
  ] as const) {
    const { code, err } = await run(image);
    assert.equal(code, 2, err);
    assert.match(err, said);
  }
  assert.ok(!existsSync(workspace.path(".agentlibos")) && !existsSync(workspace.home), "nothing was written");
});

test("of a file and a registered image with one name the registered one runs, and a word says so", async (t) => {
  const workspace = new Workspace(t);
  await workspace.agent(script([[["register_image", FINDER]], "done"]), [
    "--grant",
    "allow:register:image:/finder",
  ]);
  workspace.write(".agents/images/finder.agent.md", FILE);
  const run = await workspace.agent(done, ["--image", "finder"]);
  assert.match(run.err, /finder\.agent\.md:1: an image that agent 2 registered has this name already/u);
  const record = workspace.recordText();
  assert.ok(record.includes("Find what is asked for.") && !record.includes("Finds things"));
});

test("coding starts two reviewers and no third without a question, and any other image only when asked", async (t) => {
  const workspace = new Workspace(t);
  workspace.write("README.md", "hello");
  const spawn = (image: string): [string, unknown] => ["spawn_agent", { goal: "look", image, grants: [] }];
  const root = script(
    [[spawn("reviewer"), spawn("reviewer"), spawn("reviewer")], [spawn("tour")], "done"],
    script([[["spawn_agent", { goal: "deeper", image: "reviewer" }]], "looked"]),
    script(["looked"]),
  );
  const grants = [
    ...["allow:spawn:process:/children;uses=2", "allow:execute:image:/reviewer", "ask:execute:image:/tour"],
  ].flatMap((cap) => ["--grant", cap]);
  const run = await workspace.agent(root, grants);
  assert.deepEqual(
    toolCalls(run, 2).map((call) => came(call)),
    ["allow ok", "allow ok", "deny not-run ENOTCAPABLE", "deny not-run ENOTCAPABLE"],
  );
  assert.deepEqual(toolCalls(run, 3).map(came), ["none not-run ENOSYS"], "a reviewer starts nobody");
  assert.equal(run.approvals.length, 0);
});
