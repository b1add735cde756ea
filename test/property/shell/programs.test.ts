// Programs of random texts: whatever Bash really starts was found in the text, or the text needs every program.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { ANY_PROGRAM, commandNeeds } from "../../../src/primitives/shell/needs.ts";
import { readText } from "../../../src/primitives/shell/parse.ts";
import { share } from "../../support/runs.ts";
import { Bash } from "./bash.ts";
import { script, soup } from "./scripts.ts";

const skip = existsSync("/bin/bash") && existsSync("/usr/bin/setsid") ? false : "there is no Bash here";
/** Runs a text; gives how many programs Bash started, and whether the text said all of them. */
async function check(text: string): Promise<{ count: number; sure: boolean }> {
  const bash = new Bash();
  const roots = [{ name: "app", path: bash.app }];
  const needs = commandNeeds(readText(text), {
    right: "execute",
    cwd: "fs:/app",
    roots,
    programs: bash.programs,
  });
  const found = new Set(needs.map(({ resource }) => resource));
  const started = await bash.started(text);
  bash.remove();
  const missed = [...started].filter((resource) => !found.has(resource));
  const sure = !found.has(ANY_PROGRAM);
  assert.ok(!sure || missed.length === 0, `${JSON.stringify(text)} started ${missed.join(", ")}`);
  return { count: started.size, sure };
}

for (const [what, texts, all, least] of [
  ["well formed texts", script, 6000, 0.25],
  ["texts of any form", soup, 12_000, 0.02],
] as const)
  test(`every program that Bash starts is found: ${what}`, { skip }, async (t) => {
    const seen = { runs: 0, programs: 0, sure: 0 };
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const { count, sure } = await check(text);
        seen.runs += 1;
        seen.programs += count;
        if (sure && count > 0) seen.sure += 1;
      }),
      { numRuns: share(all, 20) },
    );
    t.diagnostic(`${seen.runs} texts started ${seen.programs} programs; ${seen.sure} told all of theirs`);
    assert.ok(
      seen.sure >= seen.runs * least,
      `only ${seen.sure} of ${seen.runs} texts told all their programs`,
    );
  });
