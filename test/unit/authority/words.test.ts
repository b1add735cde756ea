// Rules with leading words: they bind the commands that may begin so, and the record keeps no words of a need.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import * as z from "zod";
import { parseCap } from "../../../src/abi/capability.ts";
import { isFault } from "../../../src/abi/errors.ts";
import type { PolicyRule } from "../../../src/abi/policy.ts";
import { isAbout, mayBegin, parseResource, type Words } from "../../../src/abi/resource.ts";
import { readPolicyFile } from "../../../src/host/node/policy-files.ts";
import { keyRule } from "../../../src/kernel/authority/decide.ts";
import { define } from "../../../src/kernel/operation.ts";
import { policyText } from "../../../src/views/agents/policy.ts";
import { resourceWords } from "../../../src/views/words/resources.ts";
import { english } from "../../../src/views/words/translate.ts";
import { kinds } from "../../harness/kinds.ts";
import { code, TestKernel } from "../../support/kernel.ts";

const PUBLISH = ["publish"];

const BEGIN: readonly (readonly [words: Words, leading: readonly string[], may: boolean])[] = [
  [["publish"], PUBLISH, true],
  [["publish", "--tag", "x"], PUBLISH, true],
  [["--silent", "publish"], PUBLISH, true],
  [["--tag", "next", "publish"], PUBLISH, true],
  [["--a", "b", "-c", "-d", "publish"], PUBLISH, true],
  [["-x", null], PUBLISH, true],
  [[null], PUBLISH, true],
  [["run", null], PUBLISH, false],
  [[], PUBLISH, false],
  [["run", "publish"], PUBLISH, false],
  [["PUBLISH"], PUBLISH, false],
  [["-x"], PUBLISH, false],
  [["-x", "run", "publish"], PUBLISH, true],
  [["-x", "a", "run", "publish"], PUBLISH, false],
  [["push", "--force"], ["push", "--force"], true],
  [["push", "origin", "--force"], ["push", "--force"], false],
  [["-C", "dir", "push", "-v", "--force"], ["push", "--force"], true],
  [["push"], ["push", "--force"], false],
];

for (const [words, leading, may] of BEGIN)
  test(`${JSON.stringify(words)} ${may ? "may" : "cannot"} begin with ${JSON.stringify(leading)}`, () => {
    assert.equal(mayBegin(words, leading), may);
  });

test("many options take no time", () => {
  const words = [...Array.from({ length: 20_000 }, () => "-x"), "y"];
  const start = performance.now();
  assert.equal(mayBegin(words, ["publish"]), false);
  assert.ok(performance.now() - start < 1000);
});

const RULE: PolicyRule = {
  ...{ effect: "ask", rights: ["execute"], resource: "shell:/npm", reason: "seen by all" },
  args: PUBLISH,
};

test("a rule with words binds a need whose words are not known, and any use of a program", () => {
  const need = { resource: "shell:/npm", right: "execute" };
  const about = (...words: Words[]): boolean => isAbout(RULE, { ...need, words }, kinds);
  assert.equal(isAbout(RULE, need, kinds), true);
  assert.equal(isAbout(RULE, { ...need, resource: "shell:/**" }, kinds), true);
  assert.equal(about(["test"]), false);
  assert.equal(about(["test"], ["publish"]), true);
  assert.equal(isAbout(RULE, { ...need, resource: "shell:/npx", words: [["publish"]] }, kinds), false);
  assert.equal(isAbout(RULE, { ...need, right: "direct", words: [["publish"]] }, kinds), false);
});

test("other words make another rule, and a rule without words keeps the key that it had", () => {
  const { args: _, ...bare } = RULE;
  assert.equal(keyRule(bare).key, "policy:ask:execute:shell:/npm:seen by all");
  assert.notEqual(keyRule(RULE).key, keyRule(bare).key);
  assert.notEqual(keyRule(RULE).key, keyRule({ ...RULE, args: ["publish", "x"] }).key);
});

test("names of programs: a file of a folder begins with /./, and Windows' endings make no other program", () => {
  for (const good of ["shell:/npm", "shell:/**", "shell:/./app/run.sh", "shell:/./app/**", "shell:/./**"])
    assert.equal(parseResource(good, kinds), good);
  for (const bad of ["shell:/.", "shell:/..", "shell:/./../x", "shell:/././x", "shell:/a/./b", "fs:/./app"])
    assert.ok(isFault(parseResource(bad, kinds)), bad);
  const need = { resource: "shell:/npm.cmd", right: "execute", words: [["publish"]] };
  assert.equal(isAbout(RULE, need, kinds), true);
  assert.equal(kinds.folderOf("shell:/./my%2Aapp/run"), "my*app");
  for (const none of ["shell:/**", "shell:/npm", "shell:/./**"])
    assert.equal(kinds.folderOf(none), undefined);
  for (const right of ["execute", "direct"])
    assert.ok(!isFault(parseCap(`allow:${right}:shell:/./app/**`, kinds)), right);
  assert.equal(resourceWords(english, kinds, "shell:/./app/run.sh"), "the program app/run.sh");
  assert.equal(resourceWords(english, kinds, "shell:/./**"), "any program in a workspace folder");
});

/** Reads a policy file with one rule that has these further fields. */
async function read(t: TestContext, fields: Readonly<Record<string, unknown>>) {
  const folder = mkdtempSync(join(tmpdir(), "agentlibos-words-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "policy.json");
  writeFileSync(file, JSON.stringify({ rules: [{ ...RULE, ...fields }] }, undefined, 1));
  return readPolicyFile("user", file, kinds);
}

const NPM = "execute:shell:/npm";

test("examples name the words of a command, and are checked", async (t) => {
  const good = await read(t, {
    match: [NPM, [NPM, "publish"], [NPM, "--tag", "x", "publish"]],
    notMatch: [[NPM], [NPM, "test"], ["execute:shell:/npx", "publish"]],
  });
  assert.equal(good.problem, undefined);
  assert.deepEqual(good.rules[0]?.args, PUBLISH);
  const wrong: readonly (readonly [fields: Readonly<Record<string, unknown>>, says: RegExp])[] = [
    [{ match: [[NPM, "test"]] }, /:\d+:\d+: rules\.0\.match\.0: the rule is not about this/u],
    [{ notMatch: [[NPM, "publish"]] }, /rules\.0\.notMatch\.0: the rule is about this/u],
    [{ notMatch: [NPM] }, /the rule is about this/u],
    [{ match: [["npm", "publish"]] }, /rules\.0\.match\.0: .*resource kind.*write right:resource/u],
    [{ match: [[]] }, /rules\.0\.match\.0/u],
    [{ args: [] }, /rules\.0\.args/u],
    [{ args: "publish" }, /rules\.0\.args/u],
    [{ args: [1] }, /rules\.0\.args\.0/u],
    [{ resource: "fs:/app/**", rights: ["write"] }, /rules\.0\.args: fs has no words; leave args out/u],
  ];
  for (const [fields, says] of wrong) {
    const { rules, problem } = await read(t, fields);
    assert.deepEqual(rules, []);
    assert.match(problem?.text ?? "no problem", says);
  }
});

test("the effective policy shows the words", () => {
  assert.match(policyText(english, kinds, [RULE], []), / {6}ask:execute:shell:\/npm publish\n/u);
});

/** An operation that needs a program with the words of its argument. */
const runNpm = define({
  name: "shell.npm",
  summary: "Run npm.",
  effect: "external",
  idempotent: false,
  input: z.strictObject({ words: z.array(z.string()) }),
  output: z.strictObject({ done: z.literal(true) }),
  needs: ({ words }) => [{ resource: "shell:/npm", right: "execute", words: [words] }],
  invoke: () => Promise.resolve({ done: true as const }),
});

test("the door asks for these words alone; the record keeps the arguments, and no words of a need", async () => {
  const k = await TestKernel.open({
    more: () => [{ kind: "shell", operations: [runNpm] }],
    hands: true,
    policy: [RULE, { ...RULE, effect: "deny", args: ["unpublish"], reason: "never" }],
  });
  const pid = k.launch(["allow:execute:shell:/npm"]);
  const call = (...words: string[]) => k.call(pid, "shell.npm", { words });
  assert.equal(code(await call("test")), "ok");
  assert.equal(code(await call("unpublish", "x")), "EACCES");
  const waiting = call("--tag", "next", "publish");
  await k.settle();
  assert.deepEqual(
    k.question.asks.map(({ reason, need }) => [reason, need]),
    [["seen by all", { resource: "shell:/npm", right: "execute" }]],
  );
  k.answer({ scope: "agent" });
  assert.equal(code(await waiting), "ok");
  assert.equal(code(await call("publish")), "ok", "answered for this agent");
  for (const { kind, data } of k.records)
    if (kind === "call.begin" || kind === "call.end" || kind === "question.open")
      assert.doesNotMatch(JSON.stringify({ ...data, args: undefined }), /"words"/u);
});
