// A family in a real window: who stands under whom, what each runs and waits for, and which messages nobody has read.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../../scripts/editor/gestures.ts";
import { root } from "../../../scripts/editor/install.mjs";
import type { Window } from "../../../scripts/editor/workbench.ts";
import type { Scratch } from "../../../scripts/editor/workspace.ts";
import { opensWindow, STILL } from "../support/opening.ts";
import { active, agentIs, calls, done, showViews } from "../support/people.ts";

const READ = "allow:read,list:fs:/app/**";
const SLEEP = "allow:sleep:clock:/sleep";
const REVIEWER = "allow:execute:image:/reviewer";
const GRANTS = [READ, SLEEP, REVIEWER, "allow:execute:image:/coding", "allow:spawn:process:/children"];
const ask = (question: string) => calls("I ask.", ["ask_human", { question }]);
const spawn = (goal: string, image: string, ...grants: string[]): [string, unknown] => [
  "spawn_agent",
  { goal, image, grants },
];
const say = (message: string): [string, unknown] => ["send_message", { pid: "${0.1.pid}", message }];

const FAMILY = {
  turns: [
    calls(
      "I share the work.",
      spawn("Check the prices", "reviewer", READ),
      spawn("Publish at night", "coding", SLEEP),
      spawn("Count the pages", "reviewer", READ),
    ),
    calls("One goes on as I am.", ["fork_agent", { goal: "Write the hours", grants: [] }]),
    calls("One more.", spawn("Tidy up, then review", "coding", REVIEWER)),
    calls("I tell one.", say("The prices come first."), say("And the hours.")),
    calls("I wait.", ["wait_agent", { pid: "${0.0.pid}" }]),
    ask("Is that all?"),
    done,
  ],
  children: [
    { turns: [ask("Is bread still 3?"), done] },
    { turns: [calls("Later.", ["sleep", { seconds: 36_000 }]), done] },
    { turns: [done] },
    { turns: [calls("Tell me.", ["receive_message", { from: 2 }]), done] },
    { turns: [calls("I review now.", ["exec_image", { image: "reviewer" }]), ask("Is it tidy?"), done] },
  ],
};

/** The family is begun on the command line and cut off once one of it sleeps: the window goes on with all of it. */
function begun({ folder, home, workspace }: Scratch): void {
  const script = join(folder, "family.json");
  writeFileSync(script, JSON.stringify(FAMILY));
  const run = [process.execPath, join(root, "dist/cli.js"), "run", "--workspace", workspace];
  const args = ["--goal", "Publish the shop's pages", "--script", script, "--answer", "ask"];
  const command = [...run, ...args, ...GRANTS.flatMap((grant) => ["--grant", grant])];
  const journal = join(workspace, ".agentlibos/journal/00000001.jsonl");
  const until = `"$@" </dev/null >/dev/null 2>&1 & for i in $(seq 300); do grep -qs timer.set "${journal}" && break; sleep 0.1; done; kill -9 $!`;
  spawnSync("sh", ["-c", until, "sh", ...command], { env: { ...process.env, AGENTLIBOS_HOME: home } });
}

let window: Window;
opensWindow((on) => (window = on), { prepare: begun, settings: STILL });

/** What a screen reader says of the rows of Agents, with every time of day left out. */
const heard = async (): Promise<string[]> => {
  const rows = g.view(window, "Agents").locator(".monaco-list-row");
  const labels = await rows.evaluateAll((all: { getAttribute(name: string): string | null }[]) =>
    all.map((row) => row.getAttribute("aria-label") ?? ""),
  );
  return labels.map((label) => label.replace(/until .*?, 2 unread/u, "until later, 2 unread"));
};
const becomes = (expected: readonly string[]): Promise<string[]> =>
  g.until(heard, (labels) => labels.join("\n") === expected.join("\n"), 30);

const CHILDREN = [
  "Publish at night, waiting, sleeps until later, 2 unread, coding (4)",
  "Count the pages, finished, reviewer (5)",
  "Write the hours, waiting, waits for a message from coding (2), fork of 2, coding (6)",
];

test("each stands under its parent, with what it runs, what it waits for and what it has not read", async () => {
  await showViews(window);
  await agentIs(window, "Publish the shop's pages", /paused/);
  await g.command(window, "Agent libOS: Resume All");
  await becomes([
    "Publish the shop's pages, waiting, waits for reviewer (3)",
    'Check the prices, needs you, "Is bread still 3?", reviewer (3)',
    ...CHILDREN,
    'Tidy up, then review, needs you, "Is it tidy?", reviewer (7)',
  ]);
  const rows = (await g.rows(window, "Agents")).map((row) => row.replace(/\s+/g, " ").trim());
  assert.match(rows[0] ?? "", /^Publish the shop's pages ?waits for reviewer \(3\)$/);
  assert.match(rows[2] ?? "", /^Publish at night ?coding \(4\) · sleeps until .+, 2 unread$/);
  await g.rowButton(window, "Agents", /Publish the shop/, "Open Transcript");
  await active(window, /^Transcript of agent 2/);
  await g.widen(window, 245);
  await g.command(window, "Notifications: Clear All Notifications");
  await g.shot(window, "family");
});

test("an answer to a child lets its parent go on, and the row says what it waits for then", async () => {
  await g.rowButton(window, "Approvals", /Is bread still 3/, "Answer Question");
  await g.enter(window, "yes");
  await becomes([
    'Publish the shop\'s pages, needs you, "Is that all?"',
    "Check the prices, finished, reviewer (3)",
    ...CHILDREN,
    'Tidy up, then review, needs you, "Is it tidy?", reviewer (7)',
  ]);
});
