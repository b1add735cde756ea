// Ordinary texts: what looks like secrets and is none stays in the record, counted over code that others wrote.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Redactor } from "../../../src/kernel/record/redact.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** Packages whose text is read: small and large, plain and minified, with types, tables and prose. */
const PACKAGES = [
  "oxfmt",
  "zod",
  "esbuild",
  "diff",
  "fast-check",
  "mocha",
  "playwright-core",
  "@types/vscode",
];

/** Lines of a file that a redaction changes. */
function changed(redactor: Redactor, text: string): string[] {
  const left = redactor.text(text);
  if (left === text) return [];
  const lines = left.split("\n");
  return text.split("\n").filter((line, i) => line !== lines[i]);
}

function* filesIn(folder: string): Generator<{ name: string; text: string }> {
  const names = readdirSync(join(ROOT, folder), { recursive: true }).map(String).sort();
  for (const name of names.filter((n) => /\.(?:[cm]?[jt]s|json|md|css|ya?ml)$/u.test(n))) {
    const path = join(folder, name);
    yield { name: path, text: readFileSync(join(ROOT, path), "utf8") };
  }
}

test("other people's code: of 400,000 lines at most 12 change, without their tests, which hold sample passwords", (t) => {
  const redactor = new Redactor();
  let lines = 0;
  const hits: string[] = [];
  for (const name of PACKAGES)
    for (const { name: file, text } of filesIn(`node_modules/${name}`)) {
      if (/[\\/]tests?[\\/]/u.test(file)) continue;
      lines += text.split("\n").length;
      for (const line of changed(redactor, text)) hits.push(`${file}: ${line.trim().slice(0, 120)}`);
    }
  t.diagnostic(`${hits.length} of ${lines} lines`);
  assert.ok(lines > 400_000, `${lines} lines`);
  assert.ok(hits.length <= 12, hits.join("\n"));
});

test("our own lock file, manifest, translations and pages stay as they are", () => {
  const redactor = new Redactor();
  const own = [
    "package-lock.json",
    "package.json",
    "README.md",
    "CHANGELOG.md",
    "esbuild.mjs",
    "tsconfig.json",
  ];
  for (const name of own)
    assert.deepEqual(changed(redactor, readFileSync(join(ROOT, name), "utf8")), [], name);
  for (const folder of ["l10n", "scripts"])
    for (const { name, text } of filesIn(folder)) assert.deepEqual(changed(redactor, text), [], name);
});

const digest = (kind: string, form: "hex" | "base64", seed: number): string =>
  createHash(kind).update(String(seed)).digest(form);

/** Texts that are drawn by lot, too, and say nothing that has to be hidden. */
const DRAWN: Readonly<Record<string, (seed: number) => string>> = {
  "git id": (n) => `commit ${digest("sha1", "hex", n)}`,
  "short git id": (n) => `at ${digest("sha1", "hex", n).slice(0, 8)}`,
  "sha-256": (n) => digest("sha256", "hex", n),
  integrity: (n) => `"integrity": "sha512-${digest("sha512", "base64", n)}"`,
  UUID: () => randomUUID(),
  etag: (n) => `ETag: W/"${digest("md5", "hex", n)}"`,
  image: (n) => `image: registry.example/app@sha256:${digest("sha256", "hex", n)}`,
  asset: (n) => `/static/main.${digest("md5", "hex", n).slice(0, 20)}.js`,
  "data address": (n) =>
    `url(data:image/png;base64,${digest("sha512", "base64", n)}${digest("sha512", "base64", n + 1)})`,
  number: (n) => `port ${1000 + n}, took ${n * 37} ms at ${1_700_000_000 + n}`,
};

test("digests, ids and numbers stay: 1,000 of each", () => {
  const redactor = new Redactor();
  for (const [what, make] of Object.entries(DRAWN))
    for (let n = 0; n < 1000; n++) {
      const text = make(n);
      assert.equal(redactor.text(text), text, what);
    }
});

const STAYS = [
  "NODE_ENV=production",
  "PWD=/home/somebody/project",
  "password: string;",
  "password: string",
  "  token: Token",
  "  secret: true",
  "  apiKey: config.apiKey,",
  "  apiKey: process.env.API_KEY",
  "api_key: ${API_KEY}",
  "token: {{ secrets.TOKEN }}",
  "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
  "secretName: my-tls",
  "secretKeyRef:",
  "tokens: 4096",
  "max_tokens: 4096",
  '"tokenType": "bearer"',
  'type="password"',
  '<input type="password" name="password">',
  'autocomplete: "current-password"',
  'label: "Enter your password"',
  '"password": "Password"',
  "const tokens = text.split(' ');",
  "this.token = token;",
  "token = tokens[0]",
  "password = getPassword()",
  "password=other.password",
  "if (password === undefined) return;",
  'case "token": return 1;',
  "the secret: nobody knows it",
  "passwords: 3",
  "pass: 12, fail: 0",
  "# pass 12",
  "author: somebody",
  "authority: kernel",
  "compass: north",
  "bypass: always",
  "keyboard: qwerty",
  "monkey: banana123",
  "sk-learn and sk-image",
  "task-1234567890",
  "the re_export of key-value pairs",
  "fs:/app/src/token/secret.ts",
  "pat/terns.mjs",
  "Bearer of good news",
  "next_page_token=abc123def456",
  "-----BEGIN PUBLIC KEY-----",
  'const PEM = "-----BEGIN PRIVATE KEY-----";',
  "AccountKey=",
  "vault path secret/data/app",
];
for (const text of STAYS) {
  test(`stays: ${text}`, () => {
    assert.equal(new Redactor().text(text), text);
    assert.equal(new Redactor().text(`a\n${text}\nb`), `a\n${text}\nb`);
  });
}
