// One agent against all: work made to take long, and a person's Pause and Stop that get through meanwhile.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as nextRound } from "node:timers/promises";
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
      const running = (): boolean => kernel.core.live.of(pid).some((call) => call.slot.tool === order.tool);
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
      const running = (): boolean => kernel.core.live.of(pid).some((call) => call.slot.tool === order.tool);
      while (!running()) await nextRound();
      assert.equal(kernel.signal(person, pid, "kill", "a person"), undefined);
      await kernel.rest();
      assert.equal(kernel.state.processes.get(pid)?.life.ended, "killed");
      const [came] = attacker.came(pid);
      assert.ok(came !== undefined && ["EINTR", "EINVAL"].includes(came.code), JSON.stringify(came));
      await attacker.close();
    }));
}
