// Attacks that need more than calls: on the data folder, the rule files, answers, restarts, budgets and families.
import assert from "node:assert/strict";
import { chmodSync, chownSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { printCap } from "../../src/abi/capability.ts";
import { isFault } from "../../src/abi/errors.ts";
import type { AnyRecord } from "../../src/abi/record.ts";
import { launchSources } from "../support/images.ts";
import { kinds } from "../harness/kinds.ts";
import { readCommandLine, UsageError } from "../../src/cli/arguments.ts";
import { readLaunch } from "../../src/cli/launch.ts";
import { grantsOf } from "../../src/kernel/questions/kinds.ts";
import { questionText, questionView } from "../../src/views/questions/question.ts";
import { english } from "../../src/views/words/translate.ts";
import { ALL, on, Scratch } from "./scratch.ts";
import { Attacker, type Order } from "./attacker.ts";

/** The one open question of an attacker. */
function asked(attacker: Attacker): Extract<AnyRecord, { kind: "question.open" }>["data"] {
  const open = [...attacker.on.kernel.state.questions.values()].filter((q) => q.outcome === undefined);
  assert.equal(open.length, 1);
  assert.ok(open[0]);
  return open[0].question;
}

const C8: readonly (readonly [title: string, (scratch: Scratch) => void])[] = [
  ["may be written by everybody", (g) => chmodSync(g.home, 0o777)],
  ["may be replaced by everybody", (g) => chmodSync(g.root, 0o777)],
  ...(process.getuid?.() === 0
    ? ([["belongs to somebody else", (g: Scratch) => chownSync(g.home, 12345, 12345)]] as const)
    : []),
  [
    "is a link to nothing",
    (g) => {
      renameSync(g.home, `${g.home}-away`);
      symlinkSync("nothing", g.home);
    },
  ],
];
for (const [title, prepare] of C8) {
  test(`C8: a data folder that ${title} is refused before anything is written`, () =>
    on(async (scratch) => {
      prepare(scratch);
      const before = scratch.picture();
      await assert.rejects(Attacker.open(scratch, { grants: ALL }), /data folder/u);
      assert.deepEqual(Scratch.changes(before, scratch.picture(), []), []);
    }));
}

for (const to of ["outside", "../outside", "outside/new"]) {
  test(`C8: a record folder that is a link to ${to} is not written through`, () =>
    on(async (scratch) => {
      symlinkSync(`../${to}`, scratch.at("app/.agentlibos"));
      const before = scratch.picture();
      await assert.rejects(Attacker.open(scratch, { grants: ALL }));
      const changed = Scratch.changes(before, scratch.picture(), []);
      assert.deepEqual(
        changed.filter((c) => !c.startsWith("home")),
        [],
      );
    }));
}

const RULE = { effect: "deny", rights: ["write"], resource: "fs:/app/**", reason: "x" };
const E4: readonly (readonly [title: string, text: string])[] = [
  ["is empty", ""],
  ["is cut", '{"rules":[{"effect":"deny"'],
  ["is a list", JSON.stringify([RULE])],
  ["has no rules", "{}"],
  ["has an allow", JSON.stringify({ rules: [{ ...RULE, effect: "allow" }] })],
  ["has an unknown right", JSON.stringify({ rules: [{ ...RULE, rights: ["writes"] }] })],
  ["has a right of another kind", JSON.stringify({ rules: [{ ...RULE, rights: ["execute"] }] })],
  ["names no right", JSON.stringify({ rules: [{ ...RULE, rights: [] }] })],
  ["has a star in a name", JSON.stringify({ rules: [{ ...RULE, resource: "fs:/app/*.ts" }] })],
  ["climbs", JSON.stringify({ rules: [{ ...RULE, resource: "fs:/app/../x" }] })],
  ["is relative", JSON.stringify({ rules: [{ ...RULE, resource: "fs:app/**" }] })],
  ["has no kind", JSON.stringify({ rules: [{ ...RULE, resource: "/app/**" }] })],
  ["has a stray percent", JSON.stringify({ rules: [{ ...RULE, resource: "fs:/app/%41/**" }] })],
  ["has one more key", JSON.stringify({ rules: [{ ...RULE, until: "2030" }] })],
  ["has one bad rule behind a good one", JSON.stringify({ rules: [RULE, { ...RULE, effect: "Deny" }] })],
];
for (const [title, text] of E4) {
  test(`E4: a policy file that ${title} refuses the whole launch`, () =>
    on(async (scratch) => {
      const policy = scratch.at("policy.json");
      writeFileSync(policy, text);
      const typed = readCommandLine(
        ["run", "--goal", "x", "--model", "a/b", "--workspace", scratch.app, "--policy", policy],
        kinds,
      );
      assert.ok(typed.name === "run");
      await assert.rejects(readLaunch(typed.workspaces, typed.order, launchSources), UsageError);
    }));
}

test("G1: padding, invisible and bidirectional characters are shown as what they are, in full (P34)", () =>
  on(async (scratch) => {
    const attacker = await Attacker.open(scratch, { grants: ALL, answer: "open" });
    const path = ".vscode/\u202egnp.exe\u200b\u2066 x";
    const content = `safe\n${"\t".repeat(200)}\u200b\u202edne${" ".repeat(300)}rm\n`;
    attacker.launch({ turns: [{ calls: [{ tool: "write_file", args: { path, content } }] }] }, ALL);
    await attacker.on.kernel.rest();
    const { kernel, person } = attacker.on;
    const question = asked(attacker);
    const view = questionView(english, kernel, question, kernel.previewOf(question), person, true);
    const text = questionText(english, view);
    assert.doesNotMatch(text, /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\t\r]/u);
    assert.match(text, /rm/u);
    assert.match(text, /202e/iu);
    assert.ok(view.length !== "" && text.includes(view.length));
    assert.deepEqual(
      view.offers.map((o) => o.scope),
      ["once"],
    );
    await attacker.close();
  }));

test("G2: what was not shown whole is offered for this one call only (P34)", () =>
  on(async (scratch) => {
    const attacker = await Attacker.open(scratch, { grants: ALL, answer: "open" });
    const content = Array.from({ length: 2000 }, (_, i) => `line ${i}`).join("\n");
    const held = ["allow:read,list:fs:/app/**", "ask:write:fs:/app/**"];
    attacker.launch(
      { turns: [{ calls: [{ tool: "write_file", args: { path: "new.txt", content } }] }] },
      held,
    );
    await attacker.on.kernel.rest();
    const { kernel, person } = attacker.on;
    const question = asked(attacker);
    const scopes = (all: boolean): string[] =>
      questionView(english, kernel, question, kernel.previewOf(question), person, all).offers.map(
        (o) => o.scope,
      );
    assert.deepEqual([scopes(false), scopes(true)], [["once"], ["once", "agent", "workspace"]]);
    await attacker.close();
  }));

const G3: readonly (readonly [grants: string[], call: Order])[] = [
  [["ask:write:fs:/app/**"], { tool: "write_file", args: { path: "new.txt", content: "x" } }],
  [["allow:write:fs:/app/**"], { tool: "write_file", args: { path: "package.json", content: "{}" } }],
  [["allow:read:fs:/app/**"], { tool: "read_file", args: { path: ".env" } }],
  [["ask:read,delete,write:fs:/app/**"], { tool: "move_file", args: { from: "src/a.txt", to: "src/c.txt" } }],
  [[], { tool: "request_capability", args: { grant: "allow:read,write:fs:/app/src/**;uses=3" } }],
];
for (const [grants, call] of G3) {
  for (const scope of ["once", "agent", "workspace"] as const) {
    test(`G3: the stored grant is the one that was shown: ${call.tool}, ${grants.join(" ")}, ${scope}`, () =>
      on(async (scratch) => {
        const attacker = await Attacker.open(scratch, { grants, answer: "open" });
        attacker.launch({ turns: [{ calls: [call] }] }, grants);
        await attacker.on.kernel.rest();
        const { kernel, person } = attacker.on;
        const question = asked(attacker);
        const given = { allow: true, scope };
        const shown = grantsOf(kernel, question, given, person.as);
        assert.ok(!isFault(shown));
        const before = attacker.on.records().length;
        const answered = kernel.answer(person, question.id, given);
        if (isFault(answered)) {
          // Counted uses are for one agent: then nothing was minted at all.
          assert.equal(scope, "workspace");
          assert.equal(attacker.on.records().length, before);
          kernel.answer(person, question.id, { allow: false, scope: "once" });
          return await attacker.close();
        }
        const minted = attacker.on
          .records()
          .slice(before)
          .flatMap((r) => (r.kind === "capability.mint" ? [r.data.capability] : []));
        const texts = shown.map((g) => printCap(g));
        const close = attacker.on.records().find((r) => r.kind === "question.close");
        assert.ok(close?.kind === "question.close");
        assert.deepEqual(new Set(minted.map((m) => printCap(m))), new Set(texts));
        assert.equal(close.data.answer?.grant, texts.join(" "));
        for (const m of minted)
          assert.equal(
            shown.some((g) => g.boundTo === m.boundTo),
            true,
          );
        await kernel.rest();
        await attacker.close();
      }));
  }
}

test("I2: an approval that waits still waits after a restart, and its answer then works once", () =>
  on(async (scratch) => {
    const first = await Attacker.open(scratch, { grants: ALL, answer: "open" });
    const script = {
      turns: [
        { calls: [{ tool: "write_file", args: { path: ".envrc", content: "x\n" } }] },
        { text: "done" },
      ],
    };
    const pid = first.launch(script, ALL);
    await first.on.kernel.rest();
    const before = asked(first);
    const picture = scratch.places();
    await first.close();
    const second = await Attacker.open(scratch, { grants: ALL, answer: "open" }, "write");
    assert.deepEqual(asked(second), before);
    second.on.kernel.resumeAll();
    await second.on.kernel.rest();
    assert.equal(asked(second).id, before.id);
    assert.equal(scratch.places(), picture);
    const { kernel, person } = second.on;
    assert.ok(kernel.answer(person, before.id, { allow: true, scope: "once" }).ok);
    assert.equal(kernel.answer(person, before.id, { allow: true, scope: "once" }).ok, false);
    await kernel.rest();
    assert.deepEqual(
      second.came(pid).map((c) => [c.decision, c.code]),
      [["approved", "ok"]],
    );
    assert.notEqual(scratch.places(), picture);
    await second.close();
  }));
