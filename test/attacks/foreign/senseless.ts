// Hostile records as data: each says how a repository's record is made, and whether it is shown or refused, and where.
import { ended, exit, message, mint, opening, range, revoke, spawn, type HostileRecord } from "./hostile.ts";

/** A hostile record. `refused` is part of the words that name why; without it the record is shown. */
export interface Hostile {
  readonly name: string;
  /** True when it takes much to read: its memory is measured. */
  readonly heavy?: boolean;
  readonly make: (record: HostileRecord) => void;
  readonly refused?: string;
  /** True when its time may end before all of it is read. */
  readonly slow?: boolean;
}

/** Ends a record with a good head. */
export const whole = (record: HostileRecord): void => record.head().close();

/** Records that make no sense, or look as if they made none. */
export const SENSELESS: readonly Hostile[] = [
  { name: "a plain record", make: (r) => whole(r.say(opening, spawn(2, 1), mint("cap1", 2), message(2))) },
  // Circles
  {
    name: "a process is its own parent",
    make: (r) => whole(r.say(opening, spawn(2, 2))),
    refused: "process 2, the parent of 2",
  },
  {
    name: "two processes in a circle",
    make: (r) => whole(r.say(opening, spawn(2, 3), spawn(3, 2))),
    refused: "process 3, the parent of 2",
  },
  {
    name: "a process is started again below its own child",
    make: (r) => whole(r.say(opening, spawn(2, 1), spawn(3, 2), spawn(2, 3))),
    refused: "process 2 does not come after process 3",
  },
  {
    name: "init is started by its child",
    make: (r) => whole(r.say(opening, spawn(2, 1), spawn(1, 2))),
    refused: "process 1 does not come after",
  },
  {
    name: "a capability is its own parent",
    make: (r) => whole(r.say(opening, spawn(2, 1), mint("cap1", 2, { parent: "cap1" }))),
    refused: "not given before",
  },
  {
    name: "two capabilities in a circle",
    make: (r) =>
      whole(
        r.say(opening, spawn(2, 1), mint("cap1", 2, { parent: "cap2" }), mint("cap2", 2, { parent: "cap1" })),
      ),
    refused: "not given before",
  },
  {
    name: "a capability is given again below itself",
    make: (r) =>
      whole(
        r.say(opening, spawn(2, 1), mint("cap1", 2), mint("cap1", 2, { parent: "cap1" }), revoke("cap1")),
      ),
    refused: "capability cap1 is there already",
  },
  {
    name: "init ends and adopts its own children",
    make: (r) => whole(r.say(opening, spawn(2, 1), exit(1))),
    refused: "init never ends",
  },
  {
    name: "a question is opened twice",
    make: (r) => {
      const data = {
        id: "q1",
        pid: 2,
        kind: "question",
        op: "human.ask",
        args: {},
        digest: "",
        asks: [],
        needs: [],
        text: "t",
      };
      const asked = { kind: "question.open", pid: 2, data };
      whole(r.say(opening, spawn(2, 1), asked, asked));
    },
    refused: "question q1 is there already",
  },
  // Numbers, names and times
  { name: "a pid below zero", make: (r) => whole(r.say(opening, spawn(-5, 1))), refused: "-5 is no process" },
  {
    name: "a pid that is no whole number",
    make: (r) => whole(r.say(opening, spawn(2.5, 1))),
    refused: "no record of this format",
  },
  {
    name: "a pid beyond all numbers",
    make: (r) => whole(r.say(opening, spawn(2 ** 52, 1))),
    refused: "is no process",
  },
  {
    name: "a parent that is no whole number",
    make: (r) => whole(r.say(opening, spawn(2, 1.5))),
    refused: "parent",
  },
  {
    name: "a holder below zero",
    make: (r) => whole(r.say(opening, mint("cap1", -1))),
    refused: "-1 is no process",
  },
  {
    name: "a depth that no line of a table can show",
    make: (r) => whole(r.say(opening, spawn(2, 1, { depth: 2 ** 40 }), spawn(3, 2, { depth: -7 }))),
  },
  {
    name: "a family of nine",
    make: (r) => whole(r.say(opening, ...range(9).map((i) => spawn(i + 2, i + 1)))),
    refused: "more than 8 deep",
  },
  {
    name: "a kind that nobody knows",
    make: (r) => whole(r.say(opening, { kind: "process.trust", pid: 2 })),
    refused: "no kind of record",
  },
  {
    name: "a kind that every object has",
    make: (r) => whole(r.say(opening, { kind: "constructor" })),
    refused: "no kind of record",
  },
  {
    name: "a kind of a megabyte",
    make: (r) => whole(r.say(opening, { kind: "k".repeat(1_000_000) })),
    refused: "no kind of record",
  },
  {
    name: "roots that are no texts",
    make: (r) =>
      whole(
        r.say({
          kind: "journal.open",
          data: { format: 1, host: "h", roots: [{ name: 5, path: [] }], policy: [] },
        }),
      ),
    refused: "roots.0.name",
  },
  {
    name: "fields that nobody knows, a megabyte of them",
    make: (r) => whole(r.say({ kind: "journal.close", data: { reason: "", ["f".repeat(1_000_000)]: 1 } })),
    refused: "journal.close",
  },
  {
    name: "a time that is none",
    make: (r) => whole(r.say(opening, { ...message(2), time: "2026-99-99T99:99:99.999Z" })),
    refused: "is no time",
  },
  {
    name: "times out of order",
    make: (r) =>
      whole(
        r.say(
          opening,
          { ...spawn(2, 1), time: "2099-01-01T00:00:00.000Z" },
          { ...message(2), time: "1970-01-01T00:00:00.000Z" },
        ),
      ),
  },
  {
    name: "an image whose name fills the screen",
    make: (r) => whole(r.say(opening, spawn(2, 1, { image: "i".repeat(4000) }))),
  },
  {
    name: "an image whose name fills the memory",
    make: (r) => whole(r.say(opening, spawn(2, 1, { image: "i".repeat(3_000_000) }))),
    refused: "too long",
  },
  {
    name: "a call whose id is a novel",
    make: (r) => whole(r.say(opening, spawn(2, 1), ended(2, "2.0".repeat(100_000)))),
    refused: "no sensible id",
  },
  {
    name: "keys that every object has",
    make: (r) => {
      const raw =
        '{"op":"o","args":{"__proto__":{"x":1},"constructor":{"prototype":1}},"decision":"allow","outcome":"ok","value":{"__proto__":[]},"used":{"modelCalls":0,"toolCalls":1,"tokens":0,"activeSeconds":0},"micros":1}';
      whole(r.say(opening, spawn(2, 1), { kind: "call.end", pid: 2, call: "2.0.0", raw }));
    },
  },
];
