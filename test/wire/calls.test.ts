// Tool calls in streams: fragments split anywhere, arguments that do not parse, missing ids.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CALLS, delta, DONE, fragment, ROLE, serve, STOP, stream, USAGE, type Reply } from "./server.ts";

const READ = { name: "read_file", description: "Reads a file.", schema: { type: "object", properties: {} } };
const counted = { input: 31, output: 7 };

/** Replies whose tool calls must all come out as the same two, whatever way they were cut. */
const two = [
  { id: "c1", tool: "read_file", args: { path: 'é"\\👋.txt' } },
  { id: "c2", tool: "list_directory", args: { path: "src" } },
];
const json = JSON.stringify(two[0]?.args);
const escaped = json.replace("é", "\\u00e9").replace("👋", "\\ud83d\\udc4b");
const head = fragment(0, "", "c1", "read_file");
const tail = [fragment(1, '{"path":"src"}', "c2", "list_directory"), CALLS, USAGE, DONE];
const pieces: Record<string, Reply> = {
  "whole arguments": stream(ROLE, fragment(0, json, "c1", "read_file"), ...tail),
  "one character a fragment": stream(head, ...Array.from(json, (c) => fragment(0, c)), ...tail),
  "fragments that split escapes": stream(head, ...Array.from(escaped, (c) => fragment(0, c)), ...tail),
  "fragments that split a surrogate pair": stream(
    head,
    ...json.split("").map((c) => fragment(0, c)),
    ...tail,
  ),
  "two calls that alternate": stream(
    head,
    fragment(1, "", "c2", "list_directory"),
    fragment(0, json.slice(0, 5)),
    fragment(1, '{"path":'),
    fragment(0, json.slice(5)),
    fragment(1, '"src"}'),
    CALLS,
    USAGE,
    DONE,
  ),
  "both calls in one delta": stream(
    delta({
      tool_calls: two.map(({ id, tool, args }, index) => ({
        index,
        id,
        function: { name: tool, arguments: JSON.stringify(args) },
      })),
    }),
    STOP, // many servers say `stop` although they call
    USAGE,
    DONE,
  ),
  "no indexes": stream(
    ...two.map(({ id, tool, args }) =>
      delta({ tool_calls: [{ id, function: { name: tool, arguments: JSON.stringify(args) } }] }),
    ),
    CALLS,
    USAGE,
    DONE,
  ),
  "neither indexes nor ids": stream(
    ...two.map(({ tool, args }) =>
      delta({ tool_calls: [{ id: "", function: { name: tool, arguments: JSON.stringify(args) } }] }),
    ),
    CALLS,
    USAGE,
    DONE,
  ),
  "the same index for every call": stream(
    ...two.map(({ id, tool, args }) => fragment(0, JSON.stringify(args), id, tool)),
    CALLS,
    USAGE,
    DONE,
  ),
  "the name repeated in every fragment": stream(
    fragment(0, json.slice(0, 4), "c1", "read_file"),
    fragment(0, json.slice(4), "c1", "read_file"),
    ...tail,
  ),
  "one byte a packet": stream(
    head,
    ...[...Buffer.from(fragment(0, json))].map((byte) => Uint8Array.of(byte)),
    ...tail,
  ),
  "packets that split events and line ends": stream(
    ...([head, fragment(0, escaped), ...tail]
      .join("")
      .replaceAll("\n", "\r\n")
      .match(/[^]{1,7}/gu) ?? []),
  ),
  "comments, event names and empty lines between": stream(
    ": ping\n\n",
    `event: chunk\n${head}`,
    ": ping\n\n\n\n",
    `id: 3\nretry: 5\n${fragment(0, json)}`,
    ...tail,
  ),
};
for (const [name, reply] of Object.entries(pieces)) {
  test(`tool calls: ${name}`, async () => {
    await using wire = await serve(reply);
    const { result } = await wire.ask({ tools: [READ] });
    const calls = name.includes("nor ids") ? two.map((call, i) => ({ ...call, id: `call_4_${i}` })) : two;
    assert.deepEqual(result, { text: "", calls, usage: counted, stop: "calls" });
    assert.equal(wire.seen.length, 1);
  });
}

test("text beside calls is kept", async () => {
  await using wire = await serve(
    stream(delta({ content: "Look:" }), fragment(0, "", "c", "now"), CALLS, USAGE, DONE),
  );
  const { result } = await wire.ask();
  assert.deepEqual(result, {
    text: "Look:",
    calls: [{ id: "c", tool: "now", args: {} }],
    usage: counted,
    stop: "calls",
  });
});

const deep = `{"a":${"[".repeat(70)}${"]".repeat(70)}}`;
for (const [raw, why] of [
  ['{"path": "x', /JSON/u],
  ["{'path': 'x'}", /JSON/u],
  ["[1]", /not a JSON object/u],
  ["null", /not a JSON object/u],
  ['"text"', /not a JSON object/u],
  [deep, /nested deeper/u],
] as const) {
  test(`arguments that are no object come as raw text, marked: ${raw.slice(0, 20)}`, async () => {
    await using wire = await serve(stream(fragment(0, raw, "c", "read_file"), CALLS, USAGE, DONE));
    const { result } = await wire.ask();
    const call = (result as { calls: { args: unknown; malformed?: string }[] }).calls[0];
    assert.equal(call?.args, raw);
    assert.match(call.malformed ?? "", why);
  });
}

test("missing and repeated call ids are replaced, so that results can be told apart", async () => {
  const call = (id: string | null, index: number) => ({
    index,
    id,
    function: { name: "t", arguments: "{}" },
  });
  await using wire = await serve(
    stream(
      delta({ tool_calls: [call("", 0), call("x", 1), call("x", 2), call(null, 3)] }),
      CALLS,
      USAGE,
      DONE,
    ),
  );
  const { result } = await wire.ask();
  const ids = (result as { calls: { id: string }[] }).calls.map((c) => c.id);
  assert.deepEqual(ids, ["call_4_0", "x", "call_4_2", "call_4_3"]);
});
