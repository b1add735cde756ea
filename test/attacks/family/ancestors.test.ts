// Attacks on what binds a family: a child tries to get past the asks and denies of everybody above it, by any source.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseCap } from "../../../src/abi/capability.ts";
import { isFault } from "../../../src/abi/errors.ts";
import { authorityText, grantsForFork } from "../../../src/views/agents/authority.ts";
import { questionView } from "../../../src/views/questions/question.ts";
import { english } from "../../../src/views/words/translate.ts";
import { code, TestKernel } from "../../support/kernel.ts";
import { kinds } from "../../harness/kinds.ts";

const BEARS = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];
const TREE = "allow:read,write,delete:fs:/app/**";
const DENY = "deny:read,write,delete:fs:/app/private/**";
const ASK = "ask:write:fs:/app/prod/**";
const SECRET = { at: "fs:/app/private/x", content: "x" };
const PROD = { at: "fs:/app/prod/x", content: "x" };

/** A root agent with limits, its child, and the child's child; the descendants hold nothing but the right to bear. */
async function family(limits: readonly string[], grants = [TREE], policy = {}) {
  const k = await TestKernel.open(policy);
  const root = k.launch([...BEARS, ...grants, ...limits]);
  const bear = async (parent: number, more: readonly string[] = []): Promise<number> => {
    const born = await k.call(parent, "process.spawn", { goal: "part", grants: [...BEARS, ...more] });
    assert.equal(code(born), "ok", JSON.stringify(born));
    return k.kernel.state.nextPid - 1;
  };
  const child = await bear(root);
  const grandchild = await bear(child);
  const give = (pid: number, text: string): void => void k.kernel.give(k.person, pid, parsed(text));
  return { k, root, child, grandchild, bear, give };
}

suite("Q3: a deny of any ancestor binds, whatever gives the authority", () => {
  for (const grant of [
    "allow:read:fs:/app/private/x",
    "allow:write:fs:/app/private/**",
    "allow:write:fs:/app/**",
    "allow:write:fs:/app/PRIVATE/x",
    "allow:delete:fs:/**",
  ])
    test(`a request for ${grant} is refused, and nobody is asked`, async () => {
      const { k, child, grandchild } = await family([DENY]);
      for (const pid of [child, grandchild]) {
        const result = await k.call(pid, "capability.request", { grant });
        assert.equal(code(result), "EACCES");
        assert.match(JSON.stringify(result), /deny cap\d+ of process 2/);
      }
      assert.deepEqual(k.of("question.open"), []);
    });

  test("an allow that a person gives, for the agent or for all of the workspace", async () => {
    const { k, child, grandchild, give } = await family([DENY]);
    for (const pid of [1, child, grandchild]) give(pid, TREE);
    for (const pid of [child, grandchild]) {
      assert.equal(code(await k.call(pid, "box.write", SECRET)), "EACCES");
      assert.equal(code(await k.call(pid, "box.write", { ...SECRET, at: "fs:/app/open/x" })), "ok");
    }
  });

  test("an allow from an agent of another family, and one that is handed on", async () => {
    const { k, child, grandchild } = await family([DENY]);
    const other = k.launch([TREE, `allow:message:process:/${child}`]);
    assert.equal(code(await k.call(other, "capability.delegate", { pid: child, grants: [TREE] })), "ok");
    assert.equal(code(await k.call(child, "box.write", SECRET)), "EACCES");
    assert.equal(code(await k.call(child, "capability.delegate", { pid: grandchild, grants: [TREE] })), "ok");
    assert.equal(code(await k.call(grandchild, "box.write", SECRET)), "EACCES");
  });

  test("a deny that comes later, and one of an ancestor that has ended", async () => {
    const { k, root, child, grandchild, give } = await family([]);
    for (const pid of [child, grandchild]) give(pid, TREE);
    assert.equal(code(await k.call(grandchild, "box.write", SECRET)), "ok");
    give(child, DENY);
    assert.equal(code(await k.call(grandchild, "box.write", SECRET)), "EACCES");
    assert.equal(code(await k.call(root, "box.write", SECRET)), "ok", "it binds those below");
    await k.call(child, "process.exit", { result: "done" });
    assert.equal(k.process(child).life.ended, "finished");
    assert.equal(code(await k.call(grandchild, "box.write", SECRET)), "EACCES");
  });

  test("an agent outside the family gets the limits of all above the giver along", async () => {
    const { k, child, grandchild, give } = await family([DENY]);
    give(grandchild, TREE);
    const other = k.launch([]);
    give(grandchild, `allow:message:process:/${other}`);
    assert.equal(code(await k.call(grandchild, "capability.delegate", { pid: other, grants: [TREE] })), "ok");
    assert.equal(code(await k.call(other, "box.write", SECRET)), "EACCES");
    assert.equal(code(await k.call(other, "box.write", { ...SECRET, at: "fs:/app/open/x" })), "ok");
    assert.equal(code(await k.call(child, "box.write", SECRET)), "EACCES");
  });

  test("a fork of an ended child, offered to a person with what bound it", async () => {
    const { k, child, give } = await family([DENY, ASK]);
    give(child, TREE);
    await k.call(child, "process.exit", { result: "done" });
    const { state } = k.kernel;
    const offered = grantsForFork(state, child, k.kernel.now());
    const denied = offered.filter((g) => g.effect === "deny").map((g) => g.resource);
    const asked = offered.filter((g) => g.effect === "ask").map((g) => g.resource);
    assert.deepEqual([denied, asked], [["fs:/app/private/**"], ["fs:/app/prod/**"]]);
  });
});

suite("Q3: an ask of any ancestor asks, and the question says whose it is", () => {
  test("a child that holds the allow is asked as its parent would be", async () => {
    const { k, child, grandchild, give } = await family([ASK]);
    for (const pid of [child, grandchild]) give(pid, TREE);
    const write = k.call(grandchild, "box.write", PROD);
    await k.settle();
    assert.match(
      k.question.asks.map((a) => a.reason).join(),
      /^cap\d+ of process 2 says ask for fs:\/app\/prod/,
    );
    k.answer({ scope: "agent" });
    assert.equal(code(await write), "ok");
    const again = k.call(child, "box.write", PROD);
    await k.settle();
    assert.equal(k.open.length, 1, "an answer for one agent is not one for its parent");
    k.answer({ allow: false });
    assert.equal(code(await again), "ECANCELED");
  });

  test("an ask above is no right to ask: who holds nothing gets ENOTCAPABLE", async () => {
    const { k, child } = await family([ASK]);
    assert.equal(code(await k.call(child, "box.write", PROD)), "ENOTCAPABLE");
    assert.deepEqual(k.open, []);
  });

  test("an ask that was passed on is put once, and its answer is enough", async () => {
    const { k, bear, root } = await family(["ask:write:fs:/app/**"], []);
    const child = await bear(root, ["ask:write:fs:/app/src/**"]);
    const write = k.call(child, "box.write", { at: "fs:/app/src/x", content: "x" });
    await k.settle();
    assert.equal(k.question.asks.length, 1);
    k.answer({ scope: "agent" });
    assert.equal(code(await write), "ok");
    assert.equal(code(await k.call(child, "box.write", { at: "fs:/app/src/x", content: "y" })), "ok");
  });
});

test("Q3: what binds from above is shown with a wish, in the agent's authority, and to the agent", async () => {
  const { k, child, grandchild } = await family([DENY, ASK], []);
  const wish = k.call(grandchild, "capability.request", { grant: "allow:write:fs:/app/**" });
  assert.equal(code(await wish), "EACCES");
  const narrow = k.call(grandchild, "capability.request", { grant: "allow:write:fs:/app/prod/**" });
  await k.settle();
  const { state } = k.kernel;
  const shown = questionView(english, k.kernel, k.question, undefined, k.person);
  assert.match(shown.reasons.join("\n"), /of process 2 says ask for fs:\/app\/prod/);
  k.answer({ allow: false });
  assert.equal(code(await narrow), "ECANCELED");
  k.kernel.revoke(
    k.person,
    state.capabilities.heldBy(2).find((h) => h.cap.effect === "deny")?.cap.id ?? "",
    "x",
  );
  const wide = k.call(child, "capability.request", { grant: "allow:write:fs:/app/**" });
  await k.settle();
  const notes = questionView(english, k.kernel, k.question, undefined, k.person).notes.join("\n");
  assert.match(notes, /It would still be asked for: .*prod/);
  k.answer({ allow: false });
  assert.equal(code(await wide), "ECANCELED");
  const text = authorityText(english, state, grandchild, k.kernel.now());
  assert.match(text, /Bound by those above it:\n +cap\d+ .*\n +ask:write:fs:\/app\/prod\/\*\*/);
  const listed = await k.call(grandchild, "capability.list");
  assert.match(JSON.stringify(listed), /"above":\[\{"id":"cap\d+","grant":"ask:write:fs:\/app\/prod/);
});

suite("Q13: an answer settles what was shown, and nothing else", () => {
  const policy = [
    { effect: "ask" as const, rights: ["write"], resource: "fs:/app/prod/**", reason: "production" },
  ];
  for (const [name, limits, setup] of [
    ["a rule", [], { policy }],
    ["an ask that the agent holds", [ASK], {}],
    ["an ask of its parent", [], {}],
  ] as const)
    test(`a wide permission leaves ${name} about a part of it as it is`, async () => {
      const { k, child } = await family(name === "an ask of its parent" ? [ASK] : [], [], setup);
      if (limits.length > 0) for (const text of limits) k.kernel.give(k.person, child, parsed(text));
      const wish = k.call(child, "capability.request", { grant: "allow:write:fs:/app/**" });
      await k.settle();
      assert.deepEqual(k.question.asks, []);
      k.answer({ scope: "agent" });
      assert.equal(code(await wish), "ok");
      assert.equal(code(await k.call(child, "box.write", { at: "fs:/app/src/x", content: "x" })), "ok");
      const write = k.call(child, "box.write", PROD);
      await k.settle();
      assert.equal(k.question.asks.length, 1);
      k.answer({ allow: false });
      assert.equal(code(await write), "ECANCELED");
    });

  test("an ask about all of it is shown with the wish, and its answer settles it", async () => {
    const { k, child } = await family([ASK], [], { policy });
    const wish = k.call(child, "capability.request", { grant: "allow:write:fs:/app/prod/a/**" });
    await k.settle();
    const reasons = k.question.asks.map((a) => a.reason);
    assert.match(reasons.join("; "), /^cap\d+ of process 2 says ask for fs:\/app\/prod\/\*\*; production$/);
    k.answer({ scope: "agent" });
    assert.equal(code(await wish), "ok");
    assert.equal(code(await k.call(child, "box.write", { at: "fs:/app/prod/a/x", content: "x" })), "ok");
  });

  test("a delete is asked each time, whatever was granted", async () => {
    const { k, child } = await family(["ask:delete:fs:/app/**"], []);
    k.world.files.set("fs:/app/x", "x");
    const wish = k.call(child, "capability.request", { grant: "allow:delete:fs:/app/**" });
    await k.settle();
    k.answer({ scope: "agent" });
    assert.equal(code(await wish), "ok");
    const gone = k.call(child, "box.delete", { at: "fs:/app/x" });
    await k.settle();
    assert.equal(k.question.asks[0]?.once, true);
    k.answer({ allow: false });
    assert.equal(code(await gone), "ECANCELED");
  });
});

function parsed(text: string) {
  const listed = parseCap(text, kinds);
  assert.ok(!isFault(listed));
  return listed;
}
