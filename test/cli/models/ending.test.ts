// How a run ends by its model: the exit code and the words say when the work is not done, and nothing is sent in vain.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { CliRun } from "../../../src/abi/cli.ts";
import { Workspace, came, toolCalls, type Ended } from "../workspace.ts";
import {
  CALLS,
  DONE,
  KEY,
  ROLE,
  STOP,
  delta,
  fragment,
  serve,
  stream,
  type Reply,
} from "../../wire/server.ts";

const says = (text: string, finish = STOP): Reply => stream(ROLE, delta({ content: text }), finish, DONE);
const stopped = (text: string, reason: string): Reply => says(text, delta({}, reason));
const calls = (...list: readonly (readonly [tool: string, args: object])[]): Reply =>
  stream(
    ROLE,
    ...list.map(([tool, args], i) => fragment(i, JSON.stringify(args), `c${i}`, tool)),
    CALLS,
    DONE,
  );

/** A run against a provider that gives these answers, one for each request, and the last one for ever. */
async function run(t: TestContext, answers: readonly Reply[], options: readonly string[] = []) {
  const workspace = new Workspace(t);
  workspace.write("a.txt", "hello\n");
  await using wire = await serve(...answers);
  const model = ["--model", "openai-compatible/gpt-test", "--grant", "allow:read,write:fs:/app/**"];
  const ended: Ended = await workspace.run(["run", "--goal", "do it", "--json", ...model, ...options], {
    env: { OPENAI_BASE_URL: wire.baseUrl, OPENAI_API_KEY: KEY },
  });
  const account = ended.out === "" ? undefined : workspace.parsed(ended, ended.code ?? -1);
  return { ...ended, account, requests: wire.seen.length, workspace };
}

const stateOf = (account: CliRun | undefined) => account?.processes.map((p) => [p.state, p.exit]);

const NEVER: readonly (readonly [name: string, answer: Reply, requests: number, why: RegExp])[] = [
  [
    "is cut at its length limit",
    stopped("I will now edit the file and th", "length"),
    4,
    /length limit of one answer/u,
  ],
  ["is stopped by a filter", stopped("Well", "content_filter"), 2, /filter stops its answers/u],
  [
    "ends for a reason that nobody knows",
    stopped("Well", "gave_up_halfway"),
    2,
    /stop before their end.*gave_up_halfway/u,
  ],
  ["is empty", says(""), 3, /its answers are empty/u],
  [
    "is a call that cannot be read",
    says('<tool_call>{"name":"read_file", oops}</tool_call>'),
    3,
    /calls as text/u,
  ],
];
for (const [name, answer, requests, why] of NEVER)
  test(`a run whose every answer ${name} exits with 1 and says so`, async (t) => {
    const ended = await run(t, [answer]);
    assert.deepEqual([ended.code, ended.requests], [1, requests]);
    assert.deepEqual(stateOf(ended.account), [["blocked", null]]);
    const told = await ended.workspace.run(["audit"]);
    assert.equal(told.code, 0);
    assert.match(ended.workspace.recordText(), why);
  });

test("an answer that was cut goes on, and the result is the whole of it", async (t) => {
  const { code, account } = await run(t, [stopped("one ", "length"), says("two")]);
  assert.deepEqual([code, account?.processes[0]?.result], [0, "one two"]);
});

test("a call written as text is run as the call it is", async (t) => {
  const text = '<tool_call>\n{"name": "read_file", "arguments": {"path": "a.txt"}}\n</tool_call>';
  const { code, account } = await run(t, [says(text), says("done")]);
  assert.equal(code, 0);
  assert.deepEqual(toolCalls(account ?? { calls: [] }).map(came), ["allow ok"]);
});

test("a text about calls is an answer", async (t) => {
  const { code, account, requests } = await run(t, [
    says('Write `<tool_call>{"name":"read_file"}</tool_call>`.'),
  ]);
  assert.deepEqual([code, requests, account?.calls.filter((c) => c.tool !== undefined)], [0, 1, []]);
});

test("a run whose conversation is refused as too long goes on with a smaller one", async (t) => {
  const tooLong: Reply = (response) => {
    response.writeHead(400, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: "too long", code: "context_length_exceeded" } }));
  };
  const { code, account } = await run(t, [
    calls(["read_file", { path: "a.txt" }]),
    calls(["read_file", { path: "a.txt" }]),
    tooLong,
    says("a summary, or the end"),
  ]);
  assert.deepEqual([code, stateOf(account)], [0, [["zombie", "finished"]]]);
});

test("a budget that does not pay for one call is refused before anything is sent, with the least that does", async (t) => {
  const poor = await run(t, [says("hello")], ["--budget", "tokens=100"]);
  assert.deepEqual([poor.code, poor.requests], [2, 0]);
  const [, least = ""] =
    /A budget of 100 tokens .* The smallest that works is (\d+) tokens\./u.exec(poor.err) ?? [];
  const enough = await run(t, [says("hello")], ["--budget", `tokens=${least}`]);
  assert.deepEqual([enough.code, enough.requests], [0, 1]);
});
