// Commands: a person's settings for them and for git, and what this window shows of where they run.
import * as vscode from "vscode";
import type { Fault } from "../../abi/errors.ts";
import { setting } from "../manifest/settings.ts";

/** Where commands run on this machine, as it was found by trying. */
export type FoundMode =
  | { readonly mode: "layered"; readonly memory: boolean }
  | { readonly mode: "unconfined"; readonly reason: string; readonly hint: string };

/** The commands of an opened record, as far as the surface sees them. */
export interface CommandParts {
  /** Undefined until the machine was tried, before its first command. */
  readonly found: FoundMode | undefined;
  /** The folders with the ignored files that the commands of a process left, by workspace folder. */
  keptFolders(pid: number): readonly { readonly root: string; readonly folder: string }[];
}

/** What the commands of an agent left at one name that git ignores. */
export interface KeptRow {
  readonly resource: string;
  readonly files: number;
  readonly bytes: number;
  readonly gone: number;
  readonly others: number;
  readonly conflicts: number;
  readonly secrets: number;
}

/** What came of one file that a person took over. */
export interface TakenFile {
  readonly path: string;
  readonly outcome: string;
  readonly why?: string;
}

/** The files that git ignores and commands left, for a person who takes some over. */
export interface KeptParts {
  groups(pid: number): Promise<readonly KeptRow[] | Fault>;
  take(pid: number, names: readonly string[]): Promise<readonly TakenFile[] | Fault>;
}

/** The settings for commands. They are read each time, so that a change counts from the next command on. */
export function commandSettings() {
  const config = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration("agentlibos");
  const bubblewrap = setting(config(), "paths.bubblewrap");
  return {
    rules: () => ({
      choice: setting(config(), "shell.mode"),
      unconfined: setting(config(), "shell.unconfined") === "ask",
    }),
    toolFolders: () => setting(config(), "shell.toolFolders"),
    bubblewrap: bubblewrap === "" ? undefined : bubblewrap,
  };
}

/** The same for commands, for git, and for the room of copies, as a record is opened with them. */
export function programSettings() {
  const config = vscode.workspace.getConfiguration("agentlibos");
  const trailer = (): boolean => setting(vscode.workspace.getConfiguration("agentlibos"), "git.trailer");
  const copiesMost = setting(config, "checkpoints.maxSizeMB") * 1024 * 1024;
  return { commands: commandSettings(), git: { trailer }, copiesMost };
}

/** Where the next command runs, or why it does not, in words. */
export function commandModeWords(found: FoundMode | undefined): string {
  const { t } = vscode.l10n;
  const { choice, unconfined } = commandSettings().rules();
  if (choice === "off") return t("nowhere: the setting agentlibos.shell.mode says off");
  if (found === undefined) return t("not tried yet: the first command tries what works here");
  if (found.mode === "layered") return found.memory ? t("in a layer, which lies in memory") : t("in a layer");
  const why = t("no layer works here: {0} {1}", found.reason, found.hint);
  if (choice === "layered" || !unconfined) return t("nowhere; {0}", why);
  return t("outside a layer, and each asks; {0}", why);
}
