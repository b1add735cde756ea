// One desk for all the tests of a file: opened before them with a script for its agents, closed after them.
import { after, before } from "node:test";
import { uninstall } from "./clock.ts";
import { scriptFile, type ScriptFile } from "./script.ts";
import { openEditor, type Options } from "./editor.ts";
import type { DeskWindow } from "./window.ts";

/** Settings under which only what a test is about opens tabs, shows toasts or starts agents again. */
export const STILL = {
  "agentlibos.transcript.openOnStart": false,
  "agentlibos.notifications": "never",
  "agentlibos.resumeOnStart": "never",
};

/** What the README of the demo workspace says in tests that edit it. */
export const README = "# Price list\n\nA tiny shop.\n";

/**
 * Opens the editor, hands its first window over, and closes it at the end. Returns the script that agents follow. The tests
 * wait for what `opened` does, so what happened before all of them stands there.
 */
export function bed(opened: (window: DeskWindow) => unknown, options: Options = {}): ScriptFile {
  const script = scriptFile();
  let close: (() => Promise<void>) | undefined;
  before(async () => {
    const editor = await openEditor({ ...options, env: { AGENTLIBOS_SCRIPT: script.path, ...options.env } });
    close = () => editor.close();
    await opened(editor.window);
  });
  after(async () => {
    await close?.();
    uninstall();
    script.remove();
  });
  return script;
}
