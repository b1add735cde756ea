// What agents keep, in a real window: objects under their process, opened, compared, and gone when they are let go.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import { root } from "../../scripts/editor/install.ts";
import type { Window } from "../../scripts/editor/workbench.ts";
import type { Scratch } from "../../scripts/editor/workspace.ts";
import { bed, STILL } from "./bed.ts";
import { active, agentIs, calls, done, newAgent, rowMenu, showViews } from "./people.ts";

const put = (name: string, value: unknown, more: object = {}): [string, unknown] => [
  "put_object",
  { name, value, ...more },
];

/** An agent that ended before the window opened; what it shared with the workspace is still there. */
function before({ folder, home, workspace }: Scratch): void {
  const script = join(folder, "before.json");
  const turns = [calls("I share.", put("prices", { bread: 3 }, { namespace: "board" })), done];
  writeFileSync(script, JSON.stringify({ turns }));
  const cap = "allow:read,write:object:/board/**";
  const args = ["run", "--workspace", workspace, "--goal", "Share", "--script", script, "--grant", cap];
  const ran = spawnSync(process.execPath, [join(root, "dist/cli.js"), ...args], {
    env: { ...process.env, AGENTLIBOS_HOME: home },
  });
  assert.equal(ran.status, 0, `${ran.stdout.toString()}${ran.stderr.toString()}`);
}

let window: Window;
const script = bed((on) => (window = on), { prepare: before, settings: STILL });

const step = (text: string, done = false): object => ({ text, done });
const plan = (...steps: object[]): [string, unknown] => put("pages", { steps }, { type: "plan" });
const ask = (question: string) => calls("I ask.", ["ask_human", { question }]);
const object = (name: string | RegExp) => g.row(window, "Agents", name);
/** Opens a row; again when it was made anew under the mouse. */
async function unfold(name: RegExp, child: RegExp): Promise<void> {
  for (let tries = 0; tries < 8 && (await object(child).count()) === 0; tries++) {
    const [row] = await object(name).all();
    if ((await row?.getAttribute("aria-expanded")) === "false") await row?.click();
    await sleep(1200); // rows are made anew once a second
  }
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

test("objects stand under their process, closed until somebody opens them, and open as documents", async () => {
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
  await newAgent(window, "Write the shop's pages", "Ask", false);
  await g.row(window, "Approvals", /Publish\?/).waitFor();
  await hears(/^Objects, Write the shop's pages, 2 objects/);
  await hears(/^Shared objects, 1 object/);
  assert.equal(await object(/^pages/).count(), 0, "closed");
  await g.widen(window, 120);
  await unfold(/2 objects/, /^pages/);
  await object(/^pages/).click();
  await active(window, /^pages\.md/);
  const text = await reads(/Versions/);
  for (const part of [
    /# Object pages/,
    /"text": "Publish"/,
    /Made from/,
    /p2?\d\/notes.*version 1/,
    /derived from/,
  ])
    assert.match(text, part);
  const labels = await heard();
  assert.ok(labels.includes("notes, text, version 1, put by coding (3)"), labels.join("\n"));
  assert.ok(labels.includes("pages, plan, version 3, put by coding (3)"), labels.join("\n"));
  await unfold(/Shared objects/, /board\/prices/);
  await object("board/prices").click();
  await active(window, /^prices\.md/);
  await reads(/"bread": 3/);
  await object(/^pages/).click();
  await active(window, /^pages\.md/);
});

test("two versions are compared from the row: the last two, or any that are held", async () => {
  await g.rowButton(window, "Agents", /^pages/, "Compare with Previous Version");
  await active(window, /pages: version 2 ↔ version 3/);
  const text = await reads(/Publish/);
  assert.match(text, /opening hours/);
  await g.command(window, "Notifications: Clear All Notifications");
  await sleep(500); // the differences are coloured a moment after
  await g.shot(window, "objects");
  await rowMenu(window, "Agents", /^pages/, "Compare Versions…");
  assert.deepEqual(
    (await g.choices(window)).map((choice) => /version \d/.exec(choice)?.[0]),
    ["version 3", "version 2", "version 1"],
  );
  await g.pick(window, "version 3");
  await window.page
    .locator(".quick-input-title", { hasText: "Compare version 3 of pages with which?" })
    .waitFor();
  await g.pick(window, "version 1");
  await active(window, /pages: version 1 ↔ version 3/);
});

test("the keyboard alone reaches an object, opens it and compares it", async () => {
  const { keyboard } = window.page;
  await g.command(window, "View: Close All Editors");
  await g.command(window, "Focus on Agents View");
  await keyboard.press("Home");
  const focused = g.view(window, "Agents").locator(".monaco-list-row.focused");
  for (let moves = 0; moves < 12; moves++) {
    if (((await focused.first().getAttribute("aria-label")) ?? "").startsWith("pages,")) break;
    await keyboard.press("ArrowDown");
    await sleep(50);
  }
  await keyboard.press("Enter");
  await active(window, /^pages\.md/);
  await keyboard.press("F1");
  await keyboard.type("Agent libOS: Compare with Previous");
  await window.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: "Compare" }).waitFor();
  await keyboard.press("Enter");
  await active(window, /pages: version 2 ↔ version 3/);
  await keyboard.press("F1");
  await keyboard.type("Agent libOS: Open Object");
  await window.page
    .locator(".quick-input-list .monaco-list-row.focused", { hasText: "Open Object" })
    .waitFor();
  await keyboard.press("Enter");
  await window.page.locator(".quick-input-title", { hasText: "Open which object?" }).waitFor();
  await keyboard.type("notes");
  await window.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: "notes" }).waitFor();
  await keyboard.press("Enter");
  await active(window, /^notes\.md/);
  await reads(/Bread, milk, hours\./);
});

test("what is shown goes with what is kept: a new version, a deleted object, and the end of who kept it", async () => {
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
