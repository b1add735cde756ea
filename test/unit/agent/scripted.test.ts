// The scripted model and its script format: answers, references, exhaustion, malformed scripts, interruption.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Errno } from "../../../src/abi/errors.ts";
import { childScript, EMPTY_SCRIPT, parseScript, readScript } from "../../../src/abi/script.ts";
import { scriptedModel } from "../../../src/host/node/models/scripted.ts";
import type { ModelRequest } from "../../../src/abi/model.ts";

const never = new AbortController().signal;

function request(over: Partial<ModelRequest>): ModelRequest {
  const base = { pid: 2, model: "scripted/test", system: "You are.", messages: [], tools: [] };
  return { ...base, turn: 0, values: [], ...over };
}

async function answer(over: Partial<ModelRequest>, signal = never) {
  const deltas: string[] = [];
  const result = await scriptedModel.complete(request(over), signal, (delta) => deltas.push(delta));
  return { result, deltas };
}

/** The arguments that one scripted call ends up with. */
async function args(written: unknown, values: ModelRequest["values"]): Promise<unknown> {
  const script = { turns: [{ calls: [{ tool: "t", args: written }] }] };
  const { result } = await answer({ script, values });
  return "ok" in result ? result : result.calls[0]?.args;
}

test("one turn is one answer, selected by the request", async () => {
  const script = {
    turns: [
      { text: "first", calls: [{ tool: "read_file", args: { path: "a" } }, { tool: "finish" }] },
      { text: "second" },
    ],
  };
  assert.deepEqual((await answer({ script })).result, {
    text: "first",
    calls: [
      { id: "call_0_0", tool: "read_file", args: { path: "a" } },
      { id: "call_0_1", tool: "finish", args: {} },
    ],
    usage: { input: 2, output: 9, estimated: true },
    stop: "calls",
  });
  const second = await answer({ script, turn: 1 });
  assert.deepEqual(second.result, {
    text: "second",
    calls: [],
    usage: { input: 2, output: 2, estimated: true },
    stop: "end",
  });
});

test("a used-up, an empty and a missing script say nothing, so that the process ends", async () => {
  const silent = { text: "", calls: [], usage: { input: 2, output: 0, estimated: true }, stop: "end" };
  for (const over of [{ script: { turns: [{ text: "x" }] }, turn: 1 }, { script: EMPTY_SCRIPT }, {}]) {
    const { result, deltas } = await answer(over);
    assert.deepEqual(result, silent);
    assert.deepEqual(deltas, []);
  }
});

test("text is streamed in a few pieces that never cut a character", async () => {
  for (const text of ["né 👩‍💻 ünd 漢字, and more", "a👩👩👩👩", "👩a👩👩👩"]) {
    const { result, deltas } = await answer({ script: { turns: [{ text }] } });
    assert.equal("text" in result && result.text, text);
    assert.ok(deltas.length > 1 && deltas.length <= 3);
    assert.equal(deltas.join(""), text);
    assert.ok(deltas.every((delta) => delta.isWellFormed()));
  }
});

const values = [
  [{ pid: 7, entries: [{ name: "a.txt" }], none: null, "": 1 }, undefined],
  ["plain", 3, true],
];

test("a string that is only a reference keeps the type of the value", async () => {
  assert.deepEqual(await args({ pid: "${0.0.pid}" }, values), { pid: 7 });
  assert.deepEqual(await args({ all: "${0.0}" }, values), { all: values[0]?.[0] });
  assert.deepEqual(await args(["${0.0.entries}"], values), [[{ name: "a.txt" }]]);
  assert.deepEqual(await args({ deep: [{ n: "${0.0.none}" }] }, values), { deep: [{ n: null }] });
  assert.equal(await args("${1.2}", values), true);
});

test("a reference inside a longer string becomes text, and what it brings is not looked at again", async () => {
  assert.equal(await args("is ${1.0}, ${1.1} and ${0.0.entries.0.name}", values), "is plain, 3 and a.txt");
  assert.equal(await args("${0.0.entries}!", values), '[{"name":"a.txt"}]!');
  assert.equal(await args("<${0.0}>", [["${0.0} $& $1"]]), "<${0.0} $& $1>");
});

test("text may hold references, other dollars stay", async () => {
  const script = { turns: [{ text: "pid ${0.0.pid}, ${name} $1 ${a.b}" }] };
  const { result } = await answer({ script, values });
  assert.equal("text" in result && result.text, "pid 7, ${name} $1 ${a.b}");
});

const dangling: readonly [string, RegExp][] = [
  ["${0.1}", /turn 0, call 0, args\.x: \$\{0\.1\} cannot be resolved: call 1 of turn 0 has no ok value/],
  ["${5.0.pid}", /\$\{5\.0\.pid\} cannot be resolved: call 0 of turn 5 has no ok value/],
  ["see ${0.0.entries.3.name}", /\$\{0\.0\.entries\.3\.name\} cannot be resolved: there is no "3"/],
  ["${0.0.constructor}", /there is no "constructor"/],
  ["${0.0.__proto__}", /there is no "__proto__"/],
  ["${1.0.length}", /there is no "length"/],
];
for (const [written, message] of dangling) {
  test(`the reference ${written} that cannot be resolved is EINVAL and names its place`, async () => {
    const result = await args({ x: written }, values);
    assert.ok(typeof result === "object" && result !== null && "code" in result && "message" in result);
    assert.equal(result.code, "EINVAL");
    assert.match(String(result.message), message);
  });
}

test("a key named __proto__ stays a key", async () => {
  const written: unknown = JSON.parse('{"__proto__":{"x":"${1.0}"}}');
  const result = await args(written, values);
  assert.equal(JSON.stringify(result), '{"__proto__":{"x":"plain"}}');
  assert.equal(Object.getPrototypeOf(result), Object.prototype);
});

const malformed: readonly [string, string, RegExp][] = [
  ["not JSON", "{", /the script is malformed: .*JSON/],
  ["a list", "[]", /the script is malformed: .*expected object/],
  ["no turns", "{}", /malformed at turns: /],
  ["a text that is a number", '{"turns":[{"text":1}]}', /malformed at turns\[0\]\.text: /],
  ["a stray key", '{"turns":[{"txt":"x"}]}', /malformed at turns\[0\]: .*"txt"/],
  [
    "a call without a tool",
    '{"turns":[{},{"calls":[{"args":{}}]}]}',
    /malformed at turns\[1\]\.calls\[0\]\.tool/,
  ],
  [
    "a flaw in a grandchild",
    '{"turns":[],"children":[{"turns":[],"children":[1]}]}',
    /at children\[0\]\.children\[0\]: /,
  ],
];
for (const [name, text, message] of malformed) {
  test(`${name} is EINVAL and names its place`, async () => {
    const result = readScript(text);
    assert.ok(!result.ok);
    assert.equal(result.code, "EINVAL" satisfies Errno);
    assert.match(result.message, message);
  });
}

test("a script nested beyond all sense is EINVAL, not a crash", () => {
  let script: unknown = { turns: [] };
  for (let depth = 0; depth < 100_000; depth++) script = { turns: [], children: [script] };
  const result = parseScript(script);
  assert.ok(!result.ok);
  assert.equal(result.code, "EINVAL");
});

test("a malformed script is also refused when it is answered from", async () => {
  const { result } = await answer({ script: { turns: [{ text: 1 }] } });
  assert.ok("code" in result);
  assert.equal(result.code, "EINVAL");
});

test("a byte order mark before a script is ignored, arguments are passed on as they stand", () => {
  const result = readScript(
    '\uFEFF{"turns":[{"calls":[{"tool":"a","args":"text"},{"tool":"b","args":null},{"tool":"c"}]}]}',
  );
  assert.ok(result.ok);
  assert.deepEqual(
    result.value.turns[0]?.calls.map((call) => call.args),
    ["text", null, {}],
  );
});

test("children take their own scripts; a missing one is empty", () => {
  const script: unknown = {
    turns: [],
    children: [{ turns: [{ text: "a" }] }, { turns: [], children: [{ turns: [] }] }],
  };
  assert.deepEqual(childScript(script, 0), { turns: [{ text: "a" }] });
  assert.deepEqual(childScript(childScript(script, 1), 0), { turns: [] });
  assert.equal(childScript(script, 0), childScript(script, 0));
  for (const [from, index] of [
    [script, 2],
    [script, -1],
    [EMPTY_SCRIPT, 0],
    [undefined, 0],
    [null, 0],
    ["x", 0],
    [{ children: "ab" }, 0],
  ] as const) {
    assert.equal(childScript(from, index), EMPTY_SCRIPT);
  }
});

test("an interrupt before or between the pieces is EINTR, and nothing is streamed after it", async () => {
  const script = { turns: [{ text: "a rather long answer" }] };
  const before = await answer({ script }, AbortSignal.abort());
  assert.ok("code" in before.result);
  assert.equal(before.result.code, "EINTR");
  assert.deepEqual(before.deltas, []);

  const stop = new AbortController();
  const deltas: string[] = [];
  const result = await scriptedModel.complete(request({ script }), stop.signal, (delta) => {
    deltas.push(delta);
    stop.abort();
  });
  assert.ok("code" in result);
  assert.equal(result.code, "EINTR");
  assert.equal(deltas.length, 1);
});

test("a summary takes no turn: it says what the script says, in order, else what was called", async () => {
  const script = { turns: [{ text: "first" }], summaries: ["so far"] };
  const said = async (nth: number, called: string[] = []) => {
    const { result } = await answer({ script, summary: { nth, called } });
    return "ok" in result ? result.code : result.text;
  };
  assert.equal(await said(0), "so far");
  assert.equal(
    await said(1, ["read_file", "write_file (2 times)"]),
    "Called so far: read_file, write_file (2 times).",
  );
  assert.equal(await said(2), "Called so far: nothing.");
  const { result } = await answer({ script });
  assert.ok("text" in result && result.text === "first");
});
