// Deferred tools: whose schemas a model is sent, how it finds the others, and who knows what was found.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelRequest } from "../../../src/abi/model.ts";
import { SCHEMAS_MOST, SchemaLists, shownTools } from "../../../src/agent/context/tools.ts";
import { IMAGES } from "../../harness/images.ts";
import { TOOLS_HELD } from "../../../src/kernel/state/calls.ts";
import { rankTools } from "../../../src/primitives/tools.ts";
import { code, TestKernel, type Setup } from "../../support/kernel.ts";
import { turns, type Turn } from "../../support/kernel/turns.ts";

const CODING = IMAGES.get("coding") ?? assert.fail();
const GRANTS = ["allow:spawn:process:/children", "allow:execute:image:/**"];
const SENTENCE = "You have more tools than you are shown; find_tools finds them by what they do.";

/** Runs scripts by pid as the coding image until all is at rest; `asked` are the requests of the models. */
async function play(scripts: Record<number, Turn[]>, setup: Setup = {}) {
  const asked: ModelRequest[] = [];
  const model = turns(scripts);
  const k = await TestKernel.open({
    ...setup,
    model: (request, signal) => {
      asked.push(request);
      return model(request, signal);
    },
  });
  const pid = k.launch(GRANTS, { image: CODING, launch: { interactive: true } });
  await k.kernel.rest();
  const names = (turn: number, who = pid): string[] =>
    asked.find((r) => r.pid === who && r.turn === turn)?.tools.map(({ name }) => name) ?? [];
  return { k, pid, asked, names };
}

const has = (names: readonly string[], ...tools: readonly string[]): boolean[] =>
  tools.map((tool) => names.includes(tool));

test("a model is not sent the schemas of deferred tools, and is told that there are more", async () => {
  const { asked, names, k, pid } = await play({ 2: ["hello"] });
  assert.deepEqual(has(names(0), "read_file", "find_tools", "link_objects", "register_image"), [
    ...[true, true, false, false],
  ]);
  assert.ok(asked[0]?.system.includes(SENTENCE));
  assert.deepEqual(k.talk.tools(pid), [...CODING.tools, "find_tools"]);
});

test("an image without deferred tools has no tool to find any, and is told of none", async () => {
  const asked: ModelRequest[] = [];
  const k = await TestKernel.open({
    model: (request, signal) => (asked.push(request), turns({})(request, signal)),
  });
  k.launch([], { image: IMAGES.get("reviewer") ?? CODING });
  await k.kernel.rest();
  assert.deepEqual(
    asked[0]?.tools.map(({ name }) => name),
    IMAGES.get("reviewer")?.tools,
  );
  assert.equal(asked[0]?.system.includes(SENTENCE), false);
});

test("what was found is on record, and is sent from then on, also after a crash, a fork and another image", async () => {
  const { k, pid, names } = await play({
    2: [
      [["find_tools", { query: "links between objects" }]],
      [["fork_agent", { goal: "and you" }]],
      [["exec_image", { image: "tour" }]],
    ],
  });
  assert.deepEqual(has(names(1), "link_objects", "fork_agent", "delete_object"), [true, false, true]);
  const [found] = k.of("call.end").filter((r) => r.data.tool === "find_tools");
  assert.equal(found?.data.found?.[0], "link_objects");
  assert.deepEqual(
    found.data.found,
    (found.data.value as { tools: { tool: string }[] }).tools.map(({ tool }) => tool),
  );
  assert.deepEqual(has(names(0, 3), "link_objects", "fork_agent"), [true, false], "the fork knows it");
  assert.deepEqual(k.process(pid).image, "tour");
  assert.deepEqual(has(names(3), "link_objects", "exec_image", "register_image"), [true, true, false]);
  const heard: ModelRequest[] = [];
  const next = await k.crash(Infinity, {
    model: (request, signal) => (heard.push(request), turns({})(request, signal)),
  });
  assert.deepEqual(next.process(pid).tools, k.process(pid).tools);
  next.kernel.message(next.person, pid, "go on");
  await next.kernel.rest();
  const sent = heard.find((r) => r.pid === pid)?.tools.map(({ name }) => name) ?? [];
  assert.deepEqual(has(sent, "link_objects", "fork_agent", "follow_events"), [true, true, false]);
});

test("a deferred tool may be called unfound, rightly or not, and is sent from then on", async () => {
  const { k, names } = await play({
    2: [
      [
        ["put_object", { name: "a", value: 1 }],
        ["link_objects", { from: "a", to: "a", relation: "references" }],
        ["follow_events", { since: "yesterday" }],
        ["no_such_tool", {}],
      ],
      "done",
    ],
  });
  const ends = k.of("call.end").flatMap((r) => (r.data.tool === undefined ? [] : [r.data]));
  assert.deepEqual(ends.map((d) => [d.tool, d.error?.code ?? "ok"]).sort(), [
    ["follow_events", "EINVAL"],
    ["link_objects", "ok"],
    ["no_such_tool", "ENOSYS"],
    ["put_object", "ok"],
  ]);
  assert.deepEqual(has(names(0), "link_objects", "follow_events"), [false, false]);
  assert.deepEqual(has(names(1), "link_objects", "follow_events", "delete_object"), [true, true, false]);
  assert.equal(k.process(2).tools?.includes("no_such_tool"), false);
});

test("an answer is bounded, best first, and says how to go on", async () => {
  const k = await TestKernel.open();
  const pid = k.launch([], { image: CODING });
  const find = async (query: string) => {
    const got = await k.call(pid, "tools.find", { query });
    assert.ok(got.ok);
    return {
      ...(got.value as { tools: { tool: string }[]; others: string[] }),
      told: k.kernel.operations.get("tools.find")?.told(got.value, { query }) ?? "",
    };
  };
  const all = await find("an agent image object capability file event of a process");
  assert.equal(all.tools.length, 10);
  assert.ok(all.others.length > 0);
  const image = await find("Register an IMAGE!");
  assert.equal(image.tools[0]?.tool, "register_image");
  assert.match(image.told, /^Call these like any other tool.*\nregister_image: Register an image/u);
  const none = await find("zebra");
  assert.deepEqual([none.tools, none.others.includes("link_objects")], [[], true]);
  assert.match(none.told, /None of your other tools is about that\. They are: .*link_objects/u);
  assert.equal(none.others.includes("read_file"), false, "those it is shown are not among them");
  assert.equal(code(await k.call(pid, "tools.find", { query: "x".repeat(201) })), "EINVAL");
});

test("words count whole and by their beginnings, in names more than in summaries", async () => {
  const k = await TestKernel.open();
  const ops = [...k.kernel.operations.values()].filter((op) => op.deferred === true);
  const best = (query: string): string | undefined => rankTools(query, ops)[0]?.tool;
  assert.equal(best("forking"), "fork_agent");
  assert.equal(best("snapshot of a file as an object"), "file_to_object");
  assert.equal(best("what happened to my children"), "follow_events");
  assert.deepEqual(rankTools("", ops), []);
  assert.deepEqual(rankTools("of", []), []);
});

test("what is sent stays under 16 KB: the newest found come first, in the order of the table", async () => {
  const k = await TestKernel.open();
  const { operations } = k.core;
  const some = operations.get("object.link");
  assert.ok(some);
  const large = Array.from({ length: 30 }, (_, i) => ({
    ...some,
    tool: `large_${i}`,
    summary: `Large ${"x".repeat(900)}.`,
  }));
  const table = new Map([...operations.table(CODING), ...large.map((op) => [op.tool, op] as const)]);
  const found = large.map((op) => op.tool);
  const shown = shownTools(table, { tools: found }).map((op) => op.tool ?? "");
  const late = shown.filter((name) => name.startsWith("large_"));
  assert.ok(late.length > 2 && late.length < 30, `${late.length}`);
  assert.deepEqual(late, found.slice(-late.length));
  assert.equal(shown[0], "read_file");
  const lists = new SchemaLists(() => operations);
  const { tools } = lists.sent(CODING, { tools: [...operations.table(CODING).keys()] });
  assert.ok(JSON.stringify(tools).length <= SCHEMAS_MOST);
  assert.equal(lists.sent(CODING), lists.sent(CODING, { tools: ["read_file"] }), "made once");
});

test("a process holds a bounded number of names", async () => {
  const some = (await TestKernel.open()).kernel.operations.get("human.tell") ?? assert.fail();
  const many = Array.from({ length: 150 }, (_, i) => `box_${i}`);
  const k = await TestKernel.open({
    more: () => [
      {
        kind: "many",
        operations: many.map((tool, i) => ({ ...some, tool, name: `many.t${i}` })),
      },
    ],
  });
  const pid = k.launch();
  for (const [i, tool] of many.entries())
    await k.call(pid, `many.t${i}`, { message: "x" }, { id: `0.${i}`, tool });
  assert.deepEqual(k.process(pid).tools, many.slice(-TOOLS_HELD));
});
