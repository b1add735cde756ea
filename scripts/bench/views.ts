// Rows of what people look at: a transcript of 10,000 records, and the memory that a long record takes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseCap } from "../../src/abi/capability.ts";
import { isFault } from "../../src/abi/errors.ts";
import { builtInImage } from "../../src/agent/images.ts";
import { boot, readRecord, type BootOptions } from "../../src/boot.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { Transcript } from "../../src/views/record/transcript.ts";
import { english } from "../../src/views/words/translate.ts";
import { median, type Row } from "./runtime.ts";
import { kinds } from "../../src/primitives/index.ts";

/** Each turn makes a model call with its begin and end, a read, and a head now and then: four records or more. */
const TURNS = 2_500;

export async function viewRows(): Promise<Row[]> {
  const scratch = mkdtempSync(join(tmpdir(), "agentlibos-bench-"));
  const root = join(scratch, "app");
  mkdirSync(root);
  writeFileSync(join(root, "README.md"), "A line of text that is read again and again.\n".repeat(TURNS));
  const where = { root, roots: [{ name: "app", path: root }], home: join(scratch, "home") };
  const options = { ...where, host: "bench", policy: [], models: createModels({ scripted: true }) };
  try {
    await work({ ...options, mode: "create" });
    const before = heap();
    const seen = await boot({ ...options, mode: "view" });
    const held = (heap() - before) / 1e6;
    const { state } = seen.kernel;
    const { records } = await readRecord(where, (r) => r.pid === 2);
    const opened = timed(9, () => new Transcript(english, 2).take([...records]).page(state).text);
    const grown = new Transcript(english, 2);
    const growing = records.slice(0, -50);
    grown.take(growing).page(state);
    const next = records.slice(-50);
    const added = timed(next.length, (i) => {
      const record = next[i];
      if (record !== undefined) growing.push(record);
      grown.take(growing).page(state);
    });
    await seen.close();
    return [
      row(`memory held for a record of ${state.seq} records`, held, "MB", "<= 100", held <= 100),
      row(`transcript of ${records.length} records, opened`, opened, "ms", "<= 100", opened <= 100),
      row("the same, one record later", added, "ms", "typing is never delayed", added <= 16),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** One long agent, from launch to its end. */
async function work(options: BootOptions): Promise<void> {
  const on = await boot(options);
  const image = builtInImage(kinds, "coding");
  const grant = parseCap("allow:read,list:fs:/app/**", kinds);
  if (isFault(grant)) throw new Error("nothing to run");
  const turns = Array.from({ length: TURNS }, (_, i) => ({
    text: `I look at line ${i + 1}, because something may be wrong with it.`,
    calls: [{ tool: "read_file", args: { path: "README.md", start_line: i + 1, end_line: i + 1 } }],
  }));
  const launched = on.kernel.launch(on.person, {
    ...{ image, goal: "read on", model: "scripted/bench", budget: {}, cwd: "fs:/app" },
    grants: [grant],
    launch: { script: { turns }, interactive: false },
  });
  if (isFault(launched)) throw new Error(launched.message);
  await on.kernel.rest();
  await on.close();
}

function heap(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

function timed(times: number, work: (i: number) => unknown): number {
  return median(
    Array.from({ length: times }, (_, i) => {
      const from = performance.now();
      work(i);
      return performance.now() - from;
    }),
  );
}

function row(name: string, value: number, unit: string, target: string, met: boolean): Row {
  return { name, value: Math.round(value * 100) / 100, unit, target, met };
}
