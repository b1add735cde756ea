// Redaction: removes secrets from any JSON value by key name, by pattern, and by values known at run time.
import { recordData, type RecordData, type RecordKind } from "../../abi/record.ts";

/** The result of a redaction. `value` is a private deep copy, equal to what parsing its JSON would give. */
export interface Redacted {
  readonly value: unknown;
  readonly changed: boolean;
}

interface Rule {
  readonly label: string;
  /** Each quantifier is bounded or starts at a boundary, so that no input takes quadratic time. */
  readonly pattern: string;
  /** True when the two capture groups, the text before and after the secret, stay. */
  readonly keeps?: boolean;
}

const VALUE = "\"[^\"\\r\\n]{4,4096}\"|'[^'\\r\\n]{4,4096}'";
const BARE = "[^\\s\"'`,;&|<>(){}$%*[][^\\s\"'`;&|<>(){}]{3,4096}";
const UPPER = "(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL)";
const LOWER =
  "(?:[Pp]assword|[Pp]asswd|[Pp]assphrase|[Ss]ecret|[Aa]pi[_-]?[Kk]ey|[Aa]ccess[_-]?[Kk]ey|[Pp]rivate[_-]?[Kk]ey|(?:[Aa]uth|[Aa]ccess|[Rr]efresh|[Ii]d|[Ss]ession)[_-]?[Tt]oken)";

const RULES: readonly Rule[] = [
  {
    label: "private-key",
    pattern:
      "-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$(?![^]))",
  },
  { label: "api-key", pattern: "(?<![A-Za-z0-9_])sk-(?=[A-Za-z0-9_-]{0,200}[0-9])[A-Za-z0-9_-]{12,}" },
  { label: "api-key", pattern: "(?<![A-Za-z0-9])[sr]k_(?:live|test)_[A-Za-z0-9]{10,}" },
  { label: "api-key", pattern: "(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])" },
  { label: "api-key", pattern: "(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{30,}" },
  {
    label: "token",
    pattern:
      "(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})",
  },
  { label: "token", pattern: "(?<![A-Za-z0-9_])(?:npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,})" },
  { label: "token", pattern: "(?<![A-Za-z0-9])(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}" },
  {
    label: "jwt",
    pattern:
      "(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]+){0,2}",
  },
  {
    label: "token",
    keeps: true,
    pattern:
      "((?<![A-Za-z0-9])[Bb]earer[ \\t]{1,8})(?:(?=[A-Za-z0-9._~+/=-]{0,200}[0-9])[A-Za-z0-9._~+/=-]{8,}|[A-Za-z0-9._~+/=-]{24,})()",
  },
  {
    label: "password",
    keeps: true,
    pattern:
      "((?<![A-Za-z])[Aa]uthorization[\"']?[ \\t]{0,8}[:=][ \\t]{0,8}[\"']?[Bb]asic[ \\t]{1,8})[A-Za-z0-9+/=_-]{4,}()",
  },
  {
    label: "password",
    keeps: true,
    pattern: "(:\\/\\/[^\\s/:@\"'<>]{0,256}:)(?!\\[redacted:|\\$)[^\\s/@\"'<>]{1,512}(@)",
  },
  { label: "secret", keeps: true, pattern: `(${UPPER}(?!S)[A-Z0-9_]{0,40}=)(?:${VALUE}|${BARE})()` },
  {
    label: "secret",
    keeps: true,
    pattern: `(${UPPER}(?!S)[A-Z0-9_]{0,40}["']?[ \\t]{0,8}[=:][ \\t]{0,8})(?=["'][^"'\\r\\n]{0,200}[0-9])(?:${VALUE})()`,
  },
  {
    label: "secret",
    keeps: true,
    pattern: `(${LOWER}[A-Za-z0-9_]{0,30}=)(?=[^\\s]{0,200}[0-9])(?:${VALUE}|${BARE})()`,
  },
  {
    label: "secret",
    keeps: true,
    pattern: `(^[ \\t]{0,32}[A-Za-z0-9_.-]{0,40}${LOWER}[A-Za-z0-9_]{0,30}=)[^\\s"'\`,;&|<>(){}$%*[]{4,4096}(?=[ \\t]{0,32}$)()`,
  },
  {
    label: "secret",
    keeps: true,
    pattern: `(${LOWER}[A-Za-z0-9_]{0,30}["']?[ \\t]{0,8}[=:][ \\t]{0,8})(?=["'][^"'\\r\\n]{0,200}[0-9])(?:${VALUE})()`,
  },
  {
    label: "secret",
    keeps: true,
    pattern: `(^[ \\t]{0,32}[A-Za-z0-9_.-]{0,40}${LOWER}[A-Za-z0-9_]{0,30}[ \\t]{1,8}=[ \\t]{1,8})(?=[^\\s]{0,200}[0-9])[^\\s"'\`,;&|<>(){}$%*[]{8,4096}(?=[ \\t]{0,32}$)()`,
  },
];

const COMPILED = RULES.map((rule) => ({ ...rule, regex: new RegExp(rule.pattern, "gm") }));
/** Finds in one pass whether a text may hold a secret; nearly all text holds none. */
const ANY_SECRET = new RegExp(RULES.map((r) => `(?:${r.pattern})`).join("|"), "m");

/** No rule finds anything in a text without one of these: a mark other than a dot or a slash, a space, a capital letter. */
const SPEAKS = /[^0-9a-z./]/u;

/** Values in the place of a secret that are none: words, versions and placeholders. */
const WORD =
  /^["']?(?:true|false|null|none|undefined|\[redacted:[a-z-]+\]|[~^]?\d+(?:\.\d+){1,2}|x+|<[^>]*>|\.+)["']?$/iu;
/** A short number is no secret either, unless its key names a password. */
const NUMBER = /^["']?\d{1,6}["']?$/u;
const REDACTED_TEXT = /^\[redacted:[a-z-]+\]$/u;

/** Key names whose text is always secret; compared in lower case without `-` and `_`. */
const SECRET_KEY =
  /(?:password|passwd|passphrase|secret|secretkey|apikey|accesskey|accesskeyid|privatekey|authorization|credentials?|connectionstring|setcookie)$|^(?:pwd|pass|cookie|xapikey)$/u;
const TOKEN_KEY = /token$/u;
const PAGING =
  /(?:page|next|previous|prev|cursor|continuation|continue|cancel|cancellation|sync|resume|max|stop|start|end)token$/u;

/** The facts about a key name: its label if it looks secret, and whether the rules for text leave it as it is. */
interface Key {
  readonly label: string | undefined;
  readonly clean: boolean;
}
const keys = new Map<string, Key>();

/** Tells the facts about a key name. Answers are kept: the same few names come again and again. */
function keyOf(name: string): Key {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const found = { label: labelOf(name), clean: name.length < 8 || !ANY_SECRET.test(name) };
  if (keys.size < 4096) keys.set(name, found);
  return found;
}

/** The label of a secret-looking key name, or undefined. */
function labelOf(key: string): string | undefined {
  const folded = key.toLowerCase().replace(/[-_\s]/gu, "");
  if (SECRET_KEY.test(folded)) return folded.includes("pass") || folded === "pwd" ? "password" : "secret";
  return TOKEN_KEY.test(folded) && !PAGING.test(folded) ? "token" : undefined;
}

/** Values nested deeper than this are left out, so that a model's output cannot overflow the stack. */
export const MAX_DEPTH = 256;
const TOO_DEEP = "[left out: nested too deep]";

/** Redacts values, and remembers secret values that became known at run time. */
export class Redactor {
  readonly #known = new Set<string>();
  #values: RegExp | undefined;

  /** Redacts this value from now on, also as base64 and URL-encoded. A value under 6 characters is ignored. */
  addSecret(value: string): void {
    if (value.length < 6 || this.#known.has(value)) return;
    for (const form of formsOf(value)) this.#known.add(form);
    const parts = [...this.#known].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).map(patternOf);
    this.#values = new RegExp(parts.join("|"), "gu");
  }

  /** Redacts one text. */
  text(text: string): string {
    let out = text;
    if (this.#values !== undefined) out = out.replace(this.#values, "[redacted:secret]");
    if (out.length < 8 || !SPEAKS.test(out) || !ANY_SECRET.test(out)) return out;
    for (const { regex, label, keeps } of COMPILED) {
      out = out.replace(regex, (match: string, ...rest: unknown[]) => {
        if (keeps !== true) return `[redacted:${label}]`;
        const before = typeof rest[0] === "string" ? rest[0] : "";
        const after = typeof rest[1] === "string" ? rest[1] : "";
        const secret = match.slice(before.length, match.length - after.length);
        if (WORD.test(secret) || (NUMBER.test(secret) && !/pass/iu.test(before))) return match;
        const quote = secret.startsWith('"') || secret.startsWith("'") ? secret.charAt(0) : "";
        return `${before}${quote}[redacted:${label}]${quote}${after}`;
      });
    }
    return out;
  }

  /** Redacts a JSON value in a deep copy. The copy equals what parsing the JSON text would give. */
  redact(value: unknown): Redacted {
    const state = { changed: false };
    return { value: this.#walk(value, undefined, state, 0), changed: state.changed };
  }

  #walk(value: unknown, label: string | undefined, state: { changed: boolean }, depth: number): unknown {
    if (typeof value === "string") {
      const out =
        label !== undefined && value !== "" && !REDACTED_TEXT.test(value)
          ? `[redacted:${label}]`
          : this.text(value);
      if (out !== value) state.changed = true;
      return out;
    }
    if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
    if (typeof value === "boolean" || value === null) return value;
    if (typeof value === "bigint") return value.toString();
    if (typeof value !== "object") return undefined;
    if (depth >= MAX_DEPTH) {
      state.changed = true;
      return TOO_DEEP;
    }
    if (Array.isArray(value)) {
      return value.map((item: unknown) => this.#walk(item, label, state, depth + 1) ?? null);
    }
    if ("toJSON" in value && typeof value.toJSON === "function") {
      const json: unknown = JSON.parse(JSON.stringify(value) ?? "null");
      return this.#walk(json, label, state, depth + 1);
    }
    // Spreading keeps the object's layout, and keeps a key `__proto__` a key. Most copies need no further change.
    const copy: Record<string, unknown> = { ...value };
    let renamed = false;
    for (const key of Object.keys(copy)) {
      const { label: own, clean } = keyOf(key);
      const kept = this.#walk(copy[key], own, state, depth + 1);
      if (kept === undefined) delete copy[key];
      else if (!Object.is(kept, copy[key])) copy[key] = kept;
      if (this.#values === undefined && clean) continue;
      renamed ||= this.text(key) !== key;
    }
    if (!renamed) return copy;
    state.changed = true;
    return Object.fromEntries(Object.entries(copy).map(([key, item]) => [this.text(key), item]));
  }
}

/** The pattern that finds a value in text. A short one matches only whole words, or it would match inside digests. */
function patternOf(value: string): string {
  const escaped = value.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
  return value.length >= 12 ? escaped : `(?<![A-Za-z0-9])${escaped}(?![A-Za-z0-9])`;
}

function formsOf(value: string): string[] {
  const forms = new Set([
    value,
    encodeURIComponent(value.toWellFormed()),
    JSON.stringify(value).slice(1, -1),
  ]);
  const bytes = new TextEncoder().encode(value);
  // Inside a longer text a value has three base64 forms, by its start offset. The outer characters also depend on the
  // neighbours, so they are left off.
  for (const shift of [0, 1, 2]) {
    const padded = new Uint8Array(shift + bytes.length);
    padded.set(bytes, shift);
    const base64 = btoa(Array.from(padded, (b) => String.fromCharCode(b)).join(""));
    const inner = base64.slice(Math.ceil((shift * 8) / 6), Math.floor((padded.length * 8) / 6));
    if (inner.length < 6) continue;
    forms.add(inner);
    forms.add(inner.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return [...forms];
}

/** True when a secret was removed from a value read from the record, so that it differs from the original. */
export function isRedacted(value: unknown): boolean {
  return (JSON.stringify(value) ?? "").includes("[redacted:");
}

/**
 * Makes the data for the line and the state: a private copy, equal to what reading the line gives. When redaction
 * changed a word from a closed list, the kind refuses it. That word is restored, because it is no secret.
 */
export function redactData<K extends RecordKind>(kind: K, data: RecordData<K>, redactor: Redactor): unknown {
  if (isRestriction(kind, data)) return JSON.parse(JSON.stringify(data));
  const { value, changed } = redactor.redact(data);
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
