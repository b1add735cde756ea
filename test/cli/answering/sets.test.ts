// A change set in the terminal: what one call changed is asked about once, with its texts, and answered with one line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Answering } from "../../../src/cli/answering.ts";
import { askPerson } from "../../../src/cli/prompt.ts";
import { askPersonForSet } from "../../../src/cli/prompt-set.ts";
import { TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";
import { atOnce, Nest, nestPrimitive, NESTS, type Part } from "../../support/nest.ts";

const ASKS = "ask:write,delete:fs:/app/**";
const write = (at: string, content: string): Part => ({
  op: "box.write",
  args: { at: `fs:/app/${at}`, content },
});

/** An agent whose one call makes these calls at once; the lines are typed one after the other. */
async function typed(parts: readonly Part[], lines: readonly string[]) {
  const nest = new Nest();
  nest.body = atOnce;
  const k = await TestKernel.open({
    model: turns({ 2: [[["run_nest", { calls: parts }]], "done"] }),
    more: () => [nestPrimitive(nest)],
    images: new Map([["nests", NESTS]]),
  });
  const shown: string[] = [];
  const left = [...lines];
  const readLine = async (text: string, prompt: string): Promise<string | undefined> => {
    shown.push(`${text}${prompt}`);
    return left.shift();
  };
  const { kernel, person, launcher } = k;
  const answering = new Answering({
    ...{ kernel, person, launcher, roots: [2] },
    prompt: (asked) => askPerson(kernel, asked, person, readLine),
    promptSet: (place, members) => askPersonForSet(kernel, place, members, person, readLine),
    refused: ({ message }) => assert.fail(message),
  });
  k.launch([ASKS], { image: NESTS, launch: { answer: "ask", interactive: false } });
  await answering.untilRest();
  const ends = k.of("call.end").filter((e) => e.data.op.startsWith("box."));
  const came = ends.map((e) => `${e.call} ${e.data.decision}`).sort();
  return { k, shown, came, left };
}

test("all of it is shown once, and one key allows it", async () => {
  const { shown, came } = await typed([write("a.txt", "one\n"), write("b.txt", "two\n")], ["y"]);
  assert.equal(shown.length, 1);
  assert.match(
    shown[0] ?? "",
    /^\nAgent 2 [^\n]*\nChanges of agent 2, turn 1, call 1 \(2 files\):\nMade by call 2\.0\.0 \(run_nest\)\n {2}[^\n]*a\.txt\n {4}\| [^\n]*one[^]*b\.txt\n {4}\| [^\n]*two\n\(y\) allow all of it once, \(e\) ask for each, \(n\) no: $/u,
  );
  assert.deepEqual(came, ["2.0.0.1 approved", "2.0.0.2 approved"]);
});

test("n denies all of it, and a line that means nothing asks again", async () => {
  const { shown, came } = await typed([write("a.txt", "one"), write("b.txt", "two")], ["", "yes", "N"]);
  assert.equal(shown.length, 3);
  assert.deepEqual(came, ["2.0.0.1 refused", "2.0.0.2 refused"]);
});

test("e asks for each, and a single change is asked about by itself", async () => {
  const each = await typed([write("a.txt", "one"), write("b.txt", "two")], ["e", "y", "n"]);
  assert.equal(each.shown.length, 3);
  assert.deepEqual(each.came, ["2.0.0.1 approved", "2.0.0.2 refused"]);
  const single = await typed([write("a.txt", "one")], ["y"]);
  assert.doesNotMatch(single.shown[0] ?? "", /Changes of agent/u);
  assert.deepEqual(single.came, ["2.0.0.1 approved"]);
});

test("what is long is allowed only after it was shown", async () => {
  const long = "line\n".repeat(150);
  const { shown, came } = await typed([write("a.txt", long), write("b.txt", long)], ["y", "s", "y"]);
  assert.match(
    shown[0] ?? "",
    /the changes themselves were not shown\n\(s\) show all of it, then allow it, \(e\)/u,
  );
  assert.doesNotMatch(shown[0] ?? "", /\(y\)/u);
  assert.equal(shown[1], "(s) show all of it, then allow it, (e) ask for each, (n) no: ");
  assert.ok((shown[2] ?? "").split("\n").length > 300);
  assert.deepEqual(came, ["2.0.0.1 approved", "2.0.0.2 approved"]);
});

test("without an answer the changes stay open", async () => {
  const { k, came } = await typed([write("a.txt", "one"), write("b.txt", "two")], []);
  assert.deepEqual([came, k.open.length], [[], 2]);
});

test("what is removed is asked about by itself, unless the whole set is named", async () => {
  const gone: Part = { op: "box.delete", args: { at: "fs:/app/old.txt" } };
  const some = await typed([write("a.txt", "one"), gone, write("b.txt", "two")], ["y", "n"]);
  assert.match(
    some.shown[0] ?? "",
    /3 files[^]*old\.txt[^]*a\.txt[^]*\(y\) allow all but what is removed, \(yes 2\.0\.0\)/u,
  );
  assert.deepEqual(some.came, ["2.0.0.1 approved", "2.0.0.2 refused", "2.0.0.3 approved"]);
  const all = await typed([write("a.txt", "one"), gone], ["yes 2.0.0"]);
  assert.deepEqual(all.came, ["2.0.0.1 approved", "2.0.0.2 approved"]);
});
