// Events: keeps a short form of the records about a process, for the processes that follow it.
import type { AnyRecord } from "../../abi/record.ts";
import { FOLLOWED, type Event, type Process } from "./rows.ts";

/** How many events of each process the state holds. */
export const EVENTS_HELD = 32;

const followed: ReadonlySet<string> = new Set(FOLLOWED);

function isFollowed(record: AnyRecord): record is AnyRecord & { kind: Event["kind"] } {
  return followed.has(record.kind);
}

/** Notes a record that processes may follow. The newest {@link EVENTS_HELD} of each process are kept. */
export function noteEvent(process: Process | undefined, record: AnyRecord): void {
  if (process === undefined || !isFollowed(record)) return;
  const { seq, kind, time } = record;
  process.events.push({ seq, kind, time, about: aboutOf(record) });
  if (process.events.length > EVENTS_HELD) process.events.shift();
}

/** The detail of an event in one or two words. */
function aboutOf(record: AnyRecord & { kind: Event["kind"] }): string {
  switch (record.kind) {
    case "process.spawn":
    case "process.exec":
      return record.data.image;
    case "process.signal":
      return record.data.signal;
    case "process.block":
      return record.data.on;
    case "process.wake":
      return record.data.from;
    case "process.exit":
      return record.data.exit;
    case "message.send":
      return `from ${record.data.from}`;
    case "question.open":
      return record.data.kind;
    case "question.close":
      return record.data.outcome;
    case "call.end":
      return `${record.data.op} ${record.data.outcome}`;
  }
}
