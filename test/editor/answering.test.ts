// Answers in a real extension host: only a person's gesture on what was shown counts, whoever else calls the commands.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import {
  at,
  folder,
  journal,
  newAgent,
  reviewInFront,
  reviewNext,
  until,
  waiting,
} from "./support/people.ts";

const README = "# Price list\n\nA tiny shop.\n";
const edit = (to: string) => ({
  tool: "edit_file",
  args: { path: "README.md", old_text: "# Price list", new_text: to },
});
const finish = { calls: [{ tool: "finish", args: {} }] };
const run = (command: string, ...args: unknown[]) =>
  vscode.commands.executeCommand(`agentlibos.${command}`, ...args);

describe("answering", () => {
  beforeEach(() => writeFileSync(join(folder, "README.md"), README));

  it("a command called with guessed ids, rows and documents answers nothing", async () => {
    await newAgent("Guess me", [{ calls: [edit("# Guessed")] }, finish]);
    await until("a question", () => waiting() === 1);
    const question = /"kind":"question\.open".*?"digest":"([0-9a-f]+)".*?"id":"(q\d+)"/u.exec(journal());
    const [, digest, id] = question ?? [];
    assert.ok(digest && id);
    const forged = { id, pid: 2, digest };
    class AskRow {
      id = id;
      pid = 2;
      digest = digest;
    }
    const address = vscode.Uri.from({ scheme: "agentlibos", path: `/review/${id}/${digest}/README.md` });
    for (const command of ["allowOnce", "allowFor", "deny", "answerQuestion", "review"])
      for (const given of [id, forged, new AskRow(), [forged], address, undefined]) {
        // The editor itself stops some of these: what cannot be sent to a command does not reach us either.
        await run(command, given, [given]).then(undefined, () => undefined);
      }
    await sleep(300);
    assert.equal(waiting(), 1);
    assert.equal(at("README.md"), README);
    assert.equal(reviewInFront(), undefined);
  });

  it("the review shows what would be written, and an answer right after it opened does not count", async () => {
    await run("reviewNext");
    await until("a review in front", () => reviewInFront() !== undefined);
    await run("allowOnce");
    await sleep(200);
    assert.equal(waiting(), 1);
    assert.equal(at("README.md"), README);
    assert.equal(await reviewNext(), README.replace("# Price list", "# Guessed"));
  });

  it("allowed on its focused review, exactly that is written and the review is closed", async () => {
    await run("allowOnce");
    await until("the edit", () => at("README.md") === README.replace("# Price list", "# Guessed"));
    await until("a closed review", () => reviewInFront() === undefined);
    assert.equal(waiting(), 0);
    await run("allowOnce");
    await run("deny");
  });

  it("an open editor without changes of its own shows the new text and keeps its undo", async () => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(join(folder, "README.md")));
    await vscode.window.showTextDocument(document, { preview: false });
    await newAgent("Keep undo", [{ calls: [edit("# Undoable")] }, finish]);
    await until("a question", () => waiting() === 1);
    await reviewNext();
    await run("allowOnce");
    await until("the new text", () => document.getText().startsWith("# Undoable"));
    assert.equal(document.isDirty, false);
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand("undo");
    await until("the old text", () => document.getText() === README);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("a file that changed after it was shown is not overwritten", async () => {
    await newAgent("Come too late", [{ calls: [edit("# Late")] }, finish]);
    await until("a question", () => waiting() === 1);
    await reviewNext();
    const theirs = `changed by hand\n${README}`;
    writeFileSync(join(folder, "README.md"), theirs);
    await run("allowOnce");
    await until("its end", () => /"op":"fs\.edit".*?"code":"ESTALE"/u.test(journal()));
    assert.equal(at("README.md"), theirs);
  });

  it("what it says about the record can be read, and it verifies", async () => {
    await run("openAuditLog");
    await until("the audit log", () => /fs\.edit +approved, done/u.test(inFront()));
    await run("verifyAuditLog");
    await until("the verdict", () => inFront().startsWith("good: every byte is what was written"));
  });

  it("a workspace cannot set what guards it", async () => {
    const config = vscode.workspace.getConfiguration("agentlibos");
    for (const name of [
      "profile",
      "resumeOnStart",
      "notifications",
      "budget.tokens",
      "openaiCompatible.baseUrl",
    ])
      await assert.rejects(async () => config.update(name, "x", vscode.ConfigurationTarget.Workspace), name);
  });
});

function inFront(): string {
  return vscode.window.activeTextEditor?.document.getText() ?? "";
}
