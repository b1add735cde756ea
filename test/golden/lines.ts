// Records as lines to compare: grouped by process, with times, digests, places, sizes of prompts and heads taken out.
import type { AnyRecord } from "../../src/abi/record.ts";

/** Numbers that depend on the machine, on the wording of prompts or on how processes take turns. */
const LOOSE = new Set(["seq", "micros", "activeSeconds", "tokens", "input", "output", "seconds", "running"]);

/**
 * One line a record: kind, call and data. Each process has a section of its own, because how processes take turns is
 * not part of the promise; each digest and identity is named by its first appearance, so that equal ones stay equal.
 */
export function lines(records: readonly AnyRecord[], scratch: string): string[] {
  const seen = new Map<string, string>();
  const name = (digest: string): string => {
    const known = seen.get(digest) ?? `#${seen.size + 1}`;
    seen.set(digest, known);
    return known;
  };
  const clean = (value: unknown): unknown => {
    if (typeof value === "string") {
      return value
        .replaceAll(scratch, "<scratch>")
        .replace(/\b(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\b|\b\d+:\d{3,}\b/gu, name)
        .replace(/@[0-9a-f]{16}\b|\bh\d+\b/gu, name)
        .replace(/^\d{4}-\d\d-\d\d$/u, "<day>")
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)/gu, "<time>");
    }
    if (Array.isArray(value)) return value.map((item: unknown) => clean(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        LOOSE.has(key) && typeof item === "number" ? `<${key}>` : clean(item),
      ]),
    );
  };
  const owners = [...new Set(records.map((r) => r.pid ?? 0))].sort((a, b) => a - b);
  return owners.flatMap((pid) => [
    pid === 0 ? "== the runtime" : `== process ${pid}`,
    ...records
      .filter((r) => (r.pid ?? 0) === pid && r.kind !== "head")
      .map(({ kind, call = "", data }) =>
        `${kind} ${call} ${JSON.stringify(clean(data))}`.replace("  ", " "),
      ),
  ]);
}
