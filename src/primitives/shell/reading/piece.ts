// Pieces: the words of a command, as far as its text tells them before it runs.
import type { DoubleQuotedChild, Word, WordPart } from "unbash";
import type { Words } from "../../../abi/resource.ts";

/** One word that only the run tells. */
export const ONE = Symbol("one word");
/** Any number of words that only the run tells. */
export const MANY = Symbol("any number of words");

/** A word of a command: its text without quotation marks, or how much of it is unknown. */
export type Piece = string | typeof ONE | typeof MANY;

export function isKnown(piece: Piece | undefined): piece is string {
  return typeof piece === "string";
}

/** The words as a rule compares them. */
export function wordsOf(pieces: readonly Piece[]): Words {
  return pieces.map((piece) => (isKnown(piece) ? piece : null));
}

/** True for text inside double quotation marks that stays one word: all but the lists `$@` and `${a[@]}`. */
function staysOne(part: DoubleQuotedChild): boolean {
  if (part.type === "SimpleExpansion") return part.text !== "$@";
  return part.type !== "ParameterExpansion" || (part.prefix === undefined && !part.text.includes("@"));
}

function pieceOfPart(part: WordPart): Piece {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
      return part.value;
    case "AnsiCQuoted":
      // Bash ends such a text at a NUL, and its bytes above ASCII depend on the language.
      return /^[\n\t -~]*$/u.test(part.value) ? part.value : ONE;
    case "DoubleQuoted":
      if (part.parts.every((child) => child.type === "Literal"))
        return part.parts.map((child) => child.value).join("");
      return part.parts.every(staysOne) ? ONE : MANY;
    case "LocaleString":
      return ONE;
    case "SimpleExpansion":
      return /^\$[?#$!]$/u.test(part.text) ? ONE : MANY;
    default:
      return MANY;
  }
}

/** A line that goes on inside a word: signs that mean something beside others may stand apart in the text. */
const PARTED = /\\\n/u;
const SIGN = /[$~{}*?[\]`<>]/u;

/** A word of the parser as a piece. A home folder, a pattern and a list in braces are not known. */
export function pieceOf(word: Word): Piece {
  if (word.text.startsWith("~")) return ONE;
  if (PARTED.test(word.text) && SIGN.test(word.text)) return MANY;
  if (word.parts === undefined) return word.value;
  const pieces = word.parts.map(pieceOfPart);
  if (pieces.every(isKnown)) return pieces.join("");
  return pieces.includes(MANY) ? MANY : ONE;
}
