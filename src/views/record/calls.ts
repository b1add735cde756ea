// Calls: every syscall of a record, joined from its question, begin and end, in the order of the requests.
import type { CliCall } from "../../abi/cli.ts";
import type { AnyRecord, JournalRecord } from "../../abi/record.ts";
import { parseGrants } from "../../abi/capability.ts";
import { refText } from "../../abi/object.ts";
import type { Kinds } from "../../abi/kind.ts";
import { isFault } from "../../abi/errors.ts";
import type { Authority } from "../../kernel/authority/authority.ts";
import { comparePlaces, rootOf, slotOf } from "../../kernel/state/call-id.ts";
import { callOfRecord } from "../history/filter.ts";
import { visibleName } from "../words/visible.ts";

/** All records of one call. `time` is its end, or the time of its last record. */
export interface CallRow {
  readonly json: CliCall;
  readonly time: string;
  readonly asked: readonly JournalRecord<"question.open">[];
  readonly begin?: JournalRecord<"call.begin">;
  readonly end?: JournalRecord<"call.end">;
  /** Its value, with the part that an object holds. */
  readonly value?: unknown;
  /** The change that came with this model call in the objects that its process is told of. */
  readonly memory?: JournalRecord<"process.memory">;
}

/** The name that the caller used for the call. For a tool that does not exist it may be any text. */
export function callName({ tool, syscall }: CliCall): string {
  return visibleName(tool ?? syscall);
}

interface Draft {
  readonly pid: number;
  readonly id: string;
  readonly seq: number;
  time: string;
  readonly asked: JournalRecord<"question.open">[];
  begin?: JournalRecord<"call.begin">;
  end?: JournalRecord<"call.end">;
  readonly memory?: JournalRecord<"process.memory">;
  put?: JournalRecord<"object.put">;
  value?: unknown;
}

/** The authority that a call was judged by. A list that is not understood covers nothing. */
export function authorityOf({ json }: CallRow, kinds: Kinds): Authority {
  const within = json.within === undefined ? undefined : parseGrants(json.within, kinds);
  return within === undefined
    ? { holder: json.pid }
    : { holder: json.pid, within: isFault(within) ? [] : within };
}

/**
 * The calls of a record in the order of the requests. A turn's calls follow the model call that listed them, in its
 * order, whatever the order of their ends. The calls that a call made follow it.
 */
export function callsOf(records: readonly AnyRecord[]): CallRow[] {
  const drafts = new Map<string, Draft>();
  const memories = new Map<string, JournalRecord<"process.memory">>();
  const puts = new Map<string, JournalRecord<"object.put">>();
  const versions = new Map<string, unknown>();
  const turns = new Map<string, { seq: number; tools: readonly string[] }>();
  const draft = (record: AnyRecord): Draft | undefined => {
    if (record.call === undefined || record.pid === undefined) return undefined;
    const memory = memories.get(record.call);
    const found = drafts.get(record.call) ?? {
      ...{ pid: record.pid, id: record.call, seq: record.seq, time: record.time },
      ...{ asked: [], ...(memory === undefined ? {} : { memory }) },
    };
    found.time = record.time;
    drafts.set(record.call, found);
    return found;
  };
  for (const record of records) {
    if (record.kind === "question.open") draft(record)?.asked.push(record);
    else if (record.kind === "process.memory") memories.set(record.call ?? "", record);
    else if (record.kind === "object.put") {
      puts.set(callOfRecord(record) ?? "", record);
      versions.set(refText(record.data), record.data.value);
    } else if (record.kind === "call.begin") {
      const found = draft(record);
      if (found !== undefined) found.begin = record;
    } else if (record.kind === "call.end") {
      const found = draft(record);
      const { kept = found?.begin?.data.kept } = record.data;
      const put = kept === undefined ? undefined : puts.get(record.call ?? "");
      if (found !== undefined) Object.assign(found, { end: record, value: wholeValue(record, versions) });
      if (found !== undefined && put !== undefined) found.put = put;
      const slot = record.call === undefined ? undefined : slotOf(record.call);
      if (slot !== undefined && slot.index === undefined && record.data.outcome === "ok")
        turns.set(`${record.pid ?? 0}.${slot.turn}`, { seq: record.seq, tools: toolsOf(record.data.value) });
    }
  }
  const placed = [...drafts.values()].map((d) => {
    const slot = slotOf(d.id);
    const turn = slot?.index === undefined ? undefined : turns.get(`${d.pid}.${slot.turn}`);
    const listed = slot?.below.length === 0 ? turn?.tools[slot.index ?? -1] : undefined;
    // A model call is placed at its end: then it requested the calls that follow.
    const root = drafts.get(rootOf(d.id)) ?? d;
    return { row: rowFrom(d, listed), id: d.id, seq: turn?.seq ?? root.end?.seq ?? root.seq };
  });
  return placed.sort((a, b) => a.seq - b.seq || comparePlaces(a.id, b.id)).map((p) => p.row);
}

function toolsOf(answer: unknown): string[] {
  if (typeof answer !== "object" || answer === null || !("calls" in answer)) return [];
  const calls: unknown = answer.calls;
  if (!Array.isArray(calls)) return [];
  return calls.map((c: unknown) =>
    typeof c === "object" && c !== null && "tool" in c && typeof c.tool === "string" ? c.tool : "",
  );
}

/** The value in the end of a call. Where the version that it refers to is not among the records, its name stands there. */
function wholeValue(
  { data: { value, refers } }: JournalRecord<"call.end">,
  versions: ReadonlyMap<string, unknown>,
): unknown {
  if (refers === undefined || typeof value !== "object" || value === null) return value;
  const name = refText(refers.to);
  return { ...value, [refers.field]: versions.has(name) ? versions.get(name) : name };
}

/** The arguments of a call, with the one that its object holds. A begin without it has it in its end or its question. */
function argsOf({ begin, end, put, asked }: Draft): unknown {
  const question = asked.at(-1)?.data;
  const { args, kept } = begin?.data ?? end?.data ?? {};
  if (kept === undefined) return args ?? question?.args ?? null;
  if (put === undefined) return end?.data.args ?? question?.args ?? args;
  return typeof args === "object" ? { ...args, [kept]: put.data.value } : args;
}

function rowFrom(d: Draft, listedTool: string | undefined): CallRow {
  const { begin, end, asked, memory, value } = d;
  const question = asked.at(-1)?.data;
  const tool = end?.data.tool ?? begin?.data.tool ?? (listedTool === "" ? undefined : listedTool);
  const error = end?.data.error;
  const within = begin?.data.within ?? end?.data.within;
  const json: CliCall = {
    pid: d.pid,
    call: d.id,
    ...(tool === undefined ? {} : { tool }),
    syscall: end?.data.op ?? begin?.data.op ?? question?.op ?? "",
    args: argsOf(d),
    needs: begin?.data.needs ?? end?.data.needs ?? question?.needs ?? [],
    decision: end?.data.decision ?? begin?.data.decision ?? "none",
    outcome: end?.data.outcome ?? (begin === undefined ? "not-run" : "unknown"),
    ...(error === undefined ? {} : { error }),
    ...(within === undefined ? {} : { within }),
  };
  return {
    json,
    time: d.time,
    asked,
    ...(begin === undefined ? {} : { begin }),
    ...(end === undefined ? {} : { end }),
    ...(value === undefined ? {} : { value }),
    ...(memory === undefined ? {} : { memory }),
  };
}
