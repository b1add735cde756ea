// The keyboard at the desk: typing, what the manifest binds to keys, and what the editor itself does with some of them.
import assert from "node:assert/strict";
import { Position, Selection } from "../vscode/values.ts";
import { idle, reach } from "./clock.ts";
import type { DeskWindow } from "./window.ts";

type Window = DeskWindow;

/** Marks a part of the text in front. */
export function mark(window: Window, from: readonly [number, number], to: readonly [number, number]): void {
  const [start, end] = [new Position(...from), new Position(...to)];
  window.tabs.activeEditor?.select(new Selection(start, end), 1);
}

/** Types: into what is asked, else into the text in front, which then has changes that are not saved. */
export async function type(window: Window, text: string): Promise<void> {
  const ask = window.asks.open;
  if (ask !== undefined) ask.type(text);
  else {
    const editor = window.tabs.activeEditor;
    assert.ok(editor, "there is no text to type into");
    const { document, selection } = editor;
    const from = document.offsetAt(selection.start);
    const all = document.getText();
    document.become(`${all.slice(0, from)}${text}${all.slice(document.offsetAt(selection.end))}`, true);
    const at = document.positionAt(from + text.length);
    editor.select(new Selection(at, at), 1);
    const front = window.tabs.activeTab;
    if (front !== undefined) front.isPreview = false;
  }
  await idle();
}

/** A key: one that the manifest binds, if its condition holds, else what the editor itself does with it. */
export async function key(window: Window, keys: string): Promise<void> {
  await reach();
  await strike(window, keys);
  await idle();
}

/** A key at this very moment: what it brings about is still under way afterwards. */
export async function strike(window: Window, keys: string): Promise<void> {
  const pressed = keys.toLowerCase().replace("control", "ctrl");
  const bound = window.editor.manifest.json.contributes.keybindings.findLast(
    (each) => each.key === pressed && window.holds(each.when),
  );
  if (bound !== undefined) window.start(bound.command);
  else await otherwise(window, pressed);
}

async function otherwise(window: Window, pressed: string): Promise<void> {
  const ask = window.asks.open;
  const editor = window.focus === "editor" ? window.tabs.activeEditor : undefined;
  const front = window.tabs.activeTab;
  const all = editor?.document.getText() ?? "";
  const go = (at: Position): void => editor?.select(new Selection(at, at), 1);
  if (ask !== undefined && pressed === "shift+tab") ask.button = ask.buttons.at(-1);
  else if (ask?.button !== undefined && pressed === "enter") ask.triggered.fire(ask.button);
  else if (ask !== undefined && pressed === "enter") ask.accept();
  else if (ask !== undefined && pressed === "escape") ask.hide();
  else if (ask?.kind === "list" && (pressed === "arrowdown" || pressed === "arrowup")) {
    const step = pressed === "arrowdown" ? 1 : -1;
    const { offered, activeItems } = ask;
    const now = activeItems[0] === undefined ? -1 : offered.indexOf(activeItems[0]);
    const next = offered[(now + step + offered.length) % offered.length];
    ask.activeItems = next === undefined ? [] : [next];
  } else if (pressed === "ctrl+s") await editor?.document.save();
  else if (pressed === "ctrl+f4") await (front && window.tabs.close(front));
  else if (pressed === "ctrl+home") go(new Position(0, 0));
  else if (pressed === "ctrl+end") go(editor?.document.positionAt(all.length) ?? new Position(0, 0));
  else if (editor !== undefined && pressed === "enter") await type(window, "\n");
  else if (pressed === "ctrl+shift+e") window.show("explorer");
  else if (window.focus === "sideBar") await inTree(window, pressed);
}

/** Keys in the tree whose row has the focus. */
async function inTree(window: Window, pressed: string): Promise<void> {
  const tree = [...window.trees.values()].find((each) => each.focused !== undefined);
  const at = tree?.rows.findIndex(({ element }) => element === tree.focused) ?? -1;
  const node = tree?.rows[at];
  if (tree === undefined || node === undefined) return;
  if (pressed === "arrowdown" || pressed === "arrowup")
    tree.focused = tree.rows[at + (pressed === "arrowdown" ? 1 : -1)]?.element ?? tree.focused;
  if (pressed === "home") tree.focused = tree.rows[0]?.element;
  if (pressed === "arrowright" && (node.item.collapsibleState ?? 0) !== 0) await tree.toggle(node, true);
  if (pressed === "arrowleft" && tree.isOpen(node)) await tree.toggle(node, false);
  if (pressed !== "enter") return;
  const { command } = node.item;
  if (command !== undefined) window.start(command.command, ...((command.arguments ?? []) as unknown[]));
  else if ((node.item.collapsibleState ?? 0) !== 0) await tree.toggle(node);
}
