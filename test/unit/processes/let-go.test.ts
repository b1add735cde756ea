// Texts that the state lets go: an ended agent holds none, whoever goes on from it reads them back, and a lost line is named.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import { leftIn } from "../../../src/kernel/state/texts.ts";
import { fromRows, toRows } from "../../../src/kernel/state/snapshot/rows.ts";
import { Transcript } from "../../../src/views/record/transcript.ts";
import { english } from "../../../src/views/words/translate.ts";
import { kinds } from "../../harness/kinds.ts";
import { digests } from "../../support/journal.ts";
import { BOXES, TestKernel } from "../../support/kernel.ts";
import { turns, type Thinker } from "../../support/kernel/turns.ts";
import { plainState } from "../../support/plain.ts";

const LONG = "long words ".repeat(1000);

/** An agent that has read a long text, said another one, and ended. */
async function ended() {
  const heard: Record<number, string[][]> = {};
  const answers = turns({
    2: [[["read_box", { at: "fs:/app/a" }]], [["finish", { result: "read" }]]],
    3: ["I know."],
  });
  const model: Thinker = async (request, signal) => {
    (heard[request.pid] ??= []).push(request.messages.map((m) => ("text" in m ? m.text : m.content)));
    const answer = await answers(request, signal);
    return isFault(answer) || request.turn > 0 ? answer : { ...answer, text: `I say ${LONG}` };
  };
  const k = await TestKernel.open({ model });
  k.world.files.set("fs:/app/a", `a says ${LONG}`);
  k.launch(["allow:read,write:fs:/app/**"]);
  await k.kernel.rest();
  return { k, heard };
}

function fork(k: TestKernel): number {
  const born = k.kernel.launch(k.person, {
    ...{ image: BOXES, goal: "and now this", model: "test/one", grants: [], budget: {} },
    ...{ cwd: "fs:/app", launch: { interactive: false }, forkOf: 2 },
  });
  assert.ok(born.ok);
  return born.value.pid;
}

test("the state of an ended agent holds neither what it read nor what it said, and so do rows of it", async () => {
  const { k } = await ended();
  const { state } = k.kernel;
  assert.equal(leftIn(k.process(2).conversation[1] ?? { role: "user", text: "", by: "" }).length, 2);
  const rows = JSON.stringify(toRows(state));
  assert.ok(!rows.includes("long words"), "the rows hold a text");
  assert.ok(!JSON.stringify(plainState(state)).includes("long words"), "the state holds a text");
  const again = fromRows(JSON.parse(rows), (text) => digests.sha256(text), kinds).state;
  assert.deepEqual(plainState(again), plainState(state));
});

test("a fork of it is told all of it again, and its transcript shows what was said", async () => {
  const { k, heard } = await ended();
  const pid = fork(k);
  await k.kernel.rest();
  const [told = []] = heard[pid] ?? [];
  assert.equal(told.filter((text) => text.includes(`I say ${LONG}`)).length, 1);
  assert.equal(told.filter((text) => text.includes(`a says ${LONG}`)).length, 1);
  const forked = await new Transcript(english, pid).take(k.records).recall(k.kernel);
  const { text } = forked.page(k.kernel.state);
  assert.ok(text.includes(`I say ${LONG.slice(0, 200)}`));
  assert.match(text, /read.?_box/u);
  const first = new Transcript(english, 2).take(k.records).page(k.kernel.state).text;
  assert.ok(first.includes(`I say ${LONG.slice(0, 200)}`), "its own records hold what it said");
});

test("after a crash it is told the same", async () => {
  const { k } = await ended();
  const heard: string[][] = [];
  const again = await k.crash(Infinity, {
    model: (request) => {
      heard.push(request.messages.map((m) => ("text" in m ? m.text : m.content)));
      return Promise.resolve({ text: "ok", calls: [], usage: { input: 1, output: 1 }, stop: "end" });
    },
  });
  fork(again);
  await again.kernel.rest();
  assert.ok(heard[0]?.some((text) => text.includes(`a says ${LONG}`)));
});

for (const [name, change, why] of [
  ["altered", (text: string) => text.replaceAll("long", "lomg"), /its line is not the one that was written/u],
  ["gone", () => undefined, /it is no longer there/u],
] as const) {
  test(`a line that is ${name} is said to be, in the place of its text`, async () => {
    const { k, heard } = await ended();
    const stored = { ...k.journal.lines };
    Object.assign(k.journal.lines, {
      at: async (seq: number) => {
        const text = change(new TextDecoder().decode(await stored.at(seq)));
        return text && new TextEncoder().encode(text);
      },
    });
    const pid = fork(k);
    await k.kernel.rest();
    const [told = []] = heard[pid] ?? [];
    assert.match(told.join("\n"), why);
    assert.doesNotMatch(told.join("\n"), /lo[mn]g words/u);
    const forked = await new Transcript(english, pid).take(k.records).recall(k.kernel);
    assert.match(forked.page(k.kernel.state).text, why);
  });
}
