// What people read and write in documents: drafts, transcripts with lenses, explanations, and the objects of agents.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { GOING_ON, opensWindow } from "./support/opening.ts";
import { PAGES, ask, put } from "./support/pages.ts";
import { active, answer, answerable, calls, done, showViews, step } from "./support/people.ts";

let editor: Editor;
let window: Window;
const script = opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    height: 1800,
    settings: GOING_ON,
    agents: [
      {
        goal: "Share",
        grants: ["allow:read,write:object:/board/**"],
        turns: [calls("I share.", put("prices", { bread: 3 }, { namespace: "board" })), done],
      },
      PAGES,
      {
        goal: "Ask for too much",
        grants: ["allow:spawn:process:/children"],
        turns: [
          calls(
            "I look.",
            ["read_file", { path: "README.md" }],
            ["spawn_agent", { goal: "x", image: "nobody", grants: [] }],
          ),
          ask("Well?"),
          done,
        ],
      },
    ],
  },
);

const journal = (): string =>
  readFileSync(join(editor.workspace, ".agentlibos/journal/00000001.jsonl"), "utf8");
const recorded = (text: RegExp): Promise<string> => g.until(journal, (all) => text.test(all));
const press = (key: string): Promise<void> => window.page.keyboard.press(key);
const type = (text: string): Promise<void> => window.page.keyboard.type(text);
const title = (text: string) => window.page.locator(".quick-input-title", { hasText: text });
const lens = (text: string) =>
  window.page.locator(".editor-group-container.active .codelens-decoration a", { hasText: text }).first();
const object = (name: string | RegExp) => g.row(window, "Agents", name);
/** Opens a closed row, and waits for what is under it. */
async function unfold(name: RegExp, child: string | RegExp): Promise<void> {
  const row = object(name);
  await g.until(
    async () => {
      // The row may have been remade under the click; it says itself whether it is open.
      if ((await row.getAttribute("aria-expanded")) !== "true") await row.click();
      return object(child).count();
    },
    (found) => found > 0,
  );
}
/** What a screen reader says of the rows of Agents. */
const heard = (): Promise<string[]> =>
  g
    .view(window, "Agents")
    .locator(".monaco-list-row")
    .evaluateAll((all: { getAttribute(name: string): string | null }[]) =>
      all.map((row) => row.getAttribute("aria-label") ?? ""),
    );
const hears = (label: RegExp): Promise<string[]> =>
  g.until(heard, (labels) => labels.some((each) => label.test(each)));
/** The document in front says this. */
const reads = (text: RegExp): Promise<string> =>
  g.until(
    () => g.editorText(window),
    (t) => text.test(t),
  );

/** What is kept of drafts, on the disk. */
function drafts(): string {
  const folder = join(editor.data, "User/workspaceStorage");
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return all
    .map((name) => (name.endsWith("drafts.json") ? readFileSync(join(folder, name), "utf8") : ""))
    .join("");
}

test("objects stand under their process, closed until somebody opens them, and open as documents", async () => {
  await showViews(window);
  await g.row(window, "Approvals", /Publish\?/).waitFor();
  await hears(/^Objects, Write the shop's pages, 2 objects/);
  await hears(/^Shared objects, 1 object/);
  assert.equal(await object(/^pages/).count(), 0, "closed");
  await g.widen(window, 120);
  await unfold(/2 objects/, /^pages/);
  await object(/^pages/).click();
  await active(window, /^pages\.md/);
  const text = await reads(/Versions/);
  for (const each of [
    /# Object pages/,
    /"text": "Publish"/,
    /Made from/,
    /p2?\d\/notes.*version 1/,
    /derived from/,
  ])
    assert.match(text, each);
  const labels = await heard();
  assert.ok(labels.includes("notes, text, version 1, put by coding (3)"), labels.join("\n"));
  assert.ok(labels.includes("pages, plan, version 3, put by coding (3)"), labels.join("\n"));
  await unfold(/Shared objects/, "board/prices");
  await object("board/prices").click();
  await active(window, /^prices\.md/);
  await reads(/"bread": 3/);
  await object(/^pages/).click();
  await active(window, /^pages\.md/);
});

test("two versions are compared from the row: the last two, or any that are held", async () => {
  await g.rowButton(window, "Agents", /^pages/, "Compare with Previous Version");
  await active(window, /pages: version 2 ↔ version 3/);
  assert.match(await reads(/Publish/), /opening hours/);
  await g.command(window, "Notifications: Clear All Notifications");
  await g.shot(window, "objects");
  await g.rowMenu(window, "Agents", /^pages/, "Compare Versions…");
  assert.deepEqual(
    (await g.choices(window)).map((choice) => /version \d/.exec(choice)?.[0]),
    ["version 3", "version 2", "version 1"],
  );
  await g.pick(window, "version 3");
  await title("Compare version 3 of pages with which?").waitFor();
  await g.pick(window, "version 1");
  await active(window, /pages: version 1 ↔ version 3/);
});

test("a decision is explained, and what was missing is given after a person read it", async () => {
  await g.command(window, "Agent libOS: Explain Decision…");
  await g.pick(window, "Ask for too much");
  await g.pick(window, "spawn_agent");
  await active(window, /^Call 4\.0\.1/);
  await lens("Give It to the Agent").waitFor();
  await g.shot(window, "explain");
  await lens("Give It to the Agent").click();
  await g.dialog(window).getByText("allow:execute:image:/nobody").waitFor();
  await g.shot(window, "give");
  await g.dialogButton(window, "Give It");
  await recorded(/"resource":"image:\/nobody","holder":4,"issuer":"person"/);
});

test("a goal moves from the line into a document, survives a reload, and is sent by Ctrl+Enter", async () => {
  script.write([
    calls("I look at the README.", ["read_file", { path: "README.md" }]),
    calls("I would write this.", [
      "edit_file",
      { path: "README.md", old_text: "# Price list", new_text: "# Prices" },
    ]),
    done,
  ]);
  await g.command(window, "View: Close All Editors");
  await g.command(window, "Agent libOS: New Agent…");
  await title("New Agent").waitFor();
  await type("Tidy the price list");
  await window.page.locator(".quick-input-widget .action-label[aria-label^='Open in Editor']").click();
  await active(window, /^New agent/);
  await reads(/Tidy the price list/);
  await press("Enter");
  await type("Use short words.");
  await press("Control+s");
  await g.until(drafts, (kept) => kept.includes("Use short words."));
  await g.shot(window, "draft");
  assert.match(
    await g.editorText(window),
    /Send asks for its model[^]*Tidy the price list\s+Use short words\./,
  );
  await g.reload(window);
  await active(window, /^New agent/);
  await reads(/Use short words\./);
  await window.page.locator(".editor-group-container.active .view-lines").first().click();
  await press("Control+Enter");
  await step(window, "Which model?", "Script from AGENTLIBOS_SCRIPT");
  await step(window, "What may it do?", "Ask");
  await recorded(/"goal":"Tidy the price list\\nUse short words\."/);
  assert.doesNotMatch(journal(), /is not sent/);
  await g.until(
    () => g.tabs(window),
    (tabs) => !tabs.some((each) => each.startsWith("New agent")),
  );
});

test("over the transcript's lines stand its questions and what can be done", async () => {
  await showViews(window);
  await g.row(window, "Approvals", /README\.md/).waitFor();
  await g.rowButton(window, "Agents", "Tidy the price list", "Open Transcript");
  await active(window, /^Transcript of agent/);
  await lens("Review").waitFor();
  for (const each of ["Message…", "Interrupt…", "Pause", "Stop"]) await lens(each).waitFor();
  await g.shot(window, "transcript");
  await lens("Review").click();
  await active(window, /README\.md/);
  await answerable(window, /README\.md/);
  await answer(window, "Allow Once", /^Request/);
  await recorded(/"op":"fs\.edit".*?"outcome":"ok"/);
  assert.ok(existsSync(join(editor.workspace, "README.md")));
});
