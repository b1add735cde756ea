// Windows come and go at the desk: a reload while an approval waits, a family that is stopped, a folder that goes away.
import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bed } from "../support/desk/bed.ts";
import type { DeskEditor } from "../support/desk/editor.ts";
import * as g from "../support/desk/gestures.ts";
import {
  agentIs,
  answer,
  calls,
  cli,
  done,
  newAgent,
  nothingWaits,
  review,
  rowMenu,
} from "../support/desk/people.ts";

let editor: DeskEditor;
let window: g.Window;
const script = bed((on) => {
  window = on;
  editor = on.editor;
});

const text = (name: string): string => readFileSync(join(editor.workspace, name), "utf8");
const write = (path: string) => calls("I write.", ["write_file", { path, content: "whole\n" }]);
const message = (of: g.Window): string => g.view(of, "Agents").text;

test("opening the views writes nothing", async () => {
  await g.openContainer(window);
  await g.until(
    () => message(window),
    (said) => said.includes("An agent can do only what you allow"),
  );
  assert.throws(() => text(".agentlibos/identity.json"), /ENOENT/);
});

test("resumed first and answered then, it comes out the same", async () => {
  script.write([write("two.txt"), done]);
  await newAgent(window, "Resume first");
  await g.row(window, "Approvals", /two\.txt/).waitFor();
  await g.reload(window);
  await g.openContainer(window);
  await g.toastButton(window, /unfinished agent/, "Resume All");
  await agentIs(window, "Resume first", /needs you/);
  await review(window, /two\.txt/, /two\.txt/);
  await answer(window, "Allow Once");
  await agentIs(window, "Resume first", /finished/);
  assert.equal(text("two.txt"), "whole\n");
  assert.equal(cli(editor, "verify").code, 0);
});

test("stopping ends the whole family, and its requests go", async () => {
  const child = { turns: [calls("I ask.", ["ask_human", { question: "From the child?" }]), done] };
  script.write(
    [
      calls("I start another.", ["spawn_agent", { goal: "Help out", image: "reviewer", grants: [] }]),
      calls("I wait.", ["wait_agent", { pid: "${0.0.pid}" }]),
      done,
    ],
    [child],
  );
  await newAgent(window, "Have a child");
  await g.row(window, "Approvals", /From the child/).waitFor();
  await agentIs(window, "Have a child", /waits for reviewer \(\d+\)/);
  await agentIs(window, "Help out", /needs you/);
  await rowMenu(window, "Agents", /Have a child/, "Stop");
  await agentIs(window, "Have a child", /stopped/);
  await agentIs(window, "Help out", /stopped/);
  await nothingWaits(window);
});

test("when the record's folder goes away under a running agent, it says so and nothing goes on", async () => {
  script.write([write("five.txt"), done]);
  await newAgent(window, "Lose the folder");
  await g.row(window, "Approvals", /five\.txt/).waitFor();
  renameSync(join(editor.workspace, ".agentlibos"), join(editor.folder, "moved-away"));
  await g.rowButton(window, "Approvals", /five\.txt/, "Deny");
  await g.until(
    () => message(window),
    (said) => said.includes("can no longer be written"),
  );
  renameSync(join(editor.folder, "moved-away"), join(editor.workspace, ".agentlibos"));
  await g.toastButton(window, /can no longer be written/, "Reopen Record");
  await agentIs(window, "Lose the folder", /paused/);
  await g.row(window, "Approvals", /five\.txt/).waitFor();
  rmSync(join(editor.workspace, "five.txt"), { force: true });
});
