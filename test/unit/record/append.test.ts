// What may be appended: data that its kind allows, values in every shape, and private copies without secrets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { recordData } from "../../../src/abi/record.ts";
import { JournalError } from "../../../src/kernel/record/failure.ts";
import { MAX_DEPTH } from "../../../src/kernel/record/redact.ts";
import { inMemory, MemoryStore, readAll, say } from "../../harness/journal.ts";

const throws = (body: () => unknown, code: string): void =>
  assert.throws(body, (error) => error instanceof JournalError && error.fault.code === code);

test("data that its kind does not allow is refused and changes nothing (P85)", async () => {
  const store = new MemoryStore();
  const { journal, applied } = inMemory(store);
  const wrong: unknown = { text: 5, by: "person" };
  const data = recordData["process.message"].safeParse(wrong);
  assert.equal(data.success, false);
  throws(
    () => Reflect.apply(journal.append.bind(journal), undefined, ["process.message", wrong, {}]),
    "EFAULT",
  );
  throws(() => Reflect.apply(journal.append.bind(journal), undefined, ["no.such.kind", {}, {}]), "EFAULT");
  assert.deepEqual([applied.length, journal.seq], [0, 0]);
  await journal.close();
  throws(() => say(journal, "late"), "EIO");
});

const ODD: [string, unknown][] = [
  ["a mark of ours", { $body: { file: "00000001", offset: 0, length: 5, sha256: "0".repeat(64) } }],
  ["an escaped mark", { $$body: 1, $$$body: { $body: "x" } }],
  ["a long string under a mark", { $body: "y".repeat(5000), other: [{ $body: "z".repeat(6000) }] }],
  ["__proto__ as a key", JSON.parse('{"__proto__":{"long":"' + "p".repeat(5000) + '"},"constructor":1}')],
  ["text with a lone surrogate", "\ud800" + "x".repeat(5000)],
  ["a byte order mark", "\ufeff" + "bom".repeat(3000)],
  ["line ends of all kinds", "\r\n\u2028\u2029\u0000\u0085".repeat(1000)],
  ["bytes at the threshold", ["é".repeat(2048), "é".repeat(2048) + "a"]],
  ["an empty world", [[], {}, "", null, 0, -0, false]],
  ["numbers", [1e308, -1e-308, 0.1, Number.MAX_SAFE_INTEGER]],
  ["what JSON drops", { a: undefined, b: [undefined, NaN, Infinity], c: () => 1, d: new Date(0) }],
  ["too deep", nested(5000)],
  ["as deep as it may be", nested(MAX_DEPTH - 3)],
  ["a long key", { ["k".repeat(10_000)]: 1 }],
];

function nested(depth: number): unknown {
  let value: unknown = "core";
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { in: value };
  return value;
}

for (const [name, value] of ODD) {
  test(`what was applied is what is read back: ${name}`, async () => {
    const store = new MemoryStore();
    const { journal, applied } = inMemory(store);
    journal.append("process.exit", { exit: "finished", result: value, reason: "" }, { pid: 2, call: "2.1" });
    await journal.close();
    const { records, scanned } = await readAll(store.source, store.head);
    assert.equal(scanned.defect, undefined);
    assert.deepEqual(records, applied);
    assert.deepEqual(JSON.stringify(records), JSON.stringify(applied), "key order and all");
  });
}

test("what a caller changes afterwards changes no record", async () => {
  const store = new MemoryStore();
  const { journal, applied } = inMemory(store);
  const result = { list: [1] };
  journal.append("process.exit", { exit: "finished", result, reason: "" }, { pid: 2 });
  result.list.push(2);
  await journal.close();
  assert.deepEqual((await readAll(store.source)).records, applied);
  assert.deepEqual(applied[0]?.data, { exit: "finished", result: { list: [1] }, reason: "" });
});

test("secrets are out of the state and of the bytes, restrictions are to the letter", async () => {
  const store = new MemoryStore();
  const { journal, applied, redactor } = inMemory(store);
  redactor.addSecret("hunter2-hunter2");
  redactor.addSecret("person");
  say(journal, "my password is hunter2-hunter2");
  const capability = { id: "c1", holder: 2, rights: ["read" as const], issuer: "person" };
  const resource = "fs:/w/hunter2-hunter2/**";
  journal.append("capability.mint", { capability: { ...capability, effect: "deny", resource } });
  journal.append("capability.mint", { capability: { ...capability, effect: "allow", resource } });
  await journal.close();
  const [message, deny, allow] = applied;
  assert.deepEqual(message?.data, { text: "my password is [redacted:secret]", by: "person" });
  assert.equal(deny?.kind === "capability.mint" && deny.data.capability.resource, resource);
  assert.equal(
    allow?.kind === "capability.mint" && allow.data.capability.resource,
    "fs:/w/[redacted:secret]/**",
  );
  assert.deepEqual((await readAll(store.source)).records, applied);
});
