// Golden journals: the records of scripted runs are read back from the disk and compared; UPDATE=1 records them anew.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { IMAGES } from "../harness/images.ts";
import { lines } from "./lines.ts";
import { journalFile, JOURNALS, perform, SCENARIOS } from "./perform.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "golden-")));
after(() => {
  rmSync(base, { recursive: true, force: true });
});

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  test(`the journal of ${name} is as it was`, async () => {
    const got = lines(await perform(base, name, scenario), join(base, name)).join("\n") + "\n";
    const file = join(JOURNALS, journalFile(name));
    if (process.env["UPDATE"] === "1") writeFileSync(file, got);
    assert.equal(got, readFileSync(file, "utf8"), `${name}: UPDATE=1 records it anew`);
    assert.ok(!got.includes("a-secret-value"));
  });
}

test("every tool there is does its work in one of these journals at least", () => {
  const ok = new Set<string>();
  for (const name of Object.keys(SCENARIOS)) {
    const text = readFileSync(join(JOURNALS, journalFile(name)), "utf8");
    for (const [, tool = ""] of text.matchAll(/^call\.end \S+ .*"tool":"([a-z_]+)".*"outcome":"ok"/gmu))
      ok.add(tool);
  }
  const tools = new Set([...IMAGES.values()].flatMap((image) => image.tools));
  assert.deepEqual(
    [...tools].filter((tool) => !ok.has(tool)),
    [],
  );
});

test("no golden journal is left over", () => {
  const files = readdirSync(JOURNALS, { recursive: true, encoding: "utf8" }).filter((f) =>
    f.endsWith(".txt"),
  );
  assert.deepEqual(files.sort(), Object.keys(SCENARIOS).map(journalFile).sort());
});
