// Compaction and what is built on it: forks, other images, and reading what has left a conversation.
import assert from "node:assert/strict";
import { test } from "node:test";
import { IMAGES } from "../../harness/images.ts";
import type { ModelRequest } from "../../../src/abi/model.ts";
import { findTrimmed, partOfTrimmed } from "../../../src/kernel/state/conversation.ts";
import { BOXES, code } from "../../support/kernel.ts";
import { long, summed, textOf } from "../../support/long.ts";

const FAMILY = new Map([
  ...IMAGES,
  ["boxes", { ...BOXES, tools: [...BOXES.tools, "fork_agent", "exec_image", "delete_object"] }],
]);

test("a long original is read in parts, each as long as a model is sent whole", async () => {
  const { k } = await long({ hands: true });
  const text = '"'.repeat(70_000) + "end";
  const conversation = [
    { role: "user", text: "goal", by: "person" },
    { role: "user", text, by: "pid:3" },
  ] as const;
  const process = { ...k.process(k.launch([])), conversation: [...conversation], trimmed: 2 };
  const said = (name: string) => {
    const entry = findTrimmed(process, name);
    return entry && partOfTrimmed(entry, name);
  };
  let all = "";
  for (let part = 1; ; part++) {
    const got = said(`said:1:${part}`);
    if (got === undefined) break;
    assert.ok(JSON.stringify(got).length < 55_000);
    all += got.replace(/\n\(said:1:\d+ goes on\.\)$/u, "");
  }
  assert.equal(all, `Message from pid:3: ${text}`);
  assert.equal(said("said:1"), said("said:1:1"));
  assert.equal(said("said:2"), undefined);
});

test("a fork of a compacted process starts from the same summary, as an object of its own", async () => {
  const grants = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];
  const { k, asked } = await long({
    length: 12,
    images: FAMILY,
    script: (pid, turn) =>
      pid === 2 && turn === 10
        ? [["fork_agent", { goal: "and the rest" }]]
        : pid === 3 && turn >= 9
          ? "done"
          : undefined,
  });
  k.launch(grants);
  await k.kernel.rest();
  const fork = k.of("process.spawn").find((s) => s.pid === 3);
  assert.ok(fork, JSON.stringify(k.lastEnd));
  const parent = k.of("object.put").filter((p) => p.data.type === "summary" && p.pid === 2);
  const child = k.of("object.put").filter((p) => p.data.type === "summary" && p.pid === 3);
  assert.equal(child[0]?.data.value, parent[0]?.data.value);
  assert.deepEqual(child[0]?.data.from, [{ namespace: "p2", name: "conversation-summary", version: 1 }]);
  const first = asked.find((r) => r.pid === 3);
  assert.ok(first && textOf(first).includes(summed(2, 0)) && textOf(first).includes("and the rest"));
  assert.ok(child.length > 1, "it compacts in its turn");
  const last = asked.filter((r) => r.pid === 3 && r.summary === undefined).at(-1);
  assert.ok(last && textOf(last).includes("and the rest"), "and keeps its own goal");
  assert.ok(textOf(last).includes("of process 2 and turn"), textOf(last).slice(0, 400));
  assert.deepEqual(k.process(3).summary?.namespace, "p3");
});

test("a process that goes on as another image goes on from its summary", async () => {
  const { k, asked } = await long({
    length: 12,
    images: FAMILY,
    script: (_, turn) => (turn === 9 ? [["exec_image", { image: "tour" }]] : undefined),
  });
  k.launch(["allow:execute:image:/tour"]);
  await k.kernel.rest();
  assert.equal(k.process(2).image, "tour");
  assert.ok(
    asked
      .filter((r) => r.turn > 9 && r.summary === undefined)
      .every((r) => /summary \d of 2/u.test(textOf(r))),
  );
});

test("no object can have the name of what was said, and only its own process reads it", async () => {
  const { k } = await long({ hands: true });
  const pid = k.launch([]);
  assert.equal(code(await k.call(pid, "object.put", { name: "said:1", value: 1 })), "EINVAL");
  assert.equal(code(await k.call(pid, "object.delete", { name: "said:1" })), "EINVAL");
  assert.equal(code(await k.call(pid, "object.get", { name: "said:1" })), "ENOENT");
});

test("a fork of an ended agent starts from its summary, though the object went with it", async () => {
  const { k, asked } = await long({ length: 9 });
  k.launch([]);
  await k.kernel.rest();
  assert.equal(k.kernel.state.objects.get("p2"), undefined, "nobody is left who reads it");
  const launch = { interactive: false };
  const order = {
    image: BOXES,
    goal: "once more",
    model: "test/one",
    grants: [],
    budget: {},
    cwd: "fs:/app",
    launch,
  };
  const born = k.kernel.launch(k.person, { ...order, forkOf: 2 });
  const fork = born.ok ? born.value.pid : 0;
  await k.kernel.rest();
  const first = asked.find((r) => r.pid === fork);
  assert.ok(first && textOf(first).includes(summed(2, 0)) && textOf(first).includes("once more"));
  assert.equal(k.process(fork).summary?.namespace, `p${fork}`);
});

test("an agent that deletes the object of its summary still starts from it", async () => {
  const { k, asked } = await long({
    length: 10,
    images: FAMILY,
    script: (_, turn) => (turn === 9 ? [["delete_object", { name: "conversation-summary" }]] : undefined),
  });
  k.launch([]);
  await k.kernel.rest();
  assert.equal(k.lastEnd.outcome, "ok");
  assert.ok(textOf(asked.at(-1) as ModelRequest).includes(summed(2, 0)));
});
