// Attacks on the limits: budgets that are used up, children that spend, families that grow, usage that is estimated.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL, FAMILY, on } from "../scratch.ts";
import { Attacker, type Order } from "../attacker.ts";

test("J2: a budget that is used up stops the agent, and its counter does not move", () =>
  on(async (scratch) => {
    const play = { grants: ALL, answer: "open" as const };
    const attacker = await Attacker.open(scratch, play);
    const calls = Array.from({ length: 9 }, (_, i) => ({
      tool: "write_file",
      args: { path: `n${i}.txt`, content: "x" },
    }));
    const pid = attacker.launch({ turns: [{ calls }] }, ALL, { toolCalls: 3 });
    await attacker.on.kernel.rest();
    const came = attacker.came(pid);
    assert.equal(came.filter((c) => c.code === "ok").length, 3);
    assert.deepEqual(
      new Set(came.filter((c) => c.code !== "ok").map((c) => `${c.decision} ${c.outcome} ${c.code}`)),
      new Set(["allow not-run EDQUOT"]),
    );
    const process = attacker.on.kernel.state.processes.get(pid);
    assert.equal(process?.used.toolCalls, 3);
    assert.ok(process?.life.stops.budget !== undefined);
    assert.equal(
      scratch
        .places()
        .split("\n")
        .filter((l) => /^app\/n\d/u.test(l)).length,
      3,
    );
    await attacker.close();
  }));

test("J2: children spend from their parent's account, however much they are given", () =>
  on(async (scratch) => {
    const attacker = await Attacker.open(scratch, { grants: ALL, answer: "open" });
    const child = {
      turns: [
        {
          calls: Array.from({ length: 6 }, (_, i) => ({ tool: "read_file", args: { path: `src/../n${i}` } })),
        },
      ],
    };
    const spawn = { tool: "spawn_agent", args: { goal: "x", grants: ALL, budget: { toolCalls: 1000 } } };
    const pid = attacker.launch(
      { turns: [{ calls: [spawn, spawn, spawn] }], children: [child, child, child] },
      [...ALL, ...FAMILY],
      { toolCalls: 8 },
    );
    await attacker.on.kernel.rest();
    assert.ok((attacker.on.kernel.state.processes.get(pid)?.used.toolCalls ?? 99) <= 8);
    await attacker.close();
  }));

test("J5: families are bounded in depth and in breadth", () =>
  on(async (scratch) => {
    const grants = [...FAMILY];
    const attacker = await Attacker.open(scratch, { grants, answer: "open" });
    interface Nested {
      readonly turns: { calls: Order[] }[];
      readonly children: Nested[];
    }
    const spawn = { tool: "spawn_agent", args: { goal: "deeper", grants } };
    const nest = (left: number): Nested => ({
      turns: [{ calls: [spawn] }],
      children: left === 0 ? [] : [nest(left - 1)],
    });
    attacker.launch(nest(12), grants);
    await attacker.on.kernel.rest();
    const depths = [...attacker.on.kernel.state.processes.values()].map((p) => p.depth);
    assert.equal(Math.max(...depths), 8);
    const waits = { turns: [{ calls: [{ tool: "ask_human", args: { question: "go on?" } }] }] };
    const many = Array.from({ length: 70 }, () => ({
      tool: "spawn_agent",
      args: { goal: "wide", grants: [] },
    }));
    const pid = attacker.launch({ turns: [{ calls: many }], children: many.map(() => waits) }, grants);
    await attacker.on.kernel.rest();
    const codes = attacker.came(pid).map((c) => c.code);
    assert.deepEqual(
      [codes.filter((c) => c === "ok").length, codes.filter((c) => c === "EDQUOT").length],
      [64, 6],
    );
    await attacker.close();
  }));

test("J6: usage that is only estimated is still counted and still capped (P48)", () =>
  on(async (scratch) => {
    const attacker = await Attacker.open(scratch, { grants: ALL, answer: "open" });
    const turns = Array.from({ length: 8 }, (_, i) => ({
      calls: [{ tool: "read_file", args: { path: "README.md", start_line: 1, end_line: i + 1 } }],
    }));
    const pid = attacker.launch({ turns }, ALL, { tokens: 6000 });
    await attacker.on.kernel.rest();
    const process = attacker.on.kernel.state.processes.get(pid);
    assert.ok(
      process !== undefined && process.used.tokens > 0 && process.used.tokens <= 6000,
      String(process?.used.tokens),
    );
    assert.ok(process.turns < 8 && process.life.stops.budget !== undefined);
    await attacker.close();
  }));
