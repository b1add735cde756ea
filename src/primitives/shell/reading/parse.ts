// Parse: finds every program that the text of a command would start. Whatever cannot be told makes the reading unsure.
import { forEachChild, parse, type AndOr, type Command, type ParsedScript, type SyntaxNode } from "unbash";
import { DECLARING, MOVING } from "./builtins.ts";
import { noteAssignment, noteParameter, noteRedirection, noteTest } from "./expansions.ts";
import { stays, union, type After, type Folders } from "./folders.ts";
import { isKnown, MANY, pieceOf, type Piece } from "./piece.ts";
import { Notes, type CommandReading } from "./reading.ts";
import { noteStart } from "./starts.ts";
import { isNumber } from "./variables.ts";

/** A longer text is not read. */
const LONGEST = 256 * 1024;

/** Control characters but tab and line feed: a reader and a shell could part a text with them in different places. */
// oxlint-disable-next-line no-control-regex -- control characters are meant
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/u;

/** A line that goes on in the middle of an operator: Bash joins its parts, and the parser does not join all of them. */
const PARTED = /[$({[<>!`]\\\n/u;

/**
 * Remembers the last text and what was made of it: the steps of one call ask for the same again. A text alone decides
 * what comes of it, so this is never out of date.
 */
function ofLast<T>(make: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly made: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, made: make(text) };
    return last.made;
  };
}

const parseText = ofLast(parse);

/** Reads the text of a command as Bash would. */
export const readText: (text: string) => CommandReading = ofLast((text) => {
  const reader = new Reader();
  reader.text(text, [""], false);
  return reader.notes.reading();
});

/** Reads a command that is given word by word, so that no shell looks at it. */
export function readWords(words: readonly string[]): CommandReading {
  const reader = new Reader();
  reader.start(words, [""]);
  return reader.notes.reading();
}

/** Builtins that no program replaces. */
const SHELL_ALONE: ReadonlySet<string | undefined> = new Set(
  ". : alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown enable eval exec exit export fc fg getopts hash help history jobs let local logout mapfile popd pushd read readarray readonly return set shift shopt source suspend times trap type typeset ulimit umask unalias unset wait".split(
    " ",
  ),
);

/** The words of a text that is one plain command, which runs without a shell; undefined for any other text. */
export function plainWords(text: string): readonly string[] | undefined {
  if (CONTROL.test(text)) return undefined;
  const { commands, errors = [] } = parseText(text);
  const [statement, ...more] = commands;
  const command = statement?.command;
  if (errors.length + more.length > 0 || statement?.background === true) return undefined;
  if (command?.type !== "Command" || command.name === undefined || command.prefix.length > 0)
    return undefined;
  const words = [command.name, ...command.suffix].map((part) =>
    part.type === "Word" ? pieceOf(part) : MANY,
  );
  const known = words.filter(isKnown);
  return known.length === words.length && !SHELL_ALONE.has(known[0]) ? known : undefined;
}

/** True when a part of a command may change the working directory of its shell. */
function mayMove(node: SyntaxNode): boolean {
  if (node.type === "Command" && node.name !== undefined) {
    const program = pieceOf(node.name);
    if (!isKnown(program) || MOVING.has(program) || ["eval", "command", "builtin"].includes(program))
      return true;
  }
  let found = false;
  forEachChild(node, (child) => (found ||= mayMove(child)));
  return found;
}

class Reader {
  readonly notes = new Notes();
  /** True when a function may be called in a folder that is not known. */
  #moves = false;

  text(text: string, at: Folders, plain: boolean): After {
    if (text.length > LONGEST || CONTROL.test(text) || !text.isWellFormed()) {
      this.notes.unsure("its text is too long, or it holds control characters");
      return stays(undefined);
    }
    if (PARTED.test(text)) this.notes.unsure("a line of it ends in the middle of an operator");
    const before = this.notes.plain;
    this.notes.plain ||= plain;
    const script = parseText(text);
    this.#moves ||= mayMove(script);
    const after = this.#list(script, at);
    this.notes.plain = before;
    return after;
  }

  start(pieces: readonly Piece[], at: Folders): After {
    return noteStart(this.notes, pieces, at, (text, where, plain) => this.text(text, where, plain));
  }

  /** Commands one after another, in one shell. */
  #list({ commands, errors }: Pick<ParsedScript, "commands" | "errors">, at: Folders): After {
    if ((errors ?? []).length > 0) this.notes.unsure("it is no correct text for Bash");
    let after = stays(at);
    for (const { command, background } of commands) {
      const next = this.#node(command, after.any);
      after = background === true ? stays(after.any) : next;
    }
    return after;
  }

  /** A command of any form. Gives the folders after it in the same shell. */
  #node(node: SyntaxNode, at: Folders): After {
    switch (node.type) {
      case "Command":
        return this.#command(node, at);
      case "AndOr":
        return this.#andOr(node, at);
      case "Pipeline": {
        if (node.prefixes.some(({ type }) => type === "Time") || node.operators.includes("|&"))
          this.notes.bashOnly();
        const [first = stays(at), ...more] = node.commands.map((command) => this.#node(command, at));
        return stays(more.length > 0 ? at : first.any);
      }
      case "Subshell":
        this.#list(node.body, at);
        return stays(at);
      case "BraceGroup":
        return this.#list(node.body, at);
      case "CompoundList":
        return this.#list(node, at);
      case "Redirected":
        for (const redirect of node.redirects) this.#inside(redirect, at);
        return this.#node(node.command, at);
      default:
        return this.#compound(node, at);
    }
  }

  #andOr({ commands, operators }: AndOr, at: Folders): After {
    let after = stays(at);
    for (const [i, command] of commands.entries()) {
      const operator = i === 0 ? undefined : operators[i - 1];
      const next = this.#node(command, operator === "&&" ? after.ok : after.any);
      after = {
        ok: operator === "||" ? union(after.ok, next.ok) : next.ok,
        any: operator === undefined ? next.any : union(after.any, next.any),
      };
    }
    return after;
  }

  /** Loops, branches and functions. A `cd` in one makes the folder unknown, in it and after it. */
  #compound(node: SyntaxNode, at: Folders): After {
    const moves = mayMove(node);
    const inside = moves || (node.type === "Function" && this.#moves) ? undefined : at;
    this.#noteForm(node);
    forEachChild(node, (child) => {
      if (PARTS.has(child.type)) this.#node(child, inside);
      else this.#inside(child, inside);
    });
    return stays(moves ? undefined : at);
  }

  /** Notes what the form itself sets and computes, and whether only Bash has it. */
  #noteForm(node: SyntaxNode): void {
    const { notes } = this;
    switch (node.type) {
      case "Select":
        notes.bashOnly();
        notes.variables.set({ name: node.name.value, number: false });
        break;
      case "For":
        notes.variables.set({ name: node.name.value, number: node.wordlist?.every(isNumber) === true });
        break;
      case "Function":
        if (MOVING.has(node.name.value)) notes.unsure("it gives cd another meaning");
        break;
      case "Coproc":
        notes.bashOnly();
        notes.variables.set({ name: node.name?.value ?? "COPROC", number: false });
        break;
      case "TestCommand":
        notes.bashOnly();
        noteTest(notes, node.expression);
        break;
      case "ArithmeticCommand":
        notes.bashOnly();
        notes.computes(notes.variables.computeAll(node.expression));
        break;
      case "ArithmeticFor":
        notes.bashOnly();
        for (const part of [node.initialize, node.test, node.update])
          notes.computes(notes.variables.computeAll(part));
        break;
      default:
        break;
    }
  }

  /** Words, and everything in them. Each substitution is a text of its own, in a shell below this one. */
  #inside(node: SyntaxNode, at: Folders): void {
    const { notes } = this;
    switch (node.type) {
      case "Script":
        this.#list(node, at);
        return;
      case "CommandExpansion":
      case "ProcessSubstitution":
        // `${ cmd; }` runs in this shell itself, in the versions of Bash that have it.
        if (node.script === undefined || node.text.startsWith("${"))
          notes.unsure("it has a substitution that cannot be read");
        if (node.type === "ProcessSubstitution") notes.bashOnly();
        break;
      case "ParameterExpansion":
        noteParameter(notes, node);
        break;
      case "ArithmeticExpansion":
        if (node.text.startsWith("$[")) notes.bashOnly();
        notes.computes(notes.variables.computeAll(node.expression));
        break;
      case "ArithmeticCommandExpansion":
        notes.computes(false);
        if (node.script !== undefined) this.#list(node.script, at);
        return;
      case "Assignment":
        noteAssignment(notes, node);
        break;
      case "AnsiCQuoted":
      case "LocaleString":
      case "ExtendedGlob":
        notes.bashOnly();
        break;
      case "Redirect":
      case "HereString":
      case "HereDoc":
        noteRedirection(notes, node, at);
        break;
      default:
        break;
    }
    forEachChild(node, (child) => {
      this.#inside(child, at);
    });
  }

  #command(node: Command, at: Folders): After {
    forEachChild(node, (child) => {
      this.#inside(child, at);
    });
    if (node.name === undefined) return stays(at);
    const program = pieceOf(node.name);
    const args = node.args.map((part) => {
      if (part.type === "Word") return pieceOf(part);
      // The assignment itself is noted above; as a word only its name is needed.
      return DECLARING.has(program) ? part.name : MANY;
    });
    return this.start([program, ...args], at);
  }
}

/** The parts of a form that are commands; the others are words. */
const PARTS: ReadonlySet<SyntaxNode["type"]> = new Set<SyntaxNode["type"]>([
  ...["CompoundList", "CaseItem", "Elif", "Command", "Redirected", "Subshell", "BraceGroup"],
  ...["If", "For", "ArithmeticFor", "Select", "While", "Case", "TestCommand", "ArithmeticCommand"],
] as const);
