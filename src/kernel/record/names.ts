// Names: tells by the name of a key, a variable or a header that its value is a secret, and finds such values in text.

/** Names whose value is always secret; compared in lower case without `-` and `_`. */
const SECRET =
  /(?:passw(?:or)?d|passphrase|passcode|pwd|secret|secretvalue|apikey|appkey|accesskey|accesskeyid|accountkey|authkey|privatekey|secretkey(?:base)?|signingkey|encryptionkey|masterkey|sharedaccesskey|servicerolekey|deploykey|licensekey|authorization|credentials?|connectionstring|setcookie|mnemonic|seedphrase)$|^(?:pass|cookie|xapikey|masterkey|railsmasterkey)$/u;
const TOKEN = /token$/u;
const PAGING =
  /(?:page|next|previous|prev|cursor|continuation|continue|cancel|cancellation|sync|resume|max|stop|start|end|design|syntax)token$/u;
/** Names that are secret only where their value looks like one: in settings of containers, and of cloud accounts. */
const MAYBE = /^(?:auth|sas|sastoken|dsn|databaseurl)$|sessionid$/u;

/** The label of a secret-looking key name, or undefined. */
export function labelOf(key: string): "password" | "secret" | "token" | undefined {
  const folded = key.toLowerCase().replace(/[-_\s]/gu, "");
  if (SECRET.test(folded)) return /pass|pwd$/u.test(folded) ? "password" : "secret";
  return TOKEN.test(folded) && !PAGING.test(folded) ? "token" : undefined;
}

/** The words that begin the last part of a secret-looking name, in each way in which names are spelled. */
export const NAME_WORDS: readonly string[] = [
  ...["pass", "pwd", "secret", "token", "credential", "mnemonic", "auth"].flatMap(spelled),
  ...[
    "api",
    "app",
    "access",
    "account",
    "auth",
    "private",
    "secret",
    "signing",
    "encryption",
    "master",
  ].flatMap((first) => joined(first, "key")),
  ...["deploy", "license"].flatMap((first) => joined(first, "key")),
  ...[
    joined("connection", "string"),
    joined("seed", "phrase"),
    joined("session", "id"),
    joined("set", "cookie"),
  ],
  ...spelled("cookie"),
].flat();

function spelled(word: string): string[] {
  return [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()];
}

function joined(first: string, second: string): string[] {
  const [a = "", b = "", c = ""] = spelled(first);
  const [x = "", y = "", z = ""] = spelled(second);
  return ["", "_", "-"].flatMap((mark) => [a + mark + x, a + mark + y, b + mark + y, c + mark + z]);
}

/** A secret value in a text: its place, and its label. */
export interface NamedValue {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** Names in capitals whose end says that the value is no secret but something about it. */
const ABOUT =
  /(?:FILE|PATH|DIR|URL|URI|LIMIT|LENGTH|SIZE|COUNT|TTL|EXPIRY|EXPIRES|EXPIRATION|TYPE|NAME|ID|ENV|VERSION|HEADER|FIELD|S)$/u;

/** Between a name and its value: quotes, perhaps escaped, and what separates them. */
const BETWEEN =
  /(?<rest>[A-Za-z0-9_-]{0,40})(?<close>\\{0,3}["'`]?\]?)(?<mark>[ \t]{0,16}(?:=>|:=|\?=|[=:])[ \t]{0,16}|["'],[ \t]{0,8}|>|["']?,?\s{1,40}\\{0,3}["']?value\\{0,3}["']?[ \t]{0,8}[:=][ \t]{0,8}|[ \t]{1,4})(?<open>(?:[rbfu@](?=["']))?\\{0,3}["'`])?/iy;
/** Where a secret was, so that its label is not taken for a name. */
const MARKER = "[redacted:";
/** A value without quotes. */
const BARE = /[^\s"'`,;&|<>(){}$%*[\\](?:[^\s"'`;&|<>(){}\\]|\\(?![bfnrt"'])){3,2048}/y;

/**
 * The secret value of the name in which `at` lies, where a word of {@link NAME_WORDS} ends at `end`. The name begins at
 * `least` or after it.
 */
export function namedValueAt(text: string, at: number, end: number, least = 0): NamedValue | undefined {
  if (text.startsWith(MARKER, at - MARKER.length)) return undefined;
  BETWEEN.lastIndex = end;
  const found = BETWEEN.exec(text);
  const { rest = "", close = "", mark = "", open } = found?.groups ?? {};
  if (found === null) return undefined;
  let start = at;
  while (start > least && at - start < 64 && /[A-Za-z0-9_.$-]/u.test(text.charAt(start - 1))) start--;
  // In JSON the letter of an escaped line end stands before the name.
  if (start > 0 && text.charAt(start - 1) === "\\" && /[bfnrt]/u.test(text.charAt(start))) start++;
  const from = end + found[0].length;
  const name = text.slice(start, end + rest.length);
  const value = open === undefined ? bareAt(text, from) : quotedAt(text, from, open);
  if (value === "") return undefined;
  const line = text.slice(Math.max(0, start - 64), start).replace(/^[^]*(?:\n|\\[nr])/u, "");
  const after = text.slice(from + value.length, from + value.length + 200);
  const label = labelIn({ name, close, mark, quoted: open !== undefined, value, line, after });
  return label === undefined ? undefined : { from, to: from + value.length, label };
}

function bareAt(text: string, from: number): string {
  BARE.lastIndex = from;
  return BARE.exec(text)?.[0] ?? "";
}

function quotedAt(text: string, from: number, open: string): string {
  const quote = open.replace(/^[a-z@]/iu, "");
  const line = text.slice(from, from + 4096);
  let to = line.indexOf(quote);
  // A quote that is escaped once more belongs to the value.
  while (to > 0 && quote.length === 1 && line.charAt(to - 1) === "\\") to = line.indexOf(quote, to + 1);
  const value = to < 0 ? "" : line.slice(0, to);
  return /[\r\n]/u.test(value) || value.length < 4 ? "" : value;
}

/** A name with its value, and what stands around them. */
interface Named {
  readonly name: string;
  readonly close: string;
  readonly mark: string;
  readonly quoted: boolean;
  readonly value: string;
  readonly line: string;
  readonly after: string;
}

/** Values in the place of a secret that are none: words of languages, versions, references and placeholders. */
const NONE =
  /^(?:true|false|null|nil|none|undefined|unknown|any|str|string|number|int|bytes|boolean|buffer|object|text|never|void|required|optional|hidden|self|this|async|function|\[redacted:[a-z-]+\]|[~^]?\d+(?:\.\d+){1,2}|x+|\*+|<[^>]*>|\.+|\$\{.*|\{\{.*|%[A-Z_]+%|process\.env\..*|os\.environ.*|(?:fs|object|env|vault|ref|secret):\/.*)$/iu;
/** A number is no secret either, unless its name says password. */
const NUMBER = /^\d+$/u;
const IDENTIFIER = /^[A-Za-z_$][\w$]*(?:(?:\?\.|\.|::|->)[\w$]+)*[!?]?$/u;
/** A value that code takes out of another. */
const INDEXED = /^[A-Za-z_$][\w$.]*[[(]/u;
/** The rest of a line after a value of YAML, TOML or an ini file. */
const LINE_END = /^(?:[ \t]{1,32}[#;][^\n]*)?(?:\\[rn]|[\r\n]|$)/u;
/** A line up to a name in such a file. */
const LINE_START = /^[ \t]*(?:- )?["']?(?:export |set |ENV |ARG )?$|^[+-]?[ \t]*$/u;

/** The label of a named value that is a secret; undefined when it is none. */
function labelIn(named: Named): string | undefined {
  const { name, mark, value, line } = named;
  if (NONE.test(value) || /^\W+$/u.test(value) || /[$<{]\{|<%/u.test(value)) return undefined;
  const flat = name.slice(name.lastIndexOf(".") + 1);
  // A shell keeps its working directory there.
  if (/^(?:OLD)?PWD$/u.test(flat) && /^(?:[~/]|[A-Za-z]:)/u.test(value)) return undefined;
  const env =
    mark === "=" && !named.quoted && named.close === "" && /[A-Z]/u.test(flat) && !/[a-z]/u.test(flat);
  const capitals = /^[A-Z0-9_]+$/u.test(flat);
  const own = labelOf(flat) ?? (capitals && !ABOUT.test(flat) ? labelOfPart(flat) : undefined);
  const folded = flat.toLowerCase().replace(/[-_]/gu, "");
  const label = own ?? (MAYBE.test(folded) && isDrawn(value) ? "secret" : undefined);
  if (label === undefined || (NUMBER.test(value) && label !== "password")) return undefined;
  const kept = env || (capitals && mark.trim() === "=") ? "secret" : label;
  if (/^[ \t]+$/u.test(mark)) return name.startsWith("--") && !/^[A-Za-z]+$/u.test(value) ? kept : undefined;
  if (mark === ">") return line.endsWith("<") && named.after.startsWith("</") ? kept : undefined;
  return isSecret(named, label, capitals) ? "secret" : undefined;
}

/** The label of a name in capitals that goes on after the word: `API_KEY_PROD`, `PASSWORD1`. */
function labelOfPart(name: string): "password" | "secret" | "token" | undefined {
  const parts = name.split("_");
  for (let n = parts.length - 1; n > 0; n--) {
    const label = labelOf(parts.slice(0, n).join("_"));
    if (label !== undefined) return label;
  }
  return labelOf(name.replace(/\d+$/u, ""));
}

function isSecret(
  { mark, quoted, value, line, after, name }: Named,
  label: string,
  capitals: boolean,
): boolean {
  const digit = /[0-9]/u.test(value);
  if (capitals && mark === "=") return true;
  if (/value/iu.test(mark)) return capitals || digit;
  if (mark.includes(",")) return quoted && isDrawn(value);
  const own = name.toLowerCase().includes(value.toLowerCase()) || labelOf(value) !== undefined;
  if (
    own ||
    (label === "password" && /^(?:new|current|old|your|enter|repeat|the|a|my)?[-_ ]?password\b/iu.test(value))
  )
    return false;
  if (quoted) {
    if (digit && !/\s.*\s.*\s/u.test(value)) return true;
    return label === "password" ? /^\S{4,}$/u.test(value) && !/^[A-Z][a-z]+$/u.test(value) : isDrawn(value);
  }
  const assigned = /^([\w$.]+)=+[^=,.]/u.exec(value)?.[1];
  if (assigned !== undefined && !isDrawn(assigned)) return false;
  if (INDEXED.test(value) || /[[\]]/u.test(value) || after.startsWith("(")) return false;
  if (mark === "=" && (digit || name.startsWith("--") || /[?&]$/u.test(line))) return true;
  const lone = LINE_START.test(line) && LINE_END.test(after);
  if (!lone) return false;
  if (mark === "=") return !/[[\]{}(),]/u.test(value);
  if (/[[\](){}]/u.test(value) || /[,;]$/u.test(value)) return false;
  if (label === "password") return !IDENTIFIER.test(value) || digit || /^[a-z]{4,}[!?]*$/u.test(value);
  return IDENTIFIER.test(value) ? isDrawn(value) : digit && value.length >= 8;
}

/** True for a text that nobody would speak: long, in one piece, with digits in it. */
function isDrawn(value: string): boolean {
  return value.length >= 10 && !/\s/u.test(value) && value.replace(/[^0-9]/gu, "").length >= 2;
}
