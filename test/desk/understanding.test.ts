// Understanding and control at the desk: rules, what was decided, what agents keep, budgets, authority, status, the export.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Scratch } from "../../scripts/editor/workspace.ts";
import { bed } from "../support/desk/bed.ts";
import * as g from "../support/desk/gestures.ts";
import {
  active,
  agentIs,
  calls,
  cli,
  done,
  newAgent,
  press,
  rowMenu,
  showViews,
} from "../support/desk/people.ts";

/** The user's own rule, and one that the workspace brings: each with an example that is checked. */
const MINE = `{
  "rules": [
    {
      "effect": "deny",
      "rights": ["write", "delete"],
      "resource": "fs:/app/migrations/**",
      "reason": "migrations are written by people",
      "match": ["write:fs:/app/migrations/0001.sql"]
    }
  ]
}
`;
const THEIRS = `{
  "rules": [
    { "effect": "ask", "rights": ["read"], "resource": "fs:/app/customers/**", "reason": "names of people" }
  ]
}
`;

const put = (name: string, value: unknown, more: object = {}): [string, unknown] => [
  "put_object",
  { name, value, ...more },
];

/** Two policies, and an agent that ended before the window opened; what it shared with the workspace is still there. */
function before(place: Scratch): void {
  mkdirSync(join(place.workspace, ".agentlibos"));
  writeFileSync(join(place.workspace, ".agentlibos/policy.json"), THEIRS);
  writeFileSync(join(place.home, "policy.json"), MINE, { mode: 0o600 });
  const file = join(place.folder, "before.json");
  const turns = [calls("I share.", put("prices", { bread: 3 }, { namespace: "board" })), done];
  writeFileSync(file, JSON.stringify({ turns }));
  const cap = "allow:read,write:object:/board/**";
  const { code, out } = cli(place, "run", "--goal", "Share", "--script", file, "--grant", cap);
  assert.equal(code, 0, out);
}

let window: g.Window;
const script = bed((on) => (window = on), { prepare: before });

const write = (path: string): [string, unknown] => ["write_file", { path, content: `# ${path}\n` }];
const record = (): string =>
  readFileSync(join(window.editor.workspace, ".agentlibos/journal/00000001.jsonl"), "utf8");
const read = (path: string): [string, unknown] => ["read_file", { path }];

const step = (text: string, done = false): object => ({ text, done });
const plan = (...steps: object[]): [string, unknown] => put("pages", { steps }, { type: "plan" });
const ask = (question: string) => calls("I ask.", ["ask_human", { question }]);
const object = (name: string | RegExp) => g.row(window, "Agents", name);
/** What a screen reader says of the rows of Agents. */
const heard = (): string[] => g.view(window, "Agents").spoken;
const hears = (label: RegExp): Promise<string[]> =>
  g.until(heard, (labels) => labels.some((each) => label.test(each)));
/** The document in front says this. */
const reads = (text: RegExp): Promise<string> =>
  g.until(
    () => g.editorText(window),
    (t) => text.test(t),
  );

test("the effective policy names each rule, why it is there, and its line", async () => {
  const { home, workspace } = window.editor;
  await g.command(window, "Agent libOS: Show Effective Policy");
  await active(window, /^Effective policy/);
  const shown = await g.until(
    () => g.editorText(window),
    (text) => text.includes("a fifth is refused"),
  );
  assert.match(shown, /may never change and delete everything in app\/migrations: migrations are written/);
  assert.match(shown, /asks each time before it may read everything in app\/customers: names of people/);
  assert.ok(shown.includes(`${home}/policy.json:3`));
  assert.ok(shown.includes(`${workspace}/.agentlibos/policy.json:3`));
  await showViews(window);
});

test("what was decided lately says how each request ended, newest first", async () => {
  const allow = async (row: RegExp, button: string): Promise<void> => {
    await g.row(window, "Approvals", row).click();
    await active(window, row);
    await g.sleep(900);
    await press(window, button);
  };
  script.write([
    calls("The hours.", write("docs/hours.md")),
    calls("The prices.", write("docs/prices.md")),
    calls("This is old.", ["delete_file", { path: "test/basket.test.js" }]),
    calls("A column.", write("migrations/0002.sql")),
    calls("I ask.", ["ask_human", { question: "Publish it now?" }]),
  ]);
  await newAgent(window, "Write down the prices");
  await allow(/^Create app\/docs\/hours\.md/, "Allow Once");
  await allow(/^Create app\/docs\/prices\.md/, "Allow for…");
  await g.pick(window, "allow:write:fs:/app/docs/prices.md");
  await g.row(window, "Approvals", /basket\.test/).waitFor();
  await g.rowButton(window, "Approvals", /basket\.test/, "Deny");
  await g.row(window, "Approvals", /Publish it now/).waitFor();
  await g.row(window, "Approvals", /Recently decided/).click();
  const expected = [
    "Recently decided 3",
    "Delete app/test/basket.test.js denied",
    "Create app/docs/prices.md allowed from then on",
    "Create app/docs/hours.md allowed",
  ];
  await g.until(
    async () => (await g.rows(window, "Approvals")).slice(2),
    (rows) => rows.join("\n") === expected.join("\n"),
  );
  // The rule was not asked about: nothing of it was to be decided.
  await g.until(
    () => g.editorText(window),
    (text) => /migrations\/0002\.sql/.test(text),
  );
});

/** An agent with two objects, of one of which it has put three versions; it asks before it goes on. */
async function keep(): Promise<void> {
  script.write([
    calls("I note.", put("notes", "Bread, milk, hours.", { type: "text" })),
    calls("I plan.", plan(step("List the prices"), step("Write the hours"))),
    calls("I plan again.", plan(step("List the prices", true), step("Write the hours"))),
    calls("And again.", [
      "put_object",
      {
        ...{ name: "pages", type: "plan", from: ["notes"] },
        value: { steps: [step("List the prices", true), step("Write the opening hours"), step("Publish")] },
      },
    ]),
    calls("They belong together.", [
      "link_objects",
      { from: "pages", to: "notes", relation: "derived_from" },
    ]),
    ask("Publish?"),
    calls("I plan on.", plan(step("Publish", true))),
    calls("Noted.", ["delete_object", { name: "notes" }]),
    ask("Finish?"),
    done,
  ]);
  await newAgent(window, "Write the shop's pages", "Ask");
  await g.row(window, "Approvals", /Publish\?/).waitFor();
  await hears(/^Objects, Write the shop's pages, 2 objects/);
  await object(/2 objects/).twist();
}

test("what is shown goes with what is kept: a new version, a deleted object, and the end of who kept it", async () => {
  await keep();
  await object(/^pages/).click();
  await active(window, /^pages\.md/);
  const answer = async (question: RegExp): Promise<void> => {
    await g.rowButton(window, "Approvals", question, "Answer Question");
    await g.enter(window, "yes");
  };
  await answer(/Publish\?/);
  await hears(/^pages, plan, version 4/);
  await reads(/version 4 · plan · put by coding/);
  await hears(/^Objects, Write the shop's pages, 1 object$/);
  assert.equal(await object(/^notes/).count(), 0);
  await reads(/no longer there/);
  await answer(/Finish\?/);
  await agentIs(window, "Write the shop's pages", /finished/);
  await g.until(heard, (labels) => !labels.some((label) => /^(?:Objects|pages),/.test(label)));
  await reads(/There is no such object any more\./);
  await showViews(window);
  await hears(/^Shared objects, 1 object/);
});

test("a budget that is used up is raised from its row, and the agent goes on", async () => {
  window.editor.settings.set("agentlibos.budget.toolCalls", 3);
  const send: [string, unknown] = ["spawn_agent", { goal: "x", image: "nobody", grants: [] }];
  script.write([
    calls("I look.", read("README.md"), read("src/basket.js"), send, read("package.json")),
    calls("Well?", ["ask_human", { question: "Well?" }]),
    calls("Well?", ["ask_human", { question: "Well?" }]),
  ]);
  await newAgent(window, "Spend too much");
  await g.row(window, "Approvals", /budget/).waitFor();
  await g.rowButton(window, "Approvals", /budget/, "Raise Budget");
  await g.pick(window, "tool calls");
  await g.enter(window, "5");
  await g.row(window, "Approvals", /Well\?/).waitFor();
  assert.match(record(), /"kind":"process\.budget".*?"toolCalls":5/);
});

test("a held capability is revoked by the lens over it", async () => {
  await rowMenu(window, "Agents", "Spend too much", "Show Authority");
  await active(window, /^Authority of agent/);
  await g.lens(window, "Revoke");
  await g.until(
    () => record().includes('"kind":"capability.revoke"'),
    (revoked) => revoked,
  );
  await g.command(window, "Agent libOS: Revoke Capability…");
  assert.ok((await g.choices(window)).some((c) => c.includes("allow:spawn:process:/children")));
  await g.key(window, "Escape");
});

test("the status says how everything stands, and the calls are exported to a file", async () => {
  await g.command(window, "Agent libOS: Show Status");
  await active(window, /^Status/);
  const text = await g.editorText(window);
  for (const part of [/Record/, /Spend too much/, /Folders/, /Versions/]) assert.match(text, part);
  await g.command(window, "Agent libOS: Export Audit Log…");
  const path = join(window.editor.workspace, "audit.jsonl");
  await g.titled(window, "Export Audit Log");
  await g.key(window, "Enter");
  await g.toast(window, /calls were written/).waitFor();
  const lines = readFileSync(path, "utf8").trim().split("\n");
  assert.ok(lines.some((line) => (JSON.parse(line) as { syscall: string }).syscall === "fs.read"));
});

test("all are paused, resumed and stopped, and one is killed", async () => {
  script.write([calls("Well?", ["ask_human", { question: "Well?" }])]);
  await newAgent(window, "Second");
  await newAgent(window, "Third");
  await g.command(window, "Agent libOS: Pause All");
  await agentIs(window, "Third", /paused/);
  await g.command(window, "Agent libOS: Resume All");
  await agentIs(window, "Third", /needs you/);
  await rowMenu(window, "Agents", "Third", "Kill");
  await agentIs(window, "Third", /stopped/);
  await g.command(window, "Agent libOS: Stop All");
  await g.dialogButton(window, "Stop All");
  await agentIs(window, "Second", /stopped/);
  await agentIs(window, "Spend too much", /stopped/);
  assert.equal(existsSync(join(window.editor.workspace, "outside.txt")), false);
});
