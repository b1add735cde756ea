// Random families under random signals, answers, revokes, stops and crashes keep every promise of the record.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { code, TestKernel } from "../support/kernel.ts";
import { turns, type Turn } from "../support/kernel/turns.ts";
import { folded, plainState } from "../support/plain.ts";
import { share } from "../support/runs.ts";

const NAMES = ["a", "b", "sub/a", "sub/b"];
const GRANTS = [
  ...["allow:spawn:process:/children;uses=3", "allow:execute:image:/boxes", "allow:connect:net:/**"],
  ...["allow:read,write,delete:fs:/app/**", "ask:write:fs:/app/sub/**"],
];

const call = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...NAMES).map((n) => ["write_box", { at: `fs:/app/${n}` }] as const),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...NAMES).map((n) => ["read_box", { at: `fs:/app/${n}` }] as const),
  },
  { weight: 2, arbitrary: fc.constant(["send_box", { host: "x.org" }] as const) },
  { weight: 1, arbitrary: fc.constant(["ask_human", { question: "Well?" }] as const) },
  { weight: 1, arbitrary: fc.constant(["put_object", { name: "n", value: 1 }] as const) },
  {
    weight: 1,
    arbitrary: fc.constant(["spawn_agent", { goal: "x", grants: ["allow:read,write:fs:/app/**"] }] as const),
  },
  { weight: 1, arbitrary: fc.integer({ min: 3, max: 6 }).map((pid) => ["wait_agent", { pid }] as const) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 3, max: 6 }), fc.constantFrom("pause", "resume", "kill"))
      .map(([pid, signal]) => ["signal_agent", { pid, signal }] as const),
  },
);

const script = fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });

const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constantFrom("pause", "resume", "kill", "terminate", "interrupt"),
      pid: fc.integer({ min: 2, max: 6 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ what: fc.constantFrom("allow", "allow", "deny"), pid: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("revoke"), pid: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom("crash", "stop"), pid: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constant("tick"), pid: fc.nat(6) }) },
);

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Gives every write and send a content of its own, so that doing one twice shows. */
function distinct(scripts: readonly (readonly Turn[])[]): Record<number, Turn[]> {
  const at = (pid: number, turn: number, i: number) => `${pid}.${turn}.${i}`;
  const each = (list: readonly Turn[], pid: number): Turn[] =>
    list.map((turn, t) =>
      typeof turn === "string"
        ? turn
        : turn.map(([tool, args], i) => {
            const more = tool === "write_box" ? { content: at(pid, t, i) } : { body: at(pid, t, i) };
            return [
              tool,
              tool === "write_box" || tool === "send_box" ? { ...(args as object), ...more } : args,
            ] as const;
          }),
    );
  return Object.fromEntries(scripts.map((list, i) => [i + 2, each(list, i + 2)]));
}

/** What holds at every moment. */
function invariants(k: TestKernel): void {
  const { effects } = k.world;
  assert.equal(new Set(effects).size, effects.length, `done twice: ${effects.join("; ")}`);
  const begins = k.of("call.begin");
  const ends = k.of("call.end");
  for (const list of [begins, ends]) {
    const names = list.map((r) => r.call);
    assert.equal(new Set(names).size, names.length, "one begin and one end a call");
  }
  for (const effect of effects) {
    const content = effect.split(" ").at(-1) ?? "?";
    assert.ok(
      begins.some((b) => b.call === content),
      `${effect} has no begin`,
    );
  }
  for (const end of ends) {
    if (end.data.outcome !== "not-run" || !["box.write", "box.send"].includes(end.data.op)) continue;
    assert.ok(!effects.some((e) => e.endsWith(` ${end.call}`)), `${end.call} was not run and happened`);
  }
  for (const held of k.kernel.state.capabilities.all())
    if (held.cap.uses !== undefined) assert.ok(held.left !== undefined && held.left <= held.cap.uses);
  for (const { life } of k.kernel.state.processes.values())
    if (life.ended !== undefined) assert.deepEqual([life.paused, life.stops], [false, {}]);
  assert.deepEqual(plainState(folded(k.records)), plainState(k.kernel.state));
}

/** Whether a cut-off effect happened, as a person who looks would say. */
function truth(k: TestKernel, id: string): object {
  const question = k.kernel.state.questions.get(id)?.question;
  if (question?.kind !== "effect") return { text: "yes" };
  return { text: k.world.effects.some((e) => e.endsWith(` ${question.call}`)) ? "happened" : "did not" };
}

test("storms over random families (P40)", async () => {
  const seen: Record<string, number> = {};
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.on("unhandledRejection", hear);
  await fc.assert(
    fc.asyncProperty(
      fc.array(script, { minLength: 5, maxLength: 5 }),
      fc.array(event, { minLength: 5, maxLength: 25 }),
      fc.array(fc.nat(3), { minLength: 1, maxLength: 7 }),
      async (scripts, events, delays) => {
        let k = await TestKernel.open({ model: turns(distinct(scripts)) });
        let n = 0;
        k.world.before = async () => {
          for (let i = 0; i < (delays[n++ % delays.length] ?? 0); i++) await tick();
          return undefined;
        };
        for (const name of NAMES) k.world.files.set(`fs:/app/${name}`, "old");
        k.launch(GRANTS);
        for (const { what, pid } of events) {
          seen[what] = (seen[what] ?? 0) + 1;
          if (what === "tick") for (let i = 0; i <= pid; i++) await tick();
          else if (what === "allow" || what === "deny") {
            const id = k.open[pid % Math.max(1, k.open.length)]?.question.id ?? "none";
            k.answer(what === "allow" ? { ...truth(k, id) } : { allow: false }, id);
          } else if (what === "revoke") k.kernel.revoke(k.person, `cap${pid}`, "test");
          else if (what === "crash" || what === "stop") {
            if (what === "stop") await k.kernel.stop();
            k = await k.crash(Infinity, { world: k.world.copy() });
          } else k.kernel.signal(k.person, pid, what, "test");
          invariants(k);
        }
        await finish(k);
        invariants(k);
        assert.equal(k.kernel.state.open.size, 0);
        for (const { pid, reserved, life } of k.kernel.state.processes.values()) {
          assert.ok(
            Object.values(reserved).every((amount) => amount === 0),
            `process ${pid} still reserves`,
          );
          if (pid !== 1) seen[life.ended ?? "alive"] = (seen[life.ended ?? "alive"] ?? 0) + 1;
        }
        await k.kernel.stop();
      },
    ),
    { numRuns: share(1000) },
  );
  process.off("unhandledRejection", hear);
  assert.deepEqual(unheard, []);
  for (const what of ["crash", "stop", "kill", "terminate", "finished", "killed"])
    assert.ok((seen[what] ?? 0) > share(20), `${what}: ${JSON.stringify(seen)}`);
});

/** Lets everybody go on and says yes to everything; it must come to an end. */
async function finish(k: TestKernel): Promise<void> {
  for (let i = 0; i < 60; i++) {
    for (const { pid, life } of k.kernel.state.processes.values()) {
      if (life.paused) k.kernel.signal(k.person, pid, "resume", "go on");
      // Its model was revoked: it waits for a person, who gives it up.
      if (life.stops.model !== undefined) k.kernel.signal(k.person, pid, "kill", "no model");
    }
    await k.kernel.rest();
    for (const { question } of k.open) assert.equal(code(k.answer(truth(k, question.id), question.id)), "ok");
    const alive = [...k.kernel.state.processes.values()].filter(
      (p) => p.pid !== 1 && p.life.ended === undefined,
    );
    if (alive.length === 0) return;
  }
  const left = [...k.kernel.state.processes.values()].filter(
    (p) => p.pid !== 1 && p.life.ended === undefined,
  );
  assert.fail(
    `these never end: ${JSON.stringify(left.map((p) => [p.pid, p.life, k.kernel.standing(p.pid)]))}`,
  );
}
