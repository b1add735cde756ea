// Variables: those that choose programs, and those whose text Bash computes with and may run on the way.
import type { ArithmeticExpression, Word } from "unbash";
import { pieceOf, isKnown } from "./piece.ts";

/**
 * Variables that choose what a program name means, or make programs start others. A command that sets one is not
 * understood.
 */
const RISKY =
  /^(?:PATH|CDPATH|ENV|PS[0-4]|HOME|SHELL|SHELLOPTS|PROMPT_COMMAND|BASH\w*|(?:LD|DYLD|GIT|NPM_CONFIG|npm_config)_\w+|\w*(?:PAGER|EDITOR|OPTIONS|BROWSER|ASKPASS)|VISUAL|LESS(?:OPEN|CLOSE)|\w+OPT|RIPGREP_CONFIG_PATH|XDG_CONFIG_\w+|PYTHON(?:PATH|STARTUP|HOME)|NODE_PATH|PERL5LIB|RUBYLIB|MAKEFLAGS|RSYNC_RSH|POSIXLY_CORRECT|EXECIGNORE)$/u;

/** The name at the start of an assignment, or a name alone. */
const NAME = /^([A-Za-z_]\w*)(?:\+?=(.*))?$/su;

const NUMBER = /^-?\d*$/u;
const RANGE = /^\{-?\d+\.\.-?\d+(?:\.\.-?\d+)?\}$/u;
const IDENTIFIER = /[A-Za-z_]\w*/gu;

/** A variable that a word sets. `number` is false if it may then hold any text. */
export interface Setting {
  readonly name: string;
  readonly number: boolean;
}

/** A word like `A=1` or `A` as what it sets; undefined for any other word. */
export function settingOf(word: string): Setting | undefined {
  const [, name, value] = NAME.exec(word) ?? [];
  return name === undefined ? undefined : { name, number: value === undefined || NUMBER.test(value) };
}

/** True for a word that is a number whenever it is read: digits, a computation, or a range in braces. */
export function isNumber(word: Word): boolean {
  const { parts } = word;
  if (parts?.length === 1 && parts[0]?.type === "ArithmeticExpansion") return true;
  if (parts?.length === 1 && parts[0]?.type === "BraceExpansion") return RANGE.test(parts[0].text);
  const piece = pieceOf(word);
  return isKnown(piece) && NUMBER.test(piece);
}

/**
 * The variables of a command. Where Bash computes, it reads the text of a variable as an expression, and one like
 * `a[$(rm x)]` runs programs. So a variable may stand there only if all that the command gives it are numbers.
 */
export class Variables {
  readonly #texts = new Set<string>();
  readonly #computed = new Set<string>();
  #risky = false;

  set({ name, number }: Setting): void {
    this.#risky ||= RISKY.test(name);
    if (!number) this.#texts.add(name);
  }

  /** Notes the variables in a text that Bash computes. Returns false when the text says too little. */
  compute(text: string): boolean {
    // What is left after lengths and plain expansions must be names, digits and signs.
    const plain = text
      .replace(/\$(?:\{#\w+(?:\[[@*]\])?\}|[#?$!])/gu, " ")
      .replace(/\$(?:\{(\w+)\}|(\w+))/gu, " $1$2 ");
    if (/["'`$\\{}]/u.test(plain)) return false;
    for (const [name] of plain.matchAll(IDENTIFIER)) {
      this.#risky ||= RISKY.test(name);
      this.#computed.add(name);
    }
    // A positional parameter is whatever the caller gave.
    return !/\$\{?[1-9]/u.test(text);
  }

  /** Notes the variables of an expression, as {@link compute} does. */
  computeAll(expression: ArithmeticExpression | undefined): boolean {
    switch (expression?.type) {
      case undefined:
        return true;
      case "ArithmeticBinary":
        return this.#each(expression.left, expression.right);
      case "ArithmeticUnary":
        return this.#each(expression.operand);
      case "ArithmeticTernary":
        return this.#each(expression.test, expression.consequent, expression.alternate);
      case "ArithmeticGroup":
        return this.#each(expression.expression);
      case "ArithmeticWord":
        return this.compute(expression.value);
      case "ArithmeticCommandExpansion":
        return false;
    }
  }

  #each(...expressions: readonly ArithmeticExpression[]): boolean {
    return expressions.map((each) => this.computeAll(each)).every(Boolean);
  }

  /** True when a variable chooses programs, or one that may hold any text is computed with. */
  get unsafe(): boolean {
    return this.#risky || [...this.#computed].some((name) => this.#texts.has(name));
  }
}
