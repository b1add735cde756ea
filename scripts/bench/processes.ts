// Rows of the process model: fork, exec, a message there and back, and ten thousand processes that sleep.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseGrants } from "../../src/abi/capability.ts";
import { isFault } from "../../src/abi/errors.ts";
import { builtInImage } from "../../src/agent/images.ts";
import { boot, type Booted } from "../../src/boot.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { INIT } from "../../src/kernel/state/rows.ts";
import { mint } from "../../src/kernel/witness.ts";
import { median, type Row } from "./runtime.ts";
import { kinds } from "../../src/primitives/index.ts";

/** How many sleep, and how many capabilities each of them is launched with beside what all are born with. */
const SLEEPERS = 10_000;
const GRANTS = [
  "allow:sleep:clock:/sleep",
  ...Array.from({ length: 4 }, (_, i) => `allow:read:fs:/app/d${i}/**`),
];

const FAMILY = [
  "allow:spawn:process:/children",
  "allow:execute:image:/coding",
  "allow:execute:image:/reviewer",
];

const image = builtInImage(kinds, "coding");

function row(name: string, value: number, unit: string, target: string, limit?: number): Row {
  const rounded = Math.round(value * 1000) / 1000;
  return { name, value: rounded, unit, target, ...(limit === undefined ? {} : { met: value <= limit }) };
}

function open(scratch: string): Promise<Booted> {
  const root = join(scratch, "app");
  return boot({
    ...{ root, roots: [{ name: "app", path: root }], home: join(scratch, "home"), host: "bench" },
    ...{ mode: "create", policy: [], models: createModels({ scripted: true }) },
  });
}

function launch({ kernel, person }: Booted, grants: readonly string[], script: unknown): number {
  const listed = parseGrants(grants, kinds);
  if (isFault(listed)) throw new Error("no such launch");
  const order = { image, goal: "bench", model: "scripted/bench", budget: {}, cwd: "fs:/app" };
  const launched = kernel.launch(person, { ...order, grants: listed, launch: { script, interactive: true } });
  if (!launched.ok) throw new Error(launched.message);
  return launched.value.pid;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function repeated(times: number, work: (i: number) => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < times; i += 1) all.push(await timed(() => work(i)));
  return median(all);
}

function collect(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

export async function processRows(): Promise<Row[]> {
  const scratch = mkdtempSync(join(tmpdir(), "agentlibos-bench-"));
  mkdirSync(join(scratch, "app"));
  try {
    const family = await familyRows(scratch);
    const pause = await pauseRow(scratch);
    const finished = await finishedRow(scratch);
    return [...family, pause, finished, ...(await sleeperRows(scratch))];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function familyRows(scratch: string): Promise<Row[]> {
  const on = await open(scratch);
  const [one, two] = [launch(on, FAMILY, { turns: [] }), launch(on, FAMILY, { turns: [] })];
  await on.kernel.rest();
  const { kernel } = on;
  const call = async (pid: number, op: string, args: unknown): Promise<void> => {
    const result = await kernel.syscall(mint.caller(pid), op, args);
    if (isFault(result)) throw new Error(`${op}: ${result.code} ${result.message}`);
  };
  for (const [from, to] of [
    [one, two],
    [two, one],
  ] as const)
    kernel.give(on.person, from, { effect: "allow", rights: ["message"], resource: `process:/${to}` });
  const fork = await repeated(60, (i) => call(one, "process.fork", { goal: `part ${i}` }));
  const exec = await repeated(60, (i) =>
    call(two, "process.exec", { image: i % 2 === 0 ? "reviewer" : "coding", goal: `part ${i}` }),
  );
  const there = await repeated(300, async (i) => {
    const answer = call(two, "process.receive", {}).then(() =>
      call(two, "process.send", { pid: one, message: `answer ${i}` }),
    );
    await call(one, "process.send", { pid: two, message: `question ${i}` });
    await call(one, "process.receive", {});
    await answer;
  });
  await on.close();
  return [
    row("fork", fork, "ms", "-"),
    row("exec", exec, "ms", "-"),
    row("a message there and one back", there, "ms", "-"),
  ];
}

/** From Pause All until no loop runs any more, with a hundred agents that think and write objects all the time. */
async function pauseRow(scratch: string): Promise<Row> {
  renew(scratch);
  const on = await open(scratch);
  const turn = (value: number): unknown => ({ calls: [{ tool: "put_object", args: { name: "n", value } }] });
  const script = { turns: Array.from({ length: 2_000 }, (_, i) => turn(i)) };
  for (let i = 0; i < 100; i += 1) launch(on, [], script);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const pids = [...on.kernel.state.processes.keys()];
  const busy = pids.filter((pid) => pid !== INIT && on.kernel.living(pid) !== undefined).length;
  const paused = await timed(async () => {
    on.kernel.pauseAll("person", "bench");
    await on.kernel.rest();
  });
  await on.close();
  return row(`Pause All until each of ${busy} busy agents stands still`, paused, "ms", "<= 1000", 1000);
}

/** How much stays in memory of agents that read ten files of 20 kB each and have ended. */
async function finishedRow(scratch: string): Promise<Row> {
  renew(scratch);
  const names = Array.from({ length: 10 }, (_, i) => `text-${i}.md`);
  for (const name of names) writeFileSync(join(scratch, "app", name), `${name}\n`.repeat(2_000));
  const calls = names.map((path) => ({ tool: "read_file", args: { path } }));
  const script = { turns: [{ calls }, { calls: [{ tool: "finish", args: { result: "read" } }] }] };
  const on = await open(scratch);
  const before = collect();
  const agents = Array.from({ length: 200 }, () => launch(on, ["allow:read:fs:/app/**"], script));
  await on.kernel.rest();
  await on.kernel.durable();
  const living = agents.filter((pid) => on.kernel.living(pid) !== undefined);
  if (living.length > 0) throw new Error(`${living.length} agents have not ended`);
  const held = (collect() - before) / 1e6;
  await on.close();
  return row("memory of 200 ended agents with ten reads of 20 kB each", held, "MB", "<= 2", 2);
}

/** A workspace without a record. */
function renew(scratch: string): void {
  rmSync(join(scratch, "app", ".agentlibos"), { recursive: true, force: true });
  rmSync(join(scratch, "home"), { recursive: true, force: true });
}

/** Reads different lines, and gives the median of the last hundred of `count` reads. */
async function reads(on: Booted, scratch: string, count: number): Promise<number> {
  writeFileSync(join(scratch, "app", "README.md"), "hello\n");
  const caller = mint.caller(launch(on, ["allow:read:fs:/app/**"], { turns: [] }));
  const times: number[] = [];
  for (let i = 1; i <= count; i += 1)
    times.push(
      await timed(async () => {
        const result = await on.kernel.syscall(caller, "fs.read", { path: "README.md", end_line: i });
        if (isFault(result)) throw new Error(result.message);
      }),
    );
  return median(times.slice(-100));
}

async function sleeperRows(scratch: string): Promise<Row[]> {
  renew(scratch);
  const quiet = await open(scratch);
  await reads(quiet, scratch, 3000);
  const alone = await reads(quiet, scratch, 150);
  await quiet.close();
  renew(scratch);
  const script = { turns: [{ calls: [{ tool: "sleep", args: { seconds: 3600 } }] }] };
  const before = collect();
  let on = await open(scratch);
  const first = launch(on, GRANTS, script);
  for (let i = 1; i < SLEEPERS; i += 1) launch(on, GRANTS, script);
  const sleeps = (pid: number): boolean => on.kernel.runningOf(pid).some(({ waits }) => waits === "timer");
  const asleep = (): boolean => Array.from({ length: SLEEPERS }, (_, i) => first + i).every(sleeps);
  while (!asleep()) await new Promise((resolve) => setTimeout(resolve, 50));
  await on.kernel.durable();
  const held = (collect() - before) / 1e6;
  const wake = await repeated(20, async (i) => {
    on.kernel.signal(on.person, first + i, "interrupt", "bench");
    while (on.kernel.running(`${first + i}.0.0`) !== undefined) await Promise.resolve();
  });
  const capabilities = on.kernel.state.capabilities.size;
  const among = await reads(on, scratch, 10_000);
  await on.close();
  const reload = await timed(async () => {
    on = await open(scratch);
  });
  await on.close();
  return [
    row(
      `memory of ${SLEEPERS} sleeping processes with ${capabilities} capabilities`,
      held,
      "MB",
      "<= 64",
      64,
    ),
    row("wake one of them", wake, "ms", "<= 0.2", 0.2),
    row("read call among them, the 10,000th over the 100th alone", among / alone, "x", "<= 1.1", 1.1),
    row("open their record again, from a snapshot", reload, "ms", "<= 100", 100),
  ];
}
