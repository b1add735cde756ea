// The golden journal of boxes: a program with the registry of the tests runs them, and its record is as it was.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { replaceRegistry } from "../../harness/registering.ts";
import { lines } from "../lines.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "golden-box-")));
process.env["ADDED_FOLDER"] = join(base, "packing");
const hooks = replaceRegistry("test/support/registry.ts");
after(() => {
  hooks.deregister();
  rmSync(base, { recursive: true, force: true });
});

test("the journal of an agent that works with boxes is as it was", async () => {
  const { perform } = await import("../perform.ts");
  const { PACKING } = await import("./scenario.ts");
  const got = lines(await perform(base, "packing", PACKING), join(base, "packing")).join("\n") + "\n";
  const file = join(import.meta.dirname, "box.txt");
  if (process.env["UPDATE"] === "1") writeFileSync(file, got);
  assert.equal(got, readFileSync(file, "utf8"), "UPDATE=1 records it anew");
});
