// Typing at a question: keys from before it stood there, bursts and single slips answer nothing; one meant line does.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { NO_PTY, typeAt, type Keys } from "./pty.ts";
import { Workspace, script, type Turns } from "../../cli/workspace.ts";

const WRITES: Turns = [
  [["write_file", { path: "a.txt", content: "1" }]],
  [["write_file", { path: "b.txt", content: "2" }]],
  "done",
];
const SECRET: Turns = [[["read_file", { path: ".env" }]], "done"];
const HOOK: Turns = [[["write_file", { path: ".husky/pre-commit", content: "id\n" }]], "done"];
const TALK: Turns = [[["ask_human", { question: "which way?" }]], "done"];

const GRANTS = ["--grant", "allow:read,list:fs:/app/**", "--grant", "ask:write:fs:/app/**"];

/** The end of a line under a question, where keys are awaited. */
const PROMPT = /(?:\(n\) no|no answer\)): $/u;
const ASKED = /Agent 2 /u;
/** Longer than keys are ignored after a question is complete, also on a machine that has much else to do. */
const READ = 2000;
const no: Keys = { on: PROMPT, wait: READ, keys: "n\n" };
const meant = (keys: string): Keys => ({ on: PROMPT, wait: READ, keys });

interface Case {
  readonly turns?: Turns;
  readonly typed: readonly Keys[];
  /** What came of each question. */
  readonly outcomes: readonly string[];
}

const DENIED = ["denied", "denied"];
const CASES: Readonly<Record<string, Case>> = {
  "three answers before the first question": {
    typed: [{ keys: "y\ny\ny\n" }, meant("n\n"), no],
    outcomes: DENIED,
  },
  "a long burst before the first question": {
    typed: [{ keys: "y\n".repeat(400) }, meant("n\n"), no],
    outcomes: DENIED,
  },
  "a line that was begun before the question, and its Enter after it": {
    typed: [{ keys: "y" }, meant("\n"), no, no],
    outcomes: DENIED,
  },
  "an answer while the question is being printed": {
    typed: [{ on: ASKED, keys: "y\n" }, no, no],
    outcomes: DENIED,
  },
  "an answer in the moment the question is complete": {
    typed: [{ on: PROMPT, keys: "y\n" }, no, no],
    outcomes: DENIED,
  },
  "a key held down from before the question on": {
    typed: [...Array.from({ length: 30 }, () => ({ wait: 100, keys: "y\n" })), no, no],
    outcomes: DENIED,
  },
  "three answers at once to one question": {
    typed: [meant("y\ny\ny\n"), no, no],
    outcomes: DENIED,
  },
  "a paste whose last line is begun": { typed: [meant("y\nand more"), no, no], outcomes: DENIED },
  "a paste in brackets": { typed: [meant("\u001b[200~y\n\u001b[201~"), no, no], outcomes: DENIED },
  "a paste that denies first": { typed: [meant("n\ny\n"), no, no], outcomes: DENIED },
  "two answers a little apart: the second is none of the next question": {
    typed: [meant("y\n"), { wait: 300, keys: "y\n" }, no, no],
    outcomes: ["allowed", "denied"],
  },
  "an answer that was taken back": { typed: [meant("y\u007f\n"), no, no], outcomes: DENIED },
  "one meant answer to each": { typed: [meant("y\n"), meant("y\n")], outcomes: ["allowed", "allowed"] },
  "a secret by one key, by a bare word and by another question's id": {
    turns: SECRET,
    typed: [meant("y\n"), meant("yes\n"), meant("yes q2\n"), meant("a\n"), meant("yes q11\n"), no],
    outcomes: ["denied"],
  },
  "a secret by its own id": { turns: SECRET, typed: [meant("Yes  q1\n")], outcomes: ["allowed"] },
  "a secret by its own id, typed before": {
    turns: SECRET,
    typed: [{ keys: "yes q1\n" }, meant("n\n")],
    outcomes: ["denied"],
  },
  "a hook by one key": { turns: HOOK, typed: [meant("y\n"), no], outcomes: ["denied"] },
  "words for a free question, typed before": {
    turns: TALK,
    typed: [{ keys: "left\nright\n" }, meant("straight on\n")],
    outcomes: ["answered straight on"],
  },
  "several lines for a free question": {
    turns: TALK,
    typed: [meant("left\nright\n"), meant("left\n")],
    outcomes: ["answered left"],
  },
  "the end of the input": { typed: [meant("\u0004")], outcomes: ["open"] },
  "Ctrl+C while keys are not taken": { typed: [{ on: ASKED, keys: "\u0003" }], outcomes: ["open"] },
  "Ctrl+C at the prompt": { typed: [meant("\u0003")], outcomes: ["open"] },
};

async function outcomesOf(workspace: Workspace): Promise<string[]> {
  const { out } = await workspace.run(["resume", "--json"]);
  const { approvals } = JSON.parse(out) as { approvals: { outcome: string; by?: string; note?: string }[] };
  for (const { outcome, by } of approvals)
    if (!/^(?:open|cancelled)$/u.test(outcome)) assert.equal(by, "person");
  return approvals.map(({ outcome, note }) => [outcome, ...(note === undefined ? [] : [note])].join(" "));
}

function start(workspace: Workspace, turns: Turns): string[] {
  workspace.write(".env", "KEY=not-really-one\n");
  const path = workspace.file("script.json", script(turns));
  return ["run", "--goal", "do it", "--script", path, "--answer", "ask", ...GRANTS];
}

suite("keys at a question", { concurrency: 8, skip: NO_PTY ?? false }, () => {
  for (const [name, { turns = WRITES, typed, outcomes }] of Object.entries(CASES))
    test(name, async (t) => {
      const workspace = new Workspace(t);
      // A no that came too early was not taken. It is said again, where the question still stands.
      const spare = outcomes.at(-1) === "denied" ? [no, no] : [];
      const { out } = await typeAt(workspace, start(workspace, turns), [...typed, ...spare]);
      assert.deepEqual(await outcomesOf(workspace), outcomes, out);
    });

  test("resume looks again before it prints, and takes nothing that was typed meanwhile", async (t) => {
    const workspace = new Workspace(t);
    workspace.write("a.txt", "old text\n");
    await workspace.run(start(workspace, WRITES));
    workspace.write("a.txt", "new text\n");
    const { out } = await typeAt(
      workspace,
      ["resume"],
      [{ keys: "y\ny\n" }, { on: ASKED, keys: "y\n" }, no, no],
    );
    assert.match(out, /- new text/u);
    assert.doesNotMatch(out, /- old text/u);
    assert.deepEqual(await outcomesOf(workspace), ["cancelled", "denied", "denied"], out);
    assert.equal(workspace.read("a.txt"), "new text\n");
  });

  test("nobody is asked where the question would not be seen", async (t) => {
    const workspace = new Workspace(t);
    const typed = [{ wait: 3000, keys: "y\ny\n" }];
    await typeAt(workspace, start(workspace, WRITES), typed, { to: "2>/dev/null" });
    assert.deepEqual(await outcomesOf(workspace), ["open"]);
  });
});
