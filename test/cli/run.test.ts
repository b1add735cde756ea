// The run command: budgets, scripts, policies, several folders, keys, and output through pipes.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Workspace, came, script, toolCalls } from "./workspace.ts";

const ALL = ["--grant", "allow:read,list,write,delete:fs:/app/**"];

test("a finished agent exits with 0, one that gave up or may not go on with 1", async (t) => {
  const workspace = new Workspace(t);
  const done = await workspace.agent(script(["all well"]));
  assert.deepEqual(done.processes[0], {
    pid: 2,
    parent: 1,
    image: "coding",
    state: "zombie",
    exit: "finished",
    result: "all well",
  });
  const finished = await workspace.agent(script([[["finish", { result: { files: 3 } }]], "never"]));
  assert.deepEqual(finished.processes[0]?.result, { files: 3 });
  const gaveUp = await workspace.agent(script([[["finish", { failed: true }]]]), [], 1);
  assert.equal(gaveUp.processes[0]?.exit, "failed");
  const broken = await workspace.agent(script([[["read_file", { path: "${7.0.content}" }]]]), ALL, 1);
  assert.deepEqual([broken.processes[0]?.state, broken.processes[0]?.exit], ["blocked", null]);
});

test("a budget that is used up stops the call before anything is done", async (t) => {
  const workspace = new Workspace(t);
  const writes = ["a", "b", "c"].map((name) => ["write_file", { path: name, content: name }] as const);
  const run = await workspace.agent(
    script([...writes.map((w) => [w]), "done"]),
    [...ALL, "--budget", "toolCalls=2"],
    1,
  );
  assert.deepEqual(toolCalls(run).map(came), ["allow ok", "allow ok", "allow not-run EDQUOT"]);
  assert.equal(workspace.read("c"), undefined);
  assert.equal(run.usage.toolCalls, 2);
  assert.deepEqual(
    run.processes.map((p) => [p.state, p.exit]),
    [["blocked", null]],
  );
  assert.deepEqual(
    run.approvals.map((a) => [a.kind, a.outcome]),
    [["budget", "open"]],
  );
  const models = await workspace.agent(
    script([[], "two", "three"].map(() => [["list_capabilities", {}]])),
    ["--budget", "modelCalls=2"],
    1,
  );
  assert.equal(models.usage.modelCalls, 2);
  assert.equal(models.calls.filter((c) => c.syscall === "model.call").at(-1)?.error?.code, "EDQUOT");
});

test("dollars are a budget where a price is known, and where none is they are said to limit nothing", async (t) => {
  const workspace = new Workspace(t);
  const turns = script([[["list_capabilities", {}]], [["list_capabilities", {}]], "done"]);
  const path = workspace.file("priced.json", turns);
  const run = ["run", "--goal", "x", "--script", path, "--json", "--budget"];
  const env = { AGENTLIBOS_PRICES: JSON.stringify({ "scripted/*": { input: 100, output: 1 } }) };
  const whole =
    workspace.parsed(await workspace.run([...run, "dollars=1000"], { env }), 0).usage.microdollars ?? 0;
  assert.ok(whole > 0);
  const half = whole / 2_000_000;
  const stopped = workspace.parsed(await workspace.run([...run, `dollars=${half}`], { env }), 1);
  const used = stopped.usage.microdollars ?? 0;
  assert.ok(used > 0 && used <= half * 1e6, `${used} of ${half * 1e6}`);
  assert.match(stopped.approvals[0]?.text ?? "", /budget for dollars is used up/u);
  const free = await workspace.run([...run, "dollars=0.2"]);
  assert.equal(workspace.parsed(free, 0).usage.microdollars, undefined);
  assert.match(free.err, /no price is known for scripted\/script/u);
});

test("children pay from their parent's purse", async (t) => {
  const workspace = new Workspace(t);
  const kid = script([
    [["list_capabilities", {}]],
    [["list_capabilities", {}]],
    [["list_capabilities", {}]],
    "done",
  ]);
  const root = script(
    [[["spawn_agent", { goal: "spend" }]], [["wait_agent", { pid: "${0.0.pid}" }]], "done"],
    kid,
  );
  const grants = ["--grant", "allow:spawn:process:/children", "--grant", "allow:execute:image:/coding"];
  const run = await workspace.agent(root, [...grants, "--budget", "modelCalls=4"], 1);
  assert.equal(run.usage.modelCalls, 4);
  assert.ok(run.calls.some((c) => c.error?.code === "EDQUOT"));
  assert.deepEqual(
    run.processes.map((p) => p.state),
    ["blocked", "blocked"],
  );
});

test("a policy only adds: it denies and asks above every grant, also after a resume", async (t) => {
  const workspace = new Workspace(t);
  const rules = [
    { effect: "deny", rights: ["write"], resource: "fs:/app/frozen/**", reason: "frozen" },
    { effect: "ask", rights: ["write"], resource: "fs:/app/main.txt", reason: "shown to customers" },
  ];
  const policy = ["--policy", workspace.file("policy.json", { rules })];
  const scripted = script([
    [
      ["write_file", { path: "frozen/x", content: "x" }],
      ["write_file", { path: "FROZEN/x", content: "x" }],
      ["write_file", { path: "main.txt", content: "x" }],
      ["write_file", { path: "free.txt", content: "x" }],
    ],
    "done",
  ]);
  const run = await workspace.agent(scripted, [...ALL, ...policy]);
  const calls = toolCalls(run);
  assert.deepEqual(calls.map(came), [
    "deny not-run EACCES",
    "deny not-run EACCES",
    "refused not-run ECANCELED",
    "allow ok",
  ]);
  assert.match(calls[0]?.error?.message ?? "", /frozen/u);
  assert.match(run.approvals[0]?.text ?? "", /shown to customers/u);

  // An agent that was started under the policy stays under it, though a later run brings none.
  const waits = script([
    [["ask_human", { question: "go?" }]],
    [["write_file", { path: "frozen/y", content: "y" }]],
    "done",
  ]);
  await workspace.agent(waits, [...ALL, ...policy, "--answer", "ask"], 1);
  await workspace.agent(script(["done"]), ALL);
  const ruled = await workspace.run(["audit", "--json"]);
  assert.equal(ruled.code, 0);
  const opened = readFileSync(workspace.path(".agentlibos/journal/00000001.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"journal.open"'));
  assert.match(opened.at(-1) ?? "", /frozen/u);
});

test("references carry values from call to call, whole or inside a text", async (t) => {
  const workspace = new Workspace(t);
  workspace.write("a.json", '{"n":1}');
  const run = await workspace.agent(
    script([
      [
        ["read_file", { path: "a.json" }],
        ["list_directory", { path: "." }],
      ],
      [
        ["write_file", { path: "b.json", content: "copy: ${0.0.content}" }],
        ["put_object", { name: "list", value: "${0.1.entries}" }],
      ],
      [["get_object", { name: "list" }]],
      [["write_file", { path: "c.txt", content: "${2.0.value.0.name}" }]],
      "done",
    ]),
    ALL,
  );
  assert.deepEqual(
    toolCalls(run).map(came),
    Array.from({ length: 6 }, () => "allow ok"),
  );
  assert.equal(workspace.read("b.json"), 'copy: {"n":1}');
  assert.equal(workspace.read("c.txt"), "a.json");
});

test("a file goes into another through an object, and nothing that was said or answered shows what is in it", async (t) => {
  const workspace = new Workspace(t);
  workspace.write("a.txt", "the words 7f3a\n");
  const run = await workspace.agent(
    script([
      [["file_to_object", { path: "a.txt", name: "snap" }]],
      [
        ["object_to_file", { name: "snap", path: "b.txt" }],
        ["put_object", { name: "note", type: "summary", value: "copied", from: ["snap"] }],
      ],
      [["link_objects", { from: "note", to: "snap", relation: "summarizes" }]],
      [["get_object", { name: "note" }]],
      [["delete_object", { name: "snap" }]],
      [["list_objects", {}]],
      [["finish", { result: "${5.0.entries.0.name} at ${3.0.version}, ${0.0.bytes} bytes" }]],
    ]),
    ALL,
  );
  assert.deepEqual(
    toolCalls(run).map(came),
    Array.from({ length: 8 }, () => "allow ok"),
  );
  assert.equal(workspace.read("b.txt"), "the words 7f3a\n");
  assert.ok(!JSON.stringify(run).includes("7f3a"));
  assert.equal(run.processes[0]?.result, "note at 1, 15 bytes");
  assert.equal((await workspace.verify()).code, 0);
});

test("two folders are two names; a name means its folder, and a grant reaches only its own", async (t) => {
  const workspace = new Workspace(t);
  const lib = join(workspace.scratch, "lib");
  mkdirSync(lib);
  writeFileSync(join(lib, "x.txt"), "from lib");
  const scripted = script([
    [["read_file", { path: "lib/x.txt" }]],
    [["write_file", { path: "lib/x.txt", content: "no" }]],
    [["write_file", { path: "x.txt", content: "${0.0.content}" }]],
    [["write_file", { path: "./lib/x.txt", content: "a folder of app" }]],
    "done",
  ]);
  const options = [
    "--workspace",
    workspace.folder,
    "--workspace",
    lib,
    ...ALL,
    "--grant",
    "allow:read:fs:/lib/**",
  ];
  const run = await workspace.agent(scripted, options);
  assert.deepEqual(toolCalls(run).map(came), [
    "allow ok",
    "deny not-run ENOTCAPABLE",
    "allow ok",
    "allow ok",
  ]);
  assert.deepEqual([workspace.read("x.txt"), workspace.read("lib/x.txt")], ["from lib", "a folder of app"]);
  assert.equal(readFileSync(join(lib, "x.txt"), "utf8"), "from lib");
});

test("what looks like a secret in a script reaches the file as it is, and the record without it", async (t) => {
  const workspace = new Workspace(t);
  const key = "sk-live0123456789abcdef";
  const run = await workspace.agent(
    script([[["write_file", { path: "notes.txt", content: `key: ${key}` }]], "done"]),
    ALL,
  );
  assert.deepEqual(toolCalls(run).map(came), ["allow ok"]);
  assert.equal(workspace.read("notes.txt"), `key: ${key}`);
  assert.equal(workspace.recordText().includes(key), false);
  assert.equal(JSON.stringify(run).includes(key), false);
});

test("model keys from the environment are never on record, also when an agent writes them down", async (t) => {
  const workspace = new Workspace(t);
  const keys = {
    OPENAI_API_KEY: "plainlookingvaluewithoutpattern",
    ANTHROPIC_API_KEY: "anotherplainlookingvalue",
  };
  const content = Object.values(keys).join(" ");
  const path = workspace.file("s.json", script([[["write_file", { path: "a.txt", content }]], "done"]));
  const ended = await workspace.run(["run", "--goal", content, "--script", path, "--json", ...ALL], {
    env: keys,
  });
  assert.equal(ended.code, 0, ended.err);
  for (const value of Object.values(keys)) {
    assert.equal(workspace.recordText().includes(value), false);
    assert.equal(ended.out.includes(value), false);
  }
});

test("a model that cannot be reached leaves the agent waiting and says why", async (t) => {
  const workspace = new Workspace(t);
  const env = { OLLAMA_HOST: "127.0.0.1:9" }; // a port that is never fetched from, so nothing is tried again
  const ended = await workspace.run(["run", "--goal", "x", "--model", "ollama/x"], { env });
  assert.equal(ended.code, 1);
  assert.match(
    ended.out,
    /not finished: blocked, waits for model .*127\.0\.0\.1:9 cannot be reached.*another port/u,
  );
  assert.equal((await workspace.audit()).at(-1)?.error?.code, "EUNAVAILABLE");
});

test("a large account goes through a pipe whole", async (t) => {
  const workspace = new Workspace(t);
  const big = "x".repeat(300_000);
  const run = await workspace.agent(
    script([
      ...Array.from({ length: 8 }, (_, i) => [["write_file", { path: `f${i}`, content: big }] as const]),
      "done",
    ]),
    ALL,
  );
  assert.equal(toolCalls(run).length, 8);
});

test("a reader that goes away is no failure", async (t) => {
  const workspace = new Workspace(t);
  const path = workspace.file(
    "s.json",
    script([[["write_file", { path: "a", content: "y".repeat(500_000) }]], "done"]),
  );
  const ended = await workspace.run(["run", "--goal", "x", "--script", path, "--json", ...ALL], {
    started: (child) => child.stdout?.destroy(),
  });
  assert.deepEqual([ended.code, ended.err], [0, ""]);
});
