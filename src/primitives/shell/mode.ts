// Mode: where commands run on this machine, by what was tried here and what a person chose.
import { fault, type Fault } from "../../abi/errors.ts";
import { familyRoot } from "../../kernel/state/account.ts";
import type { State } from "../../kernel/state/rows.ts";
import type { Sandbox, ShellBackend, ShellMode } from "./backend.ts";

/** What a person chose: the best that works here, only one of the modes, or no commands at all. */
export type ShellChoice = "auto" | ShellMode | "off";

/** What a person says about commands in the settings or on the command line. A workspace cannot change it. */
export interface ShellRules {
  readonly choice: ShellChoice;
  /** False when no command may run outside a layer, whatever is granted. */
  readonly unconfined: boolean;
}

const OFF = fault("EUNAVAILABLE", "Commands are switched off here.", "Go on without them, or ask a person.");

/** Finds the mode of commands. The machine is tried once, before the first command. */
export class ModeFinder {
  readonly #backend: ShellBackend;
  readonly #rules: () => ShellRules;
  readonly #state: () => State;
  #found: Sandbox | undefined;

  constructor(backend: ShellBackend, rules: () => ShellRules, state: () => State) {
    this.#backend = backend;
    this.#rules = rules;
    this.#state = state;
  }

  /** Tries the machine. Until then a layer is assumed. */
  async ready(): Promise<void> {
    if (this.#rules().choice !== "off") this.#found ??= await this.#backend.probe();
  }

  /** The mode of the next command of a process; a fault tells why there is none. */
  modeOf(pid: number): ShellMode | Fault {
    const { choice: now, unconfined } = this.#rules();
    // A family keeps to the choice of its launch, also in a later run, unless a person chooses otherwise now.
    const choice = now === "auto" ? (familyRoot(this.#state(), pid)?.launch?.sandbox ?? now) : now;
    if (choice === "off") return OFF;
    const found = this.#found;
    if (choice === "unconfined" || (choice === "auto" && found?.mode === "unconfined"))
      return unconfined ? "unconfined" : withoutLayer(found, "and a setting forbids commands outside one");
    return found?.mode === "unconfined" ? withoutLayer(found, "and nothing else was chosen") : "layered";
  }
}

function withoutLayer(found: Sandbox | undefined, why: string): Fault {
  if (found?.mode !== "unconfined")
    return fault("EUNAVAILABLE", `Commands were to run outside a layer, ${why}.`, "Ask a person.");
  return fault("EUNAVAILABLE", `No layer works here, ${why}: ${found.reason}`, found.hint);
}
