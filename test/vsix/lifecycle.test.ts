// Windows come and go: a reload while an approval waits, a second window, a folder that goes away.
import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { bed } from "./bed.ts";
import { agentIs, answer, calls, cli, done, newAgent, nothingWaits, review, rowMenu } from "./people.ts";

let editor: Editor;
let window: Window;
const script = bed((on) => {
  window = on;
  editor = on.editor;
});

const text = (name: string): string => readFileSync(join(editor.workspace, name), "utf8");
const write = (path: string) => calls("I write.", ["write_file", { path, content: "whole\n" }]);
const message = (of: Window): Promise<string> => g.view(of, "Agents").innerText();

test("opening the views writes nothing", async () => {
  await g.openContainer(window);
  await g.view(window, "Agents").getByText("An agent can do only what you allow").waitFor();
  assert.throws(() => text(".agentlibos/identity.json"), /ENOENT/);
});

test("Reload Window while an approval waits brings both back, and the answer works", async () => {
  script.write([write("one.txt"), done]);
  await newAgent(window, "Survive a reload");
  await g.row(window, "Approvals", /one\.txt/).waitFor();
  await g.reload(window);
  await g.openContainer(window);
  await agentIs(window, "Survive a reload", /paused/);
  await g.shot(window, "after-reload");
  await review(window, /one\.txt/, /one\.txt/);
  assert.match(await g.editorText(window), /whole/);
  await answer(window, "Allow Once");
  await nothingWaits(window);
  await agentIs(window, "Survive a reload", /paused/);
  assert.throws(() => text("one.txt"), /ENOENT/);
  await g.rowButton(window, "Agents", /Survive a reload/, "Resume");
  await agentIs(window, "Survive a reload", /finished/);
  assert.equal(text("one.txt"), "whole\n");
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

test("a second window watches, and cannot answer while the first one runs", async () => {
  script.write([write("three.txt"), write("four.txt"), done]);
  await newAgent(window, "Be watched");
  await g.row(window, "Approvals", /three\.txt/).waitFor();
  const second = await editor.another();
  await g.openContainer(second);
  await g.row(second, "Approvals", /three\.txt/).waitFor();
  await g.until(
    () => message(second),
    (said) => said.includes("you are watching"),
  );
  await g.rowButton(second, "Approvals", /three\.txt/, "Deny");
  await g.toast(second, /you are watching/).waitFor();
  await g.shot(second, "viewer");
  await review(window, /three\.txt/, /three\.txt/);
  await answer(window, "Allow Once");
  await g.row(second, "Approvals", /four\.txt/).waitFor();
  assert.equal(text("three.txt"), "whole\n");

  // The first window goes; what it left is paused, and the second one may take it over.
  await window.page.close();
  window = second;
  await g.until(
    () => editor.extensionHosts().length,
    (hosts) => hosts === 1,
    60,
  );
  await review(second, /four\.txt/, /four\.txt/);
  await answer(second, "Allow Once");
  await agentIs(second, "Be watched", /paused/);
  await nothingWaits(second);
  await g.until(
    () => message(second),
    (said) => !said.includes("you are watching"),
  );
  await g.rowButton(second, "Agents", /Be watched/, "Resume");
  await agentIs(second, "Be watched", /finished/);
  assert.equal(text("four.txt"), "whole\n");
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
