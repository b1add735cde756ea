// The box under kill -9: at each act on a box and among the file operations between them, nothing is lost, done twice or left running.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { verifyRecord } from "../../../src/boot.ts";
import { Boxes } from "../../support/box/backend.ts";
import { DISK_POINTS, pointsIn, somePoints, stepsOf, twoAtOnce } from "../points.ts";
import { PACKED } from "./script.ts";

const CHILD = join(import.meta.dirname, "child.ts");

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly out: string;
}

/** Runs the program in a folder until it ends or is killed. */
function run(base: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const preload = "DISK_KILL" in env || "DISK_LOG" in env ? ["--import", DISK_POINTS] : [];
  const child = spawn(process.execPath, ["--no-warnings", ...preload, CHILD, base], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => (out += data.toString()));
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      resolve({ code, signal, out });
    });
  });
}

function fresh(): string {
  const base = mkdtempSync(join(tmpdir(), "agentlibos-box-"));
  mkdirSync(join(base, "app"));
  return base;
}

/** The programs that run for the boxes of a folder: they have got its name from whoever started them. */
function programsOf(base: string): string[] {
  return readdirSync("/proc").filter((program) => {
    try {
      return readFileSync(`/proc/${program}/environ`, "utf8").includes(`ADDED_FOLDER=${base}\0`);
    } catch {
      return false; // it is no program, or has ended
    }
  });
}

function recordsOf(base: string): AnyRecord[] {
  const folder = join(base, "app", ".agentlibos", "journal");
  const text = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
  const lines = text.join("").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as AnyRecord);
}

/** The calls of a kind of record, in their order. */
function callsOf(records: readonly AnyRecord[], kind: "call.begin" | "call.end"): (string | undefined)[] {
  return records.filter((record) => record.kind === kind).map(({ call }) => call);
}

/** The world and the record after the last run must be as if nothing had happened to the program. */
async function check(base: string, what: string): Promise<void> {
  const boxes = new Boxes(base);
  assert.deepEqual(boxes.peek("box:/app/tools"), PACKED, what);
  assert.deepEqual(boxes.peek("box:/app/old"), [], what);
  const out = join(base, "app", "out");
  assert.deepEqual(readdirSync(out), ["unpacked-1"], what);
  assert.equal(readdirSync(join(out, "unpacked-1")).length, PACKED.length, what);
  assert.deepEqual(boxes.lids(), [], `${what}: a lid is open`);
  for (let i = 0; i < 100 && programsOf(base).length > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(programsOf(base), [], `${what}: a program still runs`);
  const records = recordsOf(base);
  for (const kind of ["call.begin", "call.end"] as const) {
    const calls = callsOf(records, kind);
    assert.equal(new Set(calls).size, calls.length, `${what}: a ${kind} stands twice`);
  }
  const failed = records.filter((r) => r.kind === "call.end" && r.data.outcome !== "ok");
  assert.deepEqual(failed, [], what);
  const count = (kind: AnyRecord["kind"]): number => records.filter((r) => r.kind === kind).length;
  assert.equal(count("handle.open"), count("handle.close"), what);
  assert.equal(count("root.add"), count("root.remove"), what);
  assert.deepEqual([count("operation.add"), count("operation.remove")], [1, 1], what);
  const root = join(base, "app");
  const verdict = await verifyRecord({
    root,
    roots: [{ name: "app", path: root }],
    home: join(base, "home"),
  });
  assert.equal(verdict.ok, true, `${what}: ${JSON.stringify(verdict)}`);
}

/** Kills the program in one way, lets it go on until it ends by itself, and checks what is there then. */
async function killed(env: NodeJS.ProcessEnv, what: string): Promise<void> {
  const base = fresh();
  try {
    const first = await run(base, env);
    assert.ok(first.signal === "SIGKILL" || first.code === 0, `${what}: ${first.out}`);
    const last = await run(base);
    assert.equal(last.code, 0, `${what}: ${last.out}`);
    await check(base, what);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

test("killed before or after each act on a box, nothing is lost, done twice or left running", async () => {
  const base = fresh();
  const whole = await run(base);
  const acts = Number(whole.out);
  assert.ok(acts >= 15, `${whole.code} ${whole.out}`);
  await check(base, "not killed");
  rmSync(base, { recursive: true });
  const points = Array.from({ length: acts }, (_, act) => [`${act + 1}`, `${act + 1}+`]).flat();
  await twoAtOnce(somePoints(points, acts / 2.5), (at) => killed({ KILL_ACT: at }, `killed at act ${at}`));
});

test("killed at its file operations, half-done writes of the record among them, the same holds", async () => {
  const base = fresh();
  const steps = await stepsOf(async (env) => {
    const counted = await run(base, env);
    assert.equal(counted.code, 0, counted.out);
  });
  rmSync(base, { recursive: true });
  assert.ok(steps.includes("write lines #20"), "the steps of the record were not seen");
  await twoAtOnce(somePoints(pointsIn(steps), 5), (point) =>
    killed({ DISK_KILL: point }, `killed at "${point}"`),
  );
});
