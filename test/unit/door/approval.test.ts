// Approvals: what a yes covers, how long it holds, what no rule may answer, and how a no is remembered.
import type { Answer } from "../../../src/abi/question.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { code, TestKernel, type Setup } from "../../support/kernel.ts";

const ASKS = ["allow:read:fs:/app/**", "ask:write,delete:fs:/app/**"];
const FILE = "fs:/app/a.txt";

async function asking(grants = ASKS, setup: Setup = {}) {
  const k = await TestKernel.open(setup);
  const pid = k.launch(grants);
  k.world.files.set(FILE, "old");
  const write = (content: string, at = FILE) => k.call(pid, "box.write", { at, content });
  return { k, pid, write };
}

const effects = (k: TestKernel) => k.world.effects.map((e) => e.replace("fs:/app/", ""));

test("allow once does the one thing that was shown, and the same call asks again (P29)", async () => {
  const { k, write } = await asking();
  const first = write("new");
  await k.settle();
  assert.deepEqual(k.world.effects, [], "nothing happens before the answer");
  assert.equal(k.process(2).life.stops.approval, 1);
  const answered = k.answer();
  assert.ok(answered.ok);
  assert.equal(code(await first), "ok");
  assert.deepEqual(effects(k), ["write a.txt new"]);
  assert.equal(k.lastEnd.decision, "approved");
  const [id = ""] = answered.value.minted;
  const held = k.kernel.state.capabilities.get(id);
  assert.equal(held?.cap.uses, 1);
  assert.equal(held?.cap.resource, FILE);
  assert.equal(held?.left, 0, "the begin spent it");
  k.world.files.set(FILE, "old");
  const second = write("new");
  await k.settle();
  assert.equal(k.open.length, 1, "the very same call is asked for again");
  k.answer({ allow: false });
  assert.equal(code(await second), "ECANCELED");
  assert.equal(k.lastEnd.decision, "refused");
  assert.deepEqual(effects(k), ["write a.txt new"]);
});

test("an approval is bound to what was looked at: a changed file is stale and nothing is written (P74)", async () => {
  const { k, write } = await asking();
  const call = write("new");
  await k.settle();
  k.world.files.set(FILE, "changed by somebody else");
  k.answer();
  assert.equal(code(await call), "ESTALE");
  assert.deepEqual(k.world.effects, []);
  assert.equal(k.lastEnd.outcome, "not-run");
  const again = write("new");
  await k.settle();
  assert.equal(k.open.length, 1, "it is asked anew for what is there now");
  k.answer();
  assert.equal(code(await again), "ok");
});

test("an approval for one call does not fit another (P29, P74)", async () => {
  const { k, write } = await asking();
  const one = write("one");
  await k.settle();
  const other = write("other");
  await k.settle();
  const [first, second] = k.open;
  assert.ok(first && second);
  assert.notEqual(first.question.digest, second.question.digest);
  k.answer({}, first.question.id);
  assert.equal(code(await one), "ok");
  await k.settle();
  assert.equal(k.open.length, 1, "the other still waits");
  k.answer({ allow: false }, second.question.id);
  await other;
  assert.deepEqual(effects(k), ["write a.txt one"]);
});

test("what was refused is refused again without asking, until a person speaks to that agent", async () => {
  const { k, pid, write } = await asking();
  const first = write("new");
  await k.settle();
  k.answer({ allow: false, note: "not now" });
  const result = await first;
  assert.ok(!result.ok && result.message.includes("not now"), "the note reaches the agent");
  assert.equal(code(await write("new")), "ECANCELED");
  assert.equal(k.open.length, 0);
  assert.equal(k.of("question.open").length, 1);
  k.kernel.message(k.launcher, pid, "from no person");
  assert.equal(code(await write("new")), "ECANCELED");
  const other = write("something else");
  await k.settle();
  assert.equal(k.open.length, 1, "only what was refused is remembered");
  k.answer({ allow: false });
  await other;
  k.kernel.message(k.person, pid, "try again");
  const third = write("new");
  await k.settle();
  k.answer();
  assert.equal(code(await third), "ok");
});

test("an allow for this agent covers what was asked and nothing beside it", async () => {
  const { k, pid, write } = await asking();
  const first = write("one");
  await k.settle();
  k.answer({ scope: "agent" });
  assert.equal(code(await first), "ok");
  assert.equal(code(await write("two")), "ok", "later writes of the file are free");
  const beside = write("x", "fs:/app/b.txt");
  await k.settle();
  assert.equal(k.open.length, 1);
  k.answer({ scope: "agent", grant: "allow:write:fs:/app/sub/**" });
  assert.equal(k.open.length, 1, "a grant that does not cover the request is no answer");
  k.answer({ scope: "agent", grant: "allow:write:fs:/app/**;uses=2" });
  assert.equal(code(await beside), "ok");
  assert.equal(code(await write("y", "fs:/app/c.txt")), "ok");
  const counted = write("z", "fs:/app/d.txt");
  await k.settle();
  assert.equal(k.open.length, 1, "both uses are gone");
  k.answer({ allow: false });
  await counted;
  const removed = k.call(pid, "box.delete", { at: FILE });
  await k.settle();
  assert.equal(k.open.length, 1, "a write allowed is no delete allowed");
  k.answer({ scope: "agent" });
  assert.equal(code(await removed), "ok");
  k.world.files.set(FILE, "again");
  const again = k.call(pid, "box.delete", { at: FILE });
  await k.settle();
  assert.equal(k.open.length, 1, "deletes are asked for each time");
  k.answer({ allow: false });
  await again;
});

test("the text that is stored is the text of what is minted", async () => {
  const { k, write } = await asking();
  const given: Partial<Answer>[] = [
    {},
    { scope: "agent" },
    { scope: "workspace" },
    { scope: "agent", grant: "allow:write:fs:/app/**;until=2030-01-01T00:00:00Z" },
  ];
  for (const [i, answer] of given.entries()) {
    const at = `fs:/app/file${i}`;
    const call = write("x", at);
    await k.settle();
    const minted = k.answer(answer);
    assert.ok(minted.ok);
    await call;
    const close = k.of("question.close").at(-1);
    const caps = minted.value.minted.map((id) => k.kernel.state.capabilities.get(id)?.cap);
    for (const cap of caps) {
      const text = close?.data.answer?.grant ?? "";
      assert.ok(text.startsWith("allow:write:fs:/app/"), text);
      assert.ok(text.includes(cap?.resource ?? "?"), text);
      assert.equal(text.includes("uses=1"), cap?.uses === 1);
      assert.equal(text.includes("until="), cap?.until !== undefined);
    }
  }
});

test("an allow for the workspace holds for each agent that starts later, and one revoke ends it for all", async () => {
  const { k, write } = await asking();
  const first = write("one");
  await k.settle();
  const answered = k.answer({ scope: "workspace" });
  assert.ok(answered.ok);
  await first;
  const later = k.launch(ASKS);
  assert.equal(code(await k.call(later, "box.write", { at: FILE, content: "two" })), "ok");
  const strict = k.launch(["ask:write:fs:/app/a.txt"]);
  const stricter = k.call(strict, "box.write", { at: FILE, content: "three" });
  await k.settle();
  assert.equal(k.open.length, 1, "an ask that reads otherwise was not answered");
  k.answer({ allow: false });
  await stricter;
  k.kernel.revoke(k.person, answered.value.minted[0] ?? "", "enough");
  for (const pid of [2, later]) {
    const call = k.call(pid, "box.write", { at: FILE, content: "four" });
    await k.settle();
    assert.equal(k.open.length, 1, `process ${pid} must ask again`);
    k.answer({ allow: false });
    await call;
  }
});

test("counted uses cannot be given to a whole workspace", async () => {
  const { k, write } = await asking();
  const call = write("one");
  await k.settle();
  const before = k.records.length;
  assert.equal(code(k.answer({ scope: "workspace", grant: "allow:write:fs:/app/**;uses=3" })), "EINVAL");
  assert.equal(k.records.length, before);
  k.answer({ allow: false });
  await call;
});

/** Each file of a class with the right that it asks for, whether by launch grant, by a wider yes, or each time. */
const CLASSES: [
  what: string,
  at: string,
  op: "box.read" | "box.write" | "box.delete",
  once: boolean,
  secret: boolean,
][] = [
  ["editor settings", "fs:/app/.vscode/settings.json", "box.write", true, false],
  ["a workspace file", "fs:/app/x.code-workspace", "box.write", true, false],
  ["a git hook", "fs:/app/sub/.git/hooks/pre-commit", "box.write", true, false],
  ["agent instructions", "fs:/app/AGENTS.md", "box.write", true, false],
  ["a secret, written", "fs:/app/.env", "box.write", true, true],
  ["a secret, read", "fs:/app/.env.local", "box.read", true, true],
  ["a key, deleted", "fs:/app/id_rsa", "box.delete", true, true],
  ["a build file", "fs:/app/package.json", "box.write", false, false],
];

for (const [what, at, op, once, secret] of CLASSES) {
  test(`${what} asks whatever was granted at launch, and a yes for once is for once`, async () => {
    const wide = "allow:read,write,delete:fs:/app/**";
    const { k, pid } = await asking([wide, "allow:read,write,delete:fs:/app/b/**"]);
    k.world.files.set(at, "content");
    const call = () => k.call(pid, op, { at, ...(op === "box.read" ? {} : { content: "x" }) });
    const first = call();
    await k.settle();
    const { question } = k;
    const ofClass = question.asks.filter((a) => a.key.startsWith("class:"));
    assert.ok(ofClass.length > 0 && ofClass.every((a) => a.once === once));
    assert.equal(
      question.asks.some((a) => a.secret),
      secret,
    );
    if (op === "box.write") {
      assert.equal(k.kernel.previewOf(question)?.after, "x", "a person sees what would be written");
      assert.equal(question.preview?.after, secret ? undefined : "x", "the record holds no secret text");
    }
    assert.equal(
      code(k.kernel.answer(k.launcher, question.id, { allow: true, scope: "once" })),
      once ? "EACCES" : "ok",
    );
    if (once) k.answer({ scope: "workspace", grant: wide });
    assert.equal(code(await first), "ok");
    k.world.files.set(at, "content");
    const second = call();
    await k.settle();
    assert.equal(k.open.length, 1, "the next one asks again");
    k.answer({ allow: false });
    assert.equal(code(await second), "ECANCELED");
  });
}

test("a build file is answered by an allow on exactly its path, at launch or by a wide yes that adds it", async () => {
  const { k, pid, write } = await asking([...ASKS, "allow:write:fs:/app/Makefile"]);
  const launched = write("all:", "fs:/app/Makefile");
  await k.settle();
  assert.deepEqual(
    k.question.asks.map((a) => a.key.replace(/@.*/u, "")),
    ["cap2"],
    "only the held ask is open, the class is answered",
  );
  k.answer();
  assert.equal(code(await launched), "ok");
  const json = write("{}", "fs:/app/package.json");
  await k.settle();
  const minted = k.answer({ scope: "agent", grant: "allow:write:fs:/app/**" });
  assert.ok(minted.ok);
  assert.deepEqual(
    minted.value.minted.map((id) => k.kernel.state.capabilities.get(id)?.cap.resource),
    ["fs:/app/**", "fs:/app/package.json"],
  );
  assert.equal(code(await json), "ok");
  assert.equal(
    code(await write("{ }", "fs:/app/package.json")),
    "ok",
    "this build file is answered for this agent",
  );
  const other = k.call(pid, "box.write", { at: "fs:/app/tsconfig.json", content: "{}" });
  await k.settle();
  const waits = k.open.length;
  if (waits > 0) k.answer({ allow: false });
  assert.equal(code(await other), waits > 0 ? "ECANCELED" : "ok");
  const lock = write("{}", "fs:/app/package-lock.json");
  await k.settle();
  assert.equal(k.open.length, 1, "another build file asks");
  k.answer({ allow: false });
  await lock;
});
