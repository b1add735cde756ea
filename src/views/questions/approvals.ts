// Approvals: every question on the record with its answer, in the order in which they were put.
import type { CliApproval } from "../../abi/cli.ts";
import type { AnyRecord, Question } from "../../abi/record.ts";

/** The questions of a record; `open` ones still wait. */
export function approvalsOf(records: readonly AnyRecord[]): CliApproval[] {
  const found = new Map<string, CliApproval>();
  for (const record of records) {
    if (record.kind === "question.open") {
      const { id, pid, call, kind, op, text, asks } = record.data;
      found.set(id, {
        ...{ id, pid, kind, syscall: op, text },
        ...(call === undefined ? {} : { call }),
        asks: asks.map(({ need, reason, once, secret }) => ({ ...need, reason, once, secret })),
        outcome: "open",
      });
    } else if (record.kind === "question.close") {
      const asked = found.get(record.data.id);
      if (asked === undefined || asked.outcome !== "open") continue;
      const { outcome, by, answer } = record.data;
      const said = answer?.allow === true ? answer.text : answer?.note;
      found.set(asked.id, {
        ...asked,
        ...{ outcome, by },
        ...(answer?.grant === undefined ? {} : { grant: answer.grant }),
        ...(said === undefined ? {} : { note: said }),
      });
    }
  }
  return [...found.values()];
}

/**
 * What a question asks for, to the letter: two of the same text may stand in one row. Undefined for what always stands
 * by itself: once-only things, secrets, deletes, new texts of files, and what is answered by words.
 */
export function likeness({ kind, op, digest, asks, needs, text, preview }: Question): string | undefined {
  if (kind !== "approval" && kind !== "permission") return undefined;
  if (asks.some((a) => a.once || a.secret) || preview?.before !== undefined || preview?.after !== undefined)
    return undefined;
  if ([...needs, ...asks.map((a) => a.need)].some((n) => n.right === "delete")) return undefined;
  // A capability's own ask is named by its holder's; what it asks for is the same.
  const why = asks.map(({ key, need }) => [
    need.right,
    need.resource,
    /^(?:class|policy):/u.exec(key) && key,
  ]);
  const said = kind === "permission" ? text : "";
  const shown = [preview?.title, preview?.target, preview?.risk, preview?.detail];
  return JSON.stringify([kind, op, digest, needs, why, said, shown]);
}

/** A place in the list: all that waits of one agent, or the row of some questions that ask for the same, by their ids. */
export type Place = { readonly pid: number } | { readonly alike: readonly string[] };

/**
 * The places of what waits now. While the list is `shown`, what has a place keeps it and what is new stands by itself
 * below its agent; what asks for the same comes together only while nobody looks, at the place of the oldest.
 */
export function arrange(before: readonly Place[], waiting: readonly Question[], shown: boolean): Place[] {
  const open = new Set(waiting.map((q) => q.id));
  const together = shown
    ? before.filter((p) => "alike" in p && p.alike.some((id) => open.has(id)))
    : [...Map.groupBy(waiting, likeness)]
        .filter(([key, { length }]) => key !== undefined && length > 1)
        .map(([, same]): Place => ({ alike: same.map((q) => q.id) }));
  const rowOf = new Map(together.flatMap((p) => ("alike" in p ? p.alike.map((id) => [id, p] as const) : [])));
  const alone = new Set(waiting.filter((q) => !rowOf.has(q.id)).map((q) => q.pid));
  const kept = shown ? before.filter((p) => ("alike" in p ? together.includes(p) : alone.has(p.pid))) : [];
  const pids = new Set(kept.flatMap((p) => ("pid" in p ? p.pid : [])));
  const places = [...kept];
  for (const { id, pid } of waiting) {
    const row = rowOf.get(id);
    if (row !== undefined && !places.includes(row)) places.push(row);
    if (row === undefined && !pids.has(pid)) places.push({ pid });
    if (row === undefined) pids.add(pid);
  }
  return places;
}
