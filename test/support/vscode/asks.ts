// What the editor asks at the top of its window: one list or one line at a time, with its title, rows and buttons.
import type * as vscode from "vscode";
import { work } from "../desk/clock.ts";
import { EventEmitter } from "./values.ts";

/** Text as lists and bars show it: `$(name)` is a picture, and with a backslash before it is text. */
export function pictured(text: string): string {
  return text.replace(/(?<!\\)\$\([\w~-]+\) ?/gu, "").replaceAll("\\$(", "$(");
}

type Item = vscode.QuickPickItem;

/** A list or a line that is open, or was. */
export class Ask {
  readonly kind: "list" | "line";
  title: string | undefined;
  placeholder: string | undefined;
  prompt: string | undefined;
  password = false;
  value = "";
  items: readonly Item[] = [];
  selectedItems: readonly Item[] = [];
  /** The boxes that are checked, where several may be chosen. */
  checked = new Set<Item>();
  buttons: readonly vscode.QuickInputButton[] = [];
  /** The button beside the title that has the focus, if a person went there by Shift+Tab. */
  button: vscode.QuickInputButton | undefined;
  canSelectMany = false;
  matchOnDescription = false;
  matchOnDetail = false;
  ignoreFocusOut = false;
  enabled = true;
  busy = false;
  step: number | undefined;
  totalSteps: number | undefined;
  validationMessage: string | vscode.InputBoxValidationMessage | undefined;
  readonly accepted = new EventEmitter<void>();
  readonly hidden = new EventEmitter<{ reason: number }>();
  readonly changedValue = new EventEmitter<string>();
  readonly changedSelection = new EventEmitter<readonly Item[]>();
  readonly changedActive = new EventEmitter<readonly Item[]>();
  readonly triggered = new EventEmitter<vscode.QuickInputButton>();
  readonly onDidAccept = this.accepted.event;
  readonly onDidHide = this.hidden.event;
  readonly onDidChangeValue = this.changedValue.event;
  readonly onDidChangeSelection = this.changedSelection.event;
  readonly onDidChangeActive = this.changedActive.event;
  readonly onDidTriggerButton = this.triggered.event;
  /** What is marked; the first row that is left, unless somebody marked another or none. */
  #active: readonly Item[] | undefined;
  readonly #asks: Asks;

  constructor(asks: Asks, kind: "list" | "line") {
    this.#asks = asks;
    this.kind = kind;
  }

  get activeItems(): readonly Item[] {
    return this.#active ?? this.offered.slice(0, 1);
  }
  set activeItems(items: readonly Item[]) {
    this.#active = items;
  }
  show(): void {
    this.#asks.show(this);
  }
  hide(): void {
    this.#asks.hide(this);
  }
  dispose(): void {
    this.hide();
  }

  /** The rows that what is typed leaves, in their order; lines between them are no rows. */
  get offered(): Item[] {
    const wanted = this.value.toLowerCase();
    return this.items.filter((item) => {
      if (Number(item.kind ?? 0) === -1) return false;
      const { label, description = "", detail = "" } = item;
      const places = [
        label,
        ...(this.matchOnDescription ? [description] : []),
        ...(this.matchOnDetail ? [detail] : []),
      ];
      return places.some((place) => pictured(place).toLowerCase().includes(wanted));
    });
  }

  /** Types in place of what stands there. */
  type(text: string): void {
    this.value = text;
    this.button = undefined;
    this.changedValue.fire(text);
    this.#active = undefined;
  }

  /** Enter: the line as it stands, or the row that is marked. */
  accept(item: Item | undefined = this.activeItems[0]): void {
    if (this.kind === "list") {
      this.selectedItems = this.canSelectMany
        ? this.items.filter((each) => this.checked.has(each))
        : item === undefined
          ? []
          : [item];
      this.changedSelection.fire(this.selectedItems);
    }
    this.accepted.fire();
  }
}

/** A row of a list, as it is read. */
export function rowText({ label, description = "", detail = "" }: vscode.QuickPickItem): string {
  return [label, description, detail]
    .map(pictured)
    .filter((part) => part !== "")
    .join("\n");
}

/** What a window asks. */
export class Asks {
  /** What is open now. */
  open: Ask | undefined;

  /** Opens one; what was open before goes away, as the editor has room for one. */
  show(ask: Ask): void {
    const before = this.open;
    if (before === ask) return;
    this.open = ask;
    before?.hidden.fire({ reason: 3 });
  }

  hide(ask: Ask): void {
    if (this.open !== ask) return;
    this.open = undefined;
    ask.hidden.fire({ reason: 1 });
  }

  /** The focus went elsewhere: what does not ignore that goes away. */
  leave(): void {
    if (this.open?.ignoreFocusOut === false) this.hide(this.open);
  }

  /** An extension host went away, and what it asked with it. */
  forget(): void {
    this.open = undefined;
  }

  /** `window.showQuickPick`. */
  pick<T extends Item | string>(
    given: readonly T[] | Thenable<readonly T[]>,
    options: vscode.QuickPickOptions = {},
  ): Promise<T | T[] | undefined> {
    const of = new Map<Item, T>();
    const ask = new Ask(this, "list");
    ask.title = options.title;
    ask.placeholder = options.placeHolder;
    ask.matchOnDescription = options.matchOnDescription === true;
    ask.matchOnDetail = options.matchOnDetail === true;
    ask.ignoreFocusOut = options.ignoreFocusOut === true;
    ask.canSelectMany = options.canPickMany === true;
    ask.busy = true;
    work(async () => {
      for (const each of await given) {
        const item: Item = typeof each === "string" ? { label: each } : { ...each };
        of.set(item, each);
      }
      ask.items = [...of.keys()];
      ask.checked = new Set(ask.items.filter((item) => item.picked === true));
      ask.busy = false;
    });
    return new Promise((resolve) => {
      ask.onDidAccept(() => {
        const chosen = ask.selectedItems.flatMap((item) => of.get(item) ?? []);
        if (!ask.canSelectMany && chosen.length === 0) return;
        resolve(ask.canSelectMany ? chosen : chosen[0]);
        ask.hide();
      });
      ask.onDidHide(() => resolve(undefined));
      ask.show();
    });
  }

  /** `window.showInputBox`. */
  line(options: vscode.InputBoxOptions = {}): Promise<string | undefined> {
    const ask = new Ask(this, "line");
    Object.assign(ask, {
      title: options.title,
      prompt: options.prompt,
      placeholder: options.placeHolder,
      value: options.value ?? "",
      password: options.password === true,
      ignoreFocusOut: options.ignoreFocusOut === true,
    });
    return new Promise((resolve) => {
      const judge = async (): Promise<void> => {
        ask.validationMessage = (await options.validateInput?.(ask.value)) ?? undefined;
      };
      ask.onDidChangeValue(() => work(judge));
      ask.onDidAccept(() =>
        work(async () => {
          await judge();
          if (ask.validationMessage !== undefined) return;
          resolve(ask.value);
          ask.hide();
        }),
      );
      ask.onDidHide(() => resolve(undefined));
      ask.show();
    });
  }
}
