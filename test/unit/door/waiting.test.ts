// Waiting: what goes on while somebody waits for a person, a child or the clock, and what does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fault } from "../../../src/abi/errors.ts";
import type { ModelRequest } from "../../../src/abi/model.ts";
import { BOXES, TestKernel, type Setup } from "../../support/kernel.ts";
import { answerOf, turns, type Turn } from "../../support/kernel/turns.ts";

const at = (name: string) => `fs:/app/${name}`;
const write = (name: string) => ["write_box", { at: at(name), content: name }] as const;
const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];
const TALKERS = { ...BOXES, tools: [...BOXES.tools, "sleep", "receive_message"] };

/** Runs scripts by pid and keeps what each model call was asked, until nobody goes on by himself. */
async function play(scripts: Readonly<Record<number, readonly Turn[]>>, grants: string[], setup: Setup = {}) {
  const asked: ModelRequest[] = [];
  const think = turns(scripts);
  const k = await TestKernel.open({
    ...{ images: new Map([["boxes", TALKERS]]), ...setup },
    model: (request, signal) => {
      asked.push(request);
      return think(request, signal);
    },
  });
  const pid = k.launch(grants, { image: TALKERS });
  await k.kernel.rest();
  const said = (call: string) => k.of("call.end").find((e) => e.call === call)?.data;
  return { k, pid, asked, said };
}

test("who asks for two things goes on when both are answered, with the same calls and not before (P26, P33)", async () => {
  const { k, asked } = await play({ 2: [[write("a"), write("b")], [["finish", {}]]] }, [
    `ask:write:${at("**")}`,
  ]);
  const [first, second] = k.open.map((o) => o.question);
  assert.deepEqual([first?.call, second?.call, asked.length], ["2.0.0", "2.0.1", 1]);
  k.answer({}, first?.id);
  await k.settle();
  assert.deepEqual([k.kernel.standing(2).on, asked.length], [["approval"], 1], "no model is asked meanwhile");
  assert.deepEqual(k.world.effects, [`write ${at("a")} a`]);
  k.answer({}, second?.id);
  await k.kernel.rest();
  assert.deepEqual([k.process(2).life.ended, asked.length], ["finished", 2]);
  assert.deepEqual(
    k.of("call.end").flatMap((e) => (e.data.op === "box.write" ? [[e.call, e.data.decision]] : [])),
    [
      ["2.0.0", "approved"],
      ["2.0.1", "approved"],
    ],
  );
});

test("a no to a call, a grant or a question is an error that its agent reads and goes on from (P30)", async () => {
  const turn: Turn = [
    write("a"),
    ["request_capability", { grant: `allow:write:${at("b")}` }],
    ["ask_human", { question: "Which?" }],
  ];
  const { k, asked, said } = await play({ 2: [turn, [["finish", {}]]] }, [`ask:write:${at("a")}`]);
  for (const { question } of k.open) k.answer({ allow: false, note: "not today" }, question.id);
  await k.kernel.rest();
  for (const call of ["2.0.0", "2.0.1", "2.0.2"])
    assert.deepEqual([said(call)?.error?.code, said(call)?.decision], ["ECANCELED", "refused"], call);
  assert.deepEqual(k.world.effects, []);
  const told = asked[1]?.messages.filter((m) => m.role === "tool").map((m) => m.content) ?? [];
  assert.deepEqual(
    told.map((t) => t.includes("not today")),
    [true, true, true],
  );
  assert.equal(k.process(2).life.ended, "finished");
});

test("two that sleep wake each in his own time, and who does not sleep goes on meanwhile (P45)", async () => {
  const nap = (seconds: number): Turn[] => [
    [["sleep", { seconds }]],
    [["sleep", { seconds }]],
    [["finish", {}]],
  ];
  const k = await TestKernel.open({
    images: new Map([["boxes", TALKERS]]),
    model: turns({ 2: nap(3), 3: nap(2), 4: [[["read_box", { at: at("a") }]], [["finish", {}]]] }),
  });
  const grants = ["allow:sleep:clock:/sleep"];
  for (let i = 0; i < 3; i++) k.launch(grants, { image: TALKERS });
  const ends = () => k.of("call.end").flatMap((e) => (e.data.op === "clock.sleep" ? [e.call] : []));
  await k.settle();
  assert.equal(k.process(4).life.ended, "finished");
  for (let second = 0; second < 7; second++) {
    k.clock.advance(1000);
    await k.settle();
  }
  assert.deepEqual(ends(), ["3.0.0", "2.0.0", "3.1.0", "2.1.0"]);
  assert.deepEqual([k.process(2).life.ended, k.process(3).life.ended], ["finished", "finished"]);
});

test("more who wait for their children than there are slots for models do not keep the children from theirs (P46)", async () => {
  const parent: Turn[] = [
    [["spawn_agent", { goal: "part" }]],
    [["wait_agent", {}]],
    [["finish", { result: "both" }]],
  ];
  const k = await TestKernel.open({
    model: (request) =>
      Promise.resolve(
        answerOf(
          (k.process(request.pid).parent === 1 ? parent : ([[["finish", {}]]] as Turn[]))[request.turn] ?? "",
        ),
      ),
  });
  for (let i = 0; i < 12; i++) k.launch(FAMILY);
  await k.kernel.rest();
  for (let pid = 2; pid < 14; pid++) assert.equal(k.process(pid).result, "both");
});

test("whatever a person does to an agent, one model call of it is under way at a time, and no turn is taken twice (P41)", async () => {
  const act = fc.constantFrom("interrupt", "pause", "resume", "message", "retry", "", "", "", "");
  let heard = 0;
  let cut = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 40 }), async (acts) => {
      const open = new Set<number>();
      let n = 0;
      const k = await TestKernel.open({
        model: async ({ turn }, signal) => {
          const id = n++;
          open.add(id);
          assert.equal(open.size, 1);
          // A provider that goes on for a while although nobody listens any more.
          for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
          open.delete(id);
          if (signal.aborted) cut++;
          if (signal.aborted) return fault("EINTR", "interrupted", "");
          return answerOf(turn > 4 ? "done" : [write(`turn${turn}`)]);
        },
      });
      const pid = k.launch(["allow:write:fs:/app/**"], { launch: { interactive: true } });
      for (const what of [...acts, "resume"]) {
        if (what === "message") k.kernel.message(k.person, pid, "and this");
        else if (what === "retry") k.kernel.retry(k.person, pid);
        else if (what === "") await new Promise((resolve) => setImmediate(resolve));
        else k.kernel.signal(k.person, pid, what as "pause", "test");
      }
      await k.kernel.rest();
      heard += k.world.effects.length;
      const turnOf = k.world.effects.map((e) => e.split(" ")[1]);
      assert.equal(new Set(turnOf).size, turnOf.length, "each turn once");
      await k.kernel.stop();
    }),
    { numRuns: 60 },
  );
  assert.ok(heard > 60 && cut > 15, `${heard} heard, ${cut} cut off`);
});

test("a call runs when the thought that chose it is paid (P48)", async () => {
  const used: number[] = [];
  const k = await TestKernel.open({ model: turns({ 2: [[write("a")], [write("b")]] }) });
  k.world.before = (touch) => {
    if (touch.startsWith("write")) used.push(k.process(2).used.tokens);
    return undefined;
  };
  k.launch(["allow:write:fs:/app/**"]);
  await k.kernel.rest();
  assert.deepEqual(used, [15, 30]);
});

test("a result that is too long reaches the model cut short, and says so (P83)", async () => {
  const script: Turn[] = [
    [["put_object", { name: "long", value: "x".repeat(100_000) }]],
    [["get_object", { name: "long" }]],
    "done",
  ];
  const { k, asked, said } = await play({ 2: script }, []);
  const told = asked[2]?.messages.at(-1);
  assert.ok(told?.role === "tool");
  assert.match(
    told.content,
    /\(Characters 0 to 55000 of 100000\. Call again with from 55000 for the next part\.\)/u,
  );
  assert.ok(told.content.length < 70_000);
  assert.deepEqual([said("2.1.0")?.outcome, k.process(2).life.ended], ["ok", "finished"]);
});
