// Exports of stored records: each is pinned by a golden, fits the schema of its format, and connects its spans.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { AnyRecord } from "../../../../src/abi/record.ts";
import { nodeDigests } from "../../../../src/host/node/digests.ts";
import { isRecord } from "../../../../src/kernel/record/line.ts";
import { FORMATS, type FormatName } from "../../../../src/views/exports/format.ts";
import { storedRecords } from "../../../stored/records.ts";
import { attribute, tracesData, type Span } from "./otlp.ts";

const stored = await storedRecords();
const about = {
  id: "0123456789abcdef",
  version: "1.2.3",
  sha256: (data: string) => nodeDigests.sha256(data),
};

function lines(format: FormatName, records: readonly AnyRecord[]): string[] {
  const made = FORMATS[format](about);
  return [...records.flatMap((record) => made.take(record)), ...made.end()];
}

function spansOf(records: readonly AnyRecord[]): Span[] {
  return lines("otlp", records).flatMap((line) =>
    tracesData
      .parse(JSON.parse(line))
      .resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );
}

/** Compares with the file of this name, or writes it with UPDATE=1. */
function golden(name: string, text: string): void {
  const path = join(import.meta.dirname, "golden", name);
  if (process.env["UPDATE"] === "1") writeFileSync(path, text);
  assert.equal(text, readFileSync(path, "utf8"));
}

for (const [name, records] of stored) {
  test(`${name} as jsonl is the record again`, () => {
    const again = lines("jsonl", records).map((line): unknown => JSON.parse(line));
    assert.ok(again.every(isRecord));
    assert.deepEqual(again, JSON.parse(JSON.stringify(records)));
  });

  test(`${name} as spans: every call and every agent once, below each other`, () => {
    const spans = spansOf(records);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    assert.equal(byId.size, spans.length);
    const ends = new Set(records.flatMap((r) => (r.kind === "call.end" ? [r.call] : [])));
    const begins = records.flatMap((r) => (r.kind === "call.begin" ? [r.call] : []));
    const calls = spans.flatMap((span) => attribute(span, "agentlibos.call") ?? []);
    assert.deepEqual(calls.sort(), [...new Set([...ends, ...begins])].sort());
    const agents = records.filter((r) => r.kind === "process.spawn").map((r) => `${r.pid ?? 0}`);
    const shown = spans.filter((span) => span.name.startsWith("invoke_agent "));
    assert.deepEqual(shown.map((span) => attribute(span, "agentlibos.pid")).sort(), agents.sort());
    for (const { parentSpanId, traceId } of spans) {
      const parent = parentSpanId === undefined ? undefined : byId.get(parentSpanId);
      assert.equal(parent === undefined, parentSpanId === undefined);
      if (parent !== undefined) assert.equal(parent.traceId, traceId);
    }
  });
}

for (const name of ["approval-denied", "parent-and-child"]) {
  test(`${name} is pinned`, () => {
    const [, records = []] = stored.find(([each]) => each === name) ?? [];
    const [only = "", ...more] = lines("otlp", records);
    assert.deepEqual(more, []);
    golden(`${name}.otlp.txt`, `${JSON.stringify(JSON.parse(only), null, 1)}\n`);
  });
}

test("an agent that did not end, and a call that did not, are told as such, in batches of one line each", () => {
  const [, records = []] = stored.find(([each]) => each === "parent-and-child") ?? [];
  const at = records.findIndex(({ kind }) => kind === "call.begin");
  const cut = spansOf(records.slice(0, at + 1));
  assert.deepEqual(
    cut.map((span) => [span.name.split(" ")[0], attribute(span, "agentlibos.outcome")]),
    [
      ["chat", "unknown"],
      ["invoke_agent", undefined],
    ],
  );
  assert.equal(attribute(cut[1] ?? assert.fail(), "agentlibos.state"), "unfinished");
  const many = Array.from({ length: 60 }, () => records).flat();
  assert.ok(lines("otlp", many).length > 5);
});
