// Policy files: standing files bind every run, a malformed one stops it with exit 2, and a launch adds rules.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Workspace, came, script, toolCalls } from "./workspace.ts";

const ALL = ["--grant", "allow:read,list,write,delete:fs:/app/**"];
const rule = (effect: string, resource: string, reason: string): object => ({
  ...{ effect, rights: ["write"], resource, reason },
});
const rules = (...all: object[]): string => JSON.stringify({ rules: all }, null, 1);
const write = (path: string) => ["write_file", { path, content: "x" }] as const;

test("E4: a malformed standing file stops run and resume with exit 2, its line and column; nothing is made", async (t) => {
  const workspace = new Workspace(t);
  mkdirSync(workspace.home, { mode: 0o700 });
  const scripted = workspace.file("s.json", script([[["ask_human", { question: "go?" }]], "done"]));
  const run = ["run", "--goal", "x", "--script", scripted, "--answer", "ask"];
  for (const file of [join(workspace.home, "policy.json"), workspace.path(".agentlibos/policy.json")]) {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, '{ "rules": [\n  { "effect": "allow" }\n] }');
    const { code, out, err } = await workspace.run(run);
    assert.deepEqual([code, out], [2, ""], err);
    assert.ok(err.startsWith(`agentlibos: ${file}:2:5: rules.0.effect: `), err);
    assert.equal(existsSync(workspace.path(".agentlibos/identity.json")), false);
    rmSync(file);
  }
  // An unfinished agent does not go on under rules that nobody can read; looking at the record is free.
  assert.equal((await workspace.run(run)).code, 1);
  const broken = join(workspace.home, "policy.json");
  writeFileSync(broken, "{");
  const before = workspace.recordText();
  const resumed = await workspace.run(["resume"]);
  assert.equal(resumed.code, 2);
  assert.ok(resumed.err.includes(`${broken}:1:2: it is no JSON`), resumed.err);
  assert.equal((await workspace.run(["ps"])).code, 0);
  assert.equal((await workspace.verify()).code, 0);
  assert.equal(workspace.recordText(), before);
});

test("standing rules and those of a launch add up; each explanation names file and line", async (t) => {
  const workspace = new Workspace(t);
  mkdirSync(workspace.home, { mode: 0o700 });
  const mine = join(workspace.home, "policy.json");
  writeFileSync(mine, rules(rule("deny", "fs:/app/mine/**", "mine")));
  workspace.write(".agentlibos/policy.json", rules(rule("ask", "fs:/app/theirs", "theirs")));
  const given = workspace.file("given.json", rules(rule("deny", "fs:/app/given", "given")));
  const scripted = script([["mine/a", "theirs", "given", "free"].map(write), "done"]);
  const run = await workspace.agent(scripted, [...ALL, "--policy", given]);
  const calls = toolCalls(run);
  assert.deepEqual(calls.map(came), [
    "deny not-run EACCES",
    "refused not-run ECANCELED",
    "deny not-run EACCES",
    "allow ok",
  ]);
  const explain = async (index: number): Promise<string> =>
    (await workspace.run(["explain", calls[index]?.call ?? ""])).out;
  assert.ok((await explain(0)).includes(`denied: policy: mine (${mine}:3)`), await explain(0));
  assert.ok(
    (await explain(1)).includes(`theirs (${workspace.path(".agentlibos/policy.json")}:3)`),
    await explain(1),
  );
  assert.ok((await explain(2)).includes(`denied: policy: given (${given}:3)`), await explain(2));

  // A later run brings no rules of its own and is bound by those that stand now, no more and no less.
  writeFileSync(mine, rules());
  const later = await workspace.agent(scripted, ALL);
  assert.deepEqual(toolCalls(later).map(came), [
    "allow ok",
    "refused not-run ECANCELED",
    "allow ok",
    "allow ok",
  ]);
});

test("E4: a file that becomes malformed while an agent runs pauses it, and the command says so", async (t) => {
  const workspace = new Workspace(t);
  mkdirSync(workspace.home, { mode: 0o700 });
  const file = join(workspace.home, "policy.json");
  writeFileSync(file, rules());
  const turns = Array.from({ length: 400 }, (_, i) => [write(`n${i}`)]);
  const path = workspace.file("long.json", script([...turns, "done"]));
  const ended = workspace.run([
    "run",
    "--goal",
    "x",
    "--script",
    path,
    ...ALL,
    "--budget",
    "modelCalls=2000,toolCalls=2000,tokens=1000000000",
  ]);
  while (workspace.read("n3") === undefined) await sleep(20);
  writeFileSync(file, '{\n "rules": 7 }');
  const { code, err } = await ended;
  assert.equal(code, 1, err);
  assert.ok(err.includes(`${file}:2:2: rules: `), err);
  assert.equal(workspace.read("n399"), undefined);
  assert.equal((await workspace.run(["resume"])).code, 2);
  rmSync(file);
  const resumed = await workspace.run(["resume"]);
  assert.equal(resumed.code, 0, `${resumed.out.slice(-1500)} ${resumed.err}`);
  assert.equal(workspace.read("n399"), "x");
  assert.ok(
    readFileSync(workspace.path(".agentlibos/journal/00000001.jsonl"), "utf8").includes('"policy.set"'),
  );
});
