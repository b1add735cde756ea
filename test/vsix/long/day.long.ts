// A day with five agents that all ask at once, by the keyboard alone: each answer reaches the one it was meant for.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { film } from "../../../scripts/editor/film.ts";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import { GOING_ON, opensWindow } from "../support/opening.ts";
import {
  active,
  agentIs,
  answerable,
  calls,
  cli,
  done,
  newAgent,
  nothingWaits,
  showViews,
  type Turn,
} from "../support/people.ts";

type Agent = readonly [goal: string, turns: Turn[]];

/** Five agents, each of which wants something else of a person. */
const FIRST: readonly Agent[] = [
  [
    "Write the opening hours",
    [
      calls(
        "Two pages.",
        ["write_file", { path: "docs/hours.md", content: "# Hours\n\nMonday to Friday\n" }],
        ["write_file", { path: "docs/holidays.md", content: "# Holidays\n\nClosed on Sundays\n" }],
      ),
      done,
    ],
  ],
  [
    "Name the shop",
    [
      calls("A short title.", [
        "edit_file",
        { path: "README.md", old_text: "# Price list", new_text: "# The corner shop" },
      ]),
      done,
    ],
  ],
  [
    "Ask for the currency",
    [
      calls("I need to know.", ["ask_human", { question: "Which currency do people pay in?" }]),
      calls("Thanks.", ["finish", { result: "${0.0.answer}" }]),
    ],
  ],
  ["Clean up", [calls("This is old.", ["delete_file", { path: "test/basket.test.js" }]), done]],
];
/** The last of them is started before everybody's eyes. */
const LAST: Agent = ["Look for the key", [calls("I look.", ["read_file", { path: ".env" }]), done]];
const AGENTS = [...FIRST, LAST];

let editor: Editor;
let window: Window;
const script = opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    settings: GOING_ON,
    agents: FIRST.map(([goal, turns]) => ({ goal, turns })),
  },
);

const at = (name: string): string => join(editor.workspace, name);
const text = (name: string): string => readFileSync(at(name), "utf8");
const press = (keys: string): Promise<void> => window.page.keyboard.press(keys);

test("five agents ask at once, and the queue says who wants what", async () => {
  const cut = film(window, "day");
  try {
    const [goal, turns] = LAST;
    script.write(turns);
    await newAgent(window, goal, "Ask", false);
    await showViews(window);
    await g.until(
      () => g.rows(window, "Approvals"),
      (rows) => AGENTS.every(([goal]) => rows.some((row) => row.includes(goal))),
    );
    await g.until(
      () => g.statusBar(window),
      (bar) => /5\D+6/.test(bar),
    );
    await g.shot(window, "five-agents");
    await answerAll();
  } finally {
    await cut();
  }
});

/** The queue from its oldest request on: the one key shows it, the other answers it and shows the next one. */
async function answerAll(): Promise<void> {
  await press("Control+Alt+A");
  await review(/Changes of agent \d+, turn 1/, /files of turn/);
  await press("Control+Enter");
  await g.until(
    () => existsSync(at("docs/hours.md")) && existsSync(at("docs/holidays.md")),
    (both) => both,
  );
  await review(/Edit app\/README\.md/, /README\.md/);
  await press("Control+Enter");
  await g.until(
    () => text("README.md"),
    (now) => now.startsWith("# The corner shop"),
  );
  await review(/Request/, /basket\.test/);
  const kept = text("test/basket.test.js");
  await press("Control+Shift+Backspace");
  await agentIs(window, "Clean up", /finished/);
  assert.equal(text("test/basket.test.js"), kept);
  await review(/Request/, /\.env/);
  await press("Control+Shift+Backspace");
  await agentIs(window, "Look for the key", /finished/);
  await g.command(window, "Agent libOS: Answer Question…");
  await g.enter(window, "euros");
  await agentIs(window, "Ask for the currency", /finished/);
  await nothingWaits(window);
}

/** Waits until the review that is meant is in front and may be answered. */
async function review(tab: RegExp, row: RegExp): Promise<void> {
  await active(window, tab);
  await answerable(window, row);
}

test("the record says what each of them was allowed, and it verifies", async () => {
  await showViews(window);
  for (const [goal] of AGENTS) await agentIs(window, goal, /finished/);
  const { out } = cli(editor, "audit", "--json");
  const rows = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { syscall: string; decision: string; outcome: string });
  const came = (syscall: string): string[] =>
    rows.filter((r) => r.syscall === syscall).map((r) => `${r.decision} ${r.outcome}`);
  assert.deepEqual(came("fs.write"), ["approved ok", "approved ok"]);
  assert.deepEqual(came("fs.edit"), ["approved ok"]);
  assert.deepEqual(came("fs.delete"), ["refused not-run"]);
  assert.deepEqual(came("fs.read"), ["refused not-run"]);
  assert.deepEqual(came("human.ask"), ["approved ok"]);
  const verified = cli(editor, "verify");
  assert.equal(verified.code, 0, verified.out);
  assert.equal(verified.out.includes("demo-secret"), false);
});
