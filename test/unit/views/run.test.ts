// The account of a run: the order of calls, what an unfinished call looks like, and who is whose parent in the end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cliRunSchema } from "../../../src/abi/cli.ts";
import { approvalsOf } from "../../../src/views/questions/approvals.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { unfinishedRoots } from "../../../src/views/agents/family.ts";
import { psText } from "../../../src/views/agents/ps.ts";
import { changedFiles } from "../../../src/views/record/changes.ts";
import { runJson, type RecordSource } from "../../../src/views/record/run.ts";
import { transcriptText } from "../../../src/views/record/transcript.ts";
import { english } from "../../../src/views/words/translate.ts";
import { TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";

const accountOf = (on: TestKernel): RecordSource => ({
  records: on.records,
  state: on.kernel.state,
  journal: { id: "j", head: { seq: on.records.length, hash: "h" } },
});
const ids = (on: TestKernel): string[] => callsOf(on.records).map((r) => r.json.call);

test("a turn's calls stand in the order the model listed them, however their ends fell", async () => {
  const calls = ["slow", "quick", "quicker"].map((at) => ["read_box", { at: `fs:/app/${at}` }] as const);
  const on = await TestKernel.open({ model: turns({ 2: [calls, "done"] }) });
  let letGo: () => void = () => undefined;
  const held = new Promise<undefined>((resolve) => (letGo = () => resolve(undefined)));
  on.world.before = (what) => (what === "read fs:/app/slow" ? held : undefined);
  on.launch(["allow:read:fs:/app/**"]);
  await on.settle();
  assert.deepEqual(ids(on), ["2.0", "2.0.1", "2.0.2"]);
  letGo();
  await on.settle();
  assert.deepEqual(ids(on), ["2.0", "2.0.0", "2.0.1", "2.0.2", "2.1"]);
});

test("a call that waits for a person is not decided, one that was cut off is unknown (P82)", async () => {
  const model = turns({
    2: [
      [
        ["write_box", { at: "fs:/app/a", content: "x" }],
        ["send_box", { host: "example.com", body: "x" }],
      ],
    ],
  });
  const on = await TestKernel.open({ model });
  on.world.before = (what) => (what.startsWith("send") ? new Promise(() => undefined) : undefined);
  const pid = on.launch(["ask:write:fs:/app/**", "allow:connect:net:/example.com"]);
  await on.settle();
  const [, write, send] = callsOf(on.records).map((r) => r.json);
  assert.deepEqual([write?.tool, write?.decision, write?.outcome], ["write_box", "none", "not-run"]);
  assert.deepEqual([send?.tool, send?.decision, send?.outcome], ["send_box", "allow", "unknown"]);
  assert.deepEqual(
    approvalsOf(on.records).map((a) => [a.call, a.outcome]),
    [[`${pid}.0.0`, "open"]],
  );
  assert.match(transcriptText(english, on.kernel.state, on.records, pid), /waits for an answer/u);
  assert.match(psText(on.kernel.state), /blocked\(approval\)/u);
  assert.deepEqual(
    unfinishedRoots(on.kernel.state).map((p) => p.pid),
    [pid],
  );
  on.answer();
  await on.settle();
  assert.deepEqual(
    changedFiles(on.kernel.state.kinds, callsOf(on.records)).map((c) => c.resource),
    ["fs:/app/a"],
  );
});

test("a child that ended first stays its parent's; one that was orphaned is init's, and pays where it was born", async () => {
  const spawn = ["spawn_agent", { goal: "help", grants: [] }] as const;
  const model = turns({
    2: [[spawn, spawn], [["wait_agent", { pid: 3 }]], [["finish", { result: "early" }]]],
    3: ["quick"],
    4: [[["ask_human", { question: "?" }]], "late"],
  });
  const on = await TestKernel.open({ model });
  on.launch(["allow:spawn:process:/children", "allow:execute:image:/boxes"]);
  await on.settle();
  const run = cliRunSchema.parse(runJson(accountOf(on), [2]));
  assert.deepEqual(
    run.processes.map((p) => [p.pid, p.parent, p.state, p.exit]),
    [
      [2, 1, "zombie", "finished"],
      [3, 2, "zombie", "finished"],
      [4, 1, "blocked", null],
    ],
  );
  assert.deepEqual(run.journal, { id: "j", records: on.records.length, head: "h" });
  assert.equal(run.usage.modelCalls, 5);
  // An orphan that lives keeps its family unfinished.
  assert.deepEqual(
    unfinishedRoots(on.kernel.state).map((p) => p.pid),
    [2],
  );
  assert.match(psText(on.kernel.state), /\n {2}4 +blocked\(question\)/u);
});
