// Reading: everything that a command would start, as far as its text tells, and why the text does not tell all.
import type { Folders } from "./folders.ts";
import type { Piece } from "./piece.ts";
import { Variables } from "./variables.ts";

/** One program that a command starts, with its words, and the folders in which it may start it. */
export interface StartedProgram {
  readonly program: string;
  readonly args: readonly Piece[];
  readonly at: Folders;
}

/** One file that a redirection opens. */
export interface Opened {
  readonly path: Piece;
  readonly right: "read" | "write";
  readonly at: Folders;
}

/** What the text of a command tells. */
export interface CommandReading {
  readonly starts: readonly StartedProgram[];
  readonly opened: readonly Opened[];
  /** The folders that it enters, each as a path from where the command begins. */
  readonly entered: readonly string[];
  /** Why it may start programs that are not listed; empty when it cannot. Each is a clause about the command. */
  readonly unsure: readonly string[];
}

/** How deep programs and texts are looked for in others, as in `sudo env bash -c "bash -c …"`. */
const DEEPEST = 32;

/** A reading while the command is read. */
export class Notes {
  readonly starts: StartedProgram[] = [];
  readonly opened: Opened[] = [];
  readonly entered = new Set<string>();
  readonly variables = new Variables();
  readonly #unsure = new Set<string>();
  /** True while the text must mean the same to every shell. */
  plain = false;
  #depth = 0;

  /** Reads something inside something else; undefined when that is too deep. */
  inside<T>(read: () => T): T | undefined {
    if (this.#depth >= DEEPEST) {
      this.unsure("it starts programs by programs by programs");
      return undefined;
    }
    this.#depth += 1;
    const found = read();
    this.#depth -= 1;
    return found;
  }

  /** Notes why the command may start programs that are not listed. */
  unsure(reason: string): void {
    this.#unsure.add(reason);
  }

  /** Notes whether a text that Bash computes with is known well enough. */
  computes(enough: boolean): void {
    if (!enough) this.unsure("it computes with a text that may run programs");
  }

  /** Notes a form that other shells read in another way. */
  bashOnly(): void {
    if (this.plain) this.unsure("its text means something else to a shell that is not Bash");
  }

  reading(): CommandReading {
    if (this.variables.unsafe) this.unsure("it sets a variable that can make it start other programs");
    const { starts, opened } = this;
    return { starts, opened, entered: [...this.entered], unsure: [...this.#unsure] };
  }
}
