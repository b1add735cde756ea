// What a person does in a window: palette, trees, toasts, dialogs, quick picks, titles of editors, pictures.
import { setTimeout as sleep } from "node:timers/promises";
import type { Locator } from "playwright-core";
import type { Window } from "./workbench.ts";
import { ready, shotPath } from "./workbench.ts";

const exactly = (text: string) => new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`);

const OFFERED = ".quick-input-list .monaco-list-row";
const input = ({ page }: Window) => page.locator(".quick-input-widget input:visible").first();

/** Opens the palette with a text. */
async function palette(window: Window, text: string): Promise<void> {
  await window.page.keyboard.press("F1");
  await input(window).fill(`>${text}`);
  await window.page.locator(OFFERED).first().waitFor();
}

/**
 * Runs a command from the palette by its full title, for example "Agent libOS: Show Status". An open palette shows what was
 * possible when it opened, so it is closed and opened anew until it offers the command.
 */
export async function command(window: Window, title: string): Promise<void> {
  const entry = window.page.locator(OFFERED).filter({ hasText: title }).first();
  for (let left = 10; ; left--) {
    await palette(window, title);
    const offered = await entry.waitFor({ timeout: left > 0 ? 2000 : 30_000 }).then(
      () => true,
      (error: unknown) => {
        if (left > 0) return false;
        throw error;
      },
    );
    if (offered) return entry.click();
    await window.page.keyboard.press("Escape");
  }
}

/** Whether the palette offers a command now. */
export async function offers(window: Window, title: string): Promise<boolean> {
  await palette(window, title);
  const found = window.page.locator(`${OFFERED} .label-name`).filter({ hasText: exactly(title) });
  const count = await found.count();
  await window.page.keyboard.press("Escape");
  return count > 0;
}

/** Chooses a row of the open quick pick. */
export async function pick({ page }: Window, text: string): Promise<void> {
  // The text that hovers over one row would lie over the next.
  await page.mouse.move(1, 1);
  await page.locator(OFFERED).filter({ hasText: text }).first().click();
}

/** The rows of the open quick pick, as read. */
export async function choices({ page }: Window): Promise<string[]> {
  const rows = page.locator(OFFERED);
  await rows.first().waitFor();
  return rows.allInnerTexts();
}

/** Types into the open input box and accepts it. */
export async function enter(window: Window, text: string): Promise<void> {
  await input(window).fill(text);
  await window.page.keyboard.press("Enter");
}

/** Shows the extension's container by its icon, which the badge over it covers; the icon toggles what is shown. */
export async function openContainer(window: Window): Promise<void> {
  const shown = window.page.locator(".sidebar .composite.title", { hasText: /agent libos/i });
  if (!(await shown.isVisible()))
    await window.page
      .locator(`.activitybar .action-label[aria-label^="Agent libOS"]`)
      .first()
      .click({ force: true });
  await shown.waitFor();
}

/** The title of the side bar, when it shows the container of this name. */
export function sideBar({ page }: Window, name: RegExp): Locator {
  return page.locator(".sidebar .composite.title", { hasText: name });
}

/** One view of the side bar by its heading. */
export function view({ page }: Window, name: string): Locator {
  return page.locator(".sidebar .pane").filter({
    has: page.locator(`.pane-header[aria-label^="${name}"]`),
  });
}

/** The visible rows of a view, as read. */
export function rows(window: Window, name: string): Promise<string[]> {
  return view(window, name).locator(".monaco-list-row").allInnerTexts();
}

/** The row of a view that contains the text. */
export function row(window: Window, name: string, text: string | RegExp): Locator {
  return view(window, name).locator(".monaco-list-row").filter({ hasText: text }).first();
}

/**
 * Clicks an inline button of a row (they show when the row is under the mouse). Buttons are made anew when a row or what
 * is possible changes, and a press is lost when that happens before it is let go: so the click is given as a whole. A
 * row that comes under a mouse that rests shows none, so the mouse is moved again until it does.
 */
export async function rowButton(
  window: Window,
  name: string,
  text: string | RegExp,
  button: string,
): Promise<void> {
  const target = row(window, name, text);
  const shown = target.locator(`.actions .action-label[aria-label^="${button}"]`);
  await until(
    async () => {
      await window.page.mouse.move(1, 1);
      await target.hover();
      return shown.isVisible();
    },
    (visible) => visible,
  );
  await shown.dispatchEvent("click");
}

/** A menu takes no click whose button is let go in its first 100 ms; a person holds it longer. In milliseconds. */
export const HELD = 150;

/**
 * Opens a row's context menu and clicks an entry. The menu stays when the row is made anew, and goes when an editor that
 * is just opening takes the focus: so nothing may be opening.
 */
export async function rowMenu(
  window: Window,
  name: string,
  text: string | RegExp,
  entry: string,
): Promise<void> {
  await row(window, name, text).click({ button: "right" });
  const item = window.page.locator(".monaco-menu .action-label").filter({ hasText: exactly(entry) });
  await item.first().click({ delay: HELD });
  await item.first().waitFor({ state: "hidden" });
}

/** Makes the side bar wider by so many pixels, at its edge. */
export async function widen({ page }: Window, by: number): Promise<void> {
  const box = await page.locator(".part.sidebar").boundingBox();
  if (box === null) throw new Error("there is no side bar");
  const edge = box.x + box.width;
  await page.mouse.move(edge, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(edge + by, box.y + 200, { steps: 4 });
  await page.mouse.up();
}

/** A button in the heading of a view. */
export async function viewButton(window: Window, name: string, button: string): Promise<void> {
  const pane = view(window, name);
  await pane.hover();
  await pane.locator(`.pane-header .action-label[aria-label^="${button}"]`).click();
}

/** A toast that contains the text. */
export function toast({ page }: Window, text: string | RegExp): Locator {
  return page.locator(".notification-toast").filter({ hasText: text }).first();
}

/** The toasts that are shown, as read. */
export function toasts({ page }: Window): Promise<string[]> {
  return page.locator(".notification-toast .notification-list-item-message").allInnerTexts();
}

/** Clicks a button of a toast. */
export async function toastButton(window: Window, text: string | RegExp, button: string): Promise<void> {
  await toast(window, text)
    .locator(".monaco-button", { hasText: exactly(button) })
    .click();
}

/** Clicks a button in the title of the focused editor, for example in a diff. */
export async function titleButton({ page }: Window, button: string): Promise<void> {
  await page
    .locator(`.editor-group-container.active .editor-actions [aria-label^="${button}"]`)
    .first()
    .click();
}

/** The titles of the open editors. */
export function tabs({ page }: Window): Promise<string[]> {
  const labels = (all: { getAttribute(name: string): string | null }[]) =>
    all.map((tab) => tab.getAttribute("aria-label") ?? "");
  return page.locator(".tabs-container .tab").evaluateAll(labels);
}

/** The text of the focused editor, as far as it is on the screen. */
export async function editorText({ page }: Window): Promise<string> {
  const lines = await page
    .locator(".editor-group-container.active .monaco-editor .view-lines")
    .last()
    .innerText();
  return lines.replaceAll("\u00a0", " ");
}

/** The text of a modal dialog, and a click on one of its buttons. */
export function dialog({ page }: Window): Locator {
  return page.locator(".monaco-dialog-box");
}
export async function dialogButton(window: Window, button: string | RegExp): Promise<void> {
  const text = typeof button === "string" ? exactly(button) : button;
  await dialog(window).locator(".monaco-button").filter({ hasText: text }).first().click();
  await dialog(window).waitFor({ state: "hidden" });
}

/** Text in the status bar. */
export function statusBar({ page }: Window): Promise<string> {
  return page.locator(".statusbar").innerText();
}

/** Developer: Reload Window, and waits until the window stands again. */
export async function reload(window: Window): Promise<void> {
  const loaded = window.page.waitForEvent("load");
  await command(window, "Developer: Reload Window");
  await loaded;
  await ready(window.page);
}

/** A picture for people: media/ with UPDATE_MEDIA=1, else test-results/. */
export async function shot({ page }: Window, name: string): Promise<void> {
  const size = page.viewportSize();
  const tall = size !== null && size.height > 800;
  if (tall) await page.setViewportSize({ ...size, height: 800 });
  await page.mouse.move(640, 780);
  await page.screenshot({ path: shotPath(name), animations: "disabled" });
  if (tall) await page.setViewportSize(size);
}

/**
 * Asks again until the answer is true; after that it fails and says the last answer. An answer costs the page a layout, so
 * it is asked for ten times a second.
 */
export async function until<T>(
  ask: () => Promise<T> | T,
  good: (answer: T) => boolean,
  seconds = 120,
): Promise<T> {
  for (const limit = Date.now() + seconds * 1000; ; await sleep(100)) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > limit) throw new Error(`still not after ${seconds} s: ${JSON.stringify(answer)}`);
  }
}
