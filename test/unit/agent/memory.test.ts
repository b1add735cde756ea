// Memory: what of its own objects a process is told, for which reason each, and never for more than the budget.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelRequest } from "../../../src/abi/model.ts";
import { IMAGES } from "../../harness/images.ts";
import { chooseObjects } from "../../../src/agent/context/memory.ts";
import { summaryOf } from "../../../src/kernel/state/call-id.ts";
import type { ObjectVersion, StoredObject } from "../../../src/kernel/state/rows.ts";
import { BOXES, TestKernel } from "../../support/kernel.ts";
import { turns, type Turn } from "../../support/kernel/turns.ts";
import { long, textOf } from "../../support/long.ts";

const of = (
  name: string,
  type: string,
  seq: number,
  value: unknown,
  more: Partial<ObjectVersion> = {},
): StoredObject => ({
  ...{ namespace: "p2", name, version: 1, since: 1, links: [] },
  versions: [{ version: 1, type, value, by: 2, time: "", seq, ...more }],
});

const chosen = (objects: StoredObject[], tokens = 1_000, more = {}) =>
  [...chooseObjects(objects, { tokens, stands: () => false, mayRead: () => true, ...more })].map(
    ([name, { reason }]) => `${name} ${reason}`,
  );

test("plans come before all else, then what is newest; what does not fit is passed over (P57)", () => {
  const objects = [
    of("old", "text", 1, "o"),
    of("large", "text", 9, "x".repeat(4_000)),
    of("new", "text", 8, "n"),
    of("decided", "decision", 2, "so"),
    of("plan", "plan", 3, { steps: [] }),
    of("goal", "goal", 4, "win"),
  ];
  const order = ["goal", "plan", "decided", "large", "new", "old"];
  assert.deepEqual(chosen(objects), [
    "goal kept",
    "plan kept",
    "decided kept",
    "large budget",
    "new kept",
    "old kept",
  ]);
  assert.deepEqual(
    chosen(objects, 10),
    order.map((name) => `${name} budget`),
  );
  assert.deepEqual(
    chosen(objects, 0),
    order.map((name) => `${name} budget`),
  );
});

test("each reason to leave one out, in their order; what was deleted is not there (P57)", () => {
  const gone: StoredObject = { ...of("gone", "text", 1, ""), versions: [] };
  const objects = [
    of("stands", "text", 9, "s", { unread: true }),
    of("carried", "text", 8, "c", { unread: true }),
    of("patch", "patch", 7, { path: "a", diff: "" }),
    of("shut", "text", 6, "r"),
    gone,
  ];
  const choice = {
    stands: ({ name }: { name: string }) => name === "stands",
    mayRead: ({ name }: { name: string }) => name !== "shut",
  };
  assert.deepEqual(chosen(objects, 1_000, choice), [
    "stands conversation",
    "carried file",
    "patch type",
    "shut refused",
  ]);
  assert.deepEqual(
    chosen([of("patch", "patch", 1, {}), of("text", "text", 2, "t")], 1_000, { types: ["patch"] }),
    ["text type", "patch kept"],
  );
});

const put = (name: string, value: unknown, type = "text"): Turn => [["put_object", { name, type, value }]];

test("what stands in the conversation is not repeated; what has left it is told again, and on record only when it changed", async () => {
  const { k, asked } = await long({
    length: 12,
    script: (_, turn) =>
      turn === 0 ? put("plan", { steps: [{ text: "the first step" }] }, "plan") : undefined,
  });
  k.launch([]);
  await k.kernel.rest();
  const at = summaryOf(k.of("process.trim")[0]?.call ?? "")?.turn ?? 0;
  for (const request of asked) {
    if (request.summary !== undefined) continue;
    const told = textOf(request).split("the first step").length - 1;
    assert.equal(told, request.turn === 0 ? 0 : 1, `turn ${request.turn}`);
    const memory = request.messages.find((m) => m.role === "user" && m.text.startsWith("(What you keep"));
    assert.equal(memory !== undefined, request.turn >= at, `turn ${request.turn}`);
  }
  const records = k.of("process.memory").filter((r) => r.data.set.some((s) => s.name === "plan"));
  assert.deepEqual(
    records.map((r) => r.data.set.find((s) => s.name === "plan")?.reason),
    ["conversation", "kept"],
  );
  assert.ok(
    records.every((r) => /^2\.\d+$/u.test(r.call ?? "")),
    "each names its model call",
  );
});

test("what another puts is told with who put it; once it was read it stands in the conversation, a newer version not", async () => {
  const asked: ModelRequest[] = [];
  const child: Turn = [["spawn_agent", { goal: "note", grants: ["allow:write:object:/p2/note"] }]];
  const puts = (value: string): Turn[] => [
    [["put_object", { namespace: "p2", name: "note", type: "text", value }]],
    "done",
  ];
  const script = turns({
    2: [
      child,
      [["wait_agent", { pid: 3 }]],
      [["get_object", { name: "note" }]],
      child,
      [["wait_agent", { pid: 4 }]],
      "done",
    ],
    3: puts("the first"),
    4: puts("the second"),
  });
  const k = await TestKernel.open({
    model: (request, signal) => {
      asked.push(request);
      return script(request, signal);
    },
  });
  k.launch(["allow:spawn:process:/children", "allow:execute:image:/boxes"]);
  await k.kernel.rest();
  const told = asked
    .filter((r) => r.pid === 2)
    .map((r) =>
      /text "note", version (\d), put by process (\d)/u
        .exec(r.messages.map((m) => (m.role === "user" ? m.text : "")).join())
        ?.slice(1)
        .join(),
    );
  assert.deepEqual(told, [undefined, undefined, "1,3", undefined, undefined, "2,4"]);
});

test("an image says how much, and of which types; the window bounds it (P57)", async () => {
  const told = async (memory: { tokens: number; types?: string[] } | undefined, window = 100_000) => {
    const image = { ...BOXES, ...(memory === undefined ? {} : { memory }) };
    const k = await TestKernel.open({ window, images: new Map([...IMAGES, ["boxes", image]]) });
    const pid = k.launch([]);
    for (const [name, type] of [
      ["a", "text"],
      ["b", "decision"],
    ] as const)
      await k.call(pid, "object.put", { name, type, value: "v".repeat(2_000) });
    return [...k.talk.memory(pid)].map(([name, { reason }]) => `${name} ${reason}`);
  };
  assert.deepEqual(await told(undefined), ["b kept", "a kept"]);
  assert.deepEqual(await told({ tokens: 600 }), ["b kept", "a budget"]);
  assert.deepEqual(await told({ tokens: 5_000, types: ["text"] }), ["b type", "a kept"]);
  assert.deepEqual(await told({ tokens: 5_000 }, 5_000), ["b kept", "a budget"]);
});

test("without the right to read its own objects a process is told of none (P57)", async () => {
  const k = await TestKernel.open({
    policy: [{ effect: "ask", rights: ["read"], resource: "object:/p2/shut", reason: "look first" }],
  });
  const pid = k.launch([]);
  for (const name of ["shut", "open"]) await k.call(pid, "object.put", { name, value: name });
  assert.deepEqual(
    [...k.talk.memory(pid)].map(([name, { reason }]) => `${name} ${reason}`),
    ["open kept", "shut refused"],
  );
});
