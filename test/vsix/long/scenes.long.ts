// Pictures of what else there is to see: the rules, what was decided, budgets, models, cost, and a receipt.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import { GOING_ON, opensWindow } from "../support/opening.ts";
import {
  active,
  agentIs,
  answer,
  answerRow,
  calls,
  done,
  pickAnswer,
  review,
  showViews,
} from "../support/people.ts";

/** The user's own rule, and one that the workspace brings. */
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

/** An Ollama with one model. */
const ollama = createServer((_request, response) =>
  response.end(JSON.stringify({ models: [{ name: "qwen3:8b" }] })),
);
before(async () => {
  ollama.listen(0, "127.0.0.1");
  await once(ollama, "listening");
});

const write = (path: string): [string, unknown] => ["write_file", { path, content: `# ${path}\n` }];
let editor: Editor;
let window: Window;
opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    settings: () => ({
      ...GOING_ON,
      "agentlibos.ollama.baseUrl": `http://127.0.0.1:${(ollama.address() as AddressInfo).port}`,
      "agentlibos.prices": { "scripted/*": { input: 50, output: 200 } },
      "agentlibos.statusBar.showCost": true,
    }),
    prepare: ({ home, workspace }) => {
      mkdirSync(join(workspace, ".agentlibos"));
      writeFileSync(join(workspace, ".agentlibos/policy.json"), THEIRS);
      writeFileSync(join(home, "policy.json"), MINE, { mode: 0o600 });
    },
    agents: [
      {
        goal: "Write the shop's pages",
        turns: [
          calls("The hours.", write("docs/hours.md")),
          calls("The prices.", write("docs/prices.md")),
          calls("This is old.", ["delete_file", { path: "test/basket.test.js" }]),
          calls("A column.", write("migrations/0002.sql")),
          calls("I ask.", ["ask_human", { question: "Publish it now?" }]),
          done,
        ],
      },
      {
        goal: "Read too much",
        budget: "toolCalls=1",
        turns: [
          calls("I look.", ["read_file", { path: "README.md" }]),
          calls("I look on.", ["read_file", { path: "package.json" }]),
          done,
        ],
      },
      { goal: "Count the pages", turns: [calls("I look.", ["read_file", { path: "README.md" }]), done] },
    ],
  },
);
after(() => {
  rmSync(join(editor.home, "policy.json"), { force: true });
  ollama.close();
});

test("pictures of the rules, the models on offer and the agents", async () => {
  await g.command(window, "Agent libOS: Show Effective Policy");
  await active(window, /^Effective policy/);
  await g.until(
    () => g.editorText(window),
    (text) => text.includes("a fifth is refused"),
  );
  await showViews(window);
  // Until the record was read, the views only say that they look for agents.
  await g.row(window, "Approvals", /budget/).waitFor();
  await g.shot(window, "policy");
  await g.shot(window, "budget");
  await g.command(window, "Agent libOS: Select Model…");
  await window.page.locator(".quick-input-list .monaco-list-row", { hasText: "qwen3:8b" }).waitFor();
  await g.shot(window, "models");
  await window.page.keyboard.press("Escape");
  await g.command(window, "Agent libOS: Find Agent…");
  await window.page.locator(".quick-input-title", { hasText: "Find Agent" }).waitFor();
  assert.equal((await g.choices(window)).length, 3);
  await g.shot(window, "find-agent");
  await g.pick(window, "Count the pages");
  await active(window, /^Transcript of agent/);
  await window.page.locator(".codelens-decoration a", { hasText: "Copy Receipt" }).waitFor();
  await g.shot(window, "receipt-in-transcript");
});

test("pictures of a proposal, of what it would store, and of what was decided", async () => {
  await review(window, /^Create app\/docs\/hours\.md/, /docs\/hours\.md/);
  await g.until(
    () => g.statusBar(window),
    (bar) => bar.includes("it may change everything in app/docs"),
  );
  await g.shot(window, "proposal");
  await answer(window, "Allow Once");
  await review(window, /^Create app\/docs\/prices\.md/, /docs\/prices\.md/);
  await g.titleButton(window, "Allow for…");
  await g.choices(window);
  await g.shot(window, "allow-for");
  await pickAnswer(window, "allow:write:fs:/app/docs/prices.md");
  await answerRow(window, /basket\.test/, "Deny");
  await g.row(window, "Approvals", /Publish it now/).waitFor();
  await g.row(window, "Approvals", /Recently decided/).click();
  await g.row(window, "Approvals", /hours\.md.*allowed/s).waitFor();
  await agentIs(window, "Write the shop's pages", /needs you/);
  await g.widen(window, 120);
  await g.command(window, "Notifications: Clear All Notifications");
  await g.shot(window, "decided");
  await g.until(
    () => g.statusBar(window),
    (bar) => /\$\d/.test(bar),
  );
  await g.shot(window, "cost");
});
