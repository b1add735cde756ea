// An extension host: the extension as it runs in one window, and what it added to the editor there.
import type * as vscode from "vscode";
import type { Extension } from "../vscode/modules.ts";
import type { Owner } from "./clock.ts";

/** One extension host: what the extension added in it. It is dead once its window closed or lost it. */
export class Host implements Owner {
  dead = false;
  readonly id: string;
  readonly commands = new Map<string, (...args: unknown[]) => unknown>();
  readonly lenses = new Set<vscode.CodeLensProvider>();
  readonly textLinks = new Set<vscode.DocumentLinkProvider>();
  readonly links = new Set<vscode.UriHandler>();
  readonly tools = new Map<string, vscode.LanguageModelTool<unknown>>();
  readonly participants = new Map<string, vscode.ChatRequestHandler>();
  extension: Extension | undefined;

  constructor(id: string) {
    this.id = id;
  }
}
