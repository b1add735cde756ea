// Kinds of secrets: each as its issuer makes it, and each by its name, in the texts where it is found.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Redactor } from "../../../../src/kernel/record/redact.ts";
import { KINDS, lot, made } from "./issued.ts";

/** Where secrets are found: settings, code, shells, logs and talk. */
const CONTEXTS: Readonly<Record<string, (text: string) => string>> = {
  alone: (s) => s,
  said: (s) => `The value is ${s}, use it.`,
  env: (s) => `DEBUG=1\nVALUE=${s}\nPORT=80`,
  quoted: (s) => `const value = "${s}";`,
  yaml: (s) => `deploy:\n  value: ${s}\n  port: 80`,
  json: (s) => JSON.stringify({ a: { value: s } }),
  "json in json": (s) => JSON.stringify({ body: JSON.stringify({ value: s }) }),
  "json of lines": (s) => JSON.stringify(`first\n${s}\nlast`),
  "address, escaped": (s) => `https://a.example/?to=%2Fa%3Fv%3D${s}`,
  markdown: (s) => `Use \`${s}\` for it.`,
  list: (s) => `a,b,${s};c`,
  log: (s) => `2026-01-01T00:00:00Z INFO got value=${s} from server`,
  bracket: (s) => `f(${s})`,
};

suite("kinds of secrets by their spelling", () => {
  const redactor = new Redactor();
  const missed: string[] = [];
  let tried = 0;
  for (const [at, [kind, parts]] of KINDS.entries()) {
    for (const [where, put] of Object.entries(CONTEXTS))
      for (let seed = 1; seed <= 3; seed++) {
        const { secret, text } = made(parts, lot(seed * 7919 + at));
        tried++;
        if (redactor.text(put(text)).includes(secret)) missed.push(`${kind}, ${where}: ${put(text)}`);
      }
  }
  test(`all of ${tried} secrets of ${KINDS.length} kinds go`, (t) => {
    t.diagnostic(`${tried - missed.length} of ${tried} found`);
    assert.ok(KINDS.length >= 120);
    assert.deepEqual(missed, []);
  });
});

/** Names of secrets, each in the spelling that its context has. */
const NAMES =
  `password|db password|database password|admin password|user passwd|pwd|passphrase|secret|client secret|app secret
|webhook secret|jwt secret|session secret|cookie secret|shared secret|aws secret access key|aws access key id|api key|x api key
|stripe api key|open ai api key|dd api key|dd app key|algolia admin api key|private key|secret key|secret key base|encryption key
|signing key|master key|account key|shared access key|deploy key|license key|token|auth token|access token|refresh token|id token
|bearer token|session token|github token|npm token|slack bot token|cloudflare api token|vault token|bot token|sonar token
|credentials|connection string|seed phrase`
    .replaceAll("\n", "")
    .split("|")
    .map((name) => name.split(" "));

const camel = (words: readonly string[]): string =>
  words.map((w, i) => (i === 0 ? w : w.charAt(0).toUpperCase() + w.slice(1))).join("");

const env = (words: readonly string[]): string => words.join("_").toUpperCase();

const snake = (words: readonly string[]): string => words.join("_");

const kebab = (words: readonly string[]): string => words.join("-");

const NAMED: Readonly<Record<string, (words: readonly string[], value: string) => string>> = {
  env: (n, v) => `A=1\n${env(n)}=${v}\nB=2`,
  "env, quoted": (n, v) => `export ${env(n)}="${v}"`,
  "env, with spaces": (n, v) => `${env(n)} = '${v}'`,
  "env with an end": (n, v) => `${env(n)}_PROD=${v}`,
  docker: (n, v) => `docker run -e ${env(n)}=${v} image`,
  "compose list": (n, v) => `environment:\n  - ${env(n)}=${v}\n`,
  dockerfile: (n, v) => `ENV ${env(n)}=${v}`,
  yaml: (n, v) => `app:\n  ${snake(n)}: ${v}\n  port: 1`,
  "yaml, camel": (n, v) => `${camel(n)}: ${v}`,
  "yaml, quoted": (n, v) => `  ${kebab(n)}: '${v}'`,
  "yaml with a remark": (n, v) => `${snake(n)}: ${v} # from the vault`,
  kubernetes: (n, v) => `- name: ${env(n)}\n  value: ${v}\n`,
  json: (n, v) => `{"${camel(n)}": "${v}"}`,
  "json, snake": (n, v) => `{\n  "${snake(n)}" : "${v}",\n  "a": 1\n}`,
  "json in json": (n, v) => JSON.stringify({ body: JSON.stringify({ [camel(n)]: v }) }),
  "json of lines": (n, v) => JSON.stringify(`A=1\n${env(n)}=${v}\nB=2`),
  "json of yaml": (n, v) => JSON.stringify(`a: 1\n${snake(n)}: ${v}\nb: 2`),
  "cloud json": (n, v) => `{"name": "${env(n)}", "value": "${v}"}`,
  typescript: (n, v) => `const ${camel(n)} = "${v}";`,
  object: (n, v) => `client({ ${camel(n)}: '${v}', retries: 3 })`,
  python: (n, v) => `${snake(n)} = '${v}'`,
  dictionary: (n, v) => `config["${snake(n)}"] = "${v}"`,
  go: (n, v) => `${camel(n)} := "${v}"`,
  ruby: (n, v) => `:${snake(n)} => "${v}"`,
  properties: (n, v) => `app.${kebab(n)}=${v}`,
  ini: (n, v) => `[a]\n${snake(n)} = ${v}\n`,
  terraform: (n, v) => `  ${snake(n)} = "${v}"`,
  address: (n, v) => `GET /a?${snake(n)}=${v}&b=1`,
  header: (n, v) => `${n.map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join("-")}: ${v}`,
  option: (n, v) => `tool --${kebab(n)} ${v} run`,
  "option with a mark": (n, v) => `tool --${kebab(n)}=${v} run`,
  xml: (n, v) => `<${camel(n)}>${v}</${camel(n)}>`,
  "a change": (n, v) => `+  ${snake(n)}: ${v}`,
};

/** Values by who would choose them. */
const CHOSEN: Readonly<Record<string, (draw: (most: number) => number) => string>> = {
  drawn: (draw) => made(["w32"], draw).text,
  hex: (draw) => made(["h40"], draw).text,
  base64: (draw) => `${made(["b42"], draw).text}==`,
};

suite("secrets by their name", () => {
  const redactor = new Redactor();
  const missed: string[] = [];
  let tried = 0;
  for (const [at, name] of NAMES.entries())
    for (const [where, put] of Object.entries(NAMED))
      for (const [which, choose] of Object.entries(CHOSEN)) {
        const value = choose(lot(at * 31 + 7));
        tried++;
        const left = redactor.text(put(name, value));
        if (left.includes(value.slice(0, 12))) missed.push(`${where}, ${which}: ${put(name, value)}`);
      }
  test(`all of ${tried} values of ${NAMES.length} names in ${Object.keys(NAMED).length} contexts go`, (t) => {
    t.diagnostic(`${tried - missed.length} of ${tried} found`);
    assert.deepEqual(missed, []);
  });
  for (const [where, put] of Object.entries(NAMED)) {
    test(`a spoken password goes from ${where}`, () => {
      for (const value of ["hunter2hunter", "correct-horse", "letmein!", "Sommer2026"])
        assert.doesNotMatch(redactor.text(put(["db", "password"], value)), new RegExp(value, "u"));
    });
  }
});
