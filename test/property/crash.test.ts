// Crashes after any record: each effect of a scripted family happens exactly once, and the fold stays the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { World } from "../support/box.ts";
import { TestKernel } from "../support/kernel.ts";
import { turns, type Turn } from "../support/kernel/turns.ts";
import { folded, plainState } from "../support/plain.ts";
import { share } from "../support/runs.ts";

const at = (name: string) => `fs:/app/${name}`;
const write = (name: string, content = name) => ["write_box", { at: at(name), content }] as const;

const SCRIPTS: Record<number, Turn[]> = {
  2: [
    [write("a"), write("b"), write("a", "a again"), ["read_box", { at: at("a") }]],
    [
      [
        "spawn_agent",
        { goal: "part", grants: [`allow:write,read:${at("sub/**")};uses=4`, `allow:connect:net:/**`] },
      ],
      ["put_object", { name: "notes", value: [1, 2, 3] }],
      write("asked"),
    ],
    [
      ["wait_agent", { pid: 3 }],
      ["list_capabilities", {}],
    ],
    [
      ["ask_human", { question: "Go on?" }],
      ["delete_box", { at: at("b") }],
    ],
    [["send_box", { host: "one.org", body: "from the parent" }]],
    [["finish", { result: "all done" }]],
  ],
  3: [
    [write("sub/x"), ["send_box", { host: "two.org", body: "from the child" }]],
    [["read_box", { at: at("sub/x") }], write("outside of what it was given")],
    [["finish", { result: "my part" }]],
  ],
};

const GRANTS = [
  ...[
    "allow:spawn:process:/children;uses=1",
    "allow:execute:image:/boxes",
    `allow:read,write,delete:${at("**")}`,
  ],
  ...[`allow:read,write:${at("sub/**")};uses=4`, "allow:connect:net:/**", `ask:write:${at("asked")}`],
];

/** What the world must have seen in the end, in any order. */
const EFFECTS = [
  ...[`write ${at("a")} a`, `write ${at("b")} b`, `write ${at("a")} a again`, `write ${at("asked")} asked`],
  ...[`delete ${at("b")} `, `write ${at("sub/x")} sub/x`],
  ...["send one.org from the parent", "send two.org from the child"],
].sort();

/** Answers whatever is asked, and what became of an effect by what the world has seen, until all have ended. */
async function finish(k: TestKernel): Promise<void> {
  for (let i = 0; i < 30; i++) {
    await k.kernel.rest();
    for (const { question } of k.open) {
      const args = JSON.stringify(question.args);
      const happened = k.world.effects.some(
        (e) => e.startsWith("send") && args.includes(e.split(" ")[1] ?? "?"),
      );
      if (question.kind === "effect") k.answer({ text: happened ? "happened" : "did not" }, question.id);
      else k.answer({ text: "yes" }, question.id);
    }
    if (k.open.length === 0 && [2, 3].every((p) => k.kernel.state.processes.get(p)?.life.ended !== undefined))
      return;
  }
  assert.fail(`it does not come to an end: ${JSON.stringify(k.open.map((a) => a.question))}`);
}

function check(k: TestKernel, where: string): void {
  assert.deepEqual([...k.world.effects].sort(), EFFECTS, where);
  assert.equal(k.kernel.state.open.size, 0, where);
  assert.equal(k.process(2).result, "all done", where);
  const begins = k.of("call.begin").map((b) => b.call);
  assert.equal(new Set(begins).size, begins.length, `${where}: a call began twice`);
  const ends = k.of("call.end").map((e) => e.call);
  assert.equal(new Set(ends).size, ends.length, `${where}: a call ended twice`);
  assert.equal(k.of("process.spawn").length, 2, where);
  assert.equal(k.of("object.put").length, 1, where);
  const counted = [...k.kernel.state.capabilities.all()].filter((h) => h.cap.boundTo === undefined);
  assert.deepEqual(
    counted.flatMap((h) => h.left ?? []),
    [0, 0, 2],
    `${where}: the spawn, what was passed on, and the two calls that the child made of it`,
  );
  for (const { reserved, pid } of k.kernel.state.processes.values())
    assert.ok(
      Object.values(reserved).every((amount) => amount === 0),
      `${where}: process ${pid} still reserves`,
    );
  assert.deepEqual(plainState(folded(k.records)), plainState(k.kernel.state), where);
}

test("a family survives a cut after each record, with the effects of the next one done or not (P13, P35, P42, P73)", async () => {
  const model = turns(SCRIPTS);
  const first = await TestKernel.open({ model });
  /** The world at each record; the cut after record n leaves it as it was then, or as it was when the next was written. */
  const worlds = new Map<number, World>();
  first.kernel.onRecord((record) => worlds.set(record.seq, first.world.copy()));
  first.launch(GRANTS);
  await finish(first);
  check(first, "without a cut");
  const all = structuredClone(first.records);
  let cuts = 0;
  for (const { seq } of all.slice(1)) {
    for (const later of [0, 1]) {
      const world = worlds.get(seq + later);
      if (world === undefined) continue;
      const records = structuredClone(all.filter((r) => r.seq <= seq));
      const launched = records.some(
        (r) => r.kind === "capability.mint" && r.data.capability.resource === "object:/p2/**",
      );
      if (!launched || !atomic(all, seq)) continue;
      const k = await TestKernel.open({ model, records, world: world.copy() });
      await finish(k);
      check(
        k,
        `cut after ${seq} (${all[seq - 1]?.kind}), world ${later === 0 ? "as then" : "as at the next record"}`,
      );
      cuts++;
    }
  }
  assert.ok(cuts > 90, `${cuts} cuts`);
});

/** What is written in one tick lies in one batch: a cut inside of it is not one that a disk can leave. */
function atomic(all: readonly { readonly seq: number; readonly kind: string }[], seq: number): boolean {
  const next = all.find((r) => r.seq === seq + 1);
  const here = all.find((r) => r.seq === seq);
  if (next === undefined) return true;
  return !(
    next.kind === "capability.mint" ||
    next.kind === "process.reap" ||
    next.kind === "call.did" ||
    (next.kind === "question.close" && here?.kind === "capability.mint")
  );
}

test("the fold never throws, whatever is missing, doubled or out of order", async () => {
  const k = await TestKernel.open({ model: turns(SCRIPTS) });
  k.launch(GRANTS);
  await finish(k);
  const all = [...k.records];
  fc.assert(
    fc.property(fc.array(fc.nat(all.length - 1), { maxLength: 2 * all.length }), (picks) => {
      const state = folded(picks.flatMap((i) => all[i] ?? []));
      assert.ok(state.processes.has(1));
    }),
    { numRuns: share(1000) },
  );
});
