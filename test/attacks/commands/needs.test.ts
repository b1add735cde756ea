// Commands (B): each spelling of the data is refused or asked for, and what looks like it is not; through the real door.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";
import { define } from "../../../src/kernel/operation.ts";
import { commandNeeds, type Programs } from "../../../src/primitives/shell/reading/needs.ts";
import { readText, readWords } from "../../../src/primitives/shell/reading/parse.ts";
import { TestKernel } from "../../support/kernel.ts";

interface Group {
  readonly id: string;
  readonly about: string;
  readonly right: "execute" | "direct";
  readonly grants: readonly string[];
  readonly rules?: readonly {
    readonly effect: "ask" | "deny";
    readonly resource: string;
    readonly args?: string[];
  }[];
  readonly refused: readonly (string | string[])[];
  readonly runs: readonly (string | string[])[];
}

const GROUPS = JSON.parse(readFileSync(join(import.meta.dirname, "B.json"), "utf8")) as readonly Group[];

const programs: Programs = { path: ["/usr/bin"], find: () => "outside" };

/** An operation that needs what the command needs, and counts its runs. */
const runner = (ran: unknown[]) =>
  define({
    name: "shell.try",
    summary: "Run a command.",
    effect: "external",
    idempotent: false,
    input: z.strictObject({
      command: z.union([z.string(), z.array(z.string())]),
      right: z.enum(["execute", "direct"]),
    }),
    output: z.strictObject({ done: z.literal(true) }),
    needs: ({ command, right }, view) =>
      commandNeeds(typeof command === "string" ? readText(command) : readWords(command), {
        ...{ right, programs, cwd: view.cwd, roots: view.roots },
      }),
    invoke: ({ command }) => {
      ran.push(command);
      return Promise.resolve({ done: true as const });
    },
  });

for (const { id, about, right, grants, rules = [], refused, runs } of GROUPS)
  test(`${id}: ${about} (${refused.length} refused, ${runs.length} run)`, async () => {
    const ran: unknown[] = [];
    const k = await TestKernel.open({
      roots: [{ name: "app", path: "/w/app" }],
      more: () => [{ kind: "shell", operations: [runner(ran)] }],
      hands: true,
      policy: rules.map((rule) => ({ ...rule, rights: [right], reason: "no" })),
    });
    const wrong: unknown[] = [];
    for (const command of [...refused, ...runs]) {
      const pid = k.launch([...grants]);
      const before = ran.length;
      const call = k.call(pid, "shell.try", { command, right });
      await Promise.race([call, k.settle()]);
      if (ran.length - before !== (refused.includes(command) ? 0 : 1)) wrong.push(command);
    }
    assert.deepEqual(wrong, []);
  });

test("there are many spellings", () => {
  assert.ok(GROUPS.reduce((sum, { refused }) => sum + refused.length, 0) >= 400);
});
