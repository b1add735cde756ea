// Windows that go away and come back: how they leave, and the record that must hold whenever they did.
import assert from "node:assert/strict";
import type { DeskEditor } from "./editor.ts";
import * as g from "./gestures.ts";
import { cli, showViews } from "./people.ts";
import { noCallTwice, open } from "../recorded.ts";

export { came, open, record } from "../recorded.ts";

/** In good order, or with the extension host gone at once. */
export type Leaving = "Reload Window" | "kill -9";

/** The window goes away and is there again, with the extension running in it; `hidden` leaves its views out of sight. */
export async function leave(window: g.Window, how: Leaving, hidden = false): Promise<void> {
  await (how === "Reload Window" ? g.reload(window) : g.lose(window));
  if (!hidden) await showViews(window);
}

/** Waits until so many requests are on the disk, and tells which. */
export function asked(editor: DeskEditor, count: number): Promise<string[]> {
  return g.until(
    () => open(editor),
    (ids) => ids.length === count,
  );
}

/** No call began twice or ended twice, and every byte of the record is what was written. */
export function holds(editor: DeskEditor): void {
  noCallTwice(editor);
  const verified = cli(editor, "verify");
  assert.equal(verified.code, 0, verified.out);
}
