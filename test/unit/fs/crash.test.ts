// Killed in the middle of a change: a probe tells done from not started, leftovers go, and nothing happens twice.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, test } from "node:test";
import { z } from "zod";
import { tempName } from "../../../src/host/node/fs/publish.ts";
import { Bench } from "../../harness/fs.ts";
import { stepOf } from "../../harness/fs-steps.ts";
import { share } from "../../support/runs.ts";

interface Line {
  readonly i: number;
  readonly name?: string;
  readonly args?: unknown;
  readonly prestate?: unknown;
  readonly end?: string;
  readonly message?: string;
}

const marks = z.object({ pre: z.string(), post: z.string().optional() });

function isLine(value: unknown): value is Line {
  return typeof value === "object" && value !== null && "i" in value;
}

const logOf = (base: string): Line[] =>
  readFileSync(join(base, "log"), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((text): unknown => JSON.parse(text))
    .filter(isLine);

const leftovers = (base: string): string[] =>
  readdirSync(base, { recursive: true, encoding: "utf8" }).filter((n) => /\.~agentlibos|\/tmp-/u.test(n));

/** In a long run twenty. */
const KILLS = share(20, 4);

test(
  `${KILLS} kills at random moments: every change happens exactly once`,
  { timeout: 120_000 },
  async () => {
    const first = new Bench();
    after(() => first.close());
    const { base } = first;
    writeFileSync(first.at("count"), `n=0;\n${"y".repeat(20_000)}\n`);
    writeFileSync(join(base, "log"), "");
    let next = 0;
    const verdicts: Record<string, number> = {};
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, "../../harness/fs-child.ts"), base, String(next)],
        {
          stdio: ["ignore", "ignore", "inherit"],
        },
      );
      // Some lines into its work, and then at any moment of the next step.
      const enough = logOf(base).length + 1 + Math.floor(Math.random() * 6);
      while (child.exitCode === null && logOf(base).length < enough) await sleep(1);
      await sleep(Math.random() * 4);
      child.kill("SIGKILL");
      await once(child, "exit");
      const lines = logOf(base);
      for (const line of lines)
        assert.ok(line.end === undefined || line.end === "ok", `${line.i} ${line.end} ${line.message}`);
      const last = lines.at(-1);
      if (last === undefined) continue;
      next = last.i + 1;
      if (last.end !== undefined) continue;
      // The observer outside: a new process with only the disk and what was durable before the effect.
      const bench = new Bench(["app"], undefined, base);
      const { name, args } = stepOf(last.i);
      const probe = await bench.probe(name, args, last.prestate);
      verdicts[`${name} ${probe.state}`] = (verdicts[`${name} ${probe.state}`] ?? 0) + 1;
      assert.notEqual(probe.state, "unknown", JSON.stringify([last, probe]));
      assert.deepEqual(leftovers(base), [], name);
      if (probe.state === "not-started") {
        const again = await bench.call(name, args);
        assert.equal(again.code, "ok", `${name} ${again.error?.message ?? ""}`);
        assert.deepEqual(
          { ...Object(again.prestate), identity: 0 },
          { ...Object(last.prestate), identity: 0 },
        );
      }
      bench.backend.close();
    }
    const rounds = Math.floor(next / 6) * 2 + (next % 6 > 3 ? 2 : next % 6 > 0 ? 1 : 0);
    assert.match(first.text("count"), new RegExp(`^n=${rounds};\n`));
    assert.ok(next > KILLS, `only ${next} steps`);
    console.log(`# ${next} steps, cut off: ${JSON.stringify(verdicts)}`);
  },
);

test("what a kill leaves at each instant is judged and swept", async () => {
  const bench = new Bench();
  after(() => bench.close());
  writeFileSync(bench.at("f"), "before\n");
  const wrote = await bench.call("fs.write", { path: "f", content: "after\n" });
  const args = { path: "f", content: "after\n" };
  const post = marks.parse(wrote.prestate).post ?? "";
  const temp = bench.at(tempName(`fs:/app/f\n${post}`));
  const cases: [string, () => void, string][] = [
    [
      "staged, not published",
      () => (writeFileSync(bench.at("f"), "before\n"), writeFileSync(temp, "aft")),
      "not-started",
    ],
    [
      "published, temp still there",
      () => (writeFileSync(bench.at("f"), "after\n"), linkSync(bench.at("f"), temp)),
      "done",
    ],
    ["published", () => writeFileSync(bench.at("f"), "after\n"), "done"],
    ["somebody else", () => writeFileSync(bench.at("f"), "other\n"), "unknown"],
    ["a folder", () => (renameSync(bench.at("f"), bench.at("g")), mkdirSync(bench.at("f"))), "unknown"],
  ];
  for (const [what, leave, expected] of cases) {
    leave();
    const probe = await bench.probe("fs.write", args, wrote.prestate);
    assert.equal(probe.state, expected, what);
    assert.deepEqual(leftovers(bench.base), [], what);
    if (probe.state === "done") {
      assert.deepEqual([probe.value, probe.saw], [wrote.value, [{ resource: "fs:/app/f", sha256: post }]]);
      assert.deepEqual(probe.changes, wrote.changes, "a probe tells the changes that the act reported");
    }
  }
});

test("a write of what is there already is done, whatever happened", async () => {
  const bench = new Bench();
  after(() => bench.close());
  writeFileSync(bench.at("f"), "same\n");
  const got = await bench.call("fs.write", { path: "f", content: "same\n" });
  assert.equal((await bench.probe("fs.write", { path: "f", content: "same\n" }, got.prestate)).state, "done");
});

test("a move cut off halfway is finished, not refused", async () => {
  const bench = new Bench();
  after(() => bench.close());
  writeFileSync(bench.at("a"), "a\n");
  let prestate: unknown;
  const args = { from: "a", to: "b" };
  const moved = await bench.call("fs.move", args, { beforeInvoke: (p) => void (prestate = p) });
  const probe = await bench.probe("fs.move", args, prestate);
  assert.deepEqual([probe.state, "changes" in probe && probe.changes], ["done", moved.changes]);
  assert.equal(moved.changes.length, 2);
  linkSync(bench.at("b"), bench.at("a"));
  assert.equal((await bench.probe("fs.move", args, prestate)).state, "not-started");
  assert.equal((await bench.call("fs.move", args)).code, "ok");
  assert.deepEqual(readdirSync(bench.at()), ["b"]);
});

test("a folder that was renamed aside is gone, and the probe empties the rest", async () => {
  const bench = new Bench();
  after(() => bench.close());
  mkdirSync(bench.at("d/e"), { recursive: true });
  writeFileSync(bench.at("d/e/f"), "f\n");
  const args = { path: "d", recursive: true };
  let prestate: unknown;
  bench.denied = (need) => need.right === "read";
  const got = await bench.call("fs.delete", args, {
    beforeInvoke: (p) => {
      prestate = p;
      renameSync(bench.at("d"), bench.at(tempName(`fs:/app/d\n${marks.parse(p).pre}`)));
    },
  });
  assert.equal(got.code, "ESTALE");
  const probe = await bench.probe("fs.delete", args, prestate);
  const gone = { resource: "fs:/app/d", pre: `folder:${marks.parse(prestate).pre}`, post: "absent" };
  assert.deepEqual([probe.state, "changes" in probe && probe.changes], ["done", [gone]]);
  assert.deepEqual(readdirSync(bench.at()), []);
});

test("half-written copies of old content are cleared at the next start", () => {
  const bench = new Bench();
  after(() => bench.close());
  writeFileSync(join(bench.home, "pre", "tmp-0011"), "half");
  writeFileSync(join(bench.home, "pre", "a".repeat(64)), "whole");
  const again = new Bench(["app"], undefined, bench.base);
  assert.deepEqual(readdirSync(join(bench.home, "pre")), ["a".repeat(64)]);
  again.backend.close();
});
