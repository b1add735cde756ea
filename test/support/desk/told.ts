// Toasts and dialogs under a person's hand.
import assert from "node:assert/strict";
import type { Note } from "../vscode/notes.ts";
import { idle, reach, until } from "./clock.ts";
import type { DeskWindow } from "./window.ts";

type Window = DeskWindow;

/** A toast that contains the text. */
export function toast(window: Window, text: string | RegExp) {
  const found = (): Note | undefined =>
    window.notes.toasts.findLast((note) =>
      typeof text === "string" ? note.text.includes(text) : text.test(note.text),
    );
  return {
    /** Waits until it is shown. */
    waitFor: async (): Promise<Note> => {
      const shown = (): string[] => window.notes.toasts.map((note) => note.text);
      await until(shown, () => found() !== undefined);
      return found() ?? assert.fail(`no toast says ${String(text)}`);
    },
    count: async (): Promise<number> => {
      await idle();
      return found() === undefined ? 0 : 1;
    },
  };
}

/** The toasts that are shown, as read. */
export async function toasts(window: Window): Promise<string[]> {
  await idle();
  return window.notes.toasts.map((note) => note.text);
}

/** Clicks a button of a toast. */
export async function toastButton(window: Window, text: string | RegExp, button: string): Promise<void> {
  await reach();
  const note = await toast(window, text).waitFor();
  assert.ok(note.buttons.includes(button), `${note.text} has no ${button}, but ${note.buttons.join(", ")}`);
  note.press(button);
  await idle();
}

/** The modal dialog that is open. */
export function dialog(window: Window) {
  return {
    waitFor: async ({ state = "visible" }: { state?: "visible" | "hidden" } = {}): Promise<void> =>
      void (await until(
        () => window.notes.dialog?.text,
        (text) => (text !== undefined) === (state === "visible"),
      )),
    innerText: async (): Promise<string> => {
      await idle();
      const note = window.notes.dialog;
      return note === undefined ? "" : [note.text, note.detail, ...note.buttons].join("\n");
    },
  };
}

/** A click on a button of the dialog. */
export async function dialogButton(window: Window, button: string | RegExp): Promise<void> {
  await dialog(window).waitFor();
  const note = window.notes.dialog;
  const title = note?.buttons.find((each) =>
    typeof button === "string" ? each === button : button.test(each),
  );
  assert.ok(title, `the dialog has no ${String(button)}, but ${note?.buttons.join(", ")}`);
  note?.press(title === "Cancel" ? undefined : title);
  await idle();
}
