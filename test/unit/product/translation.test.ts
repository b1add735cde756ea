// The German translation: every text is there, with the same values, icons, commands and code in it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../../..");
const texts = (file: string): Record<string, string> =>
  JSON.parse(readFileSync(join(root, file), "utf8")) as Record<string, string>;

/** What must stand in a translation as it stands in the text: values, icons, command links, code. */
const fixed = (text: string): string[] =>
  (text.match(/\{\d\}|\$\([a-z-]+\)|\(command:[^)]*\)|`|\n/gu) ?? []).sort();

for (const [english, german] of [
  ["l10n/bundle.l10n.json", "l10n/bundle.l10n.de.json"],
  ["package.nls.json", "package.nls.de.json"],
] as const) {
  test(`${german} translates all of ${english}`, () => {
    const from = texts(english);
    const to = texts(german);
    assert.deepEqual(Object.keys(to).sort(), Object.keys(from).sort());
    for (const [key, text] of Object.entries(from)) {
      assert.deepEqual(fixed(to[key] ?? ""), fixed(text), key);
      assert.equal(/…$/u.test(to[key] ?? ""), /…$/u.test(text), `${key} asks for more in one language only`);
    }
  });
}
