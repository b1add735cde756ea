// What the editor tells: toasts with buttons, dialogs that stop everything, and the status bar.
import type * as vscode from "vscode";
import { pictured } from "./asks.ts";
import { CancellationTokenSource, Disposable } from "./values.ts";

type Severity = "info" | "warning" | "error";
type Button = string | vscode.MessageItem;

/** A toast or a dialog. */
export interface Note {
  readonly severity: Severity;
  readonly text: string;
  /** The small print of a dialog. */
  readonly detail: string;
  readonly buttons: readonly string[];
  /** Presses a button by its title; undefined closes it without one. */
  press(title: string | undefined): void;
}

/** A piece of the status bar. */
export class BarItem {
  readonly id: string;
  readonly alignment = 1;
  readonly priority = 0;
  name: string | undefined;
  text = "";
  tooltip: unknown;
  command: unknown;
  color: unknown;
  backgroundColor: unknown;
  accessibilityInformation: unknown;
  visible = false;
  readonly #end: (item: BarItem) => void;

  constructor(id: string, end: (item: BarItem) => void) {
    this.id = id;
    this.#end = end;
  }
  show(): void {
    this.visible = true;
  }
  hide(): void {
    this.visible = false;
  }
  dispose(): void {
    this.visible = false;
    this.#end(this);
  }
}

/** What a window tells. */
export class Notes {
  readonly toasts: Note[] = [];
  dialog: Note | undefined;
  readonly bar: BarItem[] = [];
  readonly #passing = new Set<{ readonly text: string }>();

  /** `window.show…Message`. A modal one waits for its answer as a dialog. */
  show(severity: Severity, text: string, ...rest: readonly unknown[]): Promise<unknown> {
    const [first, ...others] = rest;
    const plain = typeof first === "object" && first !== null && !("title" in first);
    const options = plain ? (first as vscode.MessageOptions) : {};
    const buttons = (plain ? others : rest).filter((each): each is Button => each !== undefined);
    const titles = buttons.map(titleOf);
    return new Promise((resolve) => {
      const note: Note = {
        ...{ severity, text, detail: options.detail ?? "" },
        buttons: options.modal === true && !titles.includes("Cancel") ? [...titles, "Cancel"] : titles,
        press: (title) => {
          if (this.dialog === note) this.dialog = undefined;
          else if (this.toasts.includes(note)) this.toasts.splice(this.toasts.indexOf(note), 1);
          else return;
          resolve(title === undefined ? undefined : buttons.find((each) => titleOf(each) === title));
        },
      };
      if (options.modal === true) {
        this.dialog?.press(undefined);
        this.dialog = note;
        return;
      }
      // The editor shows what says the same only once, the newest of it.
      const same = (other: Note): boolean =>
        other.severity === severity && other.text === text && other.buttons.join("\n") === titles.join("\n");
      for (const old of this.toasts.filter(same)) old.press(undefined);
      this.toasts.push(note);
    });
  }

  item(id: string): BarItem {
    const item = new BarItem(id, (gone) => this.bar.splice(this.bar.indexOf(gone), 1));
    this.bar.push(item);
    return item;
  }

  /** `window.setStatusBarMessage`: stands there for a while. */
  message(text: string, until: unknown): Disposable {
    const passing = { text };
    this.#passing.add(passing);
    const end = new Disposable(() => this.#passing.delete(passing));
    if (typeof until === "number") setTimeout(() => end.dispose(), until);
    return end;
  }

  /** Called with each task that shows how far it is, before it begins. */
  onTask: (title: string, cancel: () => void) => void = () => undefined;

  /** `window.withProgress`. */
  async progress<T>(
    { title = "" }: vscode.ProgressOptions,
    task: (progress: { report(): void }, token: CancellationTokenSource["token"]) => Thenable<T>,
  ): Promise<T> {
    const source = new CancellationTokenSource();
    const running = task({ report: () => undefined }, source.token);
    this.onTask(title, () => source.cancel());
    return running;
  }

  /** What the status bar says, as it is read. */
  get status(): string {
    const items = this.bar.filter((item) => item.visible).map((item) => item.text);
    return [...items, ...[...this.#passing].map(({ text }) => text)].map(pictured).join("\n");
  }

  /** An extension host went away: what it had asked is answered by nobody. */
  forget(): void {
    this.toasts.length = 0;
    this.bar.length = 0;
    this.dialog = undefined;
    this.#passing.clear();
  }
}

function titleOf(button: Button): string {
  return typeof button === "string" ? button : button.title;
}
