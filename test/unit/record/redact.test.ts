// Redaction: what must go, what must stay, and that neither takes long.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { Redactor } from "../../../src/kernel/record/redact.ts";
import { share } from "../../support/runs.ts";

const HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/** Text, and what is left of it. */
const GOES: [string, string][] = [
  ["key sk-ant-api03-Abc123Def456Ghi789 end", "key [redacted:api-key] end"],
  ["sk-proj-abcdefghijklmnop1", "[redacted:api-key]"],
  ["sk-live-0123456789ab", "[redacted:api-key]"],
  ["sk_live_abcdefghij1234", "[redacted:api-key]"],
  ["AKIAIOSFODNN7EXAMPLE", "[redacted:api-key]"],
  ["AIzaSyA1234567890abcdefghijklmnopqrstuv", "[redacted:api-key]"],
  ["token ghp_abcdefghijklmnopqrstuvwxyz0123456789", "token [redacted:token]"],
  ["github_pat_11ABCDEFG0abcdefghijkl_mnop", "[redacted:token]"],
  ["glpat-abcdefghij1234567890", "[redacted:token]"],
  ["xoxb-123456789012-abcdefghij", "[redacted:token]"],
  ["hf_abcdefghijklmnopqrstuvwx", "[redacted:token]"],
  ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", "[redacted:jwt]"],
  ["Authorization: Bearer abc123.def456-ghi", "Authorization: Bearer [redacted:token]"],
  ["authorization: Basic dXNlcjpwYXNzd29yZA==", "authorization: Basic [redacted:password]"],
  ["postgres://admin:s3cr3t@db.example/app", "postgres://admin:[redacted:password]@db.example/app"],
  ["https://:tok@host/x", "https://:[redacted:password]@host/x"],
  ["DB_PASSWORD=correct-horse", "DB_PASSWORD=[redacted:secret]"],
  ['export API_KEY="two words"', 'export API_KEY="[redacted:secret]"'],
  ["run -e AWS_SECRET_ACCESS_KEY=abcd/efgh+ijkl cmd", "run -e AWS_SECRET_ACCESS_KEY=[redacted:secret] cmd"],
  ["a=1\nMY_TOKEN=abcdef\nb=2", "a=1\nMY_TOKEN=[redacted:secret]\nb=2"],
  ["DB_PASSWORD=123456", "DB_PASSWORD=[redacted:secret]"],
  ["password=hunter2", "password=[redacted:secret]"],
  ["spring.datasource.password=letmein", "spring.datasource.password=[redacted:secret]"],
  ["//registry.example/:_authToken=abcd-efgh-1234", "//registry.example/:_authToken=[redacted:secret]"],
  ["aws_secret_access_key = wJalrXUtnFEMI1K7MDENG", "aws_secret_access_key = [redacted:secret]"],
  ["GET /x?access_token=abc123&page=2", "GET /x?access_token=[redacted:secret]&page=2"],
  ['{"apiKey": "abc123def"}', '{"apiKey": "[redacted:secret]"}'],
  ["const password = 'hunter22';", "const password = '[redacted:secret]';"],
];

const STAYS = [
  "",
  "plain text without anything",
  HASH,
  HASH + HASH,
  "MAX_TOKENS=4096",
  "TOKEN_LIMIT=4096",
  '"secret-rule-1password": "^10.2.2",',
  "const token = next();",
  "password = getPassword()",
  "def f(password=password, token=token):",
  'input: { "password": "string" }',
  "if (secret === undefined) return;",
  "PASSWORD=$PASSWORD",
  "API_KEY=${API_KEY}",
  "API_KEY=<your key>",
  "SECRET=",
  "read about sk-learn-tutorials-for-beginners",
  "a risk-assessment-of-2024-projects",
  "the bearer of good news",
  "https://example.com/path:8080@2x.png",
  "http://localhost:3000/a@b",
  "git@github.com:owner/repo.git",
  "fs:/app/src/passwords/list.ts",
  "id=12345678-1234-1234-1234-123456789012",
  "AKIA is a prefix",
];

for (const [text, left] of GOES) {
  test(`goes: ${JSON.stringify(text)}`, () => {
    assert.equal(new Redactor().text(text), left);
    assert.deepEqual(new Redactor().redact({ deep: [{ text }] }), {
      value: { deep: [{ text: left }] },
      changed: true,
    });
  });
}

for (const text of STAYS) {
  test(`stays: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(new Redactor().redact({ text }), { value: { text }, changed: false });
  });
}

test("keys: private ones go whole, also cut short; public ones stay", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const secret = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const open = publicKey.export({ type: "spki", format: "pem" }).toString();
  const r = new Redactor();
  assert.equal(r.text(`a\n${secret}b`), "a\n[redacted:private-key]\nb");
  assert.equal(r.text(secret.slice(0, 80)), "[redacted:private-key]");
  assert.equal(r.text("-----BEGIN OPENSSH PRIVATE KEY-----\nabc"), "[redacted:private-key]");
  assert.equal(r.text(open), open);
});

test("by name: the whole text goes, whatever it says; shape and our own fields stay", () => {
  const secrets = {
    password: "a",
    pwd: "123456",
    db_password: "b",
    apiKey: "c",
    "x-api-key": "d",
    Authorization: "e",
    client_secret: "f",
    accessToken: "g",
    refresh_token: "h",
    token: "i",
    passwd: ["j", { k: "l" }],
  };
  const { value } = new Redactor().redact(secrets);
  assert.doesNotMatch(JSON.stringify(Object.values(value as object)), /"[a-j]"|123456/u);
  const own = {
    used: { tokens: 5, modelCalls: 1, toolCalls: 1, activeSeconds: 0 },
    digest: HASH,
    signature: HASH + HASH,
    prev: HASH,
    key: `policy:ask@${HASH}`,
    secret: true,
    asks: [{ secret: false, once: true }],
    token: 5,
    nextPageToken: "abc",
    password: "",
    publicKey: "abc",
    keyName: "k",
  };
  assert.deepEqual(new Redactor().redact(own), { value: own, changed: false });
});

test("known values: everywhere, in every form, and in names", () => {
  const r = new Redactor();
  const value = 'pa$$ w?rd/"+ü1';
  r.addSecret(value);
  const forms = [
    value,
    encodeURIComponent(value),
    Buffer.from(value).toString("base64"),
    Buffer.from(value).toString("base64url"),
    Buffer.from(`user:${value}`).toString("base64"),
    Buffer.from(`us:${value}:more`).toString("base64"),
    Buffer.from(`u:${value}`).toString("base64"),
    JSON.stringify({ a: value }),
  ];
  for (const form of forms) {
    const left = r.text(`before ${form} after`);
    assert.match(left, /\[redacted:secret\]/u, form);
    assert.ok(!left.includes(value));
  }
  assert.deepEqual(r.redact({ [value]: 1 }).value, { "[redacted:secret]": 1 });
});

test("known values: short ones only as words, too short ones not at all", () => {
  const r = new Redactor();
  for (const value of ["secret", "123456", "abc", ""]) r.addSecret(value);
  assert.equal(r.text("my secret, 123456."), "my [redacted:secret], [redacted:secret].");
  const digest = `00123456${HASH.slice(8)}`;
  assert.equal(r.text(`secretary ${digest} abc`), `secretary ${digest} abc`);
});

test("a known value that contains another goes whole", () => {
  const r = new Redactor();
  r.addSecret("short-secret-value");
  r.addSecret("short-secret-value-and-more");
  assert.equal(r.text("x short-secret-value-and-more y"), "x [redacted:secret] y");
});

test("property: redacting again changes nothing, and copies are JSON", () => {
  const r = new Redactor();
  r.addSecret("known-secret-value");
  const pieces = fc.constantFrom(
    ...GOES.map(([t]) => t),
    ...STAYS,
    "known-secret-value",
    "=",
    "\n",
    ":",
    '"',
    " ",
  );
  const text = fc.array(fc.oneof(pieces, fc.string({ unit: "binary" }))).map((parts) => parts.join(""));
  const key = fc.oneof(fc.string(), fc.constantFrom("password", "token", "__proto__", "a"));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      text,
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value")),
      fc.dictionary(key, tie("value")),
    ),
  }));
  fc.assert(
    fc.property(value, (input) => {
      const once = r.redact(input);
      const twice = r.redact(once.value);
      assert.equal(JSON.stringify(twice.value), JSON.stringify(once.value));
      assert.equal(twice.changed, false);
      assert.equal(JSON.stringify(JSON.parse(JSON.stringify(once.value))), JSON.stringify(once.value));
      assert.equal(
        once.changed,
        JSON.stringify(once.value) !== JSON.stringify(JSON.parse(JSON.stringify(input) ?? "null")),
      );
    }),
    { numRuns: share(500, 4) },
  );
});

test("this very tree stays as it is, but for what is meant to go", () => {
  const root = join(import.meta.dirname, "../../../src");
  const r = new Redactor();
  for (const name of readdirSync(root, { recursive: true })
    .map(String)
    .filter((n) => n.endsWith(".ts"))) {
    if (name.endsWith("redact.ts")) continue;
    const text = readFileSync(join(root, name), "utf8");
    const left = r.text(text).split("\n");
    const gone = text.split("\n").filter((line, i) => line !== left[i] && !line.includes("=demo-secret-"));
    assert.deepEqual(gone, [], name);
  }
});

test("no text takes long, however it was made (P81)", () => {
  const r = new Redactor();
  r.addSecret("known-secret-value");
  const pieces = [
    "sk-",
    "eyJ",
    "a",
    "-----BEGIN PRIVATE KEY-----",
    "TOKEN",
    "TOKEN=",
    "://",
    "://a:",
    " ",
    "\n",
    "Bearer ",
    "password",
    "password=",
    "password = ",
    '"',
    "1",
    "=",
    "AKIA",
    "authorization: basic ",
    "known-secret-",
    "password: '",
  ];
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(share(300_000) / piece.length));
    const began = process.cpuUsage();
    r.text(text);
    r.text(text + "!");
    // Quadratic would be minutes of computing; a busy machine adds none.
    const { user } = process.cpuUsage(began);
    assert.ok(user < share(3_000_000), `${JSON.stringify(piece)}: ${user} µs`);
  }
});
