// A command that changes a thousand files: one set, looked at as one comparison, narrowed by folder, and refused in part.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import { STILL, opensWindow } from "../support/opening.ts";
import { active, agentIs, calls, done, newAgent, showViews } from "../support/people.ts";

const FOLDERS = Array.from({ length: 20 }, (_, i) => `part${String(i).padStart(2, "0")}`);
const EACH = 50;

let editor: Editor;
let window: Window;
const script = opensWindow(
  (on) => {
    window = on;
    editor = on.editor;
  },
  {
    settings: STILL,
    prepare({ workspace }) {
      for (const folder of FOLDERS) {
        mkdirSync(join(workspace, folder));
        for (let i = 0; i < EACH; i += 1)
          writeFileSync(join(workspace, folder, `price${i}.txt`), `tea ${i}\ncake ${i}\n`);
      }
    },
  },
);

const CHANGES = "sed -i s/tea/coffee/ part*/*.txt && rm part07/*.txt";
const text = (folder: string, i: number): string =>
  readFileSync(join(editor.workspace, folder, `price${i}.txt`), "utf8");

/** Waits until files stand side by side; of a thousand, the editor first loads them all. */
async function compared(text: string): Promise<void> {
  await window.page
    .locator(".multiDiffEntry .view-line", { hasText: text })
    .first()
    .waitFor({ timeout: 200_000 });
}

test("is one set by folders, of which one is left out, and the removals stand first and unchecked", async () => {
  script.write([calls("I change the prices.", ["run_command", { command: CHANGES }]), done]);
  await newAgent(window, "Change every price", "Ask", false);
  await showViews(window);
  const set = g.row(window, "Approvals", /1000 files of call/);
  await set.waitFor({ timeout: 120_000 });
  await set.click();
  await active(window, /^Changes of agent \d+, turn 1, call 1/);
  await compared("tea");
  await sleep(1000); // each file is compared and coloured by itself
  await g.shot(window, "thousand-set");
  assert.equal(text("part00", 0), "tea 0\ncake 0\n", "nothing has happened yet");
});

test("its part in one folder is a comparison of its own", async () => {
  const part = g.row(window, "Approvals", /part03/);
  await part.click();
  await active(window, /part03/);
  await compared("coffee");
  await sleep(1000);
  await g.shot(window, "thousand-folder");
});

test("what is unchecked stays, and all else is done", async () => {
  await g
    .row(window, "Approvals", /part03/)
    .locator(".custom-view-tree-node-item-checkbox")
    .click();
  await sleep(900); // an answer right after the review opened is not taken
  await g.row(window, "Approvals", /1000 files of call/).click();
  await active(window, /^Changes of agent \d+, turn 1, call 1(?! *:)/);
  await compared("tea");
  await sleep(900);
  await g.titleButton(window, "Allow Checked, Deny the Rest");
  await agentIs(window, "Change every price", /finished/);
  const changed = FOLDERS.filter((folder) =>
    existsSync(join(editor.workspace, folder, "price49.txt")),
  ).filter((folder) =>
    readdirSync(join(editor.workspace, folder)).every((_, i) => text(folder, i).startsWith("coffee")),
  );
  assert.deepEqual(
    changed,
    FOLDERS.filter((folder) => !["part03", "part07"].includes(folder)),
  );
  assert.equal(text("part03", 0), "tea 0\ncake 0\n");
  assert.equal(text("part07", 0), "tea 0\ncake 0\n", "removals were not checked");
});
