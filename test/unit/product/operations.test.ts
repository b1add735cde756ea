// The page of operations: every operation with its kind, tool and effect, as the program has them.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kinds } from "../../../src/primitives/index.ts";
import { TestKernel } from "../../support/kernel.ts";

const PAGE = join(import.meta.dirname, "../../../media/operations.md");

test("media/operations.md lists every operation, and UPDATE=1 writes it", async () => {
  const k = await TestKernel.open();
  const all = [...k.kernel.operations.values()].filter((op) => !op.name.startsWith("box."));
  const rows = all
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, tool, effect, deferred, summary }) => {
      const offered = tool === undefined ? "" : `\`${tool}\`${deferred === true ? " (found)" : ""}`;
      return `| \`${name}\` | ${offered} | ${effect} | ${summary.replaceAll("|", "\\|")} |`;
    });
  const named = kinds.all.map(({ name, rights }) => `| \`${name}\` | ${Object.keys(rights).join(", ")} |`);
  const page = [
    "# Operations",
    "",
    "Every system call of the program. A tool marked *found* is sent to a model once `find_tools` or a first use brought it.",
    "",
    ...["| operation | tool | effect | |", "| --- | --- | --- | --- |", ...rows, ""],
    "Kinds of resources, and the rights on each:",
    "",
    ...["| kind | rights |", "| --- | --- |", ...named, ""],
  ].join("\n");
  if (process.env["UPDATE"] === "1") writeFileSync(PAGE, page);
  assert.equal(readFileSync(PAGE, "utf8"), page, "UPDATE=1 writes it");
  assert.ok(rows.length > 40);
});
