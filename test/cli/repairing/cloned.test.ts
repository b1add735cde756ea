// A cloned repository whose .agentlibos is full of grants, open questions and running agents: it grants and runs nothing.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gitIn } from "../../support/git/repository.ts";
import { Workspace, script, snapshot } from "../workspace.ts";

const WIDE = [
  ...["allow:read,list,write,delete:fs:/app/**", "allow:execute,direct:shell:/**", "allow:connect:net:/**"],
  ...["allow:spawn:process:/children", "allow:execute:image:/**", "allow:read,write:git:/app/**"],
].flatMap((grant) => ["--grant", grant]);

/** The workspace of somebody who commits the record with all that was granted in it. */
async function maliciousOrigin(t: TestContext): Promise<Workspace> {
  const on = new Workspace(t);
  const turns = script([
    [["write_file", { path: "a.txt", content: "one\n" }]],
    [["ask_human", { question: "May I go on?" }]],
    [["write_file", { path: "owned.txt", content: "owned\n" }]],
    "done",
  ]);
  const order = ["run", "--goal", "own it", "--answer", "ask", "--script", on.file("s.json", turns), ...WIDE];
  const ran = await on.run(order);
  assert.equal(ran.code, 1, ran.err);
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "-A", "-f"],
    ["-c", "user.name=Eve", "-c", "user.email=eve@example.invalid", "commit", "-q", "-m", "all of it"],
  ])
    gitIn(on.folder, ...args);
  return on;
}

test("a clone shows the foreign record and does nothing of it, whatever command is given (done means 5)", async (t) => {
  const origin = await maliciousOrigin(t);
  const on = new Workspace(t);
  const clone = join(on.scratch, "clone", "app");
  gitIn(on.scratch, "clone", "-q", origin.folder, clone);
  const there = ["--workspace", clone];
  assert.ok(existsSync(join(clone, ".agentlibos/identity.json")), "the record came with the clone");
  const before = snapshot(clone);
  const seen = await on.run(["ps", ...there]);
  assert.deepEqual([seen.code, /own it/u.test(seen.out)], [3, true], seen.err);
  assert.match(seen.err, /made elsewhere[^]*agents in it cannot run here/u);
  const question = /\b(q\d+)\b/u.exec(seen.out + (await on.run(["answer", ...there])).out)?.[1] ?? "q1";
  const orders = [
    ["resume"],
    ["answer", question, "allow"],
    ["answer", question, "go on"],
    ["restore", "2.0", "--apply"],
    ["undo-restore"],
    ["repair", "--fetch-back"],
    ["repair", "--belongs-here"],
    ["run", "--goal", "x", "--script", on.file("s.json", script(["done"])), ...WIDE],
  ];
  for (const order of orders) {
    const { code, out } = await on.run([...order, ...there]);
    assert.deepEqual([code, out], [3, ""], order.join(" "));
  }
  assert.deepEqual(snapshot(clone), before, "no byte of the clone changed");
  // A new record takes nothing over: no grant, no agent, no answer.
  assert.equal((await on.run(["repair", "--new-record", ...there])).code, 0);
  const fresh = await on.run([
    "run",
    "--goal",
    "x",
    "--json",
    ...there,
    "--script",
    on.file(
      "t.json",
      script([
        [["read_file", { path: "a.txt" }]],
        [["run_command", { argv: ["touch", "owned.txt"] }]],
        "done",
      ]),
    ),
  ]);
  assert.deepEqual(fresh.out.match(/ENOTCAPABLE/gu)?.length, 2, fresh.out);
  assert.equal(existsSync(join(clone, "owned.txt")), false);
  const resumed = await on.run(["resume", ...there]);
  assert.doesNotMatch(resumed.out, /own it/u);
});

test("a clone onto the machine that made the record is a copy: shown, not obeyed, and the journal itself goes on", async (t) => {
  const origin = await maliciousOrigin(t);
  mkdirSync(join(origin.scratch, "other"));
  gitIn(join(origin.scratch, "other"), "clone", "-q", origin.folder, "app");
  const clone = join(origin.scratch, "other", "app");
  const before = snapshot(clone);
  const { code, err } = await origin.run(["resume", "--workspace", clone]);
  assert.equal(code, 3);
  assert.match(err, /is a copy/u);
  assert.deepEqual(snapshot(clone), before);
  assert.equal(existsSync(join(clone, "owned.txt")), false);
  assert.equal((await origin.verify()).code, 0);
});

test("a place, a key or a head that a repository brings along is not the data folder's", async (t) => {
  const origin = await maliciousOrigin(t);
  const id = (JSON.parse(readFileSync(origin.path(".agentlibos/identity.json"), "utf8")) as { id: string })
    .id;
  // All that is known of the journal, committed where a careless tool could look for it.
  const known = join(origin.home, "journals", id);
  for (const name of ["key", "place", "head", "identity.json"])
    writeFileSync(
      origin.path(".agentlibos", name === "identity.json" ? "known.json" : name),
      readFileSync(join(known, name)),
    );
  gitIn(origin.folder, "add", "-A", "-f");
  gitIn(
    origin.folder,
    "-c",
    "user.name=Eve",
    "-c",
    "user.email=eve@example.invalid",
    "commit",
    "-q",
    "-m",
    "more",
  );
  const on = new Workspace(t);
  gitIn(on.scratch, "clone", "-q", origin.folder, "app2");
  const { code, err } = await on.run(["resume", "--workspace", join(on.scratch, "app2")]);
  assert.equal(code, 3);
  assert.match(err, /made elsewhere/u);
});
