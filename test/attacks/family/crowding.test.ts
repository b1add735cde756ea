// One agent against all: work made to take long, and a person's Pause and Stop that get through meanwhile.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as nextRound } from "node:timers/promises";
import type { Budget } from "../../../src/abi/image.ts";
import { mint } from "../../../src/kernel/witness.ts";
import { Attacker, type Order } from "../attacker.ts";
import { ALL, on, type Scratch } from "../scratch.ts";

/** Files with names and contents that make patterns expensive; fewer than any count after which a walk might rest. */
function costlyFiles(scratch: Scratch): void {
  mkdirSync(join(scratch.app, "costly"));
  for (let i = 0; i < 600; i++)
    writeFileSync(join(scratch.app, "costly", `${"a".repeat(200)}${i}`), "a".repeat(20_000));
  writeFileSync(join(scratch.app, "long.txt"), "a".repeat(4_000_000));
}

const COSTLY = `${"{*,*}".repeat(5)}${"a".repeat(95)}b`;
const HALF = "a".repeat(500_000);

/** Calls that are as long as their bounds allow, and the call that shows that the agent went on. */
const LONG: readonly Order[] = [
  { tool: "find_files", args: { path: "costly", pattern: COSTLY, ignored: true } },
  { tool: "search_text", args: { path: "costly", query: "b", include: COSTLY, ignored: true } },
  { tool: "search_text", args: { path: "costly", query: "x", ignored: true } },
  { tool: "search_text", args: { path: "costly", query: "(a|aa)+b", regex: true, ignored: true } },
  { tool: "edit_file", args: { path: "long.txt", old_text: "a", new_text: "b", all: true } },
  { tool: "edit_file", args: { path: "long.txt", old_text: `${HALF}b${HALF}`, new_text: "b" } },
];
const NEXT: Order = { tool: "write_file", args: { path: "next.txt", content: "x" } };

for (const order of LONG) {
  const name = `${order.tool} ${JSON.stringify(order.args).slice(0, 60)}`;
  test(`Q15: a Pause gets through while ${name} runs, and is obeyed after it`, () =>
    on(async (scratch) => {
      costlyFiles(scratch);
      const attacker = await Attacker.open(scratch, { grants: ALL, answer: "open" });
      const { kernel, person } = attacker.on;
      const pid = attacker.launch({ turns: [{ calls: [order] }, { calls: [NEXT] }] }, ALL);
      const running = (): boolean => kernel.runningOf(pid).some((call) => call.slot.tool === order.tool);
      while (!running()) await nextRound();
      await nextRound();
      assert.ok(running(), "it was over before anybody could speak");
      assert.equal(kernel.signal(person, pid, "pause", "a person"), undefined);
      await kernel.rest();
      assert.deepEqual(
        attacker.came(pid).map(({ tool }) => tool),
        [order.tool],
      );
      assert.equal(kernel.state.processes.get(pid)?.life.paused, true);
      assert.doesNotMatch(scratch.places(), /^app\/next\.txt/mu);
      await attacker.close();
    }));

  test(`Q15: a Stop ends ${name} on the way`, () =>
    on(async (scratch) => {
      costlyFiles(scratch);
      const attacker = await Attacker.open(scratch, { grants: ALL, answer: "open" });
      const { kernel, person } = attacker.on;
      const pid = attacker.launch({ turns: [{ calls: [order] }, { calls: [NEXT] }] }, ALL);
      const running = (): boolean => kernel.runningOf(pid).some((call) => call.slot.tool === order.tool);
      while (!running()) await nextRound();
      assert.equal(kernel.signal(person, pid, "kill", "a person"), undefined);
      await kernel.rest();
      assert.equal(kernel.state.processes.get(pid)?.life.ended, "killed");
      const [came] = attacker.came(pid);
      assert.ok(came !== undefined && ["EINTR", "EINVAL"].includes(came.code), JSON.stringify(came));
      await attacker.close();
    }));
}

/** Runs one turn of these calls, and gives its process. */
async function turnOf(
  scratch: Scratch,
  calls: readonly Order[],
  budget: Budget = {},
): Promise<{ attacker: Attacker; pid: number }> {
  const attacker = await Attacker.open(scratch, { grants: ALL, answer: "open" });
  const pid = attacker.launch({ turns: [{ calls }, { text: "done" }] }, ALL, budget);
  await attacker.on.kernel.rest();
  return { attacker, pid };
}

test("Q15: of 12,000 calls in one turn few run, the others are told so, and the record stays small", () =>
  on(async (scratch) => {
    const calls = Array.from({ length: 12_000 }, (_, i) => ({
      tool: "write_file",
      args: { path: `n${i}.txt`, content: "x".repeat(500) },
    }));
    const { attacker, pid } = await turnOf(scratch, calls);
    const came = attacker.came(pid);
    const by = (code: string): number => came.filter((call) => call.code === code).length;
    assert.deepEqual([came.length, by("ok"), by("E2BIG")], [640, 512, 128]);
    assert.match(came.at(-1)?.message ?? "", /at most 512 calls; this one and all later ones were not run/u);
    const written = scratch.places().match(/^app\/n\d+\.txt/gmu);
    assert.equal(written?.length, 512);
    const answer = attacker.on.records().find((r) => r.kind === "call.end" && r.call === `${pid}.0`);
    assert.ok(JSON.stringify(answer).length < 400_000);
    assert.equal(attacker.on.kernel.state.processes.get(pid)?.turns, 2, "it goes on");
    await attacker.close();
  }));

/** Arguments beyond each bound; none of them may reach an operation or the record. */
const LARGE: Readonly<Record<string, unknown>> = {
  characters: "x".repeat(9_000_000),
  values: Array.from({ length: 300_000 }, () => 1),
  deep: JSON.parse("[".repeat(5000) + "]".repeat(5000)),
  keys: Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`${i}${"k".repeat(1000)}`, 1])),
};

for (const [name, value] of Object.entries(LARGE)) {
  test(`Q15: arguments with too many ${name} are refused at the door, and are not in the record`, () =>
    on(async (scratch) => {
      const grants = ["allow:read:fs:/app/**"];
      const attacker = await Attacker.open(scratch, { grants, answer: "open" });
      const { kernel, person } = attacker.on;
      const pid = attacker.launch({ turns: [] }, grants);
      await kernel.rest();
      assert.equal(kernel.signal(person, pid, "pause", "a person"), undefined);
      for (const [op, args] of [
        ["object.put", { name: "n", value }],
        ["process.exit", { result: value }],
        ["fs.write", { path: "a", content: value }],
        ["no.such", { value }],
      ] as const) {
        const result = await kernel.syscall(mint.caller(pid), op, args);
        assert.equal(result.ok ? "ok" : result.code, op === "no.such" ? "ENOSYS" : "E2BIG");
        if (op !== "no.such")
          assert.match(result.ok ? "" : result.message, /nested more|hold more than \d+/u);
      }
      assert.equal(kernel.state.processes.get(pid)?.life.ended, undefined);
      assert.ok(JSON.stringify(attacker.on.records()).length < 100_000);
      await attacker.close();
    }));
}

test("Q15: an answer with large arguments is recorded without them, and its other calls run", () =>
  on(async (scratch) => {
    const large = { tool: "write_file", args: { path: "large.txt", content: "x".repeat(9_000_000) } };
    const many = Array.from({ length: 5 }, (_, i) => ({
      tool: "write_file",
      args: { path: `m${i}.txt`, content: "y".repeat(2_500_000) },
    }));
    const { attacker, pid } = await turnOf(scratch, [NEXT, large, ...many, NEXT]);
    const codes = attacker.came(pid).map((call) => call.code);
    assert.deepEqual(codes, ["ok", "EINVAL", "ok", "ok", "ok", "EINVAL", "EINVAL", "ok"]);
    assert.doesNotMatch(scratch.places(), /^app\/(?:large|m[34])\.txt/mu);
    await attacker.close();
  }));

test("J2: refused and malformed calls are not free: they end at the cap, and the counter stays there", () =>
  on(async (scratch) => {
    const attacker = await Attacker.open(scratch, { grants: ALL, answer: "open" });
    const kinds: readonly Order[] = [
      { tool: "read_file", args: { path: ".agentlibos/journal" } },
      { tool: "read_file", args: { path: "/etc/passwd" } },
      { tool: "no_such_tool", args: {} },
      { tool: "read_file", args: { wrong: 1 } },
      { tool: "spawn_agent", args: { goal: "x" } },
    ];
    const turns = Array.from({ length: 40 }, (_, i) => ({ calls: kinds.map((kind) => kind), text: `${i}` }));
    const pid = attacker.launch({ turns }, ALL, { toolCalls: 23 });
    await attacker.on.kernel.rest();
    const process = attacker.on.kernel.state.processes.get(pid);
    assert.equal(process?.used.toolCalls, 23);
    assert.ok(process.life.stops.budget !== undefined && process.turns <= 5, `${process.turns} turns`);
    const again = attacker.on
      .records()
      .flatMap((r) => (r.kind === "call.end" && r.pid === pid && r.data.error ? [r.data.error.hint] : []))
      .filter((hint) => /refused again and again/u.test(hint));
    assert.ok(again.length >= 3, "the model is told that it repeats itself");
    await attacker.close();
  }));
