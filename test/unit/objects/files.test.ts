// Bridges between objects and files: both authorities, no content on the way, and a write like any other.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { makeFixture, type Fixture } from "../../contract/fixture.ts";
import { code } from "../../support/kernel.ts";
import { messageOf, valueOf } from "../../support/objects.ts";

const fixtures: Fixture[] = [];
after(() => {
  for (const fixture of fixtures) fixture.close();
});

async function fixture(...grants: string[]) {
  const made = await makeFixture(grants);
  fixtures.push(made);
  const { k, pid, root } = made;
  return {
    ...made,
    call: (name: string, args: object) => k.call(pid, name, args),
    at: (...names: string[]) => join(root, ...names),
    /** Everything that the record says, as text. */
    record: () => JSON.stringify(k.records),
  };
}

const ALL = "allow:read,list,write:fs:/app/**";
const SAID = "what the file says: 7f3a\n";

test("a file becomes an object and a file again, byte for byte, and no answer shows what it says (P58)", async () => {
  const { k, pid, call, at } = await fixture(ALL);
  const bytes = Buffer.from(`\ufeff${SAID}\r\nü\n`);
  writeFileSync(at("from.txt"), bytes);
  const sha256 = nodeDigests.sha256(bytes);
  const kept = valueOf(await call("object.import", { path: "from.txt", name: "n" }));
  assert.deepEqual(kept, { name: "n", version: 1, bytes: bytes.length, sha256 });
  const made = valueOf(await call("object.export", { name: "n", path: "deep/to.txt" }));
  assert.deepEqual(made, { path: "app/deep/to.txt", sha256, bytes: bytes.length, created: true });
  assert.deepEqual(readFileSync(at("deep/to.txt")), bytes);
  const ends = JSON.stringify([...k.of("call.end"), ...k.of("call.begin")]);
  assert.ok(!ends.includes("7f3a"), "neither arguments nor answers carry it");
  const { from, type, by } = valueOf(await call("object.get", { name: "n" }));
  assert.deepEqual([from, type, by], [[{ resource: "fs:/app/from.txt", sha256 }], "file_snapshot", pid]);
});

for (const [encoding, bytes] of [
  ["windows-1252", Buffer.from("caf\u00e9 = 1\r\n", "latin1")],
  ["utf-16le", Buffer.from("\ufeffwide\n", "utf16le")],
  ["gbk", Buffer.from("c4e3bac3a3accac0bde70a", "hex")],
] as const) {
  test(`a file in ${encoding} becomes an object and the same bytes again, and a file there keeps its own`, async () => {
    const { call, at } = await fixture(ALL);
    writeFileSync(at("from.txt"), bytes);
    valueOf(await call("object.import", { path: "from.txt", name: "n" }));
    valueOf(await call("object.export", { name: "n", path: "to.txt" }));
    assert.deepEqual(readFileSync(at("to.txt")), Buffer.from(bytes));
    writeFileSync(at("utf8.txt"), "é\r\n");
    valueOf(await call("object.export", { name: "n", path: "utf8.txt" }));
    const text = new TextDecoder(encoding).decode(bytes).replace(/\r?\n/u, "\r\n");
    assert.equal(readFileSync(at("utf8.txt"), "utf8"), text);
  });
}

for (const [title, grants, name, args] of [
  ["reading the file", ["allow:write,list:fs:/app/**"], "object.import", { path: "a.txt", name: "n" }],
  ["writing the object", [ALL, "deny:write:object:/p2/n"], "object.import", { path: "a.txt", name: "n" }],
  ["writing there", [ALL], "object.import", { path: "a.txt", name: "n", namespace: "p9" }],
  ["reading the object", [ALL, "deny:read:object:/p2/n"], "object.export", { name: "n", path: "to.txt" }],
  ["reading it there", [ALL], "object.export", { name: "n", namespace: "p9", path: "to.txt" }],
  ["writing the file", ["allow:read,list:fs:/app/**"], "object.export", { name: "n", path: "to.txt" }],
] as const) {
  test(`${name} needs both authorities: without ${title} it is refused (P58)`, async () => {
    const { k, call, at, watched } = await fixture(...grants);
    await call("object.put", { name: "n", type: "text", value: "x" });
    const puts = k.of("object.put").length;
    watched.touched.length = 0;
    assert.ok(["ENOTCAPABLE", "EACCES"].includes(code(await call(name, args))));
    assert.equal(k.lastEnd.decision, "deny");
    assert.equal(k.of("object.put").length, puts);
    assert.equal(existsSync(at("to.txt")), false);
    assert.deepEqual(watched.touched, []);
  });
}

test("a file that holds secrets becomes no object, whatever it is called, and nobody is asked for it", async () => {
  const { k, call, at, record } = await fixture(ALL);
  writeFileSync(at(".env"), "KEY=7f3a\n");
  mkdirSync(at(".aws"));
  writeFileSync(at(".aws/credentials"), "KEY=7f3a\n");
  symlinkSync(".env", at("innocent.txt"));
  for (const path of [".env", "app/.ENV", "sub/../.env", ".aws/credentials", "innocent.txt"]) {
    const called = call("object.import", { path, name: "n" });
    for (let i = 0; i < 20; i++) await k.settle();
    for (const { question } of k.open) k.answer({}, question.id);
    const result = await called;
    assert.deepEqual([code(result), k.lastEnd.decision], ["EACCES", "deny"], path);
    assert.match(messageOf(result), /may hold secrets/u);
  }
  assert.deepEqual([k.open.length, k.of("object.put").length, record().includes("7f3a")], [0, 0, false]);
});

test("a secret in a plain file is kept out of the object, and the hole is not written into a file", async () => {
  const { call, at, record } = await fixture(ALL);
  writeFileSync(at("notes.md"), "use ghp_0123456789abcdefghij here\n");
  const kept = valueOf(await call("object.import", { path: "notes.md", name: "n" }));
  assert.equal(kept["redacted"], true);
  const out = await call("object.export", { name: "n", path: "to.md" });
  assert.deepEqual([code(out), existsSync(at("to.md"))], ["EACCES", false]);
  assert.ok(!record().includes("ghp_0123456789"));
});

test("what fits no type is refused, and what fits one is kept as its value", async () => {
  const { call, at } = await fixture(ALL);
  const cases: readonly (readonly [content: string | Buffer, type: string, came: unknown])[] = [
    ["do it\n", "goal", "do it\n"],
    ['{"steps":[{"text":"one"}]}', "plan", { steps: [{ text: "one" }] }],
    ["[1,2]", "json", [1, 2]],
    ["x", "artifact", { path: "app/in", sha256: nodeDigests.sha256("x"), content: "x" }],
    ['{"steps":[{}]}', "plan", '"value.steps.0.text"'],
    ["no json", "json", "is not JSON"],
    ["x", "policy", "EINVAL"],
    [Buffer.from([0, 1]), "text", "is binary"],
    [Buffer.from("\ufeffwide", "utf16le"), "text", "wide"],
    [Buffer.from("caf\u00e9", "latin1"), "text", "café"],
    ["x".repeat(1_000_001), "text", "E2BIG"],
  ];
  for (const [content, type, came] of cases) {
    writeFileSync(at("in"), content);
    const result = await call("object.import", { path: "in", name: "n", type });
    if (result.ok) assert.deepEqual(valueOf(await call("object.get", { name: "n" }))["value"], came);
    else assert.ok(`${result.code} ${result.message}`.includes(String(came)), `${type}: ${result.message}`);
  }
  assert.equal(code(await call("object.import", { path: "sub", name: "n" })), "EINVAL");
  assert.equal(code(await call("object.import", { path: "none", name: "n" })), "ENOENT");
});

test("each kind of value has one text in a file, and an older version can be written", async () => {
  const { call, at } = await fixture(ALL);
  const written = async (put: object, more: object = {}) => {
    assert.equal(code(await call("object.put", { name: "n", ...put })), "ok");
    assert.equal(code(await call("object.export", { name: "n", path: "out", ...more })), "ok");
    return readFileSync(at("out"), "utf8");
  };
  assert.equal(await written({ type: "text", value: "as it is" }), "as it is");
  assert.equal(await written({ value: "a json text" }), "a json text");
  assert.equal(await written({ type: "artifact", value: { content: "body", more: 1 } }), "body");
  assert.equal(await written({ value: { content: "body" } }), '{\n  "content": "body"\n}\n');
  assert.equal(await written({ value: 5 }, { version: 1 }), "as it is");
  assert.equal(code(await call("object.export", { name: "none", path: "out" })), "ENOENT");
});

test("a person sees the text before it is written, and it is not written when the object moved on", async () => {
  const { k, pid, call, at } = await fixture("allow:read,list:fs:/app/**", "ask:write:fs:/app/**");
  await call("object.put", { name: "n", type: "text", value: "first\n" });
  const write = call("object.export", { name: "n", path: "a.txt" });
  for (let i = 0; i < 50 && k.open.length === 0; i++) await k.settle();
  const { preview, op } = k.question;
  assert.deepEqual([op, preview?.verb, preview?.after], ["object.export", "overwrite", "first\n"]);
  await k.call(pid, "object.put", { name: "n", type: "text", value: "second\n" });
  k.answer();
  assert.equal(code(await write), "ESTALE");
  const again = call("object.export", { name: "n", path: "a.txt" });
  for (let i = 0; i < 50 && k.open.length === 0; i++) await k.settle();
  k.answer();
  assert.equal(code(await again), "ok");
  assert.equal(readFileSync(at("a.txt"), "utf8"), "second\n");
  const was = { pre: nodeDigests.sha256("some text\n"), post: nodeDigests.sha256("second\n") };
  const { changes } = k.lastEnd;
  assert.deepEqual(changes, [{ resource: "fs:/app/a.txt", ...was }], "so it can be taken back");
});

test("after a crash a write from an object is found done, and a file that became an object is kept once", async () => {
  const { k, call } = await fixture(ALL);
  await call("object.put", { name: "n", type: "text", value: "x" });
  await call("object.export", { name: "n", path: "to.txt" });
  const begin = k.of("call.begin").at(-1)?.data;
  const op = k.kernel.operations.get("object.export")?.decode(begin?.args);
  assert.ok(op !== undefined && "probe" in op);
  const view = { pid: 2 } as Parameters<typeof op.probe>[1];
  assert.equal((await op.probe(begin?.prestate, view)).state, "done");
  const once = { path: "a.txt", name: "m" };
  const first = await k.call(2, "object.import", once, { id: "0.0" });
  const next = await k.crash(k.of("call.did").at(-1)?.seq);
  const again = await next.call(2, "object.import", once, { id: "0.0" });
  assert.deepEqual([valueOf(first)["version"], again], [1, first]);
  assert.equal(next.of("object.put").filter((p) => p.data.name === "m").length, 1);
});

test("objects, diagnostics and the working directory know near names like every file operation", async () => {
  const { call, at } = await fixture(ALL);
  mkdirSync(at("my\u00a0docs"));
  writeFileSync(at("my\u00a0docs/it\u2019s.md"), "text\n");
  mkdirSync(at("re\u0301"));
  const told = /my\\u00a0docs\/it\\u2019s\.md/u;
  const path = "my docs/it's.md";
  for (const [name, args] of [
    ["object.import", { path, name: "n" }],
    ["fs.diagnostics", { path }],
    ["process.chdir", { path }],
  ] as const) {
    const got = await call(name, args);
    assert.equal(code(got), "ENOENT");
    assert.match(JSON.stringify(got).replaceAll("\\\\", "\\"), told, name);
  }
  await call("object.put", { name: "n", type: "text", value: "x" });
  const made = await call("object.export", { name: "n", path });
  assert.equal(code(made), "EEXIST");
  assert.match(JSON.stringify(made).replaceAll("\\\\", "\\"), told);
  assert.equal(existsSync(at("my docs")), false);
  assert.deepEqual(valueOf(await call("process.chdir", { path: "r\u00e9" })), { cwd: "app/re\u0301" });
});

test("a folder named like the workspace is no place to go to by the bare name", async () => {
  const { call, at } = await fixture(ALL);
  assert.deepEqual(valueOf(await call("process.chdir", { path: "app" })), { cwd: "app" });
  mkdirSync(at("app"));
  const got = await call("process.chdir", { path: "app" });
  assert.equal(code(got), "EINVAL");
  assert.match(JSON.stringify(got), /\.\/app/u);
  assert.deepEqual(valueOf(await call("process.chdir", { path: "./app" })), { cwd: "app/app" });
});
