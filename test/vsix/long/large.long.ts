// Much at once in a real window: 500 processes and a transcript of 10,000 records, over a reload and a killed host.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../../scripts/editor/gestures.ts";
import { root } from "../../../scripts/editor/install.mjs";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import type { Scratch } from "../../../scripts/editor/workspace.ts";
import { STILL, opensWindow } from "../support/opening.ts";
import { active, agentIs, answerRow, calls, done, newAgent, step, type Turn } from "../support/people.ts";
import { asked, came, holds, leave, lose, open, record } from "../support/weather.ts";

const TURNS = 2_500;
const START = ["allow:spawn:process:/children", "allow:execute:image:/coding"];

let editor: Editor;
let window: Window;
const script = opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    settings: STILL,
    prepare: (place) => {
      ran(place, "A long talk", long());
      ran(place, "A large family", ...family());
    },
  },
);

const file = (name: string): string => join(editor.workspace, name);

/** A finished run of the command line on the record that the window then opens. */
function ran(place: Scratch, goal: string, turns: Turn[], children: { turns: Turn[] }[] = []): void {
  script.write(turns, children);
  const options = ["--workspace", place.workspace, "--goal", goal, "--script", script.path];
  const grants = ["allow:read:fs:/app/**", ...START].flatMap((cap) => ["--grant", cap]);
  const budget = ["--budget", "modelCalls=9000,toolCalls=9000,tokens=1000000000,children=1000"];
  const args = [join(root, "dist/cli.js"), "run", ...options, ...grants, ...budget];
  const env = { ...process.env, AGENTLIBOS_HOME: place.home };
  const { status, stderr } = spawnSync(process.execPath, args, { env });
  assert.equal(status, 0, stderr.toString());
}

/** Each turn makes four records or more. */
function long(): Turn[] {
  const look = (i: number) =>
    calls(`I look for the ${i}th time.`, ["read_file", { path: i % 2 === 0 ? "README.md" : "package.json" }]);
  // What is asked for again and again with the same result would be taken for a loop.
  const note = (i: number) =>
    calls(`I note ${i}.`, ["put_object", { name: `note-${i}`, type: "text", value: `${i}` }]);
  return [look(0), look(1), ...Array.from({ length: TURNS - 2 }, (_, i) => note(i))];
}

/** One that starts 49, each of which starts 9: with itself and the first agent there are 500 or so. */
function family(): [Turn[], { turns: Turn[] }[]] {
  const start = (count: number, goal: string): Turn =>
    calls(
      "I start others.",
      ...Array.from({ length: count }, (_, i): [string, unknown] => [
        "spawn_agent",
        { goal: `${goal} ${i}`, grants: START },
      ]),
    );
  const leaf = { turns: [calls("Done.")] };
  const child = {
    turns: [start(9, "part"), calls("Done.")],
    children: Array.from({ length: 9 }, () => leaf),
  };
  return [[start(49, "piece"), calls("Done.")], Array.from({ length: 49 }, () => child)];
}

/** Goes to the end of the text in front, and waits until this stands there; a text that comes late puts it off. */
async function atEnd(text: RegExp): Promise<void> {
  await window.page.locator(".editor-group-container.active .monaco-editor").last().click();
  await g.until(
    async () => {
      await window.page.keyboard.press("Control+End");
      return g.editorText(window);
    },
    (shown) => text.test(shown),
  );
}

test("500 processes and 10,000 records in view: what is asked meanwhile waits over a reload and a kill, and is done once", async () => {
  assert.ok(record(editor).length > 10_000, `${record(editor).length}`);
  assert.ok(record(editor).filter(({ kind }) => kind === "process.spawn").length >= 490);
  await g.openContainer(window);
  await g.row(window, "Agents", "A large family").click();
  await window.page.keyboard.press("ArrowRight");
  await g.row(window, "Agents", /piece \d+/).waitFor();
  script.write([calls("Folder.", ["make_directory", { path: "amid" }]), done]);
  await newAgent(window, "Ask amid many", "Ask", false);
  const before = await asked(editor, 1);
  for (const how of ["Reload Window", "kill -9"] as const) {
    await leave(window, how);
    await agentIs(window, "Ask amid many", /paused/);
    assert.deepEqual([open(editor), existsSync(file("amid"))], [before, false]);
    await g.row(window, "Agents", "A large family").waitFor();
  }
  await g.shot(window, "many-after-kill");
  await answerRow(window, /app\/amid/, "Allow Once");
  await asked(editor, 0);
  await g.command(window, "Agent libOS: Resume All");
  await agentIs(window, "Ask amid many", /finished/);
  assert.deepEqual([came(editor, "fs.mkdir"), existsSync(file("amid"))], [["approved ok"], true]);
  holds(editor);
});

test("a transcript of 10,000 records is whole, and stays so when the extension host dies under it", async () => {
  await g.command(window, "Agent libOS: Open Transcript");
  await step(window, "Which agent?", "A long talk");
  await active(window, /^Transcript of agent/);
  await atEnd(/Check it|finished/);
  await g.shot(window, "long-transcript");
  await lose(window);
  await active(window, /^Transcript of agent/);
  await atEnd(/Check it|finished/);
  await g.command(window, "View: Close All Editors");
});
