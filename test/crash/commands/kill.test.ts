// kill -9 of the host at random moments of a command: no process is left, and the workspace is as it was.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { CommandBench, processesWith } from "../../attacks/commands/bench.ts";
import { Scratch } from "../../attacks/scratch.ts";
import { share } from "../../support/runs.ts";
import { noSandbox } from "../../attacks/commands/sandbox.ts";

const KILLS = share(50, 6);
const HOST = join(import.meta.dirname, "host.ts");

/** It leaves its session, its parent and its group, and writes as it goes. */
const SCRIPT = `
echo runs; (setsid sleep 300 &); nohup sh -c 'while :; do date > beat; sleep 0.02; done' >/dev/null 2>&1 &
perl -e 'use POSIX; exit if fork; setsid; exit if fork; sleep 1 while 1' "$0"
for i in $(seq 1 200); do echo $i > plain.txt; mkdir -p made/$i; rm -rf src; echo x > made/$i/x; done; sleep 300`;

/** Starts a host, and kills it so long after it said the word. */
async function killed(
  root: string,
  mark: string,
  word: string,
  after: number,
  hosts: readonly string[],
  [script, mode]: readonly [string, string] = [SCRIPT, "layered"],
): Promise<void> {
  const args = ["--no-warnings", HOST, root, script, mark, mode, ...hosts];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8");
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (text: string) => {
      output += text;
      if (output.includes(word)) resolve();
    });
    child.once("exit", () => reject(new Error(`the host ended by itself: ${output}`)));
  });
  await sleep(after);
  child.kill("SIGKILL");
}

/** Processes whose working directory is this folder, such as the forwarder, which no mark names. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/u.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false; // It has ended.
    }
  });
}

/** Waits until the kernel has ended all that the host had started. */
async function leftOf(mark: string, folder?: string): Promise<string[]> {
  const left = (): string[] => [...processesWith(mark), ...(folder === undefined ? [] : processesIn(folder))];
  for (let tries = 0; tries < 100 && left().length > 0; tries++) await sleep(20);
  return left();
}

test(`${KILLS} kills of the host`, { skip: await noSandbox(), timeout: 300_000 }, async (t) => {
  const bench = new CommandBench();
  t.after(() => bench.close());
  mkdirSync(bench.scratch.at("home/layers"), { mode: 0o700 });
  const before = bench.scratch.picture();
  for (let kill = 0; kill < KILLS; kill++) {
    const mark = `crash-${process.pid}-${kill}`;
    // The first kills fall into the making of the layer, the others into the command.
    const isEarly = kill % 3 === 0;
    // Every other command has a gate: a socket of the host, and a forwarder beside it.
    const hosts = kill % 2 === 0 ? [] : ["good.test"];
    const after = randomInt(0, isEarly ? 40 : 300);
    await killed(bench.scratch.root, mark, isEarly ? "layered" : "runs", after, hosts);
    assert.deepEqual(await leftOf(mark, bench.scratch.app), [], "a process is left");
    assert.deepEqual(Scratch.changes(before, bench.scratch.picture(), ["home"]), []);
  }
  const layers = bench.scratch.at("home/layers");
  const left = (): string[] => readdirSync(layers).filter((name) => name.startsWith("run-"));
  assert.notEqual(left().length, 0, "a killed host leaves its layer");
  assert.deepEqual((await bench.ran("ls made beat 2>/dev/null; cat plain.txt")).output, "plain a\n");
  assert.deepEqual(left(), [], "the next opening removes it");
  assert.ok(!existsSync(bench.scratch.at("app/made")));
});

/** It starts others in several ways, and ignores what it can; all of them stay in its group. */
const GROUP = `
trap '' HUP INT TERM PIPE; sh -c 'trap "" HUP TERM; while :; do sleep 0.02; done' "$0" &
nohup bash -c 'sleep 300; :' "$0" >/dev/null 2>&1 & (sh -c 'sleep 301; :' "$0" &)
echo runs; while :; do sleep 0.02; done`;

test("a command without a layer ends with its host, and with it all that it started in its group", async (t) => {
  const bench = new CommandBench();
  t.after(() => bench.close());
  for (let kill = 0; kill < 5; kill++) {
    const mark = `crash-direct-${process.pid}-${kill}`;
    await killed(bench.scratch.root, mark, "runs", randomInt(0, 100), [], [GROUP, "unconfined"]);
    assert.deepEqual(await leftOf(mark), [], "a process is left");
  }
});

test("what a command without a layer leaves in its group ends with it", async (t) => {
  const bench = new CommandBench();
  t.after(() => bench.close());
  const mark = `left-direct-${process.pid}`;
  const script = `nohup sh -c 'sleep 300; :' ${mark} >/dev/null 2>&1 & echo done`;
  assert.equal((await bench.ran(script, { mode: "unconfined" })).output, "done\n");
  assert.deepEqual(await leftOf(mark), []);
});
