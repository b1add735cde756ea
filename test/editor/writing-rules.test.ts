// Policy in a real window: a person writes a rule, it binds the agent that runs, and a slip in it stops everything.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { folder, journal, newAgent, until } from "./support/people.ts";

const front = (): vscode.TextDocument | undefined => vscode.window.activeTextEditor?.document;
const run = (command: string): Thenable<unknown> => vscode.commands.executeCommand(`agentlibos.${command}`);

/** The effective policy, once it says that. */
async function shows(...parts: string[]): Promise<void> {
  await run("showPolicy");
  const text = (): string => (front()?.uri.scheme === "agentlibos" ? (front()?.getText() ?? "") : "");
  for (const part of parts) await until(`${part} in the policy`, () => text().includes(part));
}

describe("a policy", () => {
  let file = "";
  after(() => {
    if (file !== "") rmSync(file, { force: true });
    rmSync(`${folder}/.agentlibos/policy.json`, { force: true });
  });

  it("is written in a file that is made only when a person asks for it", async () => {
    await run("editPolicy");
    await until("the file", () => front()?.uri.path.endsWith("/policy.json") === true);
    file = front()?.uri.fsPath ?? "";
    assert.match(readFileSync(file, "utf8"), /"rules": \[\]/u);
    await shows("There are none.");
  });

  it("binds agents from the next call on, and tells file and line", async () => {
    await newAgent("one that waits", [{ calls: [{ tool: "ask_human", args: { question: "a pause" } }] }]);
    await until("the question", () => journal().includes("a pause"));
    const deny = { effect: "deny", rights: ["delete"], resource: "fs:/**", reason: "nothing goes" };
    writeFileSync(file, JSON.stringify({ rules: [deny] }, null, 1));
    await until("the rule", () => journal().includes('"policy.set"'));
    await shows(`${file}:3`, "may never delete every workspace folder: nothing goes");
    const { length } = readdirSync(folder);
    const name = readdirSync(folder).find((each) => each.endsWith(".md")) ?? "";
    await newAgent("one that is bound", [{ calls: [{ tool: "delete_file", args: { path: name } }] }]);
    await until("the denial", () => journal().includes("is denied: policy: nothing goes"));
    assert.equal(readdirSync(folder).length, length);
  });

  it("that is malformed pauses everybody, and Edit Policy opens the line", async () => {
    const theirs = `${folder}/.agentlibos/policy.json`;
    writeFileSync(theirs, '{\n "rules": 7\n}');
    await until(
      "a pause",
      () => journal().includes(`${theirs}:2:2`) && journal().includes('"signal":"pause"'),
    );
    await shows(`No agent can run: ${theirs}:2:2: `);
    const { length } = journal();
    void run("resumeAll");
    await run("editPolicy");
    await until("the line", () => front()?.uri.fsPath === theirs);
    assert.equal(vscode.window.activeTextEditor?.selection.start.line, 1);
    assert.equal(journal().length, length, "nobody went on");
    const said = (): vscode.Diagnostic[] => vscode.languages.getDiagnostics(vscode.Uri.file(theirs));
    await until("what the schema says", () => said().some((d) => d.message.includes("array")));
    rmSync(theirs);
    await until("the end of the problem", () => journal().split('"policy.set"').length === 4);
  });
});
