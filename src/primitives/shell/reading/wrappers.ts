// Wrappers: programs that start the program named in their words, and how to find it there.
import { isKnown, MANY, ONE, type Piece } from "./piece.ts";

/** The options of a wrapper. One that is not listed makes the whole command unknown. */
interface Wrapper {
  /** The letters of options without a value. */
  readonly flags?: string;
  /** The letters of options with a value. */
  readonly valued?: string;
  /** The letters of options with which it starts nothing and only tells something. */
  readonly tells?: string;
  /** Long options without a value, and those that end in `=` with one. */
  readonly long?: readonly string[];
  /** How many words stand before the program. */
  readonly operands?: number;
  /** True when words with `=` before the program set variables. */
  readonly sets?: true;
}

const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ["builtin", {}],
  ["busybox", {}],
  ["chroot", { operands: 1 }],
  ["command", { flags: "p", tells: "vV" }],
  ["doas", { flags: "n", valued: "u" }],
  ["env", { flags: "i0v", valued: "u", long: ["ignore-environment", "null", "debug", "unset="], sets: true }],
  ["exec", { flags: "cl", valued: "a" }],
  ["ionice", { flags: "t", valued: "cn", long: ["ignore", "class=", "classdata="] }],
  ["nice", { flags: "0123456789", valued: "n", long: ["adjustment="] }],
  ["nohup", {}],
  ["setsid", { flags: "cfw", long: ["ctty", "fork", "wait"] }],
  ["stdbuf", { valued: "ioe", long: ["input=", "output=", "error="] }],
  [
    "sudo",
    {
      ...{ flags: "AbEHknPS", valued: "CghprTtuU", sets: true },
      long: ["non-interactive", "preserve-env", "set-home", "stdin", "user=", "group=", "preserve-env="],
    },
  ],
  ["time", { flags: "apqv", valued: "fo" }],
  [
    "timeout",
    {
      ...{ flags: "fpv", valued: "ks", operands: 1 },
      long: ["foreground", "preserve-status", "verbose", "kill-after=", "signal="],
    },
  ],
  ["toybox", {}],
  [
    "xargs",
    {
      ...{ flags: "0rtpxo", valued: "adEILnPs" },
      long: [
        ...["null", "no-run-if-empty", "verbose", "interactive", "exit", "open-tty"],
        ...["arg-file=", "delimiter=", "max-args=", "max-procs=", "max-chars=", "max-lines="],
      ],
    },
  ],
]);

/** The program that a wrapper starts, with its words, and the variables that it sets. */
export interface Wrapped {
  readonly pieces: readonly Piece[];
  readonly sets: readonly string[];
}

/** The options of a command, with where its other words begin. */
interface Options {
  readonly end: number;
  readonly values: ReadonlyMap<string, Piece>;
  readonly letters: string;
}

/** Reads the options at the start of these words; undefined when one is unknown, or may be one. */
function readOptions(
  args: readonly Piece[],
  { flags = "", valued = "", long = [] }: Wrapper,
): Options | undefined {
  const values = new Map<string, Piece>();
  let letters = "";
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at];
    if (!isKnown(arg)) return undefined;
    if (!arg.startsWith("-")) break;
    if (arg === "--") return { end: at + 1, values, letters };
    if (arg === "-") return undefined;
    if (arg.startsWith("--")) {
      const [name = "", value] = arg.slice(2).split(/=(.*)/su);
      if (value === undefined ? long.includes(name) : long.includes(`${name}=`)) continue;
      if (!long.includes(`${name}=`)) return undefined;
      at += 1;
      if (args[at] === undefined || args[at] === MANY) return undefined;
      continue;
    }
    for (let i = 1; i < arg.length; i++) {
      const letter = arg.charAt(i);
      letters += letter;
      if (flags.includes(letter)) continue;
      if (!valued.includes(letter)) return undefined;
      const value = i + 1 < arg.length ? arg.slice(i + 1) : args[++at];
      if (value === undefined || value === MANY) return undefined;
      values.set(letter, value);
      break;
    }
  }
  return { end: at, values, letters };
}

/** True for a program that starts the one in its words. */
export function isWrapper(program: string): boolean {
  return WRAPPERS.has(program);
}

/** The program that a wrapper starts; undefined when that cannot be told. There may be none: `command -v`, `exec`. */
export function unwrap(program: string, args: readonly Piece[]): Wrapped | undefined {
  const wrapper = WRAPPERS.get(program);
  if (wrapper === undefined) return undefined;
  const { flags = "", tells = "", operands = 0 } = wrapper;
  const options = readOptions(args, { ...wrapper, flags: flags + tells });
  if (options === undefined) return undefined;
  const sets: string[] = [];
  if ([...tells].some((letter) => options.letters.includes(letter))) return { pieces: [], sets };
  let { end } = options;
  for (; wrapper.sets === true; end++) {
    const arg = args[end];
    if (!isKnown(arg) || !arg.includes("=")) break;
    sets.push(arg);
  }
  if (args.slice(end, end + operands).includes(MANY)) return undefined;
  const pieces = args.slice(end + operands);
  return { pieces: program === "xargs" ? withInput(pieces, options) : pieces, sets };
}

/** The words of a program that `xargs` starts: its input stands in the place of a mark, and may stand at their end. */
function withInput(pieces: readonly Piece[], { values }: Options): readonly Piece[] {
  if (pieces.length === 0) return [];
  const mark = values.get("I") ?? ONE;
  const marked = (piece: Piece): boolean => isKnown(piece) && isKnown(mark) && piece.includes(mark);
  const hides = values.has("I") && !isKnown(mark);
  return [...pieces.map((piece) => (hides || marked(piece) ? ONE : piece)), MANY];
}

/** The options of a shell before its text. An interactive one would read more than the text. */
const SHELL: Wrapper = { flags: "abcefhmnpuvxBCEPTl", valued: "o", long: ["norc", "noprofile", "login"] };

/** The text that a shell runs because of its words; undefined when it comes from elsewhere, or cannot be told. */
export function textOfShell(args: readonly Piece[]): string | undefined {
  const options = readOptions(args, SHELL);
  const text = options === undefined ? undefined : args[options.end];
  // A word with `+` is an option, too.
  const given = options?.letters.includes("c") === true && isKnown(text) && !text.startsWith("+");
  return given ? text : undefined;
}

/** Tests of `find` with a value, which is never a test itself. */
const FIND_VALUED =
  /^-(?:i?name|i?path|i?wholename|i?lname|i?regex|regextype|newer(?:[aBcm][aBcmt])?|[acm](?:min|time)|anewer|cnewer|type|xtype|size|perm|user|group|uid|gid|links|inum|samefile|fstype|used|context|m(?:ax|in)depth|printf|fprint0?|fls|files0-from|D)$/u;

const FIND_STARTS = new Set<Piece>(["-exec", "-execdir", "-ok", "-okdir"]);

/** The programs that `find` starts, with their words; undefined when that cannot be told. */
export function startsOfFind(args: readonly Piece[]): readonly (readonly Piece[])[] | undefined {
  const starts: (readonly Piece[])[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at];
    if (!isKnown(arg)) {
      const next = args[at + 1];
      if (at > 0 || arg === MANY || (next !== undefined && !(isKnown(next) && next.startsWith("-"))))
        return undefined;
      continue;
    }
    const values = FIND_VALUED.test(arg) ? 1 : arg === "-fprintf" ? 2 : 0;
    if (args.slice(at + 1, at + 1 + values).includes(MANY)) return undefined;
    at += values;
    if (FIND_STARTS.has(arg)) {
      const from = at + 1;
      while (at < args.length && args[at] !== ";" && !(args[at] === "+" && args[at - 1] === "{}")) at += 1;
      const pieces = args.slice(from, at);
      if (at === args.length || !pieces.every(isKnown)) return undefined;
      starts.push(pieces.map((piece) => (piece.includes("{}") ? ONE : piece)));
    }
  }
  return starts;
}
