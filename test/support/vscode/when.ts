// Conditions of the manifest: whether a `when` holds, judged by context keys as the editor judges it.

type Look = (key: string) => unknown;

const TOKEN =
  /\s*(?:(\|\||&&|==|!=|=~|<=|>=|<|>|!|\(|\))|\/((?:\\.|[^/\\])+)\/([a-z]*)|'([^']*)'|([\w.:$-]+))/uy;

interface Token {
  readonly sign?: string;
  readonly pattern?: RegExp;
  readonly word?: string;
}

/** The condition cut into signs, patterns and words; a text that is none of these is a mistake in the manifest. */
function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const hit = TOKEN.exec(text);
    if (hit === null) throw new Error(`the condition ${JSON.stringify(text)} is not understood at ${at}`);
    const [, sign, pattern, flags, quoted, word] = hit;
    if (sign !== undefined) found.push({ sign });
    else if (pattern !== undefined) found.push({ pattern: new RegExp(pattern, flags) });
    else found.push({ word: quoted ?? word ?? "" });
  }
  return found;
}

/** Whether a condition holds. No condition always holds. */
export function holds(when: string | undefined, look: Look): boolean {
  if (when === undefined || when.trim() === "") return true;
  const rest = tokens(when);
  const take = (sign: string): boolean => {
    if (rest[0]?.sign !== sign) return false;
    rest.shift();
    return true;
  };
  const mistaken = (): never => {
    throw new Error(`the condition ${JSON.stringify(when)} is not understood`);
  };
  const either = (): boolean => {
    let good = both();
    while (take("||")) good = both() || good;
    return good;
  };
  const both = (): boolean => {
    let good = one();
    while (take("&&")) good = one() && good;
    return good;
  };
  const one = (): boolean => {
    if (take("!")) return !one();
    if (take("(")) {
      const good = either();
      return take(")") ? good : mistaken();
    }
    const key = rest.shift()?.word ?? mistaken();
    const value = key === "true" ? true : key === "false" ? false : look(key);
    const sign = rest[0]?.sign;
    if (sign === undefined || sign === "&&" || sign === "||" || sign === ")") return Boolean(value);
    rest.shift();
    const other = rest.shift() ?? mistaken();
    if (sign === "=~") return (other.pattern ?? mistaken()).test(text(value));
    const word = other.word ?? mistaken();
    if (sign === "==") return text(value) === word;
    if (sign === "!=") return text(value) !== word;
    const [left, right] = [Number(value), Number(word)];
    if (sign === "<") return left < right;
    if (sign === ">") return left > right;
    return sign === "<=" ? left <= right : sign === ">=" ? left >= right : mistaken();
  };
  const good = either();
  return rest.length === 0 ? good : mistaken();
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : "";
}
