// The trees of the side bar: rows asked of their provider when it says that they changed, and what a person does to them.
import type * as vscode from "vscode";
import { work } from "../desk/clock.ts";
import { Disposable, EventEmitter } from "./values.ts";

/** One row that is shown, or would be if the rows above it were open. */
export interface Node {
  readonly element: unknown;
  item: vscode.TreeItem;
  readonly parent: Node | undefined;
  children: Node[];
  checked: boolean | undefined;
}

type Provider = vscode.TreeDataProvider<unknown>;

/** One view with its tree. */
export class Tree {
  readonly id: string;
  message: string | undefined;
  description: string | undefined;
  title: string | undefined;
  badge: vscode.ViewBadge | undefined;
  readonly many: boolean;
  selection: unknown[] = [];
  /** The row that arrow keys go from. */
  focused: unknown;
  /** The rows at the top. */
  roots: Node[] = [];
  readonly visibility = new EventEmitter<{ visible: boolean }>();
  readonly selected = new EventEmitter<{ selection: readonly unknown[] }>();
  readonly checks = new EventEmitter<{ items: [unknown, number][] }>();
  readonly expanded = new EventEmitter<{ element: unknown }>();
  readonly collapsed = new EventEmitter<{ element: unknown }>();
  /** A view whose heading alone stands there asks for no rows. */
  closed = false;
  readonly #provider: Provider;
  readonly #shown: () => boolean;
  readonly #ends: Disposable;
  /** Which rows stand open, by their id; what a person opened or closed stays so. */
  readonly #open = new Map<string, boolean>();
  #line: Promise<void> = Promise.resolve();
  #disposed = false;

  constructor(id: string, options: vscode.TreeViewOptions<unknown>, shown: () => boolean, closed: boolean) {
    this.id = id;
    this.closed = closed;
    this.#provider = options.treeDataProvider;
    this.many = options.canSelectMany === true;
    this.#shown = shown;
    const listening = this.#provider.onDidChangeTreeData?.((changed) => {
      const all = Array.isArray(changed) ? (changed as unknown[]) : [changed ?? undefined];
      for (const element of all) this.#next(() => this.#refresh(element));
    });
    this.#ends = Disposable.from(...(listening === undefined ? [] : [listening]));
    this.#next(() => this.#refresh(undefined));
  }

  get visible(): boolean {
    return !this.#disposed && !this.closed && this.#shown();
  }

  /** A click on the heading of a closed view. */
  unfold(): void {
    if (!this.closed) return;
    this.closed = false;
    this.visibility.fire({ visible: this.visible });
    this.#next(() => this.#refresh(undefined));
  }

  /** The rows that can be seen, from the top. */
  get rows(): Node[] {
    const below = (node: Node): Node[] => [node, ...(this.isOpen(node) ? node.children.flatMap(below) : [])];
    return this.roots.flatMap(below);
  }

  isOpen({ item }: Node): boolean {
    const { collapsibleState = 0 } = item;
    return collapsibleState !== 0 && (this.#open.get(keyOf(item)) ?? Number(collapsibleState) === 2);
  }

  /** Opens or closes a row. */
  async toggle(node: Node, open = !this.isOpen(node)): Promise<void> {
    this.#open.set(keyOf(node.item), open);
    if (open) node.children = await this.#load(node);
    (open ? this.expanded : this.collapsed).fire({ element: node.element });
  }

  select(elements: unknown[]): void {
    this.selection = elements;
    this.focused = elements.at(-1);
    this.selected.fire({ selection: elements });
  }

  /** A click on a row's box. */
  check(node: Node): void {
    if (node.checked === undefined) throw new Error(`the row ${labelOf(node.item)} has no box`);
    node.checked = !node.checked;
    this.checks.fire({ items: [[node.element, node.checked ? 1 : 0]] });
  }

  /** Shows an element: its parents are opened, it is selected. */
  async reveal(
    element: unknown,
    { select = true, focus = false, expand = false }: Reveal = {},
  ): Promise<void> {
    const path: unknown[] = [];
    for (
      let at: unknown = element;
      at !== undefined && at !== null;
      at = await this.#provider.getParent?.(at)
    )
      path.unshift(at);
    await this.#line;
    for (const [i, step] of path.entries()) {
      const node = this.find((each) => each.element === step);
      if (node === undefined) throw new Error("TreeError: Cannot resolve tree item for the element");
      if (i < path.length - 1 || expand !== false)
        if (!this.isOpen(node) && (node.item.collapsibleState ?? 0) !== 0) await this.toggle(node, true);
    }
    if (select) this.select([element]);
    if (focus) this.focused = element;
  }

  find(which: (node: Node) => boolean): Node | undefined {
    const within = (nodes: Node[]): Node | undefined => {
      for (const node of nodes) {
        const found = which(node) ? node : within(node.children);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return within(this.roots);
  }

  dispose(): void {
    this.#disposed = true;
    this.#ends.dispose();
    this.roots = [];
  }

  #next(step: () => Promise<void>): void {
    const done = this.#line.then(() => (this.#disposed ? undefined : step()));
    this.#line = done.catch(() => undefined);
    work(() => done);
  }

  async #refresh(element: unknown): Promise<void> {
    if (this.closed) return;
    if (element === undefined) this.roots = await this.#load(undefined);
    else {
      const node = this.find((each) => each.element === element);
      if (node === undefined) return;
      node.item = await this.#provider.getTreeItem(element);
      node.checked = checkedOf(node.item);
      node.children = this.isOpen(node) ? await this.#load(node) : [];
    }
    this.#once();
    const there = (each: unknown): boolean => this.find(({ element }) => element === each) !== undefined;
    if (this.selection.some((each) => !there(each))) this.select(this.selection.filter(there));
  }

  async #load(parent: Node | undefined): Promise<Node[]> {
    const elements = (await this.#provider.getChildren(parent?.element)) ?? [];
    const nodes: Node[] = [];
    for (const element of elements) {
      const item = await this.#provider.getTreeItem(element);
      const node: Node = { element, item, parent, children: [], checked: checkedOf(item) };
      if (this.isOpen(node)) node.children = await this.#load(node);
      nodes.push(node);
    }
    return nodes;
  }

  /** Two rows of one id are a mistake, which the editor shows as an error instead of the tree. */
  #once(): void {
    const ids = new Set<string>();
    this.find(({ item: { id } }) => {
      if (id !== undefined && ids.has(id)) throw new Error(`Element with id ${id} is already registered`);
      if (id !== undefined) ids.add(id);
      return false;
    });
  }
}

type Reveal = { select?: boolean; focus?: boolean; expand?: boolean | number };

/** What a row says first. */
export function labelOf({ label }: vscode.TreeItem): string {
  return typeof label === "object" ? label.label : (label ?? "");
}

/** A row as it is read: its label and what stands beside it. */
export function textOf(item: vscode.TreeItem): string {
  const { description } = item;
  return [labelOf(item), typeof description === "string" ? description : ""]
    .filter((part) => part !== "")
    .join(" ");
}

/** What a screen reader says of a row. */
export function spokenOf(item: vscode.TreeItem): string {
  return item.accessibilityInformation?.label ?? textOf(item);
}

function keyOf(item: vscode.TreeItem): string {
  return item.id ?? labelOf(item);
}

function checkedOf({ checkboxState }: vscode.TreeItem): boolean | undefined {
  if (checkboxState === undefined) return undefined;
  return Number(typeof checkboxState === "object" ? checkboxState.state : checkboxState) === 1;
}
