// Random kills, counted by witnesses outside: no acknowledged effect is lost, and none happens twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { noSandbox } from "../../attacks/commands/sandbox.ts";
import { share } from "../../support/runs.ts";
import { chance } from "./chance.ts";
import { playKills } from "./rounds.ts";

/** 20 in a short run and 100 in a long one; `npm run bench -- --only kills` plays 1,000. */
const KILLS = share(100, 5);

test(`${KILLS} kills at random instants of turns, commands and starts: 0 lost, 0 repeated`, async (t) => {
  const seed = Date.now() % 1_000_000;
  const { lost, repeated, wrong, kills, rounds, requests } = await playKills(
    KILLS,
    chance(seed),
    (await noSandbox()) === false,
  );
  t.diagnostic(`seed ${seed}: ${kills} kills in ${rounds} rounds, ${requests} model requests`);
  assert.deepEqual({ lost, repeated, wrong }, { lost: [], repeated: [], wrong: [] }, `seed ${seed}`);
  assert.ok(kills >= KILLS);
});
