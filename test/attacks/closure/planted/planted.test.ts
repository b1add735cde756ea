// Each fault that is planted in the kernel is seen by the hostile caller: the closure of the grants does not hold then.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { LONG } from "../../../support/runs.ts";
import { FAULTS } from "./faults.ts";

const ROUTES = join(import.meta.dirname, "..", "routes.test.ts");
const PLANT = join(import.meta.dirname, "plant.ts");
/** A short run plants every third of the faults, and begins elsewhere each time. */
const EVERY = LONG ? 1 : 3;
const FIRST = Math.floor(Date.now() / 1000) % EVERY;

/** What the test of all routes says with a fault in the sources; its examples alone must see it. */
function withFault(number: number): Promise<string> {
  const env = { ...process.env, PLANTED: String(number), ATTACK_RUNS: "0", NODE_TEST_CONTEXT: undefined };
  const child = spawn(process.execPath, ["--no-warnings", "--import", PLANT, ROUTES], { env });
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => (out += data.toString()));
  return new Promise((resolve) => {
    child.on("close", () => {
      resolve(out);
    });
  });
}

for (const [number, { what }] of FAULTS.entries())
  if (number % EVERY === FIRST)
    test(`seen: ${what}`, async () => {
      const out = await withFault(number);
      assert.match(out, /Property failed after \d+ tests/u, out.slice(-3000));
    });
