// Attacks on policy files on the disk (E4, K3): malformed files stop everything, and no agent talks past a good one.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Scratch } from "./scratch.ts";
import { Attacker, type Order } from "./attacker.ts";

const ALL = ["allow:read,list,write,delete:fs:/app/**"];
const DENY = { effect: "deny", rights: ["write", "delete"], resource: "fs:/app/src/**", reason: "frozen" };
const policy = (...rules: object[]): string => JSON.stringify({ rules }, null, 1);
const write = (path: string): Order => ({ tool: "write_file", args: { path, content: "x" } });

function grounds(t: TestContext): { scratch: Scratch; user: string; workspace: string } {
  const scratch = new Scratch();
  t.after(() => rmSync(scratch.root, { recursive: true, force: true }));
  mkdirSync(join(scratch.app, ".agentlibos"), { recursive: true });
  const workspace = join(scratch.app, ".agentlibos/policy.json");
  return { scratch, user: join(scratch.home, "policy.json"), workspace };
}

async function until(what: string, test: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !test(); i++) await sleep(50);
  assert.ok(test(), what);
}

for (const from of ["user", "workspace"] as const) {
  test(`K3: grants, a person's answers and a child do not get past a rule of the ${from}'s file`, async (t) => {
    const { scratch, ...files } = grounds(t);
    writeFileSync(files[from], policy(DENY));
    const play = { grants: ["allow:write:fs:/app/src/a.txt", ...ALL], answer: "workspace" as const };
    const attacker = await Attacker.open(scratch, play);
    for (const child of [false, true]) {
      const orders = [
        ...["src/a.txt", "src/new", "SRC/a.txt", "src/deep/../a.txt"].map(write),
        { tool: "delete_file", args: { path: "src/a.txt" } },
        { tool: "move_file", args: { from: "plain.txt", to: "src/plain.txt" } },
        { tool: "request_capability", args: { capability: "allow:write:fs:/app/src/**", reason: "please" } },
        write(".agentlibos/policy.json"),
        { tool: "delete_file", args: { path: ".agentlibos/policy.json" } },
      ];
      const came = await attacker.calls(orders, play, { child });
      assert.deepEqual(
        came.map((c) => c.outcome === "ok"),
        orders.map(() => false),
        JSON.stringify(came),
      );
    }
    const rules = attacker.on.kernel.state.policy;
    assert.deepEqual(
      rules.map((r) => r.source),
      [{ from, file: files[from], line: 3 }],
    );
    await attacker.close();
  });

  test(`E4: while the ${from}'s file is malformed nothing is started, and the record is only looked at`, async (t) => {
    const { scratch, ...files } = grounds(t);
    await (await Attacker.open(scratch, { grants: ALL })).close();
    writeFileSync(files[from], policy(DENY).slice(0, -1));
    await assert.rejects(Attacker.open(scratch, { grants: ALL }, "write"), /read-only/u);
  });

  test(`E4: when the ${from}'s file becomes malformed everybody pauses, and a good one holds at once`, async (t) => {
    const { scratch, ...files } = grounds(t);
    const attacker = await Attacker.open(scratch, { grants: ALL, answer: "open" });
    const { kernel, person } = attacker.on;
    const orders = [write("plain.txt"), { tool: "ask_human", args: { question: "go on?" } }];
    const turns = [
      { calls: orders },
      { calls: [write("src/late.txt"), write("free.txt")] },
      { text: "done" },
    ];
    const pid = attacker.launch({ turns }, ALL);
    await kernel.rest();
    writeFileSync(files[from], '{ "rules": [');
    await until("a pause", () => kernel.state.processes.get(pid)?.life.paused === true);
    assert.match(kernel.state.policyProblem ?? "", /policy\.json:1:13: it is no JSON/u);
    assert.equal(kernel.signal(person, pid, "resume", "go on")?.code, "EACCES");

    writeFileSync(files[from], policy(DENY));
    await until("the rule", () => kernel.state.policy.length === 1);
    assert.equal(kernel.state.policyProblem, undefined);
    kernel.signal(person, pid, "resume", "go on");
    const question = [...kernel.state.questions.values()].find((q) => q.outcome === undefined)?.question.id;
    kernel.answer(person, question ?? "", { allow: true, scope: "once", text: "yes" });
    await until("both writes", () => attacker.came(pid).filter((c) => c.code !== "unknown").length === 4);
    assert.deepEqual(
      attacker.came(pid).map((c) => c.code),
      ["ok", "ok", "EACCES", "ok"],
    );
    await attacker.close();
  });
}

test("E4: a rule that the record would keep a part of out stops everything, for it would bind nobody", async (t) => {
  const { scratch, user } = grounds(t);
  await (await Attacker.open(scratch, { grants: ALL })).close();
  const resource = "fs:/app/ghp_0123456789abcdef0123456789abcdef0123";
  writeFileSync(user, policy({ ...DENY, resource }));
  await assert.rejects(Attacker.open(scratch, { grants: ALL }, "write"), /read-only/u);
});
