// History: with an index on the disk, one in memory, and by reading the whole record, every question has one answer.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import fc from "fast-check";
import { decisionSchema, type AnyRecord } from "../../../src/abi/record.ts";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { openIndex, readRecords } from "../../../src/host/node/journal/inspect.ts";
import type { Journal } from "../../../src/kernel/record/journal.ts";
import { RecordReader } from "../../../src/kernel/record/read-back.ts";
import { callsInOrder } from "../../../src/views/history/order.ts";
import { RecordHistory, type CallPage } from "../../../src/views/history/history.ts";
import { NO_TURN } from "../../../src/kernel/ports/history.ts";
import { partsOf } from "../../../src/kernel/state/call-id.ts";
import { callsOf, type CallRow } from "../../../src/views/record/calls.ts";
import { filterCalls } from "../../../src/views/record/audit.ts";
import { DiskPlace, scan, say, type Writing } from "../../harness/journal.ts";
import { share } from "../../support/runs.ts";

const NEVER = { modelCalls: 0, toolCalls: 1, activeSeconds: 0 };
const FILES = ["a.ts", "src/b.ts", "src/deep/c.ts", "src.ts", "ü.ts"];
const START = Date.UTC(2030, 0, 1);
const OPS = ["fs.read", "fs.write", "fsx.read", "shell.run"];

type Step =
  | {
      do: "call";
      pid: number;
      op: string;
      file: string;
      decision: string;
      tokens: number;
      how: string;
      text: string;
    }
  | { do: "say"; pid: number }
  | { do: "durable" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("call" as const),
      pid: fc.integer({ min: 2, max: 5 }),
      op: fc.constantFrom(...OPS),
      file: fc.constantFrom(...FILES),
      decision: fc.constantFrom(...decisionSchema.options),
      tokens: fc.constantFrom(0, 5, 100),
      how: fc.constantFrom("end", "begin", "both", "late"),
      text: fc.constantFrom("plain", "Needle in it", "long ".repeat(1200)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("say" as const), pid: fc.integer({ min: 2, max: 5 }) }),
  },
  { weight: 3, arbitrary: fc.constant({ do: "durable" as const }) },
);

/** Writes the steps. Calls that end late end in the order in which they began, perhaps after the next opening. */
async function perform(
  { journal, clock }: Pick<Writing, "journal" | "clock">,
  steps: readonly Step[],
  from: number,
  open: ((journal: Journal) => void)[],
): Promise<void> {
  for (const [i, s] of steps.entries()) {
    clock.ms += 100;
    if (s.do === "durable") {
      await journal.durable();
      open.shift()?.(journal);
    } else if (s.do === "say") say(journal, `words of ${s.pid}`);
    else open.push(...callRecords(journal, s, `${s.pid}.${i % 5 === 4 ? `x${from + i}` : `${from + i}.0`}`));
  }
  await journal.durable();
}

function callRecords(
  journal: Journal,
  s: Extract<Step, { do: "call" }>,
  call: string,
): ((journal: Journal) => void)[] {
  const at = { pid: s.pid, call };
  const decision = decisionSchema.parse(s.decision);
  const needs = [{ resource: `fs:/app/${s.file}`, right: "read" }];
  const used = { ...NEVER, tokens: s.tokens };
  const end = (later: Journal): void =>
    void later.append(
      "call.end",
      { op: s.op, decision, outcome: "ok", needs, args: { text: s.text }, used, micros: 1 },
      at,
    );
  // A record of another process that names the call, as the birth of a process that it starts does.
  if (s.tokens === 5) journal.append("process.message", { text: "hello", by: "person" }, { pid: 6, call });
  if (s.how === "end") return (end(journal), []);
  const more = { prestate: null, spends: [], reserve: used, digest: "d" };
  journal.append("call.begin", { op: s.op, args: { text: s.text }, needs, decision, ...more }, at);
  if (s.how === "both") end(journal);
  return s.how === "late" ? [end] : [];
}

/** Each field of a filter alone, so that none hides another. */
const FILTERS: readonly Wanted[] = [
  {},
  ...[2, 3, 6].map((pid) => ({ pid })),
  ...["fs.read", "shell.run", "fs.*", "none"].map((syscall) => ({ syscall })),
  ...decisionSchema.options.map((decision) => ({ decision })),
  ...[START, START + 1000, START + 1_000_000].map((since) => ({ since })),
  ...[["fs:/app/src"], ["fs:/app/a.ts"], ["fs:/app"], [], ["fs:/app/a.ts", "fs:/app/ü.ts"]].map(
    (resources) => ({
      resources,
    }),
  ),
  ...[1, 100].map((tokens) => ({ tokens })),
  ...[START + 500, START + 1500].map((until) => ({ since: START + 200, until })),
  ...[0, 3, NO_TURN].map((turn) => ({ turn })),
  ...["needle", "plain", "nowhere"].map((text) => ({ text })),
];
type Wanted = Parameters<RecordHistory["calls"]>[0];
const filter = fc
  .tuple(fc.constantFrom(...FILTERS), fc.constantFrom(...FILTERS))
  .map(([one, other]) => ({ ...one, ...other }));

/** Groups tell of the same calls as the pages: by process, by turn and by day, whole and page by page. */
async function grouped(history: RecordHistory, wanted: Wanted, rows: readonly CallRow[]): Promise<void> {
  const falling = (all: number[]): number[] => [...new Set(all)].sort((a, b) => b - a);
  const pids = falling(rows.map(({ json }) => json.pid));
  const said = JSON.stringify(wanted);
  assert.deepEqual(await history.pids(wanted, Infinity), pids, said);
  assert.deepEqual(await history.pids(wanted, 1, pids[0]), pids.slice(1, 2), said);
  const days = falling(rows.map(({ time }) => Math.floor(Date.parse(time) / 700)));
  const found = await history.days(wanted, (time) => Math.floor(time / 700) * 700, Infinity);
  assert.deepEqual(
    found.map(({ start }) => start / 700),
    days,
    said,
  );
  for (const pid of pids) {
    const own = rows.filter(({ json }) => json.pid === pid);
    const turnOf = ({ json }: CallRow): number => partsOf(json.call)?.turn ?? NO_TURN;
    const turns = falling(own.map(turnOf)).map((turn) => {
      const calls = own.filter((row) => turnOf(row) === turn);
      const denied = calls.filter(({ json }) => ["deny", "refused"].includes(json.decision)).length;
      const tokens = calls.reduce((sum, { end }) => sum + (end?.data.used.tokens ?? 0), 0);
      return { turn, calls: calls.length, denied, tokens };
    });
    const filter = { ...wanted, pid };
    assert.deepEqual(await history.turns(filter, Infinity), turns, said);
    assert.deepEqual(await history.turns(filter, 1, turns[0]?.turn), turns.slice(1, 2), said);
  }
}

suite("history", () => {
  let place: DiskPlace;
  before(() => (place = new DiskPlace()));
  after(() => place.remove());

  const where = () => ({ root: place.root, home: place.home, roots: [{ name: "w", path: place.root }] });
  let close = (): void => undefined;
  async function historyWith(with_: "index" | "none"): Promise<RecordHistory> {
    const { lines, table } = await openIndex(where());
    assert.ok(table !== undefined, "this Node has a database");
    if (with_ === "none") table.close();
    else close = () => table.close();
    return new RecordHistory({
      table: with_ === "index" ? table : undefined,
      reader: new RecordReader(lines, nodeDigests),
      read: (keep, most, since) => readRecords({ ...where(), scan }, keep, most, since),
    });
  }
  const ordered = async (history: RecordHistory, wanted: Wanted): Promise<CallRow[]> => {
    const rows: CallRow[] = [];
    await callsInOrder(history, wanted, async (page) => void rows.push(...page));
    return rows;
  };
  const pages = async (history: RecordHistory, wanted: Wanted, most: number): Promise<CallPage[]> => {
    const all: CallPage[] = [];
    for (let next: number | undefined = Infinity; next !== undefined; next = all.at(-1)?.before)
      all.push(await history.calls(wanted, { before: next, most }));
    return all;
  };

  test("pages and records are the same with an index that grows, without one, and from the whole record", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 3 }),
        filter,
        fc.integer({ min: 3, max: 30 }),
        fc.integer({ min: 1, max: 40 }),
        async (sessions, wanted, size, most) => {
          rmSync(place.folder, { recursive: true, force: true });
          rmSync(place.home, { recursive: true, force: true });
          const all: AnyRecord[] = [];
          const open: ((journal: Journal) => void)[] = [];
          for (const [i, steps] of sessions.entries()) {
            const writing = await place.start(i === 0 ? "create" : "write", 5000);
            const { journal, applied } = writing;
            await perform(writing, steps, i * 100, open);
            await journal.close();
            all.splice(0, all.length, ...applied);
            const indexed = await historyWith("index");
            const without = await historyWith("none");
            for (const each of [...FILTERS, wanted]) {
              const byIndex = await pages(indexed, each, size);
              assert.deepEqual(byIndex, await pages(without, each, size), JSON.stringify(each));
              const { resources, tokens, text, turn, until, ...audited } = each;
              if (each === wanted && text === undefined)
                for (const history of [indexed, without])
                  await grouped(
                    history,
                    each,
                    byIndex.flatMap((page) => page.rows),
                  );
              if ([resources, tokens, text, turn, until].some((field) => field !== undefined)) continue;
              const rows = byIndex.flatMap((page) => page.rows);
              const told = (list: readonly { json: { call: string } }[]): string[] =>
                list.map((r) => r.json.call).sort();
              const whole = filterCalls(callsOf(all), audited);
              assert.deepEqual(told(rows), told(whole), JSON.stringify(each));
              for (const history of [indexed, without])
                assert.deepEqual(await ordered(history, audited), whole, JSON.stringify(each));
            }
            const { pid = 3 } = wanted;
            const call = all.findLast((r) => r.call !== undefined)?.call ?? "";
            for (const records of [{}, { pids: [pid] }, { pids: [2, 4] }, { call }, { after: most }])
              for (const many of [most, Infinity]) {
                const found = await indexed.records(records, many);
                assert.deepEqual(found.records, (await without.records(records, many)).records);
                if (many === Infinity && "pids" in records)
                  assert.deepEqual(
                    found.records,
                    all.filter((r) => r.pid !== undefined && records.pids?.includes(r.pid)),
                  );
              }
            const about = await indexed.recordsOfCalls(wanted);
            assert.deepEqual(about, await without.recordsOfCalls(wanted));
            close();
          }
        },
      ),
      { numRuns: share(60) },
    );
  });
});
