// Random families that talk, wait, sleep, signal and ask, under people, crashes and a clock that jumps.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { code, TestKernel, type Setup } from "../support/kernel.ts";
import { act, budget, FAMILY, GRANTS, scripts, thinker, tick } from "../support/families.ts";
import { folded, plainState } from "../support/plain.ts";
import {
  accountsAddUp,
  allIsStill,
  ended,
  messagesCameOnce,
  nobodyIsForgotten,
  theDeadRest,
} from "../support/promises.ts";
import { share } from "../support/runs.ts";

/** The promise is for a thousand families; somebody who looks for what is rare may ask for more. */
const RUNS = Number(process.env["RUNS"] ?? share(1000));

/** Whether a cut-off effect happened, as a person who looks would say. */
function truth(k: TestKernel, id: string): object {
  const question = k.kernel.state.questions.get(id)?.question;
  if (question?.kind !== "effect") return { text: "yes" };
  return { text: k.world.effects.some((e) => e.endsWith(` ${question.call}`)) ? "happened" : "did not" };
}

/** What holds a few ticks after anything was done. */
async function promises(k: TestKernel): Promise<void> {
  const dead = ended(k.kernel);
  for (let i = 0; i < 6; i++) await tick();
  nobodyIsForgotten(k);
  theDeadRest(k, dead);
  messagesCameOnce(k.records, k.kernel);
  accountsAddUp(k.records, k.kernel);
}

function sameAsRecord(k: TestKernel): void {
  assert.deepEqual(plainState(folded(k.records)), plainState(k.kernel.state));
}

/** The same workspace after a crash that lost so many batches, but no begin of what the world has seen. */
async function crash(k: TestKernel, lost: number): Promise<TestKernel> {
  const seen = k.of("call.begin").findLast((r) => r.data.op === "box.write")?.seq ?? 0;
  const kept = k.journal.cuts.filter((seq) => seq >= seen);
  sameAsRecord(k);
  return k.crash(kept.at(-1 - lost) ?? kept[0] ?? Infinity, { world: k.world.copy() });
}

/** Carries out one act; a crash gives another kernel. */
async function perform(k: TestKernel, text: string): Promise<TestKernel> {
  const [what = "", of = ""] = text.split(" ");
  const n = Number(of);
  if (what === "tick") for (let i = 0; i <= n; i++) await tick();
  else if (what === "advance") k.clock.advance(n * 1000);
  else if (what === "allow" || what === "deny") {
    const id = k.open[n % Math.max(1, k.open.length)]?.question.id ?? "none";
    k.answer(what === "allow" ? truth(k, id) : { allow: false }, id);
  } else if (text === "pause all") await pauseAll(k);
  else if (text === "resume all") resumeAll(k);
  else if (what === "revoke") k.kernel.revoke(k.person, `cap${n}`, "test");
  else if (what === "say") k.kernel.message(k.person, n, "go on");
  else if (what === "raise") k.kernel.raise(k.person, n, { toolCalls: 3 });
  else if (what === "crash") return crash(k, n);
  else if (what === "stop") {
    await k.kernel.stop();
    return crash(k, 0);
  } else {
    const family = below(k, n);
    k.kernel.signal(k.person, n, what as "pause", "test");
    if (what === "kill")
      assert.deepEqual(
        family.filter((pid) => !ended(k.kernel).has(pid)),
        [],
        "they live on",
      );
  }
  return k;
}

/** A process and all its living descendants. */
function below(k: TestKernel, pid: number): number[] {
  const own = [...k.kernel.state.processes.values()].filter(
    (p) => p.parent === pid && p.life.ended === undefined,
  );
  return k.kernel.state.processes.has(pid) ? [pid, ...own.flatMap((p) => below(k, p.pid))] : [];
}

/** Pauses everybody; nobody thinks after that who was not just thinking. */
async function pauseAll(k: TestKernel): Promise<void> {
  k.kernel.pauseAll("person", "test");
  const { seq } = k.kernel.state;
  const busy = new Set([...k.core.live.values()].map((c) => c.id));
  for (let i = 0; i < 10; i++) await tick();
  const late = k.of("call.begin").filter((r) => r.seq > seq && !busy.has(r.call ?? ""));
  assert.deepEqual(
    late.map((r) => r.call),
    [],
    "begun while all were paused",
  );
}

function resumeAll(k: TestKernel): void {
  for (const { pid, life } of k.kernel.state.processes.values())
    if (life.paused) k.kernel.signal(k.person, pid, "resume", "go on");
}

const alive = (k: TestKernel) =>
  [...k.kernel.state.processes.values()].filter((p) => p.pid !== 1 && p.life.ended === undefined);

/** Lets everybody go on, says yes to everything and lets time pass; who then waits for nobody is killed. */
async function finish(k: TestKernel): Promise<void> {
  for (let i = 0; i < 80; i++) {
    resumeAll(k);
    for (const { pid, life } of alive(k)) if (life.stops.model !== undefined) k.kernel.retry(k.person, pid);
    for (let j = 0; j < 10; j++) await tick();
    for (const { question } of k.open) assert.equal(code(k.answer(truth(k, question.id), question.id)), "ok");
    await promises(k);
    if (alive(k).length === 0) {
      // The last one may have been killed in this very tick, and its model hears of that a few ticks later.
      for (let j = 0; j < 6; j++) await tick();
      return;
    }
    if (i % 4 === 1) k.clock.advance(100_000);
    const waits = [...k.core.live.values()].every((c) => c.waits !== undefined && c.waits !== "model");
    if (i % 4 === 3 && waits)
      k.kernel.signal(k.person, alive(k).at(-1)?.pid ?? 0, "kill", "waits for nobody");
  }
  assert.fail(
    `these never end: ${JSON.stringify(alive(k).map((p) => [p.pid, p.life, k.kernel.standing(p.pid)]))}`,
  );
}

async function storm(
  slots: number,
  said: string[][][],
  acts: string[],
  delays: number[],
  spend: object,
  seen: Record<string, number>,
  setup: Setup = {},
): Promise<void> {
  const images = new Map([["boxes", FAMILY]]);
  const cost = ({ input, output }: { input: number; output: number }) => input + output;
  let k = await TestKernel.open({ model: thinker(said, delays), images, cost, slots, ...setup });
  let n = 0;
  k.world.before = async () => {
    for (let i = 0; i < (delays[n++ % delays.length] ?? 0); i++) await tick();
    return undefined;
  };
  k.launch(GRANTS, { budget: spend, image: FAMILY });
  for (const text of acts) {
    k = await perform(k, text);
    await promises(k);
  }
  await finish(k);
  allIsStill(k);
  sameAsRecord(k);
  for (const r of k.records) seen[r.kind] = (seen[r.kind] ?? 0) + 1;
  for (const r of k.of("call.end"))
    seen[`${r.data.op} ${r.data.outcome}`] = (seen[`${r.data.op} ${r.data.outcome}`] ?? 0) + 1;
  await k.kernel.stop();
}

test("storms over families: nobody is forgotten, nothing comes twice, the dead rest, and accounts add up (P43, P47)", async () => {
  const seen: Record<string, number> = {};
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.on("unhandledRejection", hear);
  await fc.assert(
    fc.asyncProperty(
      scripts,
      fc.array(act, { maxLength: 20 }),
      fc.array(fc.nat(3), { minLength: 1, maxLength: 7 }),
      budget,
      fc.constantFrom(1, 2, 5),
      (said, acts, delays, spend, slots) => storm(slots, said, acts, delays, spend, seen),
    ),
    { numRuns: RUNS },
  );
  process.off("unhandledRejection", hear);
  assert.deepEqual(unheard, []);
  for (const what of [
    "call.again",
    "message.take",
    "process.signal",
    "process.wake",
    "timer.set",
    "process.wait ok",
  ])
    assert.ok((seen[what] ?? 0) > RUNS / 50, `${what}: ${JSON.stringify(seen)}`);
});
