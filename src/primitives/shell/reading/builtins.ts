// Builtins: the commands of Bash itself that change how later words are understood, and what each must look like.
import { isKnown, MANY, ONE, type Piece } from "./piece.ts";
import { settingOf, type Setting } from "./variables.ts";

/** The effect of a builtin on its shell; undefined when it cannot be told. */
export type Change = readonly Setting[] | undefined;

const NOTHING: Change = [];

/** The builtins whose words may be assignments. */
export const DECLARING: ReadonlySet<Piece | undefined> = new Set([
  "export",
  "declare",
  "typeset",
  "local",
  "readonly",
]);

/** The builtins after which another folder is the working directory. */
export const MOVING: ReadonlySet<Piece | undefined> = new Set(["cd", "pushd", "popd"]);

/** Every word must be an option of these letters, or name a variable. Its value may be any text. */
function names(args: readonly Piece[], options: RegExp): Change {
  const set: Setting[] = [];
  for (const arg of args) {
    if (!isKnown(arg)) return undefined;
    if (options.test(arg)) continue;
    const setting = settingOf(arg);
    if (setting === undefined) return undefined;
    set.push(setting);
  }
  return set;
}

/** `read`, `mapfile`: words that cannot be names are values of options; an index in one would be computed. */
function reads(args: readonly Piece[]): Change {
  if (!args.every(isKnown) || args.some((arg) => arg.includes("[") || /^-\w*C/u.test(arg))) return undefined;
  return args.flatMap((arg) => settingOf(arg) ?? []).map(({ name }) => ({ name, number: false }));
}

/** `test`: `-v` computes an index in a name, so no word after what may be `-v` may hold one. */
function tests(args: readonly Piece[]): Change {
  if (args.includes(MANY)) return undefined;
  const mayIndex = (arg: Piece | undefined): boolean => arg === ONE || (isKnown(arg) && arg.includes("["));
  const mayNameOne = (arg: Piece): boolean => arg === ONE || arg === "-v" || arg === "-R";
  return args.some((arg, i) => mayNameOne(arg) && mayIndex(args[i + 1])) ? undefined : NOTHING;
}

function prints(args: readonly Piece[]): Change {
  const [first, name] = args;
  if (first === "-v") return isKnown(name) ? reads([name]) : undefined;
  if (isKnown(first)) return first.startsWith("-v") ? undefined : NOTHING;
  // An unknown first word may be `-v`.
  return args.slice(1).every((arg) => isKnown(arg) && !arg.includes("[")) && first !== MANY
    ? NOTHING
    : undefined;
}

const LETTERS_OF_SET = /^[-+][abefhmuvxBCET]*o?$/u;
const NAMES_OF_SET =
  /^(?:errexit|nounset|pipefail|noglob|xtrace|verbose|noclobber|allexport|errtrace|functrace)$/u;

function sets(args: readonly Piece[]): Change {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at];
    if (!isKnown(arg)) return undefined;
    if (arg === "--" || !/^[-+]/u.test(arg)) return NOTHING;
    if (!LETTERS_OF_SET.test(arg)) return undefined;
    const name = args[at + 1];
    if (!arg.endsWith("o") || name === undefined) continue;
    if (!isKnown(name) || !NAMES_OF_SET.test(name)) return undefined;
    at += 1;
  }
  return NOTHING;
}

function waits(args: readonly Piece[]): Change {
  const unsure = (arg: Piece): boolean => arg === MANY || (isKnown(arg) && /^-\w*p|\[/u.test(arg));
  return args.some(unsure) ? undefined : NOTHING;
}

function options(args: readonly Piece[]): Change {
  return args.length >= 2 && isKnown(args[1]) ? reads([args[1]]) : undefined;
}

/** Only with these words, if any, a builtin does nothing but tell something. */
const only =
  (words: RegExp) =>
  (args: readonly Piece[]): Change =>
    args.every((arg) => isKnown(arg) && words.test(arg)) ? NOTHING : undefined;

const exports = (args: readonly Piece[]): Change => names(args, /^(?:-[fnpaA]+|--|-)$/u);
// `-i` would compute later values, and `-n` makes a name stand for another one.
const declares = (args: readonly Piece[]): Change => names(args, /^(?:-[fFpgrxaAlut]+|--)$/u);

const BUILTINS: ReadonlyMap<string, (args: readonly Piece[]) => Change> = new Map([
  ["export", exports],
  ["readonly", exports],
  ["declare", declares],
  ["typeset", declares],
  ["local", declares],
  ["read", reads],
  ["mapfile", reads],
  ["readarray", reads],
  ["unset", (args) => names(args, /^-[fv]$/u)],
  ["getopts", options],
  ["printf", prints],
  ["test", tests],
  ["[", tests],
  ["set", sets],
  ["wait", waits],
  ["jobs", only(/^-[lnprs]+$/u)],
  ["hash", only(/^-r$/u)],
]);

/** The effect of a command on its shell. Only builtins have one. */
export function changeOf(program: string, args: readonly Piece[]): Change {
  const change = BUILTINS.get(program);
  return change === undefined ? NOTHING : change(args);
}
