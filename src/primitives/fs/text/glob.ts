// Glob patterns over paths: `*`, `?`, `[a-z]`, `{a,b}` in a name, `**` for any folders; no pattern takes long.
// A name with brackets or braces also matches itself, and a back-slash before a sign takes it literally. It means what
// picomatch means, which a test compares. Libraries make regular expressions that backtrack: five stars and one name of
// 250 letters take picomatch a minute, and they read the folder `(auth)` as a group.
import { fault, isFault, type Fault } from "../../../abi/errors.ts";

/** The longest pattern, and the longest sum of its alternatives once every `{a,b}` is spelled out, in characters. */
const MAX_LENGTH = 512;
const MAX_SPELLED = 4096;
const MAX_ALTERNATIVES = 128;
/** The most names that one alternative joins by `/`. */
const MAX_PARTS = 64;
/**
 * The most steps of one pattern over all names it is given. A plain pattern takes about 30 a name, so the 50,000 names
 * of a walk stay far below; the steps that this allows take about one second.
 */
export const MAX_STEPS = 100_000_000;

/** One name of a pattern: one piece for each character, class or wildcard. `cost` is in steps. */
type Piece =
  | { readonly kind: "any" }
  | { readonly kind: "star" }
  | { readonly kind: "one"; readonly cost: number; readonly test: (c: string) => boolean };
type Segment = "**" | { readonly pieces: readonly Piece[]; readonly plain: string };

/** Signs of the grammar. A sign that is taken literally stands in a pattern as half a character, which no name has. */
const SIGNS = /[[\]{}*?!\\]/gu;
const TAKEN = 0xdc00;
const take = (sign: string): string => String.fromCharCode(TAKEN + sign.charCodeAt(0));
const untaken = (text: string): string =>
  text.replace(/[\udc00-\udc7f]/gu, (c) => String.fromCharCode(c.charCodeAt(0) - TAKEN));

/** A text as a pattern that matches that text alone. */
export function literalPattern(text: string): string {
  return text.replace(SIGNS, "\\$&");
}

/** True when a pattern has a sign that stands for other characters. */
export function hasSigns(pattern: string): boolean {
  return pattern.search(/[[\]{}*?\\]/u) >= 0;
}

/** A pattern with each escaped sign taken literally. Back-slashes before names are separators, as on Windows. */
function takeEscaped(pattern: string): string {
  if (/\\[\p{L}\p{N}._]/u.test(pattern)) return pattern.replaceAll("\\", "/");
  return pattern.replace(/\\([[\]{}*?!\\])/gu, (_, sign: string) => take(sign)).replaceAll("\\", "/");
}

/** Spells out `{a,b}`; nested ones too. Undefined when there would be too many or a brace stays open. */
function alternatives(pattern: string): string[] | undefined {
  const done: string[] = [];
  const open = [pattern];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    if (done.length + open.length > MAX_ALTERNATIVES) return undefined;
    const inner = /\{([^{}]*)\}/u.exec(text);
    if (inner === null) {
      if (/[{}]/u.test(text)) return undefined;
      done.push(text);
      continue;
    }
    const [whole, choices = ""] = inner;
    for (const choice of choices.split(","))
      open.push(text.slice(0, inner.index) + choice + text.slice(inner.index + whole.length));
  }
  return done;
}

/** `[abc]`, `[a-z]`, `[!x]`; undefined when it never closes. */
function characterClass(
  text: string,
  at: number,
): { cost: number; test: (c: string) => boolean; end: number } | undefined {
  const end = text.indexOf("]", at + 2);
  if (end < 0) return undefined;
  const negated = text[at + 1] === "!" || text[at + 1] === "^";
  const body = [...untaken(text.slice(at + (negated ? 2 : 1), end))];
  const ranges: [string, string][] = [];
  for (let i = 0; i < body.length; i++) {
    const from = body[i] ?? "";
    if (body[i + 1] === "-" && body[i + 2] !== undefined) ranges.push([from, body[(i += 2)] ?? from]);
    else ranges.push([from, from]);
  }
  const test = (c: string): boolean => ranges.some(([a, b]) => c >= a && c <= b) !== negated;
  return { cost: ranges.length, test, end };
}

function segmentOf(text: string): Segment | undefined {
  if (text === "**") return "**";
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length;) {
    const raw = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const c = untaken(raw);
    at += raw.length;
    if (c !== raw) {
      pieces.push({ kind: "one", cost: 1, test: (d) => d === c });
      continue;
    }
    if (c === "*") {
      if (pieces.at(-1)?.kind !== "star") pieces.push({ kind: "star" });
    } else if (c === "?") pieces.push({ kind: "any" });
    else if (c === "[") {
      const found = characterClass(text, at - 1);
      if (found === undefined) return undefined;
      pieces.push({ kind: "one", cost: found.cost, test: found.test });
      at = found.end + 1;
    } else pieces.push({ kind: "one", cost: 1, test: (d) => d === c });
  }
  return { pieces, plain: untaken(text) };
}

/**
 * Matches one name against one segment, and says how many steps that took. On a mismatch only the last star grows, so
 * the steps are bounded by the product.
 */
function matchName(pieces: readonly Piece[], name: readonly string[]): { hit: boolean; steps: number } {
  let p = 0;
  let star = -1;
  let mark = 0;
  let steps = 0;
  for (let n = 0; n < name.length;) {
    const piece = pieces[p];
    steps += piece?.kind === "one" ? piece.cost : 1;
    if (piece?.kind === "star") {
      star = p++;
      mark = n;
    } else if (piece !== undefined && (piece.kind === "any" || piece.test(name[n] ?? ""))) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++mark;
    } else return { hit: false, steps };
  }
  return { hit: pieces.slice(p).every((piece) => piece.kind === "star"), steps };
}

/** The positions of an alternative that the names so far can have reached. */
type Reached = ReadonlySet<number>;

function spread(segments: readonly Segment[], reached: Set<number>): Reached {
  for (const at of reached) if (segments[at] === "**") reached.add(at + 1);
  return reached;
}

/**
 * A compiled pattern: a test on the names below the searched folder. It remembers what the folders of the last path
 * reached, so a walk pays for each name once. It gives up after {@link MAX_STEPS}.
 */
export class Glob {
  readonly #alternatives: readonly (readonly Segment[])[];
  /** The last path, and after each number of its names, what every alternative has reached. */
  readonly #names: string[] = [];
  readonly #reached: (readonly Reached[])[];
  /** How many steps it has taken so far. */
  steps = 0;

  constructor(alternatives: readonly (readonly Segment[])[]) {
    this.#alternatives = alternatives;
    this.#reached = [alternatives.map((segments) => spread(segments, new Set([0])))];
  }

  /** True once the pattern has taken all its steps; from then on nothing matches. */
  get exhausted(): boolean {
    return this.steps > MAX_STEPS;
  }

  /** True when the whole path matches. */
  matches(names: readonly string[]): boolean {
    let depth = 0;
    while (depth < names.length && this.#names[depth] === names[depth]) depth++;
    this.#names.length = depth;
    this.#reached.length = depth + 1;
    for (const name of names.slice(depth)) {
      if (this.exhausted) return false;
      this.#reached.push(this.#step(name, this.#reached.at(-1) ?? []));
      this.#names.push(name);
    }
    const last = this.#reached.at(-1) ?? [];
    return this.#alternatives.some((segments, i) => last[i]?.has(segments.length) === true);
  }

  #step(name: string, before: readonly Reached[]): readonly Reached[] {
    const composed = name.normalize("NFC");
    const characters = [...composed];
    return this.#alternatives.map((segments, i) => {
      const next = new Set<number>();
      for (const at of before[i] ?? []) {
        const segment = segments[at];
        this.steps += 1;
        if (segment === "**") next.add(at);
        else if (segment !== undefined) {
          const { hit, steps } = matchName(segment.pieces, characters);
          this.steps += steps;
          if (hit || segment.plain === composed) next.add(at + 1);
        }
      }
      return spread(segments, next);
    });
  }
}

/** A pattern by its alternatives; a fault that says which bound or sign is wrong. */
function segmentsOf(pattern: string): Segment[][] | Fault {
  const malformed = (why: string): Fault =>
    fault("EINVAL", `The pattern ${why}.`, "For example src/**/*.ts or *.{md,txt}.");
  if (pattern === "" || pattern.length > MAX_LENGTH)
    return malformed(`must have 1 to ${MAX_LENGTH} characters`);
  if (!pattern.isWellFormed()) return malformed("has half a character in it");
  const taken = takeEscaped(pattern.normalize("NFC")).replace(/^(?:\.?\/)+/u, "");
  const spelled = alternatives(taken);
  if (spelled === undefined || spelled.join("").length > MAX_SPELLED)
    return malformed("has a brace that does not close, or too many alternatives");
  // A name with braces matches itself, too.
  const isPlain = (name: string): boolean => !/[{}]/u.test(name) || !/[*?]/u.test(name);
  if (spelled.length > 1 && taken.split("/").every(isPlain)) spelled.push(taken.replace(/[{}]/gu, take));
  const compiled: Segment[][] = [];
  for (const text of spelled) {
    const named = text.split("/").filter((s) => s !== "" && s !== ".");
    // Several `**` beside each other say no more than one.
    const parts = named.filter((s, i) => s !== "**" || named[i - 1] !== "**");
    if (parts.length > MAX_PARTS) return malformed(`joins more than ${MAX_PARTS} names`);
    const segments = parts.map(segmentOf).filter((s) => s !== undefined);
    if (segments.length !== parts.length) return malformed('has a "[" that does not close');
    compiled.push(text.includes("/") ? segments : ["**", ...segments]);
  }
  return compiled;
}

/**
 * Compiles a pattern, or several of which one must match; EINVAL says which bound or sign is wrong. A pattern without a
 * `/` matches the last name alone, at any depth.
 */
export function compileGlob(...patterns: readonly string[]): Glob | Fault {
  const compiled: Segment[][] = [];
  for (const pattern of patterns) {
    const segments = segmentsOf(pattern);
    if (isFault(segments)) return segments;
    for (const one of segments) compiled.push(one);
  }
  return new Glob(compiled);
}
