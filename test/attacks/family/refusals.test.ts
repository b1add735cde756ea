// Attacks on a refusal: what a person refused is wished for again in other spellings, by children, and in floods.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_WAITING } from "../../../src/kernel/questions/questions.ts";
import { code, TestKernel } from "../../support/kernel.ts";
import { Attacker, type Order } from "../attacker.ts";
import { on } from "../scratch.ts";

const ASK = ["allow:read,list:fs:/app/**", "ask:write,delete:fs:/app/**", "ask:read:fs:/app/**"];
const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/coding"];

/** The same wish in every spelling that one root has. */
const spell = (app: string, path: string): string[] => [
  ...[path, `./${path}`, `app/${path}`, `app/./${path}`, `x/../${path}`],
  ...[`${app}/${path}`, `${app}/x/../${path}`],
];

for (const [name, tool, rest, path] of [
  ["a new file", "write_file", { content: "mine\n" }, "n.txt"],
  ["a file in a new folder", "write_file", { content: "mine\n" }, "deep/er/n.txt"],
  ["an edit", "edit_file", { old_text: "alpha", new_text: "beta" }, "src/a.txt"],
  ["a delete", "delete_file", {}, "src/a.txt"],
  ["a folder", "make_directory", {}, "made"],
  ["a read", "read_file", {}, "src/a.txt"],
] as const)
  test(`Q12: ${name} that was refused is refused in every spelling and to every child, and asked once`, () =>
    on(async (scratch) => {
      const attacker = await Attacker.open(scratch, { grants: ASK, answer: "no" });
      const calls: Order[] = spell(scratch.app, path).map((each) => ({
        tool,
        args: { path: each, ...rest },
      }));
      const turns = calls.map((call) => ({ calls: [call] }));
      const spawn = { tool: "spawn_agent", args: { goal: "x", grants: ASK } };
      const script = {
        turns: [{ calls: calls.slice(0, 1) }, { calls: [spawn, spawn, spawn] }, ...turns],
        children: [{ turns }, { turns }, { turns }],
      };
      const pid = attacker.launch(script, [...ASK, ...FAMILY]);
      await attacker.on.kernel.rest();
      for (const each of [pid, pid + 1, pid + 2, pid + 3])
        for (const { tool: by, code: came, args } of attacker.came(each))
          if (by === tool) assert.equal(came, "ECANCELED", JSON.stringify([each, args]));
      assert.equal(attacker.on.kernel.state.nextQuestion - 1, 1);
      await attacker.close();
    }));

test("Q12: a refused wish for a grant is not put again in another spelling or by a child, until a person speaks", async () => {
  const k = await TestKernel.open();
  const root = k.launch(["allow:spawn:process:/children", "allow:execute:image:/boxes"]);
  await k.call(root, "process.spawn", { goal: "part", grants: [] });
  const child = k.kernel.state.nextPid - 1;
  const wish = (pid: number, grant: string) =>
    k.call(pid, "capability.request", { grant, reason: String(pid) });
  const first = wish(child, "allow:read,write:fs:/app/a/**");
  await k.settle();
  k.answer({ allow: false });
  assert.equal(code(await first), "ECANCELED");
  const again = [root, child].flatMap((pid) =>
    ["allow:read,write:fs:/app/a/**", "allow:write,read:fs:/app/a/**;uses=1"].map((grant) =>
      wish(pid, grant),
    ),
  );
  await k.settle();
  assert.deepEqual(k.open, []);
  assert.deepEqual(
    (await Promise.all(again)).map(code),
    again.map(() => "ECANCELED"),
  );
  k.kernel.message(k.person, child, "Ask me again.");
  const last = wish(root, "allow:read,write:fs:/app/a/**");
  await k.settle();
  assert.equal(k.open.length, 1);
  k.answer();
  assert.equal(code(await last), "ok");
});

test("Q12: what differs in content or in place is another wish", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["ask:write:fs:/app/**"]);
  for (const [i, args] of [
    { at: "fs:/app/a", content: "one" },
    { at: "fs:/app/a", content: "two" },
    { at: "fs:/app/b", content: "one" },
  ].entries()) {
    const write = k.call(pid, "box.write", args);
    await k.settle();
    assert.equal(k.of("question.open").length, i + 1);
    k.answer({ allow: false });
    assert.equal(code(await write), "ECANCELED");
  }
});

test("the requests of a family that wait at once are bounded, children's included, and one change set counts once", async () => {
  const k = await TestKernel.open();
  const grants = ["allow:spawn:process:/children", "allow:execute:image:/boxes", "ask:write,read:fs:/app/**"];
  const root = k.launch(grants);
  await k.call(root, "process.spawn", { goal: "part", grants: ["ask:read,write:fs:/app/**"] });
  const child = k.kernel.state.nextPid - 1;
  const other = k.launch(["ask:write:fs:/app/**"]);
  const ends: string[] = [];
  const note = (call: ReturnType<typeof k.call>): void => void call.then((end) => ends.push(code(end)));
  // A hundred writes of one turn are one row for a person.
  for (let i = 0; i < 100; i++)
    note(k.call(root, "box.write", { at: `fs:/app/w${i}`, content: "x" }, { id: `0.${i}` }));
  await k.settle();
  assert.equal(k.open.length, 100);
  for (let i = 0; i < 400; i++)
    note(k.call(i % 2 === 0 ? root : child, "capability.request", { grant: `allow:read:fs:/lib/r${i}` }));
  await k.settle();
  assert.equal(k.open.length, 100 + MAX_WAITING - 1);
  assert.deepEqual([ends.length, new Set(ends)], [400 - MAX_WAITING + 1, new Set(["EBUSY"])]);
  note(k.call(other, "box.write", { at: "fs:/app/o", content: "x" }));
  await k.settle();
  assert.equal(k.open.length, 100 + MAX_WAITING, "another family is not concerned");
});
