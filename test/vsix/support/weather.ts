// Windows that go away and come back: how they leave, and the record that must hold whenever they did.
import assert from "node:assert/strict";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import { ready } from "../../../scripts/editor/workbench.ts";
import { cli, showViews } from "./people.ts";
import { noCallTwice, open } from "../../support/recorded.ts";

export { came, open, record } from "../../support/recorded.ts";

/** In good order, at once by the browser, or with the extension host killed in the middle of whatever it does. */
export type Leaving = "Reload Window" | "the browser" | "kill -9";

/** The window goes away and is there again, with the extension running in it; `hidden` leaves its views out of sight. */
export async function leave(window: Window, how: Leaving, hidden = false): Promise<void> {
  const before = window.editor.extensionHosts();
  if (how === "Reload Window") await g.reload(window);
  else {
    if (how === "kill -9") for (const pid of before) process.kill(pid, "SIGKILL");
    await window.page.reload();
    await ready(window.page);
  }
  await g.until(
    () => window.editor.extensionHosts(),
    (now) => now.some((pid) => !before.includes(pid)),
    60,
  );
  if (!hidden) await showViews(window);
}

/** The extension host is killed, and the editor starts another one in the same window, with the same tabs. */
export async function lose(window: Window): Promise<void> {
  const before = window.editor.extensionHosts();
  for (const pid of before) process.kill(pid, "SIGKILL");
  await g.until(
    () => window.editor.extensionHosts(),
    (now) => now.some((pid) => !before.includes(pid)),
    60,
  );
}

/** Waits until so many requests are on the disk, and tells which. */
export function asked(editor: Editor, count: number): Promise<string[]> {
  return g.until(
    () => open(editor),
    (ids) => ids.length === count,
  );
}

/** No call began twice or ended twice, and every byte of the record is what was written. */
export function holds(editor: Editor): void {
  noCallTwice(editor);
  const verified = cli(editor, "verify");
  assert.equal(verified.code, 0, verified.out);
}
