// Approvals: the questions of a record with their answers, and the order of those that wait in a list.
import type { Question } from "../../abi/question.ts";
import type { CliApproval } from "../../abi/cli.ts";
import type { Kinds } from "../../abi/kind.ts";
import type { AnyRecord } from "../../abi/record.ts";
import { isForCall, QUESTIONS } from "../../kernel/questions/kinds.ts";

/** The questions of a record with their answers. `open` ones still wait. */
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
 * The exact content of a request, as a key: requests with the same key may share a row. Undefined for requests that
 * always get a row of their own: those that are asked each time, secrets, new file texts, and questions whose answers
 * mint nothing. So do those of kinds that a primitive brings.
 */
export function likenessOf(kinds: Kinds, question: Question): string | undefined {
  const { kind, op, digest, asks, needs, text, preview } = question;
  if (QUESTIONS.get(kind)?.mints !== true) return undefined;
  if (asks.some((a) => a.once || a.secret) || preview?.before !== undefined || preview?.after !== undefined)
    return undefined;
  if ([...needs, ...asks.map((a) => a.need)].some((n) => kinds.asksEachTime(n))) return undefined;
  // The ask of a capability has a key with its holder in it. The request is the same for another holder.
  const why = asks.map(({ key, need }) => [
    need.right,
    need.resource,
    /^(?:class|policy):/u.exec(key) && key,
  ]);
  // The text of a request for its call repeats the asks, with their holder in it.
  const said = isForCall({ kind }) ? "" : text;
  const { verb, title, target, to, link, risk, notes, detail } = preview ?? {};
  const shown = [verb, title, target, to, link, risk, notes, detail];
  return JSON.stringify([kind, op, digest, needs, why, said, shown]);
}

/** A place in the list: all waiting questions of one agent, or a row of alike questions by their ids. */
export type QueuePlace = { readonly pid: number } | { readonly alike: readonly string[] };

/**
 * Computes the places of the waiting questions. While the list is `shown`, questions keep their places and a new one
 * goes below its agent. Alike questions are joined only while the list is hidden, at the place of the oldest.
 */
export function arrangeQuestions(
  kinds: Kinds,
  before: readonly QueuePlace[],
  waiting: readonly Question[],
  shown: boolean,
): QueuePlace[] {
  const open = new Set(waiting.map((q) => q.id));
  const together = shown
    ? before.filter((p) => "alike" in p && p.alike.some((id) => open.has(id)))
    : [...Map.groupBy(waiting, (question) => likenessOf(kinds, question))]
        .filter(([key, { length }]) => key !== undefined && length > 1)
        .map(([, same]): QueuePlace => ({ alike: same.map((q) => q.id) }));
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
