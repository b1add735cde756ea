// Measures the view of the history over a million records: to fill its index, to open it, to open its rows, to filter it.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHistory } from "../../src/history.ts";
import { nodeDigests, nodeSignatures } from "../../src/host/node/digests.ts";
import { openJournal } from "../../src/host/node/journal/open.ts";
import type { Clock } from "../../src/kernel/ports.ts";
import { scanner } from "../../src/kernel/record/files/scan.ts";
import { Journal } from "../../src/kernel/record/journal.ts";
import { Redactor } from "../../src/kernel/record/redact.ts";
import type { OpenedHistory } from "../../src/views/history/history.ts";
import type { Row } from "./runtime.ts";

const DAY = 86_400_000;
/** The first moment of the record. */
const START = Date.UTC(2030, 0, 1);
/** The days that the record covers; most of its calls are on the last one. */
const DAYS = 30;
/** The records of one turn: a model call and four other calls, each with its begin and end. */
const PER_TURN = 10;
const USED = { modelCalls: 0, toolCalls: 1, activeSeconds: 0 };

/** A record on the disk. */
interface LongRecord {
  readonly where: { root: string; home: string; roots: { name: string; path: string }[] };
  readonly remove: () => void;
}

/** Writes a record of so many lines: few agents with many turns, and half of the calls on one day. */
async function writeLong(records: number): Promise<LongRecord> {
  const base = mkdtempSync(join(tmpdir(), "agentlibos-bench-"));
  const root = join(base, "app");
  mkdirSync(root);
  const where = { root, home: join(base, "home"), roots: [{ name: "app", path: root }] };
  const scan = scanner(nodeDigests, nodeSignatures);
  const { store, signer, last } = await openJournal({ ...where, scan, mode: "create" });
  if (store === undefined || signer === undefined) throw new Error("the journal cannot be opened");
  let ms = START;
  const clock: Clock = { now: () => ms, micros: () => ms * 1000, after: () => () => undefined };
  const redactor = new Redactor();
  const journal = new Journal({
    ...{ last, signer, store, clock, redactor, digests: nodeDigests },
    apply: () => undefined,
  });
  for (let turn = 0; journal.seq < records; turn++) {
    const part = journal.seq / records;
    ms = START + Math.floor(part < 0.5 ? part * 2 * (DAYS - 1) * DAY : (DAYS - 1 + (part - 0.5)) * DAY);
    writeTurn(journal, 2 + (Math.floor(turn / 50) % 200), Math.floor(turn / 10_000) * 50 + (turn % 50));
    if (turn % 12 === 0) await journal.durable();
  }
  await journal.close();
  return { where, remove: () => rmSync(base, { recursive: true, force: true }) };
}

/** The records of one turn. Every hundredth call is denied, and every thousandth names a rare file. */
function writeTurn(journal: Journal, pid: number, turn: number): void {
  for (let index = -1; index < PER_TURN / 2 - 1; index++) {
    const call = index < 0 ? `${pid}.${turn}` : `${pid}.${turn}.${index}`;
    const op = index < 0 ? "model.call" : index === 3 ? "fs.write" : "fs.read";
    const rare = (journal.seq + index) % 1000 === 0;
    const path = rare ? "rare.ts" : `src/part-${turn % 100}/file${index}.ts`;
    const needs = [{ resource: `fs:/app/${path}`, right: op === "fs.write" ? "write" : "read" }];
    const decision = (turn * 5 + index) % 100 === 0 ? ("deny" as const) : ("allow" as const);
    const used = { ...USED, tokens: index < 0 ? 1200 : 0 };
    const at = { pid, call };
    const more = { prestate: null, spends: [], reserve: used, digest: "d" };
    journal.append("call.begin", { op, args: { path }, needs, decision, ...more }, at);
    const value = { content: rare ? "a needle" : "export const answer = 42;\n" };
    journal.append(
      "call.end",
      { op, needs, args: { path }, decision, outcome: "ok", value, used, micros: 87 },
      at,
    );
  }
}

/** The rows of a history with so many records. */
export async function historyRows(records = 1_000_000): Promise<Row[]> {
  const { where, remove } = await writeLong(records);
  try {
    const first = await timed(1, async () => (await openHistory(where)).close());
    const filled = await openHistory(where);
    const fill = await timed(1, () => filled.history.days({}, startOfDay, 1));
    filled.close();
    const [id = ""] = readdirSync(join(where.home, "journals"));
    const size = statSync(join(where.home, "journals", id, "index.db")).size;
    const open = await timed(5, async () => {
      const opened = await openHistory(where);
      await opened.history.days({}, startOfDay, 14);
      opened.close();
    });
    const opened = await openHistory(where);
    const rows = await viewRows(opened, ` in ${records} records`);
    opened.close();
    return [
      row(`the index of ${records} records filled, once`, fill / 1000, "s", "for comparison", true),
      row("the same opened before it", first, "ms", "for comparison", true),
      row("its size", size / 1e6, "MB", "for comparison", true),
      row(`the view of the history opened over ${records} records`, open, "ms", "<= 100", open <= 100),
      ...rows,
    ];
  } finally {
    remove();
  }
}

async function viewRows({ history }: OpenedHistory, over: string): Promise<Row[]> {
  const days = await history.days({}, startOfDay, 14);
  const [{ start: since = 0, end: until = 0 } = {}] = days;
  const [pid = 0] = await history.pids({ since, until }, 50);
  const [turn] = await history.turns({ since, until, pid }, 100);
  const steps: [string, () => Promise<unknown>][] = [
    ["its days again", () => history.days({}, startOfDay, 14)],
    ["the agents of its fullest day", () => history.pids({ since, until }, 50)],
    ["the turns of an agent", () => history.turns({ since, until, pid }, 100)],
    ["the calls of a turn", () => history.calls({ since, until, pid, turn: turn?.turn }, { most: 100 })],
    ["its days by a rare file", () => history.days({ resources: ["fs:/app/rare.ts"] }, startOfDay, 14)],
    ["its days by a decision", () => history.days({ decision: "deny" }, startOfDay, 14)],
    ["its days by a kind", () => history.days({ syscall: "model.*" }, startOfDay, 14)],
    ["its days by tokens", () => history.days({ tokens: 1000 }, startOfDay, 14)],
    ["its days by one agent", () => history.days({ pid: 5 }, startOfDay, 14)],
    [
      "5,000 calls looked through for a text",
      () => history.calls({ text: "nowhere" }, { most: 50, looks: 5000 }),
    ],
  ];
  const rows: Row[] = [];
  for (const [name, step] of steps) {
    const ms = await timed(5, step);
    rows.push(row(name + over, ms, "ms", "<= 100", ms <= 100));
  }
  return rows;
}

function startOfDay(time: number): number {
  return Math.floor(time / DAY) * DAY;
}

async function timed(times: number, step: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) {
    const from = performance.now();
    await step();
    all.push(performance.now() - from);
  }
  return all.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}

function row(name: string, value: number, unit: string, target: string, met: boolean): Row {
  return { name, value: Math.round(value * 100) / 100, unit, target, met };
}

if (import.meta.main)
  console.log(JSON.stringify(await historyRows(Number(process.argv[2] ?? 1_000_000)), null, 1));
