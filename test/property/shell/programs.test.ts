// Programs of random texts: whatever Bash really starts was found in the text, or the text needs every program.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "unbash";
import { ANY_PROGRAM, commandNeeds } from "../../../src/primitives/shell/reading/needs.ts";
import { readText } from "../../../src/primitives/shell/reading/parse.ts";
import { share } from "../../support/runs.ts";
import { Bash } from "./bash.ts";
import { script, soup } from "./scripts.ts";

const skip = existsSync("/bin/bash") && existsSync("/usr/bin/setsid") ? false : "there is no Bash here";

const AT_ONCE = 8;

/** Runs a text; gives how many programs Bash started, and whether the text said all of them. */
async function check(text: string): Promise<{ count: number; sure: boolean }> {
  const bash = new Bash();
  const roots = [{ name: "app", path: bash.app }];
  const around = { right: "execute", cwd: "fs:/app", roots, programs: bash.programs } as const;
  const found = new Set(commandNeeds(readText(text), around).map(({ resource }) => resource));
  const started = await bash.started(text);
  bash.remove();
  const missed = [...started].filter((resource) => !found.has(resource));
  const sure = !found.has(ANY_PROGRAM);
  assert.ok(!sure || missed.length === 0, `${JSON.stringify(text)} started ${missed.join(", ")}`);
  return { count: started.size, sure };
}

for (const [what, texts, all, least] of [
  ["well formed texts", script, 4000, 0.25],
  ["texts of any form", soup, 8000, 0.05],
] as const)
  test(`every program that Bash starts is found: ${what}`, { skip }, async (t) => {
    const seen = { runs: 0, programs: 0, sure: 0 };
    await fc.assert(
      // Most of the time goes into waiting for processes, so several texts run at once.
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: AT_ONCE, size: "max" }), async (some) => {
        for (const { count, sure } of await Promise.all(some.map(check))) {
          seen.runs += 1;
          seen.programs += count;
          if (sure && count > 0) seen.sure += 1;
        }
      }),
      { numRuns: share(all, 20) / (AT_ONCE / 2) },
    );
    t.diagnostic(`${seen.runs} texts started ${seen.programs} programs; ${seen.sure} told all of theirs`);
    assert.ok(
      seen.sure >= seen.runs * least,
      `only ${seen.sure} of ${seen.runs} texts told all their programs`,
    );
  });

/** True when Bash finds no fault in a text. It runs nothing. */
const accepts = (text: string): boolean =>
  spawnSync("/bin/bash", ["-n", "-c", text], { env: { LC_ALL: "C" } }).status === 0;

test("a text that Bash accepts and the parser does not needs every program", { skip }, (t) => {
  const seen = { accepted: 0, both: 0 };
  fc.assert(
    fc.property(soup, (text) => {
      if (!accepts(text)) return;
      seen.accepted += 1;
      if ((parse(text).errors ?? []).length === 0) seen.both += 1;
      else assert.notEqual(readText(text).unsure.length, 0);
    }),
    { numRuns: share(6000, 20) },
  );
  t.diagnostic(`Bash accepted ${seen.accepted} texts, the parser ${seen.both} of these`);
  assert.ok(seen.both > 0);
});

test("every text of the corpus that tells its programs is correct for Bash", { skip }, () => {
  const file = join(import.meta.dirname, "../../unit/shell/corpus.json");
  const corpus = JSON.parse(readFileSync(file, "utf8")) as readonly { text: string; any?: true }[];
  for (const { text, any } of corpus) if (any !== true) assert.ok(accepts(text), text);
});
