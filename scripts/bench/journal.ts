// Measures the journal on a real disk: durable records a second, and how long a million records take to verify.
import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boot, type Booted } from "../../src/boot.ts";
import { systemClock } from "../../src/host/node/clock.ts";
import { nodeDigests, nodeSignatures } from "../../src/host/node/digests.ts";
import { inspectJournal } from "../../src/host/node/journal/inspect.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { openJournal } from "../../src/host/node/journal/open.ts";
import { Journal } from "../../src/kernel/record/journal.ts";
import type { JournalStore } from "../../src/kernel/ports/store.ts";
import { Redactor } from "../../src/kernel/record/redact.ts";
import { scanner } from "../../src/kernel/record/files/scan.ts";
import { english } from "../../src/views/words/translate.ts";
import { judgeJournal } from "../../src/views/record/verdict.ts";
import type { Row } from "./runtime.ts";

const scan = scanner(nodeDigests, nodeSignatures);

/** All rows of the journal. `records` is how many the verified journal has. */
export async function journalRows(records = 1_000_000): Promise<Row[]> {
  const base = mkdtempSync(join(tmpdir(), "agentlibos-bench-"));
  try {
    const one = await durable(base, "one", 1, 2_000);
    const many = await durable(base, "many", 128, 128 * 400);
    return [
      row("one fdatasync of 400 bytes, synchronous", syncCost(base), "ms", "for comparison", true),
      row("durable records, 1 caller", one.rate, "records/s", ">= 1000", one.rate >= 1000),
      row("syncs for each of them", one.batches, "syncs", "<= 1", one.batches <= 1),
      row("durable records, 128 callers", many.rate, "records/s", ">= 40000", many.rate >= 40_000),
      row("syncs for each of them", many.batches, "syncs", "<= 1/128", many.batches <= 1 / 128),
      ...(await bulk(base, records)),
    ];
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

interface Opened {
  readonly journal: Journal;
  readonly writes: { count: number };
  readonly where: { root: string; home: string; roots: { name: string; path: string }[] };
}

async function start(base: string, name: string): Promise<Opened> {
  const root = join(base, name);
  mkdirSync(root);
  const where = { root, home: join(base, "home"), roots: [{ name, path: root }] };
  const { store, signer, last } = await openJournal({ ...where, scan, mode: "create" });
  if (store === undefined || signer === undefined) throw new Error("the journal cannot be opened");
  const writes = { count: 0 };
  const counted: JournalStore = {
    at: (seq) => store.at(seq),
    read: (after) => store.read(after),
    body: (ref) => store.body(ref),
    place: (queued) => store.place(queued),
    append: (batch) => {
      writes.count += 1;
      return store.append(batch);
    },
    close: () => store.close(),
  };
  const journal = new Journal({
    ...{ last, signer, store: counted, clock: systemClock, digests: nodeDigests },
    redactor: new Redactor(),
    apply: () => undefined,
  });
  return { journal, writes, where };
}

async function durable(
  base: string,
  name: string,
  callers: number,
  records: number,
): Promise<{ rate: number; batches: number }> {
  const { journal, writes } = await start(base, name);
  const each = records / callers;
  const rates: number[] = [];
  for (let round = 0; round < 3; round++) {
    const began = performance.now();
    await Promise.all(
      Array.from({ length: callers }, async (_, caller) => {
        for (let i = 0; i < each; i++) await journal.durable(record(journal, caller, i).seq);
      }),
    );
    rates.push((records / (performance.now() - began)) * 1000);
  }
  await journal.close();
  return { rate: Math.round(median(rates)), batches: writes.count / (3 * records) };
}

async function bulk(base: string, records: number): Promise<Row[]> {
  const { journal, where } = await start(base, "bulk");
  // How many heads there are changes little: a signature covers, by the chain, all heads before it.
  while (journal.seq < records) {
    for (let i = 0; i < 127; i++) record(journal, i, journal.seq);
    await journal.durable();
  }
  await journal.close();
  const name = `of ${records} records`;
  let began = performance.now();
  const judged = judgeJournal(english, await inspectJournal({ ...where, scan }));
  const verify = (performance.now() - began) / 1000;
  if (!judged.ok || judged.records < records) throw new Error(judged.text.join("\n"));
  began = performance.now();
  const opened = await openJournal({ ...where, scan, mode: "view" });
  const open = (performance.now() - began) / 1000;
  if (opened.records.length !== judged.records) throw new Error("records are missing");
  const quick = await fromSnapshot(where);
  return [
    row(`verify ${name}`, round2(verify), "s", "<= 10", verify <= 10),
    row(`open ${name} without a snapshot`, round2(open), "s", "for comparison", true),
    row(`open ${name} from a snapshot`, quick, "ms", "<= 50", quick <= 50),
  ];
}

/** How long an opening takes once a runtime has closed over the record; the median of some openings. */
async function fromSnapshot(where: Opened["where"]): Promise<number> {
  const open = (mode: "write" | "view"): Promise<Booted> =>
    boot({ ...where, mode, host: "bench", policy: [], models: createModels({ scripted: true }) });
  await (await open("write")).close();
  const times: number[] = [];
  for (let i = 0; i < 7; i++) {
    const began = performance.now();
    const on = await open("view");
    times.push(performance.now() - began);
    await on.close();
  }
  return round2(median(times));
}

/** A read's end, the commonest record. */
function record(journal: Journal, pid: number, i: number): { seq: number } {
  return journal.append(
    "call.end",
    {
      op: "fs.read",
      tool: "read_file",
      args: { path: `src/part-${i % 100}/file.ts` },
      needs: [{ resource: `fs:/app/src/part-${i % 100}/file.ts`, right: "read" }],
      decision: "allow",
      outcome: "ok",
      value: { content: "export const answer = 42;\n" },
      used: { modelCalls: 0, toolCalls: 1, tokens: 0, activeSeconds: 0 },
      micros: 87,
    },
    { pid, call: `${pid}.${i}.0` },
  );
}

function syncCost(base: string): number {
  const fd = openSync(join(base, "sync"), "a");
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const began = performance.now();
    writeSync(fd, "x".repeat(400));
    fdatasyncSync(fd);
    times.push(performance.now() - began);
  }
  closeSync(fd);
  return round2(median(times));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function row(name: string, value: number, unit: string, target: string, met: boolean): Row {
  return { name, value, unit, target, met };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

if (import.meta.main)
  console.log(JSON.stringify(await journalRows(Number(process.argv[2] ?? 1_000_000)), null, 1));
