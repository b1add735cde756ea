// A family of fifty agents: each is asked and answers, and one message passes through all of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Workspace, came, script, toolCalls, type Scripted } from "./workspace.ts";

const ROOT = 2;
const CHILDREN = 49;
const EACH = Array.from({ length: CHILDREN }, (_, i) => i);

/** Whom a child hands the word on to: the next one, and the last one to the root. */
const next = (i: number): number => (i + 1 < CHILDREN ? ROOT + 2 + i : ROOT);

/** Answers what it is asked with the one answer that came with the question, then hands the word on. */
function child(i: number): Scripted {
  return script([
    [["receive_message", { from: ROOT, correlation: `q${i}` }]],
    [["send_message", { pid: ROOT, message: "${0.0.message} is done", correlation: `a${i}` }]],
    [["receive_message", { channel: "round" }]],
    [
      ["send_message", { pid: next(i), message: "${2.0.message}.", channel: "round" }],
      // Speaking to anybody else was never given.
      ["send_message", { pid: ROOT + 1 + ((i + 7) % CHILDREN), message: "psst", channel: "round" }],
    ],
    [["finish", { result: "${2.0.from}" }]],
  ]);
}

test("a family of fifty exchanges messages, ends, and leaves a record that verifies", async (t) => {
  const workspace = new Workspace(t);
  const spawned = (i: number): string => `\${0.${i}.pid}`;
  const root = script(
    [
      EACH.map((i) => ["spawn_agent", { goal: `part ${i}` }] as const),
      EACH.map((i) => {
        const grants = [`allow:message:process:/${next(i)}`];
        return ["delegate_capability", { pid: spawned(i), grants }] as const;
      }),
      EACH.map((i) => {
        const asked = { message: `part ${i}`, correlation: `q${i}`, reply: true };
        return ["send_message", { pid: spawned(i), ...asked }] as const;
      }),
      EACH.map((i) => ["receive_message", { correlation: `a${i}` }] as const),
      [["send_message", { pid: spawned(0), message: "word", channel: "round" }]],
      [["receive_message", { channel: "round" }]],
      EACH.map(() => ["wait_agent", {}] as const),
      [["finish", { result: "${5.0.message}" }]],
    ],
    ...EACH.map(child),
  );
  const grants = ["allow:spawn:process:/children", "allow:execute:image:/coding"];
  const run = await workspace.agent(root, [
    ...grants.flatMap((cap) => ["--grant", cap]),
    ...["--budget", "modelCalls=1000,toolCalls=5000,tokens=90000000"],
  ]);
  const [top, ...family] = run.processes;
  assert.deepEqual([top?.pid, top?.exit, top?.result], [ROOT, "finished", `word${".".repeat(CHILDREN)}`]);
  assert.deepEqual(
    family.map((p) => [p.pid, p.parent, p.exit, p.result]),
    EACH.map((i) => [ROOT + 1 + i, ROOT, "finished", ROOT + i]),
  );
  assert.deepEqual([...new Set(toolCalls(run, ROOT).map(came))], ["allow ok"]);
  for (const { pid } of family)
    assert.deepEqual(toolCalls(run, pid).map(came), [
      ...Array.from({ length: 4 }, () => "allow ok"),
      ...["deny not-run ENOTCAPABLE", "allow ok"],
    ]);
  assert.equal((await workspace.verify()).code, 0);
});
