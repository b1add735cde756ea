// The record of a workspace as it lies on the disk, for tests that look at it from outside the runtime.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The editor or folder whose record is read. */
interface Recorded {
  readonly workspace: string;
}

interface Line {
  readonly kind: string;
  readonly call?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The record as it lies on the disk. */
export function record(editor: Recorded): Line[] {
  const folder = join(editor.workspace, ".agentlibos/journal");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** The ids of the questions that nobody has answered, oldest first. */
export function open(editor: Recorded): string[] {
  const ids = new Set<string>();
  for (const { kind, data } of record(editor)) {
    if (kind === "question.open") ids.add(String(data["id"]));
    if (kind === "question.close") ids.delete(String(data["id"]));
  }
  return [...ids];
}

/** How the calls of one operation came out, in the order of the record: `approved ok`, `refused not-run`. */
export function came(editor: Recorded, op: string): string[] {
  return record(editor)
    .filter(({ kind, data }) => kind === "call.end" && data["op"] === op)
    .map(({ data }) => `${String(data["decision"])} ${String(data["outcome"])}`);
}

/** Fails when a call began twice or ended twice. */
export function noCallTwice(editor: Recorded): void {
  const lines = record(editor);
  for (const kind of ["call.begin", "call.end"]) {
    const calls = lines.filter((line) => line.kind === kind).map(({ call }) => call);
    assert.deepEqual([...new Set(calls)], calls, `a second ${kind}`);
  }
}
