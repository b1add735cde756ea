// Control and understanding in a real window: budgets, explanations, grants from them, revoking, status and the export.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { bed } from "./bed.ts";
import { active, agentIs, calls, newAgent, rowMenu } from "./people.ts";

let editor: Editor;
let window: Window;
const script = bed(
  (on) => {
    window = on;
    editor = on.editor;
  },
  { settings: { "agentlibos.budget.toolCalls": 3 } },
);

const record = (): string =>
  readFileSync(join(editor.workspace, ".agentlibos/journal/00000001.jsonl"), "utf8");
const read = (path: string): [string, unknown] => ["read_file", { path }];
const lens = (text: string) => window.page.locator(".codelens-decoration a", { hasText: text }).first();

test("a budget that is used up is raised from its row, and the agent goes on", async () => {
  const send: [string, unknown] = ["spawn_agent", { goal: "x", image: "nobody", grants: [] }];
  script.write([
    calls("I look.", read("README.md"), read("src/basket.js"), send, read("package.json")),
    calls("Well?", ["ask_human", { question: "Well?" }]),
    calls("Well?", ["ask_human", { question: "Well?" }]),
  ]);
  await newAgent(window, "Spend too much");
  await g.row(window, "Approvals", /budget/).waitFor();
  await g.shot(window, "budget");
  await g.rowButton(window, "Approvals", /budget/, "Raise Budget");
  await g.pick(window, "tool calls");
  await g.enter(window, "5");
  await g.row(window, "Approvals", /Well\?/).waitFor();
  assert.match(record(), /"kind":"process\.budget".*?"toolCalls":5/);
});

test("a decision is explained, and what was missing is given after a person read it", async () => {
  await g.command(window, "Agent libOS: Explain Decision…");
  await g.pick(window, "spawn_agent");
  await active(window, /^Call 2\.0\.2/);
  await lens("Give It to the Agent").waitFor();
  await g.shot(window, "explain");
  await lens("Give It to the Agent").click();
  await g.dialog(window).getByText("allow:execute:image:/nobody").waitFor();
  await g.shot(window, "give");
  await g.dialogButton(window, "Give It");
  await g.until(
    () => /"resource":"image:\/nobody","holder":2,"issuer":"person"/.test(record()),
    (given) => given,
  );
});

test("a held capability is revoked by the lens over it", async () => {
  await rowMenu(window, "Agents", "Spend too much", "Show Authority");
  await active(window, /^Authority of agent/);
  await lens("Revoke").waitFor();
  await g.shot(window, "authority");
  await lens("Revoke").click();
  await g.until(
    () => record().includes('"kind":"capability.revoke"'),
    (revoked) => revoked,
  );
  await g.command(window, "Agent libOS: Revoke Capability…");
  assert.ok((await g.choices(window)).some((c) => c.includes("allow:spawn:process:/children")));
  await window.page.keyboard.press("Escape");
});

test("the status says how everything stands, and the calls are exported to a file", async () => {
  await g.command(window, "Agent libOS: Show Status");
  await active(window, /^Status/);
  const text = await g.editorText(window);
  for (const part of [/Record/, /Spend too much/, /Folders/, /Versions/]) assert.match(text, part);
  await g.shot(window, "status");
  await g.command(window, "Agent libOS: Export Audit Log…");
  const path = join(editor.workspace, "audit.jsonl");
  await window.page.locator(".quick-input-title", { hasText: "Export Audit Log" }).waitFor();
  await sleep(300);
  await window.page.keyboard.press("Enter");
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
  assert.equal(existsSync(join(editor.workspace, "outside.txt")), false);
});
