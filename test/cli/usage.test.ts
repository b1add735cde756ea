// Bad usage of the command line: a clear reason on the error output, exit code 2, and nothing made anywhere.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { launchSources } from "../support/images.ts";
import { readCommandLine, UsageError } from "../../src/cli/arguments.ts";
import { readPublicKey } from "../../src/host/node/journal/keys.ts";
import { readLaunch } from "../../src/cli/launch.ts";
import { readKeyFile } from "../../src/cli/verify.ts";
import { Workspace, script } from "./workspace.ts";
import { kinds } from "../harness/kinds.ts";

const GOOD = script(["done"]);

/** What is typed, and what the reason must mention. `SCRIPT`, `BAD`, `POLICY…` stand for files made beforehand. */
const BAD_USAGE: readonly (readonly [typed: string, mentions: RegExp])[] = [
  ["", /no command/u],
  ["frobnicate", /"frobnicate"/u],
  ["run", /--goal/u],
  ["run --goal x", /--model VENDOR\/FAMILY or --script/u],
  ["run --goal= --script SCRIPT", /--goal is empty/u],
  ["run --goal x --script SCRIPT --model openai/x", /either/u],
  ["run --goal x --model gpt", /VENDOR\/FAMILY/u],
  ["run --goal x --script missing.json", /missing\.json cannot be read/u],
  ["run --goal x --script NOT-JSON", /malformed/u],
  ["run --goal x --script NOT-SCRIPT", /turns\[0\]\.calls\[0\]\.tool/u],
  ["run --goal x --script SCRIPT --grant nonsense", /"nonsense" is not a grant/u],
  ["run --goal x --script SCRIPT --grant allow:fly:fs:/app/**", /"fly" is not a right/u],
  ["run --goal x --script SCRIPT --grant allow:read:nothing:/x", /resource kind/u],
  ["run --goal x --script SCRIPT --grant allow:read:fs:/app/*.ts", /"\*"/u],
  ["run --goal x --script SCRIPT --grant maybe:read:fs:/app/**", /effect/u],
  ["run --goal x --script SCRIPT --grant allow:read:fs:/app/**;uses=0", /uses/u],
  ["run --goal x --script SCRIPT --grant allow:read:fs:/app/**;until=soon", /until/u],
  ["run --goal x --script SCRIPT --grant allow:read:fs:/other/**", /no workspace folder "other"/u],
  [
    "run --goal x --script SCRIPT --grant allow:read:fs:/ap\u00adp/**",
    /folder "ap\u00adp", only "app", .* same/u,
  ],
  ["run --goal x --script SCRIPT --policy missing.json", /missing\.json:1:1: it cannot be read/u],
  ["run --goal x --script SCRIPT --policy NOT-JSON", /--policy .*broken\.json:1:2: it is no JSON/u],
  ["run --goal x --script SCRIPT --policy POLICY-ALLOW", /p1\.json:1:\d+: rules\.0\.effect/u],
  ["run --goal x --script SCRIPT --policy POLICY-RIGHT", /p2\.json:1:\d+: rules\.0\.rights\.0/u],
  ["run --goal x --script SCRIPT --policy POLICY-RESOURCE", /p3\.json:1:\d+: rules\.0\.resource/u],
  ["run --goal x --script SCRIPT --policy POLICY-EXTRA", /p4\.json:1:\d+: rules/u],
  ["run --goal x --script SCRIPT --answer always", /deny, allow-once, ask/u],
  ["run --goal x --script SCRIPT --sandbox always", /auto, layered, unconfined/u],
  ["run --goal x --script SCRIPT --answer-within soon", /number of seconds/u],
  ["run --goal x --script SCRIPT --answer-within 0", /number of seconds/u],
  ["run --goal x --script SCRIPT --budget tokens", /key=number/u],
  ["run --goal x --script SCRIPT --budget tokens=-1", /key=number/u],
  ["run --goal x --script SCRIPT --budget money=5", /money/u],
  ["run --goal x --script SCRIPT --budget modelCalls=1.5", /budget/u],
  ["run --goal x --script SCRIPT --image nothing", /coding, reviewer, tour/u],
  ["run --goal x --script SCRIPT --workspace nowhere", /"nowhere" is not a folder/u],
  ["run --goal x --script SCRIPT --workspace ../a/same --workspace ../b/same", /same name/u],
  ["run --goal x --script SCRIPT --workspace ../a/same --workspace ../b/SAME", /same name/u],
  ["run --goal x --script SCRIPT --workspace . --workspace .", /same/u],
  ["run --goal x --script SCRIPT --workspace /", /no name/u],
  ["run --goal x --script SCRIPT --frobnicate", /frobnicate/u],
  ["run --goal x --script SCRIPT stray", /stray/u],
  ["resume --goal x", /goal/u],
  ["audit --pid zero", /"zero"/u],
  ["audit --decision maybe", /allow, deny/u],
  ["audit --since yesterday-ish", /ISO/u],
  ["explain", /CALL/u],
  ["explain 1 2", /CALL/u],
  ["verify --public-key missing.pem", /cannot be read/u],
  ["verify --public-key NOT-JSON", /no Ed25519/u],
];

/** What the command line would say to these words; empty when they are good. */
async function refusalOf(args: readonly string[]): Promise<string> {
  try {
    const command = readCommandLine(args, kinds);
    if (command.name === "run") await readLaunch(command.workspaces, command.order, launchSources);
    if (command.name === "verify" && command.order.publicKey !== undefined)
      await readKeyFile(command.order.publicKey, readPublicKey);
    return "";
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
}

test("what cannot be understood is refused with its reason, and nothing is made", async (t) => {
  const workspace = new Workspace(t);
  const rule = (over: object): object => ({
    rules: [{ effect: "deny", rights: ["read"], resource: "fs:/app/**", reason: "no", ...over }],
  });
  const files: Record<string, string> = {
    SCRIPT: workspace.file("good.json", GOOD),
    "NOT-JSON": workspace.file("broken.json", "{"),
    "NOT-SCRIPT": workspace.file("noscript.json", { turns: [{ calls: [{ args: {} }] }] }),
    "POLICY-ALLOW": workspace.file("p1.json", rule({ effect: "allow" })),
    "POLICY-RIGHT": workspace.file("p2.json", rule({ rights: ["fly"] })),
    "POLICY-RESOURCE": workspace.file("p3.json", rule({ resource: "app" })),
    "POLICY-EXTRA": workspace.file("p4.json", { rule: [] }),
  };
  for (const folder of ["a/same", "b/same", "b/SAME"])
    mkdirSync(join(workspace.scratch, folder), { recursive: true });
  const before = process.cwd();
  process.chdir(workspace.folder);
  t.after(() => {
    process.chdir(before);
  });
  const wrong: string[] = [];
  for (const [typed, mentions] of BAD_USAGE) {
    const args = typed
      .split(" ")
      .filter(Boolean)
      .map((word) => files[word] ?? word);
    const reason = await refusalOf(args);
    if (!mentions.test(reason)) wrong.push(`${typed}: ${reason}`);
  }
  assert.deepEqual(wrong, []);
  assert.equal(existsSync(workspace.path(".agentlibos")), false);
  assert.equal(existsSync(workspace.home), false);
});

/** No key and no address of a provider, whoever runs the tests. */
const WITHOUT_MODELS = { ANTHROPIC_API_KEY: "", OPENAI_API_KEY: "", OPENAI_BASE_URL: "" };

const AT_THE_DOOR: readonly (readonly [typed: string, mentions: RegExp])[] = [
  ["", /no command[^]*agentlibos run/u],
  ["run --goal x --script SCRIPT --frobnicate", /frobnicate[^]*agentlibos run/u],
  ["run --goal x --script SCRIPT --grant nonsense", /"nonsense" is not a grant/u],
  ["run --goal x --script NOT-JSON", /malformed/u],
  ["run --goal x --model anthropic/x", /no API key for anthropic[^]*ANTHROPIC_API_KEY/u],
  ["run --goal x --model nobody/x", /no model provider for "nobody\/x"/u],
  ["run --goal x --model openai-compatible/x", /no model provider|base URL/u],
  ["answer", /no record/u],
  ["receipt", /no record/u],
  ["receipt x", /"x" is not a process number/u],
  ["resume", /no record/u],
  ["ps", /no record/u],
  ["audit", /no record/u],
  ["explain 2.0", /no record/u],
  ["verify", /no journal/u],
];

test("a refusal goes to the error output with exit code 2", async (t) => {
  const workspace = new Workspace(t);
  const files: Record<string, string> = {
    SCRIPT: workspace.file("s.json", GOOD),
    "NOT-JSON": workspace.file("b.json", "{"),
  };
  for (const [typed, mentions] of AT_THE_DOOR) {
    const { code, out, err } = await workspace.run(
      typed
        .split(" ")
        .filter(Boolean)
        .map((word) => files[word] ?? word),
      { env: WITHOUT_MODELS },
    );
    assert.deepEqual([code, out, mentions.test(err)], [2, "", true], `${typed}: ${err}`);
  }
  assert.equal(existsSync(workspace.path(".agentlibos")), false);
  assert.equal(existsSync(workspace.home), false);
});

test("help and version answer and exit with 0; the version is the package's", async (t) => {
  const workspace = new Workspace(t);
  const help = await workspace.run(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.out, /agentlibos run --goal/u);
  assert.equal((await workspace.run(["run", "--help"])).out, help.out);
  const version = await workspace.run(["--version"]);
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/u);
});

test("a call that is not on record is bad usage", async (t) => {
  const workspace = new Workspace(t);
  await workspace.agent(GOOD);
  const { code, err } = await workspace.run(["explain", "9.9.9"]);
  assert.equal(code, 2);
  assert.match(err, /no call 9\.9\.9/u);
});

test("a data folder that others can write to is refused, and nothing is made", async (t) => {
  const workspace = new Workspace(t);
  mkdirSync(workspace.home, { mode: 0o700 });
  chmodSync(workspace.home, 0o777);
  writeFileSync(join(workspace.home, "theirs"), "");
  const { code, err } = await workspace.run([
    "run",
    "--goal",
    "x",
    "--script",
    workspace.file("s.json", GOOD),
  ]);
  assert.equal(code, 3, err);
  assert.match(err, /other users/u);
  assert.equal(existsSync(workspace.path(".agentlibos")), false);
});
