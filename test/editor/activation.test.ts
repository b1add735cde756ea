// The extension inside a real extension host: it activates and registers what its manifest promises.
import assert from "node:assert/strict";
import * as vscode from "vscode";

type Manifest = { contributes: { commands: { command: string }[] } };

describe("activation", () => {
  const extension = vscode.extensions.getExtension<unknown>("agentlibos.agentlibos");

  it("activates in the open workspace", async () => {
    assert.ok(extension, "the extension is not installed");
    await extension.activate();
    assert.equal(extension.isActive, true);
    assert.equal(vscode.workspace.workspaceFolders?.length, 1);
  });

  it("registers every command of its manifest", async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const { contributes } = extension?.packageJSON as Manifest;
    const missing = contributes.commands.map((c) => c.command).filter((id) => !registered.has(id));
    assert.deepEqual(missing, []);
  });
});
