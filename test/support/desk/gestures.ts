// What a person does at the desk, under the names that scripts/editor/gestures.ts has for a real window.
//
// A test looks as one of a window does, without sleeps for the machine:
//
//   import * as g from "../support/desk/gestures.ts";
//   import { bed } from "../support/desk/bed.ts";
//   import { agentIs, answer, calls, done, newAgent, review } from "../support/desk/people.ts";
//
//   let window: g.Window;
//   const script = bed((on) => (window = on), { settings: { "files.autoSave": "off" } });
//
//   test("a file is written only after Allow Once was clicked", async () => {
//     script.write([calls("I write.", ["write_file", { path: "a.txt", content: "x\n" }]), done]);
//     await newAgent(window, "Write");                        // the steps of New Agent…, as a person takes them
//     await g.row(window, "Approvals", /a\.txt/).waitFor();   // let time pass until the row is there
//     await g.row(window, "Approvals", /a\.txt/).click();     // its review opens; no time has passed yet
//     await g.sleep(900);                                     // a person reads: time passes, nobody waits
//     await g.titleButton(window, "Allow Once");              // fails if its `when` does not hold
//     await agentIs(window, "Write", /finished/);
//   });
//
// Buttons, menus, keys and the palette show what the manifest's conditions allow. Commands that fail make the next wait fail.
import assert from "node:assert/strict";
import type * as vscode from "vscode";
import { pictured, rowText } from "../vscode/asks.ts";
import type { Place } from "../vscode/manifest.ts";
import { fail, idle, owners, pass, reach, until } from "./clock.ts";
import { HERE } from "./palette.ts";
import { inOrder, Row, View } from "./rows.ts";
import type { DeskWindow } from "./window.ts";

export type Window = DeskWindow;
export { pass as sleep, until } from "./clock.ts";
export { key, mark, strike, type } from "./keys.ts";
export { dialog, dialogButton, toast, toastButton, toasts } from "./told.ts";

/** How long a person takes to find and run a command, in milliseconds. */
const COMMAND = 300;

/** Runs a command from the palette by its full title, for example "Agent libOS: Show Status". */
export async function command(window: Window, title: string): Promise<void> {
  await pass(COMMAND);
  const found = (): string | undefined => palette(window).find((each) => each.includes(title));
  await until(
    () => found() ?? `the palette offers no ${title}`,
    () => found() !== undefined,
  );
  window.asks.leave();
  const listed = found() ?? "";
  const own = window.editor.manifest.json.contributes.commands.find(
    (each) => window.editor.manifest.listed(each.command) === listed,
  );
  if (own !== undefined) window.start(own.command);
  else await HERE[listed]?.(window);
  await idle();
}

/** Whether the palette offers a command now. */
export async function offers(window: Window, title: string): Promise<boolean> {
  await idle();
  return palette(window).includes(title);
}

/** What the palette lists. */
function palette(window: Window): string[] {
  const { manifest } = window.editor;
  const places = new Map(manifest.menu("commandPalette").map((place) => [place.command, place.when]));
  const own = manifest.json.contributes.commands.filter((each) => window.holds(places.get(each.command)));
  return [...own.map((each) => manifest.listed(each.command)), ...Object.keys(HERE)];
}

/** The list or line that is open. */
export function asked(window: Window) {
  const ask = window.asks.open;
  assert.ok(ask, "nothing is asked now");
  return ask;
}

/** Waits for a list or line whose title begins so. */
export async function titled(window: Window, title: string): Promise<void> {
  await until(
    () => window.asks.open?.title ?? "nothing is asked",
    (said) => said.includes(title) && window.asks.open?.busy === false,
  );
}

/** Chooses a row of the open quick pick. */
export async function pick(window: Window, text: string): Promise<void> {
  await choices(window);
  const ask = asked(window);
  const item = ask.offered.find((each) => rowText(each).includes(text));
  assert.ok(item, `nothing says ${text}: ${ask.offered.map(rowText).join(" | ")}`);
  if (ask.canSelectMany) ask.checked[ask.checked.has(item) ? "delete" : "add"](item);
  else ask.accept(item);
  await idle();
}

/** The rows of the open quick pick, as read. */
export async function choices(window: Window): Promise<string[]> {
  await until(
    () => window.asks.open?.offered.length ?? 0,
    (count) => count > 0,
  );
  return asked(window).offered.map(rowText);
}

/** Types into the open input box and accepts it. */
export async function enter(window: Window, text: string): Promise<void> {
  await until(
    () => window.asks.open?.kind ?? "nothing",
    (kind) => kind === "line",
  );
  asked(window).type(text);
  asked(window).accept();
  await idle();
}

/** A button beside the title of the open list or line. */
export async function askButton(window: Window, name: string): Promise<void> {
  const ask = asked(window);
  const button = ask.buttons.find(({ tooltip }) => tooltip === name);
  assert.ok(button, `there is no button ${name}`);
  ask.triggered.fire(button);
  await idle();
}

/** Shows the extension's container. */
export async function openContainer(window: Window): Promise<void> {
  window.show("agentlibos");
  await idle();
}

/** One view of the side bar by its heading. */
export function view(window: Window, name: string): View {
  return new View(window, name);
}

/** The visible rows of a view, as read. */
export async function rows(window: Window, name: string): Promise<string[]> {
  await idle();
  return view(window, name).rows;
}

/** The row of a view that contains the text. */
export function row(window: Window, name: string, text: string | RegExp): Row {
  return new Row(view(window, name), text);
}

/** Clicks an inline button of a row. */
export async function rowButton(
  window: Window,
  name: string,
  text: string | RegExp,
  button: string,
): Promise<void> {
  await row(window, name, text).press(button);
}

/** Opens a row's context menu and clicks an entry. */
export async function rowMenu(
  window: Window,
  name: string,
  text: string | RegExp,
  entry: string,
): Promise<void> {
  await row(window, name, text).choose(entry);
}

/** A button in the heading of a view. */
export async function viewButton(window: Window, name: string, button: string): Promise<void> {
  await view(window, name).press(button);
}

function titlePlaces(window: Window, hidden: boolean): Place[] {
  return inOrder(window.editor.manifest.menu("editor/title"))
    .filter(({ group = "" }) => group.startsWith("navigation") !== hidden)
    .filter(({ when }) => window.holds(when));
}

/** The buttons in the title of the editor in front, or with `hidden` the entries behind its dots. */
export async function titleButtons(window: Window, hidden = false): Promise<string[]> {
  await idle();
  return titlePlaces(window, hidden).map(({ command }) => window.editor.manifest.title(command));
}

/** Clicks a button in the title of the editor in front, or with `hidden` an entry behind its dots. */
export async function titleButton(window: Window, button: string, hidden = false): Promise<void> {
  await reach();
  const { manifest } = window.editor;
  const find = (): Place | undefined =>
    titlePlaces(window, hidden).find(({ command }) => manifest.title(command).startsWith(button));
  await until(
    () => titlePlaces(window, hidden).map(({ command }) => manifest.title(command)),
    () => find() !== undefined,
  );
  const place = find();
  window.focusOn("editor");
  if (place !== undefined) window.start(place.command, window.tabs.resource, { groupId: 0, editorIndex: 0 });
  await idle();
}

/** The titles of the open editors. */
export async function tabs(window: Window): Promise<string[]> {
  await idle();
  return window.tabs.tabs.map(({ label }) => label);
}

/** The whole text of the editor in front; of a diff that of its right side. */
export async function editorText(window: Window): Promise<string> {
  await idle();
  return window.tabs.activeEditor?.document.getText() ?? "";
}

/** Text in the status bar. */
export async function statusBar(window: Window): Promise<string> {
  await idle();
  return [window.trusted ? "" : "Restricted Mode", window.notes.status].join("\n").trim();
}

/** What stands over the lines of the text in front: their titles. */
export async function lenses(window: Window): Promise<string[]> {
  return (await lensesOf(window)).map(({ command: does }) => pictured(does?.title ?? ""));
}

/** Clicks what stands over a line of the text in front, once it is there. */
export async function lens(window: Window, title: string): Promise<void> {
  await reach();
  await until(
    () => lenses(window),
    (titles) => titles.some((each) => each.includes(title)),
  );
  const { command: does } =
    (await lensesOf(window)).find((each) => each.command?.title.includes(title)) ?? {};
  if (does !== undefined) window.start(does.command, ...((does.arguments ?? []) as unknown[]));
  await idle();
}

async function lensesOf(window: Window): Promise<vscode.CodeLens[]> {
  await idle();
  const document = window.tabs.activeEditor?.document;
  if (document === undefined) return [];
  const all: vscode.CodeLens[] = [];
  for (const provider of window.host.lenses)
    all.push(
      ...((await owners.run(window.host, () =>
        provider.provideCodeLenses(document as never, undefined as never),
      )) ?? []),
    );
  return all;
}

/** The texts of the links in the text in front, with the addresses that they lead to. */
export async function textLinks(window: Window): Promise<{ text: string; target: string }[]> {
  await idle();
  const document = window.tabs.activeEditor?.document;
  const all: { text: string; target: string }[] = [];
  for (const provider of document === undefined ? [] : window.host.textLinks) {
    const found = await owners.run(window.host, () =>
      provider.provideDocumentLinks(document as never, undefined as never),
    );
    for (const { range, target } of found ?? [])
      all.push({ text: document?.getText(range) ?? "", target: target?.toString() ?? "" });
  }
  return all;
}

/** Developer: Reload Window. */
export async function reload(window: Window): Promise<void> {
  await window.reload();
}

/** The extension host is killed, and the editor starts another one in the same window, with the same tabs. */
export async function lose(window: Window): Promise<void> {
  await window.lose();
}

/** Opens an address of the extension, as a link outside the editor does. */
export async function followLink(window: Window, uri: vscode.Uri): Promise<void> {
  for (const handler of window.host.links)
    void Promise.resolve(owners.run(window.host, () => handler.handleUri(uri))).catch(fail);
  await idle();
}
