// Arbitrary records: well formed, of every kind that changes the state, about few processes and in every odd order.
import fc from "fast-check";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { isRecord } from "../../../src/kernel/record/line.ts";

// Few numbers and names, so that records often speak of the same things, in every odd order.
const pid = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 6 }) },
  fc.constantFrom(-1, 0, 99, 2 ** 31),
);
const capId = fc.constantFrom("cap1", "cap2", "cap3", "cap4", "", "__proto__");
const odd = fc.oneof(
  fc.constantFrom("", "a", "%", "fs:/app", "constructor", "\ud800", "\u202e"),
  fc.string({ maxLength: 12 }),
);
const resource = fc.oneof(
  fc.constantFrom(
    "fs:/app/**",
    "fs:/app/a",
    "object:/p2/**",
    "object:/**",
    "object:/P3/x",
    "process:/2",
    "human:/ask",
  ),
  odd,
);
const call = fc.constantFrom(
  "2.0",
  "2.0.0",
  "3.0.1",
  "2.0s0",
  "2.x7",
  "2.x99999999999999999999",
  "",
  "2.0r1",
  "2.0.0.1",
  "2.0.0.1.99999999999999999999",
  "2.x7.1",
  "6.9.9",
);
const actor = fc.constantFrom("person", "launcher", "kernel", "pid:2");
const amount = fc.constantFrom(0, 1, 7, Number.MAX_SAFE_INTEGER);
const used = fc.record({ modelCalls: amount, toolCalls: amount, tokens: amount, activeSeconds: amount });
const any = fc.oneof(
  fc.constantFrom(null, "x", { calls: [{ tool: 5 }] }, { text: 1 }, [[]]),
  // The state lets a text of this size go.
  fc.constant({ text: "long ".repeat(100), calls: [] }),
  fc.jsonValue({ maxDepth: 3 }),
);
const rights = fc.constantFrom(["read"], ["read", "write"], ["message"]);
const until = fc.constantFrom("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z");
const questionId = fc.constantFrom("q1", "q2", "q3");
const name = fc.constantFrom("n", "conversation-summary", "said:0", "__proto__");
const namespace = fc.constantFrom("p2", "p3", "p99", "shared", "");
const need = fc.record({ resource, right: fc.constantFrom("read", "write") });
const ref = fc.record({ namespace, name, version: fc.integer({ min: 0, max: 3 }) });
const optional = { requiredKeys: [] };
const capability = fc
  .tuple(
    fc.record({
      id: capId,
      holder: pid,
      effect: fc.constantFrom("allow", "ask", "deny"),
      rights,
      resource,
      issuer: actor,
    }),
    fc.record(
      {
        parent: capId,
        uses: fc.constantFrom(1, 3),
        until,
        boundTo: odd,
        answers: fc.constant(["cap1@x"]),
        place: odd,
      },
      optional,
    ),
  )
  .map(([own, more]) => ({ ...own, ...more }));
const ended = {
  op: odd,
  decision: fc.constantFrom("allow", "deny", "none"),
  outcome: fc.constantFrom("ok", "error", "not-run"),
};

const restoreId = fc.constantFrom("r1", "r2");
const mark = fc.constantFrom("absent", "folder", "a".repeat(64), "b".repeat(64));
const change = fc.record({ resource: fc.constantFrom("fs:/app/a", "fs:/app/b"), pre: mark, post: mark });

/** One arbitrary for each kind that changes the state, with the pid and the call that it may have. */
export const DATA: Readonly<Record<string, fc.Arbitrary<object>>> = {
  "journal.open": fc.constant({ format: 1, host: "h", roots: [{ name: "app", path: "/w/app" }], policy: [] }),
  "root.add": fc.record({
    name: fc.constantFrom("app", "App", "tree", "tr\u00e9e", "__proto__", ""),
    path: fc.constantFrom("/w/app", "/w/tree", "/", ""),
    owner: actor,
  }),
  "root.remove": fc.record({
    name: fc.constantFrom("app", "tree", "App", "tr\u00e9e"),
    by: actor,
    reason: odd,
  }),
  "process.spawn": fc
    .tuple(
      fc.record({
        parent: pid,
        image: odd,
        imageHash: odd,
        model: odd,
        goal: odd,
        cwd: odd,
        budget: fc.constant({ tokens: 5 }),
      }),
      fc.record({ depth: fc.integer({ min: -9, max: 2 ** 30 }), childIndex: fc.integer(), by: actor }),
      fc.record({ forked: fc.integer({ min: -5, max: 99 }), forkOf: pid }, optional),
    )
    .map(([a, b, c]) => ({ ...a, ...b, ...c })),
  "process.signal": fc.record({
    signal: fc.constantFrom("pause", "resume", "terminate", "kill"),
    by: actor,
    reason: odd,
  }),
  "process.block": fc.record({ on: fc.constantFrom("message", "model"), detail: odd }),
  "process.wake": fc.record({ from: fc.constantFrom("message", "model"), by: actor }),
  "process.exit": fc.record({
    exit: fc.constantFrom("finished", "failed", "killed"),
    result: any,
    reason: odd,
  }),
  "process.reap": fc.record({ by: actor }),
  "process.message": fc.record({ text: odd, by: actor }),
  "process.exec": fc.record({ image: odd, imageHash: odd, model: odd }),
  "process.cwd": fc.record({ cwd: odd }),
  "message.send": fc.record({ id: odd, from: pid, text: odd, channel: odd, urgent: fc.boolean() }),
  "message.take": fc.record({ id: odd }),
  "timer.set": fc.record({ until }),
  "process.trim": fc
    .tuple(
      fc.record({ from: fc.integer({ min: -3, max: 50 }), reason: odd }),
      fc.record({ summary: ref.map((r) => ({ ...r, to: 2 })) }, optional),
    )
    .map(([a, b]) => ({ ...a, ...b })),
  "process.budget": fc.record({ add: fc.constant({ tokens: 3 }), by: actor }),
  "capability.mint": fc
    .tuple(capability, fc.record({ takes: fc.integer({ min: -3, max: 9 }) }, optional))
    .map(([cap, more]) => ({ capability: cap, ...more })),
  "capability.move": fc.record({ id: capId, to: pid }),
  "capability.revoke": fc.record({ id: capId, by: actor, reason: odd }),
  "question.open": fc.record({
    ...{
      id: questionId,
      pid,
      call,
      kind: fc.constantFrom("approval", "permission", "question", "budget", "effect"),
    },
    ...{ op: odd, args: any, digest: odd, asks: fc.constant([]), needs: fc.constant([]), text: odd },
  }),
  "question.close": fc.record({
    id: questionId,
    outcome: fc.constantFrom("allowed", "denied", "expired", "cancelled"),
    by: actor,
  }),
  "call.begin": fc.record({
    ...{
      op: odd,
      args: any,
      needs: fc.array(need, { maxLength: 2 }),
      decision: fc.constant("allow"),
      digest: odd,
    },
    ...{
      request: odd,
      within: fc.constant(["allow:read:fs:/app/**"]),
      prestate: any,
      spends: fc.array(capId, { maxLength: 2 }),
      reserve: used,
    },
  }),
  "call.did": fc.record({ value: any, request: odd }),
  "handle.open": fc.record({ id: odd, kind: odd, label: odd, endsWith: call }),
  "handle.close": fc.record({ id: odd, why: odd }),
  "call.again": fc.record({ reserve: used }),
  "call.end": fc
    .tuple(
      fc.record({ ...ended, used, micros: fc.integer() }),
      fc.record(
        {
          value: any,
          digest: odd,
          result: odd,
          request: odd,
          within: fc.constant(["nonsense"]),
          changed: fc.boolean(),
          saw: fc.constant([{ resource: "fs:/app/a", sha256: null }]),
          changes: fc.array(change, { maxLength: 2 }),
          output: fc.record({ head: odd, tail: odd }),
          unlisted: fc.integer({ min: 1, max: 9 }),
          tool: name,
          found: fc.array(name, { maxLength: 3 }),
        },
        optional,
      ),
    )
    .map(([a, b]) => ({ ...a, ...b })),
  "object.put": fc.record({
    namespace,
    name,
    version: fc.integer({ min: -1, max: 30 }),
    type: odd,
    value: any,
  }),
  "checkpoint.create": fc.record({ id: odd }),
  "checkpoint.restore": fc.record({
    ...{ id: restoreId, checkpoint: odd, call: odd },
    files: fc.constant([{ resource: "fs:/app/a", from: "absent", to: "absent", outcome: "equal" }]),
  }),
  "checkpoint.restored": fc.record({ id: restoreId }),
  "object.link": fc.record({
    namespace,
    name,
    to: ref,
    relation: fc.constantFrom("derived_from", "summarizes"),
  }),
  "object.delete": fc.record({ namespace, name }),
  "operation.add": fc.record({
    ...{
      name,
      owner: fc.constantFrom("person", "pid:1", "pid:2", "pid:3", "pid:99"),
      tool: name,
      summary: odd,
    },
    ...{ input: fc.constant({ type: "object" }), hash: odd, scope: fc.constantFrom("family", "workspace") },
  }),
  "operation.remove": fc.record({ name, by: actor, reason: odd }),
};

/** Kinds that link things come more often. */
const OFTEN: Readonly<Record<string, number>> = {
  "process.spawn": 12,
  "capability.mint": 12,
  "process.exit": 6,
  "capability.revoke": 3,
};
const time = fc.constantFrom(
  "2026-01-01T00:00:00.000Z",
  "1970-01-01T00:00:00.000Z",
  "9999-99-99T99:99:99.999Z",
);
const place = fc.oneof(
  { weight: 9, arbitrary: fc.record({ pid, call }) },
  { weight: 1, arbitrary: fc.constant({}) },
);
const said = fc.oneof(
  ...Object.entries(DATA).map(([kind, data]) => ({
    weight: OFTEN[kind] ?? 1,
    arbitrary: fc
      .tuple(data, place, time)
      .map(([given, at, when]) => ({ v: 1, kind, time: when, ...at, data: given, prev: "" })),
  })),
);
/** Lists of up to so many records. */
export const history = (most: number): fc.Arbitrary<object[]> =>
  fc.array(said, { minLength: 10, maxLength: most, size: "max" });

/** The records of a list, numbered; those that no journal could hold are left out. */
export function recordsOf(list: readonly object[]): AnyRecord[] {
  return list.flatMap((each, i) => {
    const record: unknown = JSON.parse(JSON.stringify({ ...each, seq: i + 1, prev: `line ${i}` }));
    return isRecord(record) ? [record] : [];
  });
}
