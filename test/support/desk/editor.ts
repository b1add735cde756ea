// The editor at the desk: its windows, and what it keeps for the extension, on a scratch folder of its own.
import type * as vscode from "vscode";
import { scratch, type Scratch } from "../../../scripts/editor/workspace.ts";
import { Manifest } from "../vscode/manifest.ts";
import { Settings } from "../vscode/settings.ts";
import { install } from "./clock.ts";
import { DeskWindow } from "./window.ts";

/** How an editor is opened; the names are those of the options of real windows. */
export interface Options {
  /** False shows Restricted Mode, with its dialog where the settings say so. */
  readonly trust?: boolean;
  /** The folder or `.code-workspace` to open instead of the demo copy; null opens none. */
  readonly open?: string | null;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  readonly language?: string;
  /** Puts something into the workspace before the editor starts. */
  readonly prepare?: (place: Scratch) => void;
}

/** An editor: its windows, and what it keeps for the extension. */
export class DeskEditor implements Scratch {
  readonly folder: string;
  readonly workspace: string;
  readonly home: string;
  readonly data: string;
  readonly extensions: string;
  readonly #remove: () => void;
  readonly options: Options;
  readonly manifest: Manifest;
  readonly settings: Settings;
  readonly windows: DeskWindow[] = [];
  readonly secrets = new Map<string, string>();
  /** What other extensions offer as models, and which of them a person has allowed. */
  readonly models: vscode.LanguageModelChat[] = [];
  readonly allowedModels = new Set<string>();
  readonly trustedPlaces = new Set<string>();
  clipboard = "";

  constructor(options: Options) {
    const place = scratch();
    this.options = options;
    ({ folder: this.folder, workspace: this.workspace, home: this.home } = place);
    ({ data: this.data, extensions: this.extensions } = place);
    this.#remove = () => place.remove();
    this.manifest = new Manifest(options.language ?? "en");
    this.settings = new Settings(this.manifest, options.settings ?? {});
    options.prepare?.(place);
  }

  /** The window that was opened first. */
  get window(): DeskWindow {
    const [first] = this.windows;
    if (first === undefined) throw new Error("every window is closed");
    return first;
  }

  /** Another window, on the same folder if none is named. */
  async another(open = this.options.open): Promise<DeskWindow> {
    const window = new DeskWindow(this, open === undefined ? this.workspace : open);
    this.windows.push(window);
    await window.begin();
    return window;
  }

  remove(): void {
    this.#remove();
  }

  /** Ends the editor and removes its folders. */
  async close(): Promise<void> {
    for (const window of [...this.windows]) await window.close();
    this.remove();
  }
}

/** Opens an editor with one window, under a clock that stands still. */
export async function openEditor(options: Options = {}): Promise<DeskEditor> {
  const editor = new DeskEditor(options);
  Object.assign(process.env, { AGENTLIBOS_HOME: editor.home, ...options.env });
  install();
  await editor.another();
  return editor;
}
