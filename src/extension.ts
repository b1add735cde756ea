// The extension's boot list: what the editor starts, in order.
import * as vscode from "vscode";

export function activate(context: vscode.ExtensionContext): void {
  const none: vscode.TreeDataProvider<never> = { getChildren: () => [], getTreeItem: (row) => row };
  context.subscriptions.push(
    vscode.window.registerTreeDataProvider("agentlibos.agents", none),
    vscode.commands.registerCommand("agentlibos.showStatus", () =>
      vscode.window.showInformationMessage("Agent libOS is ready."),
    ),
  );
}
