// Runs the attack cases: an agent makes the calls of each, and an observer outside judges them.
import type { Question } from "../../src/abi/question.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { arrangeQuestions } from "../../src/views/questions/approvals.ts";
import { planOf, readCases, type Case, type Planned } from "./cases.ts";
import { Scratch, SECRETS } from "./scratch.ts";
import { Attacker, type Came } from "./attacker.ts";

/** What is wrong with how a call came out, in one line; undefined when it is as the case says. */
function wrongWith(planned: Planned, came: Came): string | undefined {
  const { decision, code } = planned.expect;
  const says = `${planned.tool} ${JSON.stringify(planned.args)} (${planned.how}): ${came.decision} ${came.outcome} ${came.code} ${came.message}`;
  if (decision.length > 0 && !decision.includes(came.decision)) return says;
  if (code.length > 0 && !code.includes(came.code)) return says;
  const waits = came.outcome === "not-run" && came.code === "not-run";
  if (came.outcome !== "ok" && came.message === "" && !waits) return `${says} (no reason)`;
  const shown = planned.hides.find((text) => came.shown.includes(text));
  if (shown !== undefined) return `${says} (shows ${shown})`;
  const missed = planned.shows.find((text) => !came.shown.includes(text));
  if (missed !== undefined) return `${says} (does not show ${missed})`;
  return undefined;
}

/** True when the record says of this call what was asked for; it adds defaults, and leaves out secrets. */
function sameCall(planned: Planned, came: Came): boolean {
  if (JSON.stringify([came.tool, came.args]).includes("[redacted")) return true;
  const args: Record<string, unknown> = { ...(came.args as object) };
  return (
    came.tool === planned.tool &&
    Object.entries(planned.args).every(([k, v]) => isDeepStrictEqual(args[k], v))
  );
}

async function run(attack: Case, child: boolean): Promise<number> {
  const scratch = new Scratch(attack.setup);
  try {
    const roots = attack.roots.map(({ name, path }) => ({ name, path: join(scratch.root, path) }));
    const play = { ...attack, roots };
    const planned = planOf(attack, scratch.root).filter((p) => !child || p.tool !== "stat");
    const attacker = await Attacker.open(scratch, play);
    const before = scratch.picture();
    const came = await attacker.calls(planned, play, { child, slowly: attack.slowly });
    const wrong = planned.flatMap((each, i) => {
      const found = came[i];
      assert.ok(found);
      assert.ok(sameCall(each, found), `${JSON.stringify(each)} is not ${JSON.stringify(found)}`);
      return wrongWith(each, found) ?? [];
    });
    const free = planned.filter((p) => p.expect.decision.length === 0).flatMap((p) => firstNames(p.args));
    const touches = [...attack.touches, ...free.map((name) => `app/${name}`)];
    const shares = arrangeQuestions(
      attacker.on.kernel.state.kinds,
      [],
      openQuestions(attacker),
      false,
    ).flatMap((p) => ("alike" in p ? p.alike.length : []));
    const changed = Scratch.changes(before, scratch.picture(), touches);
    await attacker.close();
    const seen = [...attacker.eyes.values()].join("\n");
    const secrets: string[] = attack.seen ? [] : Object.values(SECRETS);
    assert.deepEqual(
      {
        wrong,
        shares: attack.shares === undefined ? [] : shares,
        changed,
        recorded: scratch.recorded(attack.unrecorded),
        seen: secrets.filter((s) => seen.includes(s)),
      },
      { wrong: [], shares: attack.shares ?? [], changed: [], recorded: [], seen: [] },
    );
    return planned.length;
  } finally {
    scratch.close();
  }
}

/** What waits for a person. */
function openQuestions({ on }: Attacker): Question[] {
  return [...on.kernel.state.questions.values()].flatMap((a) => (a.outcome === undefined ? a.question : []));
}

/** The first name of each path argument of a harmless attempt that is none of the planted files: such names may appear. */
function firstNames(args: Record<string, unknown>): string[] {
  return ["path", "from", "to"].flatMap((key) => {
    const value = args[key];
    const name = typeof value === "string" ? value.split("/")[0] : undefined;
    return name !== undefined && /%|^moved-/u.test(name) ? [name] : [];
  });
}

// Each case has its own folders and mostly waits for the disk, so several run at once.
suite("attack cases", { concurrency: 6 }, () => {
  for (const attack of readCases()) {
    for (const child of attack.child ? [false, true] : [false]) {
      test(`${attack.id}: ${attack.title}${child ? ", in a child" : ""}`, async (t) => {
        t.diagnostic(`${await run(attack, child)} calls`);
      });
    }
  }
});
