// The README's "Going back": each of its commands does what stands behind it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Workspace, script } from "../workspace.ts";

const README = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");
const GRANTS = ["--grant", "allow:read,list,write,delete:fs:/app/**"];

/** The commands of the section, without the name of the program. */
function commands(): string[][] {
  const [, section = ""] = README.split("## Going back\n");
  const [, block = ""] = section.split("```");
  return block
    .split("\n")
    .filter((line) => line.startsWith("npx agentlibos "))
    .map((line) => line.replace(/#.*$/u, "").trim().split(/\s+/u).slice(2));
}

test("the commands of the README list, show, bring back, choose, undo, compare and branch", async (t) => {
  const on = new Workspace(t);
  on.write("notes.txt", "one\n");
  on.write("other.txt", "one\n");
  await on.agent(
    script([
      [
        ["write_file", { path: "notes.txt", content: "two\n" }],
        ["write_file", { path: "other.txt", content: "two\n" }],
      ],
      "done",
    ]),
    GRANTS,
  );
  on.write("notes.txt", "a person\n");
  const [
    list = [],
    show = [],
    apply = [],
    choose = [],
    undo = [],
    compare = [],
    branch = [],
    resume = [],
    ...more
  ] = commands();
  assert.deepEqual(more, []);
  const run = async (args: readonly string[]): Promise<string> => {
    const { out, code, err } = await on.run(args);
    assert.equal(code, 0, err);
    return out;
  };
  const files = (): (string | undefined)[] => [on.read("notes.txt"), on.read("other.txt")];
  assert.match(await run(list), /^2\.0 .*before turn 1 of agent 2 \(2 files changed since\)/u);
  assert.match(await run(show), /notes\.txt {2}stays[^]*other\.txt {2}is brought back[^]*--apply/u);
  assert.deepEqual(files(), ["a person\n", "two\n"]);
  await run(apply);
  assert.deepEqual(files(), ["a person\n", "one\n"]);
  await run(choose);
  assert.deepEqual(files(), ["one\n", "one\n"]);
  await run(undo);
  assert.deepEqual(files(), ["a person\n", "one\n"]);
  assert.match(await run(compare), /^Files\n(?: {2}\S+ {2}changed\n)+/u);
  assert.match(await run(branch), /^Agent 3 goes on from agent 2/u);
  await run(resume);
  assert.deepEqual(files(), ["two\n", "two\n"]);
});
