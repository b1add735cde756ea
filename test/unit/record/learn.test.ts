// Learning: which values of a secret file the record must not hold from then on, and that they are found in any encoding.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { Finder } from "../../../src/kernel/record/finder.ts";
import { secretValues } from "../../../src/kernel/record/learn.ts";
import { MOST_VALUES, redactData, Redactor } from "../../../src/kernel/record/redact.ts";

const ROOTS = [{ name: "garden-of-app-7", path: "/home/somebody/projects/garden-of-app-7" }];
const learn = (text: string, name = ".env"): string[] => secretValues({ name, text }, ROOTS);

/** A file's name and text; values that are learned; values that are not. */
const FILES: readonly (readonly [name: string, text: string, learned: string[], not: string[]])[] = [
  [".env", "A=abcdefghij-klm", ["abcdefghij-klm"], []],
  [".env", "A=mais4711", ["mais4711"], []],
  [".env", "A=mais471", [], ["mais471"]],
  [".env", "A=elevenchars", [], ["elevenchars"]],
  [
    ".env",
    "NODE_ENV=production\nMODE=authentication\nLEVEL=INFORMATION",
    [],
    ["production", "authentication", "INFORMATION"],
  ],
  [".env", "DB_PASSWORD=authentication", ["authentication"], []],
  [".env", "A='two words and-a-mark'\n", ["two words and-a-mark"], []],
  [".env", 'export A="kohl-und-rueben" # eaten', ["kohl-und-rueben"], []],
  [".env", "A=kohl-und-rueben # eaten", ["kohl-und-rueben"], []],
  [".env", "# OLD=kohl-und-rueben", ["kohl-und-rueben"], []],
  [".env", "A=kohl-und-rueben\r\nB=1\r\n", ["kohl-und-rueben"], []],
  [".env", "URL=https://robot:rote-ruebe-1@db.example:5432/a", ["rote-ruebe-1"], ["https"]],
  [
    ".env",
    "ROOT=/home/somebody/projects/garden-of-app-7\nNAME=garden-of-app-7",
    [],
    [ROOTS[0]?.path ?? "", "garden-of-app-7"],
  ],
  [
    ".env",
    "WHEN=2026-01-01T00:00:00Z\nHOST=localhost:8080\nPAGE=https://docs.example/start",
    [],
    ["2026-01-01T00:00:00Z", "localhost:8080", "https://docs.example/start"],
  ],
  ["secrets.yaml", "db:\n  user: gardener\n  key: kohl/und+rueben==\n", ["kohl/und+rueben=="], ["gardener"]],
  [
    "credentials.json",
    '{"a": {"b": ["kohl-und-rueben"]}, "n": 123456789012}',
    ["kohl-und-rueben", "123456789012"],
    [],
  ],
  [
    "key.json",
    JSON.stringify({ private_key: "-----BEGIN X-----\nkohlkohlkohl123\n-----END X-----\n" }),
    ["kohlkohlkohl123"],
    ["-----BEGIN X-----"],
  ],
  [
    ".netrc",
    "machine a.example login gardener password drei-rote-rueben",
    ["drei-rote-rueben"],
    ["gardener"],
  ],
  [".pgpass", "db.example:5432:garden:gardener:drei-rote-rueben", ["drei-rote-rueben"], ["gardener"]],
  [".npmrc", "//registry.example/:_authToken=drei-rote-rueben", ["drei-rote-rueben"], []],
  ["password.txt", "drei rote rueben und 1 kohl\n", ["drei rote rueben und 1 kohl"], []],
  ["token", "abcdefghijklmnopqrstuvwx\n", ["abcdefghijklmnopqrstuvwx"], []],
  [
    "token-parser.ts",
    "const tokenParserOptions = createParserOptions(1);\nconst password = 'drei-rote-rueben';",
    ["drei-rote-rueben"],
    ["tokenParserOptions", "createParserOptions"],
  ],
];
for (const [name, text, learned, not] of FILES) {
  test(`learned from ${name}: ${JSON.stringify(text).slice(0, 70)}`, () => {
    const values = learn(text, name);
    for (const value of learned) assert.ok(values.includes(value), `${value} of ${values.join(" | ")}`);
    for (const value of not) assert.ok(!values.includes(value), `${value} of ${values.join(" | ")}`);
  });
}

test("a private key goes line by line, also without its first line", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const redactor = new Redactor();
  for (const value of learn(pem, "deploy.pem")) redactor.learn(value);
  const lines = pem.trim().split("\n").slice(1, -1);
  for (const text of [lines.join("\n"), lines.join(""), ...lines, Buffer.from(pem).toString("base64")])
    for (const line of lines) assert.ok(!redactor.text(`x ${text} y`).includes(line.slice(0, -3)), line);
});

test("at most 500 values are kept; the first ones stay, and more do not slow a text down", () => {
  const redactor = new Redactor();
  redactor.addSecret("the-key-of-a-model");
  const values = Array.from({ length: 700 }, (_, i) => `${"a".repeat(80)}-${i}-value`);
  assert.equal(values.filter((value) => redactor.learn(value)).length, MOST_VALUES);
  assert.equal(redactor.text(`x ${values[0] ?? ""} y`), "x [redacted:secret] y");
  assert.equal(redactor.text(`x ${values[499] ?? ""} y`), "x [redacted:secret] y");
  assert.ok(redactor.text(values[500] ?? "").endsWith("-500-value"));
  for (const text of [
    "a".repeat(300_000),
    "%41".repeat(100_000),
    "&#x61;".repeat(50_000),
    "\\u0061".repeat(50_000),
  ]) {
    const began = performance.now();
    redactor.text(text);
    // Quadratic would be minutes; a loaded machine is not.
    assert.ok(performance.now() - began < 5000, `${text.slice(0, 8)}: ${performance.now() - began} ms`);
  }
});

test("a learned value stays where a record names a resource, a rule or a digest, and goes elsewhere", () => {
  const redactor = new Redactor();
  const value = "deadbeef-4711-garden";
  const digest = "d".repeat(64);
  redactor.learn(value);
  redactor.learn(digest);
  const resource = `fs:/app/${value}/**`;
  const usage = { modelCalls: 0, toolCalls: 1, tokens: 0, activeSeconds: 0 };
  const end = {
    ...{
      op: "fs.read",
      args: { path: value, sha256: digest },
      needs: [{ resource, right: "read" as const }],
    },
    ...{
      decision: "allow" as const,
      outcome: "ok" as const,
      value: { sha256: digest },
      used: usage,
      micros: 1,
    },
    ...{ digest, result: digest, saw: [{ resource, sha256: digest }] },
  };
  const gone = "[redacted:secret]";
  assert.deepEqual(redactData("call.end", end, redactor), {
    ...end,
    args: { path: gone, sha256: gone },
    value: { sha256: gone },
  });
  const rule = { effect: "deny" as const, rights: ["write" as const], resource, reason: "" };
  assert.deepEqual(redactData("policy.set", { policy: [rule] }, redactor), { policy: [rule] });
});

test("property: the finder finds what a plain search finds, at each place the longest first", () => {
  const letter = fc.constantFrom("a", "b", "c", "%");
  const literals = fc.uniqueArray(fc.string({ unit: letter, minLength: 3, maxLength: 8 }), { minLength: 1 });
  fc.assert(
    fc.property(literals, fc.string({ unit: letter, maxLength: 60 }), (words, text) => {
      const finder = new Finder(words.map((word) => [word, word] as const));
      const found: string[] = [];
      for (let hit = finder.next(text, 0); hit !== undefined; hit = finder.next(text, hit.at + 1))
        for (const { end, of } of hit.found) found.push(`${hit.at} ${end} ${of}`);
      const wanted = [...text].flatMap((_, at) =>
        words
          .filter((word) => text.startsWith(word, at))
          .sort((a, b) => b.length - a.length)
          .map((word) => `${at} ${at + word.length} ${word}`),
      );
      assert.deepEqual(found, wanted);
    }),
    { numRuns: 2000 },
  );
});

test("property: nothing skips a text that holds a secret, whatever stands around it", () => {
  const around = fc.string({ unit: fc.constantFrom(" ", "=", ":", ".", "/", '"', "\n", "ä", "-", ",") });
  const secret = fc.constantFrom(
    `gh${"p_"}${"a1b2".repeat(9)}`,
    `password=${"a1b2".repeat(4)}`,
    "mais4711-und-kohl",
  );
  fc.assert(
    fc.property(around, secret, around, (before, text, after) => {
      const redactor = new Redactor();
      redactor.learn("mais4711-und-kohl");
      assert.ok(!redactor.text(before + text + after).includes(text));
    }),
    { numRuns: 2000 },
  );
});
