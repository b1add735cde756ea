// Rows of the side bar under a person's hand: found by their text each time, with the buttons the manifest puts there.
import assert from "node:assert/strict";
import type { Place } from "../vscode/manifest.ts";
import { labelOf, spokenOf, textOf, type Node, type Tree } from "../vscode/trees.ts";
import { ThemeIcon } from "../vscode/values.ts";
import { idle, reach, until } from "./clock.ts";
import type { DeskWindow } from "./window.ts";

/** One view of the side bar. */
export class View {
  readonly window: DeskWindow;
  readonly id: string;
  readonly name: string;

  constructor(window: DeskWindow, name: string) {
    this.window = window;
    this.name = name;
    this.id = window.editor.manifest.viewNamed(name);
  }

  get tree(): Tree {
    const tree = this.window.trees.get(this.id);
    if (tree === undefined) throw new Error(`there is no view ${this.name}`);
    return tree;
  }

  /** The rows that can be seen, as read. */
  get rows(): string[] {
    return this.tree.visible ? this.tree.rows.map(({ item }) => textOf(item)) : [];
  }

  /** What a screen reader says of the rows that can be seen. */
  get spoken(): string[] {
    return this.tree.visible ? this.tree.rows.map(({ item }) => spokenOf(item)) : [];
  }

  /** What stands beside the heading. */
  get description(): string {
    return this.tree.description ?? "";
  }

  /** All that the view says: its heading, what stands beside and above the rows, the rows, or the welcome instead. */
  get text(): string {
    const { manifest } = this.window.editor;
    const { message, rows } = this.tree;
    const welcome = manifest.json.contributes.viewsWelcome
      .filter(({ view, when }) => view === this.id && this.window.holds(when))
      .map(({ contents }) => manifest.text(contents).replace(/\[([^\]]+)\]\([^)]+\)/gu, "$1"));
    const none = rows.length === 0 && (message ?? "") === "";
    const lines = [this.name, this.description, message ?? "", ...(none ? welcome : this.rows)];
    return this.tree.visible ? lines.filter((line) => line !== "").join("\n") : "";
  }

  /** The buttons in the heading, or with `hidden` the entries behind its dots, in their order. */
  buttons(hidden = false): string[] {
    return this.#places(hidden).map(({ command }) => this.window.editor.manifest.title(command));
  }

  /** Presses a button of the heading. */
  async press(button: string, hidden = false): Promise<void> {
    const { manifest } = this.window.editor;
    const place = this.#places(hidden).find(({ command }) => manifest.title(command).startsWith(button));
    assert.ok(place, `${this.name} has no button ${button}, but ${this.buttons(hidden).join(", ")}`);
    this.window.start(place.command);
    await idle();
  }

  #places(hidden: boolean): Place[] {
    return inOrder(this.window.editor.manifest.menu("view/title"))
      .filter(({ group = "" }) => group.startsWith("navigation") !== hidden)
      .filter(({ when }) => this.window.holds(when, { view: this.id }));
  }
}

/** The first row of a view that contains a text; looked for anew whenever it is used. */
export class Row {
  readonly #view: View;
  readonly #text: string | RegExp;

  constructor(view: View, text: string | RegExp) {
    this.#view = view;
    this.#text = text;
  }

  /** The row as it is now; undefined while there is none. */
  get found(): Node | undefined {
    const text = this.#text;
    const { tree } = this.#view;
    if (!tree.visible) return undefined;
    return tree.rows.find(({ item }) =>
      typeof text === "string" ? textOf(item).includes(text) : text.test(textOf(item)),
    );
  }

  /** Waits until it is there, or with `detached` until it is gone. */
  async waitFor({ state = "visible" }: { state?: "visible" | "detached" | "hidden" } = {}): Promise<void> {
    const wanted = state === "visible";
    const rows = (): string[] => this.#view.rows;
    const there = (): boolean => (this.found !== undefined) === wanted;
    await until(rows, there).catch(() => {
      const not = wanted ? "is no row" : "is still a row";
      assert.fail(
        `there ${not} ${String(this.#text)} in ${this.#view.name}: ${JSON.stringify(this.#view.rows)}`,
      );
    });
  }

  /** How many such rows there are: 0 or 1. */
  async count(): Promise<number> {
    await idle();
    return this.found === undefined ? 0 : 1;
  }

  async isVisible(): Promise<boolean> {
    return (await this.count()) > 0;
  }

  async innerText(): Promise<string> {
    return textOf((await this.#node()).item);
  }

  /** What a screen reader says of it. */
  async spoken(): Promise<string> {
    return spokenOf((await this.#node()).item);
  }

  async tooltip(): Promise<string> {
    const { tooltip } = (await this.#node()).item;
    return typeof tooltip === "string" ? tooltip : "";
  }

  /** The name of its picture. */
  async icon(): Promise<string> {
    const { iconPath } = (await this.#node()).item;
    return iconPath instanceof ThemeIcon ? iconPath.id : "";
  }

  /** A click: it selects the row and does what the row does. With Control it is added to what is selected. */
  async click({ modifiers = [] }: { modifiers?: readonly "Control"[] } = {}): Promise<void> {
    await reach();
    const node = await this.#node();
    const { tree, window } = this.#view;
    window.focusOn("sideBar");
    if (modifiers.includes("Control") && tree.many) {
      const others = tree.selection.filter((each) => each !== node.element);
      tree.select(others.length < tree.selection.length ? others : [...others, node.element]);
    } else {
      tree.select([node.element]);
      await this.act();
    }
    await idle();
  }

  /** What Enter on it does: its command, or opening and closing it. */
  async act(): Promise<void> {
    const node = await this.#node();
    const { command } = node.item;
    if (command !== undefined)
      this.#view.window.start(command.command, ...((command.arguments ?? []) as unknown[]));
    else if ((node.item.collapsibleState ?? 0) !== 0) await this.#view.tree.toggle(node);
    await idle();
  }

  /** The arrow before it: opens or closes it. */
  async twist(): Promise<void> {
    await reach();
    await this.#view.tree.toggle(await this.#node());
    await idle();
  }

  async focus(): Promise<void> {
    const { element } = await this.#node();
    this.#view.window.focusOn("sideBar");
    this.#view.tree.focused = element;
  }

  /** The pointer over it; its buttons show, which here they always do. */
  async hover(): Promise<void> {
    await this.#node();
  }

  /** Clicks its box. */
  async check(): Promise<void> {
    await reach();
    this.#view.tree.check(await this.#node());
    await idle();
  }

  /** Whether its box is checked; undefined where it has none. */
  async checked(): Promise<boolean | undefined> {
    return (await this.#node()).checked;
  }

  /** Whether it is selected. */
  async isSelected(): Promise<boolean> {
    return this.#view.tree.selection.includes((await this.#node()).element);
  }

  /** The buttons on it. */
  async buttons(): Promise<string[]> {
    return this.#titles(await this.#places(true));
  }

  /** The entries of its context menu. */
  async menu(): Promise<string[]> {
    return this.#titles(await this.#places(false));
  }

  /** Presses a button on it, by how its title begins; one that is not there cannot be pressed. */
  async press(button: string): Promise<void> {
    await reach();
    await this.#run(await this.#places(true), (title) => title.startsWith(button), button);
  }

  /** Chooses an entry of its context menu. */
  async choose(entry: string): Promise<void> {
    await reach();
    await this.#run(await this.#places(false), (title) => title === entry, entry);
  }

  async #node(): Promise<Node> {
    await this.waitFor();
    const node = this.found;
    if (node === undefined) throw new Error(`there is no row ${String(this.#text)}`);
    return node;
  }

  #titles(places: readonly Place[]): string[] {
    return places.map(({ command }) => this.#view.window.editor.manifest.title(command));
  }

  async #places(inline: boolean): Promise<Place[]> {
    const { element, item } = await this.#node();
    const { tree, window, id } = this.#view;
    const several = tree.selection.length > 1 && tree.selection.includes(element);
    const keys = { view: id, viewItem: item.contextValue, listMultiSelection: several };
    return inOrder(window.editor.manifest.menu("view/item/context"))
      .filter(({ group = "" }) => group.startsWith("inline") === inline)
      .filter(({ when }) => window.holds(when, keys));
  }

  async #run(places: readonly Place[], meant: (title: string) => boolean, name: string): Promise<void> {
    const { window, tree } = this.#view;
    const { element, item } = await this.#node();
    const place = places.find(({ command }) => meant(window.editor.manifest.title(command)));
    assert.ok(place, `${labelOf(item)} offers no ${name}, but ${this.#titles(places).join(", ")}`);
    const several = tree.selection.length > 1 && tree.selection.includes(element);
    window.start(place.command, element, several ? [...tree.selection] : undefined);
    await idle();
  }
}

/** Entries of a menu in the order that their groups give. */
export function inOrder(places: readonly Place[]): Place[] {
  const key = ({ group = "" }: Place): [string, number] => {
    const [name = "", nth = "0"] = group.split("@");
    return [name === "navigation" ? "" : name, Number(nth)];
  };
  return [...places].sort((a, b) => {
    const [[one, first], [other, second]] = [key(a), key(b)];
    return one === other ? first - second : one < other ? -1 : 1;
  });
}
