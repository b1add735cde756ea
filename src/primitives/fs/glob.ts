// Glob patterns over paths: `*`, `?`, `[a-z]`, `{a,b}` in a name, `**` for any folders; no pattern takes long.
import { fault, type Fault } from "../../abi/errors.ts";

const MAX_LENGTH = 512;
const MAX_ALTERNATIVES = 128;

/** One name of a pattern: one piece for each character, class or wildcard. */
type Piece =
  | { readonly kind: "any" }
  | { readonly kind: "star" }
  | { readonly kind: "one"; readonly test: (c: string) => boolean };
type Segment = "**" | readonly Piece[];

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
function characterClass(text: string, at: number): { test: (c: string) => boolean; end: number } | undefined {
  const end = text.indexOf("]", at + 2);
  if (end < 0) return undefined;
  const negated = text[at + 1] === "!" || text[at + 1] === "^";
  const body = [...text.slice(at + (negated ? 2 : 1), end)];
  const ranges: [string, string][] = [];
  for (let i = 0; i < body.length; i++) {
    const from = body[i] ?? "";
    if (body[i + 1] === "-" && body[i + 2] !== undefined) ranges.push([from, body[(i += 2)] ?? from]);
    else ranges.push([from, from]);
  }
  return { test: (c) => ranges.some(([a, b]) => c >= a && c <= b) !== negated, end };
}

function segmentOf(text: string): Segment | undefined {
  if (text === "**") return "**";
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length;) {
    const c = String.fromCodePoint(text.codePointAt(at) ?? 0);
    at += c.length;
    if (c === "*") {
      if (pieces.at(-1)?.kind !== "star") pieces.push({ kind: "star" });
    } else if (c === "?") pieces.push({ kind: "any" });
    else if (c === "[") {
      const found = characterClass(text, at - 1);
      if (found === undefined) return undefined;
      pieces.push({ kind: "one", test: found.test });
      at = found.end + 1;
    } else pieces.push({ kind: "one", test: (d) => d === c });
  }
  return pieces;
}

/**
 * Matches one name against one segment. On a mismatch only the last star grows, so the time is bounded by the
 * product.
 */
function matchName(pieces: readonly Piece[], name: readonly string[]): boolean {
  let p = 0;
  let star = -1;
  let mark = 0;
  for (let n = 0; n < name.length;) {
    const piece = pieces[p];
    if (piece?.kind === "star") {
      star = p++;
      mark = n;
    } else if (piece !== undefined && (piece.kind === "any" || piece.test(name[n] ?? ""))) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++mark;
    } else return false;
  }
  return pieces.slice(p).every((piece) => piece.kind === "star");
}

/** Matches whole paths: it keeps the set of pattern positions that the names so far can have reached. */
function matchPath(segments: readonly Segment[], names: readonly (readonly string[])[]): boolean {
  const spread = (reached: Set<number>): Set<number> => {
    for (const at of reached) if (segments[at] === "**") reached.add(at + 1);
    return reached;
  };
  let reached = spread(new Set([0]));
  for (const name of names) {
    const next = new Set<number>();
    for (const at of reached) {
      const segment = segments[at];
      if (segment === "**") next.add(at);
      else if (segment !== undefined && matchName(segment, name)) next.add(at + 1);
    }
    reached = spread(next);
  }
  return reached.has(segments.length);
}

/**
 * Compiles a pattern to a test on the names below the searched folder. A pattern without a `/` matches the
 * last name alone, at any depth.
 */
export function compileGlob(pattern: string): ((names: readonly string[]) => boolean) | Fault {
  const malformed = (why: string): Fault =>
    fault("EINVAL", `The pattern ${why}.`, "For example src/**/*.ts or *.{md,txt}.");
  if (pattern === "" || pattern.length > MAX_LENGTH)
    return malformed(`must have 1 to ${MAX_LENGTH} characters`);
  const spelled = alternatives(pattern.replace(/^(?:\.?\/)+/u, ""));
  if (spelled === undefined) return malformed("has a brace that does not close, or too many alternatives");
  const compiled: Segment[][] = [];
  for (const text of spelled) {
    const parts = text.split("/").filter((s) => s !== "" && s !== ".");
    const segments = parts.map(segmentOf).filter((s) => s !== undefined);
    if (segments.length !== parts.length) return malformed('has a "[" that does not close');
    compiled.push(text.includes("/") ? segments : ["**", ...segments]);
  }
  return (names) => {
    const characters = names.map((n) => [...n]);
    return compiled.some((segments) => matchPath(segments, characters));
  };
}
