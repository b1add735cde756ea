// Streams: a text that arrives in pieces, given out with its secrets left out, also those that lie across two pieces.
import { Finder, type Hit } from "../record/finder.ts";
import { NAME_WORDS } from "../record/names.ts";
import type { Redactor } from "../record/redact.ts";

/** A piece is taken in parts of so many characters. */
const PART = 16 * 1024;
/** The most characters that are held back. A word or a key that is longer loses its middle. */
const HELD_MOST = 64 * 1024;
/** How many characters of a long line stay as context for what comes. */
const CONTEXT = 4096;
/** A name with its value, and what is looked at behind them, is at most so long. */
const NAMED_MOST = 4700;

/** A text without its secrets, as it arrives. */
export class RedactedStream {
  readonly #redactor: Redactor;
  /** The newest text: what is held back, and the lines before it that tell what it is. */
  #text = "";
  /** How much of that was given out, and as what. */
  #given: { readonly to: number; readonly as: string } = { to: 0, as: "" };
  /** True while the rest of a line is left out. */
  #skips = false;
  /** The text that was left out because it was too long to be held. */
  #lost = 0;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** How many bytes were left out because they could not be held. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes a piece, and gives out what can be no part of a secret any more. */
  push(piece: string): string {
    let out = "";
    for (let at = 0; at < piece.length; at += PART) {
      this.#text += this.#unskipped(piece.slice(at, at + PART));
      out += this.#give(openAt(this.#text, this.#redactor));
      if (this.#text.length - this.#given.to > HELD_MOST) this.#shorten();
    }
    return out;
  }

  /** Gives out the rest. */
  end(): string {
    return this.#give(this.#text.length);
  }

  #give(to: number): string {
    if (to <= this.#given.to) return "";
    const next = this.#redactor.text(this.#text.slice(0, to));
    // A secret that begins before `to` and ends behind it is given out as a whole, later.
    if (!this.#redactor.text(this.#text).startsWith(next)) return "";
    const out = next.slice(alike(next, this.#given.as));
    this.#given = { to, as: next };
    this.#forget();
    return out;
  }

  /** Forgets the text that no longer tells anything about what comes: all before the last two lines. */
  #forget(): void {
    const { to, as } = this.#given;
    const line = this.#text.lastIndexOf("\n", to - 1);
    const from = Math.max(line <= 0 ? 0 : this.#text.lastIndexOf("\n", line - 1) + 1, to - CONTEXT);
    if (from <= 0) return;
    const rest = this.#redactor.text(this.#text.slice(from, to));
    const isSeam = this.#redactor.text(this.#text.slice(0, from)) + rest === as;
    if (!isSeam && to < 4 * CONTEXT) return;
    this.#text = this.#text.slice(from);
    this.#given = { to: to - from, as: rest };
  }

  /** Takes the middle out of what is held back. If no secret can be kept whole by that, all of it goes. */
  #shorten(): void {
    const { to } = this.#given;
    const whole = this.#redactor.text(this.#text);
    const [near, far] = [to + CONTEXT, this.#text.length - CONTEXT];
    // One long secret is left out as a whole, also without its middle.
    const isOne = this.#redactor.text(this.#text.slice(0, near) + this.#text.slice(far)) === whole;
    const from = isOne ? near : this.#seam(near, whole);
    const till = isOne ? far : this.#seam(far, whole);
    this.#skips = from === undefined || till === undefined;
    const [head, tail] = this.#skips ? [to, this.#text.length] : [from, till];
    this.#lost += sizeOf(this.#text.slice(head, tail));
    this.#text = this.#text.slice(0, head) + this.#text.slice(tail);
  }

  /** A place near `at` where no secret lies across; undefined when none is found. */
  #seam(at: number, whole: string): number | undefined {
    for (let seam = at; seam > at - 500; seam -= 61) {
      const [before, after] = [this.#text.slice(0, seam), this.#text.slice(seam)];
      if (this.#redactor.text(before) + this.#redactor.text(after) === whole) return seam;
    }
    return undefined;
  }

  #unskipped(part: string): string {
    if (!this.#skips) return part;
    const end = part.indexOf("\n");
    this.#skips = end < 0;
    const kept = end < 0 ? "" : part.slice(end);
    this.#lost += sizeOf(part.slice(0, part.length - kept.length));
    return kept;
  }
}

const encoder = new TextEncoder();

function sizeOf(text: string): number {
  return encoder.encode(text).length;
}

/** How many characters two texts have in common at their beginning. */
function alike(a: string, b: string): number {
  if (a.startsWith(b)) return b.length;
  let at = 0;
  while (at < b.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/**
 * The place from which a text may yet become a secret, as it goes on. Most secrets are one word; the others begin with a
 * word that tells them.
 */
function openAt(text: string, redactor: Redactor): number {
  const line = text.lastIndexOf("\n") + 1;
  let open = text.length;
  while (open > 0 && !/\s/u.test(text.charAt(open - 1))) open--;
  return Math.min(open, nameAt(text, line), keyAt(text), redactor.openAt(text, line));
}

const NAMES = new Finder(NAME_WORDS.map((word) => [word, true] as const));
/** Behind a word of a name: prose, in which no value can follow. */
const PROSE = /[A-Za-z0-9_-]{0,40}(?:[.;!?)]|,?[ \t]{1,4}(?!v(?:a(?:l(?:ue?)?)?)?$|value)[A-Za-z(])/iy;
/** Behind a name at the end of a line: a value may follow in the next one. */
const VALUE_NEXT = /[A-Za-z0-9_-]{0,40}["']?,?\s{1,40}\\{0,3}["']?(?:v(?:a(?:lu?)?)?|value[^\n]*)?$/iy;

/** Where a name begins whose value may not be complete; the end of the text when there is none. */
function nameAt(text: string, line: number): number {
  const above = line < 2 ? 0 : text.lastIndexOf("\n", line - 2) + 1;
  const first = Math.max(above, text.length - NAMED_MOST);
  for (let hit = NAMES.next(text, first); hit !== undefined; hit = NAMES.next(text, hit.at + 1))
    if (isOpen(text, hit, line)) return hit.at;
  return text.length;
}

function isOpen(text: string, { at, found: [{ end }] }: Hit<true>, line: number): boolean {
  const pattern = at < line ? VALUE_NEXT : PROSE;
  pattern.lastIndex = end;
  const fits = pattern.test(text);
  const isOption = /--[\w.$-]*$/u.test(text.slice(Math.max(0, at - 64), at));
  return at < line ? fits : !fits || isOption;
}

/** Where a private key begins that has not ended; the end of the text when there is none. */
function keyAt(text: string): number {
  const pem = text.lastIndexOf("-----BEGIN ");
  const isPrivate = /^-----BEGIN [A-Z0-9 ]{0,40}(?:$|PRIVATE KEY)/u.test(text.slice(pem, pem + 80));
  if (pem >= 0 && isPrivate && !/-----END [^\n]*-----/u.test(text.slice(pem))) return pem;
  const putty = text.lastIndexOf("Private-Lines:");
  return putty >= 0 && !text.includes("Private-MAC", putty) ? putty : text.length;
}
