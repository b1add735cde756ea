// What the tests of bad weather share: how a window goes away and comes back, and what must hold whenever it did.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import { ready } from "../../../scripts/editor/workbench.ts";
import { cli, showViews } from "./people.ts";

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

interface Line {
  readonly kind: string;
  readonly call?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The record as it lies on the disk. */
export function record(editor: Editor): Line[] {
  const folder = join(editor.workspace, ".agentlibos/journal");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** The ids of the questions that nobody has answered, oldest first. */
export function open(editor: Editor): string[] {
  const ids = new Set<string>();
  for (const { kind, data } of record(editor)) {
    if (kind === "question.open") ids.add(String(data["id"]));
    if (kind === "question.close") ids.delete(String(data["id"]));
  }
  return [...ids];
}

/** Waits until so many requests are on the disk, and tells which. */
export function asked(editor: Editor, count: number): Promise<string[]> {
  return g.until(
    () => open(editor),
    (ids) => ids.length === count,
  );
}

/** How the calls of one operation came out, in the order of the record: `approved ok`, `refused not-run`. */
export function came(editor: Editor, op: string): string[] {
  return record(editor)
    .filter(({ kind, data }) => kind === "call.end" && data["op"] === op)
    .map(({ data }) => `${String(data["decision"])} ${String(data["outcome"])}`);
}

/** No call began twice or ended twice, and every byte of the record is what was written. */
export function holds(editor: Editor): void {
  const lines = record(editor);
  for (const kind of ["call.begin", "call.end"]) {
    const calls = lines.filter((line) => line.kind === kind).map(({ call }) => call);
    assert.deepEqual([...new Set(calls)], calls, `a second ${kind}`);
  }
  const verified = cli(editor, "verify");
  assert.equal(verified.code, 0, verified.out);
}
