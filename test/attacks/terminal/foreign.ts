// A foreign record: every text in it is one that another machine chose, in each field that can hold any text.
import type { RecordData, RecordKind } from "../../../src/abi/record.ts";
import { NO_USAGE } from "../../../src/kernel/state/rows.ts";

/** One record before it is numbered and signed. */
export type Entry = {
  [K in RecordKind]: readonly [kind: K, data: RecordData<K>, at: { pid?: number; call?: string }];
}[RecordKind];

/** The id of the call in {@link foreignEntries}. */
export const callOf = (text: string): string => `7${text}`;

/** An agent that was asked about, denied and failed, in which every text is this one. */
export function foreignEntries(text: string): Entry[] {
  const call = callOf(text);
  const at = { pid: 2, call };
  const here = { pid: 2 };
  const needs = [{ resource: text, right: text }];
  const asked = { op: text, args: { [text]: text }, digest: text, needs, text };
  const spawn = { image: text, imageHash: text, model: text, goal: text, cwd: text, budget: {} };
  const ask = { key: text, need: { resource: text, right: text }, reason: text, once: false, secret: false };
  const preview = { title: text, target: text, risk: "high", detail: text } as const;
  const named = { verb: text, target: text, to: text, link: text, risk: "high" } as const;
  const second = `9${text}`;
  const used = NO_USAGE;
  const came = { op: text, tool: text, args: text, needs, decision: "deny", outcome: "error" } as const;
  const error = { code: "EACCES", message: text, hint: text } as const;
  return [
    ["process.spawn", { ...spawn, parent: 1, depth: 1, childIndex: 0, by: "person" }, here],
    [
      "capability.mint",
      {
        capability: {
          ...{
            effect: "allow",
            rights: ["read"],
            resource: `fs:/${text}`,
            holder: 2,
            issuer: "person",
            id: text,
          },
        },
      },
      here,
    ],
    ["question.open", { ...asked, preview, id: text, kind: "approval", pid: 2, call, asks: [ask] }, at],
    [
      "question.open",
      { ...asked, preview: named, id: second, kind: text, grant: text, pid: 2, asks: [ask] },
      here,
    ],
    ["question.close", { id: second, outcome: "expired", by: "kernel" }, here],
    [
      "question.close",
      { id: text, outcome: "denied", by: "person", answer: { allow: false, scope: "once", note: text } },
      at,
    ],
    ["call.end", { ...came, error, why: text, by: [text], used, micros: 1 }, at],
    [
      "call.end",
      {
        ...came,
        ...{ decision: "allow", outcome: "ok", value: text, used, micros: 1 },
        ...{ changed: true, changes: [{ resource: text, pre: text, post: text }], output: { head: text } },
      },
      { pid: 2, call: `8${text}` },
    ],
    ["root.add", { name: text, path: text, owner: "pid:2" }, here],
    ["root.remove", { name: text, by: "pid:2", reason: text }, here],
    ["object.put", { namespace: "p2", name: text, version: 1, type: text, value: text }, here],
    ["process.block", { on: "model", detail: text }, here],
    ["policy.set", { policy: [], problem: text }, {}],
    ["process.exit", { exit: "failed", result: text, reason: text }, here],
  ];
}
