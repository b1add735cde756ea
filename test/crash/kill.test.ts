// Kill tests: `agentlibos run` dies by SIGKILL at every kind of moment, and `resume` does the rest exactly once.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LONG, share } from "../support/runs.ts";
import { makeWorkspace, checkDone, discard, finish, run } from "./run.ts";

/** A long run kills at this many of the file operations of a small run, before, after or in the middle of them. */
const ALL_POINTS = 60;
const POINTS = share(ALL_POINTS, 5);
/** Rounds of a large run, each killed at a random instant of its own (the project's promise is sixteen in a row). */
const ROUNDS = share(16, 4);
/** Which of the points other runs play: each of them plays every fifth, and begins elsewhere. */
const FIRST = LONG ? 0 : Date.now() % 5;

/** A small generator, so that a failure can be repeated by its seed. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Calls `work` with each number below `count`, two at a time: a killed program mostly waits for its start. */
async function atOnce(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const play = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all([play(), play()]);
}

test(`killed at ${POINTS} appends, syncs, links, renames and half-done writes, nothing is lost or done twice (P73)`, async () => {
  const scratch = mkdtempSync(join(tmpdir(), "agentlibos-count-"));
  const dry = makeWorkspace(6, 3);
  const counted = await run(dry, { KILL_COUNT: join(scratch, "count") });
  assert.equal(counted.code, 0, counted.err + counted.out);
  const total = Number(readFileSync(join(scratch, "count"), "utf8"));
  discard(dry);
  rmSync(scratch, { recursive: true });
  assert.ok(total > 50, `only ${total} operations were seen: the observer no longer watches`);
  await atOnce(POINTS, async (played) => {
    const i = FIRST + (played * ALL_POINTS) / POINTS;
    const point = 1 + Math.floor((i * (total - 1)) / (ALL_POINTS - 1));
    const at = `${point}${["", "+", "~"][i % 3] ?? ""}`;
    const on = makeWorkspace(6, 3);
    const killed = await run(on, { KILL_AT: at });
    assert.ok(killed.signal === "SIGKILL" || killed.code === 0, `at ${at}: ${killed.code} ${killed.err}`);
    await checkDone(on, await finish(on), `killed at operation ${at} of ${total}`);
    discard(on);
  });
});

test(`killed at random instants of 120 writes and edits, ${ROUNDS} times in a row, resume finishes exactly once`, async () => {
  const seed = Date.now() % 1_000_000;
  const next = random(seed);
  const whole = makeWorkspace(60, 10);
  const from = performance.now();
  assert.equal((await run(whole)).code, 0);
  let length = performance.now() - from;
  discard(whole);
  let kills = 0;
  let tries = 0;
  let running = 0;
  const play = async (): Promise<void> => {
    while (kills + running < ROUNDS && tries < 3 * ROUNDS) {
      running += 1;
      const name = `seed ${seed}, round ${(tries += 1)}`;
      const on = makeWorkspace(60, 10);
      const began = performance.now();
      const killed = await run(on, {}, (child) => {
        const timer = setTimeout(() => child.kill("SIGKILL"), 100 + next() * length);
        child.on("exit", () => {
          clearTimeout(timer);
        });
      });
      // A round that was over before its instant is tried again; the machine is faster now than it was.
      if (killed.signal === "SIGKILL") kills += 1;
      else length = Math.min(length, performance.now() - began) * 0.9;
      running -= 1;
      await checkDone(on, await finish(on), name);
      discard(on);
    }
  };
  await Promise.all([play(), play()]);
  assert.equal(kills, ROUNDS, `only ${kills} of ${ROUNDS} rounds were hit in time`);
});
