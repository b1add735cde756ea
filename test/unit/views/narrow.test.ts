// The narrow rule: it covers what was allowed several times and this, nothing beside it, and answers no class for anybody.
import type { Answer } from "../../../src/abi/question.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printCap } from "../../../src/abi/capability.ts";
import { covers, fsSegments } from "../../../src/abi/resource.ts";
import { readReply, promptLine } from "../../../src/cli/prompt.ts";
import { narrowRule, OFFERED_AFTER, type NarrowRule } from "../../../src/views/questions/narrow.ts";
import { questionView } from "../../../src/views/questions/question.ts";
import { english } from "../../../src/views/words/translate.ts";
import { code, TestKernel, type Setup } from "../../support/kernel.ts";
import { share } from "../../support/runs.ts";

const ASKS = ["allow:read,write,delete:fs:/app/**", "ask:write,delete:fs:/app/**"];

class Bed {
  readonly k: TestKernel;
  readonly pid: number;
  constructor(k: TestKernel, pid: number) {
    this.k = k;
    this.pid = pid;
  }
  static async open(grants = ASKS, setup: Setup = {}): Promise<Bed> {
    const k = await TestKernel.open(setup);
    return new Bed(k, k.launch(grants));
  }
  /** Asks to write a file and gives the answer; true when it had to be asked. */
  async write(name: string, answer: Partial<Answer> | undefined, pid = this.pid): Promise<boolean> {
    const call = this.k.call(pid, "box.write", {
      at: `fs:/app/${name}`,
      content: `${this.k.records.length}`,
    });
    await this.k.settle();
    const asked = this.k.open.length > 0;
    if (asked && answer !== undefined) this.k.answer(answer);
    if (answer !== undefined) await call;
    return asked;
  }
  /** What is offered for writing this file next; the question stays open. */
  async offered(name: string): Promise<NarrowRule | undefined> {
    assert.ok(await this.write(name, undefined), `${name} must be asked for`);
    return narrowRule(this.k.kernel.state, this.k.question, this.k.kernel.now());
  }
}

const text = (rule: NarrowRule | undefined): string => (rule === undefined ? "" : printCap(rule.grant));

const offers: [what: string, allowed: string[], next: string, offer: string][] = [
  ["files of one folder", ["src/a", "src/b", "src/c"], "src/d", "allow:write:fs:/app/src/**"],
  ["files below one folder", ["src/x/a", "src/y/b", "src/c"], "src/z/d", "allow:write:fs:/app/src/**"],
  ["the same file", ["src/a", "src/a", "src/a"], "src/a", "allow:write:fs:/app/src/a"],
  ["the same file at the top", ["a", "a", "a"], "a", "allow:write:fs:/app/a"],
  [
    "a folder among others",
    ["src/a", "doc/a", "src/b", "doc/b", "src/c"],
    "src/d",
    "allow:write:fs:/app/src/**",
  ],
  [
    "the inner folder only",
    ["src/x/a", "src/x/b", "src/x/c", "src/d"],
    "src/x/e",
    "allow:write:fs:/app/src/x/**",
  ],
  ["too few", ["src/a", "src/b"], "src/c", ""],
  ["another folder", ["src/x/a", "src/x/b", "src/x/c"], "src/y/a", ""],
  ["another file than always the same", ["src/a", "src/a", "src/a"], "src/b", ""],
  ["files at the top of a workspace folder", ["a", "b", "c"], "d", ""],
  ["folders with nothing but the workspace folder in common", ["x/a", "y/a", "z/a"], "v/a", ""],
  ["a look-alike folder", ["src/a", "src/b", "src/c"], "Src/d", ""],
  ["a folder of a longer name", ["src/a", "src/b", "src/c"], "src2/d", ""],
  ["an invisible character", ["src/a", "src/b", "src/c"], "s\u200brc/d", ""],
];
for (const [what, allowed, next, offer] of offers)
  test(`${what}: ${offer === "" ? "no offer" : "one offer"}`, async () => {
    const bed = await Bed.open();
    for (const name of allowed) await bed.write(name, {});
    assert.equal(text(await bed.offered(next)), offer);
  });

const never: [what: string, run: (bed: Bed) => Promise<void>, next?: string][] = [
  [
    "a person said no to part of it",
    (bed) => bed.write("src/secret", { allow: false }).then(() => undefined),
  ],
  [
    "a deny stands in it",
    async ({ k, pid }) => {
      const deny = { effect: "deny" as const, rights: ["write" as const], resource: "fs:/app/src/keep" };
      assert.ok(k.kernel.give(k.person, pid, deny).ok);
    },
  ],
  [
    "a rule denies part of it",
    async ({ k }) => {
      const rule = {
        effect: "deny" as const,
        rights: ["write"],
        resource: "fs:/app/SRC/keep/**",
        reason: "no",
      };
      assert.equal(k.kernel.setPolicy(k.person, [rule]), undefined);
    },
  ],
  [
    "a rule asks for part of it",
    async ({ k }) => {
      const rule = { effect: "ask" as const, rights: ["write"], resource: "fs:/app/src/keep", reason: "ask" };
      assert.equal(k.kernel.setPolicy(k.person, [rule]), undefined);
    },
  ],
  ["this is once-only", async () => undefined, "src/.vscode/settings.json"],
  ["this is a secret", async () => undefined, "src/.env"],
  ["this is a build file", async () => undefined, "src/package.json"],
];
for (const [what, run, next = "src/d"] of never)
  test(`no offer when ${what}`, async () => {
    const bed = await Bed.open();
    for (const name of ["src/a", "src/b", "src/c"]) await bed.write(name, {});
    await run(bed);
    assert.equal(text(await bed.offered(next)), "");
  });

test("what others were allowed, or a rule of the command line allowed, or what holds longer, is not counted", async () => {
  const bed = await Bed.open();
  const other = bed.k.launch(ASKS);
  for (const name of ["src/a", "src/b", "src/c"]) await bed.write(name, {}, other);
  for (const name of ["src/d", "src/e"]) await bed.write(name, { scope: "agent" });
  await bed.write("src/f", {});
  const call = bed.k.call(bed.pid, "box.write", { at: "fs:/app/src/g", content: "x" });
  await bed.k.settle();
  bed.k.kernel.answer(bed.k.launcher, bed.k.question.id, { allow: true, scope: "once" });
  await call;
  assert.equal(text(await bed.offered("src/h")), "");
});

test("deletes are never offered, however often one was allowed", async () => {
  const bed = await Bed.open();
  for (const name of ["a", "b", "c", "d"]) {
    bed.k.world.files.set(`fs:/app/src/${name}`, "x");
    const call = bed.k.call(bed.pid, "box.delete", { at: `fs:/app/src/${name}` });
    await bed.k.settle();
    assert.equal(narrowRule(bed.k.kernel.state, bed.k.question, bed.k.kernel.now()), undefined);
    bed.k.answer();
    await call;
  }
});

test("the offer is the first in the review, survives a reload, and stores its text when a person types r", async () => {
  const bed = await Bed.open();
  for (const name of ["src/a", "src/b", "src/c"]) await bed.write(name, {});
  const before = await bed.offered("src/d");
  const k = await bed.k.crash();
  const again = new Bed(k, bed.pid);
  assert.deepEqual(await again.offered("src/d"), before);
  const view = questionView(english, k.kernel, k.question, undefined, k.person);
  assert.match(view.offers[0]?.words ?? "", /You allowed this 3 times/u);
  assert.deepEqual(view.offers[0]?.stored, ["allow:write:fs:/app/src/**"]);
  assert.match(promptLine(view), /\(r\)/u);
  assert.equal(readReply(view, ""), "again", "Enter chooses nothing");
  const reply = readReply(view, "r");
  assert.ok(typeof reply === "object");
  assert.equal(code(k.answer(reply.answer)), "ok");
  assert.equal(k.of("question.close").at(-1)?.data.answer?.grant, "allow:write:fs:/app/src/**");
  assert.equal(await again.write("src/e", {}), false, "the next is not asked for");
  for (const asks of ["src/.env", "src/package.json", "src/x/.vscode/a", "doc/a"])
    assert.equal(await again.write(asks, { allow: false }), true, `${asks} is still asked for`);
});

test("whatever was allowed: the offer covers it and this, nothing outside their folder, no right that was not", async () => {
  const name = fc.constantFrom("a", "a", "b", "X");
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
  const answer = fc.constantFrom("yes", "yes", "yes", "yes", "yes", "no");
  const op = fc.constantFrom("write", "write", "write", "read");
  const said = fc.record({ path, answer, op });
  let made = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(said, { minLength: 4, maxLength: 9 }), path, async (all, next) => {
      const bed = await Bed.open(["allow:read,write:fs:/app/**", "ask:read,write:fs:/app/**"]);
      const yes: string[] = [];
      const no: string[] = [];
      for (const { path: at, answer, op } of all) {
        if (op === "write") {
          await bed.write(at, answer === "no" ? { allow: false } : {});
          (answer === "no" ? no : yes).push(`fs:/app/${at}`);
          continue;
        }
        const read = bed.k.call(bed.pid, "box.read", { at: `fs:/app/${at}` });
        await bed.k.settle();
        if (bed.k.open.length > 0) bed.k.answer();
        await read;
      }
      const rule = await bed.offered(next);
      if (rule === undefined) return;
      made += 1;
      const { grant, times } = rule;
      assert.equal(rule.text, printCap(grant));
      assert.deepEqual([grant.effect, grant.rights], ["allow", ["write"]]);
      assert.ok(covers(grant.resource, `fs:/app/${next}`));
      const covered = yes.filter((at) => covers(grant.resource, at));
      assert.equal(covered.length, times);
      assert.ok(times >= OFFERED_AFTER);
      assert.ok(fsSegments(grant.resource).length > 1, "never a whole workspace folder");
      // No tree that is smaller covers all that was counted: each folder inside misses one of them.
      const depth = fsSegments(grant.resource).length;
      const deeper = new Set(
        covered.map((at) =>
          fsSegments(at)
            .slice(0, depth + 1)
            .join("/"),
        ),
      );
      if (grant.resource.endsWith("/**")) assert.ok(deeper.size > 1);
      assert.ok(!no.some((at) => covers(grant.resource.toLowerCase(), at.toLowerCase())), "nothing denied");
      assert.equal(code(bed.k.answer({ scope: "agent", grant: printCap(grant) })), "ok");
    }),
    { numRuns: share(1000, 4) },
  );
  assert.ok(made > share(100, 20), `${made} offers were looked at`);
});
