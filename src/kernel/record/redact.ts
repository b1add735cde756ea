// Redaction: removes secrets from any JSON value by key name, by spelling, and by values known at run time.
import { recordData, type RecordData, type RecordKind } from "../../abi/record.ts";
import { Finder } from "./finder.ts";
import { labelOf, NAME_WORDS, namedValueAt, type NamedValue } from "./names.ts";
import { SPELLINGS, type Spelling } from "./prefixes.ts";
import { KnownValues } from "./values.ts";

/** The result of a redaction. `value` is a private deep copy, equal to what parsing its JSON would give. */
export interface Redacted {
  readonly value: unknown;
  readonly changed: boolean;
}

/** The most values of secret files that are kept out of one record. The first ones stay. */
export const MOST_VALUES = 500;

/** The text that the record keeps in the place of a secret. */
export const SECRET = "[redacted:secret]";
const REDACTED_TEXT = /^\[redacted:[a-z-]+\]$/u;

/** Where a secret may be: the kind whose anchor stands there, or a word of a name that goes with a secret. */
const ANCHORS = new Finder<readonly Spelling[] | "name">([
  ...Array.from(
    Map.groupBy(
      SPELLINGS.flatMap((of) => of.anchors.map((anchor) => ({ anchor, of }))),
      ({ anchor }) => anchor,
    ),
    ([anchor, rows]) => [anchor, rows.map(({ of }) => of)] as const,
  ),
  ...NAME_WORDS.map((word) => [word, "name"] as const),
]);

/** The facts about a key name: its label if it looks secret, and whether the rules for text leave it as it is. */
interface Key {
  readonly label: string | undefined;
  readonly clean: boolean;
}
const keys = new Map<string, Key>();
const MOST_KEYS = 4096;

/** Tells the facts about a key name. Answers are kept: the same few names come again and again. */
function keyOf(name: string): Key {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const found = { label: labelOf(name), clean: spelledOut(name) === name };
  if (keys.size < MOST_KEYS) keys.set(name, found);
  return found;
}

/** The text without the secrets that their spelling or their name tells. */
function spelledOut(text: string): string {
  let out = text;
  // A secret may begin right behind another one, and is found once that one has gone.
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const next = passOver(out);
    if (next === out) break;
    out = next;
  }
  return out;
}
const MOST_PASSES = 4;

function passOver(text: string): string {
  let hit = text.length < 8 ? undefined : ANCHORS.next(text, 0);
  if (hit === undefined) return text;
  let out = "";
  let done = 0;
  while (hit !== undefined) {
    for (const { end, of } of hit.found) {
      const value = of === "name" ? namedValueAt(text, hit.at, end, done) : spelledAt(text, hit.at, of);
      if (value === undefined || value.from < done) continue;
      out += `${text.slice(done, value.from)}[redacted:${value.label}]`;
      done = value.to;
      break;
    }
    hit = ANCHORS.next(text, Math.max(hit.at + 1, done));
  }
  return done === 0 ? text : out + text.slice(done);
}

function spelledAt(text: string, at: number, kinds: readonly Spelling[]): NamedValue | undefined {
  for (const { pattern, back = 0, label } of kinds) {
    if (at < back) continue;
    pattern.lastIndex = at - back;
    const match = pattern.exec(text);
    if (match === null) continue;
    const { before = "", after = "" } = match.groups ?? {};
    const from = at - back + before.length;
    return { from, to: at - back + match[0].length - after.length, label };
  }
  return undefined;
}

/** Values nested deeper than this are left out, so that a model's output cannot overflow the stack. */
export const MAX_DEPTH = 256;
const TOO_DEEP = "[left out: nested too deep]";

/** Redacts values, and remembers secret values that became known at run time. */
export class Redactor {
  /** Values that are redacted everywhere: keys of models. */
  readonly #own = new KnownValues();
  /** Those, and values of secret files. */
  readonly #all = new KnownValues();
  /** Key names without a known value. They are looked at once until another value is known. */
  readonly #clean = new Set<string>();

  /** Redacts this value from now on, in each encoding. A value under 6 characters is ignored. */
  addSecret(value: string): void {
    this.#own.add(value);
    this.#remember(value);
  }

  /**
   * Redacts a value of a secret file from now on. Where a record names a resource, a rule or a digest, the value stays.
   * False when it is known already, or {@link MOST_VALUES} others are.
   */
  learn(value: string): boolean {
    if (this.#all.has(value) || this.#all.size - this.#own.size >= MOST_VALUES) return false;
    return this.#remember(value);
  }

  #remember(value: string): boolean {
    this.#all.add(value);
    this.#clean.clear();
    return true;
  }

  /** Redacts one text. `named` keeps the values of secret files: the text is a resource, a rule or a digest. */
  text(text: string, named = false): string {
    return spelledOut((named ? this.#own : this.#all).replace(text, SECRET));
  }

  /** Where a text may go on as a known value that is no single word; `line` is where its last line begins. */
  openAt(text: string, line: number): number {
    return this.#all.openAt(text, line);
  }

  /** Redacts a JSON value in a deep copy. The copy equals what parsing the JSON text would give. */
  redact(value: unknown, named = false): Redacted {
    const walk = { changed: false, named };
    return { value: this.#walk(value, undefined, walk, 0), changed: walk.changed };
  }

  /** Redacts the fields of a record's data; those of `names` hold resources, rules and digests. */
  redactFields(data: object, names: readonly string[]): Redacted {
    const walk = { changed: false, named: false };
    const copy: Record<string, unknown> = {};
    const fields: Readonly<Record<string, unknown>> = { ...data };
    for (const key of Object.keys(fields)) {
      walk.named = names.includes(key);
      const kept = this.#walk(fields[key], keyOf(key).label, walk, 1);
      if (kept !== undefined) copy[key] = kept;
    }
    return { value: copy, changed: walk.changed };
  }

  /** True for a key name that stays as it is. */
  #isClean(key: string): boolean {
    if (this.#all.size === 0) return keyOf(key).clean;
    if (this.#clean.has(key)) return true;
    if (this.text(key) !== key) return false;
    if (this.#clean.size < MOST_KEYS) this.#clean.add(key);
    return true;
  }

  #walk(
    value: unknown,
    label: string | undefined,
    walk: { changed: boolean; readonly named: boolean },
    depth: number,
  ): unknown {
    if (typeof value === "string") {
      const out =
        label !== undefined && value !== "" && !REDACTED_TEXT.test(value)
          ? `[redacted:${label}]`
          : this.text(value, walk.named);
      if (out !== value) walk.changed = true;
      return out;
    }
    if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
    if (typeof value === "boolean" || value === null) return value;
    if (typeof value === "bigint") return value.toString();
    if (typeof value !== "object") return undefined;
    if (depth >= MAX_DEPTH) {
      walk.changed = true;
      return TOO_DEEP;
    }
    if (Array.isArray(value)) {
      return value.map((item: unknown) => this.#walk(item, label, walk, depth + 1) ?? null);
    }
    if ("toJSON" in value && typeof value.toJSON === "function") {
      const json: unknown = JSON.parse(JSON.stringify(value) ?? "null");
      return this.#walk(json, label, walk, depth + 1);
    }
    // Spreading keeps the object's layout, and keeps a key `__proto__` a key. Most copies need no further change.
    const copy: Record<string, unknown> = { ...value };
    let renamed = false;
    for (const key of Object.keys(copy)) {
      const { label: own } = keyOf(key);
      const kept = this.#walk(copy[key], own, walk, depth + 1);
      if (kept === undefined) delete copy[key];
      else if (!Object.is(kept, copy[key])) copy[key] = kept;
      renamed ||= !this.#isClean(key) && this.text(key, walk.named) !== key;
    }
    if (!renamed) return copy;
    walk.changed = true;
    return Object.fromEntries(Object.entries(copy).map(([key, item]) => [this.text(key, walk.named), item]));
  }
}
/** True when a secret was removed from a value read from the record, so that it differs from the original. */
export function isRedacted(value: unknown): boolean {
  return (JSON.stringify(value) ?? "").includes("[redacted:");
}

/**
 * The fields that hold resources, rules, digests and ids, which the kernel made. A value of a secret file stays there, or
 * `NODE_ENV=production` would blank every rule that protects `production`.
 */
const NAMES: { readonly [K in RecordKind]?: readonly (keyof RecordData<K> & string)[] } = {
  "policy.set": ["policy"],
  "process.spawn": ["imageHash", "cwd"],
  "process.exec": ["imageHash"],
  "process.cwd": ["cwd"],
  "capability.mint": ["capability"],
  "root.add": ["name", "path", "opened"],
  "root.remove": ["name"],
  "question.open": ["kind", "needs", "asks", "digest", "wish"],
  "call.begin": ["needs", "digest", "prestate", "spends", "request", "within", "hash"],
  "call.did": ["request"],
  "call.end": ["needs", "digest", "result", "refers", "saw", "changes", "by", "request", "within", "hash"],
  "image.register": ["hash"],
  "operation.add": ["hash"],
  "object.put": ["sha256", "from"],
};

/**
 * Makes the data for the line and the state: a private copy, equal to what reading the line gives. When redaction
 * changed a word from a closed list, the kind refuses it. That word is restored, because it is no secret.
 */
export function redactData<K extends RecordKind>(kind: K, data: RecordData<K>, redactor: Redactor): unknown {
  if (isRestriction(kind, data)) return JSON.parse(JSON.stringify(data));
  const { value, changed } = redactor.redactFields(data, NAMES[kind] ?? []);
  if (!changed) return value;
  for (const issue of recordData[kind].safeParse(value).error?.issues ?? [])
    restoreField(value, data, issue.path);
  return value;
}

/**
 * True for data that is written unredacted. A deny or an ask with a redacted resource would no longer name what it
 * protects. An allow that names a secret is redacted, and then it covers nothing.
 */
function isRestriction(kind: RecordKind, data: unknown): boolean {
  if (kind === "journal.open" || kind === "head") return true;
  return kind === "capability.mint" && !isAllow(data);
}

/** Data that is no capability at all is no record either, and nothing of it is written. */
function isAllow(data: unknown): boolean {
  if (typeof data !== "object" || data === null || !("capability" in data)) return false;
  const { capability } = data;
  return (
    typeof capability === "object" &&
    capability !== null &&
    "effect" in capability &&
    capability.effect === "allow"
  );
}

/** Puts the original of one field back into a redacted copy. */
function restoreField(copy: unknown, original: unknown, path: readonly PropertyKey[]): void {
  const [key, ...rest] = path;
  if (key === undefined || typeof copy !== "object" || copy === null) return;
  const from: unknown =
    typeof original === "object" && original !== null ? Reflect.get(original, key) : undefined;
  if (rest.length > 0) restoreField(Reflect.get(copy, key), from, rest);
  else if (typeof from === "string") Reflect.set(copy, key, from);
}
