// The rows of stored records are pinned to their format: a fold or a row that changes needs a new ROWS_FORMAT.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Folded } from "../../src/kernel/state/fold.ts";
import { ROWS_FORMAT, toRows } from "../../src/kernel/state/snapshot/rows.ts";
import { kinds } from "../harness/kinds.ts";
import { digests } from "../support/journal.ts";
import { storedRecords } from "./records.ts";

interface Pinned {
  readonly format: number;
  /** Each field that was seen in a row, with the types of its values. */
  readonly shape: readonly string[];
  /** By record, the digest of its rows. */
  readonly digests: Readonly<Record<string, string>>;
}

const PINS = join(import.meta.dirname, "rows.json");

/** Values that calls, models and people brought; their insides are no part of the format. */
const FREE = new Set(["value", "args", "given", "answer", "prestate", "result", "launch", "input", "budget"]);

function fieldsOf(value: unknown, path: string, seen: Set<string>): void {
  const free = FREE.has(path.replace(/^.*\./u, ""));
  if (Array.isArray(value) && !free) for (const each of value) fieldsOf(each, `${path}[]`, seen);
  else if (typeof value === "object" && value !== null && !free)
    for (const [key, each] of Object.entries(value))
      fieldsOf(each, path === "" ? key : `${path}.${key}`, seen);
  else seen.add(free ? path : `${path}: ${value === null ? "null" : typeof value}`);
}

/** The value with the keys of its objects in order, so that only a change of content gives another digest. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const pairs = Object.entries(value).map(([key, each]) => [key, sorted(each)] as const);
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

test("the rows of the stored records are those of their format", async () => {
  const seen = new Set<string>();
  const own: Record<string, string> = {};
  for (const [name, records] of await storedRecords()) {
    const folded = new Folded((text) => digests.sha256(text), kinds);
    for (const record of records) {
      folded.take(record);
      fieldsOf(JSON.parse(JSON.stringify(toRows(folded.state))), "", seen);
    }
    own[name] = digests.sha256(JSON.stringify(sorted(JSON.parse(JSON.stringify(toRows(folded.state))))));
  }
  const now: Pinned = { format: ROWS_FORMAT, shape: [...seen].sort(), digests: own };
  const then = JSON.parse(readFileSync(PINS, "utf8")) as Pinned;
  if (process.env["UPDATE"] === "1" && then.format !== ROWS_FORMAT)
    writeFileSync(PINS, `${JSON.stringify(now, null, 2)}\n`);
  else assert.deepEqual(now, then, "raise ROWS_FORMAT, then UPDATE=1 pins the new rows");
});
