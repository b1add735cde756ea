// What rules there are and what was decided, in a real window: each rule with the line it stands in, each answer with its end.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { openEditor } from "../../scripts/editor/workbench.ts";
import { active, calls, newAgent, press, scriptFile, showViews } from "./people.ts";

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

let editor: Editor;
let window: Window;
const script = scriptFile();
before(async () => {
  editor = await openEditor({
    script: script.path,
    prepare: ({ home, workspace }) => {
      mkdirSync(join(workspace, ".agentlibos"));
      writeFileSync(join(workspace, ".agentlibos/policy.json"), THEIRS);
      writeFileSync(join(home, "policy.json"), MINE, { mode: 0o600 });
    },
  });
  window = editor.window;
});
after(async () => {
  await editor?.close();
  script.remove();
});

const write = (path: string): [string, unknown] => ["write_file", { path, content: `# ${path}\n` }];

test("the effective policy names each rule, why it is there, and its line", async () => {
  await g.command(window, "Agent libOS: Show Effective Policy");
  await active(window, /^Effective policy/);
  const shown = await g.until(
    () => g.editorText(window),
    (text) => text.includes("a fifth is refused"),
  );
  assert.match(shown, /may never change and delete everything in app\/migrations: migrations are written/);
  assert.match(shown, /asks each time before it may read everything in app\/customers: names of people/);
  assert.ok(shown.includes(`${editor.home}/policy.json:3`));
  assert.ok(shown.includes(`${editor.workspace}/.agentlibos/policy.json:3`));
  await showViews(window);
  await g.shot(window, "policy");
});

test("what was decided lately says how each request ended, newest first", async () => {
  const allow = async (row: RegExp, button: string): Promise<void> => {
    await g.row(window, "Approvals", row).click();
    await active(window, row);
    await sleep(900);
    await press(window, button);
  };
  script.write([
    calls("The hours.", write("docs/hours.md")),
    calls("The prices.", write("docs/prices.md")),
    calls("This is old.", ["delete_file", { path: "test/basket.test.js" }]),
    calls("A column.", write("migrations/0002.sql")),
    calls("I ask.", ["ask_human", { question: "Publish it now?" }]),
  ]);
  await newAgent(window, "Write the shop's pages");
  await allow(/^Create app\/docs\/hours\.md/, "Allow Once");
  await allow(/^Create app\/docs\/prices\.md/, "Allow for…");
  await g.pick(window, "allow:write:fs:/app/docs/prices.md");
  await g.row(window, "Approvals", /basket\.test/).waitFor();
  await g.rowButton(window, "Approvals", /basket\.test/, "Deny");
  await g.row(window, "Approvals", /Publish it now/).waitFor();
  await g.row(window, "Approvals", /Recently decided/).click();
  const expected = [
    "Recently decided3",
    "Delete app/test/basket.test.jsdenied",
    "Create app/docs/prices.mdallowed from then on",
    "Create app/docs/hours.mdallowed",
  ];
  await g.until(
    async () => (await g.rows(window, "Approvals")).map((row) => row.replace(/\s+/g, " ").trim()).slice(2),
    (rows) => rows.join("\n") === expected.join("\n"),
  );
  // The rule was not asked about: nothing of it was to be decided.
  await g.until(
    () => g.editorText(window),
    (text) => /migrations\/0002\.sql/.test(text),
  );
  await g.widen(window, 120);
  await g.command(window, "Notifications: Clear All Notifications");
  await g.shot(window, "decided");
});
