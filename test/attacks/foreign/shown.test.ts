// Attacks by a record that a repository brings: shown or refused with the place, in little time and memory, never obeyed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { HostileRecord } from "./hostile.ts";
import type { Shown } from "./child.ts";
import { LARGE } from "./large.ts";
import { SENSELESS } from "./senseless.ts";

/** Records that take a process of their own and seconds are tried in the long run. */
const LONG = process.env["TEST_LONG"] === "1";
const HOSTILE = [...SENSELESS, ...LARGE].filter(({ heavy }) => LONG || heavy !== true);
const CHILD = join(import.meta.dirname, "child.ts");
/** A step takes up to 2 s on an idle machine. Other tests run beside this one, and only a hang is looked for. */
const HANG = 10_000;
/** A command takes 70 MB before it reads anything, so 130 MB are left of the 200 MB it may take. */
const MEMORY = 130 * 1024 ** 2;

/** Shows records in one child, and gives what it printed; it is killed when it says nothing for long. */
async function show(bases: readonly string[]): Promise<{ shown: Shown[]; err: string }> {
  const child = spawn(process.execPath, ["--no-warnings", CHILD, ...bases], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const hung = setTimeout(() => child.kill("SIGKILL"), HANG * 3);
  let out = "";
  let err = "";
  child.stdout.on("data", (text: Buffer) => {
    out += text.toString();
    hung.refresh();
  });
  child.stderr.on("data", (text: Buffer) => (err += text.toString()));
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(hung);
  const shown = out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Shown);
  return { shown, err: code === 0 ? "" : `${err} (ended by ${JSON.stringify(code ?? child.signalCode)})` };
}

suite("Q5: a foreign record is shown, or refused with its place", () => {
  const base = mkdtempSync(join(tmpdir(), "agentlibos-foreign-"));
  const places = HOSTILE.map((_, i) => join(base, String(i)));
  const came = new Map<string, Shown>();
  let failed = "";
  before(async () => {
    for (const [i, { make }] of HOSTILE.entries()) {
      mkdirSync(join(base, String(i), "w"), { recursive: true });
      make(new HostileRecord(join(base, String(i), "w")));
    }
    const light = places.filter((_, i) => HOSTILE[i]?.heavy !== true);
    const { shown, err } = await show(light);
    failed = err;
    light.forEach((place, i) => {
      const each = shown[i];
      if (each !== undefined) came.set(place, each);
    });
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  for (const [i, { name, refused, heavy, slow }] of HOSTILE.entries()) {
    test(name, async () => {
      const place = places[i] ?? "";
      const alone = heavy === true ? await show([place]) : undefined;
      const shown = alone === undefined ? came.get(place) : alone.shown[0];
      assert.ok(shown !== undefined, `it was not shown: ${alone?.err ?? failed}`);
      assert.ok(shown.slowest < HANG, `${shown.step} took ${Math.round(shown.slowest)} ms`);
      if (heavy === true) assert.ok(shown.grew < MEMORY, `it took ${Math.round(shown.grew / 1024 ** 2)} MB`);
      assert.match(shown.standing, /^this record was made elsewhere/u);
      // A record that takes too long is refused, with its place: on a busy machine any large one may.
      if (shown.standing.includes("reading up to here took too long")) {
        assert.ok(slow === true || heavy === true);
        return;
      }
      // A line that stands as it was written may be of a newer version. It is refused with its place all the same.
      const refusal = /^(?:damaged|written by a newer version): /u;
      assert.match(shown.verdict, refused === undefined ? /^foreign: /u : refusal);
      if (refused === undefined) {
        assert.match(shown.standing, /It is shown, not obeyed/u);
        assert.ok(shown.text > 0);
        return;
      }
      for (const text of [shown.standing, shown.verdict]) {
        assert.ok(text.includes(refused), text);
        assert.match(text, /(?:journal\/\d{8}\.jsonl|bodies\/\d{8}), (?:line \d+, )?byte \d+/u);
        assert.ok(text.length < 1500, "it is told in few words");
      }
      assert.match(shown.standing, /Nothing of it is shown/u);
      assert.equal(shown.processes, 0);
    });
  }
});
