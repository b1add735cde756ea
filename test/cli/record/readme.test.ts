// The README's "Looking back": each of its commands answers as it says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cliVerifySchema } from "../../../src/abi/cli.ts";
import { tracesData } from "../../unit/views/exports/otlp.ts";
import { script, Workspace } from "../workspace.ts";

const README = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");

/** The commands of the section, without the name of the program. */
function commands(): string[][] {
  const [, section = ""] = README.split("## Looking back\n");
  const [, block = ""] = section.split("```");
  return block
    .split("\n")
    .filter((line) => line.startsWith("npx agentlibos "))
    .map((line) => line.replace(/#.*$/u, "").trim().split(/\s+/u).slice(2));
}

/** What each command prints for a record in which `src/a.txt` was written and `/etc/passwd` denied. */
const ANSWERS: Readonly<Record<string, (out: string) => void>> = {
  verify: (out) => assert.match(out, /^good: every byte is what was written\n/u),
  "verify --full --json": (out) => assert.equal(cliVerifySchema.parse(JSON.parse(out)).ok, true),
  "audit --decision deny": (out) => {
    assert.match(out, /2\.1\.0 .*denied/u);
    assert.doesNotMatch(out, /2\.0\.0/u);
  },
  "history --file src": (out) => assert.match(out, /2\.0\.0 .*fs:\/app\/src\/a\.txt\n$/u),
  "explain 2.1.0": (out) => assert.match(out, /^Call 2\.1\.0: fs\.read [^]*EACCES/u),
  "receipt 2": (out) => assert.match(out, /^### Agent 2 [^]*`app\/src\/a\.txt`/u),
  "export --format jsonl": (out) => assert.match(out, /^\{"v":1,"seq":1,/u),
  "export --format otlp": (out) => assert.ok(tracesData.parse(JSON.parse(out)).resourceSpans.length === 1),
};

test("the commands of the README check, list, explain and export", async (t) => {
  const on = new Workspace(t);
  await on.agent(
    script([
      [["write_file", { path: "src/a.txt", content: "one" }]],
      [["read_file", { path: "/etc/passwd" }]],
      "done",
    ]),
    ["--grant", "allow:read,write:fs:/app/**"],
  );
  const all = commands();
  assert.deepEqual(all.map((args) => args.join(" ")).sort(), Object.keys(ANSWERS).sort());
  for (const args of all) {
    const { code, out, err } = await on.run(args);
    assert.equal(code, 0, err);
    ANSWERS[args.join(" ")]?.(out);
  }
});
