// Policy files: every way to be malformed names its line and what to do, and what is read knows where it stands.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { format } from "oxfmt";
import * as z from "zod";
import { policyFileSchema } from "../../../src/abi/policy.ts";
import {
  makeUserPolicy,
  readPolicy,
  readPolicyFile,
  watchPolicy,
} from "../../../src/host/node/policy-files.ts";
import { kinds } from "../../harness/kinds.ts";

function scratch(t: TestContext): { home: string; root: string } {
  const folder = mkdtempSync(join(tmpdir(), "agentlibos-policy-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const where = { home: join(folder, "home"), root: join(folder, "app") };
  mkdirSync(where.home, { mode: 0o700 });
  mkdirSync(join(where.root, ".agentlibos"), { recursive: true });
  return where;
}

/** A rule over several lines, its fields replaced or followed by `more`. */
const rule = (more = "", effect = '"deny"'): string => `{
  // what this is for
  "rules": [
    { "effect": ${effect}, "rights": ["write"], "resource": "fs:/app/a/**", "reason": "r"${more} }
  ]
}`;

const MALFORMED: readonly (readonly [title: string, text: string, at: string, says: RegExp])[] = [
  ["empty", "", "1:1", /no JSON: value expected/u],
  ["only a comment", "// nothing\n", "2:1", /no JSON: value expected/u],
  ["cut off", '{\n  "rules": [\n', "3:1", /no JSON/u],
  ["followed by more", '{ "rules": [] }\n{}', "2:1", /no JSON: end of file expected/u],
  ["written with a trailing comma", '{\n  "rules": [],\n}', "3:1", /no JSON/u],
  ["a list", "\n[]", "2:1", /the file: .*expected object/u],
  ["without rules", "{}", "1:1", /rules: .*expected array/u],
  ["wrong in the type of rules", '{\n"rules": {}}', "2:1", /rules: .*expected array/u],
  ["with an unknown key", '{ "rules": [],\n  "ruels": [] }', "2:3", /ruels: Unrecognized key/u],
  ["with an unknown key in a rule", rule(',\n "until": "x"'), "5:2", /rules\.0\.until: Unrecognized key/u],
  ["with a key twice", rule(',\n "effect": "ask"'), "5:2", /"effect" is there twice/u],
  ["with an allow", rule("", '"allow"'), "4:7", /rules\.0\.effect: .*"ask"\|"deny"/u],
  ["missing a field", '{ "rules": [\n{ "effect": "ask" } ] }', "2:1", /rules\.0\.rights: .*expected array/u],
  ["with a rule that is none", '{ "rules": [\n7 ] }', "2:1", /rules\.0: .*expected object/u],
  ["naming no right", rule().replace('["write"]', "[]"), "4:25", /rules\.0\.rights: Too small/u],
  ["naming an unknown right", rule().replace("write", "fly"), "4:36", /rules\.0\.rights\.0: .*"read"/u],
  [
    "naming a right of another kind",
    rule().replace("write", "execute"),
    "4:36",
    /"execute" is not a right on fs; there are read/u,
  ],
  [
    "naming a relative resource",
    rule().replace("fs:/", "fs:"),
    "4:46",
    /needs a "\/" after the colon.*For example/u,
  ],
  ["naming an unknown kind", rule().replace("fs:/", "ftp:/"), "4:46", /resource kind.*Kinds: fs/u],
  ["with a star in a name", rule().replace("a/**", "*.ts"), "4:46", /"\*".*Encode it/u],
  ["with a climb", rule().replace("a/**", "../x"), "4:46", /"\.\." segment/u],
  ["with a reason that is none", rule().replace('"r"', "1"), "4:74", /rules\.0\.reason: .*expected string/u],
  [
    "unlike its example",
    rule(',\n "match": ["write:fs:/app/b"]'),
    "5:12",
    /rules\.0\.match\.0: the rule is not about this/u,
  ],
  [
    "unlike what it excludes",
    rule(',\n "notMatch": ["write:fs:/APP/a"]'),
    "5:15",
    /the rule is about this; mend the rule or the example/u,
  ],
  [
    "with an example that is no resource",
    rule(',\n "match": ["write:a"]'),
    "5:12",
    /resource kind.*write right:resource/u,
  ],
  [
    "with an example of no right",
    rule(',\n "notMatch": ["wite:fs:/app/a"]'),
    "5:15",
    /"wite" is not a right on fs/u,
  ],
];

for (const [title, text, at, says] of MALFORMED)
  test(`E4: a policy file that is ${title} is not understood, and says where (P8)`, async (t) => {
    const { home, root } = scratch(t);
    for (const file of [join(home, "policy.json"), join(root, ".agentlibos/policy.json")]) {
      writeFileSync(file, text);
      const { rules, problem } = await readPolicy({ home, root }, kinds);
      assert.deepEqual(rules, []);
      assert.equal(`${problem?.line}:${problem?.column}`, at, problem?.text);
      assert.ok(problem?.text.startsWith(`${file}:${at}: `), problem?.text);
      assert.match(problem?.text ?? "", says);
      rmSync(file);
    }
  });

test("E4: what is no readable file is not taken for no rules", async (t) => {
  const { home, root } = scratch(t);
  const file = join(home, "policy.json");
  const unreadable: readonly (readonly [make: () => void, says: RegExp])[] = [
    [() => mkdirSync(file), /it is no file/u],
    [() => symlinkSync(join(home, "nowhere"), file), /cannot be read/u],
    [() => execFileSync("mkfifo", [file]), /it is no file/u],
    [() => writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d])), /cannot be read/u],
    [() => writeFileSync(file, " ".repeat(1024 * 1024 + 1)), /too large/u],
    [() => writeFileSync(file, "[".repeat(100_000)), /:1:/u],
  ];
  for (const [make, says] of unreadable) {
    make();
    assert.match((await readPolicy({ home, root }, kinds)).problem?.text ?? "no problem", says);
    rmSync(file, { recursive: true });
  }
  assert.deepEqual(await readPolicy({ home, root }, kinds), { rules: [] });
  assert.deepEqual(await readPolicy({ home: join(home, "not-there"), root: join(root, "neither") }, kinds), {
    rules: [],
  });
});

test("the user's rules come first, the workspace's after them, each with its line", async (t) => {
  const { home, root } = scratch(t);
  const example = ',\n "match": ["write:fs:/app/a", "write:fs:/app/A/deep"], "notMatch": ["read:fs:/app/a"]';
  const mine = join(home, "policy.json");
  const theirs = join(root, ".agentlibos/policy.json");
  writeFileSync(mine, `\uFEFF${rule(example)}`);
  writeFileSync(theirs, rule("", '"ask"').replaceAll("\n", "\r\n"));
  const plain = { rights: ["write"], resource: "fs:/app/a/**", reason: "r" };
  assert.deepEqual(await readPolicy({ home, root }, kinds), {
    rules: [
      { effect: "deny", ...plain, source: { from: "user", file: mine, line: 4 } },
      { effect: "ask", ...plain, source: { from: "workspace", file: theirs, line: 4 } },
    ],
  });
});

test("the file for a person's first rule holds none, is theirs alone, and is never written over", async (t) => {
  const { home } = scratch(t);
  rmSync(home, { recursive: true });
  const path = await makeUserPolicy(home);
  const made = readFileSync(path, "utf8");
  assert.deepEqual(await readPolicyFile("user", path, kinds), { rules: [] });
  // The example in it is a good one once it is taken out of its comment.
  const whole = made
    .replace(/\n {2}"rules": \[\]/u, "")
    .replaceAll(/^ {2}\/\/ ?/gmu, "")
    .replace(/\{\n[^{]*\{/u, '{ "rules": [{')
    .replace(/\}\s*\}\s*$/u, "}]}");
  const read = await readPolicyFile("user", writtenTo(join(home, "x.json"), whole), kinds);
  assert.equal(read.problem?.text, undefined, whole);
  assert.equal(read.rules.length, 1);
  writeFileSync(path, "{}");
  assert.equal(await makeUserPolicy(home), path);
  assert.equal(readFileSync(path, "utf8"), "{}");
});

function writtenTo(file: string, text: string): string {
  writeFileSync(file, text);
  return file;
}

test("a change to either file is noticed, also one in a folder that came later", async (t) => {
  const { home, root } = scratch(t);
  rmSync(join(root, ".agentlibos"), { recursive: true });
  let told: (() => void) | undefined;
  const next = (): Promise<void> => new Promise((resolve) => (told = resolve));
  const watching = watchPolicy({ home, root }, () => told?.());
  t.after(() => watching.dispose());
  for (const act of [
    () => writeFileSync(join(home, "policy.json"), "{"),
    () => mkdirSync(join(root, ".agentlibos")),
    () => writeFileSync(join(root, ".agentlibos/policy.json"), "{}"),
    () => rmSync(join(root, ".agentlibos/policy.json")),
  ]) {
    const heard = next();
    act();
    await heard;
  }
  let times = 0;
  told = () => (times += 1);
  writeFileSync(join(root, "other.txt"), "");
  writeFileSync(join(home, "other.txt"), "");
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(times, 0);
});

test("the schema that the editor completes from is what is read", async () => {
  const path = join(import.meta.dirname, "../../../media/policy.schema.json");
  const schema = { title: "Agent libOS policy", allowComments: true, allowTrailingCommas: false };
  const wanted = { ...z.toJSONSchema(policyFileSchema(kinds), { target: "draft-7" }), ...schema };
  const text = (await format(path, JSON.stringify(wanted), { printWidth: 110 })).code;
  if (process.env["UPDATE"] === "1") writeFileSync(path, text);
  assert.equal(readFileSync(path, "utf8"), text, "media/policy.schema.json drifted: UPDATE=1 writes it");
});
